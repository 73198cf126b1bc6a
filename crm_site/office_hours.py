"""When somebody is at their desk to read: hours of working days, the rest waits (peers §3; pure).

A notice made on a Sunday reaches nobody before Monday morning, so its moment is said once, when it is made.
"""

from __future__ import annotations

import datetime as dt
from typing import NamedTuple

from crm_site.workdays import Calendar


class Hours(NamedTuple):
    """From when and, exclusively, until when people are there on a working day, in the bank's time zone."""

    opens: dt.time
    closes: dt.time


def parse(text: str) -> Hours:
    """``"09:00-18:00"``. Raises ValueError for anything else, and for a day that ends before it begins."""
    first, _dash, last = text.partition("-")
    hours = Hours(dt.time.fromisoformat(first.strip()), dt.time.fromisoformat(last.strip()))
    if hours.opens >= hours.closes:
        raise ValueError(f"a working day ends after it begins: {text}")
    return hours


def is_open(at: dt.datetime, calendar: Calendar, tz: dt.tzinfo, hours: Hours) -> bool:
    """Whether this aware instant lies in working time."""
    local = at.astimezone(tz)
    return calendar.is_working(local.date()) and hours.opens <= local.time() < hours.closes


def next_moment(at: dt.datetime, calendar: Calendar, tz: dt.tzinfo, hours: Hours) -> dt.datetime:
    """``at`` itself in working time, else the moment the next working day opens; the same day's before it opens."""
    if is_open(at, calendar, tz, hours):
        return at
    local = at.astimezone(tz)
    day = local.date()
    if not calendar.is_working(day) or local.time() >= hours.closes:
        day = calendar.next_working(day)
    return dt.datetime.combine(day, hours.opens, tz)
