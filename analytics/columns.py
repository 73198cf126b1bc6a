"""One fact about many customers: whole numbers beside a mask of what is not known. Missing is never zero."""

from __future__ import annotations

import calendar
import datetime
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np

from analytics.fixedpoint import Bools, Ints

MISSING = -1  # what an unknown value looks like where a plain array must carry it


@dataclass(frozen=True, eq=False)
class Column:
    """``values[i]`` counts only where ``missing[i]`` is false. Both have one entry a customer."""

    values: Ints
    missing: Bools

    def __len__(self) -> int:
        return len(self.values)

    @property
    def known(self) -> Bools:
        """Where there is a value."""
        return ~self.missing

    @classmethod
    def of(cls, values: Iterable[int | None]) -> Column:
        """From plain values, None meaning not known."""
        found = list(values)
        missing = np.fromiter((value is None for value in found), dtype=bool, count=len(found))
        numbers = np.fromiter((0 if value is None else value for value in found), dtype=np.int64, count=len(found))
        return cls(numbers, missing)

    @classmethod
    def full(cls, values: Ints) -> Column:
        """Every value is known."""
        return cls(np.asarray(values, dtype=np.int64), np.zeros(len(values), dtype=bool))

    @classmethod
    def none(cls, n: int) -> Column:
        """Nothing is known about any of n customers."""
        return cls(np.zeros(n, dtype=np.int64), np.ones(n, dtype=bool))

    @classmethod
    def of_codes(cls, codes: Iterable[str], book: Sequence[str]) -> Column:
        """The place of each code in ``book``; a code that is not in it, or an empty one, is missing."""
        place = {code: number for number, code in enumerate(book)}
        return cls.of(place.get(code) for code in codes)

    def take(self, rows: Ints | Bools) -> Column:
        """The same fact about some of the customers."""
        return Column(self.values[rows], self.missing[rows])

    def filled(self, value: int = MISSING) -> Ints:
        """A plain array in which missing values read ``value``."""
        return np.where(self.missing, np.int64(value), self.values)


def elapsed_days(dates: Column, on: datetime.date) -> Column:
    """Days from each date (``date.toordinal()``) to ``on``, never below zero.

    ``on`` is the reference date of the calibration, not today: so a score moves only when the customer moves
    (docs/decisions/0003).
    """
    return Column(np.maximum(np.int64(on.toordinal()) - dates.values, 0), dates.missing)


def elapsed_months(dates: Column, on: datetime.date) -> Column:
    """Whole calendar months from each date to ``on``, never below zero: from 31 August to 28 February they are six."""
    days = np.where(dates.missing, 1, dates.values) - datetime.date(1970, 1, 1).toordinal()
    months = days.astype("datetime64[D]").astype("datetime64[M]")
    day = (days.astype("datetime64[D]") - months).astype(np.int64) + 1
    last = on.day == calendar.monthrange(on.year, on.month)[1]
    begun = (on.year - 1970) * 12 + on.month - 1 - months.astype(np.int64)
    return Column(np.maximum(begun - ((day > on.day) & (not last)), 0), dates.missing)
