"""One night by hand: every nightly job of a business date, in order, in this process."""

from __future__ import annotations

import datetime
from dataclasses import dataclass

from django.utils import timezone
from django.utils.translation import gettext as _

from crm_site import jobs
from crm_site.celery import Job, jobs_of_night, nightly_jobs
from crm_site.errors import RuleBroken
from crm_site.models.jobs import JobRun


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of one job: its run, and whether this call did it (False: it was done before)."""

    run: JobRun
    ran: bool


def last_done() -> datetime.date | None:
    """The newest business date for which any nightly job has finished."""
    names = [job.name for job in nightly_jobs()]
    done = JobRun.objects.filter(job__in=names, slot="", state=JobRun.State.OK).order_by("-business_date")
    return done.values_list("business_date", flat=True).first()


def run_night(as_of: datetime.date) -> list[Outcome]:
    """Run what is not done yet for this date, resuming what was cut off; a job whose ``after`` failed is left out.

    Raises RuleBroken for a date before the newest night (its results are published and must not go back), for a
    date still to come, and when another worker is at one of the jobs.
    """
    newest, today = last_done(), timezone.localdate()
    if newest and as_of < newest:
        reason = _("The night of %(newest)s is published. %(date)s is earlier and would turn the figures back.")
        raise RuleBroken("night.earlier", reason % {"newest": newest, "date": as_of})
    if as_of > today:
        reason = _("%(date)s is still to come; today is %(today)s.")
        raise RuleBroken("night.future", reason % {"date": as_of, "today": today})
    outcomes: dict[str, Outcome] = {}
    for job in jobs_of_night(as_of):
        if all(outcomes[name].run.state == JobRun.State.OK for name in job.after if name in outcomes):
            outcomes[job.name] = _do(job, as_of)
    return list(outcomes.values())


def _do(job: Job, as_of: datetime.date) -> Outcome:
    run = jobs.run_job(job=job.name, path=job.task, business_date=as_of, force=True)
    if run is not None:
        return Outcome(run, ran=True)
    run = JobRun.objects.get(job=job.name, business_date=as_of, slot="")
    if run.state != JobRun.State.OK:
        reason = _("Another worker is at %(job)s of %(date)s. Try again when it has ended.")
        raise RuleBroken("night.busy", reason % {"job": job.name, "date": as_of})
    return Outcome(run, ran=False)
