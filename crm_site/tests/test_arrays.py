"""Columns as PostgreSQL's binary COPY takes them, read back by a reader of its own."""

from __future__ import annotations

import datetime
import struct
from collections.abc import Iterable

import numpy as np
import pytest

from crm_site.arrays import Number, Rows, _Place
from crm_site.cells import Cells, encoded
from crm_site.columns import Ints

HEAD, TAIL = b"PGCOPY\n\xff\r\n\0" + bytes(8), b"\xff\xff"


def cells_of(pieces: Iterable[bytes]) -> list[list[bytes | None]]:
    """Rows of cells as bytes, None for NULL."""
    data = b"".join(pieces)
    assert data.startswith(HEAD)
    at, rows = len(HEAD), []
    while data[at : at + 2] != TAIL:
        (count,) = struct.unpack_from(">h", data, at)
        at += 2
        row: list[bytes | None] = []
        for _cell in range(count):
            (length,) = struct.unpack_from(">i", data, at)
            at += 4
            row.append(None if length < 0 else data[at : at + length])
            at += max(length, 0)
        rows.append(row)
    assert at + len(TAIL) == len(data)
    return rows


def numbers(*values: int) -> Ints:
    return np.array(values, dtype=np.int64)


def test_every_kind_of_cell_is_written_as_the_server_reads_it() -> None:
    day = datetime.date(2026, 11, 29)
    data = encoded(
        [
            ("bigint", Cells(numbers(-1, 2**62))),
            ("boolean", Cells(numbers(0, 1))),
            ("date", Cells(numbers(day.toordinal(), 730_120))),
            ("smallint", Cells(numbers(7, 9), missing=np.array([False, True]))),
            ("character varying", Cells(numbers(1, 0), ("", "投诉"))),
            ("text", Cells(numbers(0, 0), ("A",), np.array([True, False]))),
        ]
    )
    days = (day - datetime.date(2000, 1, 1)).days
    assert cells_of(data) == [
        [struct.pack(">q", -1), b"\0", struct.pack(">i", days), struct.pack(">h", 7), "投诉".encode(), None],
        [struct.pack(">q", 2**62), b"\1", struct.pack(">i", 0), None, b"", b"A"],
    ]


@pytest.mark.parametrize(("columns", "words"), [(1, 5_000), (3, 70), (6, 4), (6, 30), (9, 2)])
def test_texts_of_many_columns_stand_in_their_rows_however_they_combine(columns: int, words: int) -> None:
    """More combinations than are written down beforehand, and fewer."""
    random, n = np.random.default_rng(columns * words), 9_000  # more rows than are laid out at a time
    book = tuple(f"字{number}" if number else "" for number in range(words))
    chosen = [random.integers(0, words, n) for _column in range(columns)]
    missing = [random.random(n) < 0.2 if column % 2 else None for column in range(columns)]
    texts = [Cells(values, book, gone) for values, gone in zip(chosen, missing, strict=True)]
    found = cells_of(encoded([("bigint", Cells(np.arange(n))), *(("text", cells) for cells in texts)]))
    for row, cells in enumerate(found):
        expected = [
            None if gone is not None and gone[row] else book[values[row]].encode()
            for values, gone in zip(chosen, missing, strict=True)
        ]
        assert cells == [struct.pack(">q", row), *expected]


def test_a_part_of_rows_is_those_that_follow_one_another() -> None:
    rows = Rows(np.array([[3, 5, 8, 9], [0, 1, 1, 0]]), _places(2))
    part = rows.part(1, 3)
    assert len(part) == 2
    assert part.column(0).tolist() == [5, 8]
    assert part.column(1).tolist() == [1, 1]


def _places(n: int) -> tuple[_Place, ...]:
    return tuple(_Place(word, 0, Number(str(word))) for word in range(n))
