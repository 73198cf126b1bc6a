"""Reading one sheet of an XLSX file, after its container has been looked at from outside (reliability T6)."""

from __future__ import annotations

import datetime
import zipfile
from collections.abc import Iterator
from pathlib import Path

from django.utils.translation import gettext as _
from python_calamine import CalamineError, CalamineWorkbook, WorksheetNotFound

from crm_site.tables.errors import TableRefused

MAGIC = b"PK\x03\x04"
OLD_EXCEL = b"\xd0\xcf\x11\xe0"
MAX_MEMBERS = 2_000
MAX_UNPACKED = 400 * 1024 * 1024
MAX_RATIO = 250  # packed to unpacked; real sheets reach about 100
_EXACT = 10**15  # Excel keeps 15 digits of a number


def check_container(path: Path) -> None:
    """Refuse what is no workbook, or would unpack to more than a machine should hold. Nothing is unpacked here."""
    try:
        with zipfile.ZipFile(path) as archive:
            members = archive.infolist()
    except (zipfile.BadZipFile, OSError, ValueError) as error:
        raise TableRefused("table.workbook", _("The workbook is damaged. Save it again as .xlsx or as CSV.")) from error
    unpacked = sum(member.file_size for member in members)
    packed = max(1, sum(member.compress_size for member in members))
    if (
        len(members) > MAX_MEMBERS
        or unpacked > MAX_UNPACKED
        or (unpacked > 50_000_000 and unpacked > MAX_RATIO * packed)
    ):
        raise TableRefused("table.too_large", _("The workbook is too large when unpacked. Save the sheet as CSV."))
    if "[Content_Types].xml" not in {member.filename for member in members}:
        raise TableRefused(
            "table.workbook", _("This is a ZIP file but not a workbook. Unpack it and import the table.")
        )


def sheet_rows(path: Path, sheet: str | int | None) -> Iterator[tuple[int, list[str]]]:
    """(row number, cells as text) of one sheet; the first one unless named or numbered from 0."""
    check_container(path)
    try:
        book = CalamineWorkbook.from_path(str(path))
        page = book.get_sheet_by_name(sheet) if isinstance(sheet, str) else book.get_sheet_by_index(sheet or 0)
    except WorksheetNotFound as error:
        raise TableRefused("table.sheet", _("The workbook has no sheet “%(sheet)s”.") % {"sheet": sheet}) from error
    except (CalamineError, IndexError, ValueError) as error:
        raise TableRefused("table.workbook", _("The workbook is damaged. Save it again as .xlsx or as CSV.")) from error
    # calamine begins at the first used row; people count from the top of the sheet
    first = (page.start[0] if page.start else 0) + 1
    left = page.start[1] if page.start else 0
    for number, cells in enumerate(page.iter_rows(), first):
        yield number, [""] * left + [_text(cell, number) for cell in cells]


def _text(value: object, line: int) -> str:
    if isinstance(value, str):
        return value
    if isinstance(value, bool):
        return "1" if value else "0"
    if isinstance(value, int | float):
        return _number(value, line)
    if isinstance(value, datetime.datetime):
        return value.date().isoformat() if value.time() == datetime.time() else value.isoformat(sep=" ")
    return str(value)


def _number(value: float, line: int) -> str:
    """A number as it was typed: Excel keeps 15 digits, so longer ones have already lost their end."""
    if abs(value) >= _EXACT:
        raise TableRefused(
            "table.number_too_long",
            _(
                "Line %(line)s holds a number of more than 15 digits stored as a number; Excel has already changed "
                "its end. Format the column as text, fill it again and import that file."
            )
            % {"line": line},
            line=line,
        )
    if value == int(value):
        return str(int(value))
    return format(round(value, 12), ".12f").rstrip("0")
