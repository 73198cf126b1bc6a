"""Doors of the customers app: who may come in, what they see, what they never see."""

from __future__ import annotations

import datetime
from collections.abc import Callable
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from crm_site.errors import NotAllowed
from crm_site.models import AccessRecord, AuditEvent
from crm_site.testing import person
from customers.actions import disclosure, interactions
from customers.models import Customer

from .factories import (
    ConsentFactory,
    ContactPointFactory,
    CustomerFactory,
    FollowUpFactory,
    HoldingFactory,
    InteractionFactory,
    NeedFactory,
    PublishedRunFactory,
    StandingFactory,
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


# --- the record -------------------------------------------------------------------------------------------------
def test_the_page_shows_numbers_covered_and_the_look_is_on_record(client_for: Door, lin: Customer) -> None:
    client = client_for("agent")
    page = text(client.get(url("detail", lin)))
    for canary in ("13800138000", ID, MAIL, EMPLOYER, "6222020001234562", "1949-12-31"):
        assert canary not in page
    for covered in ("138****8000", "110***********002X", "l***@example.com", NAME):
        assert covered in page
    [look] = AccessRecord.objects.all()
    assert (look.kind, look.object_id, look.actor_id) == ("VIEW", lin.customer_no, client.user.pk)  # type: ignore[attr-defined]


@pytest.mark.parametrize(("role", "shown"), [("agent", True), ("supervisor", True), ("auditor", False)])
def test_the_whole_name_is_for_those_who_serve(client_for: Door, lin: Customer, role: str, shown: bool) -> None:
    page = text(client_for(role).get(url("detail", lin)))
    assert (NAME in page) is shown
    assert shown or "林**" in page


@pytest.mark.parametrize("role", ["planner", "approver", "analyst", "trainer", "sysadmin"])
def test_strangers_are_refused_at_every_door(client_for: Door, lin: Customer, role: str) -> None:
    client = client_for(role)
    for name in (
        "detail",
        "edit",
        "reveal",
        "log",
        "consent",
        "preference",
        "need",
        "need_settle",
        "step_later",
        "followup_new",
    ):
        assert client.get(url(name, lin)).status_code == 403
        assert client.post(url(name, lin)).status_code == 403
    for name in ("list", "lookup", "new", "unknown_caller"):
        assert client.post(url(name)).status_code == 403
    assert not AccessRecord.objects.exists()


def test_a_restricted_record_is_unknown_to_other_agents(client_for: Door, lin: Customer) -> None:
    client = client_for("agent")
    Customer.objects.filter(pk=lin.pk).update(restricted=True)
    before = text(client.get(reverse("customers:detail", args=["C-0000-000000"])))
    assert client.get(url("detail", lin)).status_code == 404
    assert NAME not in before
    assert client.post(url("reveal", lin), {"field": "document", "purpose": "VERIFY"}).status_code == 404
    assert not AccessRecord.objects.exists()


def test_a_liaison_sees_only_customers_promised_to_them(client_for: Door, lin: Customer) -> None:
    client = client_for("liaison")
    assert client.get(url("detail", lin)).status_code == 404
    FollowUpFactory(customer=lin, owner=client.user)  # type: ignore[attr-defined]
    page = text(client.get(url("detail", lin)))
    assert "林**" in page
    assert NAME not in page


def test_money_is_shown_to_leaders_and_to_agents_while_they_serve(client_for: Door, lin: Customer) -> None:
    agent, senior = client_for("agent"), client_for("senior")
    assert "¥1,286,400" in text(senior.get(url("detail", lin)))
    assert "¥1,286,400" not in text(agent.get(url("detail", lin)))
    interactions.record(by=agent.user, customer=lin, channel="PHONE", summary="x")  # type: ignore[attr-defined]
    assert "¥1,286,400" in text(agent.get(url("detail", lin)))


def test_an_open_severe_complaint_stands_first_and_holds_offers(client_for: Door, lin: Customer) -> None:
    ConsentFactory(customer=lin)
    about = {"about_kind": "complaint", "about_no": "TS-20250926-0018"}
    InteractionFactory(customer=lin, outcome="COMPLAINT", title="Fee charged twice", **about)
    FollowUpFactory(customer=lin, kind="CLOCK", title="Give feedback", about_level=3, **about)
    page = text(
        client_for(
            "agent",
        ).get(url("detail", lin), headers={"Accept-Language": "en"})
    )
    assert page.index("Fee charged twice") < page.index("Quick log")
    assert "Offers are held while a severe complaint is open." in page


def test_the_timeline_is_filtered_and_grows_in_place(client_for: Door, lin: Customer) -> None:
    client = client_for("agent")
    for n in range(12):
        InteractionFactory(customer=lin, summary=f"call number {n}.", channel="PHONE" if n % 2 else "WECHAT")
    page = text(client.get(url("detail", lin), {"tl": "wechat"}))
    assert "call number 2." in page
    assert "call number 1." not in page
    part = client.get(url("detail", lin), {"n": "50"}, headers={"HX-Request": "true", "HX-Target": "timeline"})
    assert text(part).count("call number") == 12
    assert "<html" not in text(part)


def test_the_page_asks_as_many_questions_of_three_rows_as_of_one(client_for: Door, lin: Customer) -> None:
    client = client_for("senior")
    PublishedRunFactory()

    def add() -> None:
        HoldingFactory(customer=lin, balance=1)
        InteractionFactory(customer=lin)
        FollowUpFactory(customer=lin)
        NeedFactory(customer=lin)
        NeedFactory(customer=lin, status="MET")
        ConsentFactory(customer=lin)

    add()
    counts = []
    for _round in range(2):
        client.get(url("detail", lin))
        with CaptureQueriesContext(connection) as queries:
            client.get(url("detail", lin))
        counts.append(len(queries))
        add()
        add()
    assert counts[0] == counts[1]
    assert counts[0] <= 40


# --- revealing --------------------------------------------------------------------------------------------------
def test_a_value_is_revealed_for_a_purpose_once_on_record(client_for: Door, lin: Customer) -> None:
    client = client_for("agent")
    answer = client.post(url("reveal", lin), {"field": "document", "purpose": "VERIFY"}, headers={"HX-Request": "true"})
    assert ID in text(answer)
    assert 'data-remask="60"' in text(answer)
    [look] = AccessRecord.objects.all()
    assert (look.kind, look.fields, look.purpose) == ("REVEAL", "document", "VERIFY")
    event = AuditEvent.objects.get(action="customer.reveal")
    assert event.object_id == lin.customer_no
    assert ID not in repr(event.after)


@pytest.mark.parametrize(
    "sent", [{}, {"purpose": ""}, {"purpose": "CURIOUS"}, {"purpose": "OTHER"}, {"purpose": "OTHER", "note": "  "}]
)
def test_without_a_reason_nothing_is_revealed(client_for: Door, lin: Customer, sent: dict[str, str]) -> None:
    client = client_for("agent")
    for headers in ({"HX-Request": "true"}, {}):
        answer = client.post(url("reveal", lin), {"field": "document"} | sent, headers=headers)
        assert answer.status_code == 422
        assert ID not in text(answer)
    assert not AccessRecord.objects.filter(kind="REVEAL").exists()
    assert not AuditEvent.objects.exists()


def test_without_a_script_the_page_shows_it_and_forgets_it_by_itself(client_for: Door, lin: Customer) -> None:
    point = lin.contact_points.get(type="MOBILE")
    answer = client_for("agent").post(url("reveal", lin), {"field": f"contact-{point.pk}", "purpose": "SERVICE"})
    assert PHONE in text(answer)
    assert answer["Refresh"] == f"60; url={url('detail', lin)}"


def test_the_birth_date_is_covered_by_the_age_and_revealed_like_a_number(client_for: Door, lin: Customer) -> None:
    client, asked = client_for("agent"), {"field": "birth", "purpose": "VERIFY"}
    page = text(client.get(url("detail", lin)))
    assert "75 years old" in page
    assert 'name="field" value="birth"' in page
    answer = client.post(url("reveal", lin), asked, headers={"HX-Request": "true"})
    assert "1949-12-31" in text(answer)
    assert "75 years old" in text(answer)  # what covers it again after a minute
    plain = client.post(url("reveal", lin), asked)
    assert "1949-12-31" in text(plain)
    assert plain["Refresh"] == f"60; url={url('detail', lin)}"
    looks = AccessRecord.objects.filter(kind="REVEAL")
    assert {(look.fields, look.purpose, look.object_id) for look in looks} == {("birth", "VERIFY", lin.customer_no)}
    assert "1949" not in repr([event.after for event in AuditEvent.objects.all()])


def test_the_verb_reveals_a_birth_date_to_those_with_the_right_alone(lin: Customer) -> None:
    asked = {"customer": lin, "field": "birth", "purpose": "VERIFY"}
    assert disclosure.reveal(by=person("handler"), **asked) == "1949-12-31"
    with pytest.raises(NotAllowed):
        disclosure.reveal(by=person("auditor"), **asked)
    assert AccessRecord.objects.count() == AuditEvent.objects.filter(action="customer.reveal").count() == 1


@pytest.mark.parametrize("role", ["auditor", "liaison"])
def test_who_only_looks_on_sees_the_age_and_no_birth_date(client_for: Door, lin: Customer, role: str) -> None:
    client = client_for(role)
    FollowUpFactory(customer=lin, owner=client.user)  # type: ignore[attr-defined]
    page = text(client.get(url("detail", lin)))
    assert "75 years old" in page
    assert 'value="birth"' not in page
    assert client.post(url("reveal", lin), {"field": "birth", "purpose": "VERIFY"}).status_code == 403


def test_without_a_birth_date_there_is_none_to_reveal(client_for: Door, lin: Customer) -> None:
    Customer.objects.filter(pk=lin.pk).update(birth_date=None)
    client = client_for("agent")
    assert 'value="birth"' not in text(client.get(url("detail", lin)))
    assert client.post(url("reveal", lin), {"field": "birth", "purpose": "VERIFY"}).status_code == 422


def test_the_contact_of_somebody_else_is_no_field_of_this_record(client_for: Door, lin: Customer) -> None:
    other = ContactPointFactory()
    answer = client_for("agent").post(url("reveal", lin), {"field": f"contact-{other.pk}", "purpose": "VERIFY"})
    assert answer.status_code == 422
    assert other.value not in text(answer)


@pytest.mark.parametrize("role", ["auditor", "liaison"])
def test_who_only_looks_on_reveals_nothing(client_for: Door, lin: Customer, role: str) -> None:
    assert client_for(role).post(url("reveal", lin), {"field": "document", "purpose": "VERIFY"}).status_code == 403


# --- finding ----------------------------------------------------------------------------------------------------
def test_four_digits_find_a_customer_covered_but_for_what_was_typed(client_for: Door, lin: Customer) -> None:
    client = client_for("agent")
    page = text(client.post(url("lookup"), {"q": "8000"}, headers={"HX-Request": "true"}))
    assert "138****<mark>8000</mark>" in page
    assert "林**" in page
    assert NAME not in page
    assert 'aria-selected="true"' in page
    [look] = AccessRecord.objects.all()
    assert (look.kind, look.results) == ("SEARCH", 1)
    assert "8000" not in look.term_hash or len(look.term_hash) == 64


def test_a_name_shows_what_was_typed_of_it(client_for: Door, lin: Customer) -> None:
    page = text(client_for("agent").post(url("lookup"), {"q": "晓彤"}, headers={"HX-Request": "true"}))
    assert "林<mark>晓彤</mark>" in page
    page = text(client_for("agent").post(url("lookup"), {"q": "lxt"}, headers={"HX-Request": "true"}))
    assert "林**" in page


def test_without_a_script_a_single_customer_opens_at_once(client_for: Door, lin: Customer) -> None:
    answer = client_for("agent").post(url("lookup"), {"q": PHONE})
    assert answer["Location"] == url("detail", lin)


def test_nobody_found_says_where_was_looked_and_what_can_be_done(client_for: Door) -> None:
    page = text(client_for("agent").post(url("lookup"), {"q": "13800138009"}))
    assert url("unknown_caller") in page
    assert url("new") in page


def test_a_search_asks_as_many_questions_for_three_customers_as_for_one(client_for: Door) -> None:
    client = client_for("agent")
    client.get(url("lookup"))  # the first request also writes the session
    counts = []
    for n in range(1, 4):
        CustomerFactory(phone=f"+86138000{n:02d}5678")
        if n == 2:
            continue
        with CaptureQueriesContext(connection) as queries:
            client.post(url("lookup"), {"q": "5678"}, headers={"HX-Request": "true"})
        counts.append(len(queries))
    assert counts[0] == counts[1]


# --- the list ---------------------------------------------------------------------------------------------------
def test_the_list_covers_names_but_those_of_my_own_customers(client_for: Door, lin: Customer) -> None:
    client = client_for("agent")
    page = text(client.get(url("list")))
    assert "林**" in page
    assert NAME not in page
    Customer.objects.filter(pk=lin.pk).update(owner=client.user)  # type: ignore[attr-defined]
    assert NAME in text(client.get(url("list"), {"view": "mine"}))


def test_the_list_asks_as_many_questions_for_three_rows_as_for_one(client_for: Door) -> None:
    client = client_for("agent")
    PublishedRunFactory()
    client.get(url("list"))  # the first request also writes the session
    counts = []
    for n in range(3):
        StandingFactory(customer=CustomerFactory())
        if n == 1:
            continue
        with CaptureQueriesContext(connection) as queries:
            client.get(url("list"))
        counts.append(len(queries))
    assert counts[0] == counts[1]


def test_pages_follow_each_other_without_loss_or_repeat(client_for: Door) -> None:
    moment = datetime.datetime(2025, 9, 1, tzinfo=datetime.UTC)
    for n in range(60):
        made = CustomerFactory(document=False, phone=False)
        Customer.objects.filter(pk=made.pk).update(updated_at=moment + datetime.timedelta(minutes=n // 7))
    client, seen, after = client_for("agent"), [], ""
    for _page in range(3):
        answer = client.get(url("list"), {"after": after} if after else {})
        seen += [row["customer"].customer_no for row in answer.context["rows"]]
        after = answer.context["next"]
    wanted = Customer.objects.order_by("-updated_at", "-pk").values_list("customer_no", flat=True)
    assert seen == list(wanted)
    assert after == ""


@pytest.mark.parametrize("after", ["x", "2025-13-01~C-1", "2025-09-01T00:00:00~C-2019-004217", "~", "2025-09-01~"])
def test_an_unreadable_place_is_the_beginning(client_for: Door, lin: Customer, after: str) -> None:
    assert len(client_for("agent").get(url("list"), {"after": after}).context["rows"]) == 1
