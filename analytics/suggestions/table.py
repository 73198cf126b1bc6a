"""What is known of many customers as named columns of numbers or codes, and the plain matrix a model reads."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from analytics.fixedpoint import Bools, Ints

Floats = npt.NDArray[np.float64]
Texts = npt.NDArray[np.str_]
Column = Floats | Texts


@dataclass(frozen=True, slots=True)
class Feature:
    """One column of the matrix: a number, or 1 where a column of codes holds ``code``."""

    name: str
    code: str | None = None


@dataclass(frozen=True, eq=False)
class Table:
    """Columns of one length: numbers with NaN for "not known", or codes with "" for it."""

    columns: Mapping[str, Column]

    @property
    def n(self) -> int:
        """How many rows."""
        return len(next(iter(self.columns.values()))) if self.columns else 0

    @classmethod
    def of(cls, rows: Sequence[Mapping[str, str]], *, without: Iterable[str] = ()) -> Table:
        """From the text cells of a file: a column is one of numbers when every cell that says something is one."""
        names = [name for name in (rows[0] if rows else {}) if name not in set(without)]
        return cls({name: _column([row[name].strip() for row in rows]) for name in names})

    @classmethod
    def joined(cls, parts: Sequence[Table]) -> Table:
        """One below the other; every part has the same columns."""
        return cls({name: np.concatenate([part.columns[name] for part in parts]) for name in parts[0].columns})

    def take(self, rows: Ints | Bools | slice) -> Table:
        """Some of the rows."""
        return Table({name: column[rows] for name, column in self.columns.items()})

    def features(self) -> list[Feature]:
        """What a model can be made of: columns of numbers of which any is known, and every code that occurs."""
        found = []
        for name, column in self.columns.items():
            if column.dtype.kind == "f":
                found += [] if np.isnan(column).all() else [Feature(name)]
            else:
                found += [Feature(name, str(code)) for code in np.unique(column) if code]
        return found

    def matrix(self, features: Sequence[Feature]) -> Floats:
        """A row a customer, a column a feature. Raises KeyError for a column that is not here."""
        found = np.empty((self.n, len(features)))
        for place, feature in enumerate(features):
            column = self.columns[feature.name]
            found[:, place] = column if feature.code is None else column == feature.code
        return found


def _column(cells: list[str]) -> Column:
    try:
        return np.array([float(cell) if cell else np.nan for cell in cells])
    except ValueError:
        return np.array(cells, dtype=np.str_)
