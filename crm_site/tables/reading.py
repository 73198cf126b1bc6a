"""Reading a table row by row, as text and with line numbers, whatever its container and encoding.

Nothing is guessed about values: digits and leading zeros stay as they are, "NA" is a text like any other. Memory is
bounded by one line for text files; a workbook is held whole, below a cap.
"""

from __future__ import annotations

import csv
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple, TextIO

from django.utils.translation import gettext as _

from crm_site.tables import workbook
from crm_site.tables.encodings import detect_encoding
from crm_site.tables.errors import TableRefused
from crm_site.tables.writing import plain

__all__ = ["Row", "Table", "TableRefused", "read"]

DELIMITERS = ",;\t|"
_MAX_LINE = 1 << 20
_SNIFFED_LINES = 30
# What Excel shows of a number with twelve or more digits: the digits behind the third or so are lost in the file.
_SCIENTIFIC = re.compile(r"[+-]?\d(?:[.,]\d+)?[eE]\+(?:1[1-9]|[2-9]\d)")


class Row(NamedTuple):
    """One row: the line it begins on (1 = first of the file, or row of the sheet) and its cells."""

    line: int
    cells: list[str]


@dataclass(frozen=True, slots=True)
class Table:
    """A table that can be gone through more than once; each pass reads the file anew."""

    path: Path
    header: list[str]
    encoding: str  # "" for a workbook
    delimiter: str
    quoted: bool
    sheet: str | int | None
    header_row: int

    def __iter__(self) -> Iterator[Row]:
        """The rows below the header. A blank line is a row of one empty cell."""
        return (row for row in self._all() if row.line > self.header_row)

    def _all(self) -> Iterator[Row]:
        if not self.encoding:
            return (Row(line, cells) for line, cells in workbook.sheet_rows(self.path, self.sheet))
        return _text_rows(self.path, self.encoding, self.delimiter, self.quoted)


def read(
    path: Path,
    *,
    encoding: str | None = None,
    delimiter: str | None = None,
    quoted: bool = True,
    sheet: str | int | None = None,
    header_row: int = 1,
) -> Table:
    """Open a table. What is not given is found out: XLSX by content, encoding from the bytes, delimiter by trying.

    ``quoted=False`` takes quotation marks for ordinary characters. ``header_row`` is the line of the column names;
    0 means the file has none and columns are called "1", "2", …
    Raises TableRefused, here or while rows are read, when the file would be misread.
    """
    with path.open("rb") as handle:
        magic = handle.read(4)
    if magic == workbook.OLD_EXCEL:
        raise TableRefused("table.old_excel", _("This is an old .xls workbook. Save it as .xlsx or as CSV."))
    if magic == workbook.MAGIC:
        table = Table(path, [], "", "", False, sheet, header_row)
    else:
        codec = _known(encoding) if encoding else detect_encoding(path)
        separator = delimiter or _sniff(path, codec, header_row)
        table = Table(path, [], codec, separator, quoted, None, header_row)
    table.header.extend(_header(table))
    return table


def _known(encoding: str) -> str:
    try:
        "".encode(encoding)
    except LookupError as error:
        message = _("“%(name)s” is not an encoding this system knows. Try utf-8, gb18030, big5 or utf-16.")
        raise TableRefused("table.encoding", message % {"name": encoding}) from error
    return "utf-8-sig" if encoding.lower() in {"utf-8", "utf8"} else encoding


def _header(table: Table) -> list[str]:
    for row in table._all():
        if table.header_row == 0:
            return [str(number) for number in range(1, len(row.cells) + 1)]
        if row.line >= table.header_row:
            return [cell.strip().lstrip("\ufeff") for cell in row.cells]
    raise TableRefused("table.empty", _("The file is empty. Choose the file that holds the table."))


# --- text -------------------------------------------------------------------------------------------------------
class _Lines:
    """Physical lines of a text, counted and looked at on their way; ``suspect``: one may hold a shortened number."""

    def __init__(self, stream: TextIO) -> None:
        self._stream = stream
        self.count = 0
        self.suspect = False
        self.apostrophe = False

    def __iter__(self) -> _Lines:
        return self

    def __next__(self) -> str:
        line = self._stream.readline(_MAX_LINE)
        if not line:
            raise StopIteration
        self.count += 1
        if "\0" in line:
            message = _("Line %(line)s holds a NUL character. Export the file again as plain text.") % {
                "line": self.count
            }
            raise TableRefused("table.nul", message, line=self.count)
        if len(line) == _MAX_LINE:
            message = _("Line %(line)s is longer than a million characters; this is not a table.") % {
                "line": self.count
            }
            raise TableRefused("table.line_too_long", message, line=self.count)
        if "E+" in line or "e+" in line:
            self.suspect = True
        if "'" in line:
            self.apostrophe = True
        return line


def _text_rows(path: Path, encoding: str, delimiter: str, quoted: bool) -> Iterator[Row]:
    with path.open(encoding=encoding, newline="") as stream:
        lines = _Lines(stream)
        reader = csv.reader(
            lines, delimiter=delimiter, strict=True, quoting=csv.QUOTE_MINIMAL if quoted else csv.QUOTE_NONE
        )
        start = 1
        try:
            for cells in reader:
                if lines.suspect:
                    _refuse_scientific(cells, start)
                if lines.apostrophe:
                    cells = [plain(cell) for cell in cells]
                lines.suspect = lines.apostrophe = False
                yield Row(start, cells or [""])
                start = lines.count + 1
        except csv.Error as error:
            message = _("Line %(line)s cannot be read: %(reason)s. Check the quotation marks around that row.")
            raise TableRefused("table.quoting", message % {"line": start, "reason": error}, line=start) from error
        except UnicodeError as error:
            message = _("After line %(line)s the file is no longer %(encoding)s. Save it as UTF-8.")
            raise TableRefused("table.encoding", message % {"line": start, "encoding": encoding}, line=start) from error


def _refuse_scientific(cells: list[str], line: int) -> None:
    for number, cell in enumerate(cells, 1):
        if _SCIENTIFIC.fullmatch(cell.strip()):
            message = _(
                "Line %(line)s, column %(column)s holds %(value)s: a long number that a spreadsheet has shortened, "
                "its last digits are lost. Format the column as text in the source, export again and import that file."
            ) % {"line": line, "column": number, "value": cell.strip()}
            raise TableRefused("table.scientific", message, line=line)


def _sniff(path: Path, encoding: str, header_row: int) -> str:
    """The delimiter that cuts the first lines into the same number of columns, and the most of them."""
    best, best_score = ",", (0.0, 1)
    for candidate in DELIMITERS:
        widths = _widths(path, encoding, candidate, header_row)
        if widths and widths[0] > 1:
            score = (widths.count(widths[0]) / len(widths), widths[0])
            if score > best_score:
                best, best_score = candidate, score
    return best


def _widths(path: Path, encoding: str, delimiter: str, header_row: int) -> list[int]:
    with path.open(encoding=encoding, newline="", errors="replace") as stream:
        found: list[int] = []
        reader = csv.reader(iter(lambda: stream.readline(_MAX_LINE), ""), delimiter=delimiter)
        try:
            for cells in reader:
                if cells and reader.line_num >= header_row:
                    found.append(len(cells))
                if len(found) >= _SNIFFED_LINES:
                    break
        except csv.Error:
            pass  # this delimiter does not fit; what was read before still speaks
        return found
