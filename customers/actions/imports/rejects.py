"""The file of refused rows: what was wrong, beside the row as it came, to be mended and imported again.

It holds the bank's own values unmasked, because nobody can mend a masked number; so it is readable by the account that
runs the system only, and lies in CRMIS_HOME/files/imports.
"""

from __future__ import annotations

import os
from pathlib import Path
from types import TracebackType
from typing import TextIO

from crm_site.env import home
from crm_site.tables import Cell, csv_lines

OWN_COLUMNS = ("line", "column", "value", "reason")


def folder() -> Path:
    """Where error files are kept, made when missing."""
    path = home() / "files" / "imports"
    path.mkdir(parents=True, exist_ok=True, mode=0o700)
    return path


class Rejects:
    """Writes the file from the first refused row on; without any there is no file."""

    def __init__(self, name: str, header: list[str]) -> None:
        self._path = folder() / name
        self._header = header
        self._handle: TextIO | None = None
        self._path.unlink(missing_ok=True)

    def __enter__(self) -> Rejects:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._handle:
            self._handle.close()

    @property
    def path(self) -> str:
        """Where the file is, "" when nothing was refused."""
        return str(self._path) if self._handle else ""

    def add(self, line: int, column: str, value: str, reason: str, cells: list[str]) -> None:
        """One refused row with its reason."""
        if self._handle is None:
            descriptor = os.open(self._path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
            self._handle = os.fdopen(descriptor, "w", encoding="utf-8-sig", newline="")
            self._handle.writelines(csv_lines([*OWN_COLUMNS, *self._header], []))
        row: list[Cell] = [line, column, value, reason, *cells]
        _header, body = csv_lines([], [row])
        self._handle.write(body)

    def flush(self) -> None:
        """What was added so far survives a kill."""
        if self._handle:
            self._handle.flush()
