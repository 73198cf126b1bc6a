"""Jobs of this step, as the timetable names them; every one may run twice."""

from __future__ import annotations

import datetime

from django.utils import timezone

from complaints.actions import (
    applying,
    assessment,
    batches,
    chasing,
    clocks,
    escalation,
    improvements,
    notices,
    pause_limits,
    pauses,
    presence,
    recalculation,
    rules,
    summaries,
)
from crm_site import jobs
from crm_site.models import JobRun


@jobs.idempotent
def sweep(run: JobRun, as_of: datetime.date) -> dict[str, int]:
    """Bring approved rules into force on their day; warn of deadlines; end pauses that are over; raise minor matters
    nobody solved in time; promise an end where nothing is promised; let notices of receipt that have left acknowledge
    the receipt; forget who was at a page and has left.

    Warnings come before what is raised, which has another deadline afterwards."""
    now = timezone.now()
    activated, warned = rules.activate_due(), escalation.climb(now=now)
    chased, announced = chasing.remind_departments(now=now), pause_limits.announce(now=now)
    resumed, raised = pauses.resume_due(now=now), assessment.raise_unsolved(now=now)
    led, acknowledged = clocks.lead_unled(), notices.acknowledge_sent()
    counts = {
        "activated": activated,
        "chased": chased,
        "announced": announced,
        "raised": raised,
        "led": led,
        "acknowledged": acknowledged,
    }
    return {**warned, **resumed, **counts, "left": presence.forget(now=now)}


@jobs.idempotent
def digest(run: JobRun, as_of: datetime.date) -> dict[str, int]:
    """Say to each owner how many of their complaints fall due."""
    return {"told": chasing.digest(now=timezone.now())}


@jobs.idempotent
def run_batches(run: JobRun, as_of: datetime.date) -> dict[str, int]:
    """Do the rows that wait of acts on many complaints."""
    owner = run.lease_owner
    return {"rows": batches.run_waiting(alive=lambda: jobs.heartbeat(run, owner))}


@jobs.idempotent
def recalculate(run: JobRun, as_of: datetime.date) -> dict[str, int]:
    """Move the dates of approved recalculations, some matters at a time."""
    return applying.apply_due()


@jobs.idempotent
def settle_provisional(run: JobRun, as_of: datetime.date) -> dict[str, int]:
    """Propose to settle provisional dates whose years have become official."""
    return {"proposed": recalculation.propose_settled()}


@jobs.idempotent
def recurring_causes(run: JobRun, as_of: datetime.date) -> dict[str, int]:
    """Propose an improvement for every cause that comes again and again."""
    return {"proposed": improvements.detect(today=as_of)}


@jobs.idempotent
def issue_summaries(run: JobRun, as_of: datetime.date) -> dict[str, int]:
    """Send every department the summaries that are due."""
    return {"issued": summaries.issue_due(today=as_of)}
