"""The statutory calendar the product is born with: State Council notices for 2007–2026, the legal minimum for 2027.

The files beside this one hold facts only. A migration loads them into CalendarYear and CalendarDay, where supervisors
keep them from then on; nothing reads these files afterwards.
"""

from __future__ import annotations

import csv
import datetime as dt
from dataclasses import dataclass
from pathlib import Path

from crm_site.workdays import Calendar, DayException

_FOLDER = Path(__file__).parent / "data"


@dataclass(frozen=True, slots=True)
class SeedYear:
    """A year, whether it rests on an official notice, and where that notice can be read."""

    year: int
    official: bool
    notice: str


@dataclass(frozen=True, slots=True)
class SeedDay:
    """An exception to Monday–Friday: kind HOLIDAY or MAKEUP, source OFFICIAL or PACKAGE (a provisional guess)."""

    date: dt.date
    is_working: bool
    kind: str
    name: str
    source: str


@dataclass(frozen=True, slots=True)
class Seed:
    """Both files, in date order."""

    years: tuple[SeedYear, ...]
    days: tuple[SeedDay, ...]

    def calendar(self) -> Calendar:
        """The calendar these facts make."""
        days = {day.date: DayException(day.is_working, day.name, day.kind) for day in self.days}
        return Calendar(days, [year.year for year in self.years if year.official])


def _rows(name: str) -> list[dict[str, str]]:
    with (_FOLDER / name).open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def read_seed() -> Seed:
    """The calendar of mainland China as the product ships it."""
    years = tuple(
        SeedYear(int(row["year"]), row["official"] == "1", row["notice"]) for row in _rows("calendar_years_cn.csv")
    )
    days = tuple(
        SeedDay(dt.date.fromisoformat(row["date"]), row["is_working"] == "1", row["kind"], row["name"], row["source"])
        for row in _rows("workdays_cn.csv")
    )
    return Seed(years, days)
