"""Forgetting lifetimes nobody can ask for any more (domain F.8; docs/decisions/0004).

Every night of the last 35 days can be looked at, and the last night of each of the 36 months before. What was valid on
none of them goes, but for what a customer's present result replaced: their page says how it changed.
"""

from __future__ import annotations

import datetime
from dataclasses import dataclass

from django.db import transaction
from django.db.models import Exists, OuterRef

from analytics.models import Score, ScoreRun
from crm_site import arrays, jobs
from crm_site.models import JobRun
from customers.activity_math import first_of_month, month_number
from customers.models import Customer, PublishedRun, Standing

NIGHTS = datetime.timedelta(days=35)
MONTHS = 36


@dataclass(frozen=True, slots=True)
class Kept:
    """Numbers of the runs that stay to be asked for: every one from ``since`` on, and these earlier ones."""

    since: int
    month_ends: tuple[int, ...]


def run(job_run: JobRun, as_of: datetime.date) -> jobs.Counts:
    """Delete what no kept run shows, range by range; how many lifetimes went. Doing it again finds nothing.

    A range is one transaction: a score goes with its standing or neither does.
    """
    kept, gone = kept_runs(as_of), 0
    for first, last in Customer.objects.key_ranges(arrays.shard_rows()):
        with transaction.atomic():
            jobs.heartbeat(job_run, job_run.lease_owner, further=True)
            gone += _lifetimes(kept, first, last)
    return {"lifetimes": gone}


def kept_runs(as_of: datetime.date) -> Kept:
    """Which runs can still be asked for; the published one always can."""
    published = ScoreRun.objects.filter(state=ScoreRun.State.PUBLISHED)
    pointer = PublishedRun.current()
    recent = published.filter(as_of__gte=as_of - NIGHTS).order_by("no").values_list("no", flat=True).first()
    since = min(pointer, recent) if recent else pointer
    first_day = first_of_month(month_number(as_of) - MONTHS)
    nights = published.filter(as_of__gte=first_day).order_by("no").values_list("as_of", "no")
    ends = {month_number(day): no for day, no in nights}  # the last of a month remains
    return Kept(since, tuple(no for no in ends.values() if no < since))


def _lifetimes(kept: Kept, first: int, last: int) -> int:
    """Delete the lifetimes of an id range that no kept run shows, standings and scores; how many standings."""
    gone = Standing.objects.filter(customer__gte=first, customer__lte=last, run_to__lte=kept.since)
    for no in kept.month_ends:
        gone = gone.exclude(run_from__lte=no, run_to__gt=no)
    present = Standing.objects.published().filter(customer=OuterRef("customer"), run_from=OuterRef("run_to"))
    gone = gone.exclude(Exists(present))
    lost = gone.filter(customer=OuterRef("customer"), run_from=OuterRef("run_from"))
    Score.objects.filter(Exists(lost), customer__gte=first, customer__lte=last).delete()
    return gone.delete()[0]
