"""What customers do: figures of one and of a segment, what is said of them, and who may read it (R9.2)."""

from __future__ import annotations

import datetime
from collections.abc import Callable
from typing import Any

import pytest
import time_machine
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from analytics import behaviour, behaviour_text
from analytics.actions import segments as verbs
from analytics.behaviour import Habits
from analytics.models import SegmentCount
from crm_site.tests.factories import UserFactory
from customers.models import Activity, Customer, Interaction, MonthlyActivity
from customers.tests.factories import CustomerFactory, PublishedRunFactory, StandingFactory

pytestmark = pytest.mark.django_db

D = datetime.date
AS_OF = D(2026, 10, 31)


def months(customer: Customer, counts: dict[str, int], **more: Any) -> None:
    """Rows of these months: so many transactions in each, on as many days."""
    for month, n in counts.items():
        MonthlyActivity.objects.create(
            customer=customer,
            month=D.fromisoformat(f"{month}-01"),
            count=n,
            amount_fen=n * 10_000,
            days_mask=(1 << n) - 1,
            last_on=D.fromisoformat(f"{month}-{n:02d}") if n else None,
            **more,
        )


def came(customer: Customer, channel: str, at: str, direction: str = "IN") -> None:
    """A contact at this moment of the bank's clock."""
    moment = datetime.datetime.fromisoformat(f"{at}:00+08:00")
    Interaction.objects.create(customer=customer, channel=channel, direction=direction, at=moment, recorded_at=moment)


def words(habits: Habits) -> dict[str, str]:
    return {str(line.name): line.words for line in behaviour_text.shown(habits, "x")["lines"]}


# --- figures ----------------------------------------------------------------------------------------------------------
@pytest.mark.parametrize(
    ("counts", "percent"),
    [
        ([4, 4, 4, 8, 8, 8], 100),
        ([8, 8, 8, 4, 4, 4], -50),
        ([3] * 12, 0),
        ([5, 5, 5, 6, 6, 6], 20),
        ([0, 0, 0, 6, 6, 6], None),
        ([1, 2, 3, 4, 5], None),
        ([], None),
    ],
)
def test_the_last_three_months_against_those_before(counts: list[int], percent: int | None) -> None:
    assert behaviour.trend(counts) == percent


@pytest.mark.parametrize(
    ("hour", "part"),
    [(0, "NIGHT"), (8, "NIGHT"), (9, "MORNING"), (11, "MORNING"), (12, "NOON"), (13, "NOON"), (14, "AFTERNOON"),
     (17, "AFTERNOON"), (18, "EVENING"), (21, "EVENING"), (22, "NIGHT"), (23, "NIGHT")],
)  # fmt: skip
def test_parts_of_the_day(hour: int, part: str) -> None:
    assert behaviour.part_of_day(hour) == part


def test_months_count_from_the_first_with_data_to_the_last_that_is_over() -> None:
    customer = CustomerFactory()
    months(customer, {"2026-06": 4, "2026-08": 2, "2026-10": 6, "2026-11": 9})
    found = behaviour.habits_of(customer, AS_OF)
    assert (found.counts, found.end, found.active_days, found.last_on) == (
        (4, 0, 2, 0, 6),
        "2026-10-01",
        12,
        "2026-10-06",
    )
    assert behaviour.habits_of(customer, D(2026, 10, 30)).counts == (4, 0, 2, 0)


def test_no_more_than_twelve_months_are_looked_at() -> None:
    customer = CustomerFactory()
    months(customer, {f"2025-{n:02d}": 1 for n in range(1, 13)})
    assert behaviour.habits_of(customer, AS_OF).counts == (1, 1) + (0,) * 10


@pytest.mark.parametrize(("first", "enough"), [("2026-08", True), ("2026-09", False), ("2026-11", False)])
def test_less_than_three_months_are_insufficient(first: str, enough: bool) -> None:
    customer = CustomerFactory()
    months(customer, {first: 5})
    assert behaviour.habits_of(customer, AS_OF).enough is enough


def test_of_who_never_did_anything_nothing_is_said() -> None:
    assert not behaviour_text.shown(behaviour.habits_of(CustomerFactory(), AS_OF), "x")["enough"]


def test_contacts_count_by_the_banks_clock_and_only_their_own() -> None:
    customer = CustomerFactory()
    months(customer, {"2026-01": 1})
    for at in ("2026-10-12T09:30", "2026-10-17T08:59", "2026-10-13T10:00"):
        came(customer, "PHONE", at)
    came(customer, "APP", "2026-10-14T23:00")
    came(customer, "PHONE", "2026-10-14T10:00", direction="OUT")
    came(customer, "SURVEY", "2026-10-14T10:00")
    came(customer, "PHONE", "2025-10-31T10:00")
    found = behaviour.habits_of(customer, AS_OF)
    assert found.channels == {"PHONE": 3, "APP": 1}
    assert found.parts == {"MORNING": 2, "NIGHT": 2}
    assert found.weekend == 1


# --- words ------------------------------------------------------------------------------------------------------------
def test_habits_of_a_customer_in_words() -> None:
    customer = CustomerFactory()
    Activity.objects.update_or_create(
        customer=customer, defaults={"families_mask": 0b101, "changed_at": timezone.now()}
    )
    months(customer, {f"2026-{n:02d}": 2 for n in range(1, 8)}, card_spend_fen=5_000, purchases=1)
    months(customer, {f"2026-{n:02d}": 4 for n in (8, 9, 10)})
    for day in (12, 13, 14):
        came(customer, "PHONE", f"2026-10-{day}T15:00")
    said = words(behaviour.habits_of(customer, AS_OF))
    assert said["How often"] == "2.6 a month; of late more often than before (+100%)"
    assert said["With what"] == "13% of the amount by card; 7 investment purchases"
    assert said["Comes to us"] == "Phone 100%"
    assert said["At what time"] == "mostly in the afternoon (14–18) (100%); 0% at weekends"
    assert said["Last active"].endswith("on average every 12 days")
    assert said["Products"].count(",") == 1


def test_two_contacts_are_no_habit() -> None:
    customer = CustomerFactory()
    months(customer, {"2026-01": 1})
    came(customer, "PHONE", "2026-10-12T09:30")
    came(customer, "PHONE", "2026-10-13T09:30")
    said = words(behaviour.habits_of(customer, AS_OF))
    assert said["Comes to us"] == "too seldom to see a habit"
    assert "At what time" not in said


# --- pages ------------------------------------------------------------------------------------------------------------
@pytest.fixture
def customer() -> Customer:
    made = CustomerFactory()
    months(made, {f"2026-{n:02d}": n for n in range(1, 11)})
    return made


@time_machine.travel(datetime.datetime(2026, 11, 15, 4, tzinfo=datetime.UTC), tick=False)
def test_the_value_page_shows_it_and_the_card_does_not(customer: Customer, client_for: Callable[..., Any]) -> None:
    address = reverse("analytics:value", args=[customer.customer_no])
    page = client_for("senior").get(address).content.decode()
    assert "Transactions a month, 2026-01 to 2026-10" in page
    assert "of late more often than before" in page
    assert (
        "Transactions a month" not in client_for("senior").get(address, headers={"HX-Request": "true"}).content.decode()
    )


def test_who_may_not_open_the_customer_reads_no_habits(customer: Customer, client_for: Callable[..., Any]) -> None:
    assert client_for("handler").get(reverse("analytics:value", args=[customer.customer_no])).status_code == 404


# --- segments ---------------------------------------------------------------------------------------------------------
def everybody_graded_a(n: int) -> list[Customer]:
    """So many customers of the published night's grade A, who did something in ten months of the year."""
    PublishedRunFactory(run_no=1)
    made = [CustomerFactory() for _ in range(n)]
    for number, one in enumerate(made):
        StandingFactory(customer=one, grade="A", run_from=1)
        Activity.objects.update_or_create(customer=one, defaults={"families_mask": 1, "changed_at": timezone.now()})
        months(one, {f"2026-{month:02d}": number + 1 for month in range(1, 11)})
    return made


GRADE_A = {"how": "all", "parts": [{"field": "grade", "op": "in", "values": ["A"]}]}


def test_the_night_keeps_what_a_segment_does_and_its_page_shows_it(client_for: Callable[..., Any]) -> None:
    everybody_graded_a(5)
    reader = client_for("analyst")
    made = verbs.create(by=reader.user, name="Grade A", rules=GRADE_A)
    verbs.refresh(D(2026, 11, 14))
    kept = behaviour.from_json(SegmentCount.objects.get().behaviour)
    assert kept is not None
    assert (kept.customers, kept.counts, kept.families) == (5, (15,) * 10, {"DEPOSIT": 5})
    page = reader.get(reverse("analytics:segment", args=[made.number])).content.decode()
    assert "Behaviour" in page and "3.0 a month" in page


def test_a_segments_habits_are_measured_once_a_month() -> None:
    members = everybody_graded_a(2)
    verbs.create(by=UserFactory(role="analyst"), name="Grade A", rules=GRADE_A)
    verbs.refresh(D(2026, 11, 14))
    months(members[0], {"2026-11": 9})
    with CaptureQueriesContext(connection) as queries:
        verbs.refresh(D(2026, 11, 15))
    assert not [one for one in queries.captured_queries if "customers_monthlyactivity" in one["sql"]]
    first, second = SegmentCount.objects.order_by("as_of")
    assert first.behaviour == second.behaviour
    verbs.refresh(D(2026, 11, 30))
    assert SegmentCount.objects.latest("as_of").behaviour["counts"][-1] == 9


def test_habits_cost_the_same_queries_for_one_and_for_three(django_assert_num_queries: Any) -> None:
    everybody_graded_a(3)
    keys = list(Customer.objects.values_list("pk", flat=True))
    for n in (1, 3):
        with django_assert_num_queries(5):
            behaviour.habits(Customer.objects.filter(pk__in=keys[:n]), AS_OF)


def test_who_sees_counts_alone_reads_no_habits(client_for: Callable[..., Any]) -> None:
    everybody_graded_a(5)
    made = verbs.create(by=UserFactory(role="analyst"), name="Grade A", rules=GRADE_A)
    verbs.refresh(D(2026, 11, 14))
    page = client_for("planner").get(reverse("analytics:segment", args=[made.number]))
    assert page.status_code == 200
    assert "Behaviour" not in page.content.decode()
