"""Deadlines across holidays and the turn of the year, against a counter that shares nothing with the product (FI-11).

The days of the two State Council notices stand here by hand, so an error in the seeded calendar is found as well.
"""

from __future__ import annotations

import datetime as dt
import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from complaints import sla
from complaints.sla import HANDBOOK_CN, Kind, Level
from crm_site import celery
from crm_site.calendar_seed import read_seed

TZ = ZoneInfo("Asia/Shanghai")
CALENDAR = read_seed().calendar()
DAY = dt.timedelta(days=1)
RESTS = {
    2025: "0101 0128 0129 0130 0131 0203 0204 0404 0501 0502 0505 0602 1001 1002 1003 1006 1007 1008",
    2026: "0101 0102 0216 0217 0218 0219 0220 0223 0406 0501 0504 0505 0619 0925 1001 1002 1005 1006 1007",
    2027: "0101",  # no notice yet: the statutory day alone
}
WORKS = {2025: "0126 0208 0427 0928 1011", 2026: "0104 0214 0228 0509 0920 1010"}


def _days(years: dict[int, str]) -> set[dt.date]:
    return {dt.date(year, int(day[:2]), int(day[2:])) for year, days in years.items() for day in days.split()}


OFF, MADE_UP = _days(RESTS), _days(WORKS)


def works(day: dt.date) -> bool:
    """By the notices; a year without one works Monday to Friday."""
    return day in MADE_UP or (day.weekday() < 5 and day not in OFF)


def counted(received: dt.datetime, n: int) -> dt.date:
    """The nth working day after the day of receipt in Shanghai, one day after the other."""
    day = received.astimezone(TZ).date()
    while n:
        day += DAY
        n -= works(day)
    return day


def feedback(received: dt.datetime, level: Level) -> sla.Due:
    return sla.due(
        profile=HANDBOOK_CN,
        kind=Kind.FEEDBACK,
        level=level,
        nature="COMPLAINT",
        received_at=received,
        live_channel=True,
        calendar=CALENDAR,
        tz=TZ,
    )


def test_twenty_thousand_receipts_around_the_holidays_of_two_years_and_the_turn_of_the_next() -> None:
    first, n = dt.datetime(2025, 1, 1, tzinfo=TZ), 0
    minutes = (0, 1, 479, 599, 1020, 1050, 1320, 1410, 1425, 1436, 1437, 1438, 1439)  # of the day
    for day in range(745):  # to 15 January 2027, for which there is no notice yet
        for minute in minutes:
            received = first + day * DAY + dt.timedelta(minutes=minute)
            for level, limit in ((Level.MODERATE, 5), (Level.SEVERE, 10)):
                due, on = feedback(received, level), counted(received, limit)
                assert due.on == on, received
                assert due.at == dt.datetime.combine(on + DAY, dt.time(), TZ)
                assert due.provisional is (on.year == 2027)
                n += 1
    assert n == 745 * len(minutes) * 2 == 19_370
    for hour in range(745):  # and minor matters, which are due the same day whatever it is
        received = first + hour * dt.timedelta(hours=24.5)
        assert feedback(received, Level.MINOR).on == received.date()
        n += 1
    assert n > 20_000


def test_the_notices_by_hand_and_the_seeded_calendar_name_the_same_days() -> None:
    for n in range(730):
        day = dt.date(2025, 1, 1) + n * DAY
        assert CALENDAR.is_working(day) is works(day), day


@pytest.mark.parametrize(
    ("received", "moderate"),
    [
        ("2025-09-26T23:59", "2025-10-10"),
        ("2025-09-27T00:01", "2025-10-10"),  # two minutes later, a Saturday
        ("2025-09-27T23:59", "2025-10-10"),
        ("2025-09-28T00:01", "2025-10-11"),  # two minutes later, a Sunday that works
        ("2026-02-16T12:00", "2026-02-28"),  # on a holiday, due on a Saturday that works
        ("2028-02-28T12:00", "2028-03-06"),  # 29 February counts like any day
        ("2028-02-29T12:00", "2028-03-07"),
    ],
)
def test_a_minute_before_and_after_midnight_a_holiday_and_a_leap_day(received: str, moderate: str) -> None:
    moment = dt.datetime.fromisoformat(received).replace(tzinfo=TZ)
    assert str(feedback(moment, Level.MODERATE).on) == moderate


# --- zones ------------------------------------------------------------------------------------------------------
NIGHTS = ("2025-10-26", "2026-03-29", "2025-11-02", "2026-03-08")  # clocks go back and on in Berlin and New York
_ASK = """
import datetime, json, time
from crm_site.celery import due
from crm_site.models import CalendarDay
from complaints import sla
from complaints.tests.test_year_ends import asked
print(json.dumps({"zone": time.tzname, "answers": asked()}))
"""


def asked() -> list[list[str]]:
    """For each half hour around the nights clocks change: the deadline, and the runs of the timetable."""
    found = []
    for night in NIGHTS:
        start = dt.datetime.fromisoformat(f"{night}T00:00+00:00") - dt.timedelta(hours=6)
        for half in range(48):
            moment = start + half * dt.timedelta(minutes=30)
            due = feedback(moment, Level.MODERATE)
            runs = [f"{run.job.name} {run.business_date} {run.slot}" for run in celery.due(moment)]
            found.append([moment.isoformat(), str(due.on), due.at.isoformat(), *sorted(runs)])
    return found


@pytest.mark.parametrize("zone", ["Europe/Berlin", "America/New_York", "Asia/Shanghai"])
def test_a_server_in_another_zone_promises_and_runs_the_same_on_the_nights_clocks_change(
    zone: str, tmp_path: Path
) -> None:
    root = Path(__file__).resolve().parents[2]
    environment = os.environ | {"TZ": zone, "CRMIS_HOME": str(tmp_path), "DJANGO_SETTINGS_MODULE": "crm_site.settings"}
    code = f"import django; django.setup(){_ASK}"
    ran = subprocess.run([sys.executable, "-c", code], cwd=root, env=environment, capture_output=True, check=True)
    answer: dict[str, Any] = json.loads(ran.stdout.splitlines()[-1])
    assert answer["answers"] == asked()
    for moment, on, at, *_runs in answer["answers"]:
        received = dt.datetime.fromisoformat(moment)
        assert on == str(counted(received, 5))
        assert dt.datetime.fromisoformat(at) == dt.datetime.combine(dt.date.fromisoformat(on) + DAY, dt.time(), TZ)
