"""Jobs of this step, as the timetable names them; every one may run twice."""

from __future__ import annotations

import datetime

from django.utils import timezone

from complaints.actions import assessment, clocks, improvements, pauses
from crm_site import jobs
from crm_site.models import JobRun


@jobs.idempotent
def sweep(run: JobRun, as_of: datetime.date) -> dict[str, int]:
    """End pauses that are over; raise minor matters nobody solved in time; promise an end where nothing is promised."""
    now = timezone.now()
    resumed, raised = pauses.resume_due(now=now), assessment.raise_unsolved(now=now)
    return {**resumed, "raised": raised, "led": clocks.lead_unled()}


@jobs.idempotent
def recurring_causes(run: JobRun, as_of: datetime.date) -> dict[str, int]:
    """Propose an improvement for every cause that comes again and again."""
    return {"proposed": improvements.detect(today=as_of)}
