"""What customers want: settled with a word how, out of the open list, kept in the past (domain R2.6)."""

from __future__ import annotations

import datetime
from collections.abc import Callable
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from crm_site import form_tokens
from crm_site.errors import RuleBroken, Stale
from crm_site.models import AuditEvent
from crm_site.testing import person
from customers.actions import activity, needs, rebuilding
from customers.models import Activity, Customer, Need
from customers.tests.factories import ConsentFactory, CustomerFactory, NeedFactory

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("now")]
Door = Callable[..., Client]


def settle(need: Need, status: str = "MET", how: str = "Opened a fund") -> Need:
    return needs.settle_need(by=person("agent"), need=need, status=status, how=how)


def url(customer: Customer) -> str:
    return reverse("customers:need_settle", args=[customer.customer_no])


def page(client: Client, customer: Customer) -> str:
    return client.get(reverse("customers:detail", args=[customer.customer_no])).content.decode()


def said(need: Need, **changed: Any) -> dict[str, Any]:
    """What the button beside an open need sends."""
    return {"need": need.pk, "status": "MET", "how": "Opened a fund", "form_token": form_tokens.issue()} | changed


# --- the verb ---------------------------------------------------------------------------------------------------
@pytest.mark.parametrize("status", ["MET", "DECLINED"])
def test_a_want_is_settled_with_a_word_how_and_the_word_is_not_in_the_log(status: str) -> None:
    need = NeedFactory()
    settle(need, status)
    need.refresh_from_db()
    assert (need.status, need.how, need.settled_at) == (status, "Opened a fund", timezone.now())
    event = AuditEvent.objects.get()
    assert (event.action, event.before, event.after) == (
        "need.settle",
        {"status": "OPEN"},
        {"status": status, "how": "***"},
    )
    assert list(need.customer.needs.open()) == []
    assert list(need.customer.needs.past()) == [need]


@pytest.mark.parametrize(
    ("status", "how", "code"),
    [
        ("OPEN", "x", "need.status"),
        ("EXPIRED", "x", "need.status"),
        ("MET", " ", "need.how"),
        ("MET", "x" * 201, "need.how"),
        ("MET", "her PIN: 4821", "need.secret"),
    ],
)
def test_what_cannot_be_leaves_the_want_open(status: str, how: str, code: str) -> None:
    need = NeedFactory()
    with pytest.raises(RuleBroken) as broken:
        settle(need, status, how)
    assert broken.value.code == code
    need.refresh_from_db()
    assert (need.status, need.settled_at) == ("OPEN", None)
    assert not AuditEvent.objects.exists()


def test_what_a_colleague_has_settled_is_not_settled_again() -> None:
    need = NeedFactory()
    settle(need)
    with pytest.raises(Stale):
        settle(need, "DECLINED", "Too dear")
    need.refresh_from_db()
    assert (need.status, need.how) == ("MET", "Opened a fund")


def test_a_want_that_expires_goes_to_the_past_too() -> None:
    need = NeedFactory(expires_on=timezone.localdate())
    assert needs.expire_needs(today=timezone.localdate()) == {"expired": 1}
    assert need.customer.needs.past().get().settled_at == timezone.now()


@pytest.mark.parametrize(
    ("status", "counted", "stated"),
    [("MET", 0, "WEALTH"), ("DECLINED", 0, "")],  # a met want still says what kind of customer this is (E.4)
)
def test_a_settled_want_no_longer_counts_as_new_and_a_dropped_one_says_nothing(
    status: str, counted: int, stated: str
) -> None:
    need = NeedFactory(strength=5)
    activity.touch([need.customer_id])
    activity.settle()
    row = Activity.objects.get(customer=need.customer_id)
    assert (row.new_needs_6m, row.stated_need) == (1, "WEALTH")
    settle(need, status)
    assert activity.settle() == 1
    row.refresh_from_db()
    assert (row.new_needs_6m, row.stated_need) == (counted, stated)
    assert rebuilding.rebuild() == 0


# --- its door ---------------------------------------------------------------------------------------------------
def test_the_button_settles_once_however_often_it_is_pressed(client_for: Door) -> None:
    client, need = client_for("agent"), NeedFactory(text="For the daughter")
    pressed = said(need)
    for _press in range(2):
        assert client.post(url(need.customer), pressed).status_code == 302
    assert AuditEvent.objects.filter(action="need.settle").count() == 1
    shown = page(client, need.customer)
    assert "No open need." in shown
    assert "Opened a fund" in shown
    assert "For the daughter" in shown


def test_a_settled_want_is_no_next_step_any_more(client_for: Door) -> None:
    client, need = client_for("agent"), NeedFactory()
    ConsentFactory(customer=need.customer)
    assert "Come back to what the customer wants" in page(client, need.customer)
    client.post(url(need.customer), said(need, status="DECLINED", how="Bought elsewhere"))
    assert "Come back to what the customer wants" not in page(client, need.customer)


@pytest.mark.parametrize("wrong", [{"how": ""}, {"status": ""}, {"how": "password: abc123"}])
def test_a_refusal_stands_beside_the_want_with_the_words_kept(client_for: Door, wrong: dict[str, str]) -> None:
    client, other = client_for("agent"), NeedFactory(family="LOAN")
    need = NeedFactory(customer=other.customer)
    refused = client.post(url(need.customer), said(need, **wrong))
    assert refused.status_code == 422
    shown = refused.content.decode()
    assert shown.count('role="alert"') == 1
    assert shown.count('<details class="c-data c-settle" open>') == 1
    assert wrong.get("how", "Opened a fund") in shown
    need.refresh_from_db()
    assert need.status == "OPEN"


def test_settled_by_a_colleague_meanwhile_is_said_as_such(client_for: Door) -> None:
    need = NeedFactory()
    settle(need)
    assert client_for("agent").post(url(need.customer), said(need)).status_code == 409


def test_the_want_of_somebody_else_is_none_of_this_customers(client_for: Door) -> None:
    need, other = NeedFactory(), CustomerFactory()
    assert client_for("agent").post(url(other), said(need)).status_code == 404
    need.refresh_from_db()
    assert need.status == "OPEN"


@pytest.mark.parametrize(("role", "status"), [("auditor", 403), ("planner", 403), ("liaison", 403)])
def test_who_does_not_serve_settles_nothing(client_for: Door, role: str, status: int) -> None:
    need = NeedFactory()
    assert client_for(role).post(url(need.customer), said(need)).status_code == status
    need.refresh_from_db()
    assert need.status == "OPEN"


def test_a_restricted_customers_want_is_out_of_reach(client_for: Door) -> None:
    need = NeedFactory(customer__restricted=True)
    assert client_for("agent").post(url(need.customer), said(need)).status_code == 404


def test_who_only_looks_on_sees_no_button(client_for: Door) -> None:
    need = NeedFactory()
    assert url(need.customer) not in page(client_for("auditor"), need.customer)
    assert url(need.customer) in page(client_for("senior"), need.customer)


def test_the_latest_settled_stand_first(client_for: Door) -> None:
    customer = CustomerFactory()
    for days, family in ((3, "LOAN"), (1, "CARD")):
        moment = timezone.now() - datetime.timedelta(days=days)
        NeedFactory(customer=customer, family=family, status="MET", how=f"by {family}", settled_at=moment)
    shown = page(client_for("agent"), customer)
    assert shown.index("by CARD") < shown.index("by LOAN")
