"""Marking everybody who bought by recency, frequency and value, once a month and when the rules change (domain F.9).

Figures are read by id ranges and kept as three columns of numbers; marks are written by ranges under a run nobody sees,
which is then published, and older ones go. What is killed is begun anew by the next attempt.
"""

from __future__ import annotations

import datetime
from collections.abc import Mapping
from typing import Any

import numpy as np
from django.db import transaction
from django.utils import timezone

from analytics import rfm
from analytics.fixedpoint import Ints
from analytics.models import ClassRules, RfmMark, RfmRun
from crm_site import arrays, jobs
from crm_site.cells import Cells
from crm_site.models import JobRun
from customers.activity_math import first_of_month, last_complete_month, month_end, month_number
from customers.models import Customer

READ_AT_ONCE = 50_000


def run(job_run: JobRun, as_of: datetime.date) -> dict[str, int]:
    """Mark everybody for the last complete month; a month that is marked by these rules stays as it is."""
    on, rules = (
        month_end(last_complete_month(as_of)),
        ClassRules.objects.filter(dimension="RFM", state="ACTIVE").first(),
    )
    if rules is None:
        return {"customers": 0}
    last = RfmRun.current()
    if last and (last.on > on or (last.on == on and last.rules.content_hash == rules.content_hash and last.population)):
        return {"customers": 0}
    ids, bought = figures(on, rules.rules["window_months"])
    _forget(RfmRun.objects.filter(published_at__isnull=True))
    found, night = rfm.marks(bought, rules.rules), RfmRun.objects.create(on=on, rules=rules)
    codes = rfm.codes(rules.rules)
    for start in range(0, len(ids), arrays.shard_rows()):
        part = np.arange(start, min(start + arrays.shard_rows(), len(ids)))
        with transaction.atomic():
            jobs.heartbeat(job_run, job_run.lease_owner)
            arrays.write(RfmMark, _columns(night, ids, bought, found, codes, part))
    _publish(night, job_run, found, codes)
    return {"customers": len(ids)}


def figures(on: datetime.date, window_months: int) -> tuple[Ints, rfm.Bought]:
    """(keys, figures) of everybody who began a transaction in the months that end with ``on``; 0 months is ever."""
    first = first_of_month(month_number(on) - window_months + 1) if window_months else datetime.date(1900, 1, 1)
    source = (
        "FROM customers_monthlyactivity WHERE customer_id BETWEEN %s AND %s AND month BETWEEN %s AND %s AND count > 0 "
        "AND last_on IS NOT NULL GROUP BY customer_id ORDER BY customer_id"
    )
    columns = ["customer_id", f"MAX({arrays.ordinal('last_on')})"]
    columns += [f"CAST(SUM({name}) AS bigint)" for name in ("count", "amount_fen")]
    parts = [np.zeros((4, 0), dtype=np.int64)]
    for start, end in Customer.objects.key_ranges(READ_AT_ONCE):
        span: list[int | str | datetime.datetime] = [start, end, first.isoformat(), on.isoformat()]
        parts.append(arrays.read(columns, source, span))
    ids, last_on, count, amount = np.concatenate(parts, axis=1)
    return ids, rfm.Bought(np.maximum(0, on.toordinal() - last_on), count, amount)


def simulate(old: Mapping[str, Any], new: Mapping[str, Any], on: datetime.date) -> dict[str, Any]:
    """From which box to which these rules would move whom, on the same purchases; boxes of either rules."""
    parts = [figures(on, rules["window_months"]) for rules in (old, new)]
    codes = list(dict.fromkeys([*rfm.codes(old), *rfm.codes(new), "NONE"]))
    everybody = np.union1d(parts[0][0], parts[1][0])
    places = []
    for (ids, bought), rules in zip(parts, (old, new), strict=True):
        place = np.full(len(everybody), codes.index("NONE"), dtype=np.int64)
        book = np.array([codes.index(code) for code in rfm.codes(rules)], dtype=np.int64)
        place[np.searchsorted(everybody, ids)] = book[rfm.marks(bought, rules).box]
        places.append(place)
    matrix = np.zeros((len(codes),) * 2, dtype=np.int64)
    np.add.at(matrix, (places[0], places[1]), 1)
    amount = np.zeros(len(everybody), dtype=np.int64)
    amount[np.searchsorted(everybody, parts[1][0])] = parts[1][1].amount_fen
    rows = np.flatnonzero(places[0] != places[1])
    rows = rows[np.lexsort((everybody[rows], -amount[rows]))][:50]
    numbers = dict(Customer.objects.filter(pk__in=everybody[rows].tolist()).values_list("pk", "customer_no"))
    top = [
        {
            "customer": numbers.get(int(everybody[row]), ""),
            "was": codes[places[0][row]],
            "became": codes[places[1][row]],
            "figures": {"amount": int(amount[row])},
        }
        for row in rows.tolist()
    ]
    return {"classes": codes, "matrix": matrix, "top": top}


def _columns(
    night: RfmRun, ids: Ints, bought: rfm.Bought, found: rfm.Marks, codes: list[str], part: Ints
) -> dict[str, Cells]:
    return {
        "customer_id": Cells(ids[part]),
        "run_id": Cells.same(night.pk, len(part)),
        "days": Cells(bought.days[part]),
        "count": Cells(bought.count[part]),
        "amount_fen": Cells(bought.amount_fen[part]),
        "r": Cells(found.r[part]),
        "f": Cells(found.f[part]),
        "m": Cells(found.m[part]),
        "box": Cells(found.box[part], tuple(codes)),
    }


def _publish(night: RfmRun, job_run: JobRun, found: rfm.Marks, codes: list[str]) -> None:
    grid = np.zeros((rfm.BINS, rfm.BINS), dtype=np.int64)
    np.add.at(grid, (rfm.BINS - found.r, found.f - 1), 1)
    counts = np.bincount(found.box, minlength=len(codes))
    with transaction.atomic():
        jobs.heartbeat(job_run, job_run.lease_owner)  # the fence: whoever lost the lease publishes nothing
        night.grid, night.population = grid.tolist(), len(found.box)
        night.boxes, night.published_at = dict(zip(codes, counts.tolist(), strict=True)), timezone.now()
        night.save()
    _forget(RfmRun.objects.filter(published_at__isnull=False).exclude(pk=night.pk))


def _forget(runs: Any) -> None:
    """The marks of these runs by the piece, then the runs; figures of a month that is over stay in no table."""
    for old in runs:
        while keys := list(RfmMark.objects.filter(run=old).values_list("pk", flat=True)[: arrays.shard_rows()]):
            RfmMark.objects.filter(pk__gte=min(keys), pk__lte=max(keys), run=old).delete()
        old.delete()
