"""The Celery application, and the whole timetable as data.

Celery rings the bell and carries work between machines; it never holds the truth. Beat knows one entry, the tick. What
is due is asked of this table and of the JobRun rows, so a second beat, a restarted one or a missed night is harmless.
"""

from __future__ import annotations

import datetime
import os
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal
from zoneinfo import ZoneInfo

from celery import Celery
from django.conf import settings

from crm_site import broker

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "crm_site.settings")

TICK_SECONDS = float(os.environ.get("CRMIS_TICK_SECONDS", "60"))

broker.install()
app = Celery("crm_site")
app.config_from_object("django.conf:settings", namespace="CELERY")
app.autodiscover_tasks(["crm_site"])
# A tick nobody fetched within its minute is worthless: the next one asks the same question.
app.conf.beat_schedule = {
    "tick": {"task": "crm_site.tasks.tick", "schedule": TICK_SECONDS, "options": {"expires": TICK_SECONDS}}
}


@dataclass(frozen=True, slots=True)
class At:
    """Once a day, at this time of the business zone."""

    hour: int
    minute: int = 0


@dataclass(frozen=True, slots=True)
class Weekly:
    """Once a week, at this time of the business zone; ``weekday`` (0 is Monday) is that of the business date."""

    weekday: int
    hour: int
    minute: int = 0


@dataclass(frozen=True, slots=True)
class Every:
    """Every so many minutes, counted from midnight of the business zone, between two full hours."""

    minutes: int
    from_hour: int = 0
    to_hour: int = 24


@dataclass(frozen=True, slots=True)
class Job:
    """One line of the timetable.

    ``task`` is the dotted path of a function ``(run: JobRun, as_of: date) -> dict`` that declares itself idempotent.
    A ``nightly`` job works for the business date that ended at midnight, a ``tick`` job for the current one. Jobs due
    together run by ``order``; one whose ``after`` jobs are not done for the same date waits. ``shard`` is the dotted
    path of ``(run, shard, owner) -> None`` for jobs that other workers may help with.
    """

    name: str
    task: str
    when: At | Weekly | Every
    scope: Literal["nightly", "tick"]
    order: int
    after: tuple[str, ...] = ()
    shard: str = ""


@dataclass(frozen=True, slots=True)
class Due:
    """A run that should exist by now: unique by job, business date and slot."""

    job: Job
    business_date: datetime.date
    slot: str = ""


TIMETABLE: tuple[Job, ...] = (
    Job("seal_access", "crm_site.tasks.seal_access", Every(1), "tick", 10),
    Job("outbox", "customers.tasks.send_messages", Every(1), "tick", 20),
    Job("survey_invitations", "campaigns.tasks.invite", Every(5), "tick", 30),
    Job("complaint_clocks", "complaints.tasks.sweep", Every(15), "tick", 40),
    Job("complaints_due_today", "complaints.tasks.digest", At(9), "tick", 50),
    Job("complaints_due_next", "complaints.tasks.digest", At(16), "tick", 51),
    Job("recalculations", "complaints.tasks.recalculate", Every(1), "tick", 45),
    Job("calendar_check", "crm_site.tasks.check_calendar", At(8), "tick", 50),
    Job("summaries", "complaints.tasks.issue_summaries", At(8), "tick", 55),
    Job("complaint_batches", "complaints.tasks.run_batches", Every(1), "tick", 45),
    Job("simulate_rules", "analytics.tasks.simulate_rules", Every(1), "tick", 50),
    Job("train_suggestions", "analytics.tasks.train_suggestions", Every(5), "tick", 60),
    Job("roll_activity", "customers.tasks.roll_activity", At(2), "nightly", 10),
    Job("expire_needs", "customers.tasks.expire_needs", At(2), "nightly", 20),
    Job("score", "analytics.tasks.score", At(2), "nightly", 30, ("roll_activity",), "analytics.tasks.score_shard"),
    Job("rfm", "analytics.tasks.rfm", At(2), "nightly", 33, ("roll_activity",)),
    Job("run_figures", "analytics.tasks.run_figures_of", At(2), "nightly", 34, ("score",)),
    Job("segments_refresh", "analytics.tasks.refresh_segments", At(2), "nightly", 35, ("score",)),
    Job("recurring_causes", "complaints.tasks.recurring_causes", At(2), "nightly", 40),
    Job("settle_provisional", "complaints.tasks.settle_provisional", At(2), "nightly", 60),
    Job("rebuild", "customers.tasks.rebuild", Weekly(5, 4), "nightly", 70, shard="customers.tasks.rebuild_shard"),
    Job("forget_lifetimes", "analytics.tasks.forget_lifetimes", Weekly(6, 4), "nightly", 75, ("score",)),
    Job("verify_audit", "crm_site.tasks.verify_audit", At(3), "nightly", 80),
    Job("tidy", "crm_site.tasks.tidy", At(3), "nightly", 85),
    Job("prune_runs", "crm_site.tasks.prune_runs", At(3), "nightly", 90),
)


def job(name: str) -> Job:
    """The line of the timetable with this name. Raises KeyError when there is none."""
    for line in TIMETABLE:
        if line.name == name:
            return line
    raise KeyError(name)


def nightly_jobs() -> list[Job]:
    """The jobs of the night, in the order they run."""
    return sorted((line for line in TIMETABLE if line.scope == "nightly"), key=lambda line: line.order)


def jobs_of_night(as_of: datetime.date) -> list[Job]:
    """Those of them that work for this business date: a weekly one on its day alone."""
    return [
        line for line in nightly_jobs() if not isinstance(line.when, Weekly) or line.when.weekday == as_of.weekday()
    ]


def due(now: datetime.datetime, timetable: tuple[Job, ...] = TIMETABLE) -> list[Due]:
    """The newest run of each job that should exist at ``now`` (aware), sweeps first, then by order.

    Only the newest: a machine that slept three nights runs the last one once, since an older score may not be published
    over a newer one and a sweep picks up all that is due anyway.
    """
    runs = [run for line in timetable for run in _newest(line, now)]
    return sorted(runs, key=lambda run: (run.job.scope != "tick", run.job.order))


def _newest(line: Job, now: datetime.datetime) -> Iterator[Due]:
    local = now.astimezone(ZoneInfo(settings.TIME_ZONE))
    today = local.date()
    if isinstance(line.when, Every):
        if line.when.from_hour <= local.hour < line.when.to_hour:
            minutes = (local.hour * 60 + local.minute) // line.when.minutes * line.when.minutes
            yield Due(line, today, f"{minutes // 60:02d}:{minutes % 60:02d}")
        return
    reached = (local.hour, local.minute) >= (line.when.hour, line.when.minute)
    if line.scope == "nightly":
        date = today - datetime.timedelta(days=1 if reached else 2)
        if isinstance(line.when, Weekly):
            date -= datetime.timedelta(days=(date.weekday() - line.when.weekday) % 7)
        yield Due(line, date)
    elif reached:
        yield Due(line, today)
