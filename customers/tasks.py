"""Jobs of this step, as the timetable names them; every one may run twice."""

from __future__ import annotations

import datetime
from functools import partial

from crm_site import jobs
from crm_site.models import JobRun, JobShard
from customers.actions import activity, messaging, needs, rebuilding


@jobs.idempotent
def send_messages(run: JobRun, as_of: datetime.date) -> dict[str, int]:
    """Send what is due in the outbox, one claimed message at a time."""
    owner = run.lease_owner
    return messaging.send_due(owner=owner, alive=lambda: jobs.heartbeat(run, owner))


@jobs.idempotent
def roll_activity(run: JobRun, as_of: datetime.date) -> dict[str, int]:
    """Derive what imports marked, roll rows to the last complete month, and find who reached an age step."""
    alive = partial(jobs.heartbeat, run, run.lease_owner, further=True)
    return {
        "settled": activity.settle(alive),
        "rolled": activity.roll(as_of, alive),
        "ages": activity.refresh_ages(as_of, alive),
    }


@jobs.idempotent
def expire_needs(run: JobRun, as_of: datetime.date) -> dict[str, int]:
    """Needs nobody has moved by their date expire (handbook 2/1.1.8(2)(3))."""
    counts = needs.expire_needs(today=as_of)
    if counts["expired"]:
        activity.settle(partial(jobs.heartbeat, run, run.lease_owner, further=True))
    return counts


@jobs.idempotent
def rebuild(run: JobRun, as_of: datetime.date) -> dict[str, int]:
    """Everybody's kept figures against the raw rows (docs/decisions/0039)."""
    return rebuilding.run(run)


@jobs.idempotent
def rebuild_shard(run: JobRun, shard: JobShard, owner: str) -> None:
    """One id range of it, by whichever worker is free."""
    rebuilding.shard(run, shard, owner)
