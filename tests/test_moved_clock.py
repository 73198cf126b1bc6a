"""The whole product under a clock that is moved: over midnight into a holiday, two hours on, two hours back (FI-11).

Every process of the product reads one clock that the test moves while they run (tests/moved_clock). The time zone of
the machine is another one each time; the bank's stays Shanghai's.
"""

from __future__ import annotations

import datetime
import os
import re
import signal
import sqlite3
import subprocess
import sys
import urllib.parse
import urllib.request
from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass
from http.cookiejar import CookieJar
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from tests.servers import free_port
from tests.stack import START, Clock, Stack, start, until

pytestmark = pytest.mark.faults
ROOT = Path(__file__).resolve().parent.parent
SHANGHAI = ZoneInfo("Asia/Shanghai")
JOBS = 100  # seconds until a sweep of the new day is done on a busy machine
HOUR = datetime.timedelta(hours=1)


def local(text: str) -> datetime.datetime:
    return datetime.datetime.fromisoformat(text).replace(tzinfo=SHANGHAI)


@dataclass
class Bank:
    """The product at work under such a clock."""

    stack: Stack
    clock: Clock
    day: datetime.date
    jump: datetime.datetime

    def rows(self, query: str, *values: object) -> list[tuple[object, ...]]:
        with closing(sqlite3.connect(self.stack.home / "crmis.sqlite3", timeout=20)) as database:
            return database.execute(query, values).fetchall()

    def done(self, job: str, day: str, slot: str = "") -> bool:
        """Whether this run of the timetable is there and went well."""
        found = "SELECT 1 FROM crm_site_jobrun WHERE job = ? AND business_date = ? AND slot = ? AND state = 'OK'"
        return bool(self.rows(found, job, day, slot))

    def complain(self) -> str:
        """A customer writes by the public form; the number they are given."""
        browser = urllib.request.build_opener(urllib.request.HTTPCookieProcessor(CookieJar()))
        address = f"http://127.0.0.1:{self.stack.port}/complain/"
        page = browser.open(address, timeout=20).read().decode()
        hidden = dict(re.findall(r'name="(csrfmiddlewaretoken|form_token)"[^>]*value="([^"]+)"', page))
        said = {"nature": "COMPLAINT", "business": "CARD", "content": "手续费重复扣收", "name": "周明远"}
        said |= {"contact": "13900009999", "relation": "SELF", "consent": "on"}
        body = urllib.parse.urlencode(hidden | said).encode()
        request = urllib.request.Request(address, body, {"Referer": address})  # noqa: S310 - our own machine
        shown = browser.open(request, timeout=20).read().decode()
        number = re.search(r"TS-\d{8}-\d{4}", shown)
        assert number, shown
        return number.group()


# The machine's zone; when the complaint comes; the day its answer is due; an hour at which that zone's own clock jumps,
# or the first of the next working day.
NIGHTS = {
    "into New Year's Day": ("Asia/Shanghai", "2026-12-24 10:00", "2026-12-31", "2027-01-04 09:00"),
    "a working Saturday into Spring Festival": ("Europe/Berlin", "2026-02-09 10:00", "2026-02-14", "2026-03-29 09:00"),
    "into a weekend": ("America/New_York", "2026-10-23 10:00", "2026-10-30", "2026-11-01 14:00"),
}


@pytest.fixture
def bank(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Bank]:
    zone, received, last_day, jump = request.param
    home, clock = tmp_path / "home", Clock(tmp_path / "clock", zone)
    home.mkdir()
    clock.set(local(received))
    environment = {key: value for key, value in os.environ.items() if key not in ("DATABASE_URL", "REDIS_URL")}
    environment |= {"CRMIS_HOME": str(home), **clock.variables}
    subprocess.run([sys.executable, "-m", "tests.due_at_midnight"], cwd=ROOT, env=environment, check=True, timeout=300)
    clock.set(local(f"{last_day} 23:57"))
    running = start(home, free_port(), **clock.variables)
    try:
        until(lambda: running.status() == 200, START)
        yield Bank(running, clock, datetime.date.fromisoformat(last_day), local(jump))
    finally:
        running.process.send_signal(signal.SIGINT)
        running.process.wait(timeout=60)


@pytest.mark.parametrize("bank", NIGHTS.values(), ids=NIGHTS, indirect=True)
def test_a_night_under_a_clock_that_is_moved(bank: Bank) -> None:
    day, morrow = bank.day, bank.day + datetime.timedelta(days=1)
    evening = local(f"{day} 23:58")
    bank.clock.set(evening)
    until(lambda: bank.done("complaint_clocks", str(day), "23:45"), JOBS)
    assert bank.rows("SELECT 1 FROM complaints_escalation WHERE threshold = 'B0'") == []
    assert bank.complain().startswith(f"TS-{day:%Y%m%d}-")

    bank.clock.set(evening + 3 * HOUR / 60)  # one minute past midnight
    until(lambda: bank.done("complaint_clocks", str(morrow), "00:00"), JOBS)
    assert len(bank.rows("SELECT 1 FROM complaints_escalation WHERE threshold = 'B0' AND state = 'SENT'")) == 1
    assert bank.complain().startswith(f"TS-{morrow:%Y%m%d}-")

    bank.clock.set(evening + 2 * HOUR + 3 * HOUR / 60)  # two hours on: the night's work is due
    until(lambda: bank.done("score", str(day)), JOBS)
    bank.clock.set(evening + 3 * HOUR / 60)  # two hours back: all of it is there already
    until(lambda: bank.stack.status() == 200, JOBS)
    bank.clock.set(evening + 2 * HOUR + 20 * HOUR / 60)
    until(lambda: bank.done("complaint_clocks", str(morrow), "02:15"), JOBS)

    bank.clock.set(bank.jump - HOUR / 60)
    until(lambda: bank.stack.status() == 200, JOBS)
    bank.clock.set(bank.jump + HOUR / 60)
    until(lambda: bank.done("complaint_clocks", str(bank.jump.date()), f"{bank.jump:%H:%M}"), JOBS)
    _nothing_twice(bank)
    _nobody_is_told_at_night(bank)


def _nothing_twice(bank: Bank) -> None:
    twice = (
        "SELECT job, business_date, slot FROM crm_site_jobrun GROUP BY 1, 2, 3 HAVING count(*) > 1 OR max(attempts) > 1"
    )
    assert bank.rows(twice) == []
    assert bank.rows("SELECT job, error FROM crm_site_jobrun WHERE state NOT IN ('OK', 'RUNNING')") == []
    rungs = "SELECT clock_id, threshold, week FROM complaints_escalation GROUP BY 1, 2, 3 HAVING count(*) > 1"
    assert bank.rows(rungs) == []
    assert bank.rows("SELECT to_id, dedupe_key FROM crm_site_notice GROUP BY 1, 2 HAVING count(*) > 1") == []


def _nobody_is_told_at_night(bank: Bank) -> None:
    """By the office hours of the bank, whatever the machine's zone is; holidays are counted day by day here."""
    rows = bank.rows("SELECT date, is_working FROM crm_site_calendarday")
    differs = {str(day): bool(works) for day, works in rows}
    told = [str(at) for (at,) in bank.rows("SELECT deliver_at FROM crm_site_notice")]
    assert told
    for text in told:
        at = datetime.datetime.fromisoformat(text).replace(tzinfo=datetime.UTC).astimezone(SHANGHAI)
        assert differs.get(str(at.date()), at.weekday() < 5), at
        assert 9 <= at.hour < 18, at
