"""Activity as it is kept: equal to raw rows however they came, moved only by facts, rolled only when a month closed."""

from __future__ import annotations

import datetime
from collections.abc import Callable
from typing import Any

import pytest
import time_machine
from django.db import connection, transaction
from django.test.utils import CaptureQueriesContext
from django.utils import timezone
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from crm_site.testing import person
from customers.actions import activity, interactions, rebuilding
from customers.actions.activity import FACTS, Movement
from customers.models import (
    Activity,
    ActivityMark,
    CreditRecord,
    Customer,
    Holding,
    Interaction,
    MonthlyActivity,
    MonthlyBalance,
    Need,
    Product,
    PublishedRun,
    Transaction,
)

pytestmark = pytest.mark.django_db
D = datetime.date
TODAY = datetime.datetime(2025, 9, 26, 2, 0, tzinfo=datetime.UTC)
WINDOW = D(2025, 8, 1)


@pytest.fixture(autouse=True)
def _frozen(now: datetime.datetime) -> None:
    """Every test runs on Friday 26 September 2025."""


def customer(number: int = 1, **fields: Any) -> Customer:
    return Customer.objects.create(customer_no=f"C{number}", full_name="王小明", name_bidx=b"n", **fields)


def product(code: str = "CUR", family: str = Product.Family.DEPOSIT, **fields: Any) -> Product:
    return Product.objects.get_or_create(code=code, defaults={"name": code, "family": family, **fields})[0]


def holding(owner: Customer, of: Product | None = None, **fields: Any) -> Holding:
    number = Holding.objects.count() + 1
    given_fields = {"opened_on": D(2020, 1, 1), "source_system": "T", "source_id": str(number), **fields}
    return Holding.objects.create(
        customer=owner, product=of or product(), account_no="1", account_bidx=b"a", last4_bidx=b"b", **given_fields
    )


def move(account: Holding, day: D, amount_fen: int = 100, **fields: Any) -> Transaction:
    values = {"direction": "OUT", "type": "WITHDRAWAL", "customer_initiated": True, **fields}
    return Transaction(
        holding=account,
        customer_id=account.customer_id,
        posted_on=day,
        amount_fen=amount_fen,
        source_system="T",
        source_txn_id=str(id(object()) + Transaction.objects.count()),
        **values,
    )


def book(rows: list[Transaction]) -> None:
    """Insert movements the way the importer does."""
    with transaction.atomic():
        for number, row in enumerate(rows):
            row.source_txn_id = f"{Transaction.objects.count()}-{number}"
        Transaction.objects.bulk_create(rows)
        activity.apply_import(
            Movement(r.customer_id, r.posted_on, r.amount_fen, r.direction, r.type, r.customer_initiated) for r in rows
        )


def kept(owner: Customer) -> Activity:
    return Activity.objects.get(pk=owner.pk)


def marked(owner: Customer) -> bool:
    return ActivityMark.objects.filter(customer=owner).exists()


def everything() -> list[tuple[Any, ...]]:
    return list(Activity.objects.order_by("pk").values_list("pk", "window_end", *FACTS))


# --- kept from imports ------------------------------------------------------------------------------------------
def test_a_batch_of_movements_reaches_month_and_customer() -> None:
    owner = customer()
    account = holding(owner)
    book(
        [
            move(account, D(2025, 8, 31), 500, type="CARD_SPEND"),
            move(account, D(2025, 8, 1), 300, customer_initiated=False, type="FEE"),
            move(account, D(2025, 7, 5), 9_000, direction="IN", type="SALARY", customer_initiated=False),
            move(account, D(2025, 9, 3), 700, type="PURCHASE"),
            move(account, D(2024, 8, 31), 40),
        ]
    )
    assert activity.settle() == 1
    row = kept(owner)
    assert row.window_end == WINDOW
    assert (row.count_12m, row.amount_12m_fen, row.card_spend_12m_fen, row.fee_12m_fen) == (1, 500, 500, 300)
    assert (row.inflow_12m_fen, row.salary_12m_fen, row.months_since_salary) == (9_000, 9_000, 1)
    assert row.last_active_on == D(2025, 9, 3)
    assert MonthlyActivity.objects.filter(customer=owner).count() == 4


def test_a_refund_lessens_card_spend() -> None:
    owner = customer()
    account = holding(owner)
    book(
        [
            move(account, D(2025, 8, 2), 500, type="CARD_SPEND"),
            move(account, D(2025, 8, 3), 200, direction="IN", type="CARD_SPEND"),
        ]
    )  # noqa: E501
    activity.settle()
    assert kept(owner).card_spend_12m_fen == 300
    assert rebuilding.rebuild() == 0


def test_facts_of_every_table_reach_the_row() -> None:
    owner = customer(occupation="MANAGER", birth_date=D(1980, 9, 27), annual_income="240000.00")
    deposit = holding(owner, opened_on=D(2019, 5, 1), maturity_on=D(2026, 1, 1))
    holding(owner, product("FUND", Product.Family.WEALTH), opened_on=D(2025, 6, 1))
    MonthlyBalance.objects.create(holding=deposit, month=WINDOW, average_fen=50_000_00, end_fen=1)
    customer(2, referred_by=owner, status="ACTIVE", opened_on=D(2025, 1, 1))
    customer(3, referred_by=owner, status="PROSPECT", opened_on=D(2025, 1, 1))
    CreditRecord.objects.create(customer=owner, as_of=D(2025, 1, 1), max_dpd_24m=40, internal_rating="C", source="R")
    CreditRecord.objects.create(customer=owner, as_of=D(2025, 8, 1), max_dpd_24m=3, debt_service_bp=2500, source="R")
    need = {"customer": owner, "recorded_at": TODAY, "expires_on": D(2026, 1, 1)}
    Need.objects.create(family="WEALTH", basis="STATED", strength=4, **need)
    Need.objects.create(family="LOAN", basis="INFERRED", strength=2, **need)
    Interaction.objects.create(customer=owner, channel="PHONE", direction="IN", at=TODAY, recorded_at=TODAY)
    activity.touch([owner.pk])
    activity.settle()
    row = kept(owner)
    assert (row.occupation, row.age_step, row.age_check_from) == ("MANAGER", 36, D(2025, 9, 1))
    assert (row.income_fen, row.opened_on, row.last_active_on) == (24_000_000, D(2019, 5, 1), D(2025, 9, 26))
    assert (row.open_holdings, row.families_6m_new, row.contracts_24m) == (2, 1, 1)
    assert not row.unmatured_deposit  # its month-end balance is below 1,000 yuan
    assert (row.aum_fen, row.deposits_3m_fen, row.loans_fen) == (5_000_000, 5_000_000, 0)
    assert (row.referrals_24m, row.new_needs_6m, row.stated_need) == (1, 1, "WEALTH")
    assert (row.dpd_24m, row.debt_service_bp, row.rating) == (3, 2500, "")


def test_an_overdraft_is_owed_and_does_not_lessen_other_assets() -> None:
    owner = customer()
    one, other = holding(owner), holding(owner)
    MonthlyBalance.objects.create(holding=one, month=WINDOW, average_fen=-300, end_fen=0)
    MonthlyBalance.objects.create(holding=other, month=WINDOW, average_fen=1_000, end_fen=0)
    activity.touch([owner.pk])
    activity.settle()
    assert (kept(owner).aum_fen, kept(owner).deposits_3m_fen, kept(owner).loans_fen) == (1_000, 1_000, 300)


def test_after_the_last_product_is_closed_assets_are_nothing_not_unknown() -> None:
    owner = customer()
    holding(owner, closed_on=D(2025, 7, 10), status="CLOSED")
    activity.touch([owner.pk])
    activity.settle()
    row = kept(owner)
    assert (row.closed, row.aum_fen, row.aum_3m_fen, row.aum_year_ago_fen) == (True, 0, 0, None)


# --- moved only by facts ----------------------------------------------------------------------------------------
def test_deriving_again_moves_no_stamp() -> None:
    owner = customer()
    book([move(holding(owner), D(2025, 8, 2))])
    activity.settle()
    before = kept(owner).changed_at
    with time_machine.travel(TODAY + datetime.timedelta(hours=1), tick=False):
        activity.touch([owner.pk])
        assert marked(owner)
        assert activity.settle() == 0
        assert not marked(owner)
    assert (kept(owner).changed_at, kept(owner).window_end) == (before, WINDOW)


def test_a_month_that_closes_with_nothing_in_it_moves_the_window_and_no_stamp() -> None:
    owner = customer()
    activity.roll(D(2025, 9, 25))
    before = kept(owner).changed_at
    with time_machine.travel(datetime.datetime(2025, 10, 1, 2, 0, tzinfo=datetime.UTC), tick=False):
        assert activity.roll(D(2025, 9, 30)) == 0
    assert (kept(owner).window_end, kept(owner).changed_at) == (D(2025, 9, 1), before)


def test_nothing_is_derived_when_nothing_rolled(django_assert_max_num_queries: Callable[[int], Any]) -> None:
    for number in range(3):
        customer(number)
    assert activity.roll(D(2025, 9, 25)) == 0
    assert Activity.objects.filter(window_end=WINDOW).count() == 3
    with CaptureQueriesContext(connection) as queries:
        assert activity.roll(D(2025, 9, 25)) == 0
    assert len(queries) == 3


def test_a_mark_left_by_a_killed_import_is_found_at_night() -> None:
    owner = customer()
    book([move(holding(owner), D(2025, 8, 2), 70)])
    assert marked(owner)
    assert activity.roll(D(2025, 9, 25)) == 1
    assert kept(owner).amount_12m_fen == 70


# --- going back in time -----------------------------------------------------------------------------------------
def test_an_earlier_night_sees_the_bank_as_it_stood() -> None:
    owner = customer(birth_date=D(1960, 1, 1))
    account = holding(owner, opened_on=D(1993, 6, 1))
    holding(owner, opened_on=D(1994, 5, 2))
    book([move(account, D(1994, 4, 20), 10), move(account, D(1994, 5, 3), 90)])
    activity.settle()
    activity.roll(D(1994, 4, 30))
    row = kept(owner)
    assert (row.window_end, row.amount_12m_fen, row.last_active_on) == (D(1994, 4, 1), 10, D(1994, 4, 20))
    assert (row.open_holdings, row.age_step) == (1, 25)
    # once that night is published, what arrives later is seen from there
    PublishedRun.objects.create(pk=1, run_no=1, as_of=D(1994, 4, 30))
    book([move(account, D(1994, 4, 2), 5)])
    activity.settle()
    assert kept(owner).amount_12m_fen == 15
    assert rebuilding.rebuild() == 0


# --- ages -------------------------------------------------------------------------------------------------------
def test_a_birthday_moves_the_step_on_its_day_and_only_then() -> None:
    owner = customer(birth_date=D(1980, 9, 28))
    activity.roll(D(2025, 9, 25))
    assert activity.refresh_ages(D(2025, 9, 27)) == 0
    assert activity.refresh_ages(D(2025, 9, 28)) == 1
    assert (kept(owner).age_step, kept(owner).age_check_from) == (45, D(2035, 9, 1))
    assert activity.refresh_ages(D(2025, 9, 28)) == 0


# --- equal to raw rows ------------------------------------------------------------------------------------------
movements = st.lists(
    st.tuples(
        st.integers(0, 2),
        st.dates(D(2023, 6, 1), D(2025, 9, 25)),
        st.integers(0, 10**6),
        st.sampled_from(Transaction.Direction.values),
        st.sampled_from(Transaction.Type.values),
        st.booleans(),
    ),
    max_size=40,
)


@settings(max_examples=25, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(rows=movements, cuts=st.lists(st.integers(0, 40), max_size=3))
def test_however_the_rows_came_the_result_is_that_of_the_raw_rows(rows: list[Any], cuts: list[int]) -> None:
    with transaction.atomic():
        owners = [customer(number) for number in range(3)]
        accounts = [holding(owner) for owner in owners]
        edges = [0, *sorted(cuts), len(rows)]
        for start, end in zip(edges, edges[1:], strict=False):
            book(
                [
                    move(accounts[who], day, amount, direction=way, type=kind, customer_initiated=own)
                    for who, day, amount, way, kind, own in rows[start:end]
                ]
            )
            activity.settle()
        activity.roll(D(2025, 9, 25))
        incremental = everything()
        for owner, row in zip(owners, Activity.objects.order_by("pk"), strict=True):
            assert _by_hand(owner) == {name: getattr(row, name) for name in _by_hand(owner)}
        assert rebuilding.rebuild() == 0
        MonthlyActivity.objects.all().delete()
        MonthlyActivity.objects.create(customer=owners[0], month=D(2020, 1, 1), count=7)
        Activity.objects.all().delete()
        assert rebuilding.rebuild() > 0
        assert everything() == incremental
        transaction.set_rollback(True)


def _by_hand(owner: Customer) -> dict[str, Any]:
    """The plainest reading of docs/ACTIVITY.md, row by row."""
    rows = list(Transaction.objects.filter(customer=owner))
    year = [row for row in rows if D(2024, 9, 1) <= row.posted_on <= D(2025, 8, 31)]
    before = [row for row in rows if D(2023, 9, 1) <= row.posted_on <= D(2024, 8, 31)]
    own = [row for row in year if row.customer_initiated]
    salary = [row for row in year + before if row.type == "SALARY" and row.direction == "IN" and row.amount_fen]
    acts = [row.posted_on for row in rows if row.customer_initiated]
    days = {row.posted_on for row in rows if row.customer_initiated}
    latest = max((row.posted_on.year * 12 + row.posted_on.month for row in salary), default=None)
    return {
        "count_12m": len(own),
        "amount_12m_fen": sum(row.amount_fen for row in own),
        "inflow_12m_fen": sum(row.amount_fen for row in year if row.direction == "IN"),
        "card_spend_12m_fen": _net(year, "CARD_SPEND"),
        "fee_12m_fen": _net(year, "FEE"),
        "salary_12m_fen": sum(row.amount_fen for row in salary if row in year),
        "salary_prior_12m_fen": sum(row.amount_fen for row in salary if row in before),
        "purchases_6m": sum(row.type == "PURCHASE" and row.posted_on >= D(2025, 3, 1) for row in year),
        "active_months_12m": len({row.posted_on.replace(day=1) for row in own}),
        "active_days_90d": len({day for day in days if D(2025, 6, 3) <= day <= D(2025, 8, 31)}),
        "active_days_prior_90d": len({day for day in days if D(2025, 3, 5) <= day <= D(2025, 6, 2)}),
        "months_since_salary": None if latest is None else 2025 * 12 + 8 - latest,
        "last_active_on": max([*acts, D(2020, 1, 1)]),
    }


def _net(rows: list[Transaction], kind: str) -> int:
    return sum(row.amount_fen if row.direction == "OUT" else -row.amount_fen for row in rows if row.type == kind)


def test_marks_are_made_for_many_customers_at_once() -> None:
    """More than a small batch takes the quick path of PostgreSQL."""
    Customer.objects.bulk_create(
        Customer(customer_no=f"M{number}", full_name="x", name_bidx=b"n") for number in range(300)
    )
    ids = list(Customer.objects.values_list("pk", flat=True))
    activity.touch(ids)
    activity.touch(ids)
    assert ActivityMark.objects.count() == 300
    assert activity.settle() == 0
    assert Activity.objects.filter(window_end=WINDOW, changed_at=timezone.now()).count() == 300
    assert not ActivityMark.objects.exists()


def test_a_contact_from_the_customer_ends_their_silence_and_taken_back_it_does_not() -> None:
    owner = customer()
    activity.roll(D(2025, 9, 25))
    made = interactions.record(by=None, customer=owner, channel="PHONE")
    activity.settle()
    assert kept(owner).last_active_on == D(2025, 9, 26)
    Interaction.objects.filter(pk=made.pk).update(undone_at=TODAY)
    activity.touch([owner.pk])
    activity.settle()
    assert kept(owner).last_active_on is None


def rated(owner: Customer, points: int, at: datetime.datetime) -> None:
    interactions.record(by=None, customer=owner, channel="SURVEY", direction="OUT", rating_points=points,
                        rating_weight=100, at=at)  # fmt: skip


def test_the_lowest_mark_of_sixty_days_is_kept_and_ages_out_with_the_month() -> None:
    owner = customer()
    day = datetime.timedelta(days=1)
    end = datetime.datetime(2025, 8, 31, 4, tzinfo=datetime.UTC)  # a day of the window's last
    rated(owner, 0, end - 60 * day)
    activity.settle()
    assert kept(owner).worst_mark_60d is None
    rated(owner, 25, end - 59 * day)
    rated(owner, 75, end + 3 * day)  # later than the window, so new
    assert marked(owner)  # told by us, and yet a fact that moved
    assert activity.settle() == 1
    assert kept(owner).worst_mark_60d == 25
    assert rebuilding.rebuild() == 0
    with time_machine.travel(datetime.datetime(2025, 10, 1, 2, tzinfo=datetime.UTC), tick=False):
        activity.roll(D(2025, 9, 30))
    assert kept(owner).worst_mark_60d == 75


def test_a_mark_taken_back_is_no_mark() -> None:
    owner, agent = customer(), person("agent")
    made = interactions.record(by=agent, customer=owner, channel="PHONE", direction="OUT", rating_points=0,
                               rating_weight=50)  # fmt: skip
    activity.settle()
    assert kept(owner).worst_mark_60d == 0
    interactions.undo(by=agent, interaction=made)
    activity.settle()
    assert kept(owner).worst_mark_60d is None


def test_the_same_day_in_two_imports_is_one_day() -> None:
    owner = customer()
    account = holding(owner)
    for _import in range(2):
        book([move(account, D(2025, 8, 2)), move(account, D(2025, 8, 9))])
    activity.settle()
    assert (kept(owner).active_days_90d, kept(owner).active_days_prior_90d) == (2, 0)
