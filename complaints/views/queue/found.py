"""Rows by the keys of a question that is answered first, by itself."""

from __future__ import annotations

from typing import Any

from django.db.models import BooleanField, F, Func, QuerySet, Subquery


class _Keys(Subquery):
    """The keys: an array on PostgreSQL."""

    def as_postgresql(self, compiler: Any, connection: Any, **extra: Any) -> tuple[str, Any]:
        return self.as_sql(compiler, connection, template="ARRAY(%(subquery)s)", **extra)


class FoundBy(Func):
    """Whether a column holds one of the few keys that ``rows`` gives.

    PostgreSQL would join the two, and at a million complaints walk every leading promise to find a page of them; an
    array it finds first and then looks up key by key.
    """

    output_field = BooleanField()
    template = "%(expressions)s"
    arg_joiner = " IN "

    def __init__(self, column: str, rows: QuerySet[Any, Any]) -> None:
        super().__init__(F(column), _Keys(rows))

    def as_postgresql(self, compiler: Any, connection: Any, **extra: Any) -> tuple[str, Any]:
        return self.as_sql(compiler, connection, template="%(expressions)s)", arg_joiner=" = ANY(", **extra)
