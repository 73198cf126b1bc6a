"""A night with its workers killed, Redis stopped and two beats ends as one that nobody disturbed (FI-13)."""

from __future__ import annotations

import datetime
import hashlib
import os
import random
import shutil
import signal
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import urlsplit, urlunsplit
from zoneinfo import ZoneInfo

import psutil
import psycopg2
import pytest

from tests.servers import Redis, free_port
from tests.stack import ROOT, Clock, until

pytestmark = [pytest.mark.faults, pytest.mark.postgres]

CUSTOMERS = int(os.environ.get("CRMIS_BIG_NIGHT", "30000"))
KILLS = 10 if CUSTOMERS >= 200_000 else 4
SAMPLES = 1_000
LEASE = 6.0
NIGHT = datetime.datetime(2026, 12, 1, 2, 30, tzinfo=ZoneInfo("Asia/Shanghai"))  # of the last day of a month
SCORING = "FROM crm_site_jobrun r WHERE r.job = 'score' AND r.business_date = '2026-11-30'"
WRITTEN = {  # what the night leaves, without keys that a rolled back insert may have used up
    "analytics_score": "customer_id, run_from",
    "customers_standing": "customer_id, run_from",
    "analytics_classmove": "customer_id, run_no, dimension",
    "analytics_calibration": '"on"',
    "analytics_rfmmark": "customer_id",
}
DROPPED = {"id", "calibration_id", "created_at", "run_id"}


@dataclass
class House:
    """One database on the server, and the product's processes over it."""

    name: str
    clock: Clock
    folder: Path
    redis: str = ""
    running: dict[str, subprocess.Popen[bytes]] = field(default_factory=dict)

    @property
    def url(self) -> str:
        return urlunsplit(urlsplit(os.environ["DATABASE_URL"])._replace(path=f"/{self.name}"))

    def begin(self, name: str, *words: str) -> subprocess.Popen[bytes]:
        """Start a process of the house in a group of its own; what it says goes to a file of its name."""
        environment = {**os.environ, **self.clock.variables, "DATABASE_URL": self.url, "REDIS_URL": self.redis}
        environment |= {"CRMIS_HOME": str(self.folder), "LOG_LEVEL": "WARNING"}
        environment |= {"CRMIS_TICK_SECONDS": "2", "CRMIS_LEASE_SECONDS": str(LEASE)}
        with (self.folder / f"{name}.log").open("ab") as sink:
            self.running[name] = subprocess.Popen(
                [sys.executable, "-m", *words], cwd=ROOT, env=environment, stdout=sink, stderr=sink, process_group=0
            )
        return self.running[name]

    def do(self, *words: str) -> None:
        """Run a part of tests.big_night to its end."""
        child = self.begin("-".join(words), "tests.big_night", *words)
        assert child.wait(timeout=1800) == 0, (self.folder / f"{'-'.join(words)}.log").read_text()[-3000:]

    def worker(self, name: str) -> None:
        alone = ("--without-gossip", "--without-mingle", "--without-heartbeat")
        self.begin(
            name, "celery", "-A", "crm_site", "--quiet", "worker", "-P", "prefork", "-c", "1", "-n", name, *alone
        )

    def beat(self, name: str) -> None:
        self.begin(name, "celery", "-A", "crm_site", "--quiet", "beat", "-s", str(self.folder / name), "--pidfile=")

    def end(self) -> None:
        """Kill all that is left."""
        for process in self.running.values():
            if process.poll() is None:
                os.killpg(process.pid, signal.SIGKILL)
                process.wait()

    def rows(self, query: str) -> list[tuple[object, ...]]:
        with psycopg2.connect(self.url) as connection, connection.cursor() as cursor:
            cursor.execute(query)
            return list(cursor.fetchall())

    def done(self) -> bool:
        """Whether every job the quiet house has done is done here."""
        found = self.rows(
            "SELECT job FROM crm_site_jobrun WHERE slot = '' AND business_date = '2026-11-30' AND state = 'OK'"
        )
        return {str(job) for (job,) in found} >= NIGHTLY

    def written(self) -> dict[str, str]:
        """A print of every table of the night, over all its rows in order."""
        found = {}
        with psycopg2.connect(self.url) as connection, connection.cursor() as cursor:
            for table, order in WRITTEN.items():
                cursor.execute(
                    "SELECT column_name FROM information_schema.columns WHERE table_name = %s ORDER BY 1", [table]
                )
                columns = ", ".join(f'"{name}"' for (name,) in cursor.fetchall() if name not in DROPPED)
                cursor.execute(f"SELECT count(*) FROM {table}")  # noqa: S608 - names of this file
                count = cursor.fetchone()
                sink = _Print()
                rows = f"SELECT {columns} FROM {table} ORDER BY {order}"  # noqa: S608 - names of this file
                cursor.copy_expert(f"COPY ({rows}) TO STDOUT", sink)
                found[table] = f"{count[0] if count else 0} rows {sink.found.hexdigest()[:24]}"
        return found


class _Print:
    """A file that keeps nothing but a hash of what is written."""

    def __init__(self) -> None:
        self.found = hashlib.sha256()

    def write(self, piece: bytes) -> int:
        self.found.update(piece)
        return len(piece)


NIGHTLY = {"roll_activity", "score", "rfm", "run_figures", "segments_refresh", "recurring_causes"}


@pytest.fixture
def houses(tmp_path: Path) -> Iterator[tuple[House, House]]:
    """Two houses with the same bank: one to be left alone, one to be disturbed."""
    clock = Clock(tmp_path / "clock", "Asia/Shanghai")
    clock.set(NIGHT)
    made = [House(f"{name}_{os.getpid()}", clock, tmp_path / name) for name in ("quiet", "storm")]
    admin = psycopg2.connect(os.environ["DATABASE_URL"])
    admin.autocommit = True
    with admin.cursor() as cursor:
        try:
            for house in made:
                house.folder.mkdir()
            cursor.execute(f"CREATE DATABASE {made[0].name}")
            made[0].do("build", str(CUSTOMERS))
            cursor.execute(f"CREATE DATABASE {made[1].name} TEMPLATE {made[0].name}")
            shutil.copy(made[0].folder / "keys.json", made[1].folder)  # one bank, one set of keys
            yield made[0], made[1]
        finally:
            for house in made:
                house.end()
                cursor.execute(f"DROP DATABASE IF EXISTS {house.name} WITH (FORCE)")
    admin.close()


@pytest.fixture
def redis(tmp_path: Path) -> Iterator[Redis]:
    folder = tmp_path / "redis"
    folder.mkdir()
    server = Redis(folder, free_port())
    server.begin()
    yield server
    server.end()


def at_work(house: House) -> list[int]:
    """The processes that have the scoring of the night in hand now."""
    live = (
        f"SELECT r.lease_owner {SCORING} AND r.state = 'RUNNING' AND r.lease_until > now() UNION "  # noqa: S608
        f"SELECT s.lease_owner FROM crm_site_jobshard s WHERE run_id IN (SELECT r.id {SCORING}) "
        "AND s.state = 'CLAIMED' AND s.lease_until > now()"
    )
    found = [int(str(owner).split(":")[1]) for (owner,) in house.rows(live)]
    return [pid for pid in found if psutil.pid_exists(pid)]


def kill(house: House, pid: int, *, whole: bool) -> None:
    """End the process that is at work, and where ``whole`` the worker it belongs to, without a word."""
    for name in ("worker-a", "worker-b"):
        process = house.running[name]
        if whole and pid in [child.pid for child in psutil.Process(process.pid).children()]:
            os.killpg(process.pid, signal.SIGKILL)
            process.wait()
            house.worker(name)
            return
    psutil.Process(pid).kill()


def test_a_night_ends_as_if_left_alone(houses: tuple[House, House], redis: Redis) -> None:
    quiet, storm = houses
    before = readings(quiet)
    quiet.do("night")
    [(scoring,)] = quiet.rows("SELECT extract(epoch FROM max(published_at - started_at)) FROM analytics_scorerun")
    allowed = before | readings(quiet)
    assert len(allowed) == 2  # the old night and the new one differ for those who read
    wanted = quiet.written()

    storm.redis, chance = redis.url, random.Random(13)  # noqa: S311
    for name in ("worker-a", "worker-b"):
        storm.worker(name)
    for name in ("beat-a", "beat-b"):
        storm.beat(name)
    storm.begin("watch", "tests.big_night", "watch", "0.01")
    killed = disturb(storm, redis, chance, float(str(scoring)))
    took = until(storm.done, 900)
    seen = watched(storm, at_least=SAMPLES)

    attempts = storm.rows(
        "SELECT job, count(*) FROM crm_site_jobrun WHERE slot = '' GROUP BY 1, business_date HAVING count(*) > 1"
    )
    assert attempts == []
    assert storm.rows("SELECT as_of, count(*) FROM analytics_scorerun GROUP BY 1 HAVING count(*) > 1") == []
    assert set(seen) == allowed, seen  # never a mixture, and the readings span the flip
    print(f"\n{CUSTOMERS} customers, scored in {scoring:.1f} s undisturbed; all done {took:.0f} s after the last kill")
    print(f"killed at {killed}; {sum(seen.values())} readings, {seen}; {wanted}")
    assert storm.written() == wanted


def disturb(house: House, redis: Redis, chance: random.Random, scoring: float) -> Counter[str]:
    """Kill whoever scores, each time after a chance part of its work; then stop Redis for some seconds, half way.

    Twice at most before the ranges are planned: a job that dies five times and comes no further is left to people.
    """
    killed: Counter[str] = Counter()
    while killed.total() < KILLS:
        planned = house.rows(f"SELECT 1 FROM crm_site_jobshard WHERE run_id IN (SELECT r.id {SCORING}) LIMIT 1")  # noqa: S608
        when = "a range" if planned else "the start"
        hands = at_work(house) if planned or killed[when] < 2 else []
        if hands:
            time.sleep(chance.uniform(0, scoring / 10))
            with suppress(psutil.NoSuchProcess):
                kill(house, chance.choice(hands), whole=chance.random() < 0.5)
                killed[when] += 1
                if killed.total() == KILLS // 2:
                    redis.end()
                    time.sleep(5)
                    redis.begin()
        assert not house.done(), f"done, and only these were killed: {killed}"
        time.sleep(0.02)
    return killed


def readings(house: House) -> set[str]:
    """What readers see of a house nobody works in."""
    child = house.begin("reading", "tests.big_night", "watch", "0.01")
    log = house.folder / "reading.log"
    until(lambda: log.read_text().count("\n") > 3, 60)
    os.killpg(child.pid, signal.SIGKILL)
    child.wait()
    lines = log.read_text().splitlines()
    log.unlink()
    return set(lines[:3])


def watched(house: House, *, at_least: int) -> Counter[str]:
    """What the watcher has seen so far, once that is enough."""
    log = house.folder / "watch.log"
    until(lambda: log.read_text().count("\n") > at_least, 300)
    return Counter(log.read_text().splitlines()[:-1])
