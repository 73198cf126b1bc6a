"""Keeping Activity, the one row a customer that scoring reads: marked when facts arrive, derived once, rolled monthly.

An ``ActivityMark`` says that somebody's facts have moved: it is made in the transaction that moved them, so a process
killed before deriving leaves nothing forgotten; the next ``settle`` or ``roll`` finds it. ``changed_at`` moves only
when a derived value does, so importing a file twice makes nobody score again. docs/ACTIVITY.md defines the fields.
"""

from __future__ import annotations

import datetime
from collections import Counter
from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np
from django.db import models, transaction
from django.db.models import Max, Q
from django.utils import timezone

from crm_site import arrays
from crm_site.bulk import insert_keys, one_writer, passing_rows
from crm_site.columns import Bools, Column, Ints
from customers.actions import activity_reading, activity_rows, monthly_sums
from customers.actions.monthly_sums import Months
from customers.activity_math import (
    Standpoint,
    age_steps,
    last_complete_month,
    month_end,
    month_number,
    standpoint,
)
from customers.models import Activity, ActivityMark, Customer, Holding, Product, PublishedRun, Transaction

CHUNK = 0  # customers in a transaction; 0 is what suits the database
_LOCK = "customers.activity"
IMPORT_LOCK = "customers.import"

FACTS = activity_rows.FACTS
_IN = str(
    Transaction.Direction.IN.value
)  # a plain text, because comparing with a choice costs more than all the adding
_KIND = {kind: place for place, kind in enumerate(monthly_sums.KINDS)}
_OTHER = len(_KIND)


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
    rows = list(movements)
    if not rows:
        return
    customer_ids, days, amounts, directions, kinds, own = zip(*rows, strict=True)
    sums = monthly_sums.summed(
        np.array(customer_ids, dtype=np.int64),
        np.array(amounts, dtype=np.int64),
        np.array([day.toordinal() for day in days], dtype=np.int64),
        np.array([_KIND.get(kind, _OTHER) for kind in kinds], dtype=np.int64),
        np.array([direction == _IN for direction in directions], dtype=np.int64),
        np.array(own, dtype=np.int64),
    )
    monthly_sums.add(sums)
    touch(set(customer_ids))


@transaction.atomic
def touch(customer_ids: Collection[int]) -> None:
    """Mark customers whose facts have moved: a holding, a contact, a need, a referral. Call it before the audit row."""
    if customer_ids:
        one_writer(_LOCK)
        insert_keys(ActivityMark, "customer_id", sorted(customer_ids))


def touch_holders(product: Product) -> None:
    """Mark everybody who ever held a product that now counts differently."""
    touch(set(Holding.objects.filter(product=product).values_list("customer_id", flat=True)))


# --- rows are derived -------------------------------------------------------------------------------------------
def _alone() -> None:
    """Nobody waits for a sign of life."""


def settle(alive: Callable[[], None] = _alone) -> int:
    """Derive every marked row as the bank stands; returns how many customers changed. ``alive``: as in ``roll``."""
    return _derive_all(ActivityMark.objects.all(), present(), alive)


def roll(as_of: datetime.date, alive: Callable[[], None] = _alone) -> int:
    """Derive everybody whose row does not end with the last month complete at ``as_of``; returns how many changed.

    A month's last day completes it. When nothing rolled and nothing is marked, this is three index look-ups. ``alive``
    is called after every chunk that is done for good.
    """
    view = standpoint(as_of, yesterday=_yesterday())
    for ids in _slices(Customer.objects.filter(activity=None)):
        touch(ids)
    late = Q(window_end__lt=view.window_end) | Q(window_end__gt=view.window_end)
    marked = _derive_all(ActivityMark.objects.all(), view, alive)
    return marked + _derive_all(Activity.objects.filter(late), view, alive)


def refresh_ages(as_of: datetime.date, alive: Callable[[], None] = _alone) -> int:
    """Move customers who reached an age step by ``as_of``; returns how many. Looks only at those whose month it is.

    ``alive``: as in ``roll``.
    """
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
        alive()
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


def _slices(rows: models.QuerySet[Any]) -> Iterator[list[int]]:
    """Primary keys in order, by the chunk; rows that a chunk's work takes out of the query are not missed."""
    last = 0
    while ids := list(rows.filter(pk__gt=last).order_by("pk").values_list("pk", flat=True)[: chunk()]):
        yield ids
        last = ids[-1]


def _derive_all(rows: models.QuerySet[Any], view: Standpoint, alive: Callable[[], None]) -> int:
    changed = 0
    with passing_rows():
        for ids in _slices(rows):
            with transaction.atomic():
                changed += derive(ids, view).changed
            alive()
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
    kept = activity_rows.compared(keys, made, now)
    marked = _take_marks(keys) | (kept.window_end == arrays.UNKNOWN)
    moved, current = kept.moved, kept.window_end == view.window_end.toordinal()
    claimed = current & ~marked
    wrong = Counter({name: n for name, where in kept.wrong.items() if (n := int((where & claimed).sum()))})
    chosen = np.flatnonzero(moved | ~current)
    if len(chosen):
        activity_rows.write(keys[chosen], {name: made[name].take(chosen) for name in FACTS}, view.window_end, now)
    return Derived(int(moved.sum()), int(marked.sum()), wrong)


def _take_marks(keys: Ints) -> Bools:
    """Which of these customers were marked; the marks go with the transaction that derives."""
    mine, given = arrays.whose("customer_id", keys)
    found = arrays.read(["customer_id"], f"FROM customers_activitymark WHERE {mine}", given)[0]  # noqa: S608 - ours
    marked = np.isin(keys, found)
    if marked.any():
        ActivityMark.objects.filter(pk__among=set(keys[marked].tolist())).delete()
    return marked
