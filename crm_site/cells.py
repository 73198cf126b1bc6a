"""Columns to be written, and how PostgreSQL's binary COPY wants them; ``crm_site.arrays`` writes them."""

from __future__ import annotations

import datetime
import struct
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache
from itertools import product

import numpy as np
import numpy.typing as npt

from crm_site.columns import Bools, Ints

Bytes = npt.NDArray[np.uint8]

HEAD = b"PGCOPY\n\xff\r\n\0" + bytes(8)
TAIL = b"\xff\xff"
_NULL = struct.pack(">i", -1)
_MOMENT = "timestamp with time zone"
_WIDTHS = {"smallint": 2, "integer": 4, "bigint": 8, "boolean": 1, "date": 4, _MOMENT: 8}
_EPOCH = datetime.date(2000, 1, 1).toordinal()  # of PostgreSQL's days and moments
UNIX_EPOCH = datetime.datetime(1970, 1, 1, tzinfo=datetime.UTC)
_SINCE_UNIX = (_EPOCH - UNIX_EPOCH.toordinal()) * 86_400_000_000
_COMBINED = 4_096  # combinations of texts that are kept
_ROWS = 4_000  # laid out at a time: column by column they are touched again and again, and must stay in the cache


@dataclass(frozen=True, eq=False)
class Cells:
    """One column of many rows: whole numbers (dates as ordinals, moments as microseconds since 1970), or places in a
    ``book`` of texts; some missing."""

    values: Ints
    book: tuple[str, ...] | None = None
    missing: Bools | None = None

    @classmethod
    def same(cls, value: int, n: int) -> Cells:
        """One number in every row."""
        return cls(np.full(n, value, dtype=np.int64))

    @classmethod
    def at(cls, moment: datetime.datetime, n: int) -> Cells:
        """One moment in every row."""
        return cls.same((moment - UNIX_EPOCH) // datetime.timedelta(microseconds=1), n)

    def take(self, rows: Ints | slice) -> Cells:
        """The same column of some rows."""
        return Cells(self.values[rows], self.book, None if self.missing is None else self.missing[rows])


def encoded(columns: Sequence[tuple[str, Cells]]) -> Iterator[bytes]:
    """The columns, each with its PostgreSQL type, in the format binary COPY reads: rows of length-and-content cells.

    Columns whose cells have one length are laid out for many rows at once, and must come first (see ``order``); texts
    come last.
    """
    n = len(columns[0][1].values)
    yield HEAD
    for first in range(0, n, _ROWS):
        part = slice(first, first + _ROWS)
        yield _laid_out([(kind, cells.take(part)) for kind, cells in columns])
    yield TAIL


def _laid_out(columns: Sequence[tuple[str, Cells]]) -> bytes:
    """Rows of cells, without what goes before the first and behind the last."""
    even = [(kind, cells) for kind, cells in columns if _even(cells)]
    texts = [cells for _kind, cells in columns[len(even) :] if cells.book is not None]
    block = _block(len(columns[0][1].values), len(columns), even)
    uneven = [_pieces(kind, cells) for kind, cells in columns[len(even) : len(columns) - len(texts)]]
    uneven += [_texts(group) for group in _grouped(texts)]
    if not uneven:
        return block.tobytes()
    rows = block.view(f"V{block.shape[1]}").ravel().tolist()
    every = 1 + len(uneven)
    parts: list[bytes] = [b""] * (every * len(rows))
    for place, pieces in enumerate([rows, *uneven]):
        parts[place::every] = pieces
    return b"".join(parts)


def _even(cells: Cells) -> bool:
    """Whether every cell has the same length."""
    return cells.book is None and cells.missing is None


def order(cells: Cells) -> int:
    """Where ``encoded`` wants a column: first those of one length, last the texts."""
    return 0 if _even(cells) else 1 if cells.book is None else 2


def _block(n: int, count: int, columns: Sequence[tuple[str, Cells]]) -> Bytes:
    """The beginning of every row: how many columns there are, and the cells that have one length everywhere."""
    widths = [_WIDTHS[kind] for kind, _cells in columns]
    block = np.empty((n, 2 + sum(4 + width for width in widths)), dtype=np.uint8)
    block[:] = np.frombuffer(
        struct.pack(">h", count) + b"".join(struct.pack(">i", width) + bytes(width) for width in widths), dtype=np.uint8
    )
    start = 6
    for (kind, cells), width in zip(columns, widths, strict=True):
        place = np.ndarray(n, f">i{width}", block, offset=start, strides=block.strides[:1])
        place[:] = _stored(kind, cells.values)
        start += 4 + width
    return block


def _stored(kind: str, values: Ints) -> Ints:
    if kind == _MOMENT:
        return values - _SINCE_UNIX
    return values - _EPOCH if kind == "date" else values


def _pieces(kind: str, cells: Cells) -> list[bytes]:
    """Every cell of numbers, some missing, by itself; what is the same is made once."""
    found, place = np.unique(_stored(kind, cells.values), return_inverse=True)
    width = _WIDTHS[kind]
    made = [struct.pack(">i", width) + number.to_bytes(width, "big", signed=True) for number in found.tolist()]
    if cells.missing is not None:
        place = np.where(cells.missing, len(made), place)
        made.append(_NULL)
    return np.array(made, dtype=object)[place].tolist()


def _grouped(columns: Sequence[Cells]) -> list[list[Cells]]:
    """Neighbouring columns of so few words that every combination of them can be written down beforehand."""
    groups: list[list[Cells]] = []
    size = _COMBINED + 1
    for cells in columns:
        words = len(cells.book or ()) + 1
        size *= words
        if size > _COMBINED:
            groups.append([])
            size = words
        groups[-1].append(cells)
    return groups


def _texts(columns: Sequence[Cells]) -> list[bytes]:
    """The texts of every row, one behind the other."""
    books = tuple(cells.book or () for cells in columns)
    place = np.zeros(len(columns[0].values), dtype=np.int64)
    for book, cells in zip(books, columns, strict=True):
        which = cells.values if cells.missing is None else np.where(cells.missing, len(book), cells.values)
        place = place * (len(book) + 1) + which
    made = _combined(books) if len(columns) > 1 else _written(books[0])
    return np.array(made, dtype=object)[place].tolist()


def _written(book: tuple[str, ...]) -> list[bytes]:
    """The cell of each text, and behind them that of NULL."""
    return [struct.pack(">i", len(word)) + word for word in map(str.encode, book)] + [_NULL]


@lru_cache(maxsize=64)
def _combined(books: tuple[tuple[str, ...], ...]) -> list[bytes]:
    """The cells of every combination of texts, the last column the quickest to change."""
    return [b"".join(cells) for cells in product(*map(_written, books))]
