"""Whether this machine can serve: database, storage; and whether jobs move on."""

from __future__ import annotations

import dataclasses
import datetime
from typing import Any

from django.db import connection, models
from django.http import HttpResponse
from django.utils import timezone
from health_check.base import HealthCheck
from health_check.exceptions import ServiceWarning
from health_check.views import HealthCheckView

from crm_site.models import JobRun

STUCK_AFTER = datetime.timedelta(minutes=10)


@dataclasses.dataclass
class Jobs(HealthCheck):
    """Whether work moves on, measured by progress and not by processes: something is swept every minute.

    Only warnings: other machines' stuck jobs are not this one's fault.
    """

    def run(self) -> None:
        """Raises ServiceWarning with job and age, never with what the job was about."""
        now = timezone.now()
        with connection.temporary_connection():
            stuck = JobRun.objects.filter(state=JobRun.State.RUNNING, lease_until__lt=now - STUCK_AFTER)
            oldest = stuck.order_by("lease_until").first()
            latest = JobRun.objects.aggregate(latest=models.Max("started_at"))["latest"]
        if oldest is not None and oldest.lease_until is not None:
            raise ServiceWarning(f"{oldest.job} has stood still for {_minutes(now - oldest.lease_until)} minutes")
        if latest is not None and latest < now - STUCK_AFTER:
            raise ServiceWarning(f"no job has started for {_minutes(now - latest)} minutes")


def _minutes(span: datetime.timedelta) -> int:
    return int(span.total_seconds() // 60)


class Health(HealthCheckView):
    """``/health/``: 200 when this machine can serve, else 500; JSON unless plain text is asked for.

    Warnings are named in the answer and leave the status 200, so that a stuck job takes no web server out of service.
    """

    checks = ("health_check.checks.Database", "health_check.checks.Storage", Jobs)

    def _status(self) -> int:
        failed = [result for result in self.results if result.error and not isinstance(result.error, ServiceWarning)]
        return 500 if failed else 200

    def render_to_response_json(self, status: int) -> HttpResponse:
        """One line a check: ``OK``, or what is wrong."""
        return super().render_to_response_json(self._status())

    def render_to_response_text(self, status: int) -> HttpResponse:
        """The same as plain text."""
        return super().render_to_response_text(self._status())

    def render_to_response(self, context: dict[str, Any], **kwargs: Any) -> HttpResponse:
        """Browsers get the JSON too: the library's own page breaks the content policy."""
        return self.render_to_response_json(200)
