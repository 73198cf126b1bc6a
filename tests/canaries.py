"""Looking for marked values: in what is logged and in what is stored."""

from __future__ import annotations

import io
import json
import logging
from collections.abc import Iterable, Iterator

import pytest
from django.db import connection

from crm_site import logs


@pytest.fixture
def said() -> Iterator[io.StringIO]:
    """Everything the programme logs, at its most talkative, through the one handler it has."""
    configured = logs.configuration("DEBUG")["formatters"]["json"]
    formatter = configured["()"](**{key: value for key, value in configured.items() if key != "()"})
    handler = logging.StreamHandler(stream := io.StringIO())
    handler.setFormatter(formatter)
    root = logging.getLogger()
    before = root.level
    root.addHandler(handler)
    root.setLevel(logging.DEBUG)
    logging.getLogger("factory").setLevel(logging.WARNING)  # the tests' own, not the programme's
    yield stream
    root.removeHandler(handler)
    root.setLevel(before)


def logged(stream: io.StringIO) -> str:
    """What was logged, with the characters that JSON escapes."""
    return "\n".join(json.dumps(json.loads(line), ensure_ascii=False) for line in stream.getvalue().splitlines())


def found_in(text: str, canaries: Iterable[str]) -> list[str]:
    """Canaries that stand in this text."""
    return [canary for canary in canaries if canary in text]


def cells() -> Iterator[tuple[str, str]]:
    """Every column of every table with everything that stands in it, as text."""
    with connection.cursor() as cursor:
        for table in connection.introspection.table_names(cursor):
            cursor.execute(f'SELECT * FROM "{table}"')  # noqa: S608 - a table's own name
            names = [column[0] for column in cursor.description]
            for row in cursor.fetchall():
                yield from ((f"{table}.{name}", _text(value)) for name, value in zip(names, row, strict=True))


def _text(value: object) -> str:
    if isinstance(value, bytes | memoryview):
        return bytes(value).decode("utf-8", "replace")
    return json.dumps(value, ensure_ascii=False, default=str)
