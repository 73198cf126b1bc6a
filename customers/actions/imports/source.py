"""A file seen through its profile: rows with their joined and computed columns, or the reason why a row has none."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

from django.utils.translation import gettext as _

from crm_site.tables import Row, Table, TableRefused, read
from customers.actions.imports.expressions import Function, ProfileInvalid, compile_expression
from customers.actions.imports.profile import Join, Profile
from customers.actions.imports.rejects import OWN_COLUMNS
from customers.actions.imports.scratch import Scratch, digest


class Flaw(NamedTuple):
    """Why a row is refused: the column it is about, the value there, a sentence."""

    column: str
    value: str
    reason: str


class SourceRow(NamedTuple):
    """One row: its line in the bank's file, the cells as they came, all cells, and the flaw if it has one already."""

    line: int
    came: list[str]
    cells: list[str]
    flaw: Flaw | None = None


def file_hash(path: Path) -> str:
    """SHA-256 of a file, in hex."""
    with path.open("rb") as handle:
        return hashlib.file_digest(handle, "sha256").hexdigest()


class Source:
    """The table behind a profile. A file of refused rows that was mended is known by its first columns."""

    def __init__(self, path: Path, profile: Profile, scratch: Scratch, *, beside: Path | None = None) -> None:
        self._profile, self._scratch = profile, scratch
        self._table, self.mended = _open(path, profile)
        self.header = self._table.header[len(OWN_COLUMNS) :] if self.mended else self._table.header
        self._columns = {name: place for place, name in enumerate(self.header)}
        if len(self._columns) != len(self.header):
            twice = sorted({name for name in self.header if self.header.count(name) > 1})
            message = _("Two columns are called %(names)s. Rename one of them.")
            raise TableRefused("import.header", message % {"names": ", ".join(twice)}, line=profile.header_row)
        self._joins = [_Joined(join, beside or path.parent, self._columns, scratch) for join in profile.joins]
        self._computed: list[tuple[str, Function]] = []
        for name, expression in profile.computed.items():
            if name in self._columns:
                raise ProfileInvalid(f"computed.{name}", _("The table has a column of this name already."))
            self._computed.append((name, compile_expression(expression, self._columns, f"computed.{name}")))
            self._columns[name] = len(self._columns)
        self._key = [self.place(name, "key") for name in profile.key]

    def place(self, name: str, where: str) -> int:
        """Where the cells of a column are. Raises ProfileInvalid when the table has none of this name."""
        if name not in self._columns:
            known = ", ".join(self._columns)
            message = _("The table has no column “%(name)s”; it has %(known)s.") % {"name": name, "known": known}
            raise ProfileInvalid(where, message)
        return self._columns[name]

    def expression(self, source: object, where: str) -> Function:
        """The function of an expression over all columns."""
        return compile_expression(source, self._columns, where)

    def count(self) -> int:
        """Go through the whole file once, so that one that cannot be read is refused before anything is written."""
        return sum(1 for row in self._table if _filled(row))

    def content_key(self, row: SourceRow) -> str:
        """A number for a row that has none: its content and how many-th of this content it is in the file."""
        content = "\x1f".join(row.cells[place] for place in self._key)
        times = self._scratch.occurrence(content)
        return digest(content).hex() + (f"-{times}" if times > 1 else "")

    def __iter__(self) -> Iterator[SourceRow]:
        for row in self._table:
            if _filled(row):
                yield self._complete(row)

    def _complete(self, row: Row) -> SourceRow:
        line, came = row.line, row.cells
        if self.mended:
            line, came = int(came[0]) if came[0].isdecimal() else line, came[len(OWN_COLUMNS) :]
        if len(came) != len(self.header):
            reason = _("The row has %(found)s columns, the header %(wanted)s.")
            flaw = Flaw("", "", reason % {"found": len(came), "wanted": len(self.header)})
            return SourceRow(line, came, came, flaw)
        cells = list(came)
        for joined in self._joins:
            found = joined.of(cells)
            if found is None:
                reason = _("%(file)s has no row for this one.") % {"file": joined.file}
                return SourceRow(line, came, cells, Flaw(joined.column, cells[self._columns[joined.column]], reason))
            cells += found
        for name, function in self._computed:
            try:
                cells.append(str(function(cells, line)))
            except ValueError as error:
                return SourceRow(line, came, cells, Flaw(name, "", str(error)))
        return SourceRow(line, came, cells)


def _filled(row: Row) -> bool:
    # the first cell nearly always answers for the row
    return bool(row.cells[0].strip()) or any(cell.strip() for cell in row.cells)


def _open(path: Path, profile: Profile) -> tuple[Table, bool]:
    """The table, and whether it is one of our own files of refused rows."""
    try:
        own = read(path)
    except TableRefused:
        pass  # not in a form of ours; the profile knows more about it
    else:
        if tuple(own.header[: len(OWN_COLUMNS)]) == OWN_COLUMNS:
            return own, True
    table = read(
        path,
        encoding=profile.encoding or None,
        delimiter=profile.delimiter or None,
        quoted=profile.quoted,
        sheet=profile.sheet,
        header_row=profile.header_row,
    )
    return table, False


class _Joined:
    """A second file, its wanted rows kept by key."""

    def __init__(self, join: Join, folder: Path, columns: dict[str, int], scratch: Scratch) -> None:
        self._join, self._scratch, self.file = join, scratch, join.file
        self._key: list[int] = []
        for name in join.on:
            if name not in columns:
                raise ProfileInvalid(f"joins.{join.name}.on", _("The table has no column “%(name)s”.") % {"name": name})
            self._key.append(columns[name])
        self.column = next(iter(join.on))
        for name in join.take:
            columns[f"{join.name}.{name}"] = len(columns)
        self._load(folder / join.file)

    def _load(self, path: Path) -> None:
        join = self._join
        if not path.is_file():
            message = _("The joined file %(file)s is not beside the table.")
            raise TableRefused("import.join", message % {"file": join.file})
        table = read(path, encoding=join.encoding or None, delimiter=join.delimiter or None)
        missing = {*join.on.values(), *join.where, *join.take} - set(table.header)
        if missing:
            message = _("%(file)s has no column %(names)s.") % {"file": join.file, "names": ", ".join(sorted(missing))}
            raise TableRefused("import.join", message)
        place = {name: number for number, name in enumerate(table.header)}
        for row in table:
            if len(row.cells) != len(table.header) or any(row.cells[place[c]] != v for c, v in join.where.items()):
                continue
            key = tuple(row.cells[place[column]] for column in join.on.values())
            if not self._scratch.keep_joined(join.name, key, [row.cells[place[column]] for column in join.take]):
                message = _("%(file)s has two rows for %(key)s; narrow them down with “where”.")
                values = {"file": join.file, "key": ", ".join(key)}
                raise TableRefused("import.join", message % values, line=row.line)

    def of(self, cells: list[str]) -> list[str] | None:
        """The joined cells of a row: empty ones when there are none, None when they are required."""
        found = self._scratch.joined(self._join.name, tuple(cells[place] for place in self._key))
        if found is None and not self._join.required:
            return [""] * len(self._join.take)
        return found
