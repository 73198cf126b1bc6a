"""A bank of many customers with one night published and the next month begun; run under a moved clock.

``python -m tests.big_night build CUSTOMERS`` fills the empty database that DATABASE_URL names; ``… night`` does what
the timetable has due now in this process alone, undisturbed; ``… watch SECONDS`` reads every customer in a hundred
again and again, as pages do, and prints a print of each reading until it is killed.
"""

from __future__ import annotations

import datetime
import hashlib
import os
import sys
import time

import django

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "crm_site.settings")
django.setup()

from django.core.management import call_command  # noqa: E402 - models exist after the set-up
from django.db.models import F  # noqa: E402
from django.db.models.functions import Mod  # noqa: E402
from django.utils import timezone  # noqa: E402

from benchmarks import fill  # noqa: E402
from crm_site import bell, jobs  # noqa: E402
from crm_site.celery import due  # noqa: E402
from crm_site.models import JobRun  # noqa: E402
from customers.models import Activity, Standing  # noqa: E402

COMPLAINTS = 200


def build(customers: int) -> None:
    """The bank, the night before the last of a month, and then news about every third customer."""
    call_command("migrate", verbosity=0)
    fill.fill(customers, COMPLAINTS)
    before = timezone.localdate() - datetime.timedelta(days=2)
    for name, path in (("roll_activity", "customers.tasks.roll_activity"), ("score", "analytics.tasks.score")):
        run = jobs.run_job(job=name, path=path, business_date=before)
        if run is None or run.state != JobRun.State.OK:
            raise RuntimeError(f"{name} of {before} failed: {run and run.error}")
    third = Activity.objects.annotate(part=Mod("customer_id", 3)).filter(part=0)
    third.update(contribution_fen=F("contribution_fen") * 2, dpd_24m=45, changed_at=timezone.now())


def night() -> None:
    """All of the night that is due, job by job in its order. Raises RuntimeError where one does not end well."""
    while waiting := [run for run in bell.missing(due(timezone.now())) if run.job.scope == "nightly"]:
        for line in waiting:
            run = jobs.run_job(job=line.job.name, path=line.job.task, business_date=line.business_date)
            if run is None or run.state != JobRun.State.OK:
                raise RuntimeError(f"{line.job.name} failed: {run and run.error}")


def watch(pause: float) -> None:
    """Print a print of what readers see, so many seconds apart, until killed."""
    while True:
        seen = Standing.objects.published().filter(customer__in=_watched()).order_by("customer")
        rows = list(seen.values_list("customer", "run_from", "score_tenths", "loyalty", "fingerprint"))
        print(hashlib.sha256(repr(rows).encode()).hexdigest()[:16], len(rows), flush=True)
        time.sleep(pause)


def _watched() -> range:
    """Keys spread over all shards."""
    return range(1, Activity.objects.count(), 100)


if __name__ == "__main__":
    command, *words = sys.argv[1:]
    {"build": lambda: build(int(words[0])), "night": night, "watch": lambda: watch(float(words[0]))}[command]()
