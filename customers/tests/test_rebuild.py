"""Kept figures against raw rows: what differs is named, mended, said aloud; a killed run goes on (decision 0039)."""

from __future__ import annotations

import datetime
import io
import json
from typing import Any

import pytest
from django.core.management import call_command
from django.db.models import F

from crm_site import jobs
from crm_site.celery import job
from crm_site.management.base import Refused
from crm_site.models import JobRun, Notice
from crm_site.testing import person
from customers.actions import activity, filing, interactions, products, rebuilding
from customers.models import Activity, ActivityMark, Customer, Holding, Interaction, MonthlyActivity, Product
from customers.tests.test_activity import TODAY, D, book, customer, everything, holding, kept, marked, move, product

pytestmark = pytest.mark.django_db
NIGHT = D(2025, 9, 20)  # a Saturday


@pytest.fixture(autouse=True)
def _frozen(now: datetime.datetime) -> None:
    """Every test runs on Friday 26 September 2025."""


@pytest.fixture
def bank() -> list[Customer]:
    """Seven customers with movements of several kinds and months, settled."""
    owners = [customer(number, birth_date=D(1980, 9, 28)) for number in range(7)]
    for number, owner in enumerate(owners):
        account = holding(owner)
        rows = [move(account, D(2025, month, 1 + number), 100 * month) for month in (5, 7, 8, 9)]
        rows.append(move(account, D(2025, 8, 9), 900, direction="IN", type="SALARY", customer_initiated=False))
        rows.append(move(account, D(2025, 6, 9), 30, type="FEE", customer_initiated=False))
        book(rows)
    activity.settle()
    activity.roll(D(2025, 9, 25))
    return owners


def weekly() -> JobRun:
    run = jobs.run_job(job="rebuild", path=job("rebuild").task, business_date=NIGHT, force=True)
    assert run is not None
    return run


def command(*words: str) -> dict[str, Any]:
    out = io.StringIO()
    call_command("rebuild", "--json", *words, stdout=out, stderr=io.StringIO())
    found: dict[str, Any] = json.loads(out.getvalue())
    return found


def spoil() -> None:
    """Three sums and two rows nobody meant to write; a customer without a row is merely not derived yet."""
    MonthlyActivity.objects.filter(month=D(2025, 8, 1), customer__customer_no="C1").update(count=F("count") + 3)
    MonthlyActivity.objects.filter(month=D(2025, 7, 1), customer__customer_no="C2").delete()
    MonthlyActivity.objects.create(customer=Customer.objects.get(customer_no="C3"), month=D(2020, 1, 1), count=7)
    Activity.objects.filter(customer__customer_no="C4").update(open_holdings=9, closed=True)
    Activity.objects.filter(customer__customer_no="C5").delete()


def test_a_bank_that_agrees_is_left_as_it_is_and_nobody_is_told(bank: list[Customer]) -> None:
    person("sysadmin")
    before = list(Activity.objects.order_by("pk").values_list())
    run = weekly()
    assert run.state == JobRun.State.OK, run.error
    assert run.counts == {"customers": 7, "marked": 0, "differences": 0}
    assert run.warning == ""
    assert not Notice.objects.exists()
    assert list(Activity.objects.order_by("pk").values_list()) == before


def test_every_difference_is_named_mended_and_said_aloud(bank: list[Customer]) -> None:
    told = person("sysadmin")
    right, months = everything(), set(MonthlyActivity.objects.values_list("customer", "month", "count", "days_mask"))
    spoil()
    run = weekly()
    assert rebuilding.differences(run.counts) == {
        "month: count": 1,
        "month: row absent": 1,
        "month: row without transactions": 1,
        "activity: open_holdings": 1,
        "activity: closed": 1,
    }
    assert run.counts["differences"] == 5
    assert "month: count (1)" in run.warning
    assert everything() == right
    assert set(MonthlyActivity.objects.values_list("customer", "month", "count", "days_mask")) == months
    notice = Notice.objects.get(to=told)
    assert notice.values["n"] == "5"
    assert rebuilding.rebuild() == 0


@pytest.mark.parametrize("column", [*rebuilding.monthly_sums.VALUES])
def test_a_wrong_sum_in_any_column_is_found_and_named(bank: list[Customer], column: str) -> None:
    wrong = D(2025, 8, 31) if column == "last_on" else 77
    MonthlyActivity.objects.filter(month=D(2025, 8, 1), customer=bank[0]).update(**{column: wrong})
    assert rebuilding.rebuild() == 1
    assert rebuilding.rebuild() == 0


def test_a_mended_row_is_scored_by_the_next_night_and_others_are_not(bank: list[Customer]) -> None:
    before = dict(Activity.objects.values_list("pk", "changed_at"))
    Activity.objects.update(changed_at=TODAY - datetime.timedelta(days=9))
    Activity.objects.filter(pk=bank[2].pk).update(count_12m=1_000)
    weekly()
    moved = Activity.objects.filter(changed_at=TODAY)
    assert [row.pk for row in moved] == [bank[2].pk]
    assert len(before) == 7


def test_a_marked_row_is_derived_and_is_no_difference(bank: list[Customer]) -> None:
    book([move(Holding.objects.get(customer=bank[1]), D(2025, 8, 20), 5)])
    counts = rebuilding.compare(bank[0].pk, bank[-1].pk)
    assert counts == {"customers": 7, "marked": 1}
    assert kept(bank[1]).amount_12m_fen == kept(bank[2]).amount_12m_fen + 5


def test_a_killed_run_goes_on_and_its_counts_are_those_of_one(
    bank: list[Customer], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(activity, "CHUNK", 2)
    monkeypatch.setattr(rebuilding, "RANGE", 1)
    right = everything()
    spoil()
    finish, turns = jobs.finish_shard, iter(range(100))

    def stops(*args: Any) -> None:
        if next(turns) == 2:
            raise OSError("no space left")
        finish(*args)

    with monkeypatch.context() as patch:
        patch.setattr(jobs, "finish_shard", stops)
        assert weekly().state == JobRun.State.FAILED
    run = weekly()
    assert (run.state, run.attempts, run.counts["customers"]) == (JobRun.State.OK, 1, 7)  # it came further
    assert run.counts["differences"] == 5
    assert everything() == right


def test_the_command_mends_and_says_what(bank: list[Customer]) -> None:
    spoil()
    answer = command()
    assert (answer["mended"], answer["customers"], answer["differences"]) == (True, 7, 5)
    assert answer["columns"]["month: count"] == 1
    assert command()["differences"] == 0
    out = io.StringIO()
    call_command("rebuild", stdout=out)
    assert "7 customers" in out.getvalue()


def test_only_looking_writes_nothing(bank: list[Customer]) -> None:
    spoil()
    before = (everything(), sorted(MonthlyActivity.objects.values_list()))
    answer = command("--check")
    assert (answer["mended"], answer["differences"]) == (False, 5)
    assert (everything(), sorted(MonthlyActivity.objects.values_list())) == before
    assert not Notice.objects.exists()


def test_the_command_goes_on_with_what_was_cut_off(bank: list[Customer], monkeypatch: pytest.MonkeyPatch) -> None:
    def breaks(*args: Any) -> None:
        raise OSError("no space left")

    with monkeypatch.context() as patch:
        patch.setattr(jobs, "finish_shard", breaks)
        with pytest.raises(Refused, match="OSError"):
            command()
    assert command()["customers"] == 7
    assert JobRun.objects.filter(job="rebuild").count() == 1


# --- verbs that once moved a fact without marking it ------------------------------------------------------------
def test_a_contact_written_down_for_a_month_that_is_over_counts_at_once(bank: list[Customer]) -> None:
    interactions.record(by=None, customer=bank[0], channel="PHONE", direction="OUT", at=datetime.datetime(2025, 8, 30, 4, tzinfo=datetime.UTC))  # fmt: skip  # noqa: E501
    assert marked(bank[0])
    activity.settle()
    assert rebuilding.rebuild() == 0
    interactions.record(by=None, customer=bank[1], channel="PHONE", direction=Interaction.Direction.OUT)
    assert not marked(bank[1])  # of this month: it counts when the month closes


def test_a_product_that_counts_otherwise_marks_who_holds_it(bank: list[Customer]) -> None:
    other = holding(customer(90), product("FUND", Product.Family.WEALTH)).customer
    activity.touch([other.pk])
    activity.settle()
    changed = Product.objects.get(code="CUR")
    changed.family = Product.Family.WEALTH
    products.save_product(by=person("supervisor"), product=changed)
    marked = set(ActivityMark.objects.values_list("pk", flat=True))
    assert marked == {owner.pk for owner in bank}
    activity.settle()
    assert rebuilding.rebuild() == 0


def test_who_is_a_customer_no_more_is_no_credit_to_who_brought_them(bank: list[Customer]) -> None:
    brought = customer(91, referred_by=bank[0], status="ACTIVE", opened_on=D(2025, 3, 1))
    activity.touch([bank[0].pk])
    activity.roll(D(2025, 9, 25))
    assert kept(bank[0]).referrals_24m == 1
    filing.update_customer(by=person("supervisor"), customer=brought, version=brought.version, changes={"status": "DORMANT"})  # fmt: skip  # noqa: E501
    activity.settle()
    assert kept(bank[0]).referrals_24m == 0
    assert rebuilding.rebuild() == 0


def test_the_day_somebody_became_a_customer_reaches_their_row(bank: list[Customer]) -> None:
    filing.update_customer(by=person("supervisor"), customer=bank[0], version=bank[0].version, changes={"opened_on": D(2001, 1, 1)})  # fmt: skip  # noqa: E501
    activity.settle()
    assert kept(bank[0]).opened_on == D(2001, 1, 1)
    assert rebuilding.rebuild() == 0
