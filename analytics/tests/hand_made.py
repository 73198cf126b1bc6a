"""Customers made by hand, row by row as systems of the bank bring them, and the whole night run over them.

Money is in yuan here, as in the handbook's tables.
"""

from __future__ import annotations

import datetime
from collections.abc import Iterable
from decimal import Decimal
from typing import Any

import time_machine
from django.db import transaction

from crm_site.models import JobRun
from crm_site.nights import run_night
from customers.actions import activity
from customers.actions.activity import Movement
from customers.classes import Flag
from customers.models import Customer, Holding, Interaction, MonthlyBalance, Need, Product, Standing, Transaction
from customers.tests.factories import CustomerFactory, HoldingFactory, ProductFactory

D = datetime.date
OLD = D(2020, 1, 15)
_KEPT_IN = (Product.Family.DEPOSIT, Product.Family.INVESTMENT, Product.Family.WEALTH)


def fen(yuan: str | float) -> int:
    """An amount as it is stored."""
    return int(Decimal(str(yuan)) * 100)


def month(last: datetime.date, back: int) -> datetime.date:
    """First day of the month so many before that of ``last``."""
    number = last.year * 12 + last.month - 1 - back
    return D(number // 12, number % 12 + 1, 1)


def moment(day: datetime.date, hour: int = 4) -> datetime.datetime:
    """An instant of that day in Shanghai; 4 UTC is its noon."""
    return datetime.datetime.combine(day, datetime.time(hour), datetime.UTC)


class Person:
    """One customer and the rows about them."""

    def __init__(self, bank: Bank, row: Customer) -> None:
        self.bank, self.row = bank, row

    def holds(self, family: str = "DEPOSIT", *, kept: dict[int, Any] | None = None, **fields: Any) -> Holding:
        """A product; ``kept`` are its averages, by months before the bank's last one."""
        counts = fields.pop("counts", family in _KEPT_IN)
        product = ProductFactory(code=f"{family}-{int(counts)}", family=family, counts_in_aum=counts)
        fields.setdefault("opened_on", self.row.opened_on or OLD)
        fields.setdefault("status", "CLOSED" if "closed_on" in fields else "OPEN")
        made = HoldingFactory(customer=self.row, product=product, **fields)
        for back, yuan in (kept or {}).items():
            self.keeps(made, month(self.bank.last, back), yuan)
        return made

    def keeps(self, holding: Holding, of: datetime.date, yuan: str | float) -> None:
        """The daily average of one month, which is its end as well."""
        values = {"average_fen": fen(yuan), "end_fen": fen(yuan)}
        MonthlyBalance.objects.create(holding=holding, month=of, **values)
        self.bank.touched.add(self.row.pk)

    def moves(
        self, *days: datetime.date, kind: str = "TRANSFER", yuan: Any = 1, own: bool = True, way: str = "OUT"
    ) -> None:
        """Money moved on each of these days."""
        for day in days:
            self.bank.movements.append((self.row, day, fen(yuan), way, kind, own))

    def speaks(self, day: datetime.date, *, way: str = "IN", mark: int | None = None, hour: int = 4) -> None:
        """A call, in which they may give a mark of 0–100."""
        at = moment(day, hour)
        rated = {} if mark is None else {"rating_points": mark, "rating_weight": 50}
        Interaction.objects.create(customer=self.row, channel="PHONE", direction=way, at=at, recorded_at=at, **rated)
        self.bank.touched.add(self.row.pk)

    def wants(
        self, family: str, day: datetime.date, *, strength: int = 4, basis: str = "STATED", status: str = "OPEN"
    ) -> None:
        """A need as somebody wrote it down that day."""
        Need.objects.create(
            customer=self.row, family=family, basis=basis, strength=strength, status=status, recorded_at=moment(day),
            expires_on=day + datetime.timedelta(days=180), settled_at=None if status == "OPEN" else moment(day),
        )  # fmt: skip
        self.bank.touched.add(self.row.pk)


class Bank:
    """Customers by name, what moved since the last night, and the nights."""

    def __init__(self, last: datetime.date) -> None:
        self.last = last  # the last day of the month balances are counted back from
        self.people: dict[str, Person] = {}
        self.movements: list[tuple[Customer, datetime.date, int, str, str, bool]] = []
        self.touched: set[int] = set()

    def person(self, name: str, **fields: Any) -> Person:
        """A woman of 41 who has been a customer since 2020; ``fields`` say otherwise. The name is the number."""
        values = {"birth_date": D(1985, 5, 18), "opened_on": OLD, "occupation": "", **fields}
        assert name not in self.people
        self.people[name] = Person(self, CustomerFactory(customer_no=name, phone=False, document=False, **values))
        self.touched.add(self.people[name].row.pk)
        return self.people[name]

    def night(self, as_of: datetime.date) -> dict[str, Standing]:
        """The whole night of one business date as the timetable runs it; what stands afterwards, by name."""
        with time_machine.travel(moment(as_of, 18), tick=False):  # two o'clock of the next day in Shanghai
            self._bring()
            outcomes = run_night(as_of)
        assert {outcome.run.state for outcome in outcomes} == {JobRun.State.OK}
        assert [outcome.run.warning for outcome in outcomes if outcome.run.warning] == []
        rows = Standing.objects.published().select_related("customer")
        return {row.customer.customer_no: row for row in rows}

    @transaction.atomic
    def _bring(self) -> None:
        rows = self.movements
        accounts = {row.customer_id: row for row in Holding.objects.order_by("-pk")}
        start = Transaction.objects.count()
        Transaction.objects.bulk_create(
            Transaction(
                customer=customer,
                holding=accounts.get(customer.pk) or HoldingFactory(customer=customer, opened_on=OLD),
                posted_on=day, amount_fen=amount, direction=way, type=kind, customer_initiated=own,
                source_system="HAND", source_txn_id=str(start + place),
            )
            for place, (customer, day, amount, way, kind, own) in enumerate(rows)
        )  # fmt: skip
        activity.apply_import(
            Movement(row.pk, day, amount, way, kind, own) for row, day, amount, way, kind, own in rows
        )
        activity.touch(self.touched)
        self.movements, self.touched = [], set()


def said(row: Standing, name: str) -> Any:
    """One thing a standing says: a column, or whether a flag is raised."""
    return name in row.flags.split(",") if name in Flag.values else getattr(row, name)


def differences(
    found: dict[str, Standing], expected: dict[str, dict[str, Any]]
) -> dict[str, dict[str, tuple[Any, Any]]]:
    """Where what stands is not what was expected: name → what → (stands, expected)."""
    wrong = {
        name: {
            what: (said(found[name], what), wanted)
            for what, wanted in facts.items()
            if said(found[name], what) != wanted
        }
        for name, facts in expected.items()
    }
    return {name: facts for name, facts in wrong.items() if facts}


def months(first: int, last: int) -> Iterable[int]:
    """Months before the last one, both ends included."""
    return range(first, last + 1)
