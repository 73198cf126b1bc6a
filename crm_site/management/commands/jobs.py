"""``manage.py jobs``: the timetable and the last run of each job."""

from __future__ import annotations

from typing import Any

from crm_site.celery import TIMETABLE, At, Job, Weekly
from crm_site.management.base import Answer, JsonCommand
from crm_site.models.jobs import JobRun

WEEKDAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")


class Command(JsonCommand):
    """Reads only."""

    help = "Show every job of the timetable and what became of its last run."

    def answer(self, **options: Any) -> Answer:
        return {"jobs": [_line(job) for job in sorted(TIMETABLE, key=lambda job: (job.scope, job.order))]}

    def text(self, answer: Answer) -> str:
        lines = []
        for job in answer["jobs"]:
            last = job["last"]
            ended = (
                f"{last['state']} {last['business_date']} {last['slot']} {last['warning']}{last['error']}"
                if last
                else "never ran"
            )
            lines.append(f"{job['name']:<20} {job['scope']:<8} {job['when']:<28} {ended.rstrip()}")
        return "\n".join(lines)


def when(job: Job) -> str:
    """The time of a job in words."""
    if isinstance(job.when, Weekly):
        return f"{WEEKDAYS[job.when.weekday]}s at {job.when.hour:02d}:{job.when.minute:02d}"
    if isinstance(job.when, At):
        return f"daily at {job.when.hour:02d}:{job.when.minute:02d}"
    hours = "" if (job.when.from_hour, job.when.to_hour) == (0, 24) else f", {job.when.from_hour}–{job.when.to_hour} h"
    return f"every {job.when.minutes} min{hours}"


def _line(job: Job) -> dict[str, Any]:
    run = JobRun.objects.filter(job=job.name).order_by("-business_date", "-slot").first()
    line: dict[str, Any] = {"name": job.name, "scope": job.scope, "order": job.order, "when": when(job), "last": None}
    if run is not None:
        line["last"] = {
            "business_date": str(run.business_date),
            "slot": run.slot,
            "state": run.state,
            "attempts": run.attempts,
            "started_at": run.started_at,
            "finished_at": run.finished_at,
            "counts": run.counts,
            "warning": run.warning,
            "error": run.error,
        }
    return line
