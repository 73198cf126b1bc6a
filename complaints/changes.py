"""What a pause, a new level or a corrected calendar does to a deadline that already stands (domain D.2–D.4; pure)."""

from __future__ import annotations

import datetime as dt
from dataclasses import replace
from typing import NamedTuple

from django.utils.translation import gettext_lazy as _

from complaints.profiles import Complexity, Kind, Level, Profile, Unit
from complaints.sla import Due, Why, due, local_date
from crm_site.errors import RuleBroken
from crm_site.workdays import Calendar

_DAY = dt.timedelta(days=1)


def pause_shift(
    paused_at: dt.datetime, resumed_at: dt.datetime, *, calendar: Calendar, tz: dt.tzinfo, unit: Unit = Unit.WD
) -> int:
    """Days a pause gives: whole days strictly between the day it began and the day it ended (domain D.3).

    Working days, or calendar days for a limit in calendar days. ValueError if it ended before it began.
    """
    if resumed_at < paused_at:
        raise ValueError("a pause ends after it began")
    began, ended = local_date(paused_at, tz), local_date(resumed_at, tz)
    if unit in (Unit.CD, Unit.W):
        return max(0, (ended - began).days - 1)
    return max(0, calendar.between(began, ended - _DAY))


def after_pause(current: Due, days: int, *, calendar: Calendar, tz: dt.tzinfo) -> Due:
    """The deadline moved on by what a pause gave, in its own unit (domain D.2(5), D.3)."""
    if current.unit == Unit.WD:
        on = calendar.add(current.on, days)
    elif current.unit in (Unit.CD, Unit.W):
        on = current.on + days * _DAY
    else:
        return current
    moved = current.moved_to(on, calendar=calendar, tz=tz, why=Why.SHIFT)
    return replace(moved, shift=current.shift + days)


class LevelChange(NamedTuple):
    """``due``: the deadline from now on. ``was_breached``: the old one had passed and stays counted as missed.
    ``extended``: the new one is later, which supervisors see reported."""

    due: Due
    was_breached: bool
    extended: bool


def after_level_change(
    *,
    current: Due,
    old: Level,
    new: Level,
    received_at: dt.datetime,
    changed_at: dt.datetime,
    live_channel: bool,
    profile: Profile,
    nature: str,
    calendar: Calendar,
    tz: dt.tzinfo,
    shift_days: int = 0,
    kind: Kind = Kind.FEEDBACK,
    complexity: Complexity = Complexity.SIMPLE,
) -> LevelChange:
    """The deadline after a change of level (domain D.4). Counting always starts from receipt.

    Up: recounted. Down: the earlier of what stands and the later of the recount and one working day from the change,
    so that a lower level never gives more time and never leaves none.
    """
    if new == old:
        raise RuleBroken("same_level", _("This is already the level. Choose another one."), field="level")
    recount = due(
        profile=profile,
        kind=kind,
        level=new,
        nature=nature,
        received_at=received_at,
        live_channel=live_channel,
        calendar=calendar,
        tz=tz,
        shift_days=shift_days,
        complexity=complexity,
    )
    after = recount
    if new.rank < old.rank:
        on = min(current.on, max(recount.on, calendar.next_working(local_date(changed_at, tz))))
        after = recount.moved_to(on, calendar=calendar, tz=tz)
    return LevelChange(after, changed_at >= current.at, after.at > current.at)


def after_calendar_change(*, current_on: dt.date, recount_on: dt.date, today: dt.date, calendar: Calendar) -> dt.date:
    """The last day of a provisional deadline once its year is official (domain D.2(7)).

    A later day is given. An earlier one is taken only down to one working day from today, so nobody is late overnight.
    """
    return max(recount_on, min(current_on, calendar.next_working(today)))


_DAYS_OF = {Unit.CD: 1, Unit.W: 7}


def recount(stored: Due, fresh: Due, *, calendar: Calendar, tz: dt.tzinfo) -> Due:
    """The deadline as counted now, with the days that a change of level gave or took beyond the limit (domain D.4).

    ``stored``: as it was promised; ``fresh``: the plain count by the rules and the calendar as they stand now.
    """
    if stored.unit == Unit.H or fresh.unit != stored.unit:
        return fresh
    extra = _counted(stored) - stored.n * _DAYS_OF.get(stored.unit, 1) - stored.shift
    if extra > 0:
        on = calendar.add(fresh.on, extra) if stored.unit not in _DAYS_OF else fresh.on + extra * _DAY
    elif extra < 0:
        wanted = _counted(fresh) + extra
        on = next((day.date for day in fresh.trace if day.n == wanted), fresh.on)
    else:
        return fresh
    return fresh.moved_to(on, calendar=calendar, tz=tz)


def _counted(promise: Due) -> int:
    return max((day.n for day in promise.trace), default=0)


def days_that_differ(before: Due, after: Due) -> dict[str, list[str]]:
    """Which days make the difference, as ISO dates: ``rests`` counted before and do not now, ``works`` the other way.

    Only days within both counts are compared; where none differs, the rule itself does.
    """
    last = min(before.on, after.on)
    old = {day.date: day.n > 0 for day in before.trace if day.date <= last}
    new = {day.date: day.n > 0 for day in after.trace if day.date <= last}
    both = sorted(old.keys() & new.keys())
    return {
        "rests": [day.isoformat() for day in both if old[day] and not new[day]],
        "works": [day.isoformat() for day in both if new[day] and not old[day]],
    }


def brought_forward(stands: dt.date, counted: Due, *, today: dt.date, calendar: Calendar, tz: dt.tzinfo) -> Due:
    """The recounted deadline; where it is earlier than what stands, never nearer than one working day from today."""
    on = after_calendar_change(current_on=stands, recount_on=counted.on, today=today, calendar=calendar)
    return counted.moved_to(on, calendar=calendar, tz=tz, why=Why.GRACE)
