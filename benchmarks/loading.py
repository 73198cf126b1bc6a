"""Rows into a table as fast as the database takes them: COPY on PostgreSQL, executemany on SQLite."""

from __future__ import annotations

import io
from collections.abc import Iterable, Iterator, Sequence
from typing import Any

from django.db import connection, models, transaction

BATCH = 20_000


def _cell(value: Any) -> str:
    if value is None:
        return r"\N"
    value = getattr(value, "adapted", value)  # psycopg2 wraps bytes
    if isinstance(value, bytes | memoryview):
        return r"\\x" + value.hex()
    if isinstance(value, bool):
        return "t" if value else "f"
    return str(value)


def load(model: type[models.Model], columns: Sequence[str], rows: Iterable[Sequence[Any]]) -> None:
    """COPY on PostgreSQL, executemany on SQLite; every column without a value must have been named."""
    table, names = model._meta.db_table, ", ".join(f'"{column}"' for column in columns)
    with transaction.atomic(), connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            for chunk in _chunks(rows):
                text = io.StringIO("".join("\t".join(map(_cell, row)) + "\n" for row in chunk))
                cursor.cursor.copy_expert(f'COPY "{table}" ({names}) FROM STDIN', text)
        else:
            marks = ", ".join(["%s"] * len(columns))
            for chunk in _chunks(rows):
                cursor.executemany(f'INSERT INTO "{table}" ({names}) VALUES ({marks})', chunk)  # noqa: S608


def _chunks(rows: Iterable[Sequence[Any]]) -> Iterator[list[Sequence[Any]]]:
    chunk: list[Sequence[Any]] = []
    for row in rows:
        chunk.append(row)
        if len(chunk) == BATCH:
            yield chunk
            chunk = []
    if chunk:
        yield chunk


def columns_of(model: type[models.Model], *, without: Sequence[str] = ("id",)) -> list[models.Field[Any, Any]]:
    """Concrete fields in order, but those the database fills."""
    return [field for field in model._meta.concrete_fields if field.name not in without]


def rows_of(objects: Iterable[models.Model], fields: Sequence[models.Field[Any, Any]]) -> Iterator[list[Any]]:
    """Database values of unsaved objects, encrypted and adapted as save() would."""
    for made in objects:
        yield [field.get_db_prep_save(getattr(made, field.attname), connection) for field in fields]
