"""The tick rings for what is due and missing, once, and again only when it must."""

from __future__ import annotations

import datetime
from collections.abc import Iterator
from typing import Any

import pytest
from django.db.models.functions import Now

from crm_site import bell, celery, jobs, tasks
from crm_site.celery import At, Due, Every, Job, due
from crm_site.models import JobRun, JobShard

pytestmark = pytest.mark.django_db

DAY = datetime.timedelta(days=1)
DONE: list[str] = []


@jobs.idempotent
def first(run: JobRun, as_of: datetime.date) -> jobs.Counts:
    DONE.append(f"first {as_of}")
    return {}


@jobs.idempotent
def second(run: JobRun, as_of: datetime.date) -> jobs.Counts:
    DONE.append(f"second {as_of}")
    return {}


@jobs.idempotent
def sweep(run: JobRun, as_of: datetime.date) -> jobs.Counts:
    DONE.append(f"sweep {run.slot}")
    return {}


@jobs.idempotent
def one_shard(run: JobRun, shard: JobShard, owner: str) -> None:
    DONE.append(f"shard {shard.first_id}")
    jobs.finish_shard(shard, owner, {})


FIRST = Job("first", f"{__name__}.first", At(2), "nightly", 10, shard=f"{__name__}.one_shard")
SECOND = Job("second", f"{__name__}.second", At(3), "nightly", 20, after=("first",))
SWEEP = Job("sweep", f"{__name__}.sweep", Every(5), "tick", 1)
TABLE = (SECOND, FIRST, SWEEP)


@pytest.fixture(autouse=True)
def small_timetable(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Three jobs."""
    DONE.clear()
    monkeypatch.setattr(tasks, "due", lambda moment: due(moment, TABLE))
    monkeypatch.setattr(celery, "TIMETABLE", TABLE)
    yield


def test_a_missed_night_is_caught_up_once_and_only_the_last_one(now: datetime.datetime) -> None:
    for _ in range(3):
        tasks.tick()
    assert DONE == ["sweep 10:00", "first 2025-09-25", "second 2025-09-25"]
    assert {run.state for run in JobRun.objects.all()} == {JobRun.State.OK}


def test_the_next_interval_is_another_run(now: datetime.datetime, time_machine: Any) -> None:
    tasks.tick()
    time_machine.move_to(now + datetime.timedelta(minutes=4, seconds=59))
    tasks.tick()
    time_machine.move_to(now + datetime.timedelta(minutes=5))
    tasks.tick()
    assert [line for line in DONE if line.startswith("sweep")] == ["sweep 10:00", "sweep 10:05"]


def test_two_bells_in_the_same_minute_do_the_work_once(now: datetime.datetime) -> None:
    runs = due(now, TABLE)
    for run in [*runs, *runs]:  # both asked before either began
        tasks.perform(run.job.name, run.business_date.isoformat(), run.slot)
    assert len(DONE) == 3


def test_a_job_waits_for_those_it_comes_after(now: datetime.datetime) -> None:
    night = now.date() - DAY
    run = Due(SECOND, night)
    assert bell.missing([run]) == []
    done = jobs.claim("first", night, owner="a", now=now)
    assert done is not None
    assert bell.missing([run]) == []
    jobs.finish(done, "a", {})
    assert bell.missing([run]) == [run]


def test_a_run_in_somebodys_hands_is_not_rung_for_until_its_lease_ends(now: datetime.datetime) -> None:
    run = Due(SWEEP, now.date(), "10:00")
    jobs.claim("sweep", now.date(), "10:00", owner="a", now=now)
    assert bell.missing([run]) == []
    JobRun.objects.update(lease_until=Now() - datetime.timedelta(seconds=1))
    assert bell.missing([run]) == [run]


def test_a_run_that_kills_every_worker_is_given_up_and_says_so(now: datetime.datetime) -> None:
    jobs.claim("sweep", now.date(), "10:00", owner="a", now=now)
    JobRun.objects.update(lease_until=Now() - datetime.timedelta(seconds=1), attempts=jobs.MAX_ATTEMPTS)
    tasks.tick()
    stored = JobRun.objects.get(job="sweep")
    assert (stored.state, stored.error) == (JobRun.State.FAILED, "its worker died each time")


def test_other_workers_help_with_free_shards(now: datetime.datetime) -> None:
    run = jobs.claim("first", now.date() - DAY, owner="a", now=now)
    assert run is not None
    jobs.plan_shards(run, [(1, 1), (2, 2), (3, 3)])
    jobs.claim_shard(run, "a")
    tasks.tick()
    assert [line for line in DONE if line.startswith("shard")] == ["shard 2", "shard 3"]
    assert bell.runs_wanting_help() == []


def test_old_sweeps_are_forgotten_and_nights_and_failures_are_not(now: datetime.datetime) -> None:
    today = now.date()
    old, fresh = today - datetime.timedelta(days=4), today - DAY
    for job, date, slot, state in [
        ("sweep", old, "10:00", JobRun.State.OK),
        ("sweep", old, "10:05", JobRun.State.FAILED),
        ("sweep", fresh, "10:00", JobRun.State.OK),
        ("first", old, "", JobRun.State.OK),
    ]:
        JobRun.objects.create(job=job, business_date=date, slot=slot, state=state, started_at=now)
    night = JobRun.objects.create(job="prune_runs", business_date=today, started_at=now)
    assert tasks.prune_runs(night, today) == {"removed": 1}
    assert tasks.prune_runs(night, today) == {"removed": 0}


def test_every_task_of_celery_declares_itself_idempotent() -> None:
    ours = [task for name, task in celery.app.tasks.items() if not name.startswith("celery.")]
    assert ours
    assert [task.name for task in ours if not jobs.is_idempotent(task)] == []
