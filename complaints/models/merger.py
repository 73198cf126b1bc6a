"""One complaint taken into another: the same matter, brought twice (domain R6.25, D.5)."""

from __future__ import annotations

import datetime
from typing import TYPE_CHECKING

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from complaints.models.complaint import Complaint
from complaints.states import State

if TYPE_CHECKING:
    from crm_site.models import User

UNDO_WITHIN = datetime.timedelta(minutes=10)


class Merger(models.Model):
    """What a merger changed, so that whoever made it can take it back for a while."""

    source = models.ForeignKey(Complaint, models.CASCADE, related_name="mergers")
    target = models.ForeignKey(Complaint, models.CASCADE, related_name="taken_in")
    by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    at = models.DateTimeField(_("at"))
    state_before = models.CharField(_("state before"), max_length=12, choices=State.choices)
    received_before = models.DateTimeField(_("receipt of the other before"), null=True)  # None: it came first
    ended = models.JSONField(_("promises that fell away"), default=list)  # keys of follow-ups
    dated = models.JSONField(_("clocks dated again"), default=list)  # keys of clocks
    target_version = models.PositiveIntegerField(_("version of the other after"))
    undone_at = models.DateTimeField(_("taken back"), null=True)

    class Meta:
        verbose_name = _("merger")
        verbose_name_plural = _("mergers")
        ordering = ["at", "pk"]
        constraints = [
            models.UniqueConstraint(fields=["source"], condition=Q(undone_at__isnull=True), name="merged_into_one"),
            models.CheckConstraint(condition=~Q(source=F("target")), name="merged_into_another"),
        ]

    def __str__(self) -> str:
        return f"{self.source_id} {self.target_id}"

    def may_be_undone(self, by: User, now: datetime.datetime) -> bool:
        """By whoever made it, for ten minutes, while nobody has gone on with the other."""
        same = self.undone_at is None and self.by_id == by.pk and now - self.at <= UNDO_WITHIN
        return same and self.target.closed_at is None and self.target.version == self.target_version
