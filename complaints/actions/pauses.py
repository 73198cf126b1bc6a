"""The clock stands still, with a reason the customer was told, and runs again (domain D.3; R6.29).

What a pause gives is the whole working days strictly between its two ends: two days at most unless a leader signs it,
ten in a round. The regulators' limits go on while only the customer is waited for.
"""

from __future__ import annotations

import datetime
from typing import TYPE_CHECKING, TypedDict

from django.db.models import Q, Sum
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from django.utils.translation import gettext_noop

from complaints import changes, sla
from complaints.actions import clocks, pause_limits, words
from complaints.actions.pause_limits import UNSIGNED_DAYS
from complaints.actions.turning import Turn, turn
from complaints.models import Clock, Complaint, Pause, Round
from complaints.models.complaint import ABOUT
from complaints.profiles import HOUSE
from crm_site.errors import NotAllowed, RuleBroken, Stale
from crm_site.models import CalendarDay
from crm_site.workdays import Calendar
from customers.models import Interaction

if TYPE_CHECKING:
    from crm_site.models import User

Kind = sla.Kind
ROUND_DAYS = 10
WAITING_DAYS = 5
_STANDS_STILL = (Kind.FEEDBACK, Kind.PLAN)


def pause(
    *,
    by: User,
    complaint: Complaint,
    version: int,
    why: str,
    until: datetime.date,
    channel: str,
    told: str,
    reason: str,
) -> Complaint:
    """Stop the clock. ``told``: what the customer was told by ``channel``; ``until``: the last day it stands still.

    Raises RuleBroken when nobody was told, for a day outside what is allowed, and when it stands still already.
    """
    if why not in Pause.Reason.values:
        raise RuleBroken("pause.why", _("Choose a reason that is allowed."), field="why")
    if not told.strip():
        raise RuleBroken("pause.told", _("Tell the customer, and write what you told them."), field="told")
    _require_day(complaint.round, why, until)
    with turn(
        "pause", by=by, complaint=complaint, version=version, reason=reason, changes={"paused_at": timezone.now()}
    ) as now:
        Pause.objects.create(round=now.round, reason=why, began_at=now.at, told_at=now.at, until=until, by=by)
        words.outward(now, channel=channel, at=now.at, title=gettext_noop("Customer told of a pause"), summary=told)
        now.facts |= {"why": why, "until": until.isoformat()}
    return now.complaint


def latest_day(round_: Round, why: str) -> datetime.date:
    """The last day a pause that begins today may stand still: 5 working days for the customer, 10 in a round."""
    today = timezone.localdate()
    left = ROUND_DAYS - given(round_)
    most = min(left, WAITING_DAYS) if why == Pause.Reason.WAITING_CUSTOMER else left
    return CalendarDay.objects.calendar().add(today, most) if most > 0 else today


def given(round_: Round) -> int:
    """Working days the pauses of this round have given so far."""
    return int(round_.pauses.aggregate(sum=Sum("days"))["sum"] or 0)


def _require_day(round_: Round, why: str, until: datetime.date) -> None:
    today = timezone.localdate()
    if until <= today:
        raise RuleBroken("pause.until", _("Choose a day after today."), field="until")
    last = latest_day(round_, why)
    if until > last:
        text = _("%(day)s is the last day this may stand still.")
        raise RuleBroken("pause.long", text % {"day": last.isoformat()}, field="until")


def sign(*, by: User, complaint: Complaint, version: int) -> Complaint:
    """A leader lets the pause give more than two days. Raises NotAllowed for the person who began it."""
    with turn("sign_pause", by=by, complaint=complaint, version=version) as now:
        paused = now.round.pauses.get(ended_at=None)
        if paused.by_id == by.pk:
            raise NotAllowed("pause.own", _("Somebody else has to sign the pause you began."))
        if paused.signed_by_id is not None:
            raise RuleBroken("pause.signed", _("This pause has been signed already."))
        Pause.objects.filter(pk=paused.pk).update(signed_by=by)
    return now.complaint


def resume(*, by: User | None, complaint: Complaint, version: int, because: str = Pause.Ended.BY_HAND) -> Complaint:
    """The clock runs again; what stood still is put off by the days the pause gave."""
    changed = {"paused_at": None}
    with turn("resume", by=by, complaint=complaint, version=version, changes=changed) as now:
        paused = now.round.pauses.get(ended_at=None)
        paused.ended_at, paused.ended = now.at, because
        paused.days = _gain(now, paused)
        paused.save(update_fields=["ended_at", "ended", "days"])
        for clock in _stood_still(now.round, paused):
            _put_off(now, clock, paused)
        clocks.watch_again(now.round, at=now.at)
        if because == Pause.Ended.LIMIT and paused.reason == Pause.Reason.WAITING_CUSTOMER:
            pause_limits.remind_customer(now, paused)
        now.facts |= {"because": because, "days": paused.days}
    return now.complaint


def _gain(now: Turn, paused: Pause) -> int:
    """Working days this pause gives."""
    whole = changes.pause_shift(paused.began_at, now.at, **_calendar())
    most = ROUND_DAYS - given(now.round)
    return min(whole, most if paused.signed_by_id else min(most, UNSIGNED_DAYS))


class _Calendar(TypedDict):
    calendar: Calendar
    tz: datetime.tzinfo


def _calendar() -> _Calendar:
    return {"calendar": CalendarDay.objects.calendar(), "tz": timezone.get_default_timezone()}


def _stood_still(round_: Round, paused: Pause) -> list[Clock]:
    """The handbook's answer and plan; for an outside appraisal the regulator's limit that allows it as well."""
    found = [clock for clock in clocks.running(round_, _STANDS_STILL) if clock.profile == HOUSE]
    if paused.reason == Pause.Reason.EXTERNAL_APPRAISAL:
        limits = clocks.running(round_, [Kind.REG_FINAL])
        found += [clock for clock in limits if clocks.rules_of(clock).appraisal_stops]
    return found


def _put_off(now: Turn, clock: Clock, paused: Pause) -> None:
    days = paused.days
    if clock.unit in (sla.Unit.CD, sla.Unit.W):
        days = changes.pause_shift(paused.began_at, now.at, unit=sla.Unit.CD, **_calendar()) if days else 0
    if not days:
        return
    due = changes.after_pause(clocks.stored(clock), days, **_calendar())
    now.facts |= {f"{clock.kind}_old": clock.follow_up.due_on.isoformat(), f"{clock.kind}_new": due.on.isoformat()}
    clocks.put_off(clock, due, since=paused.began_at, by=now.by, reason=gettext_noop("The clock was paused"))


def resume_due(*, now: datetime.datetime) -> dict[str, int]:
    """End pauses whose last day is over, and those whose customer has written or called since; a sweep."""
    counts = {"limit": 0, "arrived": 0}
    waiting = Pause.objects.filter(ended_at=None).select_related("round__complaint").order_by("pk")
    for paused in list(waiting):
        because = _because(paused, now)
        if because is None:
            continue
        complaint = paused.round.complaint
        try:
            resume(by=None, complaint=complaint, version=complaint.version, because=because)
        except Stale:  # somebody is at it this very moment; the next sweep looks again
            continue
        counts["limit" if because == Pause.Ended.LIMIT else "arrived"] += 1
    return counts


def _because(paused: Pause, now: datetime.datetime) -> str | None:
    """Why this pause ends now by itself, or None while it goes on."""
    complaint = paused.round.complaint
    if paused.reason == Pause.Reason.WAITING_CUSTOMER:
        said = Q(about_kind=ABOUT, about_no=complaint.number) | Q(
            customer=complaint.customer_id, topic=Interaction.Topic.PROGRESS
        )
        heard = Interaction.objects.filter(said, direction=Interaction.Direction.IN, recorded_at__gt=paused.began_at)
        if heard.filter(undone_at=None).exists():
            return Pause.Ended.ARRIVED
    return Pause.Ended.LIMIT if timezone.localdate(now) > paused.until else None
