"""A class set by hand: two persons, a reason, a last day; beside it the class that was found (R3.9)."""

from __future__ import annotations

import datetime
from collections.abc import Callable
from typing import Any

import pytest
import time_machine
from django.db import IntegrityError, transaction
from django.test import Client
from django.urls import reverse

from crm_site import form_tokens
from crm_site.errors import NotAllowed, RuleBroken, Stale
from crm_site.models import AuditEvent, User
from crm_site.tests.factories import UserFactory
from customers.actions import overrides
from customers.models import ClassOverride, Customer, Standing, laid_over, shown_standing
from customers.tests.factories import CustomerFactory, PublishedRunFactory, StandingFactory

pytestmark = pytest.mark.django_db
Door = Callable[..., Client]
TODAY = datetime.date(2026, 3, 2)
LATER = datetime.date(2026, 9, 1)


@pytest.fixture(autouse=True)
def now() -> Any:
    with time_machine.travel(datetime.datetime(2026, 3, 2, 2, tzinfo=datetime.UTC), tick=False):
        yield


@pytest.fixture
def senior() -> User:
    return UserFactory(role="senior")


@pytest.fixture
def boss() -> User:
    return UserFactory(role="supervisor")


@pytest.fixture
def customer() -> Customer:
    made = CustomerFactory()
    StandingFactory(customer=made, asset_class="MID", loyalty="POTENTIAL")
    PublishedRunFactory()
    return made


def proposed(by: User, customer: Customer, **changed: Any) -> ClassOverride:
    given = {"dimension": "asset_class", "code": "HIGH", "reason": "Trust abroad", "expires_on": LATER}
    return overrides.propose(by=by, customer=customer, **(given | changed))


def shown(customer: Customer) -> Standing:
    found = shown_standing(customer)
    assert found is not None
    return found


def test_it_counts_from_the_approval_to_its_last_day(senior: User, boss: User, customer: Customer) -> None:
    row = proposed(senior, customer)
    assert shown(customer).asset_class == "MID"
    overrides.approve(by=boss, row=row)
    assert (shown(customer).asset_class, set(shown(customer).by_hand)) == ("HIGH", {"asset_class"})
    assert Standing.objects.published().get(customer=customer).asset_class == "MID"  # what was found is kept
    with time_machine.travel(datetime.datetime(2026, 9, 1, 15, 59, tzinfo=datetime.UTC)):
        assert shown(customer).asset_class == "HIGH"
    with time_machine.travel(datetime.datetime(2026, 9, 1, 16, 1, tzinfo=datetime.UTC)):  # midnight at the bank
        assert shown(customer).asset_class == "MID"
    deeds = AuditEvent.objects.filter(action__startswith="override.").order_by("pk").values_list("action", flat=True)
    assert list(deeds) == ["override.propose", "override.approve"]


def test_it_is_ended_early_with_a_reason(senior: User, boss: User, customer: Customer) -> None:
    row = overrides.approve(by=boss, row=proposed(senior, customer))
    with pytest.raises(RuleBroken, match="Say why"):
        overrides.end(by=senior, row=row, reason="  ")
    row = overrides.end(by=senior, row=row, reason="The trust was closed")
    assert (row.state, row.ended_because, shown(customer).asset_class) == ("ENDED", "The trust was closed", "MID")


@pytest.mark.parametrize(
    ("changed", "said"),
    [
        ({"code": "UNKNOWN"}, "Choose a class"),
        ({"code": "LOYAL"}, "Choose a class"),
        ({"dimension": "mood"}, "Choose a class"),
        ({"expires_on": TODAY}, "within twelve months"),
        ({"expires_on": datetime.date(2027, 3, 3)}, "within twelve months"),
        ({"reason": " "}, "Say why"),
        ({"reason": "x" * 301}, "Say why"),
    ],
)
def test_what_is_incomplete_or_too_long_is_refused(
    senior: User, customer: Customer, changed: dict[str, Any], said: str
) -> None:
    with pytest.raises(RuleBroken, match=said):
        proposed(senior, customer, **changed)
    assert not ClassOverride.objects.exists()


def test_twelve_months_are_allowed_to_the_day(senior: User, customer: Customer) -> None:
    assert proposed(senior, customer, expires_on=datetime.date(2027, 3, 2)).state == "PROPOSED"
    assert overrides.furthest(datetime.date(2028, 2, 29)) == datetime.date(2029, 2, 28)


def test_who_proposes_does_not_approve(boss: User, senior: User, customer: Customer) -> None:
    row = proposed(boss, customer)
    with pytest.raises(NotAllowed, match="Somebody else"):
        overrides.approve(by=boss, row=row)
    with pytest.raises(NotAllowed):
        overrides.approve(by=senior, row=row)
    with pytest.raises(IntegrityError), transaction.atomic():
        ClassOverride.objects.filter(pk=row.pk).update(state="APPROVED", decided_by=boss)
    with pytest.raises(IntegrityError), transaction.atomic():
        ClassOverride.objects.filter(pk=row.pk).update(state="APPROVED")


@pytest.mark.parametrize("role", ["agent", "handler", "analyst", "auditor", "planner"])
def test_others_set_no_class(role: str, customer: Customer) -> None:
    with pytest.raises(NotAllowed):
        proposed(UserFactory(role=role), customer)


def test_one_at_a_time_for_each_classification(senior: User, boss: User, customer: Customer) -> None:
    row = proposed(senior, customer)
    with pytest.raises(RuleBroken, match="already set by hand"):
        proposed(senior, customer, code="ORDINARY")
    assert proposed(senior, customer, dimension="loyalty", code="LOYAL").state == "PROPOSED"
    overrides.refuse(by=boss, row=row, reason="No papers")
    assert proposed(senior, customer, code="ORDINARY").state == "PROPOSED"


def test_one_that_has_lapsed_makes_room(senior: User, boss: User, customer: Customer) -> None:
    row = overrides.approve(by=boss, row=proposed(senior, customer))
    with time_machine.travel(datetime.datetime(2026, 9, 2, 2, tzinfo=datetime.UTC)):
        proposed(senior, customer, expires_on=datetime.date(2027, 1, 1))
    row.refresh_from_db()
    assert row.state == "LAPSED"


def test_of_two_at_once_one_is_told(senior: User, boss: User, customer: Customer) -> None:
    row = proposed(senior, customer)
    overrides.approve(by=boss, row=row)
    with pytest.raises(Stale):
        overrides.refuse(by=UserFactory(role="supervisor"), row=row, reason="No")
    with pytest.raises(Stale):
        overrides.approve(by=UserFactory(role="supervisor"), row=row)


def test_too_late_to_approve(senior: User, boss: User, customer: Customer) -> None:
    row = proposed(senior, customer)
    with time_machine.travel(datetime.datetime(2026, 9, 2, 2, tzinfo=datetime.UTC)), pytest.raises(RuleBroken):
        overrides.approve(by=boss, row=row)


def test_who_has_no_standing_has_nothing_to_lay_it_over(senior: User) -> None:
    assert laid_over(None, [proposed(senior, CustomerFactory())]) is None


# --- its doors ------------------------------------------------------------------------------------------------------
def sent(**changed: str) -> dict[str, str]:
    given = {"code": "asset_class:HIGH", "reason": "Trust abroad", "expires_on": "2026-09-01"} | changed
    return {f"override-{name}": value for name, value in given.items()} | {"override-form_token": form_tokens.issue()}


def at(name: str, customer: Customer) -> str:
    return reverse(f"customers:{name}", args=[customer.customer_no])


def test_from_the_proposal_to_the_page_that_shows_both(client_for: Door, customer: Customer) -> None:
    senior, boss = client_for("senior"), client_for("supervisor")
    data = sent()
    assert senior.post(at("override", customer), data).status_code == 302
    assert senior.post(at("override", customer), data).status_code == 302  # the second press
    row = ClassOverride.objects.get()
    waits = boss.get(at("detail", customer)).content.decode()
    assert "Waiting for approval" in waits
    assert "Trust abroad" in waits
    assert "found by the rules: Mid net worth" in waits
    assert 'value="approve"' not in senior.get(at("detail", customer)).content.decode()
    stepped = {"step-override": row.pk, "step-act": "approve"}
    assert senior.post(at("override_step", customer), stepped).status_code == 403
    assert boss.post(at("override_step", customer), stepped).status_code == 302
    assert boss.post(at("override_step", customer), stepped).status_code == 409
    page = boss.get(at("detail", customer)).content.decode()
    assert "c-tier--high" in page
    assert "by hand" in page
    assert "found by the rules: Mid net worth" in page
    listed = boss.get(reverse("customers:list")).content.decode()
    assert "c-tier--high" in listed
    assert boss.post(at("override_step", customer), stepped | {"step-act": "end"}).status_code == 422
    ended = stepped | {"step-act": "end", "step-reason": "Closed"}
    assert boss.post(at("override_step", customer), ended).status_code == 302
    assert "c-tier--high" not in boss.get(at("detail", customer)).content.decode()


def test_what_was_typed_is_kept_when_it_is_refused(client_for: Door, customer: Customer) -> None:
    answer = client_for("senior").post(at("override", customer), sent(expires_on="2030-01-01", reason="家族信托"))
    page = answer.content.decode()
    assert answer.status_code == 422
    assert "within twelve months" in page
    assert "家族信托" in page


def test_another_customers_row_is_not_found(client_for: Door, senior: User, customer: Customer) -> None:
    row, other = proposed(senior, customer), CustomerFactory()
    data = {"step-override": row.pk, "step-act": "refuse", "step-reason": "x"}
    assert client_for("supervisor").post(at("override_step", other), data).status_code == 404


@pytest.mark.parametrize("role", ["agent", "handler", "auditor", "analyst"])
def test_strangers_are_refused(client_for: Door, role: str, customer: Customer) -> None:
    assert client_for(role).post(at("override", customer), sent()).status_code == 403
    assert client_for(role).post(at("override_step", customer), {}).status_code == 403
