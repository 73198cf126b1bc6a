"""Counting working days: weekends that work, weekdays that rest, years nobody has announced yet."""

from __future__ import annotations

import datetime as dt
import json
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from crm_site.calendar_seed import read_seed
from crm_site.workdays import Calendar, DayException, DayKind

SEED = read_seed()
CALENDAR = SEED.calendar()
DAY = dt.timedelta(days=1)


def date(text: str) -> dt.date:
    return dt.date.fromisoformat(text)


def slow_count(calendar: Calendar, day: dt.date, n: int) -> dt.date:
    """Day after day by the exceptions alone, as somebody would with a wall calendar."""
    while n:
        day += DAY
        exception = calendar.exceptions.get(day)
        n -= day.weekday() < 5 if exception is None else exception.is_working
    return day


@pytest.mark.parametrize(("year", "days"), [(2024, 251), (2025, 248), (2026, 248)])
def test_a_year_has_the_announced_number_of_working_days(year: int, days: int) -> None:
    assert CALENDAR.between(dt.date(year - 1, 12, 31), dt.date(year, 12, 31)) == days


# received, +5 and +10 working days; then what plain weekdays and calendars without make-up days would say
VECTORS = [
    ("2025-01-24", "2025-02-07", "2025-02-13", "2025-01-31", "2025-02-10"),
    ("2025-01-26", "2025-02-08", "2025-02-14", "2025-01-31", "2025-02-10"),
    ("2025-04-25", "2025-05-06", "2025-05-13", "2025-05-02", "2025-05-07"),
    ("2025-09-26", "2025-10-10", "2025-10-16", "2025-10-03", "2025-10-13"),
    ("2025-09-30", "2025-10-14", "2025-10-21", "2025-10-07", "2025-10-15"),
    ("2026-02-13", "2026-02-27", "2026-03-05", "2026-02-20", "2026-03-02"),
    ("2026-02-14", "2026-02-28", "2026-03-06", "2026-02-20", "2026-03-02"),
    ("2026-04-30", "2026-05-11", "2026-05-18", "2026-05-07", "2026-05-12"),
    ("2026-09-18", "2026-09-24", "2026-10-09", "2026-09-25", "2026-09-28"),
    ("2026-09-30", "2026-10-13", "2026-10-20", "2026-10-07", "2026-10-14"),
]


@pytest.mark.parametrize(("received", "five", "ten", "weekdays", "no_makeup"), VECTORS)
def test_make_up_days_and_holidays_both_move_the_fifth_and_the_tenth_day(
    received: str, five: str, ten: str, weekdays: str, no_makeup: str
) -> None:
    assert CALENDAR.add(date(received), 5) == date(five)
    assert CALENDAR.add(date(received), 10) == date(ten)
    assert Calendar({}).add(date(received), 5) == date(weekdays) != date(five)
    holidays = {day: what for day, what in CALENDAR.exceptions.items() if not what.is_working}
    assert Calendar(holidays).add(date(received), 5) == date(no_makeup) != date(five)


@pytest.mark.parametrize(
    ("day", "working", "kind", "name"),
    [
        ("2025-09-26", True, DayKind.WORKDAY, ""),
        ("2025-09-27", False, DayKind.WEEKEND, ""),
        ("2025-09-28", True, DayKind.MAKEUP, "国庆节、中秋节调休"),
        ("2025-10-01", False, DayKind.HOLIDAY, "国庆节、中秋节"),
        ("2025-10-04", False, DayKind.HOLIDAY, "国庆节、中秋节"),
        ("2025-03-08", False, DayKind.WEEKEND, ""),
        ("2026-05-04", False, DayKind.HOLIDAY, "劳动节"),
        ("2031-05-05", True, DayKind.WORKDAY, ""),
    ],
)
def test_a_day_is_described_by_kind_and_name(day: str, working: bool, kind: DayKind, name: str) -> None:
    assert CALENDAR.describe(date(day)) == (date(day), working, kind, name)


def test_half_day_holidays_are_ordinary_working_days() -> None:
    assert CALENDAR.is_working(date("2024-03-08"))
    assert CALENDAR.is_working(date("2023-05-04"))


def test_a_span_lists_every_day_once_and_is_empty_backwards() -> None:
    days = CALENDAR.span(date("2025-09-26"), date("2025-10-10"))
    assert [day.date for day in days] == [date("2025-09-26") + i * DAY for i in range(15)]
    assert sum(day.working for day in days) == 6
    assert CALENDAR.span(date("2025-09-26"), date("2025-09-25")) == []


@pytest.mark.parametrize(
    ("first", "last", "provisional"),
    [
        ("2026-12-28", "2026-12-31", False),
        ("2026-12-28", "2027-01-05", True),
        ("2027-01-04", "2027-01-04", True),
        ("2006-12-31", "2007-01-05", True),
        ("2024-12-31", "2026-01-01", False),
    ],
)
def test_a_date_in_a_year_without_notice_is_provisional(first: str, last: str, provisional: bool) -> None:
    assert CALENDAR.provisional(date(first), date(last)) is provisional


def test_the_legal_minimum_of_an_unannounced_year_rests() -> None:
    assert not CALENDAR.official(2027)
    assert not CALENDAR.is_working(date("2027-01-01"))
    assert CALENDAR.add(date("2026-12-28"), 5) == date("2027-01-05")


@pytest.mark.parametrize("year", [1, 1900, 1999, 2006, 2027, 2028, 2100, 9998])
def test_an_unknown_year_never_raises(year: int) -> None:
    day = dt.date(year, 6, 15)
    after = CALENDAR.add(day, 10)
    assert CALENDAR.between(day, after) == 10
    assert CALENDAR.next_working(day) > day
    assert CALENDAR.describe(day).date == day
    assert CALENDAR.provisional(day, after)


def test_an_empty_calendar_knows_weekdays_only() -> None:
    empty = Calendar({})
    assert empty.add(date("2025-09-26"), 1) == date("2025-09-29")
    assert empty.provisional(date("2025-09-26"), date("2025-09-26"))


def test_counting_backwards_is_refused_and_zero_stays() -> None:
    assert CALENDAR.add(date("2025-10-01"), 0) == date("2025-10-01")
    with pytest.raises(ValueError, match="forward"):
        CALENDAR.add(date("2025-10-01"), -1)


def test_working_days_between_are_counted_without_the_first_and_with_the_last_day() -> None:
    assert CALENDAR.between(date("2025-09-26"), date("2025-10-10")) == 5
    assert CALENDAR.between(date("2025-10-10"), date("2025-09-26")) == -5
    assert CALENDAR.between(date("2025-10-01"), date("2025-10-01")) == 0


def test_the_fingerprint_names_the_content_not_the_object() -> None:
    assert read_seed().calendar().fingerprint == CALENDAR.fingerprint
    assert len(CALENDAR.fingerprint) == 16
    day = date("2025-11-03")
    for other in (DayException(False, "", ""), DayException(False, "x", ""), DayException(False, "", "BANK_SPECIAL")):
        changed = Calendar({**CALENDAR.exceptions, day: other}, CALENDAR.official_years)
        assert changed.fingerprint != CALENDAR.fingerprint
    assert Calendar(CALENDAR.exceptions, [*CALENDAR.official_years, 2027]).fingerprint != CALENDAR.fingerprint


def test_a_calendar_is_frozen() -> None:
    with pytest.raises(AttributeError, match="frozen"):
        CALENDAR.fingerprint = "other"  # type: ignore[misc]
    with pytest.raises(TypeError):
        CALENDAR.exceptions[date("2025-11-03")] = DayException(False)  # type: ignore[index]


DAYS = st.dates(dt.date(2005, 1, 1), dt.date(2030, 12, 31))


@settings(max_examples=2_000)
@given(day=DAYS, n=st.integers(0, 60))
def test_the_nth_working_day_equals_counting_one_by_one(day: dt.date, n: int) -> None:
    counted = slow_count(CALENDAR, day, n)
    assert CALENDAR.add(day, n) == counted
    assert CALENDAR.between(day, counted) == n


@settings(max_examples=200)
@given(
    exceptions=st.dictionaries(DAYS, st.booleans().map(DayException), max_size=40),
    day=st.dates(dt.date(2000, 1, 1), dt.date(2035, 12, 31)),
    n=st.integers(0, 30),
)
def test_any_set_of_exceptions_is_counted_right(exceptions: dict[dt.date, DayException], day: dt.date, n: int) -> None:
    calendar = Calendar(exceptions)
    assert calendar.add(day, n) == slow_count(calendar, day, n)


# --- what the product ships -------------------------------------------------------------------------------------
def test_the_seed_says_of_each_year_whether_it_rests_on_a_notice() -> None:
    assert [year.year for year in SEED.years] == list(range(2007, 2028))
    assert [year.year for year in SEED.years if not year.official] == [2027]
    assert all(year.notice.startswith("http") and len(year.notice) <= 200 for year in SEED.years if year.official)


def test_the_seed_holds_exceptions_only_in_order_and_each_once() -> None:
    dates = [day.date for day in SEED.days]
    assert dates == sorted(set(dates))
    assert all(day.kind == ("MAKEUP" if day.is_working else "HOLIDAY") for day in SEED.days)
    assert all(day.date.weekday() >= 5 for day in SEED.days if day.is_working)
    assert {day.source for day in SEED.days if day.date.year == 2027} == {"PACKAGE"}
    assert {day.source for day in SEED.days if day.date.year < 2027} == {"OFFICIAL"}


def test_make_up_days_are_those_of_the_notices() -> None:
    makeup = [f"{day.date:%Y-%m-%d}" for day in SEED.days if day.is_working and day.date.year >= 2025]
    assert makeup == [
        *("2025-01-26", "2025-02-08", "2025-04-27", "2025-09-28", "2025-10-11"),
        *("2026-01-04", "2026-02-14", "2026-02-28", "2026-05-09", "2026-09-20", "2026-10-10"),
    ]


@pytest.mark.realdata
def test_the_seed_equals_the_published_announcements_day_by_day(realdata: Path) -> None:
    announced: dict[dt.date, bool] = {}
    for file in sorted((realdata / "calendar").glob("*.json")):
        announced |= {date(row["date"]): not row["isOffDay"] for row in json.loads(file.read_text("utf-8"))["days"]}
    assert len(announced) > 600
    day = dt.date(2007, 1, 1)
    while day.year < 2027:
        assert CALENDAR.is_working(day) == announced.get(day, day.weekday() < 5), day
        day += DAY
