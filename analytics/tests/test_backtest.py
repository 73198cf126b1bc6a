"""Looking back: scores of half a year ago against what came after, or the reason why nobody can say (domain F.11)."""

from __future__ import annotations

import datetime
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import pytest
import time_machine
from django.utils import translation

from analytics.actions import backtest, past, tuning
from analytics.default_model import DEFAULT_V1
from analytics.tests import nights
from crm_site.errors import RuleBroken
from crm_site.tests.factories import UserFactory
from customers.activity_math import first_of_month, month_number
from customers.models import Customer, Holding, MonthlyBalance, Product

pytestmark = pytest.mark.django_db
D = datetime.date
FIRST = D(2025, 5, 1)  # twelve months before that
THEN = D(2026, 4, 30)  # six months before the last complete month
PEOPLE = 40
ONLY_C1 = replace(
    DEFAULT_V1,
    weights=(10_000, 0, 0, 0, 0),
    metrics=tuple(
        replace(metric, weight=10_000 if metric.key == "c1" else 0) if metric.indicator == "C" else metric
        for metric in DEFAULT_V1.metrics
    ),
    waivers=("WEIGHT_CAP", "ONE_METRIC_S"),
)


@pytest.fixture(autouse=True)
def _evening() -> Iterator[None]:
    with time_machine.travel(datetime.datetime(2026, 11, 15, 18, 0, tzinfo=datetime.UTC), tick=False):
        with translation.override("en"):
            yield


def bank(*, later: Any, first: D = FIRST, people: int = PEOPLE) -> list[Customer]:
    """Customers with a deposit of 10,000, 20,000 … yuan each month up to then, and of ``later(n)`` fen after."""
    product = Product.objects.create(code="CUR", name="CUR", family=Product.Family.DEPOSIT)
    customers = []
    for n in range(people):
        customer = Customer.objects.create(
            customer_no=f"C-2020-{n:06d}", full_name="王小明", name_bidx=bytes(32), opened_on=D(2020, 1, 1)
        )
        holding = Holding.objects.create(
            customer=customer,
            product=product,
            account_no="1",
            account_bidx=b"a",
            last4_bidx=b"b",
            opened_on=D(2020, 1, 1),
            source_system="T",
            source_id=str(n),
        )
        months = [first_of_month(number) for number in range(month_number(first), month_number(D(2026, 11, 1)))]
        averages = [((n + 1) * 1_000_000 if month <= THEN else later(n)) for month in months]
        MonthlyBalance.objects.bulk_create(
            MonthlyBalance(holding=holding, month=month, average_fen=fen, end_fen=fen)
            for month, fen in zip(months, averages, strict=True)
        )
        customers.append(customer)
    return customers


def test_who_went_on_as_they_were_is_told_perfectly() -> None:
    bank(later=lambda n: (n + 1) * 1_000_000)
    found = backtest.back_test(ONLY_C1)
    assert (found["then"], found["on"], found["n"], found["asked"]) == ("2026-04-30", "2026-10-31", PEOPLE, PEOPLE)
    assert (found["rho"], found["violations"], found["gini"]) == (1.0, [], None)
    # six months at 1 % a year of 10,000 … 400,000 yuan: the best four hold 385,000 on average, all hold 205,000
    assert found["lift"] == round(385 / 205, 4)
    best = found["grades"][0]
    assert (best["grade"], best["n"], best["mean_fen"]) == ("A", 10, 177_500)  # half a year of 1 % of 355,000 yuan
    assert sum(of["n"] for of in found["grades"]) == PEOPLE


def test_who_turned_round_is_told_upside_down() -> None:
    bank(later=lambda n: (PEOPLE - n) * 1_000_000)
    found = backtest.back_test(ONLY_C1)
    assert found["rho"] == -1.0
    assert found["violations"] == [["A", "B"], ["B", "C"], ["C", "D"], ["D", "E"]]


def test_who_left_counts_as_left_and_who_had_left_before_is_not_asked() -> None:
    customers = bank(later=lambda n: (n + 1) * 1_000_000)
    Holding.objects.filter(customer=customers[0]).update(status="CLOSED", closed_on=D(2026, 7, 1))
    Holding.objects.filter(customer=customers[1]).update(status="CLOSED", closed_on=D(2026, 2, 1))
    found = backtest.back_test(ONLY_C1)
    assert found["n"] == PEOPLE - 1
    assert found["gini"] == 1.0  # the one who left had the lowest score
    assert found["grades"][-1]["stayed"] < 10_000


def test_what_came_later_is_not_known_then() -> None:
    customers = bank(later=lambda n: (n + 1) * 1_000_000)
    nights.answered(customers[3], points=100, ago=300)  # long before
    before = backtest.back_test(DEFAULT_V1)
    nights.answered(customers[-1], points=0, ago=100)  # after then
    assert backtest.back_test(DEFAULT_V1)["rho"] == before["rho"]
    nights.answered(customers[-1], points=0, ago=240)  # before then
    assert backtest.back_test(DEFAULT_V1)["rho"] != before["rho"]


def test_of_a_large_bank_every_so_many_th_is_asked(monkeypatch: pytest.MonkeyPatch) -> None:
    bank(later=lambda n: (n + 1) * 1_000_000, people=70)
    monkeypatch.setattr(backtest, "SAMPLE", 35)
    monkeypatch.setattr(past, "_CHUNK", 8)
    found = backtest.back_test(ONLY_C1)
    assert (found["asked"], found["n"], found["rho"]) == (70, 35, 1.0)


@pytest.mark.parametrize(
    ("first", "people", "reason"),
    [
        (D(2025, 6, 1), PEOPLE, "begins in 2025-06. A back-test needs it from 2025-05 on"),
        (D(2025, 5, 1), 29, "Only 29 customers have a score of"),
        (D(2025, 5, 1), 0, "no balances or transactions yet"),
    ],
)
def test_too_little_history_is_said_in_words(first: D, people: int, reason: str) -> None:
    bank(later=lambda n: 1_000_000, first=first, people=people)
    with pytest.raises(RuleBroken, match=reason) as refused:
        backtest.back_test(ONLY_C1)
    assert refused.value.code == "backtest.history"


def test_a_version_with_a_back_test_comes_into_force_without_a_waiver() -> None:
    bank(later=lambda n: (n + 1) * 1_000_000)
    author, boss = UserFactory(role="analyst"), UserFactory(role="supervisor")
    row, new = tuning.put_in_force(by=author, approve_by=boss, data=tuning.to_json(ONLY_C1))
    assert new
    assert (row.state, row.backtest_waived) == ("ACTIVE", "")
    assert row.backtest is not None
    assert row.backtest["rho"] == 1.0
    drafted = tuning.backtest(by=author, row=tuning.draft(by=author, spec=DEFAULT_V1))
    revised = tuning.revise(by=author, row=drafted, spec=ONLY_C1, note="")
    assert drafted.backtest is not None
    assert revised.backtest is None
