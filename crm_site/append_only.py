"""Triggers that refuse to change or remove what the visitors' book holds, on both databases.

They are made by a migration. A later migration that alters one of these tables on SQLite (which rebuilds tables, and
loses triggers with them) calls ``install`` again at its end; verify_audit says so when one is missing. A superuser of
the database can drop a trigger: they make tampering visible work, the hash chain makes it visible.
"""

from __future__ import annotations

from collections.abc import Iterable

from django.apps import apps
from django.db.backends.base.base import BaseDatabaseWrapper

TABLES = ("crm_site_auditevent", "crm_site_accessrecord", "crm_site_accessseal")
_PREFIX = "append_only"

_POSTGRES_FUNCTION = """
CREATE OR REPLACE FUNCTION append_only_refuse() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION '% is append-only', TG_TABLE_NAME USING ERRCODE = 'restrict_violation';
END $$
"""


def every_table() -> tuple[str, ...]:
    """The visitors' book, and the table of every model that says ``APPEND_ONLY = True`` of itself."""
    own = [model._meta.db_table for model in apps.get_models() if getattr(model, "APPEND_ONLY", False)]
    return (*TABLES, *own)


def trigger_names(table: str, vendor: str) -> set[str]:
    """The triggers a table must carry."""
    kinds = ("row", "truncate") if vendor == "postgresql" else ("update", "delete")
    return {f"{_PREFIX}_{kind}_{table}" for kind in kinds}


def install(connection: BaseDatabaseWrapper, tables: Iterable[str] = TABLES) -> None:
    """Make the triggers, in place of any that are there. A migration names the tables that exist by then."""
    tables = tuple(tables)
    remove(connection, tables)
    with connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            cursor.execute(_POSTGRES_FUNCTION)
        for table in tables:
            for statement in _statements(table, connection.vendor):
                cursor.execute(statement)


def _statements(table: str, vendor: str) -> list[str]:
    if vendor == "postgresql":
        return [
            f"CREATE TRIGGER {_PREFIX}_row_{table} BEFORE UPDATE OR DELETE ON {table} "
            "FOR EACH ROW EXECUTE FUNCTION append_only_refuse()",
            f"CREATE TRIGGER {_PREFIX}_truncate_{table} BEFORE TRUNCATE ON {table} "
            "FOR EACH STATEMENT EXECUTE FUNCTION append_only_refuse()",
        ]
    return [
        f"CREATE TRIGGER {_PREFIX}_{kind}_{table} BEFORE {kind.upper()} ON {table} "
        f"BEGIN SELECT RAISE(ABORT, '{table} is append-only'); END"
        for kind in ("update", "delete")
    ]


def remove(connection: BaseDatabaseWrapper, tables: Iterable[str] = TABLES) -> None:
    """Take the triggers away: for undoing the migration, and for a test database between two tests."""
    with connection.cursor() as cursor:
        for table in tables:
            for name in trigger_names(table, connection.vendor):
                place = f" ON {table}" if connection.vendor == "postgresql" else ""
                cursor.execute(f"DROP TRIGGER IF EXISTS {name}{place}")


def missing(connection: BaseDatabaseWrapper) -> list[str]:
    """Names of triggers that should be there and are not, or that PostgreSQL has been told to ignore."""
    query = "SELECT name FROM sqlite_master WHERE type = 'trigger'"
    if connection.vendor == "postgresql":
        query = "SELECT tgname FROM pg_trigger WHERE NOT tgisinternal AND tgenabled IN ('O', 'A')"
    with connection.cursor() as cursor:
        cursor.execute(query)
        there = {str(row[0])[:63] for row in cursor.fetchall()}
    wanted = {name[:63] for table in every_table() for name in trigger_names(table, connection.vendor)}
    return sorted(wanted - there)
