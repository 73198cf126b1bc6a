"""What a warning makes people owe, and why an answer was late: a recovery, a meeting, a new date (domain D.6)."""

from __future__ import annotations

import datetime
from typing import TYPE_CHECKING

from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from django.utils.translation import gettext_noop

from complaints import ladder
from complaints.actions import words
from complaints.actions.turning import Turn, turn
from complaints.models import Clock, Complaint, Lateness
from complaints.models.complaint import ABOUT
from crm_site import bank_day
from crm_site.errors import RuleBroken
from crm_site.models import CalendarDay
from customers.actions import followups
from customers.models import FollowUp

if TYPE_CHECKING:
    from crm_site.models import User

RECOVER = gettext_noop("Bring the complaint back on track")
REVIEW = gettext_noop("Hold a review meeting about the late answer")
NEW_DATE = gettext_noop("Answer by the new date the customer was given")
FARTHEST = 20  # working days: a date later than that is no promise


def owed(clock: Clock, threshold: ladder.Threshold, now: datetime.datetime) -> None:
    """The promises a rung makes, each once for a deadline: the owner's recovery, the leaders' review meeting."""
    complaint = clock.round.complaint
    if threshold in ladder.RECOVER:
        _promise(clock, FollowUp.Kind.RECOVER, RECOVER, max(clock.follow_up.due_on, _next_day(now)), complaint.owner)
    if threshold in ladder.MEETING:
        leader = complaint.team.leader if complaint.team is not None else None
        _promise(clock, FollowUp.Kind.REVIEW, REVIEW, _next_day(now), leader)


def _next_day(now: datetime.datetime) -> datetime.date:
    return CalendarDay.objects.calendar().next_working(timezone.localdate(now))


def _promise(clock: Clock, kind: str, title: str, on: datetime.date, owner: User | None) -> None:
    complaint = clock.round.complaint
    followups.promise(
        by=None,
        customer=complaint.customer,
        kind=kind,
        title=title,
        due_on=on,
        due_at=bank_day.ends(on),
        owner=owner,
        team=complaint.team,
        about_kind=ABOUT,
        about_no=complaint.number,
        about_level=complaint.level,
        dedupe_key=f"{kind}:{clock.pk}".lower(),
    )


def unexplained(complaint: Complaint, now: datetime.datetime) -> Clock | None:
    """The late answer of this round nobody has given a reason for."""
    late = Clock.objects.unexplained(now).filter(round=complaint.round)
    return late.select_related("follow_up").order_by("-pk").first()


def explain_late(
    *,
    by: User,
    complaint: Complaint,
    version: int,
    why: str,
    note: str = "",
    until: datetime.date | None = None,
    channel: str = "",
    told: str = "",
) -> Complaint:
    """Why the answer was late; and, while it is still owed, the new date the customer was given and how.

    Raises RuleBroken without a reason, without a date and words to the customer while the answer is owed, and for a day
    that is no working day to come.
    """
    if why not in Lateness.Reason.values:
        raise RuleBroken("lateness.why", _("Choose why it was late."), field="why")
    with turn("explain_late", by=by, complaint=complaint, version=version) as now:
        clock = unexplained(now.complaint, now.at)
        if clock is None:
            raise RuleBroken("lateness.none", _("No late answer waits for a reason."))
        promise = _new_date(now, until, channel, told) if now.complaint.awaits_answer else None
        Lateness.objects.create(clock=clock, reason=why, words=note.strip(), promise=promise, by=by, at=now.at)
        now.facts |= {"why": why} | ({"until": promise.due_on.isoformat()} if promise else {})
    return now.complaint


def _new_date(now: Turn, until: datetime.date | None, channel: str, told: str) -> FollowUp:
    today, calendar = timezone.localdate(now.at), CalendarDay.objects.calendar()
    if until is None or until < today or not calendar.is_working(until) or until > calendar.add(today, FARTHEST):
        text = _("Choose a working day from today on, at most %(n)s working days ahead.")
        raise RuleBroken("lateness.until", text % {"n": FARTHEST}, field="until")
    if not told.strip():
        raise RuleBroken("lateness.told", _("Tell the customer, and write what you told them."), field="told")
    words.outward(now, channel=channel, at=now.at, title=gettext_noop("Customer told of the delay"), summary=told)
    complaint = now.complaint
    return followups.promise(
        by=now.by,
        customer=complaint.customer,
        kind=FollowUp.Kind.PROMISE,
        title=NEW_DATE,
        due_on=until,
        due_at=bank_day.ends(until),
        owner=complaint.owner,
        team=complaint.team,
        about_kind=ABOUT,
        about_no=complaint.number,
        about_level=complaint.level,
    )


def settle(complaint: Complaint, *, at: datetime.datetime) -> None:
    """The answer is given: what was owed on the way to it is kept."""
    on_the_way = Q(kind=FollowUp.Kind.RECOVER) | Q(lateness__isnull=False) | Q(dedupe_key__startswith="reminder:")
    for promise in FollowUp.objects.open().filter(on_the_way, about_kind=ABOUT, about_no=complaint.number):
        followups.keep(by=None, follow_up=promise, at=at)
