"""Many rows at once: COPY on PostgreSQL, executemany on SQLite; and asking for thousands of keys in one parameter.

What differs by database is here and nowhere else (house §6). Callers hold the transaction and keep batches at
5,000 rows or fewer, so that nobody waits long on SQLite.
"""

from __future__ import annotations

import contextlib
import csv
import datetime
import gc
import io
import json
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from django.db import connection, models

from crm_site import arrays
from crm_site.cells import Cells
from crm_site.encryption import EncryptedTextField

BATCH = 5_000
_SMALL = 100  # below this many rows a temporary table costs more than it saves
_NULL = "\x01"  # stands for NULL in COPY; importers refuse control characters, so no text can be taken for it


@dataclass(frozen=True, slots=True)
class Conflict:
    """What to do with a row whose ``keys`` are there already. With nothing to set, the old row stays untouched.

    ``replace`` takes the new value, ``add`` adds it to the old, ``latest`` keeps the greater one (NULL is least),
    ``union`` every bit of either. A row
    with nothing to add is written only when a replaced column really changes. ``stamp`` is a moment that moves only
    then, and not when merely one of ``quiet`` (part of ``replace``) changes.
    """

    keys: tuple[str, ...]
    replace: tuple[str, ...] = ()
    add: tuple[str, ...] = ()
    latest: tuple[str, ...] = ()
    union: tuple[str, ...] = ()
    quiet: tuple[str, ...] = ()
    stamp: str = ""


def bulk_load(
    model: type[models.Model],
    columns: Sequence[str],
    rows: Sequence[Sequence[Any]],
    *,
    conflict: Conflict | None = None,
) -> int:
    """Insert rows, given as values in the order of ``columns`` (attribute names); returns how many were written.

    Values are Python's; encrypted fields are sealed here. Without ``conflict`` a repeated key raises IntegrityError.
    """
    if not rows:
        return 0
    fields = [_field(model, name) for name in columns]
    postgres = connection.vendor == "postgresql"
    if postgres and (len(rows) > _SMALL):
        return _copy(model, fields, rows, conflict)
    return _each(model, fields, list(_by_column(fields, rows, _POSTGRES_VALUES if postgres else _SQLITE)), conflict)


def merge_columns(model: type[models.Model], columns: Mapping[str, Cells], *, conflict: Conflict) -> int:
    """As ``bulk_load``, for rows given as whole columns by attribute name, whose keys may be there already."""
    fields = [_field(model, name) for name in columns]
    n = len(next(iter(columns.values())).values)
    if arrays.postgres() and n > _SMALL:
        return _staged(model, fields, conflict, lambda stage: arrays.write(model, columns, table=stage))
    rows = arrays.plain_rows(list(zip(fields, columns.values(), strict=True)))
    return _each(model, fields, rows, conflict) if n else 0


def insert_keys(model: type[models.Model], column: str, keys: Sequence[int]) -> None:
    """One row for each of these keys that has none, in a table that needs nothing else; as one parameter."""
    quote = connection.ops.quote_name
    many = "unnest(%s::bigint[])" if arrays.postgres() else "json_each(%s)"
    value = "key" if arrays.postgres() else "key.value"
    text = str(list(keys))
    with connection.cursor() as cursor:
        cursor.execute(
            f"INSERT INTO {quote(model._meta.db_table)} ({quote(column)}) SELECT {value} FROM {many} AS key WHERE true "  # noqa: S608 - our own names
            "ON CONFLICT DO NOTHING",
            [f"{{{text[1:-1]}}}" if arrays.postgres() else text],
        )


def one_writer(name: str) -> None:
    """Wait until no other transaction holds this name, and hold it until ours ends. SQLite has one writer anyway."""
    if connection.vendor == "postgresql":
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_advisory_xact_lock(hashtext(%s))", [name])


@contextlib.contextmanager
def passing_rows() -> Iterator[None]:
    """While millions of rows pass through, look for garbage seldom: they form no cycles and go when they are let go.

    The search otherwise takes a third of the time, because every few hundred new lists and dicts set it off.
    """
    before = gc.get_threshold()
    gc.set_threshold(100_000, 50, 50)
    try:
        yield
    finally:
        gc.set_threshold(*before)


def _field(model: type[models.Model], name: str) -> models.Field[Any, Any]:
    for field in model._meta.concrete_fields:
        if name in (field.attname, field.name):
            return field
    raise ValueError(f"{model.__name__} has no column {name}")


def _column(field: models.Field[Any, Any]) -> str:
    return str(field.column)


if TYPE_CHECKING:
    _Lookup = models.Lookup[Any]
else:
    _Lookup = models.Lookup  # cannot be subscripted when the code runs


# --- questions --------------------------------------------------------------------------------------------------
class Among(_Lookup):
    """``filter(pk__among={…})``: like ``in`` for a set of whole numbers, texts or days, at a fraction of the cost.

    Thousands of values travel as one parameter, and Django does not look at each of them several times.
    """

    lookup_name = "among"

    def get_prep_lookup(self) -> list[Any]:
        return list(self.rhs)

    def as_sql(self, compiler: Any, connection: Any) -> tuple[str, Any]:
        left, parameters = self.process_lhs(compiler, connection)
        values = json.dumps(self.rhs, default=str)
        return f"{left} IN (SELECT value FROM json_each(%s))", [*parameters, values]  # noqa: S608 - our own column

    def as_postgresql(self, compiler: Any, connection: Any) -> tuple[str, Any]:
        left, parameters = self.process_lhs(compiler, connection)
        return f"{left} = ANY(%s)", [*parameters, self.rhs]


models.Field.register_lookup(Among)
models.ForeignObject.register_lookup(Among)  # relations look for lookups no further up than here


# --- values -----------------------------------------------------------------------------------------------------
def _naive(moment: datetime.datetime) -> str:
    return str(moment.astimezone(datetime.UTC).replace(tzinfo=None))


_Adapter = Callable[[Any], Any]
_SQLITE: dict[type, _Adapter] = {
    models.DateTimeField: _naive,
    models.DateField: datetime.date.isoformat,
    models.BooleanField: int,
    models.JSONField: json.dumps,
}
_POSTGRES_VALUES: dict[type, _Adapter] = {models.JSONField: json.dumps}
_COPY: dict[type, _Adapter] = {
    models.BinaryField: lambda value: "\\x" + bytes(value).hex(),
    models.BooleanField: lambda value: "t" if value else "f",
    models.JSONField: json.dumps,
}


def _adapter(field: models.Field[Any, Any], table: dict[type, _Adapter]) -> _Adapter | None:
    if isinstance(field, EncryptedTextField):
        return field.get_prep_value
    return next((table[kind] for kind in type(field).__mro__ if kind in table), None)


def _by_column(
    fields: list[models.Field[Any, Any]], rows: Sequence[Sequence[Any]], table: dict[type, _Adapter], null: Any = None
) -> Iterable[tuple[Any, ...]]:
    """Rows with every value adapted, one column at a time because that is several times quicker than one row."""
    done: list[Sequence[Any]] = []
    for field, values in zip(fields, zip(*rows, strict=True), strict=True):
        adapt = _adapter(field, table)
        if adapt:
            done.append([null if value is None else adapt(value) for value in values])
        elif null is not None:
            done.append([null if value is None else value for value in values])
        else:
            done.append(values)
    return zip(*done, strict=True)


# --- statements -------------------------------------------------------------------------------------------------
def _insert(
    model: type[models.Model], fields: list[models.Field[Any, Any]], conflict: Conflict | None, *, source: str
) -> str:
    quote = connection.ops.quote_name
    table = quote(model._meta.db_table)
    names = ", ".join(quote(_column(field)) for field in fields)
    statement = f"INSERT INTO {table} ({names}) {source}"  # noqa: S608 - names of our own models
    if conflict is None:
        return statement
    columns = {name: quote(_column(field)) for field in fields for name in (field.attname, field.name)}
    keys = ", ".join(columns[name] for name in conflict.keys)
    settings = _settings(table, columns, conflict)
    if not settings:
        return f"{statement} ON CONFLICT ({keys}) DO NOTHING"
    statement += f" ON CONFLICT ({keys}) DO UPDATE SET {', '.join(settings)}"
    if conflict.replace and not (conflict.add or conflict.latest):
        statement += f" WHERE {_differs(table, [columns[name] for name in conflict.replace])}"
    return statement


def _settings(table: str, columns: dict[str, str], conflict: Conflict) -> list[str]:
    settings = [f"{columns[name]} = EXCLUDED.{columns[name]}" for name in conflict.replace]
    settings += [f"{columns[name]} = {table}.{columns[name]} + EXCLUDED.{columns[name]}" for name in conflict.add]
    settings += [f"{columns[name]} = {table}.{columns[name]} | EXCLUDED.{columns[name]}" for name in conflict.union]
    for name in conflict.latest:
        old, new = f"{table}.{columns[name]}", f"EXCLUDED.{columns[name]}"
        settings.append(f"{columns[name]} = CASE WHEN {old} IS NULL OR {new} > {old} THEN {new} ELSE {old} END")
    if conflict.stamp:
        loud = [columns[name] for name in conflict.replace if name not in conflict.quiet]
        stamp = columns[conflict.stamp]
        settings.append(f"{stamp} = CASE WHEN {_differs(table, loud)} THEN EXCLUDED.{stamp} ELSE {table}.{stamp} END")
    return settings


def _differs(table: str, columns: list[str]) -> str:
    old = ", ".join(f"{table}.{column}" for column in columns)
    new = ", ".join(f"EXCLUDED.{column}" for column in columns)
    return f"({old}) {'IS DISTINCT FROM' if connection.vendor == 'postgresql' else 'IS NOT'} ({new})"


def _each(
    model: type[models.Model],
    fields: list[models.Field[Any, Any]],
    rows: Sequence[Sequence[Any]],
    conflict: Conflict | None,
) -> int:
    """One statement a row."""
    written = 0
    statement = _insert(model, fields, conflict, source=f"VALUES ({', '.join(['%s'] * len(fields))})")
    with connection.cursor() as cursor:
        if connection.vendor != "postgresql":
            cursor.executemany(statement, rows)
            return int(cursor.rowcount)
        for row in rows:
            cursor.execute(statement, row)
            written += cursor.rowcount
    return written


def _copy(
    model: type[models.Model],
    fields: list[models.Field[Any, Any]],
    rows: Sequence[Sequence[Any]],
    conflict: Conflict | None,
) -> int:
    """COPY into the table, or into a temporary one when rows may be there already."""
    quote = connection.ops.quote_name
    names = ", ".join(quote(_column(field)) for field in fields)
    text = io.StringIO(newline="")
    csv.writer(text, lineterminator="\n").writerows(_by_column(fields, rows, _COPY, _NULL))

    def fill(table: str) -> None:
        text.seek(0)
        with connection.cursor() as cursor:
            cursor.copy_expert(f"COPY {quote(table)} ({names}) FROM STDIN WITH (FORMAT csv, NULL E'\\x01')", text)

    if conflict:
        return _staged(model, fields, conflict, fill)
    fill(model._meta.db_table)
    return len(rows)


def _staged(
    model: type[models.Model],
    fields: list[models.Field[Any, Any]],
    conflict: Conflict,
    fill: Callable[[str], object],
) -> int:
    """Rows through a temporary table, which ``fill`` is given the name of; how many were written."""
    quote = connection.ops.quote_name
    table, stage = quote(model._meta.db_table), f"stage_{model._meta.db_table}"
    names = ", ".join(quote(_column(field)) for field in fields)
    with connection.cursor() as cursor:
        cursor.execute(f"CREATE TEMPORARY TABLE {quote(stage)} AS SELECT {names} FROM {table} WITH NO DATA")  # noqa: S608
        fill(stage)
        cursor.execute(_insert(model, fields, conflict, source=f"SELECT {names} FROM {quote(stage)}"))  # noqa: S608
        written = int(cursor.rowcount)
        cursor.execute(f"DROP TABLE {quote(stage)}")
    return written
