"""Filing a customer: a number, a record, its documents and contacts, the keys it is found by (handbook 2/1.1.9)."""

from __future__ import annotations

import datetime
from collections.abc import Mapping
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from django.db import IntegrityError, transaction
from django.db.models import F
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from crm_site import audit
from crm_site.errors import RuleBroken
from customers import keys, names, record
from customers.actions import activity, comparing, measuring
from customers.actions.duplicates import LooksAlike, OnFile, look_alikes, owner_of
from customers.models import (
    ContactPoint,
    ContactPreference,
    Customer,
    CustomerNumber,
    CustomerSearchKey,
    IdentityDocument,
)
from customers.record import ContactData, CustomerData, DocumentData

if TYPE_CHECKING:
    from crm_site.models import User

CHANGEABLE = (
    "full_name", "status", "sex", "birth_date", "nationality", "occupation", "employer", "annual_income", "region_code",
    "language", "home_branch_id", "owner_id", "opened_on", "risk_tolerance", "risk_tolerance_until",
)  # fmt: skip
SCORED = {"birth_date", "occupation", "annual_income", "status", "opened_on"}  # what the nightly run reads
_STATED = CHANGEABLE[:13]  # the fields CustomerData knows as well


# --- numbers ----------------------------------------------------------------------------------------------------
@transaction.atomic
def next_customer_nos(day: datetime.date, count: int) -> list[str]:
    """The next ``count`` customer numbers of the year, C-2025-000123 on; never given out twice.

    A number given in a transaction that is rolled back is given again.
    """
    CustomerNumber.objects.bulk_create([CustomerNumber(year=day.year)], ignore_conflicts=True)
    CustomerNumber.objects.filter(year=day.year).update(last=F("last") + count)
    last = CustomerNumber.objects.get(year=day.year).last
    return [f"C-{day.year}-{n:06d}" for n in range(last - count + 1, last + 1)]


def next_customer_no(day: datetime.date) -> str:
    """The next customer number of the year."""
    return next_customer_nos(day, 1)[0]


# --- a new customer ---------------------------------------------------------------------------------------------
@transaction.atomic
def create_customer(*, by: User | None, data: CustomerData) -> Customer:
    """File a new customer.

    Raises RuleBroken with the field that is wrong; OnFile when the document belongs to somebody already (R2.13);
    LooksAlike when somebody on file shares a contact or name and birth date, and ``data.distinct`` does not say that
    this is another person.
    """
    now = timezone.now()
    today = timezone.localdate(now)
    known = record.checked(data, today=today)
    if known.document is not None:
        _refuse_second(known.document)
    if not known.distinct and (found := look_alikes(known)):
        raise LooksAlike(found)
    fields = {name: getattr(known, name) for name in _STATED}
    made = Customer.objects.create(
        customer_no=next_customer_no(today),
        kind=known.kind,
        name_bidx=keys.name(known.full_name),
        last_verified_on=today,
        **fields,
    )
    set_search_keys(made)
    for contact in known.contacts:
        _add_contact(made, contact, now)
    if known.document is not None:
        _add_document(made, known.document, now)
    if known.best_time:
        ContactPreference.objects.create(customer=made, best_time=known.best_time)
    measuring.refresh(made)
    activity.touch([made.pk])
    after = {"status": made.status, "kind": made.kind, "name": made.masked_name, "distinct": known.distinct}
    audit.record(by=by, action="customer.create", obj=made, after=after)
    return made


def _refuse_second(document: DocumentData) -> None:
    owner = owner_of(document)
    if owner is not None:
        raise OnFile(owner)


def set_search_keys(customer: Customer) -> None:
    """Make the customer findable by the name it has now, and by no older one."""
    wanted = keys.search_keys(customer.full_name)
    there = {bytes(key) for key in customer.search_keys.values_list("key", flat=True)}
    customer.search_keys.filter(key__in=there - wanted).delete()
    fresh = [CustomerSearchKey(customer=customer, key=key) for key in sorted(wanted - there)]
    CustomerSearchKey.objects.bulk_create(fresh)


# --- contacts and documents -------------------------------------------------------------------------------------
@transaction.atomic
def add_contact_point(*, by: User | None, customer: Customer, data: ContactData) -> ContactPoint:
    """One more way to reach the customer; one that is there already is returned as it is."""
    point, created = _add_contact(customer, record.contact(data), timezone.now())
    if created:
        measuring.refresh(customer)
        after = {"type": point.type, "preferred": point.preferred}
        audit.record(by=by, action="customer.add_contact", obj=customer, after=after)
    return point


def _add_contact(customer: Customer, data: ContactData, now: datetime.datetime) -> tuple[ContactPoint, bool]:
    if data.preferred:
        customer.contact_points.filter(preferred=True).update(preferred=False)
    return ContactPoint.objects.get_or_create(
        customer=customer,
        type=data.type,
        value_bidx=keys.contact(data.type, data.value),
        defaults={
            "value": data.value,
            "last4_bidx": keys.contact_last4(data.type, data.value),
            "label": data.label,
            "preferred": data.preferred,
            "verified_at": now if data.verified else None,
        },
    )


@transaction.atomic
def add_document(*, by: User | None, customer: Customer, data: DocumentData) -> IdentityDocument:
    """A new identity document, which becomes the primary one. Raises OnFile when it is somebody's already.

    A resident number that contradicts the record's birth date or sex is refused (R2.10).
    """
    now = timezone.now()
    today = timezone.localdate(now)
    known = record.document(data, today=today)
    stated = CustomerData(
        full_name=customer.full_name, sex=customer.sex, birth_date=customer.birth_date, document=known
    )
    record.with_document_facts(stated, today=today)
    _refuse_second(known)
    made = _add_document(customer, known, now)
    measuring.refresh(customer)
    audit.record(by=by, action="customer.add_document", obj=customer, after={"type": made.type})
    return made


def _add_document(customer: Customer, data: DocumentData, now: datetime.datetime) -> IdentityDocument:
    customer.identity_documents.filter(primary=True).update(primary=False)
    try:
        with transaction.atomic():
            return IdentityDocument.objects.create(
                customer=customer,
                type=data.type,
                number=data.number,
                number_bidx=keys.document(data.number),
                last4_bidx=keys.document_last4(data.number),
                valid_to=data.valid_to,
                verified_at=now if data.verified else None,
            )
    except IntegrityError:
        _refuse_second(data)  # somebody else filed it a moment ago
        raise


# --- changes ----------------------------------------------------------------------------------------------------
@transaction.atomic
def update_customer(*, by: User | None, customer: Customer, version: int, changes: Mapping[str, Any]) -> Customer:
    """Change stated facts of a record that is still the version somebody looked at.

    ``changes`` maps names of CHANGEABLE to new values. Raises RuleBroken for a value that cannot be, Stale with both
    versions when somebody else saved in between (nothing is written).
    """
    unknown = set(changes) - set(CHANGEABLE)
    if unknown:
        raise ValueError(f"not changeable: {', '.join(sorted(unknown))}")
    current = Customer.objects.get(pk=customer.pk)
    if current.version != version:
        raise comparing.stale(current, changes)
    fresh = {name: value for name, value in _settle(current, changes).items() if getattr(current, name) != value}
    if not fresh:
        return current
    now = timezone.now()
    before = {name: comparing.shown(name, getattr(current, name)) for name in fresh}
    mine = Customer.objects.filter(pk=current.pk, version=version)
    derived = {"name_bidx": keys.name(fresh["full_name"])} if "full_name" in fresh else {}
    today = timezone.localdate(now)
    if mine.update(version=version + 1, updated_at=now, last_verified_on=today, **fresh, **derived) != 1:
        raise comparing.stale(Customer.objects.get(pk=current.pk), changes)
    current.refresh_from_db()
    if "full_name" in fresh:
        set_search_keys(current)
    measuring.refresh(current)
    moved = [current.pk] if SCORED & fresh.keys() else []
    if current.referred_by_id and {"status", "opened_on"} & fresh.keys():
        moved.append(current.referred_by_id)  # who brings customers is credited when they become active
    activity.touch(moved)
    after = {name: comparing.shown(name, value) for name, value in fresh.items()}
    audit.record(by=by, action="customer.update", obj=current, before=before, after=after)
    return current


def _settle(current: Customer, changes: Mapping[str, Any]) -> dict[str, Any]:
    """The changes as they are stored, checked against what the record says already."""
    today = timezone.localdate()
    document = current.identity_documents.filter(primary=True).first()
    before = CustomerData(
        kind=current.kind,
        contacts=tuple(ContactData(point.type, point.value) for point in current.contact_points.all()),
        document=DocumentData(document.type, document.number) if document else None,
        **{name: getattr(current, name) for name in _STATED},
    )
    stated = replace(before, **{name: changes[name] for name in _STATED if name in changes})
    record.check_dates(stated.birth_date, stated.opened_on, today=today)
    record.check_income(stated.annual_income)
    record.check_region(stated.region_code)
    known = record.with_document_facts(stated, today=today)
    if before.birth_date is not None and stated.birth_date is None and known.birth_date is not None:
        advice = _("The identity number tells the birth date: it stays as long as that document does.")
        raise RuleBroken("document_birth", advice, field="birth_date")
    if known.status == record.ACTIVE:
        record.check_key_fields(known, kept_from=before if current.status == record.ACTIVE else None)
    settled = {name: getattr(known, name) if name in _STATED else value for name, value in changes.items()}
    if "full_name" in changes:
        organisation = current.kind == Customer.Kind.ORGANISATION
        settled["full_name"] = record.settled(
            lambda: names.clean(changes["full_name"], organisation=organisation), "full_name"
        )
    return settled
