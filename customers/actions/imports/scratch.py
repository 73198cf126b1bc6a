"""What an import must remember of the rows it has read, on disk beyond a small cache, so that memory stays bounded.

A private temporary SQLite database: no name, readable by this process only, gone when closed.
"""

from __future__ import annotations

import hashlib
import json
import sqlite3
from collections.abc import Sequence
from types import TracebackType


def digest(text: str) -> bytes:
    """16 bytes standing for a text; two different texts will not share them by accident."""
    return hashlib.blake2b(text.encode(), digest_size=16).digest()


class Scratch:
    """Keys seen in this file, how often a content occurred, and the rows of joined files."""

    def __init__(self) -> None:
        self._number = 0
        self._db = sqlite3.connect("", isolation_level=None)
        self._db.executescript(
            """
            PRAGMA journal_mode = OFF; PRAGMA synchronous = OFF; PRAGMA cache_size = -32768;
            CREATE TABLE seen (key BLOB PRIMARY KEY, content BLOB, number INTEGER) WITHOUT ROWID;
            CREATE TABLE times (key BLOB PRIMARY KEY, n INTEGER) WITHOUT ROWID;
            CREATE TABLE joined (name TEXT, key TEXT, cells TEXT, PRIMARY KEY (name, key)) WITHOUT ROWID;
            BEGIN;
            """
        )

    def __enter__(self) -> Scratch:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._db.close()

    def seen(self, space: str, pairs: Sequence[tuple[str, str]]) -> list[bool | None]:
        """For each (key, content): None the first time, later whether the content is the one of the first time."""
        start, self._number = self._number, self._number + len(pairs)
        rows = [
            (digest(f"{space}\x1f{key}"), digest(content), number) for number, (key, content) in enumerate(pairs, start)
        ]
        before = self._db.total_changes
        self._db.executemany("INSERT OR IGNORE INTO seen VALUES (?, ?, ?)", rows)
        if self._db.total_changes - before == len(rows):
            return [None] * len(rows)
        return [self._repeated(*row) for row in rows]

    def _repeated(self, key: bytes, content: bytes, number: int) -> bool | None:
        first = self._db.execute("SELECT content, number FROM seen WHERE key = ?", (key,)).fetchone()
        return None if first[1] == number else bool(first[0] == content)

    def occurrence(self, text: str) -> int:
        """1 for the first time this content is met in the file, 2 for the second …"""
        statement = "INSERT INTO times VALUES (?, 1) ON CONFLICT (key) DO UPDATE SET n = n + 1 RETURNING n"
        return int(self._db.execute(statement, (digest(text),)).fetchone()[0])

    def keep_joined(self, name: str, key: tuple[str, ...], cells: list[str]) -> bool:
        """Keep a row of a joined file; False when its key is there already."""
        values = (name, json.dumps(key), json.dumps(cells))
        return bool(self._db.execute("INSERT OR IGNORE INTO joined VALUES (?, ?, ?)", values).rowcount)

    def joined(self, name: str, key: tuple[str, ...]) -> list[str] | None:
        """The kept row, or None."""
        found = self._db.execute("SELECT cells FROM joined WHERE name = ? AND key = ?", (name, json.dumps(key)))
        row = found.fetchone()
        return list(json.loads(row[0])) if row else None
