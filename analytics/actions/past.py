"""The bank as it stood on an earlier day: facts derived anew for that day, never taken from a later night."""

from __future__ import annotations

import datetime
from collections.abc import Iterator

import numpy as np
from django.db.models import Min

from analytics.reading import FACTS, Facts
from analytics.scoring_model import CODEBOOKS, Unit
from crm_site.columns import Column
from customers.actions import activity_reading, activity_rows
from customers.activity_math import Standpoint, first_of_month, month_end, month_number
from customers.models import Customer, MonthlyActivity, MonthlyBalance, Product

BEFORE = 12  # months the facts of a day need behind them
_CHUNK = 2_000
_BOOKS = {
    "occupation": CODEBOOKS[Unit.OCCUPATION],
    "rating": CODEBOOKS[Unit.RATING],
    "stated_need": tuple(Product.Family.values),
}


def months_before(on: datetime.date, months: int) -> datetime.date:
    """The last day of the month so many months earlier."""
    return month_end(first_of_month(month_number(on) - months))


def standpoint(on: datetime.date) -> Standpoint:
    """The end of a month, and nothing that was known only later."""
    return Standpoint(on.replace(day=1), on, on)


def begins() -> datetime.date | None:
    """The first month of balances or movements; None where there are none."""
    earliest = [
        day
        for rows in (MonthlyActivity.objects, MonthlyBalance.objects)
        if (day := rows.aggregate(first=Min("month"))["first"]) is not None
    ]
    return min(earliest, default=None)


def needed(then: datetime.date) -> datetime.date:
    """The first month there must be something of, to know the facts of that day."""
    return first_of_month(month_number(then) - BEFORE + 1)


def individuals() -> int:
    """How many there are."""
    return Customer.objects.filter(kind=Customer.Kind.INDIVIDUAL).count()


def sampled(every: int) -> Iterator[list[int]]:
    """Individuals, every so many-th, by the chunk."""
    rows = Customer.objects.filter(kind=Customer.Kind.INDIVIDUAL).order_by("pk")
    last, seen = 0, 0
    while ids := list(rows.filter(pk__gt=last).values_list("pk", flat=True)[: _CHUNK * every]):
        chosen = ids[-seen % every :: every]
        last, seen = ids[-1], seen + len(ids)
        if chosen:
            yield chosen


def facts(ids: list[int], view: Standpoint) -> Facts:
    """Facts as reading gives them, derived for an earlier day."""
    found = activity_reading.facts(ids, view)
    values = {name: _coded(name, found[name]) for name in FACTS}
    everybody = np.ones(len(ids), dtype=bool)
    return Facts(np.array(ids, dtype=np.int64), everybody, everybody, values)


def _coded(name: str, column: Column) -> Column:
    """Texts as the places scoring knows them by."""
    if name not in _BOOKS:
        return column
    return Column.of_codes(activity_rows.texts(name, column), _BOOKS[name])


def joined(parts: list[Facts]) -> Facts:
    """Facts of chunks as those of all."""
    values = {name: one([part[name] for part in parts]) for name in FACTS}
    ids = np.concatenate([part.ids for part in parts])
    everybody = np.ones(len(ids), dtype=bool)
    return Facts(ids, everybody, everybody, values)


def one(parts: list[Column]) -> Column:
    """Columns of chunks as one."""
    return Column(np.concatenate([part.values for part in parts]), np.concatenate([part.missing for part in parts]))
