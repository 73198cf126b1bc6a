"""What is written down on the customer page: once, in one transaction, and taken back."""

from __future__ import annotations

import datetime
from collections.abc import Callable
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from crm_site import form_tokens
from crm_site.models import AccessRecord, AuditEvent
from customers.models import Consent, Customer, FollowUp, Interaction, Need

from .factories import (
    ContactPointFactory,
    CustomerFactory,
    HoldingFactory,
)

pytestmark = pytest.mark.django_db

PHONE, ID, MAIL, EMPLOYER = "+8613800138000", "11010519491231002X", "lin.canary@example.com", "星火科技"
NAME = "林晓彤"
Door = Callable[..., Client]


@pytest.fixture
def lin(now: datetime.datetime) -> Customer:
    """A customer with everything that must not be seen by chance."""
    made = CustomerFactory(
        customer_no="C-2019-004217", full_name=NAME, phone=PHONE, document=ID, employer=EMPLOYER,
        birth_date=datetime.date(1949, 12, 31),
    )  # fmt: skip
    ContactPointFactory(customer=made, type="EMAIL", value=MAIL)
    HoldingFactory(customer=made, account_no="6222020001234562", balance=128_640_000)
    return made


def url(name: str, customer: Customer | None = None, *more: str) -> str:
    return reverse(f"customers:{name}", args=[customer.customer_no, *more] if customer else [])


def text(response: Any) -> str:
    return response.content.decode()


# --- writing down -----------------------------------------------------------------------------------------------
def log_data(**changes: str) -> dict[str, str]:
    sent = {"way": "PHONE:OUT", "topic": "PROGRESS", "note": "Told her.", "outcome": "RESOLVED"}
    return sent | {"form_token": form_tokens.issue()} | changes


def test_a_contact_is_logged_and_can_be_taken_back(client_for: Door, lin: Customer) -> None:
    client = client_for("agent")
    page = client.post(url("log", lin), log_data(), follow=True)
    [row] = lin.interactions.all()
    assert (row.channel, row.direction, row.summary, row.agent) == ("PHONE", "OUT", "Told her.", client.user)  # type: ignore[attr-defined]
    [toast] = [message for message in page.context["messages"]]
    undo = toast.extra_tags.removeprefix("undo:")
    assert str(row.pk) not in undo.split("/")
    assert client_for("agent").post(undo).status_code == 403
    client.post(undo)
    row.refresh_from_db()
    assert row.undone_at is not None


def test_pressed_twice_it_is_one_contact(client_for: Door, lin: Customer) -> None:
    client, sent = client_for("agent"), log_data()
    first, second = (client.post(url("log", lin), sent) for _ in range(2))
    assert first["Location"] == second["Location"]
    assert lin.interactions.count() == 1


def test_follow_up_needs_a_dated_promise(client_for: Door, lin: Customer) -> None:
    client = client_for("agent")
    answer = client.post(url("log", lin), log_data(outcome="FOLLOW_UP"))
    assert answer.status_code == 422
    assert set(answer.context["log_form"].errors) == {"promise", "due_on"}
    assert "Told her." in text(answer)
    client.post(url("log", lin), log_data(outcome="FOLLOW_UP", promise="Call about the fee", due_on="2025-09-29"))
    promise = FollowUp.objects.get()
    assert (promise.owner, promise.due_on) == (client.user, datetime.date(2025, 9, 29))  # type: ignore[attr-defined]


def test_a_promise_in_the_past_saves_nothing_at_all(client_for: Door, lin: Customer) -> None:
    sent = log_data(outcome="FOLLOW_UP", promise="Call", due_on="2025-09-25")
    answer = client_for("agent").post(url("log", lin), sent)
    assert answer.status_code == 422
    assert not Interaction.objects.exists()


def test_a_complaint_goes_on_to_its_own_form(client_for: Door, lin: Customer) -> None:
    answer = client_for("agent").post(url("log", lin), log_data(outcome="COMPLAINT"))
    assert answer["Location"] == f"{reverse('complaints:new')}?customer={lin.customer_no}"


@pytest.mark.parametrize("note", ["", "   ", "密码是 123456", "her PIN: 4821", "CVV2 = 119"])
def test_an_empty_note_and_a_secret_are_refused(client_for: Door, lin: Customer, note: str) -> None:
    answer = client_for("agent").post(url("log", lin), log_data(note=note))
    assert answer.status_code == 422
    assert "note" in answer.context["log_form"].errors
    assert not Interaction.objects.exists()


def test_an_unknown_caller_is_logged_without_a_customer(client_for: Door) -> None:
    client = client_for("agent")
    assert client.get(url("unknown_caller")).status_code == 200
    client.post(url("unknown_caller"), log_data(outcome="NOTED"))
    assert Interaction.objects.get().customer is None


def consent_data(**changes: str) -> dict[str, str]:
    sent = {"purpose": "MARKETING", "channel": "SMS", "act": "GRANT", "evidence": "FORM", "evidence_ref": "F-1"}
    return {f"consent-{name}": value for name, value in (sent | {"form_token": form_tokens.issue()} | changes).items()}


def test_a_consent_is_recorded_once_and_needs_its_proof(client_for: Door, lin: Customer) -> None:
    client, sent = client_for("agent"), consent_data()
    client.post(url("consent", lin), sent)
    client.post(url("consent", lin), sent)
    assert Consent.objects.count() == 1
    answer = client.post(url("consent", lin), consent_data(evidence_ref=""))
    assert answer.status_code == 422
    assert "evidence_ref" in answer.context["consent_form"].errors
    assert client.post(url("consent", lin), consent_data(act="")).status_code == 422
    assert Consent.objects.count() == 1


def test_preferences_and_needs_are_kept(client_for: Door, lin: Customer) -> None:
    client = client_for("agent")
    client.post(url("preference", lin), {"preference-best_time": "weekdays", "preference-no_proactive_contact": "on"})
    assert lin.contact_preference.no_proactive_contact
    sent = {"family": "WEALTH", "basis": "STATED", "strength": "4", "form_token": form_tokens.issue()}
    for _press in range(2):
        client.post(url("need", lin), {f"need-{name}": value for name, value in sent.items()})
    assert Need.objects.get().strength == 4
    answer = client.post(url("preference", lin), {"preference-best_time": "call 13800138000"})
    assert answer.status_code == 422


def test_get_changes_nothing(client_for: Door, lin: Customer) -> None:
    from crm_site.testing import table_hash

    client = client_for("agent")
    before = table_hash()
    for address in (
        url("list"),
        url("lookup"),
        url("new"),
        url("unknown_caller"),
        url("detail", lin),
        url("edit", lin),
    ):
        assert client.get(address).status_code == 200
    for name in ("reveal", "log", "consent", "preference", "need"):
        assert client.get(url(name, lin)).status_code == 405
    assert table_hash() == before


# --- needs settled ----------------------------------------------------------------------------------------------
def need_of(customer: Customer) -> Need:
    return Need.objects.create(
        customer=customer,
        family="WEALTH",
        basis="STATED",
        recorded_at=datetime.datetime(2025, 9, 1, tzinfo=datetime.UTC),
        expires_on=datetime.date(2026, 3, 1),
    )


@pytest.mark.parametrize("status", ["MET", "DECLINED"])
def test_a_need_is_settled_once_and_leaves_the_page(client_for: Door, lin: Customer, status: str) -> None:
    need, client = need_of(lin), client_for("agent")
    assert url("need_settle", lin, str(need.pk)) in text(client.get(url("detail", lin)))
    for said in ("Need settled", "This need was settled before."):
        page = client.post(url("need_settle", lin, str(need.pk)), {"status": status}, follow=True)
        assert said in text(page)
        assert url("need_settle", lin, str(need.pk)) not in text(page)
    need.refresh_from_db()
    assert need.status == status
    assert AuditEvent.objects.filter(action="need.settle").count() == 1


@pytest.mark.parametrize("status", ["", "OPEN", "EXPIRED", "x"])
def test_a_need_is_settled_with_an_answer_the_page_offers(client_for: Door, lin: Customer, status: str) -> None:
    need = need_of(lin)
    answer = client_for("agent").post(url("need_settle", lin, str(need.pk)), {"status": status})
    need.refresh_from_db()
    assert (answer.status_code, need.status) == (404, "OPEN")


def test_another_customer_s_need_is_not_found_and_an_auditor_settles_none(client_for: Door, lin: Customer) -> None:
    need = need_of(CustomerFactory())
    assert client_for("agent").post(url("need_settle", lin, str(need.pk)), {"status": "MET"}).status_code == 404
    own = need_of(lin)
    assert client_for("auditor").post(url("need_settle", lin, str(own.pk)), {"status": "MET"}).status_code == 403
    assert Need.objects.filter(status="OPEN").count() == 2


def test_the_birth_date_is_covered_and_shown_for_a_purpose_on_record(client_for: Door, lin: Customer) -> None:
    client = client_for("agent")
    page = text(client.get(url("detail", lin)))
    assert "1949-**-**" in page
    assert "1949-12-31" not in page
    shown = client.post(url("reveal", lin), {"field": "birth", "purpose": "VERIFY"}, headers={"HX-Request": "true"})
    assert "1949-12-31" in text(shown)
    assert AccessRecord.objects.filter(kind="REVEAL", fields="birth").count() == 1
