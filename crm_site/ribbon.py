"""The working-day ribbon: which days count towards a deadline, with past days and runs of days off folded together."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Literal

Kind = Literal["past", "off", "day"]


@dataclass(frozen=True, slots=True)
class Cell:
    """One box of the ribbon. ``first``–``last`` are the days it stands for, ``n`` the working-day number it ends on
    (for a past box: how many working days are used), ``length`` the calendar days folded into it."""

    kind: Kind
    first: dt.date
    last: dt.date
    n: int = 0
    length: int = 1
    due: bool = False
    now: bool = False
    done: bool = False
    makeup: bool = False
    holiday: bool = False


def _date(value: object) -> dt.date:
    return value if isinstance(value, dt.date) else dt.date.fromisoformat(str(value)[:10])


def _cell(day: Mapping[str, object], today: dt.date) -> Cell:
    date = _date(day["date"])
    kind = str(day.get("kind", "work"))
    off = kind in {"off", "holiday", "weekend"}
    number = day.get("n") or 0
    return Cell(
        kind="off" if off else "day",
        first=date,
        last=date,
        n=number if isinstance(number, int) and not off else 0,
        due=bool(day.get("due")),
        now=bool(day.get("now", date == today)),
        done=bool(day.get("done", date < today)) and not off,
        makeup=kind == "makeup",
        holiday=kind == "holiday",
    )


def _join(cells: list[Cell], kind: Kind) -> Cell:
    return Cell(
        kind=kind,
        first=cells[0].first,
        last=cells[-1].last,
        n=max(cell.n for cell in cells),
        length=len(cells),
        holiday=any(cell.holiday for cell in cells),
    )


def fold(days: Iterable[Mapping[str, object]], *, today: dt.date) -> list[Cell]:
    """Cells of a ribbon from one mapping a calendar day: date, n, kind (work, makeup, off, holiday), due, now, done.

    Two or more days before today become one box; consecutive days off become one box; the due day always stands alone.
    """
    cells = [_cell(day, today) for day in days]
    past = [cell for cell in cells if cell.first < today and not cell.due]
    folded: list[Cell] = []
    if len(past) > 1:
        folded.append(_join(past, "past"))
        cells = [cell for cell in cells if cell.first >= today or cell.due]
    run: list[Cell] = []
    for cell in cells:
        if cell.kind == "off" and not cell.due:
            run.append(cell)
            continue
        if run:
            folded.append(_join(run, "off"))
            run = []
        folded.append(cell)
    if run:
        folded.append(_join(run, "off"))
    return folded
