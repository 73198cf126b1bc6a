"""The rungs of a deadline: which are reached when, and which of several is told (domain D.6)."""

from __future__ import annotations

import datetime as dt
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from complaints import ladder, sla
from complaints.ladder import Deadline, Rung, Threshold
from complaints.sla import Kind, Level
from crm_site.calendar_seed import read_seed
from crm_site.office_hours import Hours

TZ = ZoneInfo("Asia/Shanghai")
CALENDAR = read_seed().calendar()
HOURS = Hours(dt.time(9), dt.time(18))
COMMON: dict[str, Any] = {"calendar": CALENDAR, "tz": TZ, "hours": HOURS}
T = Threshold


def at(text: str) -> dt.datetime:
    return dt.datetime.fromisoformat(text if "T" in text else f"{text}T09:00").replace(tzinfo=TZ)


def deadline(received: str, level: Level, kind: Kind = Kind.FEEDBACK, **more: Any) -> Deadline:
    due = sla.due(
        profile=sla.HANDBOOK_CN,
        kind=kind,
        level=level,
        nature="COMPLAINT",
        received_at=at(received),
        live_channel=True,
        calendar=CALENDAR,
        tz=TZ,
    )
    given = {"registered_at": at(received), **more}
    return Deadline(kind=kind, level=level, start=due.start, due_on=due.on, due_at=due.at, **given)


def reached(promise: Deadline, now: str) -> list[str]:
    return [str(rung.threshold) for rung in ladder.standing(promise, at(now), **COMMON).reached]


@pytest.mark.parametrize(
    ("level", "moments"),
    [
        (  # received Friday 26 September, due Friday 10 October; Sunday the 28th works, eight days rest
            Level.MODERATE,
            {
                "T1": "2025-09-29",
                "T2": "2025-09-30",
                "T3": "2025-10-09",
                "T4": "2025-10-10",
                "B0": "2025-10-11T00:00",
                "B1": "2025-10-14",
                "B2": "2025-10-16",
            },
        ),
        (  # due Thursday 16 October; Saturday the 11th works
            Level.SEVERE,
            {
                "T1": "2025-10-10",
                "T2": "2025-10-13",
                "T3": "2025-10-15",
                "T4": "2025-10-16",
                "B0": "2025-10-17T00:00",
                "B1": "2025-10-20",
                "B2": "2025-10-23",
            },
        ),
    ],
)
def test_each_rung_is_reached_at_its_moment_and_not_before(level: Level, moments: dict[str, str]) -> None:
    promise = deadline("2025-09-26T10:00", level)
    for rung in ladder.standing(promise, at("2025-10-24"), **COMMON).reached:
        if rung.week == 0:
            assert rung.at == at(moments[str(rung.threshold)])
    for name, moment in moments.items():
        before = (at(moment) - dt.timedelta(seconds=1)).isoformat()[:19]
        assert name not in reached(promise, before)
        assert name in reached(promise, moment)


def test_with_a_plan_nobody_is_told_that_there_is_none() -> None:
    assert "T1" not in reached(deadline("2025-09-26", Level.MODERATE, planned=True), "2025-10-10")


def test_after_a_week_it_is_said_again_every_week() -> None:
    stands = ladder.standing(deadline("2025-09-26", Level.MODERATE), at("2025-10-31"), **COMMON)
    weeks = [(rung.week, rung.at) for rung in stands.reached if rung.threshold == T.B2]
    assert weeks == [(0, at("2025-10-16")), (1, at("2025-10-23")), (2, at("2025-10-30"))]
    assert stands.next_at == at("2025-11-06")


@pytest.mark.parametrize(
    ("received", "red"),
    [
        ("2025-09-26T10:00", "2025-09-26T16:00"),
        ("2025-09-26T17:20", "2025-09-26T17:20"),  # registered later than two hours before closing: at once
        ("2026-02-21T22:00", "2026-02-21T22:00"),  # a holiday counts as well, the notice waits
    ],
)
def test_a_minor_matter_is_red_two_hours_before_closing_and_late_at_midnight(received: str, red: str) -> None:
    promise = deadline(received, Level.MINOR)
    stands = ladder.standing(promise, promise.due_at, **COMMON)
    assert [(str(rung.threshold), rung.at) for rung in stands.reached] == [("T3", at(red)), ("B0", promise.due_at)]
    assert stands.next_at is None


@pytest.mark.parametrize(("kind", "name"), [(Kind.ASSESS, "A0"), (Kind.PROGRESS, "P0")])
def test_assessment_and_news_are_said_once_when_they_are_overdue(kind: Kind, name: str) -> None:
    promise = deadline("2025-09-26", Level.MODERATE, kind)
    stands = ladder.standing(promise, promise.due_at, **COMMON)
    assert [str(rung.threshold) for rung in stands.reached] == [name]
    assert stands.next_at is None


@pytest.mark.parametrize("kind", sorted(set(Kind) - set(ladder.KINDS)))
def test_of_other_promises_nobody_else_hears(kind: Kind) -> None:
    promise = deadline("2025-09-26", Level.MODERATE)
    other = Deadline(kind, Level.MODERATE, promise.start, promise.due_on, promise.due_at, promise.registered_at)
    assert ladder.first_at(other, **COMMON) is None


def test_the_first_moment_is_the_first_rung_s() -> None:
    assert ladder.first_at(deadline("2025-09-26", Level.MODERATE), **COMMON) == at("2025-09-29")


def rungs(*names: str) -> list[Rung]:
    return [Rung(at("2025-09-26"), Threshold(name)) for name in names]


def test_after_an_outage_the_highest_is_told_and_the_others_are_passed_over() -> None:
    highest, below = ladder.pending(rungs("T1", "T2", "T3", "B0"), [("T1", 0)])
    assert highest is not None
    assert (highest.threshold, [rung.threshold for rung in below]) == (T.B0, [T.T2, T.T3])


def test_nothing_is_told_below_what_was_told_before() -> None:
    assert ladder.pending(rungs("T1", "T2"), [("T2", 0)]) == (None, rungs("T1"))
    assert ladder.pending(rungs("T2"), [("T2", 0)]) == (None, [])


def test_a_later_week_stands_above_an_earlier_one() -> None:
    weeks = [Rung(at("2025-10-16"), T.B2, 0), Rung(at("2025-10-23"), T.B2, 1)]
    assert ladder.pending(weeks, [("B2", 0)]) == (weeks[1], [])


def test_the_rungs_of_every_day_of_two_years_come_in_order() -> None:
    for n in range(700):
        received = (dt.date(2025, 1, 1) + dt.timedelta(days=n)).isoformat()
        for level in (Level.MODERATE, Level.SEVERE):
            promise = deadline(received, level)
            stands = ladder.standing(promise, promise.due_at + dt.timedelta(days=40), **COMMON)
            moments = [rung.at for rung in stands.reached if rung.threshold != T.T1]
            assert moments == sorted(moments)
            for rung in stands.reached:
                if rung.threshold not in (T.B0, T.B2):  # those have a moment of their own
                    assert CALENDAR.is_working(rung.at.astimezone(TZ).date())
