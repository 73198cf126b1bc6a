"""From a day's facts to the warning on the page: who is at risk of leaving, and why (domain E.5)."""

from __future__ import annotations

import datetime
import json
from collections.abc import Callable
from typing import Any

import pytest
import time_machine
from django.core.management import call_command
from django.db import transaction
from django.urls import reverse

from analytics.tests import nights
from crm_site.models import JobRun
from customers.actions import activity, interactions, rebuilding
from customers.actions.activity import Movement
from customers.models import Activity, Customer, Standing, Transaction
from customers.tests.factories import CustomerFactory, HoldingFactory

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("now")]
D = datetime.date
NIGHT = D(2025, 9, 25)  # the window ends on 31 August
SPRING = [D(2025, 3, day) for day in range(10, 20)]
SUMMER = [D(2025, 7, day) for day in range(10, 14)]


def bank(customer: Customer, days: list[datetime.date]) -> None:
    """Import a transaction of the customer's own on each of these days."""
    account = HoldingFactory(customer=customer)
    rows = [
        Transaction(holding=account, customer=customer, posted_on=day, amount_fen=100, direction="OUT",
                    type="CARD_SPEND", source_system="T", source_txn_id=f"{account.pk}-{day}")
        for day in days
    ]  # fmt: skip
    with transaction.atomic():
        Transaction.objects.bulk_create(rows)
        activity.apply_import(
            Movement(r.customer_id, r.posted_on, r.amount_fen, r.direction, r.type, True) for r in rows
        )


def night(as_of: datetime.date = NIGHT) -> JobRun:
    """What the timetable does: derive who is marked, then classify who moved."""
    activity.roll(as_of)
    run: JobRun = nights.night(as_of)
    return run


def standing(customer: Customer) -> Standing:
    return Standing.objects.published().get(customer=customer)


def marked(customer: Customer, points: int) -> None:
    """The customer gave a mark when we asked."""
    interactions.record(by=None, customer=customer, channel="PHONE", direction="OUT", rating_points=points,
                        rating_weight=50)  # fmt: skip


def test_active_days_that_halved_are_a_warning_and_named() -> None:
    quieter, steady = CustomerFactory(), CustomerFactory()
    bank(quieter, SPRING + SUMMER)
    bank(steady, SPRING + [D(2025, 7, day) for day in range(10, 17)])
    night()
    assert Activity.objects.get(pk=quieter.pk).active_days_90d == 4
    assert ("AT_RISK" in standing(quieter).flags, standing(quieter).risk_triggers) == (True, ["ACTIVITY"])
    assert ("AT_RISK" in standing(steady).flags, standing(steady).risk_triggers) == (False, [])
    assert rebuilding.rebuild() == 0


@pytest.mark.parametrize(("points", "named"), [(0, ["LOW_MARK"]), (25, ["LOW_MARK"]), (26, []), (50, [])])
def test_a_low_mark_is_found_by_the_next_night_without_reading_everybody(points: int, named: list[str]) -> None:
    customer, other = CustomerFactory(), CustomerFactory()
    for each in (customer, other):
        bank(each, SUMMER)
    activity.settle()
    with time_machine.travel(datetime.datetime(2025, 9, 26, 4, tzinfo=datetime.UTC), tick=False):
        night()
    with time_machine.travel(datetime.datetime(2025, 9, 26, 6, tzinfo=datetime.UTC), tick=False):
        marked(customer, points)
    with time_machine.travel(datetime.datetime(2025, 9, 27, 2, tzinfo=datetime.UTC), tick=False):
        run = night(NIGHT + datetime.timedelta(days=1))
    assert (run.counts["customers"], run.counts["full"]) == (1, 0)
    assert standing(customer).risk_triggers == named
    assert standing(other).risk_triggers == []


def test_the_page_and_the_command_say_what_puts_them_at_risk(
    client_for: Callable[..., Any], capsys: pytest.CaptureFixture[str]
) -> None:
    customer = CustomerFactory()
    bank(customer, SPRING + SUMMER)
    marked(customer, 25)
    night()
    client = client_for("agent")
    card = client.get(reverse("analytics:value", args=[customer.customer_no])).content.decode()
    assert "At risk of leaving" in card
    assert "active on half as many days" in card
    assert "a mark of 1 or 2 of 5" in card
    page = client.get(reverse("customers:detail", args=[customer.customer_no])).content.decode()
    assert "At risk of leaving" in page
    call_command("explain", "score", customer.customer_no, "--json")
    assert json.loads(capsys.readouterr().out)["at_risk"] == ["ACTIVITY", "LOW_MARK"]


def test_who_is_not_at_risk_reads_nothing_of_it(client_for: Callable[..., Any]) -> None:
    customer = CustomerFactory()
    bank(customer, SUMMER)
    night()
    client = client_for("agent")
    for name in ("analytics:value", "customers:detail"):
        assert "At risk of leaving" not in client.get(reverse(name, args=[customer.customer_no])).content.decode()
