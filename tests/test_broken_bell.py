"""Redis only rings the bell: frozen, killed or emptied, pages go on and no work is lost."""

from __future__ import annotations

import os
import re
import signal
import sqlite3
import subprocess
import sys
import time
import urllib.error
import urllib.parse
import urllib.request
from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass

import pytest

from tests.servers import Redis, free_port
from tests.stack import AGAIN, ROOT, START, Stack, start, until

pytestmark = pytest.mark.faults

SECRET = "lantern-orchard-4417"
WARM = 4.0  # seconds of pages until each web process has loaded what it loads once
FROZEN = 12.0  # seconds the bell is held
RESUMED = 60.0  # seconds until work goes on unaided (reliability FI-04)


@pytest.fixture(scope="module")
def redis(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Redis]:
    server = Redis(tmp_path_factory.mktemp("redis"), free_port())
    server.begin()
    yield server
    server.end()


@pytest.fixture(scope="module")
def stack(redis: Redis, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stack]:
    running = start(tmp_path_factory.mktemp("bell") / "home", free_port(), REDIS_URL=redis.url)
    try:
        until(lambda: running.status() == 200, START)
        until(running.sweeps, AGAIN)
        slowest_page(running, WARM)
        yield running
    finally:
        running.process.send_signal(signal.SIGINT)
        running.process.wait(timeout=90)


@dataclass
class Clerk:
    """Somebody signed in, as a browser without scripts sees it."""

    stack: Stack
    browser: urllib.request.OpenerDirector

    def send(self, path: str, **words: str) -> int:
        """The status of a form filled in and sent."""
        address = f"http://127.0.0.1:{self.stack.port}{path}"
        with self.browser.open(address, timeout=60) as page:
            token = re.search(r'name="csrfmiddlewaretoken" value="(\w+)"', page.read().decode())
        assert token is not None
        words["csrfmiddlewaretoken"] = token[1]
        try:
            with self.browser.open(address, urllib.parse.urlencode(words).encode(), timeout=60) as answer:
                return int(answer.status)
        except urllib.error.HTTPError as error:
            return error.code

    def change_password_wrongly(self) -> int:
        """The status of an attempt that the door counts before it answers with its form again."""
        return self.send("/accounts/password/change/", oldpassword="wrong", password1="x", password2="x")

    def counters(self) -> int:
        """How many counters of the door the database holds."""
        with closing(sqlite3.connect(self.stack.home / "crmis.sqlite3", timeout=20)) as database:
            return int(database.execute("SELECT count(*) FROM crm_site_cache").fetchone()[0])


@pytest.fixture(scope="module")
def clerk(stack: Stack) -> Clerk:
    command = [sys.executable, "manage.py", "create_staff", "--username", "anna", "--role", "agent"]
    environment = {key: value for key, value in os.environ.items() if key not in ("DATABASE_URL", "REDIS_URL")}
    environment["CRMIS_HOME"] = str(stack.home)
    subprocess.run(command, cwd=ROOT, env=environment, input=f"{SECRET}\n", text=True, check=True)
    found = Clerk(stack, urllib.request.build_opener(urllib.request.HTTPCookieProcessor()))
    assert found.send("/accounts/login/", login="anna", password=SECRET) == 200
    return found


def slowest_page(stack: Stack, seconds: float) -> float:
    """Seconds of the slowest page while this long a time passes; fails when one is refused."""
    slowest, end = 0.0, time.monotonic() + seconds
    while time.monotonic() < end:
        begin = time.monotonic()
        assert stack.status() == 200
        slowest = max(slowest, time.monotonic() - begin)
        time.sleep(0.05)
    return slowest


def test_pages_do_not_wait_for_a_frozen_redis_and_jobs_go_on_when_it_thaws(
    stack: Stack, clerk: Clerk, redis: Redis
) -> None:
    assert redis.process is not None
    redis.process.send_signal(signal.SIGSTOP)
    try:
        begin = time.monotonic()
        status, counted = clerk.change_password_wrongly(), time.monotonic() - begin
        slowest = slowest_page(stack, FROZEN)
    finally:
        redis.process.send_signal(signal.SIGCONT)
    stack.forget_sweeps()
    resumed = until(stack.sweeps, RESUMED)
    print(f"\nredis frozen {FROZEN:.0f} s: slowest page {slowest:.2f} s, jobs again after {resumed:.1f} s")
    print(f"a guarded form was answered in {counted:.2f} s")
    assert status == 200 and clerk.counters() > 0  # the attempt was counted, and not in Redis
    assert slowest < 1.0
    assert counted < 10.0  # hashing takes its time on purpose


def test_a_killed_and_emptied_redis_costs_nothing_but_a_minute(stack: Stack, clerk: Clerk, redis: Redis) -> None:
    redis.end()
    assert clerk.change_password_wrongly() == 200
    slowest = slowest_page(stack, 3.0)
    redis.begin()
    stack.forget_sweeps()
    resumed = until(stack.sweeps, RESUMED)
    print(f"\nredis killed: slowest page {slowest:.2f} s, jobs again after {resumed:.1f} s")
    assert stack.status() == 200
