"""What the tick asks the database: which runs to ring for, which wait for help, which to give up."""

from __future__ import annotations

from collections.abc import Iterable

import structlog
from django.db.models.functions import Now

from crm_site.celery import Due
from crm_site.jobs import MAX_ATTEMPTS, free_shards
from crm_site.models.jobs import JobRun, JobShard

log = structlog.get_logger(__name__)


def missing(runs: Iterable[Due]) -> list[Due]:
    """Those of the due runs that may be claimed now: not done, not in somebody's hands, and not waiting for others."""
    return [run for run in runs if _may_start(run) and _prerequisites_done(run)]


def _may_start(run: Due) -> bool:
    row = JobRun.objects.filter(job=run.job.name, business_date=run.business_date, slot=run.slot)
    if not row.exists():
        return True
    return row.exclude(state=JobRun.State.OK).filter(lease_until__lt=Now(), attempts__lt=MAX_ATTEMPTS).exists()


def _prerequisites_done(run: Due) -> bool:
    done = JobRun.objects.filter(job__in=run.job.after, business_date=run.business_date, state=JobRun.State.OK)
    return done.values("job").distinct().count() == len(run.job.after)


def give_up() -> int:
    """Mark runs FAILED that killed their worker MAX_ATTEMPTS times; how many."""
    dead = JobRun.objects.filter(state=JobRun.State.RUNNING, lease_until__lt=Now(), attempts__gte=MAX_ATTEMPTS)
    given_up = dead.update(state=JobRun.State.FAILED, finished_at=Now(), error="its worker died each time")
    if given_up:
        log.error("job.given_up", runs=given_up)
    return given_up


def runs_wanting_help() -> list[int]:
    """Keys of running runs that have a shard nobody holds."""
    free = JobShard.objects.filter(free_shards(), run__state=JobRun.State.RUNNING, run__lease_until__gt=Now())
    return list(free.order_by("run").values_list("run", flat=True).distinct())
