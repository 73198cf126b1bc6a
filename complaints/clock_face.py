"""A deadline as a page shows it: in words with the date, and as a ribbon of the days that count (ux 0(2))."""

from __future__ import annotations

import datetime
from collections.abc import Sequence
from dataclasses import dataclass

from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from complaints import sla
from complaints.models import Clock
from crm_site.models import CalendarDay
from crm_site.wording import DueState, date_words, due_state
from crm_site.workdays import Calendar
from customers.models import FollowUp

_BEFORE_DAY_ONE = (sla.Why.RECEIPT, sla.Why.ROLLED, sla.Why.AFTER_CUTOFF)


@dataclass(frozen=True, slots=True)
class Face:
    """One deadline, ready to be shown. ``days`` is what the ribbon takes."""

    label: str
    on: datetime.date
    due: DueState
    progress: str
    limit: str
    provisional: bool
    days: list[dict[str, object]]
    rule: str
    is_regulators: bool
    is_given: bool = False


def state_of(due_at: datetime.datetime, now: datetime.datetime, calendar: Calendar) -> DueState:
    """How near it is, in words: the same for a row, a card and an alert."""
    last_day = timezone.localdate(due_at - datetime.timedelta(microseconds=1))
    next_day = timezone.localdate(now) + datetime.timedelta(days=1)
    days = sla.urgency(due_at, now, calendar, timezone.get_default_timezone()).days
    return due_state(days, tomorrow=last_day == next_day)


def of_promise(promise: FollowUp | None, now: datetime.datetime, calendar: Calendar) -> DueState | None:
    """The chip of a row; None where nothing is promised."""
    return None if promise is None else state_of(promise.due_at, now, calendar)


def of_clock(clock: Clock, now: datetime.datetime) -> Face:
    """A stored deadline; a promise kept says so."""
    promise = clock.follow_up
    met = promise.state == FollowUp.State.KEPT
    late = met and promise.late(now)
    due = due_state(0, met=True) if met and not late else state_of(promise.due_at, promise.kept_at or now, _calendar())
    return _face(
        kind=sla.Kind(clock.kind),
        on=promise.due_on,
        due=due,
        trace=sla.trace_from_json(clock.trace),
        unit=clock.unit,
        n=clock.n,
        provisional=promise.provisional,
        rule=f"{clock.profile} {clock.profile_version}",
        running=promise.state == FollowUp.State.OPEN,
    )


def of_due(due: sla.Due, now: datetime.datetime) -> Face:
    """A deadline that is only considered yet."""
    return _face(
        kind=due.kind,
        on=due.on,
        due=state_of(due.at, now, _calendar()),
        trace=due.trace,
        unit=due.unit,
        n=due.n,
        provisional=due.provisional,
        rule=f"{due.profile} {due.profile_version}",
        running=True,
    )


def _calendar() -> Calendar:
    return CalendarDay.objects.calendar()


def _face(
    *,
    kind: sla.Kind,
    on: datetime.date,
    due: DueState,
    trace: Sequence[sla.TraceDay],
    unit: str,
    n: int,
    provisional: bool,
    rule: str,
    running: bool,
) -> Face:
    return Face(
        label=str(kind.label),
        on=on,
        due=due,
        progress=_progress(trace, on, unit) if running else "",
        limit=_limit(unit, n, trace),
        provisional=provisional,
        days=ribbon(trace, unit),
        rule=rule,
        is_regulators=kind == sla.Kind.REG_FINAL,
        is_given=kind == sla.Kind.FORWARDER,
    )


def ribbon(trace: Sequence[sla.TraceDay], unit: str) -> list[dict[str, object]]:
    """Days for the ribbon, from the day after receipt; in calendar-day limits every day counts."""
    last = trace[-1].date if trace else None
    return [
        {
            "date": day.date,
            "n": day.n,
            "kind": "work" if unit in (sla.Unit.CD, sla.Unit.W) and day.n else str(day.kind),
            "due": day.date == last,
        }
        for day in trace
        if day.why not in _BEFORE_DAY_ONE or day.date == last
    ]


def _progress(trace: Sequence[sla.TraceDay], on: datetime.date, unit: str) -> str:
    """ "Working day 4 of 10; 6 left after today"; "" for limits that are not counted in working days."""
    total = max((day.n for day in trace), default=0)
    if unit != sla.Unit.WD or not total:
        return ""
    today = timezone.localdate()
    used = max((day.n for day in trace if day.date <= today), default=0)
    if today > on:
        return ngettext("The limit was %(n)s working day", "The limit was %(n)s working days", total) % {"n": total}
    left = sla.remaining(on, today, _calendar())
    return _("Working day %(used)s of %(total)s; %(left)s left after today") % {
        "used": used,
        "total": total,
        "left": left,
    }


def _limit(unit: str, n: int, trace: Sequence[sla.TraceDay]) -> str:
    """ "5 working days; 11 Oct is a make-up working day"."""
    if trace and trace[-1].why == sla.Why.GIVEN:
        return _("their own date")
    if unit == sla.Unit.SAME_DAY:
        return _("On the day of receipt")
    if unit == sla.Unit.CD:
        return ngettext("%(n)s calendar day", "%(n)s calendar days", n) % {"n": n}
    if unit == sla.Unit.W:
        return ngettext("%(n)s week", "%(n)s weeks", n) % {"n": n}
    if unit == sla.Unit.H:
        return ngettext("%(n)s hour", "%(n)s hours", n) % {"n": n}
    words = ngettext("%(n)s working day", "%(n)s working days", n) % {"n": n}
    makeups = [date_words(day.date, "short") for day in trace if day.n and day.kind == "makeup"]
    if not makeups:
        return words
    counted = ngettext(
        "%(words)s; %(days)s is a make-up working day",
        "%(words)s; %(days)s are make-up working days",
        len(makeups),
    )
    return counted % {"words": words, "days": _(", ").join(makeups)}


def conflict(answer: Face | None, limits: Sequence[Face]) -> str:
    """ "By the handbook 2 Mar; by the regulator's 15 calendar days 25 Feb: the earlier date rules" (domain D.12).

    "" where there are not two dates, or the handbook's own comes first.
    """
    first = min(limits, key=lambda face: face.on, default=None)
    if answer is None or first is None or first.on >= answer.on:
        return ""
    if first.is_given:
        text = _(
            "By the handbook %(ours)s; the forwarding body asks for an answer by %(theirs)s: the earlier date rules."
        )
        return text % {"ours": date_words(answer.on, "short"), "theirs": date_words(first.on, "short")}
    text = _("By the handbook %(ours)s; by the regulator's %(limit)s %(theirs)s: the earlier date rules.")
    days = {"ours": date_words(answer.on, "short"), "theirs": date_words(first.on, "short")}
    return text % (days | {"limit": first.limit})
