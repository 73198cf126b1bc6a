"""Who has a complaint's page open just now: a hint for colleagues, no record of anything (docs/decisions/0036)."""

from __future__ import annotations

import datetime
from typing import TYPE_CHECKING, ClassVar

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _

from complaints.models.complaint import Complaint

if TYPE_CHECKING:
    pass

LASTS = datetime.timedelta(minutes=2)  # how long somebody is taken to be there after their page was last heard of


class PresenceQuerySet(models.QuerySet["Presence"]):
    """People at pages."""

    def now(self, moment: datetime.datetime) -> PresenceQuerySet:
        """Those heard of in the last two minutes."""
        return self.filter(seen_at__gt=moment - LASTS)


class Presence(models.Model):
    """One person at one complaint. ``wrote_at`` is when a form of a step was last open there."""

    complaint = models.ForeignKey(Complaint, models.CASCADE, related_name="presences")
    user = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE, related_name="+")
    seen_at = models.DateTimeField(_("last heard of"))
    wrote_at = models.DateTimeField(_("form last open"), null=True)

    objects: ClassVar[PresenceQuerySet] = PresenceQuerySet.as_manager()  # type: ignore[assignment]

    class Meta:
        verbose_name = _("person at a complaint")
        verbose_name_plural = _("people at complaints")
        constraints = [models.UniqueConstraint(fields=["complaint", "user"], name="one_presence_a_person")]
        indexes = [models.Index(fields=["seen_at"], name="presence_seen")]

    def __str__(self) -> str:
        return f"{self.complaint_id}/{self.user_id}"

    def writes(self, moment: datetime.datetime) -> bool:
        """Whether a form is open there now."""
        return self.wrote_at is not None and self.wrote_at > moment - LASTS
