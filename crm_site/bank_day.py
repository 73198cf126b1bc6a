"""A day of the bank as moments: it begins at midnight of the business zone and ends where the next one begins."""

from __future__ import annotations

import datetime

from django.utils import timezone

DAY = datetime.timedelta(days=1)


def begins(day: datetime.date) -> datetime.datetime:
    """The first instant of this day, aware."""
    return timezone.make_aware(datetime.datetime.combine(day, datetime.time.min))


def ends(day: datetime.date) -> datetime.datetime:
    """The first instant after this day: what is promised for the day is kept before it (domain D.1)."""
    return begins(day + DAY)
