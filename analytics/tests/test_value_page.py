"""The value card: who may see it, as part of a page and as a page, and that looking is written down."""

from __future__ import annotations

import datetime
from collections.abc import Callable
from typing import Any

import pytest
import time_machine
from django.urls import reverse

from analytics.tests import nights
from crm_site.models import AccessRecord
from customers.models import Customer

pytestmark = pytest.mark.django_db


@pytest.fixture
def customer() -> Customer:
    """An individual with a published score."""
    with time_machine.travel(datetime.datetime(2026, 11, 15, 18, 0, tzinfo=datetime.UTC), tick=False):
        nights.build(9)
        nights.night()
    return Customer.objects.filter(kind=Customer.Kind.INDIVIDUAL, standings__grade__gt="").order_by("pk")[0]


def url(customer: Customer) -> str:
    return reverse("analytics:value", args=[customer.customer_no])


def shown(customer: Customer) -> str:
    tenths = customer.standings.get().score_tenths
    return f"{tenths // 10}.{tenths % 10}"


@pytest.mark.parametrize("role", ["senior", "supervisor", "privacy", "auditor"])
def test_who_sees_all_customers_sees_every_score(customer: Customer, client_for: Callable[..., Any], role: str) -> None:
    page = client_for(role).get(url(customer))
    assert page.status_code == 200
    assert shown(customer) in page.content.decode()


def test_an_agent_sees_the_score_of_who_is_not_restricted(customer: Customer, client_for: Callable[..., Any]) -> None:
    agent = client_for("agent")
    assert agent.get(url(customer)).status_code == 200
    Customer.objects.filter(pk=customer.pk).update(restricted=True)
    assert agent.get(url(customer)).status_code == 404
    Customer.objects.filter(pk=customer.pk).update(owner=agent.user)
    assert agent.get(url(customer)).status_code == 200


def test_a_handler_without_a_promise_sees_nothing(customer: Customer, client_for: Callable[..., Any]) -> None:
    assert client_for("handler").get(url(customer)).status_code == 404


@pytest.mark.parametrize("role", ["analyst", "planner", "trainer", "sysadmin"])
def test_who_works_without_single_customers_is_refused(
    customer: Customer, client_for: Callable[..., Any], role: str
) -> None:
    answer = client_for(role).get(url(customer))
    assert answer.status_code == 403
    assert shown(customer) not in answer.content.decode()


def test_a_stranger_is_sent_to_the_entrance(customer: Customer, client: Any) -> None:
    answer = client.get(url(customer))
    assert answer.status_code == 302
    assert reverse("account_login") in answer["Location"]


def test_a_number_nobody_has_is_not_found(customer: Customer, client_for: Callable[..., Any]) -> None:
    assert client_for("supervisor").get(reverse("analytics:value", args=["C-0000-000000"])).status_code == 404


def test_inside_a_page_it_is_a_fragment(customer: Customer, client_for: Callable[..., Any]) -> None:
    browser = client_for("supervisor")
    whole = browser.get(url(customer)).content.decode()
    part = browser.get(url(customer), headers={"HX-Request": "true"}).content.decode()
    assert "<html" in whole
    assert "<html" not in part
    assert shown(customer) in part
    assert part.strip() in whole


def test_opening_the_page_is_written_into_the_visitors_book(customer: Customer, client_for: Callable[..., Any]) -> None:
    browser = client_for("supervisor")
    browser.get(url(customer))
    record = AccessRecord.objects.get(actor_id=browser.user.pk)
    assert (record.kind, record.object_id) == ("VIEW", customer.customer_no)


def test_before_the_first_night_the_card_says_there_is_no_score(client_for: Callable[..., Any]) -> None:
    nights.build(1)
    page = client_for("supervisor").get(url(Customer.objects.get()))
    assert page.status_code == 200
    assert "No score yet" in page.content.decode()
