"""One fact about many rows: whole numbers beside a mask of what is not known. Missing is never zero."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

Ints = npt.NDArray[np.int64]
Bools = npt.NDArray[np.bool_]

MISSING = -1  # what an unknown value looks like where a plain array must carry it


@dataclass(frozen=True, eq=False)
class Column:
    """``values[i]`` counts only where ``missing[i]`` is false. Both have one entry a row."""

    values: Ints
    missing: Bools

    def __len__(self) -> int:
        return len(self.values)

    @property
    def known(self) -> Bools:
        """Where there is a value."""
        return ~self.missing

    @classmethod
    def of(cls, values: Iterable[float | None]) -> Column:
        """From plain values; None, and what is no number or without end, is not known."""
        found = [None if value is None or not math.isfinite(value) else value for value in values]
        missing = np.fromiter((value is None for value in found), dtype=bool, count=len(found))
        numbers = np.fromiter((0 if value is None else value for value in found), dtype=np.int64, count=len(found))
        return cls(numbers, missing)

    @classmethod
    def full(cls, values: Ints) -> Column:
        """Every value is known."""
        return cls(np.asarray(values, dtype=np.int64), np.zeros(len(values), dtype=bool))

    @classmethod
    def none(cls, n: int) -> Column:
        """Nothing is known about any of n rows."""
        return cls(np.zeros(n, dtype=np.int64), np.ones(n, dtype=bool))

    @classmethod
    def of_codes(cls, codes: Iterable[str], book: Sequence[str]) -> Column:
        """The place of each code in ``book``; a code that is not in it, or an empty one, is missing."""
        place = {code: number for number, code in enumerate(book)}
        return cls.of(place.get(code) for code in codes)

    def take(self, rows: Ints | Bools | slice) -> Column:
        """The same fact about some of the rows."""
        return Column(self.values[rows], self.missing[rows])

    def plain(self) -> list[int | None]:
        """Python's values, None where nothing is known."""
        found = self.values.astype(object)
        found[self.missing] = None
        return list(found.tolist())

    def filled(self, value: int = MISSING) -> Ints:
        """A plain array in which missing values read ``value``."""
        return np.where(self.missing, np.int64(value), self.values)
