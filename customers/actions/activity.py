"""Keeping Activity, the one row a customer that scoring reads: marked when facts arrive, derived once, rolled monthly.

``window_end`` NULL marks a row whose facts have moved: the mark is set in the transaction that moved them, so a
process killed before deriving leaves nothing forgotten; the next ``settle`` or ``roll`` finds it. ``changed_at`` moves
only when a derived value does, so importing a file twice makes nobody score again. docs/ACTIVITY.md defines the fields.
"""

from __future__ import annotations

import datetime
from collections import Counter, defaultdict
from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
from django.db import models, transaction
from django.db.models import Max, Q
from django.utils import timezone

from crm_site import arrays
from crm_site.bulk import Conflict, bulk_load, one_writer, passing_rows
from crm_site.columns import Column
from customers.actions import activity_reading, activity_rows
from customers.actions.monthly_sums import COLUMNS as MONTH_COLUMNS
from customers.actions.monthly_sums import SUMS, Months
from customers.activity_math import (
    Standpoint,
    age_steps,
    last_complete_month,
    month_end,
    month_number,
    standpoint,
)
from customers.models import Activity, Customer, Holding, MonthlyActivity, Product, PublishedRun, Transaction

CHUNK = 0  # customers in a transaction; 0 is what suits the database
_LOCK = "customers.activity"
IMPORT_LOCK = "customers.import"

FACTS = activity_rows.FACTS
_BLANK = tuple(field.get_default() for field in activity_rows.FIELDS)

Type, Direction = Transaction.Type, Transaction.Direction
# plain texts, because comparing with a choice costs more than all the adding
_IN, _CARD, _SALARY, _FEE, _PURCHASE = (
    str(code.value) for code in (Direction.IN, Type.CARD_SPEND, Type.SALARY, Type.FEE, Type.PURCHASE)
)


class Movement(NamedTuple):
    """As much of a new transaction as the monthly sums need."""

    customer_id: int
    posted_on: datetime.date
    amount_fen: int
    direction: str
    type: str
    customer_initiated: bool


def chunk() -> int:
    """How many customers a transaction derives."""
    return CHUNK or arrays.shard_rows()


# --- facts arrive -----------------------------------------------------------------------------------------------
def apply_import(movements: Iterable[Movement]) -> None:
    """Add new transactions to the monthly sums and mark their customers; inside the transaction that inserts them.

    Every movement counts once: the caller gives only rows it has really inserted, and holds ``IMPORT_LOCK``.
    """
    months: dict[tuple[int, datetime.date], list[int]] = defaultdict(lambda: [0] * (len(SUMS) + 1))
    last: dict[tuple[int, datetime.date], datetime.date] = {}
    for customer_id, day, amount, direction, kind, own in movements:
        key = (customer_id, day.replace(day=1))
        sums, inward = months[key], direction == _IN
        if own:
            sums[0] += 1
            sums[1] += amount
            sums[7] |= 1 << (day.day - 1)
            last[key] = max(last.get(key, day), day)
        if inward:
            sums[2] += amount
        if kind == _CARD:
            sums[3] += amount if not inward else -amount
        elif kind == _SALARY and inward:
            sums[4] += amount
        elif kind == _FEE:
            sums[5] += amount if not inward else -amount
        elif kind == _PURCHASE:
            sums[6] += 1
    rows = [(*key, *sums, last.get(key)) for key, sums in sorted(months.items())]
    conflict = Conflict(("customer_id", "month"), add=SUMS, union=("days_mask",), latest=("last_on",))
    bulk_load(MonthlyActivity, MONTH_COLUMNS, rows, conflict=conflict)
    touch({key[0] for key in months})


@transaction.atomic
def touch(customer_ids: Collection[int]) -> None:
    """Mark customers whose facts have moved: a holding, a contact, a need, a referral. Call it before the audit row."""
    if not customer_ids:
        return
    one_writer(_LOCK)
    ids = sorted(customer_ids)
    there = set(Activity.objects.filter(pk__among=set(ids)).values_list("pk", flat=True))
    now = timezone.now()
    fresh = [(pk, None, *_BLANK, now) for pk in ids if pk not in there]
    bulk_load(Activity, ("customer_id", "window_end", *FACTS, "changed_at"), fresh, conflict=Conflict(("customer_id",)))
    Activity.objects.filter(pk__among=set(ids), window_end__isnull=False).update(window_end=None)


def touch_holders(product: Product) -> None:
    """Mark everybody who ever held a product that now counts differently; one statement, however many they are."""
    one_writer(_LOCK)
    holders = Holding.objects.filter(product=product).values("customer_id")
    Activity.objects.filter(pk__in=holders, window_end__isnull=False).update(window_end=None)


# --- rows are derived -------------------------------------------------------------------------------------------
def settle() -> int:
    """Derive every marked row as the bank stands; returns how many customers changed."""
    return _derive_all(Activity.objects.filter(window_end=None), present())


def roll(as_of: datetime.date) -> int:
    """Derive everybody whose row does not end with the last month complete at ``as_of``; returns how many changed.

    A month's last day completes it. When nothing rolled and nothing is marked, this is two index look-ups.
    """
    view = standpoint(as_of, yesterday=_yesterday())
    for ids in _slices(Customer.objects.filter(activity=None)):
        touch(ids)
    late = Q(window_end=None) | Q(window_end__lt=view.window_end) | Q(window_end__gt=view.window_end)
    return _derive_all(Activity.objects.filter(late), view)


def refresh_ages(as_of: datetime.date) -> int:
    """Move customers who reached an age step by ``as_of``; returns how many. Looks only at those whose month it is."""
    moved = 0
    for ids in _slices(Activity.objects.filter(age_check_from__lte=as_of)):
        births = dict(Customer.objects.filter(pk__among=set(ids)).values_list("pk", "birth_date"))
        born = Column.of(day.toordinal() if (day := births[pk]) else None for pk in ids)
        steps = dict(zip(ids, zip(*(column.plain() for column in age_steps(born, as_of)), strict=True), strict=True))
        with transaction.atomic():
            one_writer(_LOCK)
            for row in Activity.objects.filter(pk__among=set(ids)).only("age_step", "age_check_from"):
                step, month = steps[row.pk]
                check_from = None if month is None else datetime.date.fromordinal(month)
                if (step, check_from) != (row.age_step, row.age_check_from):
                    moved += Activity.objects.filter(pk=row.pk).update(
                        age_step=step, age_check_from=check_from, changed_at=timezone.now()
                    )
    return moved


def _yesterday() -> datetime.date:
    return timezone.localdate() - datetime.timedelta(days=1)


def present() -> Standpoint:
    """How the bank stands: at yesterday's close, or, where an earlier night was run, as that night left it."""
    yesterday = _yesterday()
    rolled = Activity.objects.aggregate(latest=Max("window_end"))["latest"]
    published = PublishedRun.objects.filter(as_of__isnull=False).values_list("as_of", flat=True).first()
    nights = [day for day in (published, month_end(rolled) if rolled else None) if day]
    # a night may be some weeks late without the bank having gone back in time
    recent = month_number(last_complete_month(yesterday)) - 1
    if not nights or month_number(last_complete_month(max(nights))) >= recent:
        return standpoint(yesterday, yesterday=yesterday)
    return standpoint(max(nights), yesterday=yesterday)


def _slices(rows: models.QuerySet[Activity] | models.QuerySet[Customer]) -> Iterator[list[int]]:
    """Primary keys in order, by the chunk; rows that a chunk's work takes out of the query are not missed."""
    last = 0
    while ids := list(rows.filter(pk__gt=last).order_by("pk").values_list("pk", flat=True)[: chunk()]):
        yield ids
        last = ids[-1]


def _derive_all(rows: models.QuerySet[Activity], view: Standpoint) -> int:
    changed = 0
    with passing_rows():
        for ids in _slices(rows):
            with transaction.atomic():
                changed += derive(ids, view).changed
    return changed


@dataclass(frozen=True, slots=True)
class Derived:
    """What deriving found: rows whose values moved, rows that were marked, and the columns of those that were not."""

    changed: int
    marked: int
    wrong: Counter[str]


def derive(ids: Sequence[int], view: Standpoint, sums: Months | None = None) -> Derived:
    """Derive these rows (ascending keys) from their facts, inside the caller's transaction.

    ``sums`` are all monthly sums of these customers, where the caller has them. ``wrong`` counts by column what differs
    in rows that claimed to be derived for this very window.
    """
    if not ids:
        return Derived(0, 0, Counter())
    one_writer(_LOCK)
    now, keys = timezone.now(), np.asarray(ids, dtype=np.int64)
    made = activity_reading.facts(keys, view, sums)
    kept = activity_rows.compared(keys, made)
    moved, current = kept.moved, kept.window_end == view.window_end.toordinal()
    wrong = Counter({name: n for name, where in kept.wrong.items() if (n := int((where & current).sum()))})
    chosen = np.flatnonzero(moved | ~current)
    if len(chosen):
        activity_rows.write(keys[chosen], {name: made[name].take(chosen) for name in FACTS}, view.window_end, now)
    return Derived(int(moved.sum()), int((kept.window_end == arrays.UNKNOWN).sum()), wrong)
