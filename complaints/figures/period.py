"""From which day to which day, looked at from which moment. Days are days of the bank's time zone."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass

from django.db.models import Q

from crm_site import bank_day

DAY = dt.timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Period:
    """Both days count. ``at`` is the moment the figures are looked at: nothing that happened later is seen.

    ``live``: ``at`` is the present, so what stands in the rows now may be read as it is.
    """

    first: dt.date
    last: dt.date
    at: dt.datetime
    live: bool = True

    @property
    def start(self) -> dt.datetime:
        """The first instant."""
        return bank_day.begins(self.first)

    @property
    def stop(self) -> dt.datetime:
        """The first instant after it."""
        return bank_day.ends(self.last)

    @property
    def current(self) -> bool:
        """Whether its end is now, so that "at the end" means "as it stands"."""
        return self.live and self.stop > self.at

    @property
    def over(self) -> bool:
        """Whether it had ended at the moment it is looked at: such figures do not change any more."""
        return self.stop <= self.at

    def happened(self, field: str) -> Q:
        """Happened in the period, as far as was seen."""
        return Q(**{f"{field}__gte": self.start}) & self.by_end(field)

    def by_end(self, field: str) -> Q:
        """Happened before the end of the period, as far as was seen."""
        return Q(**{f"{field}__lt": self.stop} if self.over else {f"{field}__lte": self.at})

    def not_by_end(self, field: str) -> Q:
        """Had not happened by the end of the period."""
        later = {f"{field}__gte": self.stop} if self.over else {f"{field}__gt": self.at}
        return Q(**{f"{field}__isnull": True}) | Q(**later)

    def before(self) -> Period:
        """The period of the same length, or the same kind, just before this one."""
        last = self.first - DAY
        whole_months = self.first.day == 1 and (self.last + DAY).day == 1
        if whole_months:
            months = 12 * (self.last.year - self.first.year) + self.last.month - self.first.month + 1
            place = 12 * self.first.year + self.first.month - 1 - months
            return Period(dt.date(place // 12, place % 12 + 1, 1), last, self.at, self.live)
        return Period(last - (self.last - self.first), last, self.at, self.live)


def of_day(day: dt.date, at: dt.datetime, *, live: bool = True) -> Period:
    """One day."""
    return Period(day, day, at, live)


def week_of(day: dt.date) -> tuple[dt.date, dt.date]:
    """Monday and Sunday around a day."""
    monday = day - dt.timedelta(days=day.weekday())
    return monday, monday + dt.timedelta(days=6)


def month_of(day: dt.date) -> tuple[dt.date, dt.date]:
    """First and last day of its month."""
    return day.replace(day=1), (day.replace(day=28) + dt.timedelta(days=4)).replace(day=1) - DAY


def quarter_of(day: dt.date) -> tuple[dt.date, dt.date]:
    """First and last day of its quarter."""
    first = day.replace(month=3 * ((day.month - 1) // 3) + 1, day=1)
    return first, month_of(first.replace(month=first.month + 2))[1]
