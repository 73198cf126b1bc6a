"""From raw rows: the whole rollup made anew and compared, a day's batch added to it; and the night by two processes."""

from __future__ import annotations

import contextlib
import datetime
import os
import subprocess
import sys
from collections.abc import Iterator
from unittest import mock

import numpy as np
from django.db import connection, transaction
from django.db.models import Max, Min
from django.utils import timezone

from analytics.actions import scoring_run
from analytics.models import Score
from benchmarks import ledger
from benchmarks.cases.scoring import Floor, forget_nights, night, scores
from benchmarks.fill import Bank
from benchmarks.measure import Case
from crm_site import jobs
from crm_site.bulk import BATCH, bulk_load
from crm_site.models import JobRun
from customers.actions import activity, monthly_sums, rebuilding
from customers.models import Customer, Holding, MonthlyActivity, Transaction

MEMORY = 800  # MiB a rebuild may take
DAILY = 25  # one customer in so many has a movement in the day's batch
Given = list[tuple[object, ...]]


def from_raw_rows() -> None:
    """Rebuild everybody, then score everybody."""
    run = jobs.run_job(job="rebuild", path="customers.tasks.rebuild", business_date=timezone.localdate())
    if run is None or run.state != JobRun.State.OK:
        raise RuntimeError(f"the rebuild failed: {run and run.error}")
    night(timezone.localdate().replace(day=1))


class RawFloor(Floor):
    """A scan of the raw rows and the write of finished scores."""

    def __init__(self) -> None:
        super().__init__()
        self.read = "SELECT count(*), sum(amount_fen), max(posted_on) FROM customers_transaction"


def _batch(bank: Bank, total: int) -> tuple[Given, list[activity.Movement], list[str]]:
    """A day's movements as rows to insert, and as the rollup takes them."""
    customers = np.array(Customer.objects.order_by("pk").values_list("pk", flat=True), dtype=np.int64)
    holdings = np.array(Holding.objects.order_by("customer_id").values_list("pk", flat=True), dtype=np.int64)
    cells = ledger.movements(holdings, customers, total, total + bank.size // DAILY)
    columns = {name: _plain(cell.values.tolist(), cell.book) for name, cell in cells.items()}
    columns["posted_on"] = [timezone.localdate() - datetime.timedelta(days=1)] * (bank.size // DAILY)
    columns["customer_initiated"] = list(map(bool, columns["customer_initiated"]))
    names = ("customer_id", "posted_on", "amount_fen", "direction", "type", "customer_initiated")
    taken = [activity.Movement(*row) for row in zip(*(columns[name] for name in names), strict=True)]
    return list(zip(*columns.values(), strict=True)), taken, list(columns)


def _plain(values: list[int], book: tuple[str, ...] | None) -> list[object]:
    return [book[value] for value in values] if book else list(values)


class _Helper:
    """Another process that waits for its word."""

    def __init__(self, command: str) -> None:
        words = [sys.executable, "-m", "benchmarks.helper", command]
        self.child = subprocess.Popen(words, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, env=os.environ)  # noqa: S603 - our own module
        assert self.child.stdout and self.child.stdout.readline() == "ready\n"  # noqa: S101

    def go(self, seconds: int) -> None:
        assert self.child.stdin  # noqa: S101
        self.child.stdin.write(f"{seconds}\n")
        self.child.stdin.flush()

    def answer(self) -> str:
        return self.child.communicate()[0].strip()


def cases(bank: Bank) -> Iterator[Case]:
    """What needs raw rows and further processes; the raw rows are loaded by the first case that needs them."""
    yield from _growth(bank)
    if connection.vendor != "postgresql":  # one writer, and a home for small banks: what follows asks for a server
        return
    yield _two_workers(bank)
    total = ledger.fill()
    forget_nights()
    from_raw_rows()  # so that kept rows are those of the raw ones
    yield _rebuild(bank)
    yield _ingest(bank, total)


def _rebuild(bank: Bank) -> Case:
    floor = RawFloor()
    forget_nights()
    night(timezone.localdate().replace(day=1))
    wanted = scores()
    floor.remember()
    floor.fresh_tables()

    def agrees() -> bool:
        """Spoilt sums are found and mended, the scores are those of the rollup, in bounded memory."""
        spoilt = MonthlyActivity.objects.filter(customer_id__in=bank.sample)
        number = spoilt.update(inflow_fen=-1)
        forget_nights()
        memory = int(_Helper("rebuild").answer().splitlines()[-1])
        found = JobRun.objects.get(job="rebuild").counts
        case.note = f"{memory} MiB"
        return scores() == wanted and found[f"{rebuilding.MONTH}inflow_fen"] == number and memory <= MEMORY

    case = Case(
        "score_rebuild",
        7,
        from_raw_rows,
        floor,
        repetitions=1,
        prepare=forget_nights,
        prepare_floor=floor.fresh_tables,
        check=agrees,
    )
    return case


@contextlib.contextmanager
def _as_committed(*, keep: bool) -> Iterator[None]:
    """A transaction with the check of keys its commit would make; undone unless it is kept."""
    with transaction.atomic():
        yield
        with connection.cursor() as cursor:
            cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
        transaction.set_rollback(not keep)


def _ingest(bank: Bank, total: int) -> Case:
    rows, taken, columns = _batch(bank, total)

    def insert(*, keep: bool = False) -> None:
        with _as_committed(keep=keep):
            for first in range(0, len(rows), BATCH):
                bulk_load(Transaction, columns, rows[first : first + BATCH])

    def roll_up(*, keep: bool = False) -> None:
        with _as_committed(keep=keep):
            for first in range(0, len(taken), BATCH):
                activity.apply_import(taken[first : first + BATCH])

    def sums_agree() -> bool:
        insert(keep=True)
        roll_up(keep=True)
        with transaction.atomic():
            return not any(monthly_sums.mend(*piece)[0] for piece in Customer.objects.key_ranges(activity.chunk()))

    note = f"{len(rows)} movements; the insert with its keys checked is the floor"
    return Case("ingest_rollup", 1.0, roll_up, insert, check=sums_agree, note=note)


def _growth(bank: Bank) -> Iterator[Case]:
    """Four times the customers, measured against a quarter of them: ranges of the same tables."""
    first = timezone.localdate().replace(day=1)
    bounds = Customer.objects.aggregate(first=Min("pk"), last=Max("pk"))
    last = bounds["first"] + (bounds["last"] - bounds["first"] + 1) // 4 - 1

    def quarter_pieces() -> Iterator[tuple[int, int]]:
        size = scoring_run._shard_size()
        for begin in range(bounds["first"], last + 1, size):
            yield begin, min(begin + size - 1, last)

    def quarter() -> None:
        with mock.patch.object(scoring_run, "_everybody", quarter_pieces):
            night(first)

    def both_scored() -> bool:
        everybody = Score.objects.published().count()
        forget_nights()
        quarter()
        return (everybody, Score.objects.published().count()) == (bank.size, bank.size // 4)

    yield Case(
        "score_x4",
        4.4,
        lambda: night(first),
        quarter,
        repetitions=3,
        prepare=forget_nights,
        prepare_floor=forget_nights,
        check=both_scored,
        note="four times the customers",
    )


def _two_workers(bank: Bank) -> Case:
    """The ranges of a night, by one process and by two: the population is frozen already, which is one process's work
    and done once a month."""
    first, helpers = timezone.localdate().replace(day=1), list[_Helper]()

    piece = max(1, min(scoring_run._shard_size(), bank.size // 8))  # so that there is something to share

    def alone() -> None:
        with mock.patch.object(scoring_run, "SHARD", piece):
            night(first)

    def forget() -> None:
        while helpers:  # it ends when it sees the night done, and would help the next one if that were gone before
            helpers.pop().answer()
        forget_nights(calibrated=True)

    def prepare() -> None:
        forget()
        helpers.append(_Helper("help"))

    def together() -> None:
        helpers[0].go(300)
        alone()

    def same() -> bool:
        helpers.pop().answer()
        found = scores()
        forget_nights()
        alone()
        return found == scores() and len(found) == bank.size

    forget_nights()
    alone()  # freezes the population
    return Case(
        "score_workers",
        round(1 / 1.5, 3),
        together,
        alone,
        repetitions=3,
        prepare=prepare,
        prepare_floor=forget,
        check=same,
        wall=True,
        note="two processes, population frozen; wall time, needs idle processors",
    )
