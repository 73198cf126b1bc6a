"""Claiming a run, keeping it, ending it: each once, whoever else tries (reliability 2.4).

The JobRun row is lock, memory and result. A claim is an insert; the unique constraint decides. A worker keeps what it
claimed by a lease that only the database's clock can end, so a wrong clock steals nothing. Every later step is a
conditional UPDATE that must hit one row: a worker that slept through its lease wakes up to LeaseLost, and its
transaction rolls back.

A job is a function ``(run: JobRun, as_of: date) -> dict[str, int]`` marked ``@idempotent``. Long jobs cut their work
into shards, or call ``heartbeat`` between chunks; they call it once more inside the transaction that publishes.
"""

from __future__ import annotations

import datetime
import os
import secrets
import socket
import time
from collections.abc import Callable, Iterable, Mapping
from typing import Protocol, TypeVar

import structlog
from django.db import IntegrityError, connection, models, transaction
from django.db.models.functions import Now
from django.utils import timezone
from django.utils.module_loading import import_string

from crm_site import failures
from crm_site.errors import RuleBroken
from crm_site.models.jobs import JobRun, JobShard

log = structlog.get_logger(__name__)

LEASE = datetime.timedelta(seconds=float(os.environ.get("CRMIS_LEASE_SECONDS", "300")))
RETRY_AFTER = datetime.timedelta(minutes=10)
MAX_ATTEMPTS = 5
SHORTEST_PAUSE, LONGEST_PAUSE = 0.01, 0.2  # seconds between two looks at shards that others hold

Counts = dict[str, int]
ShardFunction = Callable[[JobRun, JobShard, str], None]
F = TypeVar("F", bound=Callable[..., object])


class JobFunction(Protocol):
    """What the timetable's dotted names lead to."""

    def __call__(self, run: JobRun, as_of: datetime.date) -> Counts: ...


class LeaseLost(Exception):
    """Somebody else took this run or shard over after our lease ended; nothing of ours may be kept."""

    TELLS_NO_VALUES = True


class NotYet(RuleBroken):
    """The job waits for something that is to come: the run is tried again every RETRY_AFTER, however often."""

    TELLS_NO_VALUES = True


class NotIdempotent(TypeError):
    """The function does not declare that it may run twice."""

    TELLS_NO_VALUES = True


def idempotent(function: F) -> F:
    """Declare that running this job again, whole or from the middle, ends in the same tables as running it once."""
    function.__dict__["IDEMPOTENT"] = True
    return function


def is_idempotent(function: Callable[..., object]) -> bool:
    """Whether the function (or task) declares it."""
    return getattr(function, "IDEMPOTENT", False) is True


def resolve(path: str) -> JobFunction:
    """The function behind a dotted name. Raises ImportError, or NotIdempotent if it may not run twice."""
    function: JobFunction = import_string(path)
    if not is_idempotent(function):
        raise NotIdempotent(f"{path} does not declare itself idempotent")
    return function


def resolve_shard(path: str) -> ShardFunction:
    """The function behind a dotted name that does one shard; as ``resolve``."""
    function: ShardFunction = import_string(path)
    if not is_idempotent(function):
        raise NotIdempotent(f"{path} does not declare itself idempotent")
    return function


def new_owner() -> str:
    """A name for one worker at one claim: ``host:pid:random``. Never reused, so an old self is a stranger."""
    return f"{socket.gethostname()[:50]}:{os.getpid()}:{secrets.token_hex(6)}"


# --- runs -------------------------------------------------------------------------------------------------------
def claim(
    job: str, business_date: datetime.date, slot: str = "", *, owner: str, now: datetime.datetime, force: bool = False
) -> JobRun | None:
    """Take this run, or None when it is done, being done, or waiting for its next attempt.

    A run whose lease has ended, or that failed a while ago, is taken over with one more attempt, at most MAX_ATTEMPTS
    times without having come further; its checkpoint and shards stay. ``force`` (an operator's word) skips the wait
    and the limit, and also takes over from a process of this machine that no longer exists. What is OK stays OK.
    """
    try:
        with transaction.atomic():
            run = JobRun(job=job, business_date=business_date, slot=slot, started_at=now, lease_owner=owner)
            run.lease_until = Now() + LEASE
            run.heartbeat_at = Now()
            run.save(force_insert=True)
    except IntegrityError:
        return _take_over(JobRun.objects.get(job=job, business_date=business_date, slot=slot), owner=owner, force=force)
    run.refresh_from_db()
    return run


@transaction.atomic
def _take_over(run: JobRun, *, owner: str, force: bool) -> JobRun | None:
    open_run = JobRun.objects.filter(pk=run.pk, lease_owner=run.lease_owner, attempts=run.attempts)
    waited = models.Q(state__in=[JobRun.State.RUNNING, JobRun.State.FAILED], lease_until__lt=Now())
    if not force:
        mine = open_run.filter(waited, attempts__lt=MAX_ATTEMPTS)
    elif run.state == JobRun.State.FAILED or _is_gone(run.lease_owner):
        mine = open_run.exclude(state=JobRun.State.OK)
    else:
        mine = open_run.filter(waited)
    taken = mine.update(
        state=JobRun.State.RUNNING,
        attempts=models.F("attempts") + 1,
        lease_owner=owner,
        lease_until=Now() + LEASE,
        heartbeat_at=Now(),
        finished_at=None,
        error="",
        warning="",
    )
    if not taken:
        return None
    run.shards.filter(state=JobShard.State.CLAIMED, lease_owner=run.lease_owner).update(state=JobShard.State.TODO)
    log.warning("job.taken_over", job=run.job, business_date=str(run.business_date), attempt=run.attempts + 1)
    return JobRun.objects.get(pk=run.pk)


def _is_gone(owner: str) -> bool:
    """Whether the owner was a process of this machine and that process is no more."""
    host, _, rest = owner.partition(":")
    if host != socket.gethostname()[:50]:
        return False
    try:
        os.kill(int(rest.partition(":")[0]), 0)
    except ProcessLookupError:
        return True
    except PermissionError:
        return False
    return False


def _held(run: JobRun, owner: str) -> models.QuerySet[JobRun]:
    return JobRun.objects.filter(pk=run.pk, lease_owner=owner, state=JobRun.State.RUNNING)


def another_is_at_it(run: JobRun) -> bool:
    """Whether an earlier or later run of the same job is in somebody's hands: a sweep leaves the work to it."""
    others = JobRun.objects.filter(job=run.job, state=JobRun.State.RUNNING, lease_until__gt=Now())
    return others.exclude(pk=run.pk).exists()


def heartbeat(
    run: JobRun, owner: str, *, checkpoint: Mapping[str, object] | None = None, further: bool = False
) -> None:
    """Renew the lease, and remember how far the run came. Raises LeaseLost.

    ``further`` says that a part of the work is done for good, so that the attempts of the run count anew. Called inside
    a transaction it is also the fence: the row stays locked until commit, so nobody takes over.
    """
    values: dict[str, object] = {"lease_until": Now() + LEASE, "heartbeat_at": Now()}
    if checkpoint is not None:
        run.checkpoint = dict(checkpoint)
        values["checkpoint"] = run.checkpoint
    if further:
        values["attempts"] = 1
    if _held(run, owner).update(**values) != 1:
        raise LeaseLost(str(run))


def warn(run: JobRun, owner: str, warning: str) -> None:
    """Say on the run what somebody must look at, although it goes on and may end well. Raises LeaseLost."""
    run.warning = warning[:2000]
    if _held(run, owner).update(warning=run.warning) != 1:
        raise LeaseLost(str(run))


def finish(run: JobRun, owner: str, counts: Mapping[str, int]) -> None:
    """The run is done, with these counts. Raises LeaseLost."""
    run.state, run.counts = JobRun.State.OK, dict(counts)
    values = {"state": run.state, "counts": run.counts, "finished_at": Now(), "lease_until": None, "error": ""}
    if _held(run, owner).update(**values) != 1:
        raise LeaseLost(str(run))


def fail(run: JobRun, owner: str, error: str) -> None:
    """The run failed for this reason; it may be tried again after RETRY_AFTER. Raises LeaseLost."""
    run.state, run.error = JobRun.State.FAILED, error
    values = {"state": run.state, "error": error, "finished_at": Now(), "lease_until": Now() + RETRY_AFTER}
    if _held(run, owner).update(**values) != 1:
        raise LeaseLost(str(run))


def postpone(run: JobRun, owner: str, reason: str) -> None:
    """As ``fail``, but this attempt does not count: what is waited for may be long in coming. Raises LeaseLost."""
    fail(run, owner, reason)
    JobRun.objects.filter(pk=run.pk, lease_owner=owner, attempts=run.attempts).update(attempts=run.attempts - 1)


def run_job(
    *,
    job: str,
    path: str,
    business_date: datetime.date,
    slot: str = "",
    now: datetime.datetime | None = None,
    force: bool = False,
) -> JobRun | None:
    """Claim and run one job in this process; the finished or failed run, or None when it was not ours to run.

    An exception of the job is logged and stored on the run, not raised: one broken job must not stop the others.
    """
    owner = new_owner()
    run = claim(job, business_date, slot, owner=owner, now=now or timezone.now(), force=force)
    if run is None:
        return None
    line = log.bind(job=job, business_date=str(business_date), slot=slot, attempt=run.attempts)
    try:
        counts = resolve(path)(run, business_date)
        finish(run, owner, counts)
    except LeaseLost:
        line.warning("job.lease_lost")
        return None
    except NotYet as reason:
        line.warning("job.waits", reason=reason.code)
        postpone(run, owner, failures.told(reason)[:2000])
    except Exception as error:
        line.exception("job.failed")
        fail(run, owner, failures.placed(error)[:2000])
    else:
        line.info("job.done", counts=counts)
    return JobRun.objects.get(pk=run.pk)


# --- shards -----------------------------------------------------------------------------------------------------
@transaction.atomic
def plan_shards(run: JobRun, ranges: Iterable[tuple[int, int]]) -> int:
    """Cut the run into primary-key ranges (both ends inclusive); how many there are.

    A run that resumes keeps the ranges it had, since some of them are done. Raises LeaseLost.
    """
    heartbeat(run, run.lease_owner)
    if not run.shards.exists():
        JobShard.objects.bulk_create(JobShard(run=run, first_id=first, last_id=last) for first, last in ranges)
    return run.shards.count()


def free_shards() -> models.Q:
    """The condition for a shard anybody may take: to do, or held by a worker whose lease has ended."""
    return models.Q(state=JobShard.State.TODO) | models.Q(state=JobShard.State.CLAIMED, lease_until__lt=Now())


def claim_shard(run: JobRun, owner: str) -> JobShard | None:
    """Take the next shard that is to do, or whose worker's lease has ended; None when there is none."""
    free = free_shards()
    while (shard := run.shards.filter(free).order_by("first_id").first()) is not None:
        taken = run.shards.filter(free, pk=shard.pk).update(
            state=JobShard.State.CLAIMED, lease_owner=owner, lease_until=Now() + LEASE
        )
        if taken:
            shard.refresh_from_db()
            return shard
    return None


def finish_shard(shard: JobShard, owner: str, counts: Mapping[str, int]) -> None:
    """The shard is done. Call it inside the transaction that wrote its results: both land, or neither.

    A run that comes further is not given up, however often its workers die: its attempts count anew. Raises LeaseLost
    when another worker took the shard over, so that the results roll back.
    """
    if not connection.in_atomic_block:
        raise RuntimeError("finish_shard belongs into the transaction that wrote the shard's results")
    shard.state, shard.counts = JobShard.State.DONE, dict(counts)
    held = JobShard.objects.filter(pk=shard.pk, state=JobShard.State.CLAIMED, lease_owner=owner)
    if held.update(state=shard.state, counts=shard.counts, lease_until=None) != 1:
        raise LeaseLost(str(shard))
    JobRun.objects.filter(pk=shard.run_id, attempts__gt=1).update(attempts=1)


def open_shards(run: JobRun) -> int:
    """How many shards are not done yet, ours or others'."""
    return run.shards.exclude(state=JobShard.State.DONE).count()


def shard_counts(run: JobRun) -> Counts:
    """The counts of all done shards, added up."""
    total: Counts = {}
    for counts in run.shards.filter(state=JobShard.State.DONE).values_list("counts", flat=True):
        for key, number in counts.items():
            total[key] = total.get(key, 0) + number
    return total


def complete_shards(run: JobRun, work: ShardFunction) -> Counts:
    """What the run's own worker calls: do shards, wait for those others hold, until none is open; the summed counts."""
    work_shards(run, run.lease_owner, work)
    pause = SHORTEST_PAUSE
    while open_shards(run):
        time.sleep(pause)
        pause = min(2 * pause, LONGEST_PAUSE)
        heartbeat(run, run.lease_owner)
        work_shards(run, run.lease_owner, work)
    return shard_counts(run)


def work_shards(run: JobRun, owner: str, work: ShardFunction) -> int:
    """Do shards until none is free; how many were ours. ``work`` writes the results and calls ``finish_shard``.

    Safe to call from several workers for one run. A shard lost to another worker is theirs, and we go on to the next.
    """
    done = 0
    while (shard := claim_shard(run, owner)) is not None:
        try:
            work(run, shard, owner)
            done += 1
        except LeaseLost:
            log.warning("job.shard_lost", run=run.pk, first_id=shard.first_id)
        if owner == run.lease_owner:
            heartbeat(run, owner)
    return done
