"""Re-sealing every encrypted column with the current key, in batches that can be stopped anywhere and started again.

Both keys are in the ring meanwhile, so everything stays readable. A value somebody changes between our reading and our
writing is left alone: it was sealed anew by that change, or the next run finds it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass

from django.apps import apps
from django.db import connection, transaction

from crm_site import encryption
from crm_site.encryption import EncryptedTextField

BATCH = 500
Key = int | str


@dataclass(frozen=True, slots=True)
class Column:
    """One encrypted column: its table, key and name in the database, and its place in the seal."""

    table: str
    key: str
    name: str
    place: str


def columns() -> Iterator[Column]:
    """Every encrypted column of every model."""
    for model in apps.get_models():
        if not model._meta.managed or model._meta.proxy:
            continue
        for field in model._meta.local_concrete_fields:
            if isinstance(field, EncryptedTextField):
                key = model._meta.pk.column
                yield Column(model._meta.db_table, str(key), str(field.column), field.place)


def left(column: Column) -> int:
    """How many values of a column are sealed with another key than the current one."""
    quote = connection.ops.quote_name
    with connection.cursor() as cursor:
        cursor.execute(
            f"SELECT count(*) FROM {quote(column.table)} WHERE {_stale(column)}",  # noqa: S608 - our own names
            [_current()],
        )
        return int(cursor.fetchone()[0])


def reseal(column: Column, *, progress: Callable[[int], None] = lambda _done: None) -> int:
    """Seal what is left of a column with the current key; returns how many values.

    Each batch is one transaction. Raises CannotDecrypt, naming the place, when a value does not open.
    """
    done = 0
    last: Key | None = None
    while True:
        rows = _batch(column, last)
        if not rows:
            return done
        with transaction.atomic():
            done += sum(_swap(column, key, stored) for key, stored in rows)
        last = rows[-1][0]
        progress(done)


def _current() -> str:
    return f"v1:{encryption.current_key_id()}:%"


def _stale(column: Column) -> str:
    name = connection.ops.quote_name(column.name)
    return f"{name} IS NOT NULL AND {name} <> '' AND {name} NOT LIKE %s"


def _batch(column: Column, last: Key | None) -> list[tuple[Key, str]]:
    quote = connection.ops.quote_name
    after = f" AND {quote(column.key)} > %s" if last is not None else ""
    query = (
        f"SELECT {quote(column.key)}, {quote(column.name)} FROM {quote(column.table)} "  # noqa: S608 - our own names
        f"WHERE {_stale(column)}{after} ORDER BY {quote(column.key)} LIMIT {BATCH}"
    )
    with connection.cursor() as cursor:
        cursor.execute(query, [_current()] if last is None else [_current(), last])
        return [(key, str(stored)) for key, stored in cursor.fetchall()]


def _swap(column: Column, key: Key, stored: str) -> int:
    """Replace exactly the value that was read; 0 when somebody was faster."""
    quote = connection.ops.quote_name
    sealed = encryption.encrypt(encryption.decrypt(stored, place=column.place), place=column.place)
    query = (
        f"UPDATE {quote(column.table)} SET {quote(column.name)} = %s "  # noqa: S608 - our own names
        f"WHERE {quote(column.key)} = %s AND {quote(column.name)} = %s"
    )
    with connection.cursor() as cursor:
        cursor.execute(query, [sealed, key, stored])
        return int(cursor.rowcount)
