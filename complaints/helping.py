"""By when a department that helps answers: its own limit inside the answer's (domain D.1, R6.11; pure)."""

from __future__ import annotations

import datetime as dt

from complaints.profiles import Level
from crm_site.workdays import Calendar

_DAY = dt.timedelta(days=1)
DAYS = {Level.MODERATE: 2, Level.SEVERE: 4}
OTHERWISE = 10
"""Working days for a suggestion, or whatever else has no level."""


def answer_by(level: Level | None, *, asked_on: dt.date, feedback_on: dt.date | None, calendar: Calendar) -> dt.date:
    """The last day for the department: its days from the day it was asked, and a working day before the answer to the
    customer is due; always at least the next working day."""
    soonest = calendar.next_working(asked_on)
    on = calendar.add(asked_on, DAYS.get(level, OTHERWISE) if level else OTHERWISE)
    if feedback_on is None:
        return on
    before = feedback_on - _DAY
    while before > soonest and not calendar.is_working(before):
        before -= _DAY
    return max(soonest, min(on, before))
