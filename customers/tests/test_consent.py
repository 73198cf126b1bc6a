"""What a customer allows."""

from __future__ import annotations

import datetime

import pytest
from django.db import DatabaseError, transaction

from crm_site.errors import RuleBroken
from crm_site.models import AuditEvent
from customers.actions.consent import allowed, record_consent
from customers.models import Consent

from .factories import ConsentFactory, CustomerFactory, UserFactory

pytestmark = pytest.mark.django_db
DAY = datetime.timedelta(days=1)
Act, Channel, Purpose, Evidence = Consent.Act, Consent.Channel, Consent.Purpose, Consent.Evidence


def test_nothing_recorded_means_no_but_service_asks_for_nothing(now: datetime.datetime) -> None:
    customer = CustomerFactory()
    assert not allowed(customer, Purpose.MARKETING, Channel.SMS, now)
    assert allowed(customer, Purpose.SERVICE, Channel.SMS, now)


@pytest.mark.parametrize(
    ("acts", "sms", "phone"),
    [
        ([("SMS", "GRANT", 3)], True, False),
        ([("ALL", "GRANT", 3)], True, True),
        ([("ALL", "GRANT", 3), ("PHONE", "WITHDRAW", 2)], True, False),
        ([("SMS", "GRANT", 3), ("ALL", "WITHDRAW", 2)], False, False),
        ([("ALL", "WITHDRAW", 3), ("SMS", "GRANT", 2)], True, False),
        ([("SMS", "REFUSE", 1)], False, False),
        ([("SMS", "GRANT", 1), ("SMS", "WITHDRAW", 5)], True, False),
        ([("SMS", "GRANT", -1)], False, False),
    ],
)
def test_the_latest_act_by_its_own_time_counts(
    now: datetime.datetime, acts: list[tuple[str, str, int]], sms: bool, phone: bool
) -> None:
    customer = CustomerFactory()
    for channel, act, days_ago in acts:
        ConsentFactory(customer=customer, channel=channel, act=act, at=now - days_ago * DAY)
    assert allowed(customer, Purpose.MARKETING, Channel.SMS, now) is sms
    assert allowed(customer, Purpose.MARKETING, Channel.PHONE, now) is phone


def test_a_grant_ends_at_its_moment(now: datetime.datetime) -> None:
    customer = CustomerFactory()
    ConsentFactory(customer=customer, at=now - DAY, expires_at=now)
    assert allowed(customer, Purpose.MARKETING, Channel.SMS, now - datetime.timedelta(seconds=1))
    assert not allowed(customer, Purpose.MARKETING, Channel.SMS, now)


def test_an_act_is_recorded_with_its_proof_and_audited(now: datetime.datetime) -> None:
    customer = CustomerFactory()
    record_consent(
        by=UserFactory(), customer=customer, purpose=Purpose.MARKETING, channel=Channel.SMS, act=Act.GRANT,
        evidence=Evidence.FORM, evidence_ref=" F-17 ",
    )  # fmt: skip
    act = customer.consents.get()
    assert (act.evidence_ref, act.at) == ("F-17", now)
    assert AuditEvent.objects.get(action="consent.record").object_id == customer.customer_no


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"evidence_ref": " "}, "evidence_ref"),
        ({"at": datetime.timedelta(minutes=6)}, "at"),
        ({"expires_at": datetime.timedelta(0)}, "expires_at"),
    ],
)
def test_what_proves_nothing_is_refused(now: datetime.datetime, change: dict, field: str) -> None:
    customer = CustomerFactory()
    stated = {"evidence": Evidence.CALL, "evidence_ref": "R-1"} | {
        name: now + value if isinstance(value, datetime.timedelta) else value for name, value in change.items()
    }
    with pytest.raises(RuleBroken) as broken:
        record_consent(
            by=None, customer=customer, purpose=Purpose.MARKETING, channel=Channel.SMS, act=Act.GRANT, **stated
        )
    assert broken.value.field == field
    assert not customer.consents.exists()


def test_saying_no_needs_no_proof(now: datetime.datetime) -> None:
    customer = CustomerFactory()
    record_consent(
        by=None, customer=customer, purpose=Purpose.MARKETING, channel=Channel.ALL, act=Act.WITHDRAW,
        evidence=Evidence.CALL,
    )  # fmt: skip
    assert customer.consents.count() == 1


def test_no_act_is_ever_altered_or_removed() -> None:
    act = ConsentFactory()
    for attempt in (lambda: Consent.objects.update(act=Act.REFUSE), lambda: Consent.objects.all().delete()):
        with pytest.raises(DatabaseError, match="append-only"), transaction.atomic():
            attempt()
    act.refresh_from_db()
    assert act.act == Act.GRANT
