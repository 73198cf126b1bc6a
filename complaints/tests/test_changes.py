"""Pauses, changes of level and corrected calendars: clocks start at receipt and nobody gains by relabelling."""

from __future__ import annotations

import datetime as dt
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from complaints import changes, sla
from complaints.sla import HANDBOOK_CN, Kind, Level, Unit, Why
from crm_site.calendar_seed import read_seed
from crm_site.errors import RuleBroken

TZ = ZoneInfo("Asia/Shanghai")
CALENDAR = read_seed().calendar()
MINOR, MODERATE, SEVERE = Level.MINOR, Level.MODERATE, Level.SEVERE
COMMON: dict[str, Any] = {
    "profile": HANDBOOK_CN,
    "nature": "COMPLAINT",
    "live_channel": True,
    "calendar": CALENDAR,
    "tz": TZ,
}


def at(text: str) -> dt.datetime:
    return dt.datetime.fromisoformat(text if "T" in text else f"{text}T10:00").replace(tzinfo=TZ)


def deadline(received: str, level: Level, **more: Any) -> sla.Due:
    return sla.due(kind=Kind.FEEDBACK, level=level, received_at=at(received), **COMMON, **more)


def change(current: sla.Due, received: str, on: str, old: Level, new: Level, **more: Any) -> changes.LevelChange:
    return changes.after_level_change(
        current=current, old=old, new=new, received_at=at(received), changed_at=at(on), **COMMON, **more
    )


@pytest.mark.parametrize(
    ("began", "ended", "shift"),
    [
        ("2026-03-03T15:00", "2026-03-06T11:00", 2),  # example 15
        ("2026-09-29", "2026-10-09", 2),  # 9-30 and 10-08
        ("2026-03-02T16:00", "2026-03-03T09:00", 0),
        ("2026-03-02T09:00", "2026-03-02T18:00", 0),
        ("2026-03-06", "2026-03-09", 0),  # over a weekend
        ("2026-02-27", "2026-03-02", 1),  # over a Saturday that works
        ("2026-02-13", "2026-02-24", 1),  # over the holiday and its make-up Saturday
    ],
)
def test_a_pause_gives_the_whole_working_days_strictly_inside_it(began: str, ended: str, shift: int) -> None:
    assert changes.pause_shift(at(began), at(ended), calendar=CALENDAR, tz=TZ) == shift


def test_a_pause_gives_calendar_days_to_a_limit_in_calendar_days() -> None:
    began, ended = at("2026-02-13"), at("2026-02-24")
    assert changes.pause_shift(began, ended, calendar=CALENDAR, tz=TZ, unit=Unit.CD) == 10


def test_a_pause_cannot_end_before_it_began() -> None:
    with pytest.raises(ValueError, match="pause"):
        changes.pause_shift(at("2026-03-03"), at("2026-03-02"), calendar=CALENDAR, tz=TZ)


def test_a_pause_moves_the_deadline_by_its_days() -> None:
    assert str(deadline("2026-03-02", MODERATE).on) == "2026-03-09"
    assert str(deadline("2026-03-02", MODERATE, shift_days=2).on) == "2026-03-11"


def test_an_upgrade_counts_from_receipt() -> None:  # example 16
    moderate = deadline("2026-03-02", MODERATE)
    result = change(moderate, "2026-03-02", "2026-03-05", MODERATE, SEVERE)
    assert (str(result.due.on), result.was_breached, result.extended) == ("2026-03-16", False, True)
    assert result.due == deadline("2026-03-02", SEVERE)


def test_a_downgrade_leaves_one_working_day_and_never_gives_more_time() -> None:  # example 17
    severe = deadline("2026-03-02", SEVERE)
    result = change(severe, "2026-03-02", "2026-03-13", SEVERE, MODERATE)
    assert (str(result.due.on), result.extended) == ("2026-03-16", False)
    early = change(severe, "2026-03-02", "2026-03-04", SEVERE, MODERATE)
    assert str(early.due.on) == "2026-03-09"
    last_day = change(severe, "2026-03-02", "2026-03-16", SEVERE, MODERATE)
    assert str(last_day.due.on) == "2026-03-16"


def test_a_deadline_that_had_passed_stays_missed_after_an_upgrade() -> None:  # example 18
    moderate = deadline("2026-03-02", MODERATE)
    result = change(moderate, "2026-03-02", "2026-03-10", MODERATE, SEVERE)
    assert (str(result.due.on), result.was_breached) == ("2026-03-16", True)


def test_minor_not_solved_becomes_moderate_from_the_day_of_receipt() -> None:
    minor = deadline("2025-09-26", MINOR)
    result = change(minor, "2025-09-26", "2025-09-26T20:00", MINOR, MODERATE)
    assert (str(result.due.on), result.was_breached) == ("2025-10-10", False)


def test_the_days_a_downgrade_leaves_are_named_in_the_trace() -> None:
    severe = deadline("2026-03-02", SEVERE)
    due = change(severe, "2026-03-02", "2026-03-12", SEVERE, MODERATE).due
    assert (str(due.on), due.n, due.at) == ("2026-03-13", 5, at("2026-03-14T00:00"))
    assert [day.why for day in due.trace if day.n > 5] == [Why.LEVEL] * 4
    assert due.trace[-1].date == due.on


def test_pauses_are_kept_through_a_change_of_level() -> None:
    paused = deadline("2026-03-02", MODERATE, shift_days=2)
    result = change(paused, "2026-03-02", "2026-03-05", MODERATE, SEVERE, shift_days=2)
    assert str(result.due.on) == "2026-03-18"


def test_a_change_to_the_same_level_is_refused() -> None:
    with pytest.raises(RuleBroken) as refused:
        change(deadline("2026-03-02", MODERATE), "2026-03-02", "2026-03-05", MODERATE, MODERATE)
    assert refused.value.field == "level"


def test_another_round_starts_from_the_dissatisfaction() -> None:  # example 19
    assert str(deadline("2026-03-12", MODERATE).on) == "2026-03-19"


@pytest.mark.parametrize(
    ("current", "recount", "today", "on"),
    [
        ("2027-01-05", "2027-01-06", "2026-12-29", "2027-01-06"),  # later is given
        ("2027-01-05", "2027-01-04", "2026-12-29", "2027-01-04"),  # earlier is taken
        ("2027-01-05", "2026-12-29", "2026-12-30", "2026-12-31"),  # but one working day is left
        ("2027-01-05", "2026-12-28", "2027-01-05", "2027-01-05"),  # and never more than stood
    ],
)
def test_a_corrected_calendar_never_makes_anybody_late_overnight(
    current: str, recount: str, today: str, on: str
) -> None:
    dates = {"current_on": current, "recount_on": recount, "today": today}
    result = changes.after_calendar_change(
        calendar=CALENDAR, **{key: dt.date.fromisoformat(value) for key, value in dates.items()}
    )
    assert str(result) == on
