"""What is particular about today for everybody who counts working days (mock 01; pure)."""

from __future__ import annotations

import datetime as dt
from typing import NamedTuple

from crm_site.workdays import Calendar

LONG_REST = 3  # days off in a row that are worth a word; an ordinary weekend is not
LOOK_AHEAD = 7


class DayNote(NamedTuple):
    """``rest``: the days off that ended yesterday, ``coming``: those that begin within a week, ``makeups``: weekend
    days within a week that work, ``works``: whether today counts."""

    works: bool
    rest: tuple[dt.date, dt.date] | None
    coming: tuple[dt.date, dt.date] | None
    makeups: tuple[dt.date, ...]

    @property
    def worth_saying(self) -> bool:
        """Whether there is anything to say at all."""
        return bool(self.rest or self.coming or self.makeups)


def of(today: dt.date, calendar: Calendar) -> DayNote:
    """The note of a day."""
    day = dt.timedelta(days=1)
    works = calendar.is_working(today)
    rest = _run(today - day, -day, calendar) if works else None
    ahead = [today + n * day for n in range(1, LOOK_AHEAD + 1)]
    begins = next((date for date in ahead if not calendar.is_working(date) and _long(date, calendar)), None)
    makeups = tuple(date for date in ahead if calendar.is_working(date) and date.weekday() >= 5)
    return DayNote(works, rest, _run(begins, day, calendar) if begins else None, makeups)


def _run(start: dt.date, step: dt.timedelta, calendar: Calendar) -> tuple[dt.date, dt.date] | None:
    """The days off from ``start`` in one direction, first to last; None when they are few."""
    end = start
    if calendar.is_working(start):
        return None
    while not calendar.is_working(end + step):
        end += step
    first, last = min(start, end), max(start, end)
    return (first, last) if (last - first).days + 1 >= LONG_REST else None


def _long(date: dt.date, calendar: Calendar) -> bool:
    return _run(date, dt.timedelta(days=1), calendar) is not None
