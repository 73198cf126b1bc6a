"""Writing tables that Excel opens without running them, and that come back through our own reader unchanged.

Text that a spreadsheet would take for a formula gets a leading apostrophe (reliability T5); numbers stay numbers.
"""

from __future__ import annotations

import csv
import datetime
import io
from collections.abc import Iterable, Iterator, Sequence
from decimal import Decimal
from pathlib import Path

import xlsxwriter

Cell = str | int | float | Decimal | datetime.date | datetime.datetime | bool | None

TRIGGERS = "=+-@\t\r\n\0＝＋－＠"
XLSX_ROWS = 1_048_576
_EXACT_DIGITS = 15  # beyond these a spreadsheet silently changes a number


def neutral(text: str) -> str:
    """Text as it may stand in a cell: with an apostrophe before what would start a formula."""
    return f"'{text}" if text and text[0] in TRIGGERS else text


def plain(text: str) -> str:
    """The text behind ``neutral``."""
    return text[1:] if len(text) > 1 and text[0] == "'" and text[1] in TRIGGERS else text


def _csv_cell(value: Cell) -> str:
    if value is None:
        return ""
    if isinstance(value, str):
        return neutral(value)
    if isinstance(value, Decimal):
        return format(value, "f")
    if isinstance(value, datetime.datetime):
        return value.isoformat(sep=" ", timespec="seconds")
    return str(value)


def csv_lines(header: Sequence[str], rows: Iterable[Sequence[Cell]], *, delimiter: str = ",") -> Iterator[str]:
    """Lines of an RFC 4180 table, the header first; for files, and for answers that stream."""
    buffer = io.StringIO(newline="")
    writer = csv.writer(buffer, delimiter=delimiter, lineterminator="\r\n")
    writer.writerow([neutral(name) for name in header])
    yield buffer.getvalue()
    for row in rows:
        buffer.seek(0)
        buffer.truncate()
        writer.writerow([_csv_cell(value) for value in row])
        yield buffer.getvalue()


def write_csv(path: Path, header: Sequence[str], rows: Iterable[Sequence[Cell]], *, delimiter: str = ",") -> int:
    """Write a UTF-8 file with a byte-order mark, which Excel needs to see Chinese; returns the number of rows."""
    count = -1
    with path.open("w", encoding="utf-8-sig", newline="") as handle:
        for line in csv_lines(header, rows, delimiter=delimiter):
            handle.write(line)
            count += 1
    return count


def write_xlsx(path: Path, header: Sequence[str], rows: Iterable[Sequence[Cell]], *, sheet: str = "CRMIS") -> int:
    """Write one sheet; returns the number of rows. No text becomes a formula or a link.

    Raises ValueError when the rows do not fit a sheet: use CSV then.
    """
    options = {
        "constant_memory": True,
        "strings_to_formulas": False,
        "strings_to_urls": False,
        "strings_to_numbers": False,
    }
    count = 0
    with xlsxwriter.Workbook(str(path), options) as book:
        page = book.add_worksheet(sheet[:31])
        bold = book.add_format({"bold": True})
        formats: dict[type, object] = {
            datetime.datetime: book.add_format({"num_format": "yyyy-mm-dd hh:mm:ss"}),
            datetime.date: book.add_format({"num_format": "yyyy-mm-dd"}),
        }
        page.freeze_panes(1, 0)
        for column, name in enumerate(header):
            page.write_string(0, column, neutral(name), bold)
        for row in rows:
            count += 1
            if count >= XLSX_ROWS:
                raise ValueError(f"An XLSX sheet holds {XLSX_ROWS - 1} rows; write CSV instead.")
            for column, value in enumerate(row):
                _write_cell(page, count, column, value, formats)
    return count


def _write_cell(page: object, row: int, column: int, value: Cell, formats: dict[type, object]) -> None:
    sheet: xlsxwriter.worksheet.Worksheet = page
    if value is None or value == "":
        return
    if isinstance(value, bool):
        sheet.write_boolean(row, column, value)
    elif isinstance(value, str):
        sheet.write_string(row, column, neutral(value))
    elif isinstance(value, datetime.date):
        naive = value.replace(tzinfo=None) if isinstance(value, datetime.datetime) else value
        kind = datetime.datetime if isinstance(value, datetime.datetime) else datetime.date
        sheet.write_datetime(row, column, naive, formats[kind])
    elif len(Decimal(str(value)).as_tuple().digits) > _EXACT_DIGITS:
        sheet.write_string(row, column, str(value))
    else:
        sheet.write_number(row, column, value)
