"""When a promise falls due, and why: the one place a deadline is computed (handbook 6/1.1.30; domain D; pure).

Days are days of the bank's time zone. A deadline is an exclusive instant: the promise is kept if it was kept before
``Due.at``. Nothing here knows the present; callers say what time it is.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from enum import StrEnum
from typing import Any, Literal, NamedTuple

from django.utils.translation import gettext_lazy as _

from complaints.profiles import (
    BUILT_IN,
    CN_NFRA_2020_3,
    CN_PBOC_2020_5,
    HANDBOOK_CN,
    Anchor,
    Complexity,
    Kind,
    Level,
    Profile,
    Rule,
    Rulebook,
    Unit,
)
from crm_site.errors import RuleBroken
from crm_site.workdays import Calendar, Day, DayKind

__all__ = [
    "BUILT_IN",
    "CN_NFRA_2020_3",
    "CN_PBOC_2020_5",
    "HANDBOOK_CN",
    "SOON_DAYS",
    "Anchor",
    "Complexity",
    "Due",
    "Kind",
    "Level",
    "Profile",
    "Rule",
    "Rulebook",
    "TraceDay",
    "Unit",
    "Urgency",
    "Why",
    "due",
    "earliest",
    "elapsed",
    "last_day",
    "local_date",
    "remaining",
    "trace_from_json",
    "urgency",
]

SOON_DAYS = 2
_DAY = dt.timedelta(days=1)
_DAYS_OF = {Unit.CD: 1, Unit.W: 7}


class Why(StrEnum):
    """Why a day of the trace is counted or not."""

    AFTER_CUTOFF = "after_cutoff"  # received after the cut-off time: the next day counts as the day of receipt
    ROLLED = "rolled"  # received on a day off, moved on to a working day
    RECEIPT = "receipt"  # the day of receipt itself, not counted
    COUNTED = "counted"
    DAY_OFF = "day_off"
    SHIFT = "shift"  # counted beyond the limit: a pause gave it
    LEVEL = "level"  # counted beyond the limit: a change of level left it standing
    GRACE = "grace"  # counted beyond the limit: an earlier date leaves a working day at least
    ROLL_END = "roll_end"  # the limit ended on a day off
    HOURS = "hours"  # the limit runs in hours
    GIVEN = "given"  # the day somebody outside set


class TraceDay(NamedTuple):
    """One calendar day on the way to a deadline; ``n`` is its number if it counts, else 0."""

    date: dt.date
    n: int
    kind: DayKind
    why: Why


@dataclass(frozen=True, slots=True)
class Due:
    """A deadline with its reasons.

    ``on`` is the last local date on which the promise can be kept, ``at`` the exclusive aware instant it closes,
    ``start`` the date counting starts from (not itself counted), ``shift`` the days pauses have given, ``anchor`` the
    moment of the event that started it.
    """

    kind: Kind
    on: dt.date
    at: dt.datetime
    start: dt.date
    provisional: bool
    unit: Unit
    n: int
    shift: int
    profile: str
    profile_version: str
    calendar_version: str
    trace: tuple[TraceDay, ...]
    anchor: dt.datetime

    def trace_json(self) -> list[dict[str, Any]]:
        """The trace as plain JSON, one object a day: date, n, kind, why; the last day has ``due``: true."""
        return [
            {"date": day.date.isoformat(), "n": day.n, "kind": str(day.kind), "why": str(day.why)}
            | ({"due": True} if day.date == self.on else {})
            for day in self.trace
        ]

    def moved_to(self, on: dt.date, *, calendar: Calendar, tz: dt.tzinfo, why: Why = Why.LEVEL) -> Due:
        """The same deadline with another last day, decided by something else than the count (domain D.3, D.4)."""
        if on == self.on:
            return self
        trace = [day for day in self.trace if day.date <= on]
        n = max((day.n for day in trace), default=0)
        for day in calendar.span(self.on + _DAY, on):
            counts = day.working or self.unit in _DAYS_OF
            n += counts
            trace.append(TraceDay(day.date, n if counts else 0, day.kind, why if counts else Why.DAY_OFF))
        at = self.at.astimezone(tz) + (on - self.on)
        provisional = calendar.provisional(trace[0].date, on)
        return replace(self, on=on, at=at, provisional=provisional, trace=tuple(trace))


def trace_from_json(rows: Iterable[Mapping[str, Any]]) -> tuple[TraceDay, ...]:
    """The trace stored by Due.trace_json."""
    return tuple(
        TraceDay(dt.date.fromisoformat(row["date"]), row["n"], DayKind(row["kind"]), Why(row["why"])) for row in rows
    )


def local_date(at: dt.datetime, tz: dt.tzinfo) -> dt.date:
    """The bank's date of an aware instant. ValueError for a naive one."""
    if at.tzinfo is None:
        raise ValueError("an instant without a time zone has no date")
    return at.astimezone(tz).date()


def last_day(due_at: dt.datetime, tz: dt.tzinfo) -> dt.date:
    """The last date on which a promise due before ``due_at`` can be kept."""
    return local_date(due_at - dt.timedelta(microseconds=1), tz)


def due(
    *,
    profile: Profile,
    kind: Kind,
    level: Level | None,
    nature: str,
    received_at: dt.datetime,
    live_channel: bool,
    calendar: Calendar,
    tz: dt.tzinfo,
    shift_days: int = 0,
    complexity: Complexity = Complexity.SIMPLE,
    business: str = "",
) -> Due:
    """The deadline of a promise by the algorithm of domain D.2.

    ``received_at``: the aware moment of the rule's anchor (receipt; assessment or feedback for the kinds that start
    there). ``live_channel``: the complainant was present or on the line. ``shift_days``: days given by pauses, in the
    rule's unit. RuleBroken ``no_limit`` if the profile promises no such thing; ValueError for a naive instant.
    """
    rule = profile.rule(kind, nature=nature, level=level, live=live_channel, complexity=complexity, business=business)
    if rule is None:
        raise RuleBroken("no_limit", _("No time limit applies yet. Choose nature and level first."))
    count = _Count(profile, rule, received_at, calendar, tz, shift_days)
    return count.due()


@dataclass(frozen=True, slots=True)
class _Count:
    """One walk from the day of receipt to the last day."""

    profile: Profile
    rule: Rule
    received_at: dt.datetime
    calendar: Calendar
    tz: dt.tzinfo
    shift: int

    @property
    def receipt(self) -> dt.date:
        return local_date(self.received_at, self.tz)

    @property
    def after_cutoff(self) -> bool:
        cutoff = self.profile.cutoff
        return cutoff is not None and self.received_at.astimezone(self.tz).time() >= cutoff

    @property
    def start(self) -> dt.date:
        """D0: the local date of receipt, after cut-off and rolling."""
        day = self.receipt + _DAY if self.after_cutoff else self.receipt
        if self.profile.roll_receipt and not self.calendar.is_working(day):
            return self.calendar.next_working(day)
        return day

    @property
    def counts_start(self) -> bool:
        """Whether D0 itself is day 1."""
        rule = self.rule
        wanted = self.profile.count_receipt_day and rule.unit == Unit.WD and rule.n > 0
        return wanted and self.calendar.is_working(self.start)

    def last(self) -> dt.date:
        """The last day, by the unit."""
        rule, start = self.rule, self.start
        if rule.unit == Unit.H:
            return last_day(self._hours_end(), self.tz)
        if rule.unit == Unit.SAME_DAY:
            return self.calendar.add(start, self.shift)
        if rule.unit == Unit.WD:
            return self.calendar.add(start, rule.n + self.shift - self.counts_start)
        on = start + (rule.n * _DAYS_OF[rule.unit] + self.shift) * _DAY
        rolls = self.profile.roll_end and not self.calendar.is_working(on)
        return self.calendar.next_working(on) if rolls else on

    def due(self) -> Due:
        """The deadline with its trace."""
        on = self.last()
        return Due(
            kind=self.rule.kind,
            on=on,
            at=self._closing(on),
            start=self.start,
            provisional=self.calendar.provisional(self.receipt, on),
            unit=self.rule.unit,
            n=self.rule.n,
            shift=self.shift,
            profile=self.profile.name,
            profile_version=self.profile.version,
            calendar_version=self.calendar.fingerprint,
            trace=tuple(self._trace(on)),
            anchor=self.received_at,
        )

    def _hours_end(self) -> dt.datetime:
        return self.received_at + dt.timedelta(hours=self.rule.n + self.shift)

    def _closing(self, on: dt.date) -> dt.datetime:
        if self.rule.unit == Unit.H:
            return self._hours_end()
        if self.profile.due_time is not None:
            return dt.datetime.combine(on, self.profile.due_time, self.tz)
        return dt.datetime.combine(on + _DAY, dt.time(), self.tz)

    def _trace(self, on: dt.date) -> Iterable[TraceDay]:
        n = 0
        for day in self.calendar.span(self.receipt, on):
            why = self._before(day)
            if why is None:
                n += 1
                why = self._number(n)
            yield TraceDay(day.date, n if why in (Why.COUNTED, Why.SHIFT) else 0, day.kind, why)

    def _before(self, day: Day) -> Why | None:
        """Why a day is not counted; None if it is."""
        if day.date < self.start:
            return Why.AFTER_CUTOFF if self.after_cutoff and day.date == self.receipt else Why.ROLLED
        if day.date == self.start and not self.counts_start:
            return Why.RECEIPT
        if self.rule.unit == Unit.H:
            return Why.HOURS
        return None if self.rule.unit in _DAYS_OF or day.working else Why.DAY_OFF

    def _number(self, n: int) -> Why:
        """What the nth counted day stands for."""
        limit = self.rule.n * _DAYS_OF.get(self.rule.unit, 1)
        if n <= limit:
            return Why.COUNTED
        if n <= limit + self.shift:
            return Why.SHIFT
        return Why.ROLL_END


def earliest(promises: Iterable[Due]) -> Due | None:
    """The deadline that rules: the first of several (domain D.12); None of none."""
    return min(promises, key=lambda promise: promise.at, default=None)


# --- how far along ----------------------------------------------------------------------------------------------
def elapsed(start: dt.date, today: dt.date, calendar: Calendar) -> int:
    """Working days in (start, today]: "working day 4 of 10" is elapsed 4 (domain D.2)."""
    return max(0, calendar.between(start, today))


def remaining(on: dt.date, today: dt.date, calendar: Calendar) -> int:
    """Working days after today up to the last day: 0 on the last day, negative by the working days it is late."""
    return calendar.between(today, on)


class Urgency(NamedTuple):
    """``days``: 0 on the last day, else at least 1 before it and at most -1 when it has passed."""

    state: Literal["OVERDUE", "TODAY", "SOON", "OK"]
    days: int


def urgency(due_at: dt.datetime, now: dt.datetime, calendar: Calendar, tz: dt.tzinfo) -> Urgency:
    """How near a deadline is, in working days after today (ux 6.4). SOON: SOON_DAYS or fewer are left."""
    today, on = local_date(now, tz), last_day(due_at, tz)
    left = remaining(on, today, calendar)
    if now >= due_at:
        return Urgency("OVERDUE", min(-1, left))
    if on == today:
        return Urgency("TODAY", 0)
    return Urgency("SOON" if left <= SOON_DAYS else "OK", max(1, left))
