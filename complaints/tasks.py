"""Jobs of this step, as the timetable names them; every one may run twice."""

from __future__ import annotations

import datetime

from django.utils import timezone

from complaints.actions import assessment, pauses
from crm_site import jobs
from crm_site.models import JobRun


@jobs.idempotent
def sweep(run: JobRun, as_of: datetime.date) -> dict[str, int]:
    """End pauses that are over; raise minor matters nobody solved in time."""
    now = timezone.now()
    return {**pauses.resume_due(now=now), "raised": assessment.raise_unsolved(now=now)}
