"""A day somebody outside set: the regulator, hotline or paper that forwarded the matter (domain R6.33; pure).

It is no limit of ours, so nothing counts it: no pause, level or recalculation moves it.
"""

from __future__ import annotations

import datetime as dt

from complaints.sla import Due, Kind, TraceDay, Unit, Why, local_date
from crm_site.workdays import Calendar

FORWARDER = "FORWARDER"
"""Stands where other promises name their rule set."""
LONGEST = dt.timedelta(days=366)
_DAY = dt.timedelta(days=1)


def due(on: dt.date, *, received_at: dt.datetime, calendar: Calendar, tz: dt.tzinfo) -> Due:
    """The promise to answer by the end of this day, whatever the count would be; ``on`` may have passed at receipt."""
    start = local_date(received_at, tz)
    return Due(
        kind=Kind.FORWARDER,
        on=on,
        at=dt.datetime.combine(on + _DAY, dt.time(), tz),
        start=min(start, on),
        provisional=False,
        unit=Unit.CD,
        n=max(0, (on - start).days),
        shift=0,
        profile=FORWARDER,
        profile_version="1",
        calendar_version=calendar.fingerprint,
        trace=tuple(_trace(start, on, calendar)),
        anchor=received_at,
    )


def _trace(start: dt.date, on: dt.date, calendar: Calendar) -> list[TraceDay]:
    """Every day from the receipt to theirs; theirs alone where it has passed."""
    if on <= start:
        return [TraceDay(day.date, 0, day.kind, Why.GIVEN) for day in calendar.span(on, on)]
    days = []
    for n, day in enumerate(calendar.span(start, on)):
        why = Why.RECEIPT if not n else Why.GIVEN if day.date == on else Why.COUNTED
        days.append(TraceDay(day.date, n, day.kind, why))
    return days
