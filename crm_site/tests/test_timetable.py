"""The timetable says which run should exist now, and says it again to whoever asks."""

from __future__ import annotations

import datetime
from zoneinfo import ZoneInfo

import pytest

from crm_site.celery import TIMETABLE, At, Every, Job, Weekly, due, jobs_of_night, nightly_jobs

SHANGHAI = ZoneInfo("Asia/Shanghai")
NIGHT = Job("night", "x.y", At(2), "nightly", 1)
WEEK = Job("week", "x.y", Weekly(5, 4), "nightly", 5)
MORNING = Job("morning", "x.y", At(9, 30), "tick", 2)
QUARTER = Job("quarter", "x.y", Every(15), "tick", 3)
OFFICE = Job("office", "x.y", Every(60, 10, 19), "tick", 4)


def at(text: str) -> datetime.datetime:
    return datetime.datetime.fromisoformat(text).replace(tzinfo=SHANGHAI)


@pytest.mark.parametrize(
    ("line", "moment", "expected"),
    [
        (NIGHT, "2026-03-11T01:59", [("2026-03-09", "")]),
        (NIGHT, "2026-03-11T02:00", [("2026-03-10", "")]),
        (NIGHT, "2026-03-11T23:59", [("2026-03-10", "")]),
        (NIGHT, "2026-01-01T02:00", [("2025-12-31", "")]),
        (WEEK, "2026-03-15T03:59", [("2026-03-07", "")]),
        (WEEK, "2026-03-15T04:00", [("2026-03-14", "")]),
        (WEEK, "2026-03-14T23:59", [("2026-03-07", "")]),
        (WEEK, "2026-03-20T12:00", [("2026-03-14", "")]),
        (MORNING, "2026-03-11T09:29", []),
        (MORNING, "2026-03-11T09:30", [("2026-03-11", "")]),
        (QUARTER, "2026-03-11T00:00", [("2026-03-11", "00:00")]),
        (QUARTER, "2026-03-11T14:44", [("2026-03-11", "14:30")]),
        (OFFICE, "2026-03-11T09:59", []),
        (OFFICE, "2026-03-11T18:59", [("2026-03-11", "18:00")]),
        (OFFICE, "2026-03-11T19:00", []),
    ],
)
def test_each_moment_has_one_newest_run(line: Job, moment: str, expected: list[tuple[str, str]]) -> None:
    runs = due(at(moment), (line,))
    assert [(run.business_date.isoformat(), run.slot) for run in runs] == expected


def test_the_zone_of_the_machine_does_not_matter() -> None:
    moment = at("2026-03-11T02:00")
    elsewhere = [moment.astimezone(ZoneInfo(name)) for name in ("UTC", "America/New_York", "Europe/Berlin")]
    assert [due(other, (NIGHT, QUARTER)) for other in elsewhere] == [due(moment, (NIGHT, QUARTER))] * 3


def test_sweeps_come_before_the_night_and_each_by_order() -> None:
    runs = due(at("2026-03-11T12:00"), (NIGHT, OFFICE, QUARTER))
    assert [run.job.name for run in runs] == ["quarter", "office", "night"]


def test_names_are_unique_and_every_prerequisite_runs_earlier_in_the_same_scope() -> None:
    by_name = {line.name: line for line in TIMETABLE}
    assert len(by_name) == len(TIMETABLE)
    for line in TIMETABLE:
        for name in line.after:
            assert (by_name[name].scope, by_name[name].order) < (line.scope, line.order)


def test_the_night_runs_in_order() -> None:
    orders = [line.order for line in nightly_jobs()]
    assert orders == sorted(orders)


def test_a_weekly_job_belongs_to_the_night_of_its_day_alone() -> None:
    saturday = datetime.date(2026, 3, 14)
    assert "rebuild" in [line.name for line in jobs_of_night(saturday)]
    for days in range(1, 7):
        assert "rebuild" not in [line.name for line in jobs_of_night(saturday + datetime.timedelta(days=days))]
