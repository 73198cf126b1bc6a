"""A clock that stands still while somebody outside the bank is waited for (domain D.3; handbook 6/1.1.30)."""

from __future__ import annotations

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from complaints.models.round import Round


class Pause(models.Model):
    """One interval. What it gives is decided when it ends; until then no date moves."""

    class Reason(models.TextChoices):
        WAITING_CUSTOMER = "WAITING_CUSTOMER", _("Waiting for the customer")
        EXTERNAL_APPRAISAL = "EXTERNAL_APPRAISAL", _("Outside appraisal or testing")

    class Ended(models.TextChoices):
        ARRIVED = "ARRIVED", _("What was waited for arrived")
        BY_HAND = "BY_HAND", _("Taken up again by hand")
        LIMIT = "LIMIT", _("The longest time was over")

    round = models.ForeignKey(Round, models.CASCADE, related_name="pauses")
    reason = models.CharField(_("reason"), max_length=20, choices=Reason.choices)
    began_at = models.DateTimeField(_("began"))
    told_at = models.DateTimeField(_("customer told"))
    until = models.DateField(_("ends by itself after"))
    warned_at = models.DateTimeField(_("end announced to staff"), null=True)
    by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    signed_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+")
    ended_at = models.DateTimeField(_("ended"), null=True)
    ended = models.CharField(_("ended because"), max_length=10, choices=Ended.choices, blank=True)
    days = models.PositiveSmallIntegerField(_("working days given"), default=0)

    class Meta:
        verbose_name = _("pause")
        verbose_name_plural = _("pauses")
        ordering = ["began_at", "pk"]
        constraints = [
            models.UniqueConstraint(fields=["round"], condition=Q(ended_at__isnull=True), name="one_open_pause"),
            models.CheckConstraint(
                condition=Q(ended_at__isnull=True) | Q(ended_at__gte=F("began_at")), name="a_pause_ends_after_it_began"
            ),
            models.CheckConstraint(
                condition=Q(signed_by__isnull=True) | ~Q(signed_by=F("by")), name="another_signs_the_pause"
            ),
        ]
        indexes = [models.Index(fields=["until"], condition=Q(ended_at__isnull=True), name="pause_open")]

    def __str__(self) -> str:
        return f"{self.round_id} {self.reason}"
