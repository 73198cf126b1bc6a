"""Jobs of this step, as the timetable names them; every one may run twice."""

from __future__ import annotations

import datetime

from django.utils import timezone

from complaints.actions import assessment, chasing, clocks, escalation, pauses
from crm_site import jobs
from crm_site.models import JobRun


@jobs.idempotent
def sweep(run: JobRun, as_of: datetime.date) -> dict[str, int]:
    """Warn of deadlines; end pauses that are over; raise minor matters nobody solved in time; promise an end where
    nothing is promised. Warnings come first: what is raised has another deadline afterwards."""
    now = timezone.now()
    warned = escalation.climb(now=now)
    chased = chasing.remind_departments(now=now)
    resumed, raised = pauses.resume_due(now=now), assessment.raise_unsolved(now=now)
    return {**warned, "chased": chased, **resumed, "raised": raised, "led": clocks.lead_unled()}
