"""Counting working days by the statutory calendar: weekends that work and weekdays that rest (pure; domain D.2).

A calendar is a set of exceptions to Monday–Friday. Asking about a year it knows nothing of is no error: the answer
follows Monday–Friday and ``provisional`` says so.
"""

from __future__ import annotations

import datetime as dt
import hashlib
from collections.abc import Iterable, Mapping
from enum import StrEnum
from itertools import accumulate
from types import MappingProxyType
from typing import NamedTuple

_DAY = dt.timedelta(days=1)


class DayKind(StrEnum):
    """What a calendar day is. Only WORKDAY and MAKEUP count."""

    WORKDAY = "workday"
    WEEKEND = "weekend"
    HOLIDAY = "holiday"
    MAKEUP = "makeup"


class DayException(NamedTuple):
    """A day that differs from its weekday, or a weekend day worth naming: does it work, what is it called, why."""

    is_working: bool
    name: str = ""
    kind: str = ""


class Day(NamedTuple):
    """A calendar day described; ``name`` is the holiday's, "" on ordinary days."""

    date: dt.date
    working: bool
    kind: DayKind
    name: str = ""


def _weekdays_to(ordinal: int) -> int:
    """How many Mondays to Fridays there are from day 1 (a Monday) to ``ordinal``; proleptic ordinals of datetime."""
    weeks, rest = divmod(ordinal, 7)
    return 5 * weeks + min(rest, 5)


def _nth_weekday(n: int) -> int:
    """The ordinal of the nth weekday, the inverse of _weekdays_to."""
    weeks, rest = divmod(n - 1, 5)
    return 7 * weeks + rest + 1


class Calendar:
    """Working days, frozen: build a new one when the exceptions change.

    Inside the years it knows it looks up the rank of a day and the day of a rank in two tables; before and after them
    it counts Mondays to Fridays. All methods take and give dates; naive or aware datetimes are the caller's to turn
    into local dates.
    """

    __slots__ = (
        "_dates",
        "_days",
        "_first",
        "_last",
        "_ranks",
        "_working",
        "exceptions",
        "fingerprint",
        "official_years",
    )

    exceptions: Mapping[dt.date, DayException]
    official_years: frozenset[int]
    fingerprint: str
    _working: list[int]
    _dates: list[dt.date]  # the same as _working, as dates
    _ranks: list[int]  # of every day from _first to _last
    _days: set[int]
    _first: int
    _last: int

    def __init__(self, exceptions: Mapping[dt.date, DayException], official_years: Iterable[int] = ()) -> None:
        days = dict(sorted(exceptions.items()))
        official = frozenset(official_years)
        years = {day.year for day in days} | official
        first = dt.date(min(years, default=2000), 1, 1).toordinal()
        last = dt.date(max(years, default=2000), 12, 31).toordinal()
        changed = {day.toordinal(): what.is_working for day, what in days.items()}
        working = [o for o in range(first, last + 1) if changed.get(o, (o - 1) % 7 < 5)]
        days_at_work = set(working)
        put = object.__setattr__
        put(self, "exceptions", MappingProxyType(days))
        put(self, "official_years", official)
        put(self, "fingerprint", _fingerprint(days, official))
        put(self, "_working", working)
        put(self, "_dates", [dt.date.fromordinal(o) for o in working])
        put(self, "_ranks", list(accumulate(int(o in days_at_work) for o in range(first, last + 1))))
        put(self, "_days", days_at_work)
        put(self, "_first", first)
        put(self, "_last", last)

    def __setattr__(self, name: str, value: object) -> None:
        raise AttributeError("a calendar is frozen; build a new one")

    def __repr__(self) -> str:
        return f"<Calendar {self.fingerprint}: {len(self.exceptions)} exceptions>"

    def is_working(self, day: dt.date) -> bool:
        """Whether the centre counts this day."""
        o = day.toordinal()
        return o in self._days if self._first <= o <= self._last else day.weekday() < 5

    def next_working(self, day: dt.date) -> dt.date:
        """The first working day strictly after ``day``."""
        return self.add(day, 1)

    def add(self, day: dt.date, n: int) -> dt.date:
        """The nth working day strictly after ``day``; ``day`` itself for n = 0. ValueError for a negative n."""
        if n < 0:
            raise ValueError("working days are counted forward")
        if n == 0:
            return day
        o = day.toordinal()
        if self._first <= o <= self._last:
            rank = self._ranks[o - self._first] + n
            if rank <= len(self._dates):
                return self._dates[rank - 1]
        return dt.date.fromordinal(self._nth(self._rank(o) + n))

    def between(self, after: dt.date, until: dt.date) -> int:
        """How many working days lie in (after, until]; negative when ``until`` is the earlier one."""
        return self._rank(until.toordinal()) - self._rank(after.toordinal())

    def official(self, year: int) -> bool:
        """Whether an official notice for the year has been loaded."""
        return year in self.official_years

    def provisional(self, first: dt.date, last: dt.date) -> bool:
        """Whether any date from ``first`` to ``last`` lies in a year without an official notice."""
        return any(year not in self.official_years for year in range(first.year, last.year + 1))

    def describe(self, day: dt.date) -> Day:
        """The day with its kind and name. A weekend inside a named holiday is a HOLIDAY."""
        working = self.is_working(day)
        known = self.exceptions.get(day)
        weekend = day.weekday() >= 5
        if working:
            kind = DayKind.MAKEUP if weekend else DayKind.WORKDAY
        else:
            kind = DayKind.HOLIDAY if known else DayKind.WEEKEND
        return Day(day, working, kind, known.name if known else "")

    def span(self, first: dt.date, last: dt.date) -> list[Day]:
        """Every day from ``first`` to ``last``, both included; empty if ``last`` is earlier."""
        return [self.describe(first + i * _DAY) for i in range((last - first).days + 1)]

    def _rank(self, o: int) -> int:
        """Working days up to and including ordinal ``o``, counted from the start of the table (negative before it)."""
        if o < self._first:
            return _weekdays_to(o) - _weekdays_to(self._first - 1)
        if o > self._last:
            return len(self._working) + _weekdays_to(o) - _weekdays_to(self._last)
        return self._ranks[o - self._first]

    def _nth(self, rank: int) -> int:
        """The ordinal of the working day with this rank, the inverse of _rank."""
        if rank < 1:
            return _nth_weekday(rank + _weekdays_to(self._first - 1))
        if rank > len(self._working):
            return _nth_weekday(rank - len(self._working) + _weekdays_to(self._last))
        return self._working[rank - 1]


def _fingerprint(days: Mapping[dt.date, DayException], official: frozenset[int]) -> str:
    """Sixteen hex digits that change whenever the calendar's content does."""
    lines = [f"{day.isoformat()}|{int(what.is_working)}|{what.kind}|{what.name}" for day, what in days.items()]
    lines.append(",".join(map(str, sorted(official))))
    return hashlib.sha256("\n".join(lines).encode()).hexdigest()[:16]
