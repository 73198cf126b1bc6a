"""Jobs of this step, as the timetable names them; every one may run twice."""

from __future__ import annotations

import datetime

from django.utils import timezone

from campaigns.actions import surveys
from crm_site import jobs
from crm_site.models import JobRun


@jobs.idempotent
def invite(run: JobRun, as_of: datetime.date) -> dict[str, int]:
    """Invite customers whose complaint was closed, once each, and let old invitations expire."""
    now = timezone.now()
    return {**surveys.invite_closed_rounds(now=now), "expired": surveys.expire(now=now)}
