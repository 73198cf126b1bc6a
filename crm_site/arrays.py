"""Whole columns in and out of the database as numpy arrays: binary COPY on PostgreSQL, plain statements on SQLite.

Reading gives whole numbers only, so a statement must turn dates and codes into numbers (``ordinal``, ``local_day``)
and say what NULL reads as. Writing takes one ``Cells`` a column. What differs by database is here and in
``crm_site.bulk``.
"""

from __future__ import annotations

import datetime
import io
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from django.conf import settings
from django.db import connection, models

from crm_site.cells import HEAD, TAIL, UNIX_EPOCH, Cells, encoded, order
from crm_site.columns import Ints

_ROWS = 10_000  # rows taken from SQLite at a time
_WORD = 63  # bits of a bigint that small numbers may share: all but the sign

WIDE = 64  # bits of a number that shares with no other
DAY_BITS = 22  # of the ordinal of a day
UNKNOWN = -(2**62)  # what NULL reads as where every whole number may stand
_BITS: dict[type, int] = {  # as wide as PostgreSQL keeps them
    models.PositiveSmallIntegerField: 15,
    models.PositiveIntegerField: 31,
}
_DENSE = 8  # reading this many rows to use one costs less than naming each

Parameter = int | str | datetime.datetime


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


def moment(at: datetime.datetime) -> datetime.datetime | str:
    """A moment as this database stores it."""
    adapted: datetime.datetime | str | None = connection.ops.adapt_datetimefield_value(at)
    return at if adapted is None else adapted


def dense(ids: Ints) -> bool:
    """Whether these keys (ascending) fill their range well enough to read the whole of it."""
    return bool(ids[-1] - ids[0] < _DENSE * len(ids))


def whose(column: str, ids: Ints) -> tuple[str, list[Parameter]]:
    """A condition for rows with these keys (ascending, not none): their range when they fill it, whoever else lies in
    it; else one by one."""
    if dense(ids):
        return f"{column} BETWEEN %s AND %s", [int(ids[0]), int(ids[-1])]
    condition, parameter = among(column, ids)
    return condition, [parameter]


def among(column: str, ids: Ints) -> tuple[str, str]:
    """A condition that the column is one of many keys, and its one parameter: a text, which nobody parses as SQL."""
    keys = str(ids.tolist())
    if postgres():
        return f"{column} = ANY(%s::bigint[])", f"{{{keys[1:-1]}}}"
    return f"{column} IN (SELECT value FROM json_each(%s))", keys  # noqa: S608 - our own names


def found_by_key(table: str, key: str, ids: Ints, condition: str, *, newest: str) -> tuple[str, str]:
    """What to read FROM, as ``found``, for the row of each of these keys that meets a condition; and its one parameter.
    ``newest`` is the column by which that row is the last of its key's.

    PostgreSQL goes by the key's index row by row, whatever it believes of a table whose statistics are older than its
    rows: after a night it would read the whole of it.
    """
    keys = str(ids.tolist())
    if postgres():
        row = f"SELECT * FROM {table} WHERE {key} = wanted.id AND {condition} ORDER BY {newest} DESC LIMIT 1"  # noqa: S608 - our own names
        return f"unnest(%s::bigint[]) AS wanted(id) CROSS JOIN LATERAL ({row}) AS found", f"{{{keys[1:-1]}}}"
    return f"{table} AS found WHERE {key} IN (SELECT value FROM json_each(%s)) AND {condition}", keys  # noqa: S608 - our own names


# --- reading ----------------------------------------------------------------------------------------------------
@dataclass(frozen=True, slots=True)
class Number:
    """A whole number to read: its expression in SQL, and what NULL reads as (None: it is never NULL).

    ``bits`` below ``WIDE`` promises 0 ≤ value < 2^bits, which the column's type and checks must keep.
    """

    sql: str
    unknown: int | None = None
    bits: int = WIDE


def number_of(model: type[models.Model], name: str, *, alias: str = "", book: Sequence[str] | None = None) -> Number:
    """How a column is read, of a table that may go by an alias: a day as its ordinal, a text as its place in ``book``,
    a single character as its code; ``UNKNOWN`` where there is none. A text that is empty, or not in the book, is none.
    """
    field = next(field for field in model._meta.concrete_fields if name in (field.name, field.attname))
    column = f"{alias}{alias and '.'}{connection.ops.quote_name(str(field.column))}"
    if isinstance(field, models.DateField):
        return Number(ordinal(column), UNKNOWN, DAY_BITS)
    if isinstance(field, models.BooleanField):
        return Number(f"CASE WHEN {column} THEN 1 ELSE 0 END", bits=1)
    if book is not None:
        cases = " ".join(f"WHEN '{code}' THEN {place}" for place, code in enumerate(book))
        return Number(f"CASE {column} WHEN '' THEN NULL {cases} END", UNKNOWN, len(book).bit_length())
    if isinstance(field, models.CharField):
        return Number(f"NULLIF({'ascii' if postgres() else 'unicode'}({column}), 0)", UNKNOWN, 21)
    return Number(column, UNKNOWN if field.null else None, _BITS.get(type(field), WIDE))


@dataclass(frozen=True, slots=True)
class _Place:
    """Where a number was put: so many bits of a word, beginning ``shift`` above its lowest."""

    word: int
    shift: int
    number: Number

    def of(self, words: Ints) -> Ints:
        found, number = words[self.word], self.number
        if number.bits == WIDE:
            return found
        found = (found >> self.shift) & ((1 << _room(number)) - 1)
        return found if number.unknown is None else np.where(found == 0, np.int64(number.unknown), found - 1)


@dataclass(frozen=True, eq=False)
class Rows:
    """Rows as they were read, small numbers still sharing words: half the memory of the columns."""

    words: Ints
    places: tuple[_Place, ...]

    def __len__(self) -> int:
        return self.words.shape[1]

    def column(self, place: int) -> Ints:
        """One number of every row."""
        return self.places[place].of(self.words)

    def part(self, begin: int, end: int) -> Rows:
        """Some that follow one another; nothing is copied."""
        return Rows(self.words[:, begin:end], self.places)

    def ordered(self) -> Rows:
        """The rows in the order of their first number. Costs the database more: it would sort the finished words."""
        keys = self.column(0)
        if np.all(keys[:-1] < keys[1:]):
            return self
        return Rows(np.take(self.words, np.argsort(keys), axis=1), self.places)


def fetch(numbers: Sequence[Number], source: str, parameters: Sequence[Parameter] = ()) -> Rows:
    """Rows of whole numbers, ``source`` from FROM on. Raises when a value is NULL that must not be."""
    if postgres():
        words, places = _packed(numbers)
        return Rows(_read_copy(f"SELECT {', '.join(words)} {source}", parameters, len(words)), places)
    columns = [n.sql if n.unknown is None else f"COALESCE({n.sql}, {n.unknown})" for n in numbers]
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT {', '.join(columns)} {source}", list(parameters))
        parts = [np.zeros((0, len(columns)), dtype=np.int64)]
        while rows := cursor.fetchmany(_ROWS):  # as Python's numbers they take four times as much room
            parts.append(np.array(rows, dtype=np.int64))
    table = np.ascontiguousarray(np.concatenate(parts).T)
    return Rows(table, tuple(_Place(word, 0, Number(sql)) for word, sql in enumerate(columns)))


def read(columns: Sequence[str], source: str, parameters: Sequence[Parameter] = ()) -> Ints:
    """One array a column, of numbers none of which is NULL."""
    return fetch([Number(column) for column in columns], source, parameters).words


def _room(number: Number) -> int:
    """Bits a number takes: one value more where it may be unknown."""
    return number.bits + (number.unknown is not None)


def _packed(numbers: Sequence[Number]) -> tuple[list[str], tuple[_Place, ...]]:
    """Expressions of the words that carry the numbers. What COPY costs is the number of columns, hardly their width."""
    words: list[str] = []
    places: list[_Place] = []
    shared, used = -1, _WORD
    for number in numbers:
        cell = f"CAST({number.sql} AS bigint)"
        if number.bits == WIDE:
            places.append(_Place(len(words), 0, number))
            words.append(cell if number.unknown is None else f"COALESCE({cell}, {number.unknown})")
            continue
        if number.unknown is not None:
            cell = f"COALESCE({cell} + 1, 0)"
        if used + _room(number) > _WORD:
            shared, used = len(words), 0
            words.append(cell)
        else:
            words[shared] = f"({words[shared]} | ({cell} << {used}))"
        places.append(_Place(shared, used, number))
        used += _room(number)
    return words, tuple(places)


def _read_copy(statement: str, parameters: Sequence[Parameter], width: int) -> Ints:
    buffer = io.BytesIO()
    with connection.cursor() as cursor:
        bound = cursor.mogrify(statement, parameters).decode() if parameters else statement
        cursor.copy_expert(f"COPY ({bound}) TO STDOUT (FORMAT binary)", buffer)
    body, row = buffer.getbuffer()[len(HEAD) : -len(TAIL)], 2 + 12 * width
    if len(body) % row:
        raise ValueError("a column without a value where every column must have one")
    table = np.empty((width, len(body) // row), dtype=np.int64)
    for place, column in enumerate(table):  # a cell is its length in four bytes and the number in eight
        column[:] = np.ndarray(column.shape, ">i8", body, offset=6 + 12 * place, strides=(row,)) if len(column) else 0
    return table


# --- writing ----------------------------------------------------------------------------------------------------
def write(model: type[models.Model], columns: Mapping[str, Cells], *, table: str = "") -> int:
    """Insert rows given as columns by attribute name; returns how many. The caller holds the transaction.

    ``table``: another one with columns of the same names.
    """
    fields = {name: field for field in model._meta.concrete_fields if (name := field.attname) in columns}
    if unknown := set(columns) - set(fields):
        raise ValueError(f"{model.__name__} has no column {', '.join(sorted(unknown))}")
    fields = dict(sorted(fields.items(), key=lambda item: order(columns[item[0]])))
    quote = connection.ops.quote_name
    names = ", ".join(quote(str(field.column)) for field in fields.values())
    into, n = quote(table or model._meta.db_table), len(next(iter(columns.values())).values)
    if not n:
        return 0
    with connection.cursor() as cursor:
        if postgres():
            pieces = _Pieces(encoded([(_type(field), columns[name]) for name, field in fields.items()]))
            cursor.copy_expert(f"COPY {into} ({names}) FROM STDIN (FORMAT binary)", pieces)
        else:
            marks = ", ".join(["%s"] * len(fields))
            rows = plain_rows([(field, columns[name]) for name, field in fields.items()])
            cursor.executemany(f"INSERT INTO {into} ({names}) VALUES ({marks})", rows)  # noqa: S608 - our own names
    return n


class _Pieces:
    """Bytes as the driver asks for them: a piece at a time, however long; nobody holds them all."""

    def __init__(self, pieces: Iterator[bytes]) -> None:
        self._pieces = pieces

    def read(self, _size: int) -> bytes:
        """The next piece; nothing behind the last."""
        return next(self._pieces, b"")


def plain_rows(columns: Sequence[tuple[models.Field[Any, Any], Cells]]) -> list[tuple[Any, ...]]:
    """Rows of values as a plain statement takes them."""
    return list(zip(*(_plain(cells, field) for field, cells in columns), strict=True))


def _type(field: models.Field[object, object]) -> str:
    return str(field.db_type(connection)).partition("(")[0]


def _plain(cells: Cells, field: models.Field[object, object]) -> Sequence[object]:
    found: list[object] = cells.values.tolist()
    if cells.book is not None:
        found = [cells.book[place] for place in cells.values.tolist()]
    elif isinstance(field, models.DateField):
        days, place = np.unique(cells.values, return_inverse=True)
        book = [_when(field, number) for number in days.tolist()]
        found = [book[number] for number in place.tolist()]
    elif isinstance(field, models.BooleanField):
        found = list(map(bool, found))
    if cells.missing is not None:
        found = [None if gone else value for value, gone in zip(found, cells.missing.tolist(), strict=True)]
    return found


def _when(field: models.DateField[Any, Any], number: int) -> object:
    if isinstance(field, models.DateTimeField):
        return moment(UNIX_EPOCH + datetime.timedelta(microseconds=number))
    return datetime.date.fromordinal(max(1, number)).isoformat()
