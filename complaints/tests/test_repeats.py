"""The same brought again is seen: while it is written down, and on the page (peers 79, R6.33)."""

from __future__ import annotations

import datetime
from collections.abc import Callable

import pytest
import time_machine
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from complaints import repeats, suggesting
from complaints.actions import merging, recusing
from complaints.models import Complaint
from complaints.models.complaint import contact_key
from complaints.repeats import Brought
from complaints.severity import History
from complaints.tests import scenes
from customers.tests.factories import CustomerFactory

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("now")]
ClientFor = Callable[..., Client]
STRANGER = {"customer": None, "complainant_name": "周明远", "complainant_contact": "139 0000 0001"}


def test_the_same_customer_with_the_same_cause_stands_first() -> None:
    by, customer = scenes.handler(), CustomerFactory()
    other = scenes.received(by, customer=customer)
    same = scenes.assessed(by, customer=customer)
    scenes.assessed(by)
    found = repeats.of_form(Brought(customer=customer, cause="FEES"), by, timezone.now())
    assert [(repeat.complaint, repeat.why) for repeat in found] == [
        (same, repeats.SAME_MATTER),
        (other, repeats.SAME_PERSON),
    ]


def test_somebody_who_is_no_customer_is_known_by_their_contact_however_it_is_typed() -> None:
    by = scenes.handler()
    first = scenes.received(by, **STRANGER)
    second = scenes.received(by, **(STRANGER | {"complainant_contact": "13900000001"}))
    assert contact_key("139 0000 0001") == contact_key("+86 139-0000-0001") == bytes(first.contact_bidx)
    assert [repeat.complaint for repeat in repeats.of_complaint(second, by)] == [first]
    assert suggesting.known(second).history == History.SECOND
    assert contact_key("  ") is None


def test_after_ninety_days_it_is_no_repeat_but_a_reference_never_ages() -> None:
    by, customer = scenes.handler(), CustomerFactory()
    first = scenes.received(by, customer=customer, source="REGULATOR", external_ref="12378-88")
    with time_machine.travel(timezone.now() + datetime.timedelta(days=91), tick=False):
        given = Brought(customer=customer)
        assert not repeats.of_form(given, by, timezone.now())
        given = Brought(source="REGULATOR", external_ref="12378-88")
        found = repeats.of_form(given, by, timezone.now())
    assert [(repeat.complaint, repeat.merge) for repeat in found] == [(first, True)]


def test_the_same_reference_of_another_body_is_another_matter() -> None:
    by = scenes.handler()
    scenes.received(by, source="REGULATOR", external_ref="88")
    assert not repeats.of_form(Brought(source="HOTLINE", external_ref="88"), by, timezone.now())


def test_what_was_merged_was_no_second_time() -> None:
    by, customer = scenes.handler(), CustomerFactory()
    one, other = (scenes.received(by, customer=customer) for _n in range(2))
    assert suggesting.known(other).history == History.SECOND
    merging.merge(by=by, complaint=one, version=one.version, target=other, reason="the same", no_new_facts=True)
    other = Complaint.objects.get(pk=other.pk)
    assert suggesting.known(other).history == History.FIRST
    assert not repeats.of_complaint(other, by)


def test_a_restricted_or_foreign_complaint_is_not_told_about() -> None:
    by, customer = scenes.handler(), CustomerFactory()
    scenes.received(scenes.handler(), customer=customer)
    hidden = scenes.received(by, customer=customer)
    recusing.restrict(by=by, complaint=hidden, version=hidden.version, accused=by, reason="rudeness")
    assert not repeats.of_form(Brought(customer=customer), by, timezone.now())


# --- doors ------------------------------------------------------------------------------------------------------
def test_the_form_says_it_while_one_types_and_the_address_carries_nothing(client_for: ClientFor) -> None:
    where, customer = scenes.team(), CustomerFactory()
    client = client_for("handler", team=where)
    earlier = scenes.received(scenes.handler(where), customer=customer)
    typed = {"customer": customer.customer_no, "cause": "FEES", "complainant_contact": "139"}
    answer = client.post(reverse("complaints:due_preview"), typed)
    assert earlier.number in answer.content.decode()
    assert earlier.number not in client.post(reverse("complaints:due_preview"), {}).content.decode()
    assert client.get(reverse("complaints:due_preview"), typed).status_code == 405


def test_the_complaint_s_page_names_the_earlier_one(client_for: ClientFor) -> None:
    where, customer = scenes.team(), CustomerFactory()
    by = scenes.handler(where)
    earlier, later = (scenes.received(by, customer=customer) for _n in range(2))
    page = client_for("handler", team=where).get(reverse("complaints:detail", args=[later.number])).content.decode()
    assert earlier.number in page
    assert "Same complainant" in page
