"""A run happens once, however many try, and a worker that slept wakes up to nothing."""

from __future__ import annotations

import datetime
import re
import subprocess
import threading
from collections.abc import Callable
from typing import Any

import pytest
from django.db import connection, transaction
from django.db.models.functions import Now

from crm_site import jobs
from crm_site.models import JobRun, JobShard

NIGHT = datetime.date(2026, 3, 10)
MOMENT = datetime.datetime(2026, 3, 11, 2, 0, tzinfo=datetime.UTC)
PAST = datetime.timedelta(seconds=1)

pytestmark = pytest.mark.django_db

CALLS: list[datetime.date] = []


@jobs.idempotent
def good(run: JobRun, as_of: datetime.date) -> jobs.Counts:
    CALLS.append(as_of)
    return {"seen": 3}


@jobs.idempotent
def broken(run: JobRun, as_of: datetime.date) -> jobs.Counts:
    raise ValueError("no balance for 13812345678")


def undeclared(run: JobRun, as_of: datetime.date) -> jobs.Counts:
    return {}


def claim(owner: str, **fields: Any) -> JobRun | None:
    return jobs.claim("score", NIGHT, owner=owner, now=MOMENT, **fields)


def held(owner: str = "a") -> JobRun:
    run = claim(owner)
    assert run is not None
    return run


def end_lease(run: JobRun) -> None:
    JobRun.objects.filter(pk=run.pk).update(lease_until=Now() - PAST)


def perform(path: str, **fields: Any) -> JobRun | None:
    return jobs.run_job(job="score", path=f"{__name__}.{path}", business_date=NIGHT, **fields)


def test_a_run_is_claimed_once() -> None:
    run = held("a")
    assert (run.state, run.attempts, run.lease_owner) == (JobRun.State.RUNNING, 1, "a")
    assert claim("b") is None


def test_other_dates_and_slots_are_other_runs() -> None:
    held()
    assert jobs.claim("score", NIGHT + datetime.timedelta(days=1), owner="b", now=MOMENT)
    assert jobs.claim("score", NIGHT, "10:00", owner="b", now=MOMENT)


def test_an_ended_lease_is_taken_over_with_checkpoint_and_one_more_attempt() -> None:
    run = held("a")
    jobs.heartbeat(run, "a", checkpoint={"last_id": 500})
    end_lease(run)
    again = claim("b")
    assert again is not None
    assert (again.attempts, again.lease_owner, again.checkpoint) == (2, "b", {"last_id": 500})


def test_what_is_done_stays_done_even_by_force() -> None:
    run = held("a")
    jobs.finish(run, "a", {"rows": 1})
    assert claim("b") is None
    assert claim("b", force=True) is None
    stored = JobRun.objects.get()
    assert (stored.state, stored.counts, stored.lease_until) == (JobRun.State.OK, {"rows": 1}, None)


def test_a_failed_run_waits_and_force_does_not() -> None:
    jobs.fail(held("a"), "a", "disk full")
    assert claim("b") is None
    again = claim("b", force=True)
    assert again is not None
    assert (again.state, again.attempts, again.error) == (JobRun.State.RUNNING, 2, "")


def test_a_run_that_fails_again_and_again_is_left_to_people() -> None:
    for attempt in range(1, jobs.MAX_ATTEMPTS + 1):
        run = claim(f"worker{attempt}")
        assert run is not None
        assert run.attempts == attempt
        end_lease(run)
    assert claim("one more") is None
    assert claim("an operator", force=True) is not None


def test_force_takes_over_from_a_dead_process_of_this_machine_only() -> None:
    process = subprocess.Popen(["true"])
    process.wait()
    host = jobs.new_owner().split(":")[0]
    held(f"{host}:{process.pid}:abc")
    assert claim("b") is None
    assert claim(jobs.new_owner(), force=True) is not None
    assert claim("b", force=True) is None  # this very process is alive
    JobRun.objects.update(lease_owner=f"elsewhere:{process.pid}:abc")
    assert claim("b", force=True) is None


def test_a_zombie_can_neither_renew_nor_finish_nor_fail() -> None:
    run = held("zombie")
    end_lease(run)
    assert claim("heir") is not None
    for late in (
        lambda: jobs.heartbeat(run, "zombie"),
        lambda: jobs.finish(run, "zombie", {}),
        lambda: jobs.fail(run, "zombie", "late"),
        lambda: jobs.plan_shards(run, [(1, 2)]),
    ):
        with pytest.raises(jobs.LeaseLost):
            late()
    stored = JobRun.objects.get()
    assert (stored.state, stored.lease_owner) == (JobRun.State.RUNNING, "heir")


def test_a_worker_that_is_merely_late_may_go_on_when_nobody_took_over() -> None:
    run = held("a")
    end_lease(run)
    jobs.heartbeat(run, "a")
    assert claim("b") is None


def test_a_job_runs_once_and_its_counts_are_kept() -> None:
    CALLS.clear()
    first, second = perform("good"), perform("good")
    assert first is not None
    assert (first.state, first.counts, second, CALLS) == (JobRun.State.OK, {"seen": 3}, None, [NIGHT])


def test_a_failing_job_leaves_its_reason_without_personal_data() -> None:
    run = perform("broken")
    assert run is not None
    assert run.state == JobRun.State.FAILED
    assert re.fullmatch(r"ValueError \(test_jobs.py:\d+ \w+\)", run.error)


def test_a_job_that_does_not_declare_itself_idempotent_is_refused() -> None:
    run = perform("undeclared")
    assert run is not None
    assert run.state == JobRun.State.FAILED
    assert "idempotent" in run.error


# --- shards -----------------------------------------------------------------------------------------------------
def test_shards_are_planned_once_and_handed_out_in_order() -> None:
    run = held("a")
    assert jobs.plan_shards(run, [(1, 10), (11, 20)]) == 2
    assert jobs.plan_shards(run, [(1, 5), (6, 20), (21, 30)]) == 2
    handed = [jobs.claim_shard(run, owner) for owner in ("a", "b", "c")]
    assert [(shard.first_id, shard.lease_owner) if shard else None for shard in handed] == [(1, "a"), (11, "b"), None]


def test_results_of_a_lost_shard_roll_back() -> None:
    run = held("a")
    jobs.plan_shards(run, [(1, 10)])
    shard = jobs.claim_shard(run, "zombie")
    assert shard is not None
    JobShard.objects.update(lease_until=Now() - PAST)
    heir = jobs.claim_shard(run, "heir")
    assert heir is not None
    with pytest.raises(jobs.LeaseLost), transaction.atomic():
        JobRun.objects.filter(pk=run.pk).update(error="a result of the zombie")
        jobs.finish_shard(shard, "zombie", {"rows": 10})
    assert JobRun.objects.get().error == ""
    with transaction.atomic():
        jobs.finish_shard(heir, "heir", {"rows": 10})
    assert (jobs.open_shards(run), jobs.shard_counts(run)) == (0, {"rows": 10})


def test_taking_a_run_over_frees_the_shards_its_dead_worker_held() -> None:
    run = held("a")
    jobs.plan_shards(run, [(1, 10), (11, 20)])
    jobs.claim_shard(run, "a")
    jobs.claim_shard(run, "helper")
    end_lease(run)
    again = claim("b")
    assert again is not None
    freed = jobs.claim_shard(again, "b")
    assert freed is not None
    assert freed.first_id == 1
    assert jobs.claim_shard(again, "b") is None


@pytest.mark.django_db(transaction=True)
def test_a_shard_may_only_be_finished_inside_a_transaction() -> None:
    run = held("a")
    jobs.plan_shards(run, [(1, 10)])
    shard = jobs.claim_shard(run, "a")
    assert shard is not None
    with pytest.raises(RuntimeError, match="transaction"):
        jobs.finish_shard(shard, "a", {})


def test_a_run_that_comes_further_is_not_given_up() -> None:
    run = held("first")
    jobs.plan_shards(run, [(n, n) for n in range(2 * jobs.MAX_ATTEMPTS)])
    for attempt in range(2 * jobs.MAX_ATTEMPTS):
        shard = jobs.claim_shard(run, run.lease_owner)
        assert shard is not None
        with transaction.atomic():
            jobs.finish_shard(shard, run.lease_owner, {"rows": 1})
        end_lease(run)
        again = claim(f"worker{attempt}")
        assert again is not None
        run = again
    assert jobs.shard_counts(run) == {"rows": 2 * jobs.MAX_ATTEMPTS}


def test_a_run_completes_all_its_shards_and_adds_their_counts_up() -> None:
    run = held("a")
    jobs.plan_shards(run, [(1, 10), (11, 20), (21, 25)])

    def work(run: JobRun, shard: JobShard, owner: str) -> None:
        with transaction.atomic():
            jobs.finish_shard(shard, owner, {"rows": shard.last_id - shard.first_id + 1})

    assert jobs.complete_shards(run, work) == {"rows": 25}


# --- many at once -----------------------------------------------------------------------------------------------
def together(count: int, act: Callable[[str], object]) -> list[object]:
    """Run ``act`` in so many threads behind one barrier; what they returned."""
    barrier, results = threading.Barrier(count), []

    def body(name: str) -> None:
        try:
            barrier.wait(timeout=10)
            results.append(act(name))
        finally:
            connection.close()

    threads = [threading.Thread(target=body, args=(f"t{number}",)) for number in range(count)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(timeout=60)
    assert len(results) == count
    return results


@pytest.mark.together
@pytest.mark.django_db(transaction=True)
def test_of_two_workers_claiming_at_the_same_moment_one_wins() -> None:
    for day in range(1, 21):
        date = datetime.date(2026, 4, day)
        won = together(2, lambda name, date=date: jobs.claim("score", date, owner=name, now=MOMENT))
        assert [run is not None for run in won].count(True) == 1
    assert JobRun.objects.count() == 20


@pytest.mark.together
@pytest.mark.django_db(transaction=True)
def test_of_eight_workers_taking_over_one_wins_and_attempts_count_once() -> None:
    end_lease(held("dead"))
    won = [run for run in together(8, claim) if run is not None]
    assert len(won) == 1
    assert JobRun.objects.get().attempts == 2


@pytest.mark.together
@pytest.mark.django_db(transaction=True)
def test_eight_workers_share_forty_shards_without_doing_one_twice() -> None:
    run = held("a")
    jobs.plan_shards(run, [(n, n) for n in range(40)])
    done: list[int] = []

    def work(run: JobRun, shard: JobShard, owner: str) -> None:
        with transaction.atomic():
            done.append(shard.first_id)
            jobs.finish_shard(shard, owner, {"rows": 1})

    shares = together(8, lambda name: jobs.work_shards(run, name, work))
    assert sum(int(str(share)) for share in shares) == 40
    assert sorted(done) == list(range(40))
