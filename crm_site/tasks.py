"""The bell: a tick each minute asks what is due and missing, and rings for it. Also the ground's own jobs.

Losing a message costs a minute, since the next tick asks again; receiving one twice costs a query, since claims decide.
"""

from __future__ import annotations

import datetime

import structlog
from celery import shared_task
from django.contrib.sessions.models import Session
from django.utils import timezone

from crm_site import audit, bell, form_tokens, jobs, verification
from crm_site.actions import calendar_guard, drafts, notices
from crm_site.celery import TICK_SECONDS, due, job
from crm_site.models.jobs import JobRun

log = structlog.get_logger(__name__)

KEEP_SWEEPS = datetime.timedelta(days=3)
HELPERS = 4


@shared_task(name="crm_site.tasks.tick", IDEMPOTENT=True)
def tick() -> None:
    """Ring for every run that is due and missing, and for help with runs that have free shards."""
    bell.give_up()
    waiting = bell.missing(due(timezone.now()))
    for run in waiting:
        perform.apply_async((run.job.name, run.business_date.isoformat(), run.slot), expires=TICK_SECONDS)
    for pk in bell.runs_wanting_help():
        for _ in range(HELPERS):
            help_shards.apply_async((pk,), expires=TICK_SECONDS)
    if waiting:
        log.info("tick", rang=[run.job.name for run in waiting])


@shared_task(name="crm_site.tasks.perform", IDEMPOTENT=True)
def perform(name: str, business_date: str, slot: str) -> None:
    """Claim and do one run of the timetable; nothing happens when it is done or somebody is at it."""
    date = datetime.date.fromisoformat(business_date)
    jobs.run_job(job=name, path=job(name).task, business_date=date, slot=slot)


@shared_task(name="crm_site.tasks.help_shards", IDEMPOTENT=True)
def help_shards(run_pk: int) -> None:
    """Do free shards of another worker's run until there are none."""
    run = JobRun.objects.get(pk=run_pk)
    work = jobs.resolve_shard(job(run.job).shard)
    jobs.work_shards(run, jobs.new_owner(), work)


@jobs.idempotent
def prune_runs(run: JobRun, as_of: datetime.date) -> jobs.Counts:
    """Forget sweeps that went well some days ago; nights and failures are kept."""
    swept, _by_model = (
        JobRun.objects.filter(state=JobRun.State.OK, business_date__lt=as_of - KEEP_SWEEPS).exclude(slot="").delete()
    )
    return {"removed": swept}


class AuditBroken(Exception):
    """The visitors' book is not as it was written; the run fails and says where."""


@jobs.idempotent
def seal_access(run: JobRun, as_of: datetime.date) -> jobs.Counts:
    """Seal the looks at personal data that came since the last seal into the audit chain."""
    return {"sealed": audit.seal_access()}


@jobs.idempotent
def verify_audit(run: JobRun, as_of: datetime.date) -> jobs.Counts:
    """Read the whole visitors' book, and log its head so that it leaves this database.

    Raises AuditBroken, which an operator sees as a failed run and an error line.
    """
    report = verification.verify(progress=lambda _checked: jobs.heartbeat(run, run.lease_owner))
    if not report.ok:
        log.error("audit.broken", first_bad=report.first_bad, finding=report.finding, triggers=report.missing_triggers)
        raise AuditBroken(f"row {report.first_bad}: {report.finding}; missing triggers: {report.missing_triggers}")
    log.info("audit.head", seq=report.head_seq, hash=report.head_hash)
    return {"rows": report.checked, "seals": report.seals}


@jobs.idempotent
def tidy(run: JobRun, as_of: datetime.date) -> jobs.Counts:
    """Forget ended sessions, forgotten drafts, used form tokens and notices read long ago."""
    now = timezone.now()
    ended, _by_model = Session.objects.filter(expire_date__lt=now).delete()
    return {
        "sessions": ended,
        "drafts": drafts.purge(now=now),
        "form_tokens": form_tokens.purge(now=now),
        "notices": notices.purge(now=now),
    }


@jobs.idempotent
def check_calendar(run: JobRun, as_of: datetime.date) -> jobs.Counts:
    """From November on, say once a week that next year's official calendar is missing, until it is there."""
    return {"told": calendar_guard.remind(as_of)}
