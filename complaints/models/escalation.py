"""Warnings of a deadline, each once, and why an answer was late (handbook 6/1.1.30; domain D.6; R6.30)."""

from __future__ import annotations

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from complaints import ladder
from complaints.models.clock import Clock
from crm_site.encryption import EncryptedTextField
from customers.models import FollowUp


class Escalation(models.Model):
    """One rung of one deadline, told or passed over; never altered. Whom it was told and who said that they know stands
    in their notices, which carry its ``key``."""

    APPEND_ONLY = True

    class State(models.TextChoices):
        SENT = "SENT", _("Told")
        SKIPPED = "SKIPPED", _("Passed over")

    clock = models.ForeignKey(Clock, models.CASCADE, related_name="escalations")
    threshold = models.CharField(_("rung"), max_length=2, choices=ladder.Threshold.choices)
    week = models.PositiveSmallIntegerField(_("week"), default=0)
    reached_at = models.DateTimeField(_("reached"))
    at = models.DateTimeField(_("told or passed over"))
    state = models.CharField(_("state"), max_length=8, choices=State.choices)

    class Meta:
        verbose_name = _("escalation")
        verbose_name_plural = _("escalations")
        ordering = ["at", "pk"]
        constraints = [
            models.UniqueConstraint(fields=["clock", "threshold", "week"], name="a_rung_is_reached_once"),
            models.CheckConstraint(
                condition=Q(threshold__in=ladder.Threshold.values),
                name="a_rung_of_the_ladder",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.clock_id} {self.threshold}"

    @property
    def key(self) -> str:
        """What its notices are told apart by."""
        return f"ladder:{self.clock_id}:{self.threshold}:{self.week}"


class Lateness(models.Model):
    """Why an answer was late, and the day the customer was given instead (domain D.6 B0)."""

    class Reason(models.TextChoices):
        DEPARTMENT = "DEPARTMENT", _("A department answered late")
        EVIDENCE = "EVIDENCE", _("Evidence was missing")
        COMPLEX = "COMPLEX", _("More complex than assessed")
        APPROVAL = "APPROVAL", _("Approval was awaited")
        CUSTOMER = "CUSTOMER", _("The customer could not be reached")
        OVERLOAD = "OVERLOAD", _("Too much work at once")
        HANDOVER = "HANDOVER", _("Lost in a handover")
        SYSTEM = "SYSTEM", _("System failure")
        OVERLOOKED = "OVERLOOKED", _("Overlooked")

    clock = models.OneToOneField(Clock, models.CASCADE, related_name="lateness")
    reason = models.CharField(_("why it was late"), max_length=12, choices=Reason.choices)
    words = EncryptedTextField(_("in words"), blank=True)
    promise = models.OneToOneField(FollowUp, models.PROTECT, null=True, related_name="lateness")
    by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    at = models.DateTimeField(_("at"))

    class Meta:
        verbose_name = _("reason for a late answer")
        verbose_name_plural = _("reasons for late answers")
        ordering = ["at", "pk"]

    def __str__(self) -> str:
        return f"{self.clock_id} {self.reason}"
