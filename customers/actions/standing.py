"""Publishing a night: rows staged under a run, then one pointer flipped (house §2; docs/decisions/0004)."""

from __future__ import annotations

import datetime
from collections.abc import Mapping

from django.db import connection, transaction
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from crm_site import arrays, audit
from crm_site.cells import Cells
from crm_site.columns import Ints
from crm_site.errors import RuleBroken
from customers.models import FOREVER, PublishedRun, Standing


@transaction.atomic
def flip(*, run_no: int, since_no: int, as_of: datetime.date) -> PublishedRun:
    """Make a finished run the one that readers see. Doing it again changes nothing.

    ``since_no``: the oldest run that may have written a row valid at this one.

    Raises RuleBroken("run.backwards") for a run older than the published one: readers never go back in time.
    """
    pointer, _created = PublishedRun.objects.select_for_update().get_or_create(pk=1)
    if pointer.run_no == run_no:
        return pointer
    if pointer.run_no > run_no:
        raise RuleBroken("run.backwards", _("A newer night is already published."))
    before = {"run": pointer.run_no, "as_of": pointer.as_of}
    pointer.run_no, pointer.since_no, pointer.as_of, pointer.published_at = run_no, since_no, as_of, timezone.now()
    pointer.save()
    audit.record(
        by=None,
        action="run.publish",
        object_type="customers.publishedrun",
        object_id=str(run_no),
        before=before,
        after={"run": run_no, "as_of": as_of},
    )
    return pointer


def close(*, run_no: int, keys: Ints) -> None:
    """End these open standings from this run on; inside the transaction that read them and writes what follows them.

    Raises RuntimeError when one of them is there no more: nothing of the transaction may be kept.
    """
    if not len(keys):
        return
    condition, parameter = arrays.among("id", keys)
    with connection.cursor() as cursor:
        cursor.execute(f"UPDATE customers_standing SET run_to = %s WHERE {condition}", [run_no, parameter])  # noqa: S608 - our own names
        if cursor.rowcount != len(keys):
            raise RuntimeError(f"{len(keys) - cursor.rowcount} standings vanished while their next were made")


def stage(*, run_no: int, columns: Mapping[str, Cells]) -> int:
    """Write standings of a run nobody sees yet, a column a field; returns how many. What they replace is closed."""
    n = len(columns["customer_id"].values)
    return arrays.write(Standing, {**columns, "run_from": Cells.same(run_no, n), "run_to": Cells.same(FOREVER, n)})
