"""Is what imports kept still what the raw rows say? Everybody is derived anew, compared and put right (decision 0039).

Killed anywhere it goes on: a primary-key range is one transaction, and what was found wrong in it is in the shard's
counts. Any worker may help.
"""

from __future__ import annotations

import datetime
from collections import Counter
from collections.abc import Collection, Iterator, Mapping

import structlog
from django.db import transaction
from django.utils.translation import gettext_noop

from crm_site import arrays, jobs
from crm_site.actions import notices
from crm_site.bulk import one_writer, passing_rows
from crm_site.models import JobRun, JobShard, User
from crm_site.roles import Role
from customers.actions import activity, monthly_sums
from customers.models import Customer

log = structlog.get_logger(__name__)

# Chunks in a range on PostgreSQL: movements of a few customers lie all over the table, and reading those of many costs
# hardly more. On SQLite everybody waits for the writer, so a range is one chunk.
RANGE = 5
ONLY_LOOK = "only_look"  # in the checkpoint of a run: report and write nothing
MONTH, ROW = "month: ", "activity: "  # before the name of a column in the counts

_TITLE = gettext_noop("Kept figures differed from the raw rows in %(n)s places and were put right: %(columns)s")

Counts = dict[str, int]


def run(job_run: JobRun) -> Counts:
    """Compare everybody with the raw rows; the counts name each column that was wrong, and how often.

    First what is merely not derived yet is derived, so that a difference is one. A run that only looks takes back
    whatever it wrote, range by range.
    """
    if not job_run.checkpoint.get(ONLY_LOOK):
        view = activity.present()
        activity.settle()
        activity.roll(view.as_of)
        activity.refresh_ages(view.as_of)
    jobs.plan_shards(job_run, _ranges())
    counts = jobs.complete_shards(job_run, shard)
    counts["differences"] = sum(differences(counts).values())
    if counts["differences"]:
        _say(job_run, counts)
    return {"customers": 0, "marked": 0} | counts


@jobs.idempotent
def by_hand_mend(job_run: JobRun, as_of: datetime.date) -> Counts:
    """As the timetable's, whenever somebody asks."""
    return run(job_run)


@jobs.idempotent
def by_hand_check(job_run: JobRun, as_of: datetime.date) -> Counts:
    """Compare and write nothing."""
    jobs.heartbeat(job_run, job_run.lease_owner, checkpoint={ONLY_LOOK: True})
    return run(job_run)


def differences(counts: Mapping[str, int]) -> Counts:
    """Those of the counts that name a column."""
    return {name: number for name, number in counts.items() if name.startswith((MONTH, ROW))}


def _ranges() -> Iterator[tuple[int, int]]:
    return Customer.objects.key_ranges(activity.chunk() * (RANGE if arrays.postgres() else 1))


@jobs.idempotent
def shard(job_run: JobRun, piece: JobShard, owner: str) -> None:
    """One id range, in one transaction; by any worker."""
    with passing_rows(), transaction.atomic():
        with transaction.atomic():
            counts = compare(piece.first_id, piece.last_id)
            if job_run.checkpoint.get(ONLY_LOOK):
                transaction.set_rollback(True)
        jobs.finish_shard(piece, owner, counts)


def compare(first_id: int, last_id: int) -> Counts:
    """Derive an id range from raw rows and put right what differs, counted by column; in the caller's transaction.

    A marked row (or one still to be made) is known not to be derived: it is derived like the rest and no difference.
    """
    one_writer(activity.IMPORT_LOCK)
    months, sums = monthly_sums.mend(first_id, last_id)
    ids = list(Customer.objects.filter(pk__gte=first_id, pk__lte=last_id).order_by("pk").values_list("pk", flat=True))
    counts = Counter({"customers": len(ids), "marked": 0})
    counts.update({f"{MONTH}{name}": number for name, number in months.items()})
    view, size = activity.present(), activity.chunk()
    for start in range(0, len(ids), size):
        part = ids[start : start + size]
        derived = activity.derive(part, view, sums.between(part[0], part[-1]))
        counts["marked"] += derived.marked
        counts.update({f"{ROW}{name}": number for name, number in derived.wrong.items()})
    return dict(counts)


@passing_rows()
def rebuild(customer_ids: Collection[int] | None = None) -> int:
    """Make monthly sums and Activity anew at once, outside any run; returns in how many places they differed."""
    found = 0
    for first, last in _ranges() if customer_ids is None else ((pk, pk) for pk in sorted(customer_ids)):
        with transaction.atomic():
            found += sum(differences(compare(first, last)).values())
    return found


def _say(job_run: JobRun, counts: Counts) -> None:
    """Loud: in the log, on the run, and to those who look after the system."""
    found = differences(counts)
    what = "differ" if job_run.checkpoint.get(ONLY_LOOK) else "differed"
    words = ", ".join(f"{name} ({number})" for name, number in sorted(found.items(), key=lambda item: -item[1]))
    log.error("activity.differed", run=job_run.pk, **{"columns": found})
    jobs.warn(job_run, job_run.lease_owner, f"kept figures {what} from the raw rows: {words}")
    if job_run.checkpoint.get(ONLY_LOOK):
        return
    people = [who for who in User.objects.filter(is_active=True) if who.has_role(Role.SYSADMIN, Role.SUPERVISOR)]
    notices.tell(
        to=people,
        kind="rebuild",
        title=_TITLE,
        values={"n": str(counts["differences"]), "columns": words[:120]},
        about_kind="",
        about_no="",
        dedupe=f"rebuild:{job_run.pk}",
    )
