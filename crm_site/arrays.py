"""Whole columns in and out of the database as numpy arrays: binary COPY on PostgreSQL, plain statements on SQLite.

Reading gives whole numbers only, so a statement must turn dates and codes into numbers (``ordinal``, ``local_day``)
and leave no NULL. Writing takes one ``Cells`` a column. What differs by database is here and in ``crm_site.bulk``.
"""

from __future__ import annotations

import datetime
import io
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from django.conf import settings
from django.db import connection, models

Ints = npt.NDArray[np.int64]
Bools = npt.NDArray[np.bool_]
Bytes = npt.NDArray[np.uint8]

_HEAD = b"PGCOPY\n\xff\r\n\0" + bytes(8)
_TAIL = b"\xff\xff"
_PIECE = 1 << 18  # bytes handed to the server at a time
_WIDTHS = {"smallint": 2, "integer": 4, "bigint": 8, "boolean": 1, "date": 4}
_EPOCH = datetime.date(2000, 1, 1).toordinal()

Parameter = int | str | datetime.datetime | list[int]


def postgres() -> bool:
    """Whether COPY can be had."""
    return connection.vendor == "postgresql"


def shard_rows() -> int:
    """How many rows a transaction should write: few on SQLite, where everybody waits for the writer."""
    return 20_000 if postgres() else 5_000


# --- SQL that differs -------------------------------------------------------------------------------------------
def ordinal(column: str) -> str:
    """SQL for ``date.toordinal()`` of a date column."""
    if postgres():
        return f"({column} - DATE '0001-01-01' + 1)"
    return f"CAST(julianday({column}) - 1721424.5 AS INTEGER)"


def local_day(column: str) -> str:
    """SQL for the ordinal of the business day a moment falls on."""
    if postgres():
        return ordinal(f"({column} AT TIME ZONE '{settings.TIME_ZONE}')::date")
    return ordinal(f"django_datetime_cast_date({column}, '{settings.TIME_ZONE}', 'UTC')")


def among(column: str, ids: Ints) -> tuple[str, str | list[int]]:
    """A condition that the column is one of many keys, and its one parameter."""
    if postgres():
        return f"{column} = ANY(%s::bigint[])", ids.tolist()
    return f"{column} IN (SELECT value FROM json_each(%s))", str(ids.tolist())  # noqa: S608 - our own names


# --- reading ----------------------------------------------------------------------------------------------------
def read(columns: Sequence[str], source: str, parameters: Sequence[Parameter] = ()) -> Ints:
    """Rows of whole numbers: one expression a column, ``source`` from FROM on. Raises when a value is NULL."""
    if postgres():
        cells = ", ".join(f"({column})::bigint" for column in columns)
        return _read_copy(f"SELECT {cells} {source}", parameters, len(columns))
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT {', '.join(columns)} {source}", list(parameters))
        rows = cursor.fetchall()
    return np.array(rows, dtype=np.int64).reshape(len(rows), len(columns))


def _read_copy(statement: str, parameters: Sequence[Parameter], width: int) -> Ints:
    buffer = io.BytesIO()
    with connection.cursor() as cursor:
        bound = cursor.mogrify(statement, parameters).decode() if parameters else statement
        cursor.copy_expert(f"COPY ({bound}) TO STDOUT (FORMAT binary)", buffer)
    body, row = buffer.getbuffer()[len(_HEAD) : -len(_TAIL)], 2 + 12 * width
    if len(body) % row:
        raise ValueError("a column without a value where every column must have one")
    table = np.empty((width, len(body) // row), dtype=np.int64)
    for place, column in enumerate(table):  # a cell is its length in four bytes and the number in eight
        column[:] = np.ndarray(column.shape, ">i8", body, offset=6 + 12 * place, strides=(row,)) if len(column) else 0
    return table.T


# --- writing ----------------------------------------------------------------------------------------------------
@dataclass(frozen=True, eq=False)
class Cells:
    """One column of many rows: whole numbers (dates as ordinals), or places in a ``book`` of texts; some missing."""

    values: Ints
    book: tuple[str, ...] | None = None
    missing: Bools | None = None

    @classmethod
    def same(cls, value: int, n: int) -> Cells:
        """One number in every row."""
        return cls(np.full(n, value, dtype=np.int64))

    @classmethod
    def texts(cls, texts: Sequence[str]) -> Cells:
        """Texts of which there are few different ones."""
        book = tuple(sorted(set(texts)))
        place = {text: number for number, text in enumerate(book)}
        return cls(np.fromiter((place[text] for text in texts), dtype=np.int64, count=len(texts)), book)

    def take(self, rows: Ints) -> Cells:
        """The same column of some rows."""
        return Cells(self.values[rows], self.book, None if self.missing is None else self.missing[rows])


def write(model: type[models.Model], columns: Mapping[str, Cells]) -> int:
    """Insert rows given as columns by attribute name; returns how many. The caller holds the transaction."""
    fields = {name: field for field in model._meta.concrete_fields if (name := field.attname) in columns}
    if unknown := set(columns) - set(fields):
        raise ValueError(f"{model.__name__} has no column {', '.join(sorted(unknown))}")
    quote = connection.ops.quote_name
    names = ", ".join(quote(str(field.column)) for field in fields.values())
    table, n = quote(model._meta.db_table), len(next(iter(columns.values())).values)
    if not n:
        return 0
    with connection.cursor() as cursor:
        if postgres():
            data = io.BytesIO(encoded([(_type(field), columns[name]) for name, field in fields.items()]))
            cursor.copy_expert(f"COPY {table} ({names}) FROM STDIN (FORMAT binary)", data, _PIECE)
        else:
            marks = ", ".join(["%s"] * len(fields))
            rows = list(zip(*(_plain(columns[name], field) for name, field in fields.items()), strict=True))
            cursor.executemany(f"INSERT INTO {table} ({names}) VALUES ({marks})", rows)  # noqa: S608 - our own names
    return n


def _type(field: models.Field[object, object]) -> str:
    return str(field.db_type(connection)).partition("(")[0]


def _plain(cells: Cells, field: models.Field[object, object]) -> Sequence[object]:
    found: list[object] = cells.values.tolist()
    if cells.book is not None:
        found = [cells.book[place] for place in cells.values.tolist()]
    elif isinstance(field, models.DateField):
        days, place = np.unique(cells.values, return_inverse=True)
        book = [datetime.date.fromordinal(max(1, day)).isoformat() for day in days.tolist()]
        found = [book[number] for number in place.tolist()]
    if cells.missing is not None:
        found = [None if gone else value for value, gone in zip(found, cells.missing.tolist(), strict=True)]
    return found


def encoded(columns: Sequence[tuple[str, Cells]]) -> bytes:
    """The columns, each with its PostgreSQL type, in the format binary COPY reads."""
    made = [_texts(cells) if cells.book is not None else _numbers(kind, cells) for kind, cells in columns]
    shape = len(made[0][0]), 2 + sum(4 + content.shape[1] for content, _sizes in made)
    whole, kept = np.empty(shape, dtype=np.uint8), np.ones(shape, dtype=bool)
    whole[:, :2] = np.array([len(columns)], ">i2").view(np.uint8)
    start = 2
    for (content, sizes), (_kind, cells) in zip(made, columns, strict=True):
        if cells.missing is not None:
            sizes = np.where(cells.missing, -1, sizes)
        end = start + 4 + content.shape[1]
        whole[:, start : start + 4] = np.asarray(sizes, ">i4").reshape(-1, 1).view(np.uint8)
        whole[:, start + 4 : end] = content
        if sizes.ndim:  # not all of one length
            kept[:, start + 4 : end] = np.arange(content.shape[1]) < sizes[:, None]
        start = end
    return _HEAD + (whole.tobytes() if kept.all() else whole[kept].tobytes()) + _TAIL


def _numbers(kind: str, cells: Cells) -> tuple[Bytes, Ints]:
    """The bytes of each value, and how many count: one number when it is the same for all."""
    width = _WIDTHS[kind]
    values = cells.values - _EPOCH if kind == "date" else cells.values
    content = values.astype(f">i{width}").view(np.uint8).reshape(-1, width)
    return content, np.array(width)


def _texts(cells: Cells) -> tuple[Bytes, Ints]:
    words = [text.encode() for text in cells.book or ()]
    sizes = np.array([len(word) for word in words], dtype=np.int64)
    book = np.zeros((len(words), max([1, *map(len, words)])), dtype=np.uint8)
    for place, word in enumerate(words):
        book[place, : len(word)] = np.frombuffer(word, dtype=np.uint8)
    return book[cells.values], sizes[cells.values]
