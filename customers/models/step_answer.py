"""What was answered to a suggested next step (domain R2.22)."""

from __future__ import annotations

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _

from crm_site.encryption import EncryptedTextField
from customers.models.customer import Customer
from customers.next_step import LONGEST_GROUNDS


class StepAnswer(models.Model):
    """A suggestion that rests until a day. ``grounds`` are the facts it stood on: when they change, it is another one.

    What was promised instead stands in FollowUp; the log keeps what was answered before.
    """

    class Answer(models.TextChoices):
        DONE = "DONE", _("Done")
        PROMISED = "PROMISED", _("Promised")
        PUT_OFF = "PUT_OFF", _("Put off")
        DISMISSED = "DISMISSED", _("Not suitable")

    customer = models.ForeignKey(Customer, models.CASCADE, related_name="step_answers")
    step = models.CharField(max_length=12)
    grounds = models.CharField(max_length=LONGEST_GROUNDS)
    answer = models.CharField(_("answer"), max_length=9, choices=Answer.choices)
    until = models.DateField(_("rests until"))
    reason = EncryptedTextField(_("reason"), blank=True)
    by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    at = models.DateTimeField(_("at"))

    class Meta:
        verbose_name = _("answer to a suggestion")
        verbose_name_plural = _("answers to suggestions")
        constraints = [models.UniqueConstraint(fields=["customer", "step", "grounds"], name="one_answer_a_suggestion")]

    def __str__(self) -> str:
        return f"{self.step} {self.until}"
