"""Dates that are to move, gathered, shown old and new, approved by a second person (domain D.2(7); decision 0026)."""

from __future__ import annotations

from typing import ClassVar

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from complaints.models.clock import Clock


class RecalcBatch(models.Model):
    """One proposal to move stored dates. Nothing moves before somebody else than its proposer approves."""

    class State(models.TextChoices):
        PROPOSED = "PROPOSED", _("Proposed")
        APPROVED = "APPROVED", _("Approved, being applied")
        APPLIED = "APPLIED", _("Applied")
        REJECTED = "REJECTED", _("Rejected")

    class Scope(models.TextChoices):
        ALL = "ALL", _("All open promises")
        PROVISIONAL = "PROVISIONAL", _("Provisional ones")
        RULES = "RULES", _("Those under one rule set")
        DATES = "DATES", _("Those due between two days")

    number = models.CharField(_("number"), max_length=20, unique=True)
    state = models.CharField(_("state"), max_length=10, choices=State.choices, default=State.PROPOSED)
    scope = models.CharField(_("which promises"), max_length=12, choices=Scope.choices)
    rule_set = models.CharField(_("rule set"), max_length=30, blank=True)
    first = models.DateField(_("due from"), null=True, blank=True)
    last = models.DateField(_("due until"), null=True, blank=True)
    reason = models.CharField(_("reason"), max_length=300)
    calendar_version = models.CharField(_("calendar version"), max_length=16)
    proposed_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+")
    proposed_at = models.DateTimeField(_("proposed"))
    decided_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+")
    decided_at = models.DateTimeField(_("decided"), null=True)
    decision_note = models.CharField(_("what the second person says"), max_length=300, blank=True)
    applied_at = models.DateTimeField(_("applied"), null=True)
    looked_at = models.PositiveIntegerField(_("promises looked at"), default=0)
    earlier = models.PositiveIntegerField(_("earlier"), default=0)
    later = models.PositiveIntegerField(_("later"), default=0)
    confirmed = models.PositiveIntegerField(_("confirmed"), default=0)
    same = models.PositiveIntegerField(_("the same"), default=0)

    class Meta:
        verbose_name = _("recalculation")
        verbose_name_plural = _("recalculations")
        ordering = ["-pk"]
        constraints = [
            models.CheckConstraint(
                condition=Q(proposed_by__isnull=True) | Q(decided_by__isnull=True) | ~Q(proposed_by=F("decided_by")),
                name="another_decides_the_batch",
            ),
            models.CheckConstraint(
                condition=~Q(state__in=["APPROVED", "APPLIED"]) | Q(decided_by__isnull=False),
                name="no_date_moves_unapproved",
            ),
        ]
        indexes = [models.Index(fields=["state"], condition=Q(state__in=["PROPOSED", "APPROVED"]), name="batch_open")]

    def __str__(self) -> str:
        return self.number

    @property
    def public_number(self) -> str:
        """The number that may stand in a URL and in the audit log."""
        return self.number


class RecalcItemQuerySet(models.QuerySet["RecalcItem"]):
    """Dates to move."""

    def pending(self) -> RecalcItemQuerySet:
        """Not applied and not skipped yet."""
        return self.filter(state=RecalcItem.State.PENDING)


class RecalcItem(models.Model):
    """One promise: its date as it stood, the date it is to have, and which days make the difference."""

    class Change(models.TextChoices):
        EARLIER = "EARLIER", pgettext_lazy("due date", "Earlier")
        LATER = "LATER", pgettext_lazy("due date", "Later")
        CONFIRMED = "CONFIRMED", _("Confirmed, no longer provisional")

    class State(models.TextChoices):
        PENDING = "PENDING", _("Waiting")
        APPLIED = "APPLIED", _("Moved")
        SKIPPED = "SKIPPED", _("Left as it was")

    class Why(models.TextChoices):
        ENDED = "ENDED", _("The promise was kept or has fallen away since")
        MOVED = "MOVED", _("The date was moved by another step since")
        RECOUNTED = "RECOUNTED", _("Calendar or rules changed again since")

    batch = models.ForeignKey(RecalcBatch, models.CASCADE, related_name="items")
    clock = models.ForeignKey(Clock, models.CASCADE, related_name="recalculations")
    old_on = models.DateField(_("date as it stands"))
    counted_on = models.DateField(_("date by the count"))
    new_on = models.DateField(_("new date"))
    change = models.CharField(_("change"), max_length=10, choices=Change.choices)
    why = models.JSONField(_("days that differ"), default=dict)
    state = models.CharField(_("state"), max_length=8, choices=State.choices, default=State.PENDING)
    skipped = models.CharField(_("left because"), max_length=10, choices=Why.choices, blank=True)
    new_clock = models.OneToOneField(Clock, models.SET_NULL, null=True, blank=True, related_name="recalculated_by")

    objects: ClassVar[RecalcItemQuerySet] = RecalcItemQuerySet.as_manager()  # type: ignore[assignment]

    class Meta:
        verbose_name = _("promise to move")
        verbose_name_plural = _("promises to move")
        ordering = ["pk"]
        constraints = [models.UniqueConstraint(fields=["batch", "clock"], name="a_promise_once_in_a_batch")]
        indexes = [
            models.Index(fields=["batch", "id"], condition=Q(state="PENDING"), name="recalc_pending"),
            models.Index(fields=["batch", "change", "id"], name="recalc_by_change"),
        ]

    def __str__(self) -> str:
        return f"{self.batch_id} {self.old_on} {self.new_on}"
