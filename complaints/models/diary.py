"""The diary of a complaint: one entry a change of state, never altered (domain C.5 CaseEvent, INV-15, INV-18)."""

from __future__ import annotations

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from complaints.models.complaint import Complaint


class DiaryEntry(models.Model):
    """Who did what, from which state to which, and why. Triggers refuse UPDATE and DELETE."""

    APPEND_ONLY = True

    complaint = models.ForeignKey(Complaint, models.CASCADE, related_name="diary")
    round_no = models.PositiveSmallIntegerField(_("round"), default=1)
    at = models.DateTimeField(_("at"))
    by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+")
    verb = models.CharField(_("verb"), max_length=20)
    from_state = models.CharField(_("from"), max_length=12, blank=True)
    to_state = models.CharField(_("to"), max_length=12)
    reason = models.TextField(_("reason"), blank=True)
    # how the matter stood after it; None in entries older than these columns
    nature = models.CharField(_("nature"), max_length=12, null=True)  # noqa: DJ001
    level = models.PositiveSmallIntegerField(_("level"), null=True)
    cause = models.CharField(_("cause"), max_length=30, null=True)  # noqa: DJ001
    data = models.JSONField(default=dict)  # codes, dates and numbers only; no personal data

    class Meta:
        verbose_name = _("diary entry")
        verbose_name_plural = _("diary")
        ordering = ["pk"]
        indexes = [
            models.Index(fields=["complaint", "id"], name="diary_of_complaint"),
            models.Index(fields=["at"], condition=Q(verb="change_level"), name="diary_level_changes"),
        ]

    def __str__(self) -> str:
        return f"{self.complaint_id} {self.verb}"
