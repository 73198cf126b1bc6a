"""A night killed at any point and taken up again ends in the tables of a night that was left alone (decision 0004)."""

from __future__ import annotations

import datetime
import json
import os
import random
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit, urlunsplit

import psycopg2
import pytest
import time_machine
from django.conf import settings
from django.db import close_old_connections, connection, transaction
from django.db.models.functions import Now

from analytics.actions import scoring_run
from analytics.models import Score
from analytics.tests import nights
from crm_site.models import JobRun
from customers.models import Activity, PublishedRun, Standing

FIRST = datetime.datetime(2026, 11, 15, 18, 0, tzinfo=datetime.UTC)
DAY = datetime.timedelta(days=1)


class Killed(BaseException):
    """Passes every handler on its way out, as the end of a process does."""


class Fuse:
    """Counts statements, and raises at one of them, once. Opening and closing of savepoints is left alone."""

    def __init__(self, at: int = 0) -> None:
        self.at, self.seen = at, 0

    def __call__(self, execute: Any, sql: str, params: Any, many: bool, context: Any) -> Any:
        if not sql.startswith(("SAVEPOINT", "RELEASE", "ROLLBACK")):
            self.seen += 1
            if self.seen == self.at:
                raise Killed
        return execute(sql, params, many, context)


@pytest.fixture
def bank(db: None, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Two nights' worth: one published, then news about every third customer."""
    monkeypatch.setattr(scoring_run, "SHARD", 4)
    with time_machine.travel(FIRST, tick=False) as clock:
        nights.build(21)
        nights.night()
        clock.shift(DAY)
        for row in Activity.objects.order_by("pk")[::3]:
            Activity.objects.filter(pk=row.pk).update(count_12m=row.count_12m + 40, changed_at=FIRST + DAY)
        yield


def left_alone() -> tuple[list[list[str]], int]:
    """What an uninterrupted night writes, and in how many statements; nothing of it stays."""
    fuse = Fuse()
    with transaction.atomic():
        with connection.execute_wrapper(fuse):
            run = nights.night(nights.AS_OF + DAY)
        assert run.state == JobRun.State.OK, run.error
        found = nights.dump()
        transaction.set_rollback(True)
    return found, fuse.seen


def published() -> list[tuple[object, ...]]:
    """What readers see."""
    names = [field.attname for field in Standing._meta.concrete_fields if field.attname != "run_to"]
    return list(Standing.objects.published().order_by("pk").values_list(*names))


@pytest.mark.parametrize("seed", range(10))
def test_a_night_killed_at_any_statement_ends_as_if_left_alone(bank: None, seed: int) -> None:
    wanted, statements = left_alone()
    before = published()
    at = random.Random(seed).randrange(1, statements)  # noqa: S311
    with connection.execute_wrapper(Fuse(at)), pytest.raises(Killed):
        nights.night(nights.AS_OF + DAY)
    if PublishedRun.current() == 1:
        assert published() == before
    JobRun.objects.filter(state=JobRun.State.RUNNING).update(lease_until=Now() - DAY)
    resumed = nights.night(nights.AS_OF + DAY)
    assert resumed is None or resumed.state == JobRun.State.OK, resumed.error
    assert nights.dump() == wanted
    assert PublishedRun.current() == 2


def test_a_night_killed_again_and_again_still_ends(bank: None) -> None:
    wanted, statements = left_alone()
    for _attempt in range(statements):
        JobRun.objects.filter(state=JobRun.State.RUNNING).update(lease_until=Now() - DAY)
        try:
            with connection.execute_wrapper(Fuse(statements // 2)):
                run = nights.night(nights.AS_OF + DAY)
        except Killed:
            continue
        assert run is None or run.state == JobRun.State.OK
        break
    assert nights.dump() == wanted


# --- real processes ---------------------------------------------------------------------------------------------
def on(url: str, home: Path, command: str) -> subprocess.Popen[str]:
    environment = {**os.environ, "DATABASE_URL": url, "CRMIS_HOME": str(home), "LOG_LEVEL": "ERROR"}
    words = [sys.executable, "-m", "analytics.tests.nights", command]
    return subprocess.Popen(words, env=environment, cwd=settings.BASE_DIR, stdout=subprocess.PIPE, text=True)


def said(url: str, home: Path, command: str) -> str:
    child = on(url, home, command)
    answer = child.communicate(timeout=120)[0]
    assert child.returncode == 0
    return answer.strip().splitlines()[-1] if answer.strip() else ""


@pytest.fixture(params=["sqlite", pytest.param("postgres", marks=pytest.mark.postgres)])
def own_database(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    """The URL of a database that child processes may kill themselves over."""
    if request.param == "sqlite":
        yield f"sqlite:///{tmp_path}/night.sqlite3"
        return
    name, server = f"night_{os.getpid()}", os.environ["DATABASE_URL"]
    admin = psycopg2.connect(server)
    admin.autocommit = True
    with admin.cursor() as cursor:
        cursor.execute(f"CREATE DATABASE {name}")
        yield urlunsplit(urlsplit(server)._replace(path=f"/{name}"))
        cursor.execute(f"DROP DATABASE {name} WITH (FORCE)")
    admin.close()


@pytest.mark.faults
def test_a_killed_process_leaves_a_night_that_another_finishes(own_database: str, tmp_path: Path) -> None:
    said(own_database, tmp_path, "build")
    begin = time.monotonic()
    child = on(own_database, tmp_path, "run")
    child.communicate(timeout=120)
    whole = time.monotonic() - begin
    wanted = json.loads(said(own_database, tmp_path, "dump"))
    assert len(wanted) == 2 * nights.SIZE
    for part in (0.5, 0.7, 0.8, 0.9, 0.95):
        said(own_database, tmp_path, "forget")
        assert json.loads(said(own_database, tmp_path, "dump")) == []
        child = on(own_database, tmp_path, "run")
        time.sleep(whole * part)
        child.kill()
        child.communicate(timeout=30)
        assert said(own_database, tmp_path, "run") in ("OK", "DONE")
        assert json.loads(said(own_database, tmp_path, "dump")) == wanted


# --- PostgreSQL -------------------------------------------------------------------------------------------------
@pytest.mark.postgres
@pytest.mark.slow
def test_both_databases_write_the_same_to_the_last_digit(
    db: None, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(scoring_run, "SHARD", 13)
    nights.build()
    assert nights.night().state == JobRun.State.OK
    url = f"sqlite:///{tmp_path}/night.sqlite3"
    for command in ("build", "run"):
        said(url, tmp_path, command)
    assert json.loads(said(url, tmp_path, "dump")) == nights.dump()


@pytest.mark.postgres
@pytest.mark.django_db(transaction=True)
def test_readers_see_the_old_night_or_the_new_one_and_never_a_mixture(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(scoring_run, "SHARD", 3)
    nights.build(45)
    assert nights.night().state == JobRun.State.OK
    for row in Activity.objects.all():
        values = {"count_12m": row.count_12m + 40, "amount_12m_fen": row.amount_12m_fen + 9_999, "closed": False}
        Activity.objects.filter(pk=row.pk).update(changed_at=Now(), ever_holdings=2, **values)
    seen: set[tuple[object, ...]] = set()
    done = threading.Event()

    def look() -> tuple[object, ...]:
        standings = (
            Standing.objects.published().order_by("customer").values_list("customer", "run_from", "score_tenths")
        )
        return tuple(standings)

    def watch() -> None:
        while not done.is_set():
            seen.add(look())
        close_old_connections()
        connection.close()

    old = look()
    watchers = [threading.Thread(target=watch) for _watcher in range(2)]
    for watcher in watchers:
        watcher.start()
    run = nights.night(nights.AS_OF + DAY)
    time.sleep(0.2)
    done.set()
    for watcher in watchers:
        watcher.join()
    new = look()
    assert run.state == JobRun.State.OK, run.error
    assert sum(1 for before, after in zip(old, new, strict=True) if before != after) > 20
    assert seen == {old, new}
    assert Score.objects.published().count() == 45
