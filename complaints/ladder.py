"""Who is warned when an answer comes near or is late: the rungs of a deadline, each with its moment (domain D.6; pure).

A rung is reached at a moment that follows from the deadline alone, so the next one can be stored and found by an index.
Working days left are those after today, as every badge counts them (D.2); rungs of a day are reached when it opens.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable
from dataclasses import dataclass
from typing import NamedTuple

from django.db.models import TextChoices
from django.utils.translation import gettext_lazy as _

from complaints.profiles import Kind, Level
from crm_site.office_hours import Hours
from crm_site.workdays import Calendar

WEEK = dt.timedelta(days=7)
BEFORE_CLOSING = dt.timedelta(hours=2)
KINDS = (Kind.FEEDBACK, Kind.ASSESS, Kind.PROGRESS)
"""Promises somebody else hears of when they are not kept; the others are their owner's."""


class Threshold(TextChoices):
    """The rungs, the lowest first. ``P0`` and ``A0`` belong to news of progress and to the assessment."""

    P0 = "P0", _("News of progress overdue")
    A0 = "A0", _("Assessment overdue")
    T1 = "T1", _("No plan yet")
    T2 = "T2", _("Due soon")
    T3 = "T3", _("At risk")
    T4 = "T4", _("Due today")
    B0 = "B0", _("Late")
    B1 = "B1", _("Still late")
    B2 = "B2", _("Late for a week")


T = Threshold
RANK = {threshold: n for n, threshold in enumerate(Threshold)}
RECOVER = frozenset({T.T3, T.T4, T.B0, T.B1, T.B2})
"""Rungs at which the owner owes a recovery."""
MEETING = frozenset({T.B1, T.B2})
"""Rungs at which the leaders owe a review meeting."""
ANSWERED_FOR = frozenset({T.A0, T.T3, T.T4, T.B0, T.B1, T.B2})
"""Rungs whose notice asks for a word back."""


class _Steps(NamedTuple):
    """Working days: elapsed without a plan, left at amber, late at the review meeting."""

    plan: int
    amber: int
    meeting: int


_STEPS = {Level.MODERATE: _Steps(2, 2, 3), Level.SEVERE: _Steps(5, 3, 2)}
_RED, _WEEKLY = 1, 5


@dataclass(frozen=True, slots=True)
class Deadline:
    """One promise: its kind, level, day of receipt, last day and exclusive instant, when it was registered, and whether
    a plan has been agreed."""

    kind: Kind
    level: Level | None
    start: dt.date
    due_on: dt.date
    due_at: dt.datetime
    registered_at: dt.datetime
    planned: bool = False


class Rung(NamedTuple):
    """A threshold and when it is reached; ``week`` counts the repetitions of the last."""

    at: dt.datetime
    threshold: Threshold
    week: int = 0

    @property
    def key(self) -> tuple[str, int]:
        """What it is told apart by, within one promise."""
        return str(self.threshold), self.week

    @property
    def height(self) -> tuple[int, int]:
        """Where it stands: a later week above an earlier one."""
        return RANK[self.threshold], self.week


class Standing(NamedTuple):
    """Rungs reached by now, lowest first, and when the next one is; None where there is none."""

    reached: list[Rung]
    next_at: dt.datetime | None


def standing(deadline: Deadline, now: dt.datetime, *, calendar: Calendar, tz: dt.tzinfo, hours: Hours) -> Standing:
    """How far up the ladder a promise that is still open stands."""
    every = sorted(_rungs(deadline, now, calendar, tz, hours), key=lambda rung: (rung.at, rung.height))
    coming = [rung.at for rung in every if rung.at > now]
    return Standing([rung for rung in every if rung.at <= now], min(coming, default=None))


def first_at(deadline: Deadline, *, calendar: Calendar, tz: dt.tzinfo, hours: Hours) -> dt.datetime | None:
    """When its first rung is reached; None for a promise nobody else hears of."""
    return standing(deadline, dt.datetime.min.replace(tzinfo=dt.UTC), calendar=calendar, tz=tz, hours=hours).next_at


def pending(reached: Iterable[Rung], recorded: Iterable[tuple[str, int]]) -> tuple[Rung | None, list[Rung]]:
    """Of the rungs not yet recorded the highest, which is told, and those below it, which are skipped.

    None is told below what was told already: after a warning of lateness nobody is told that it is due soon.
    """
    known = set(recorded)
    open_ = sorted((rung for rung in reached if rung.key not in known), key=lambda rung: rung.height)
    if not open_:
        return None, []
    highest = open_[-1]
    told = max((RANK[Threshold(name)], week) for name, week in known) if known else (-1, 0)
    return (highest, open_[:-1]) if highest.height > told else (None, open_)


def _rungs(deadline: Deadline, now: dt.datetime, calendar: Calendar, tz: dt.tzinfo, hours: Hours) -> Iterable[Rung]:
    if deadline.kind == Kind.ASSESS:
        yield Rung(deadline.due_at, T.A0)
    elif deadline.kind == Kind.PROGRESS:
        yield Rung(deadline.due_at, T.P0)
    elif deadline.kind == Kind.FEEDBACK and deadline.level == Level.MINOR:
        yield from _minor(deadline, tz, hours)
    elif deadline.kind == Kind.FEEDBACK and deadline.level is not None:
        yield from _heavy(deadline, _STEPS[deadline.level], now, calendar, tz, hours)


def _minor(deadline: Deadline, tz: dt.tzinfo, hours: Hours) -> Iterable[Rung]:
    """Two hours before the centre closes on the last day, or at registration if that is later; then when it is late."""
    closing = dt.datetime.combine(deadline.due_on, hours.closes, tz) - BEFORE_CLOSING
    red = max(closing, deadline.registered_at)
    if red < deadline.due_at:
        yield Rung(red, T.T3)
    yield Rung(deadline.due_at, T.B0)


def _heavy(
    deadline: Deadline, steps: _Steps, now: dt.datetime, calendar: Calendar, tz: dt.tzinfo, hours: Hours
) -> Iterable[Rung]:
    def opens(day: dt.date) -> dt.datetime:
        return dt.datetime.combine(day, hours.opens, tz)

    due_on = deadline.due_on
    if not deadline.planned:
        yield Rung(opens(calendar.add(deadline.start, steps.plan)), T.T1)
    yield Rung(opens(_before(due_on, steps.amber, calendar)), T.T2)
    yield Rung(opens(_before(due_on, _RED, calendar)), T.T3)
    yield Rung(opens(due_on), T.T4)
    yield Rung(deadline.due_at, T.B0)
    yield Rung(opens(calendar.add(due_on, steps.meeting)), T.B1)
    week, at = 0, opens(calendar.add(due_on, _WEEKLY))
    while True:
        yield Rung(at, T.B2, week)
        if at > now:
            return
        week, at = week + 1, at + WEEK


def _before(day: dt.date, n: int, calendar: Calendar) -> dt.date:
    """The working day from which ``n`` working days are left up to ``day``."""
    found = day - dt.timedelta(days=n)
    while not calendar.is_working(found) or calendar.between(found, day) < n:
        found -= dt.timedelta(days=1)
    return found
