"""Filing a customer and correcting a record through the pages: one door, one press, both versions."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from crm_site.actions import drafts
from crm_site.models import AccessRecord, AuditEvent, Draft
from customers.models import ContactPoint, Customer
from customers.tests.factories import CustomerFactory, mobile, resident_id

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("now")]

NEW = "/customers/new/"
Clients = Callable[..., Client]
SEALED = {"birth_date": "1979-05-18", "employer": "Jiangnan Textile Mill", "annual_income": "120000.00"}


def filed(**changed: str) -> dict[str, str]:
    """What a browser sends for a prospect with a mobile number."""
    fields = {"kind": "INDIVIDUAL", "full_name": "周明远", "status": "PROSPECT", "sex": "0", "nationality": "CHN"}
    fields |= {"language": "zh-hans", "document_type": "RESIDENT_ID", "mobile": "139 0000 9999"}
    return fields | {"form_token": "n" * 43} | changed


def corrected(customer: Customer, **changed: str) -> dict[str, str]:
    """What a browser sends for a record in which nothing was changed but this."""
    same = ("full_name", "status", "sex", "nationality", "language", "occupation", "region_code", "version")
    fields = {name: str(getattr(customer, name)) for name in same}
    return fields | {"document_type": "RESIDENT_ID", "form_token": "e" * 43} | changed


def edit_url(customer: Customer) -> str:
    return reverse("customers:edit", args=[customer.customer_no])


# --- a new customer ---------------------------------------------------------------------------------------------
def test_a_customer_is_filed_once_however_often_it_is_pressed(client_for: Clients) -> None:
    client = client_for("agent")
    places = {client.post(NEW, filed())["Location"] for _ in range(2)}
    made = Customer.objects.get()
    assert places == {reverse("customers:detail", args=[made.customer_no])}
    assert (made.full_name, made.contact_points.get().value) == ("周明远", "+8613900009999")
    assert AuditEvent.objects.filter(action="customer.create").count() == 1


def test_everything_wrong_is_said_at_once_beside_its_field_and_the_words_are_kept(client_for: Clients) -> None:
    wrong = {
        "full_name": "",
        "mobile": "12345",
        "email": "nobody",
        "document_number": "310101",
        "birth_date": "1850-01-01",
    }
    refused = client_for("agent").post(NEW, filed(employer="Jiangnan Textile Mill", **wrong))
    page = refused.content.decode()
    assert refused.status_code == 422
    assert set(refused.context["form"].errors) == set(wrong)
    assert 'id="errsum"' in page
    for name in wrong:
        assert f'href="#id_{name}"' in page
    assert 'value="12345"' in page
    assert 'value="Jiangnan Textile Mill"' in page
    assert not Customer.objects.exists()


def test_what_only_the_verb_knows_is_said_at_its_field_too(client_for: Clients) -> None:
    """An active customer needs its key fields (R2.11)."""
    refused = client_for("agent").post(NEW, filed(status="ACTIVE"))
    assert (refused.status_code, set(refused.context["form"].errors)) == (422, {"sex"})


def test_a_look_alike_is_shown_covered_and_filed_only_after_comparing(client_for: Clients) -> None:
    client = client_for("agent")
    there = CustomerFactory(phone=mobile(77))
    typed = filed(mobile=mobile(77))
    asked = client.post(NEW, typed)
    page = asked.content.decode()
    assert asked.status_code == 422
    assert there.masked_name in page
    assert there.full_name not in page
    assert there.customer_no in page
    assert 'type="checkbox" name="distinct"' in page
    assert Customer.objects.count() == 1
    assert client.post(NEW, typed | {"distinct": "on"}).status_code == 302
    assert Customer.objects.count() == 2


def test_a_restricted_look_alike_gives_no_number_away(client_for: Clients) -> None:
    there = CustomerFactory(phone=mobile(77), restricted=True)
    page = client_for("agent").post(NEW, filed(mobile=mobile(77))).content.decode()
    assert there.masked_name in page
    assert there.customer_no not in page


def test_a_document_on_file_leads_to_its_owner(client_for: Clients) -> None:
    there = CustomerFactory(document=resident_id(5))
    refused = client_for("agent").post(NEW, filed(document_number=resident_id(5), distinct="on"))
    assert set(refused.context["form"].errors) == {"document_number"}
    assert reverse("customers:detail", args=[there.customer_no]) in refused.content.decode()
    assert Customer.objects.count() == 1


def test_a_draft_is_offered_restored_and_gone_once_filed(client_for: Clients) -> None:
    client = client_for("agent")
    drafts.save(by=client.user, key="customer-new", fields={"full_name": ["周明"], "mobile": ["1390000"]})
    assert "?draft=1" in client.get(NEW).content.decode()
    assert 'value="周明"' in client.get(f"{NEW}?draft=1").content.decode()
    client.post(NEW, filed())
    assert not Draft.objects.exists()


def test_another_persons_draft_is_not_offered(client_for: Clients) -> None:
    drafts.save(by=client_for("agent").user, key="customer-new", fields={"full_name": ["周明"]})
    page = client_for("agent").get(f"{NEW}?draft=1").content.decode()
    assert "周明" not in page


@pytest.mark.parametrize("role", ["handler", "auditor", "planner", "sysadmin"])
def test_who_does_not_file_customers_is_refused(client_for: Clients, role: str) -> None:
    assert client_for(role).post(NEW, filed()).status_code == 403
    assert not Customer.objects.exists()


# --- a correction -----------------------------------------------------------------------------------------------
def test_a_correction_changes_what_was_typed_and_nothing_else(client_for: Clients) -> None:
    client = client_for("agent")
    customer = CustomerFactory(employer=SEALED["employer"])
    before = {name: getattr(customer, name) for name in SEALED}
    for _ in range(2):
        answer = client.post(edit_url(customer), corrected(customer, occupation="RETIRED", email="lin@example.com"))
        assert answer["Location"] == reverse("customers:detail", args=[customer.customer_no])
    customer.refresh_from_db()
    assert (customer.occupation, customer.version) == ("RETIRED", 2)
    assert {name: getattr(customer, name) for name in SEALED} == before
    assert ContactPoint.objects.filter(customer=customer, type="EMAIL").count() == 1
    assert AuditEvent.objects.filter(action="customer.update").count() == 1


def test_sealed_values_are_not_shown_on_the_form(client_for: Clients) -> None:
    customer = CustomerFactory(employer=SEALED["employer"], annual_income="120000.00")
    page = client_for("agent").get(edit_url(customer)).content.decode()
    numbers = [customer.contact_points.get().value, customer.identity_documents.get().number]
    for secret in (*SEALED.values(), *numbers):
        assert secret not in page


def test_opening_the_form_is_written_down_as_a_look(client_for: Clients) -> None:
    client = client_for("agent")
    customer = CustomerFactory()
    client.get(edit_url(customer))
    look = AccessRecord.objects.get()
    assert (look.kind, look.object_id) == ("VIEW", customer.customer_no)


def test_a_stale_correction_shows_both_versions_and_writes_nothing(client_for: Clients) -> None:
    client, customer = client_for("agent"), CustomerFactory()
    other = client_for("agent")
    assert other.post(edit_url(customer), corrected(customer, occupation="RETIRED")).status_code == 302
    late = client.post(
        edit_url(customer),
        corrected(customer, occupation="STUDENT", form_token="l" * 43, email="lin@example.com"),
        headers={"accept-language": "en"},
    )
    page = late.content.decode()
    assert late.status_code == 409
    assert "Student" in page
    assert "Retired" in page
    assert other.user.display_name in page
    customer.refresh_from_db()
    assert (customer.occupation, customer.version) == ("RETIRED", 2)
    assert not ContactPoint.objects.filter(type="EMAIL").exists()


def test_a_document_that_contradicts_the_record_undoes_the_whole_correction(client_for: Clients) -> None:
    customer = CustomerFactory()
    typed = corrected(customer, occupation="RETIRED", document_number=resident_id(9, sex=1))
    refused = client_for("agent").post(edit_url(customer), typed)
    assert (refused.status_code, set(refused.context["form"].errors)) == (422, {"sex"})
    customer.refresh_from_db()
    assert customer.occupation == "PRIVATE_EMPLOYEE"
    assert customer.identity_documents.count() == 1


def test_a_restricted_customer_is_nobodys_to_edit_but_their_managers(client_for: Clients) -> None:
    client = client_for("agent")
    hidden, own = CustomerFactory(restricted=True), CustomerFactory(restricted=True, owner=client.user)
    assert client.get(edit_url(hidden)).status_code == 404
    assert client.post(edit_url(hidden), corrected(hidden, occupation="RETIRED")).status_code == 404
    assert client.get(edit_url(own)).status_code == 200
    assert client_for("auditor").get(edit_url(own)).status_code == 403


@pytest.mark.parametrize("status", ["MERGED", "ERASED"])
def test_a_record_that_stands_for_nobody_is_not_edited(client_for: Clients, status: str) -> None:
    assert client_for("senior").get(edit_url(CustomerFactory(status=status))).status_code == 404


def test_the_form_costs_the_same_for_a_thin_and_a_rich_record(client_for: Clients, factories: Any) -> None:
    client, counts = client_for("agent"), []
    for points in (1, 3):
        customer = CustomerFactory()
        for _ in range(points - 1):
            factories.contact_point(customer=customer)
        client.get(edit_url(customer))
        with CaptureQueriesContext(connection) as queries:
            client.get(edit_url(customer))
        counts.append(len(queries))
    assert counts[0] == counts[1]


def test_a_covered_fact_is_taken_off_the_record_and_a_shown_one_emptied(client_for: Clients) -> None:
    customer = CustomerFactory(employer="Mill", annual_income="120000.00", occupation="MANAGER", sex=0, document=False)
    customer.birth_date = None
    customer.save()
    client = client_for("agent")
    page = client.get(edit_url(customer)).content.decode()
    assert 'name="remove" value="employer"' in page.replace('type="checkbox" ', "")
    assert 'value="birth_date"' not in page
    sent = corrected(customer, occupation="") | {"remove": ["employer", "annual_income"]}
    assert client.post(edit_url(customer), sent).status_code == 302
    customer.refresh_from_db()
    assert (customer.employer, customer.annual_income, customer.occupation) == ("", None, "")
    event = AuditEvent.objects.get(action="customer.update")
    assert "Mill" not in repr((event.before, event.after))
    assert set(event.after) >= {"employer", "annual_income", "occupation"}


def test_a_fact_is_not_changed_and_taken_off_at_once(client_for: Clients) -> None:
    customer = CustomerFactory(employer="Mill")
    sent = corrected(customer, employer="Kiln") | {"remove": ["employer"]}
    refused = client_for("agent").post(edit_url(customer), sent)
    assert refused.status_code == 422
    assert "take this off the record" in refused.content.decode()
    assert 'value="Kiln"' in refused.content.decode()
    customer.refresh_from_db()
    assert customer.employer == "Mill"
