"""Every move of a class is kept with its figures and told as a sentence (R3.1; peers row 26)."""

from __future__ import annotations

import datetime
import json
from collections.abc import Callable
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from analytics import class_history, class_move_text
from analytics.models import ClassMove, ScoreRun
from analytics.tests import nights
from crm_site.models import JobRun
from customers.models import Activity, Customer, Holding, MonthlyBalance, Product, Standing

pytestmark = pytest.mark.django_db
D = datetime.date
MONTH_ENDS = [D(2026, month, day) for month, day in ((3, 31), (4, 30), (5, 31), (6, 30), (7, 31), (8, 31), (9, 30))]


def person(no: int = 1, **facts: Any) -> Customer:
    customer = Customer.objects.create(
        customer_no=f"C-2026-{no:06d}", kind="INDIVIDUAL", status="ACTIVE", full_name="林晓彤", name_bidx=bytes(32)
    )
    Activity.objects.create(customer=customer, changed_at=nights.BUILT, **facts)
    return customer


def now(customer: Customer, **facts: Any) -> None:
    """What the bank knows from now on."""
    from django.utils import timezone

    Activity.objects.filter(customer=customer).update(**facts, changed_at=timezone.now())


def moves(customer: Customer) -> list[tuple[str, str, str]]:
    return list(ClassMove.objects.filter(customer=customer).order_by("pk").values_list("dimension", "was", "became"))


def test_a_class_that_fell_says_from_what_to_what_on_which_day_by_which_limit() -> None:
    customer = person(aum_fen=102_000_000 * 6)
    product = Product.objects.create(code="D1", name="Deposit", family="DEPOSIT", counts_in_aum=True)
    account = Holding.objects.create(
        customer=customer, product=product, opened_on=D(2020, 1, 1), source_system="T", source_id="1"
    )
    MonthlyBalance.objects.create(holding=account, month=D(2026, 8, 1), average_fen=612_000_000, end_fen=0)
    watch = []
    for number, day in enumerate(MONTH_ENDS):
        nights.night(day)
        standing = Standing.objects.published().get(customer=customer)
        watch.append((standing.asset_class, standing.asset_watch))
        if number == 0:
            now(customer, aum_fen=94_000_000 * 6)
        if number == 2:
            assert class_history.watched(standing) == ["High net worth: below the limit, watch 2/6 months"]
    assert watch == [("HIGH", 0), *(("HIGH", n) for n in range(1, 6)), ("MID", 0)]
    assert moves(customer) == [("ASSET", "HIGH", "MID")]
    row = ClassMove.objects.get()
    assert json.loads(row.figures) == {"before": 612_000_000, "now": 564_000_000, "limit": 600_000_000, "months": 6}
    assert class_history.moves_of(customer) == [
        "High net worth → Mid net worth: ¥6,120,000 → ¥5,640,000, on Wed 30 Sep 2026, limit ¥6,000,000, "
        "6 months below, rules ASSET 1"
    ]


def test_each_dimension_tells_its_own_figures() -> None:
    customer = person(
        age_step=35,
        occupation="FARMER",
        opened_on=D(2020, 1, 1),
        last_active_on=D(2026, 3, 1),
        aum_fen=10_000_000,
        aum_3m_fen=10_000_000,
        aum_best_12m_fen=90_000_000,
        deposits_3m_fen=10_000_000,
    )
    nights.night(MONTH_ENDS[0])
    now(customer, age_step=36, occupation="MANAGER", closed=True, deposits_3m_fen=0)
    nights.night(MONTH_ENDS[1])
    assert sorted(moves(customer)) == [
        ("AGE", "YOUNG", "MIDDLE"),
        ("LOYALTY", "POTENTIAL", "LOST"),
        ("NEED", "SAVINGS", "INVESTMENT"),
        ("OCCUPATION", "AGRICULTURE", "EMPLOYEE"),
    ]
    said = "\n".join(class_history.moves_of(customer))
    for words in (
        "has reached the age of 36",
        "occupation: Enterprise manager",
        "every product is closed",
        "points: investment 70.0, consumption 0.0, savings 0.0",
        "rules NEED 1",
    ):
        assert words in said


def test_a_first_class_and_a_quiet_night_are_no_moves() -> None:
    customer = person(aum_fen=70_000_000)
    nights.night(MONTH_ENDS[0])
    now(customer, count_12m=9)
    nights.night(MONTH_ENDS[1])
    assert moves(customer) == []


def test_a_night_that_nobody_may_see_yet_moves_nobody() -> None:
    customer = person(aum_fen=70_000_000)
    nights.night(MONTH_ENDS[0])
    now(customer, aum_fen=700_000_000)
    nights.night(MONTH_ENDS[1])
    run = ScoreRun.objects.latest("no")
    assert len(class_history.moves_of(customer)) == 1
    ClassMove.objects.update(run_no=run.no + 1)
    assert class_history.moves_of(customer) == []
    assert JobRun.objects.exists()


@pytest.mark.parametrize(
    ("became", "figures", "words"),
    [
        ("LOST", {"closed": 0, "silent": 190, "assets": 50_000, "best": None}, "active 190 days ago (limit 180)"),
        ("POTENTIAL", {"closed": 0, "silent": 5, "signs": 3}, "3 of 5 signs of loyalty (needed: 4)"),
        ("UNKNOWN", {"closed": 0, "silent": None}, "too little is known"),
    ],
)
def test_loyalty_says_what_was_missed(became: str, figures: dict[str, Any], words: str) -> None:
    limits = {"silent_days": 180, "recent_days": 60, "signs_needed": 4}
    said = class_move_text.sentence("LOYALTY", "LOYAL", became, figures, on=None, rules="", limits=limits)
    assert words in said


def test_a_move_is_read_by_who_may_read_the_customer(client_for: Callable[..., Client]) -> None:
    customer = person(aum_fen=70_000_000)
    nights.night(MONTH_ENDS[0])
    now(customer, aum_fen=700_000_000)
    nights.night(MONTH_ENDS[1])
    address = reverse("analytics:value", args=[customer.customer_no])
    page = client_for("supervisor").get(address).content.decode()
    assert "Mid net worth → High net worth: ¥7,000,000" in page
    assert client_for("analyst").get(address).status_code == 403
