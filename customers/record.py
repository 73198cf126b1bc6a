"""What somebody wrote down about a customer, checked field by field and against itself (domain C.3, R2.10–11; pure).

Values come as typed and leave as stored. The first thing wrong is raised as RuleBroken with the form's field, so a
verb refuses exactly what a form would have said.
"""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from decimal import Decimal
from typing import TypeVar

from django.utils.translation import gettext_lazy as _

from crm_site.errors import RuleBroken, Text
from customers import identity, names
from customers.identity import EARLIEST, Malformed

T = TypeVar("T")
ORGANISATION = "ORGANISATION"
ACTIVE = "ACTIVE"
MOST_INCOME = Decimal(10) ** 16


@dataclass(frozen=True, slots=True)
class ContactData:
    """One way to reach the customer; ``type`` is a ContactPoint.Type."""

    type: str
    value: str
    label: str = ""
    preferred: bool = False
    verified: bool = False


@dataclass(frozen=True, slots=True)
class DocumentData:
    """One identity document; ``type`` is an IdentityDocument.Type."""

    type: str
    number: str
    valid_to: dt.date | None = None
    verified: bool = False


@dataclass(frozen=True, slots=True)
class CustomerData:
    """A new customer. ``distinct`` says that somebody has looked at the look-alikes and this is another person."""

    full_name: str
    kind: str = "INDIVIDUAL"
    status: str = "PROSPECT"
    sex: int = 0
    birth_date: dt.date | None = None
    nationality: str = "CHN"
    occupation: str = ""
    employer: str = ""
    annual_income: Decimal | None = None
    region_code: str = ""
    language: str = "zh-hans"
    home_branch_id: int | None = None
    owner_id: int | None = None
    opened_on: dt.date | None = None
    contacts: tuple[ContactData, ...] = ()
    document: DocumentData | None = None
    best_time: str = ""
    distinct: bool = field(default=False, compare=False)


@dataclass(frozen=True, slots=True)
class OnFile:
    """What a record holds that a correction may take away, covered: facts by name, rows as (key, words)."""

    facts: dict[str, str]
    contacts: list[tuple[str, str]]
    documents: list[tuple[str, str]]


def settled(read: Callable[[], T], field_name: str) -> T:
    """The value ``read`` returns; what it finds malformed becomes a broken rule at this field."""
    try:
        return read()
    except Malformed as wrong:
        raise RuleBroken(wrong.code, wrong.message, field=field_name) from wrong


def checked(data: CustomerData, *, today: dt.date) -> CustomerData:
    """The same as it is stored: normalised, sex and birth date taken from the resident number where they were left out.

    Raises RuleBroken with the field it is about.
    """
    organisation = data.kind == ORGANISATION
    name = settled(lambda: names.clean(data.full_name, organisation=organisation), "full_name")
    contacts = tuple(contact(each) for each in data.contacts)
    if not contacts:
        raise RuleBroken("customer.contact", _("Enter at least one way to reach the customer."), field="mobile")
    shown = None if data.document is None else document(data.document, today=today)
    known = replace(data, full_name=name, contacts=contacts, document=shown)
    known = with_document_facts(known, today=today)
    check_dates(known.birth_date, known.opened_on, today=today)
    check_income(known.annual_income)
    check_region(known.region_code)
    if known.status == ACTIVE:
        check_key_fields(known)
    return known


def contact(data: ContactData) -> ContactData:
    """A contact point as it is stored."""
    readers: dict[str, Callable[[str], str]] = {
        "MOBILE": identity.mobile,
        "LANDLINE": identity.landline,
        "EMAIL": identity.email,
    }
    read = readers.get(data.type, _plain)
    return replace(data, value=settled(lambda: read(data.value), data.type.lower()))


def _plain(text: str) -> str:
    value = " ".join(text.split())
    if not value or len(value) > 200:
        raise Malformed("contact_form", _("Enter an address of at most 200 characters."))
    return value


def document(data: DocumentData, *, today: dt.date) -> DocumentData:
    """A document as it is stored."""
    number = settled(lambda: identity.document(data.type, data.number, today=today), "document_number")
    return replace(data, number=number)


def with_document_facts(data: CustomerData, *, today: dt.date) -> CustomerData:
    """Sex and birth date must be those of the resident number (R2.10); left out, they are taken from it."""
    if data.document is None or data.document.type != "RESIDENT_ID":
        return data
    says = identity.resident_id(data.document.number, today=today)
    if data.birth_date not in (None, says.born):
        raise RuleBroken(
            "document_birth",
            _("The birth date does not agree with the identity number. Correct one of them."),
            field="birth_date",
        )
    if data.sex in (1, 2) and data.sex != says.sex:
        raise RuleBroken(
            "document_sex", _("The sex does not agree with the identity number. Correct one of them."), field="sex"
        )
    return replace(data, birth_date=says.born, sex=says.sex)


def check_dates(birth_date: dt.date | None, opened_on: dt.date | None, *, today: dt.date) -> None:
    """Born and opened between 1900 and today."""
    if birth_date is not None and not EARLIEST <= birth_date <= today:
        raise RuleBroken("birth_date", _("Enter a birth date between 1900 and today."), field="birth_date")
    if opened_on is not None and not EARLIEST <= opened_on <= today:
        raise RuleBroken("opened_on", _("Enter a date between 1900 and today."), field="opened_on")


def check_income(income: Decimal | None) -> None:
    """Not negative, at most 16 digits before the point and two behind it."""
    if income is None:
        return
    if not income.is_finite() or not 0 <= income < MOST_INCOME or income != income.quantize(Decimal("0.01")):
        raise RuleBroken("income", _("Enter a yearly income in yuan, for example 120000.00."), field="annual_income")


def check_region(code: str) -> None:
    """Six digits of GB/T 2260, or nothing."""
    if code and not re.fullmatch(r"\d{6}", code):
        raise RuleBroken("region", _("Enter the six digits of the region, for example 310104."), field="region_code")


def check_key_fields(data: CustomerData, *, kept_from: CustomerData | None = None) -> None:
    """What an active customer must have (R2.11); with ``kept_from`` only what that had and ``data`` has lost."""
    individual: list[tuple[str, str, Text]] = [
        ("sex", "sex", _("Choose the sex: an active customer needs it.")),
        ("birth_date", "birth_date", _("Enter the birth date: an active customer needs it.")),
        ("occupation", "occupation", _("Choose the occupation, or that the customer declined to say.")),
    ]
    needed: list[tuple[str, str, Text]] = [] if data.kind == ORGANISATION else individual
    needed.append(("document", "document_number", _("Enter the identity document: an active customer needs it.")))
    needed.append(("contacts", "mobile", _("Enter at least one way to reach the customer.")))
    for name, field_name, advice in needed:
        lost = kept_from is None or getattr(kept_from, name)
        if lost and not getattr(data, name):
            raise RuleBroken("customer.key_field", advice, field=field_name)
