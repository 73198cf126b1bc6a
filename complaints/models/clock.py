"""A clock ties one promise to the round it belongs to, with the rule that dated it, frozen (docs/decisions/0002)."""

from __future__ import annotations

import datetime
from typing import ClassVar

from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from complaints import sla
from complaints.models.round import Round
from customers.models import FollowUp


class ClockQuerySet(models.QuerySet["Clock"]):
    """Clocks."""

    def unexplained(self, now: datetime.datetime) -> ClockQuerySet:
        """Answers to a customer that are or were late, and nobody has said why."""
        late = Q(missed=True) | Q(follow_up__state="OPEN", follow_up__due_at__lte=now)
        late |= Q(follow_up__state="KEPT", follow_up__kept_at__gte=F("follow_up__due_at"))
        return self.filter(late, kind=str(sla.Kind.FEEDBACK), lateness=None)


class Clock(models.Model):
    """Why a promise has the date it has. The date itself lives in the FollowUp alone; this row is never recomputed.

    A new date is a new clock that ``replaces`` the old one, whose promise is cancelled. A promise that had passed when
    it was cancelled was ``missed`` and is counted so (domain D.4, D.5).
    """

    round = models.ForeignKey(Round, models.CASCADE, related_name="clocks")
    follow_up = models.OneToOneField(FollowUp, models.CASCADE, related_name="clock")
    kind = models.CharField(_("kind"), max_length=16, choices=[(kind.value, kind.label) for kind in sla.Kind])
    profile = models.CharField(_("rule set"), max_length=30)
    profile_version = models.CharField(_("rule version"), max_length=20)
    calendar_version = models.CharField(_("calendar version"), max_length=16)
    unit = models.CharField(_("unit"), max_length=10)
    n = models.PositiveSmallIntegerField(_("number"))
    shift = models.PositiveSmallIntegerField(_("days given by pauses"), default=0)
    gross_at = models.DateTimeField(_("due before, had there been no pause"), null=True)  # None: due as promised
    anchor_at = models.DateTimeField(_("counted from"), null=True)  # the moment of the rule's anchor
    original_due_on = models.DateField(_("first promised for"))
    replaces = models.OneToOneField("self", models.SET_NULL, null=True, blank=True, related_name="replaced_by")
    missed = models.BooleanField(_("was late when it was cancelled"), default=False)
    trace = models.JSONField(_("day by day"), default=list)
    ladder_at = models.DateTimeField(_("next warning"), null=True, blank=True)  # None: nobody is warned of it any more

    objects: ClassVar[ClockQuerySet] = ClockQuerySet.as_manager()  # type: ignore[assignment]

    class Meta:
        verbose_name = _("clock")
        verbose_name_plural = _("clocks")
        ordering = ["pk"]
        indexes = [
            models.Index(fields=["gross_at"], condition=Q(gross_at__isnull=False), name="clock_gross"),
            models.Index(fields=["ladder_at", "id"], condition=Q(ladder_at__isnull=False), name="clock_ladder"),
        ]

    def __str__(self) -> str:
        return f"{self.round_id} {self.kind}"
