"""The monthly sums of transactions made anew from the transactions themselves, as arrays, and compared with those kept.

Integers are added, so the order of rows does not matter and the sums an import kept must be equal to the last fen.
"""

from __future__ import annotations

import datetime
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from crm_site import arrays
from crm_site.arrays import Number, Parameter
from crm_site.bulk import Conflict, merge_columns
from crm_site.cells import Cells
from crm_site.columns import Bools, Ints
from customers.activity_math import first_days, months_of
from customers.models import MonthlyActivity, Transaction

SUMS = ("count", "amount_fen", "inflow_fen", "card_spend_fen", "salary_fen", "fee_fen", "purchases")
VALUES = (*SUMS, "days_mask", "last_on")
_KEY = ("customer_id", "month")
ABSENT = "row absent"  # there were transactions and no sums
LEFT_OVER = "row without transactions"

_Type = Transaction.Type
KINDS = tuple(str(code.value) for code in (_Type.CARD_SPEND, _Type.SALARY, _Type.FEE, _Type.PURCHASE))
_SPAN = 1 << 22  # more days than there are ordinals: customer · span + day is one number a row can be sorted by


@dataclass(frozen=True, eq=False)
class Months:
    """Rows in the order of ``keys`` (customer · span + ordinal of the first day); ``values`` has one row a column."""

    keys: Ints
    values: Ints

    @property
    def customers(self) -> Ints:
        """Whose they are."""
        return self.keys // _SPAN

    @property
    def months(self) -> Ints:
        """Ordinals of the first days of their months."""
        return self.keys % _SPAN

    def between(self, first_id: int, last_id: int) -> Months:
        """Those of the customers in an id range, both ends included."""
        begin, end = np.searchsorted(self.keys, (first_id * _SPAN, (last_id + 1) * _SPAN)).tolist()
        return Months(self.keys[begin:end], self.values[:, begin:end])

    def cells(self, chosen: Ints | slice) -> dict[str, Cells]:
        """Some of the rows as MonthlyActivity keeps them."""
        columns = {name: Cells(column[chosen]) for name, column in zip(VALUES, self.values, strict=True)}
        last = self.values[-1, chosen]
        columns["last_on"] = Cells(last, missing=last == 0 if (last == 0).any() else None)
        return {"customer_id": Cells(self.customers[chosen]), "month": Cells(self.months[chosen]), **columns}


def add(new: Months) -> None:
    """Add the sums of new movements to those kept. The caller holds the import lock and the transaction."""
    conflict = Conflict(_KEY, add=SUMS, union=("days_mask",), latest=("last_on",))
    merge_columns(MonthlyActivity, new.cells(slice(None)), conflict=conflict)


def of_window(ids: Ints, first: datetime.date, last: datetime.date) -> Months:
    """The sums kept for these customers (ascending; others may be among them) in the months from first to last."""
    mine, given = arrays.whose("customer_id", ids)
    return _kept(f"{mine} AND month BETWEEN %s AND %s", [*given, first.isoformat(), last.isoformat()])


def mend(first_id: int, last_id: int) -> tuple[Mapping[str, int], Months]:
    """Compare the sums of an id range with its transactions: what was wrong, by column, and is now put right; and the
    sums as they are now.

    The caller holds the import lock and the transaction.
    """
    made, kept = _made(first_id, last_id), _kept("customer_id BETWEEN %s AND %s", [first_id, last_id])
    there, place = _found(kept.keys, made.keys)
    wrong: Counter[str] = Counter()
    different = ~there
    if absent := int(different.sum()):
        wrong[ABSENT] = absent
    for name, ours, theirs in zip(VALUES, made.values, kept.values, strict=True) if there.any() else ():
        unequal = there & (ours != (theirs if place is None else theirs[place]))
        if number := int(unequal.sum()):
            wrong[name] = number
        different |= unequal
    left = ~_found(made.keys, kept.keys)[0]
    if left_over := int(left.sum()):
        wrong[LEFT_OVER] = left_over
    if wrong:
        _remove(kept.keys[left])
        merge_columns(MonthlyActivity, made.cells(np.flatnonzero(different)), conflict=Conflict(_KEY, replace=VALUES))
    return wrong, made


def _remove(keys: Ints) -> None:
    if not len(keys):
        return
    stored = MonthlyActivity.objects.filter(customer_id__among=set((keys // _SPAN).tolist()))
    of = {row.customer_id * _SPAN + row.month.toordinal(): row.pk for row in stored}
    MonthlyActivity.objects.filter(pk__among={of[key] for key in keys.tolist()}).delete()


def _found(keys: Ints, wanted: Ints) -> tuple[Bools, Ints | None]:
    """Which of the wanted are among the keys (both ascending), and the place of each: a place to read where it is not,
    None where all stand where they are wanted."""
    if np.array_equal(keys, wanted):
        return np.ones(len(wanted), dtype=bool), None
    if not len(keys):
        return np.zeros(len(wanted), dtype=bool), np.zeros(0, dtype=np.int64)
    place = np.minimum(np.searchsorted(keys, wanted), len(keys) - 1)
    there: Bools = keys[place] == wanted
    return there, place


def _kept(condition: str, parameters: list[Parameter]) -> Months:
    numbers = [
        Number("customer_id"),
        Number(arrays.ordinal("month"), bits=arrays.DAY_BITS),
        *(arrays.number_of(MonthlyActivity, name) for name in VALUES[:-1]),
        Number(arrays.ordinal("last_on"), 0, arrays.DAY_BITS),
    ]
    found = arrays.fetch(numbers, f"FROM customers_monthlyactivity WHERE {condition}", parameters)  # noqa: S608 - ours
    keys = found.column(0) * _SPAN + found.column(1)
    order = np.argsort(keys)
    values = np.empty((len(VALUES), len(keys)), dtype=np.int64)
    for place, row in enumerate(values, start=2):
        np.take(found.column(place), order, out=row)
    return Months(keys[order], values)


def _made(first_id: int, last_id: int) -> Months:
    """One row a customer and month out of the transactions of an id range."""
    kinds = " ".join(f"WHEN '{code}' THEN {place}" for place, code in enumerate(KINDS))
    numbers = [
        Number("customer_id"),
        Number("amount_fen"),
        Number(arrays.ordinal("posted_on"), bits=arrays.DAY_BITS),
        Number(f"CASE type {kinds} ELSE {len(KINDS)} END", bits=len(KINDS).bit_length()),
        Number(f"CASE WHEN direction = '{Transaction.Direction.IN}' THEN 1 ELSE 0 END", bits=1),
        Number("CASE WHEN customer_initiated THEN 1 ELSE 0 END", bits=1),
    ]
    source = "FROM customers_transaction WHERE customer_id BETWEEN %s AND %s"
    found = arrays.fetch(numbers, source, [first_id, last_id])
    return summed(*(found.column(place) for place in range(len(numbers))))


def summed(customer: Ints, amount: Ints, day: Ints, kind: Ints, inward: Ints, own: Ints) -> Months:
    """One row a customer and month out of movements: days are ordinals, ``kind`` is the place in ``KINDS`` or behind
    it, ``inward`` and ``own`` (the customer began it) are 0 or 1."""
    month = _first_of_month(day)
    key = customer * _SPAN + month
    order = np.argsort(key)
    key, amount = key[order], amount[order]
    begins = np.flatnonzero(np.r_[True, key[1:] != key[:-1]]) if len(key) else np.zeros(0, dtype=np.int64)
    values = np.zeros((len(VALUES), len(begins)), dtype=np.int64)
    if not len(begins):
        return Months(key, values)
    marks = (kind | inward << 8 | own << 9 | (day - month) << 10)[order]  # one array to put in order, not four
    kind, inward, own, into = marks & 255, (marks >> 8) & 1, (marks >> 9) & 1, marks >> 10
    signed = np.where(inward == 1, -amount, amount)
    card, salary, fee, purchase = (kind == place for place in range(len(KINDS)))
    terms = (own, own * amount, inward * amount, card * signed, salary * inward * amount, fee * signed, purchase)
    for row, term in zip(values, terms, strict=False):
        np.add.reduceat(term, begins, out=row)
    np.bitwise_or.reduceat(own << into, begins, out=values[-2])
    np.maximum.reduceat(own * (key % _SPAN + into), begins, out=values[-1])
    return Months(key[begins], values)


def _first_of_month(days: Ints) -> Ints:
    """Ordinals of the first days of the months; each day of the calendar between them is looked up once."""
    if not len(days):
        return days
    first, last = int(days.min()), int(days.max())
    return first_days(months_of(np.arange(first, last + 1)))[days - first]
