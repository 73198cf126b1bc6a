"""What waits for one person's word: plans sent for approval that they may decide on, and consents asked of them."""

from __future__ import annotations

import datetime
from typing import TYPE_CHECKING, Any

from django.db.models import Exists, OuterRef, Q
from django.utils.translation import gettext_lazy as _

from complaints import clock_face, persons, redress, severity
from complaints.models import Complaint, Consent, Plan
from complaints.models.plan import PlanQuerySet
from complaints.states import TABLE, State
from crm_site.errors import Text
from crm_site.models import CalendarDay

if TYPE_CHECKING:
    from crm_site.models import User
    from crm_site.workdays import Calendar
    from customers.models import FollowUp

SHOWN = 10
_HEAVY = (Complaint.Level.MODERATE, Complaint.Level.SEVERE)


def plans_for(user: User) -> PlanQuerySet:
    """Plans this person may decide on: of a level that is theirs, written by others, within what they may grant, and
    with the consents that come first. Asks what the gate asks, of many at once."""
    levels = [level for level in _HEAVY if _decides(user, level)]
    rows = (
        Plan.objects.visible_to(user)
        .waiting()
        .filter(
            round__complaint__state=State.IN_PROGRESS,
            round__complaint__level__in=levels,
        )
    )
    limit = severity.redress_authority(user.roles)
    within = Q(redress_fen__lte=limit)
    if limit >= redress.ABOVE_FEN:
        within |= _agreed_to(user)
    return rows.filter(within).exclude(writers=user)


def _decides(user: User, level: Complaint.Level) -> bool:
    steps = TABLE.allowed(State.IN_PROGRESS, user.roles, nature=Complaint.Nature.COMPLAINT, level=level.name)
    return "approve_plan" in {step.name for step in steps}


def _agreed_to(user: User) -> Q:
    """Everybody else who has to agree has agreed, and this person is none of them."""
    given = Consent.objects.given().filter(plan=OuterRef("pk")).order_by()
    found = Q(~Exists(given.filter(person=user)))
    for office in redress.Office:
        found &= Q(Exists(given.filter(office=office)))
    return found


def consents_of(user: User) -> list[Consent]:
    """Redress this person is asked about, the oldest question first."""
    asked = Consent.objects.visible_to(user).asked().filter(person=user)
    found = asked.select_related("plan__round__complaint__customer", "follow_up").order_by("asked_at", "pk")
    return list(found[:SHOWN])


def waiting_for(user: User, now: datetime.datetime) -> dict[str, Any]:
    """Rows for a page, the oldest first, and how many there are in all."""
    plans: list[Plan] = []
    n = 0
    if any(_decides(user, level) for level in _HEAVY):
        found = plans_for(user)
        n = found.count()
        shown = found.select_related("round__complaint__customer", "round__complaint__leading__clock")
        plans = list(shown.order_by("submitted_at", "pk")[:SHOWN])
    asked, calendar = consents_of(user), CalendarDay.objects.calendar()
    rows = [_row(one.plan, user, one.follow_up, _ASKED, now, calendar) for one in asked]
    rows += [_row(plan, user, plan.round.complaint.leading, _SENT, now, calendar) for plan in plans]
    return {"rows": rows, "n": n + len(asked), "plans": n}


_ASKED, _SENT = ("consent_redress", _("Agree or not")), ("approve_plan", _("Read the plan"))


def _row(
    plan: Plan,
    user: User,
    promise: FollowUp | None,
    step: tuple[str, Text],
    now: datetime.datetime,
    calendar: Calendar,
) -> dict[str, Any]:
    complaint = plan.round.complaint
    return {
        "complaint": complaint,
        "name": persons.listed_name(complaint, user),
        "fen": plan.redress_fen,
        "since": plan.submitted_at,
        "due": clock_face.of_promise(promise, now, calendar),
        "verb": step[0],
        "label": step[1],
    }
