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
from crm_site.arrays import Bools, Ints, Number
from crm_site.bulk import Conflict, bulk_load
from customers.models import MonthlyActivity, Transaction

SUMS = ("count", "amount_fen", "inflow_fen", "card_spend_fen", "salary_fen", "fee_fen", "purchases")
VALUES = (*SUMS, "days_mask", "last_on")
COLUMNS = ("customer_id", "month", *VALUES)
ABSENT = "row absent"  # there were transactions and no sums
LEFT_OVER = "row without transactions"

_EPOCH = datetime.date(1970, 1, 1).toordinal()
_KINDS = tuple(Transaction.Type.values)
_SPAN = 1 << 22  # more days than there are ordinals: customer · span + day is one number a row can be sorted by


@dataclass(frozen=True, eq=False)
class Months:
    """Rows in the order of ``keys`` (customer · span + ordinal of the first day); ``values`` has one row a column."""

    keys: Ints
    values: Ints
    pks: Ints  # of the stored rows; empty for sums just made

    def rows(self, chosen: Ints) -> list[tuple[object, ...]]:
        """What MonthlyActivity holds, in the order of COLUMNS."""
        customers, months = np.divmod(self.keys[chosen], _SPAN)
        columns = self.values[:, chosen].tolist()
        last = [datetime.date.fromordinal(day) if day else None for day in columns.pop()]
        days = map(datetime.date.fromordinal, months.tolist())
        return list(zip(customers.tolist(), days, *columns, last, strict=True))


def mend(first_id: int, last_id: int) -> Mapping[str, int]:
    """Compare the sums of an id range with its transactions; what was wrong, by column, and is now put right.

    The caller holds the import lock and the transaction.
    """
    made, kept = _made(first_id, last_id), _kept(first_id, last_id)
    place = np.searchsorted(kept.keys, made.keys)
    there = _equal_at(kept.keys, place, made.keys)
    wrong: Counter[str] = Counter()
    different = ~there
    if absent := int(different.sum()):
        wrong[ABSENT] = absent
    for name, ours, theirs in zip(VALUES, made.values, kept.values, strict=True):
        unequal = there.copy()
        unequal[there] = ours[there] != theirs[place[there]]
        if number := int(unequal.sum()):
            wrong[name] = number
        different |= unequal
    left = ~_equal_at(made.keys, np.searchsorted(made.keys, kept.keys), kept.keys)
    if left_over := int(left.sum()):
        wrong[LEFT_OVER] = left_over
    if wrong:
        _write(made.rows(np.flatnonzero(different)), kept.pks[left])
    return wrong


def _write(rows: list[tuple[object, ...]], gone: Ints) -> None:
    MonthlyActivity.objects.filter(pk__among=set(gone.tolist())).delete()
    conflict = Conflict(("customer_id", "month"), replace=VALUES)
    bulk_load(MonthlyActivity, COLUMNS, rows, conflict=conflict)


def _equal_at(keys: Ints, place: Ints, wanted: Ints) -> Bools:
    """Whether the key at each place is the one wanted; a place behind the last is none."""
    if not len(keys):
        return np.zeros(len(wanted), dtype=bool)
    equal: Bools = (place < len(keys)) & (keys[np.minimum(place, len(keys) - 1)] == wanted)
    return equal


def _kept(first_id: int, last_id: int) -> Months:
    numbers = [
        Number("customer_id"),
        Number(arrays.ordinal("month"), bits=arrays.DAY_BITS),
        *(Number(name if name != "count" else '"count"') for name in SUMS),
        Number("days_mask", bits=31),
        Number(arrays.ordinal("last_on"), 0, arrays.DAY_BITS),
        Number("id"),
    ]
    source = "FROM customers_monthlyactivity WHERE customer_id BETWEEN %s AND %s"
    found = arrays.fetch(numbers, source, [first_id, last_id])
    keys = found.column(0) * _SPAN + found.column(1)
    order = np.argsort(keys)
    values = np.stack([found.column(place)[order] for place in range(2, 2 + len(VALUES))])
    return Months(keys[order], values, found.column(2 + len(VALUES))[order])


def _made(first_id: int, last_id: int) -> Months:
    """One row a customer and month out of the transactions of an id range."""
    kinds = " ".join(f"WHEN '{code}' THEN {place}" for place, code in enumerate(_KINDS))
    numbers = [
        Number("customer_id"),
        Number("amount_fen"),
        Number(arrays.ordinal("posted_on"), bits=arrays.DAY_BITS),
        Number(f"CASE type {kinds} ELSE {len(_KINDS)} END", bits=len(_KINDS).bit_length()),
        Number(f"CASE WHEN direction = '{Transaction.Direction.IN}' THEN 1 ELSE 0 END", bits=1),
        Number("CASE WHEN customer_initiated THEN 1 ELSE 0 END", bits=1),
    ]
    source = "FROM customers_transaction WHERE customer_id BETWEEN %s AND %s"
    found = arrays.fetch(numbers, source, [first_id, last_id])
    customer, amount, day, kind = (found.column(place) for place in range(4))
    inward, own = found.column(4) == 1, found.column(5) == 1
    since_epoch = (day - _EPOCH).astype("datetime64[D]")
    month = since_epoch.astype("datetime64[M]").astype("datetime64[D]").astype(np.int64) + _EPOCH
    key = customer * _SPAN + month
    order = np.argsort(key, kind="stable")
    key = key[order]
    begins = np.flatnonzero(np.r_[True, key[1:] != key[:-1]]) if len(key) else np.zeros(0, dtype=np.int64)
    if not len(begins):
        return Months(key, np.zeros((len(VALUES), 0), dtype=np.int64), key)
    nothing = np.int64(0)
    signed = np.where(inward, -amount, amount)
    card, salary, fee, purchase = (kind == _KINDS.index(code) for code in _NAMED)
    sums = (
        own.astype(np.int64),
        np.where(own, amount, nothing),
        np.where(inward, amount, nothing),
        np.where(card, signed, nothing),
        np.where(salary & inward, amount, nothing),
        np.where(fee, signed, nothing),
        purchase.astype(np.int64),
    )
    added = [np.add.reduceat(values[order], begins) for values in sums]
    masks = np.where(own, np.int64(1) << (day - month), nothing)[order]
    last = np.where(own, day, nothing)[order]
    values = np.stack([*added, np.bitwise_or.reduceat(masks, begins), np.maximum.reduceat(last, begins)])
    return Months(key[begins], values, np.zeros(0, dtype=np.int64))


_NAMED = tuple(
    str(code.value)
    for code in (Transaction.Type.CARD_SPEND, Transaction.Type.SALARY, Transaction.Type.FEE, Transaction.Type.PURCHASE)
)
