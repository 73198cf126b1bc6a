"""The stored rows of Activity as whole columns: read, compared with what was derived, written."""

from __future__ import annotations

import datetime
from dataclasses import dataclass

import numpy as np

from crm_site import arrays
from crm_site.arrays import Rows
from crm_site.bulk import Conflict, bulk_load, merge_columns
from crm_site.cells import Cells
from crm_site.columns import Bools, Column, Ints
from customers.actions.activity_reading import BOOKS
from customers.activity_math import Columns
from customers.models import Activity

_OWN = ("customer_id", "window_end", "changed_at")
FIELDS = [field for field in Activity._meta.concrete_fields if field.attname not in _OWN]
FACTS = tuple(field.attname for field in FIELDS)
_CHARACTERS = {"rating"}  # columns of one letter, kept as its code


@dataclass(frozen=True, eq=False)
class Kept:
    """Stored rows: the ordinal of the month their window ends with (``arrays.UNKNOWN`` where they are marked), and
    where each column says something else than what was derived."""

    window_end: Ints
    wrong: dict[str, Bools]

    @property
    def moved(self) -> Bools:
        """Where any column differs."""
        return np.logical_or.reduce(list(self.wrong.values()))


def compared(ids: Ints, derived: Columns, now: datetime.datetime) -> Kept:
    """The rows of these customers (ascending, not none) beside what was derived; who has none is given a blank one."""
    found = _stored(ids)
    if len(absent := np.setdiff1d(ids, found.column(0), assume_unique=True)):
        blank = tuple(field.get_default() for field in FIELDS)
        rows = [(pk, None, *blank, now) for pk in absent.tolist()]
        bulk_load(Activity, ("customer_id", "window_end", *FACTS, "changed_at"), rows)
        found = _stored(ids)
    at = np.searchsorted(found.column(0), ids)
    wrong = {
        name: found.column(place)[at] != derived[name].filled(arrays.UNKNOWN)
        for place, name in enumerate(FACTS, start=2)
    }
    return Kept(found.column(1)[at], wrong)


def _stored(ids: Ints) -> Rows:
    numbers = [arrays.number_of(Activity, name, book=BOOKS.get(name)) for name in ("customer_id", "window_end", *FACTS)]
    mine, given = arrays.whose("customer_id", ids)
    return arrays.fetch(numbers, f"FROM customers_activity WHERE {mine}", given).ordered()  # noqa: S608 - ours


def write(ids: Ints, derived: Columns, window_end: datetime.date, now: datetime.datetime) -> None:
    """Lay these rows over those that are stored; the stamp moves where a value does."""
    n = len(ids)
    own = {
        "customer_id": Cells(ids),
        "window_end": Cells.same(window_end.toordinal(), n),
        "changed_at": Cells.at(now, n),
    }
    cells = {name: _cells(name, derived[name]) for name in FACTS}
    # the statement compares once more, so that a stamp set meanwhile by a rating is never taken back
    conflict = Conflict(("customer_id",), replace=("window_end", *FACTS), quiet=("window_end",), stamp="changed_at")
    merge_columns(Activity, {**own, **cells}, conflict=conflict)


def texts(name: str, column: Column) -> list[str]:
    """The texts of a column whose values stand for texts."""
    cells = _cells(name, column)
    return [(cells.book or ())[place] for place in cells.values.tolist()]


def _cells(name: str, column: Column) -> Cells:
    if name in _CHARACTERS:
        codes, place = np.unique(column.filled(0), return_inverse=True)
        return Cells(place, tuple(chr(code) if code else "" for code in codes.tolist()))
    if name in BOOKS:
        return Cells(column.filled(len(BOOKS[name])), (*BOOKS[name], ""))
    return Cells(column.filled(0), missing=column.missing if column.missing.any() else None)
