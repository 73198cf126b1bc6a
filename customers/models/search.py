"""Finding a customer by what a caller says, in one box (domain R4.4; ux 5.1; docs/decisions/0005).

Names and numbers are stored sealed, so what was typed is turned into keyed hashes and compared with those. One query
collects who may be meant, a second fetches those this person may see.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING, Any

from django.db.models import Case, QuerySet, Value, When

from customers import identity, keys, names
from customers.models.contact import ContactPoint, IdentityDocument
from customers.models.customer import Customer, CustomerSearchKey
from customers.models.holding import Holding

if TYPE_CHECKING:
    from crm_site.models import User

MOST_CANDIDATES = 200
LIMIT = 20


class By(StrEnum):
    """What a customer was found by, the surest first."""

    NUMBER = "number"
    DOCUMENT = "document"
    CONTACT = "contact"
    ACCOUNT = "account"
    CONTACT_LAST4 = "contact_last4"
    DOCUMENT_LAST4 = "document_last4"
    ACCOUNT_LAST4 = "account_last4"
    NAME = "name"


_BY = list(By)
_ORDER = {by: place for place, by in enumerate(By)}
_Question = tuple[QuerySet[Any], By]
_Row = tuple[int, str, int | None, str]  # customer, what they were found by, whose customer, customer number


@dataclass(frozen=True, slots=True)
class Hit:
    """One customer who may be meant, by the surest of what matched."""

    customer: Customer
    by: By


def find(text: str, *, user: User, limit: int = LIMIT) -> list[Hit]:
    """Customers this person may see who fit what was typed, the surest first; at most ``limit``, two queries,
    or one where what was typed has one meaning, as a name has.

    A phone number in any notation, the last four of a phone, document or account, a document or account number, an
    e-mail address, a customer number, two characters of a name from anywhere, pinyin, or initials.
    """
    seen = Customer.objects.living().visible_to(user).order_by()
    asked = list(_questions(text))
    if len(asked) == 1:
        return _in_order(*asked[0], seen, user, limit)
    if not asked:
        return []
    first, *others = (_named(rows, by, seen) for rows, by in asked)
    best = _surest(first.union(*others), user)[:limit]
    customers = Customer.objects.select_related("home_branch").in_bulk([pk for pk, _by in best])
    return [Hit(customers[pk], by) for pk, by in best if pk in customers]


def _in_order(rows: QuerySet[Any], by: By, seen: QuerySet[Customer], user: User, limit: int) -> list[Hit]:
    """Who fits the only condition: the database puts them in the order of _surest and fetches them at once."""
    theirs = Case(When(owner=user, then=Value(0)), default=Value(1))
    found = seen.filter(pk__in=rows).select_related("home_branch").order_by(theirs, "customer_no")
    return [Hit(customer, by) for customer in found[:limit]]


def _surest(rows: Iterable[_Row], user: User) -> list[tuple[int, By]]:
    """Each candidate once, by the surest of what matched; one's own customers before others', then by number."""
    places = sorted((_ORDER[By(by)], owner != user.pk, number, pk) for pk, by, owner, number in rows)
    best: dict[int, By] = {}
    for place, _others, _number, pk in places:
        best.setdefault(pk, _BY[place])
    return list(best.items())


def _named(rows: QuerySet[Any], by: By, seen: QuerySet[Customer]) -> QuerySet[Any, _Row]:
    """Who of those one sees fits one condition, with what it was and what the order needs."""
    return seen.filter(pk__in=rows).values_list("pk", Value(by.value), "owner_id", "customer_no")


def _ask(rows: QuerySet[Any], by: By, field: str = "customer_id") -> _Question:
    """Who fits one condition, in the order of an index and never more than MOST_CANDIDATES."""
    return rows.order_by(field).values(field)[:MOST_CANDIDATES], by


def _questions(text: str) -> Iterable[_Question]:
    """One query a meaning of what was typed."""
    number = identity.compact(text)
    if re.search(r"\d", number):
        yield from _by_number(text, number)
    elif "@" in text:
        yield _ask(ContactPoint.objects.filter(value_bidx=keys.contact("EMAIL", text)), By.CONTACT)
    key = names.query_key(text) if "@" not in text else None
    if key is not None and not re.search(r"\d", text):
        yield _ask(CustomerSearchKey.objects.filter(key=keys.search(str(key))), By.NAME)


def _by_number(text: str, number: str) -> Iterable[_Question]:
    typed = " ".join(text.split()).upper()
    yield _ask(Customer.objects.filter(customer_no__in={typed, _dashed(number)}), By.NUMBER, "pk")
    if "@" in text:
        yield _ask(ContactPoint.objects.filter(value_bidx=keys.contact("EMAIL", text)), By.CONTACT)
    if re.fullmatch(r"\d{3}[\dX]", number):
        yield from _by_last4(number)
    if (phone := _phone(text)) is not None:
        yield _ask(ContactPoint.objects.filter(value_bidx=phone), By.CONTACT)
    if len(number) >= 5:
        yield _ask(IdentityDocument.objects.filter(number_bidx=keys.document(number)), By.DOCUMENT)
        yield _ask(Holding.objects.filter(account_bidx=keys.account(number)), By.ACCOUNT)


def _by_last4(number: str) -> Iterable[_Question]:
    if number.isdecimal():
        yield _ask(ContactPoint.objects.filter(last4_bidx=keys.phone_last4(number)), By.CONTACT_LAST4)
    yield _ask(IdentityDocument.objects.filter(last4_bidx=keys.document_last4(number)), By.DOCUMENT_LAST4)
    yield _ask(Holding.objects.filter(last4_bidx=keys.account_last4(number)), By.ACCOUNT_LAST4)


def _dashed(number: str) -> str:
    """C-2019-004217 of C2019004217, for somebody who leaves the dashes out."""
    found = re.fullmatch(r"C(\d{4})(\d{6})", number)
    return f"C-{found[1]}-{found[2]}" if found else number


def _phone(text: str) -> bytes | None:
    try:
        phone = identity.phone(text)
    except identity.Malformed:
        return None
    return keys.contact(phone.kind, phone.e164)
