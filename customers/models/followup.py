"""The future: dated promises with an owner. Every clock is one of these (house §2; handbook 4/1.1.20(5))."""

from __future__ import annotations

import datetime
import secrets
from typing import TYPE_CHECKING, ClassVar

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from customers.models.customer import Customer

if TYPE_CHECKING:
    from crm_site.models import User


def new_ref() -> str:
    """A fresh reference that tells nothing: 72 random bits."""
    return secrets.token_urlsafe(9)


class FollowUpQuerySet(models.QuerySet["FollowUp"]):
    """Promises."""

    def open(self) -> FollowUpQuerySet:
        """Not yet kept, cancelled or given up."""
        return self.filter(state=FollowUp.State.OPEN)

    def overdue(self, now: datetime.datetime) -> FollowUpQuerySet:
        """Open ones whose moment has passed."""
        return self.open().filter(due_at__lte=now)

    def of(self, user: User) -> FollowUpQuerySet:
        """What this person promised or was given."""
        return self.filter(owner=user)

    def visible_to(self, user: User) -> FollowUpQuerySet:
        """Own ones, the team's for who has a team, all for team leaders and supervisors."""
        if user.has_role("senior", "supervisor"):
            return self
        mine = Q(owner=user)
        return self.filter(mine | Q(team_id=user.team_id, team__isnull=False)) if user.team_id else self.filter(mine)


class FollowUp(models.Model):
    """A promise: what, to whom, by when, kept when. ``due_at`` is exclusive and stored once; nothing recomputes it."""

    class Kind(models.TextChoices):
        CALLBACK = "CALLBACK", _("Call back")
        RETURN_VISIT = "RETURN_VISIT", _("Return visit")
        PROMISE = "PROMISE", _("Promise")
        RECOVERY = "RECOVERY", _("Low score, call back")
        DATA_FIX = "DATA_FIX", _("Complete the record")
        CLOCK = "CLOCK", _("Complaint deadline")
        ANSWER = "ANSWER", _("Question to a department")
        ACTION = "ACTION", _("Action of a plan")
        CONSENT = "CONSENT", _("Consent to redress")
        PAYMENT = "PAYMENT", _("Redress to be paid")
        MILESTONE = "MILESTONE", _("Milestone of a task force")
        RECOVER = "RECOVER", _("Bring back on track")
        REVIEW = "REVIEW", _("Review meeting")
        OTHER = "OTHER", _("Other")

    class State(models.TextChoices):
        OPEN = "OPEN", pgettext_lazy("promise", "Open")
        KEPT = "KEPT", _("Kept")
        CANCELLED = "CANCELLED", _("Cancelled")
        UNREACHABLE = "UNREACHABLE", _("Not reached")

    ref = models.CharField(max_length=16, unique=True, default=new_ref, editable=False)  # stands in URLs
    customer = models.ForeignKey(Customer, models.CASCADE, null=True, blank=True, related_name="follow_ups")
    kind = models.CharField(_("kind"), max_length=12, choices=Kind.choices)
    title = models.CharField(_("what was promised"), max_length=120)  # no personal data
    due_on = models.DateField(_("due"))
    due_at = models.DateTimeField(_("due before"))
    provisional = models.BooleanField(_("provisional date"), default=False)
    state = models.CharField(_("state"), max_length=12, choices=State.choices, default=State.OPEN)
    owner = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, related_name="follow_ups"
    )
    team = models.ForeignKey("crm_site.Team", models.PROTECT, null=True, blank=True, related_name="follow_ups")
    promised_at = models.DateTimeField(_("promised"))
    promised_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+")
    kept_at = models.DateTimeField(_("kept"), null=True, blank=True)
    kept_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, related_name="+")
    cancelled_at = models.DateTimeField(_("cancelled"), null=True, blank=True)
    outcome = models.CharField(_("outcome"), max_length=200, blank=True)
    attempts = models.PositiveSmallIntegerField(_("attempts"), default=0)
    about_kind = models.CharField(max_length=20, blank=True)
    about_no = models.CharField(max_length=30, blank=True)
    leads = models.BooleanField(
        _("the next promise of its matter"), default=False
    )  # only the matter's own verb moves it
    about_level = models.PositiveSmallIntegerField(_("how serious, 1–3"), null=True, blank=True)
    dedupe_key = models.CharField(max_length=80, unique=True, null=True, blank=True)
    version = models.PositiveIntegerField(default=1)

    objects: ClassVar[FollowUpQuerySet] = FollowUpQuerySet.as_manager()  # type: ignore[assignment]

    class Meta:
        verbose_name = _("follow-up")
        verbose_name_plural = _("follow-ups")
        ordering = ["due_at", "id"]
        indexes = [
            models.Index(fields=["owner", "due_at", "id"], condition=Q(state="OPEN"), name="followup_my_day"),
            models.Index(fields=["team", "due_at", "id"], condition=Q(state="OPEN"), name="followup_team"),
            models.Index(fields=["due_at", "id"], condition=Q(state="OPEN"), name="followup_due"),
            models.Index(fields=["about_kind", "about_no"], name="followup_about"),
            models.Index(fields=["due_on"], condition=Q(kind="CLOCK"), name="followup_clock_due"),
            models.Index(
                fields=["team", "due_at", "-about_level", "id"], condition=Q(leads=True), name="followup_leads_team"
            ),
            # team and owner stand in it only so that counting needs no row
            models.Index(
                fields=["due_at", "-about_level", "id", "team", "owner"],
                condition=Q(leads=True),
                name="followup_leads_due",
            ),
        ]
        constraints = [
            models.CheckConstraint(
                condition=Q(state="KEPT", kept_at__isnull=False) | ~Q(state="KEPT"), name="kept_has_a_moment"
            )
        ]

    def __str__(self) -> str:
        return f"{self.title} {self.due_on}"

    @property
    def public_number(self) -> str:
        """The reference that may stand in a URL and in the audit log."""
        return self.ref

    @property
    def on_its_own_page(self) -> bool:
        """Whether it is kept by a step of the matter it is about, not by a tick in a list."""
        own = (self.Kind.CLOCK, self.Kind.ANSWER, self.Kind.ACTION, self.Kind.MILESTONE)
        return self.kind in (*own, self.Kind.CONSENT, self.Kind.PAYMENT)

    def late(self, now: datetime.datetime) -> bool:
        """Whether the promise was broken: kept too late, or still open past its moment."""
        return (self.kept_at or now) >= self.due_at if self.state in (self.State.OPEN, self.State.KEPT) else False
