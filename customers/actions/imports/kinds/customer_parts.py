"""The parts of a customer that lie in other tables: contacts, documents, search keys; and how complete a record is."""

from __future__ import annotations

import datetime
from collections.abc import Collection, Iterable, Mapping
from functools import lru_cache
from typing import Any, NamedTuple

from crm_site.bulk import Conflict, bulk_load
from customers import keys
from customers.actions.imports.kinds.base import Given
from customers.completeness import Record, completeness
from customers.models import ContactPoint, ContactPreference, CustomerSearchKey, IdentityDocument

ATTACHED = ("contacts", "document", "documents", "preference", "mobile_verified", "document_verified")


class Contact(NamedTuple):
    """A contact point as it is stored, with its blind index."""

    kind: str
    value: str
    bidx: bytes

    @property
    def place(self) -> tuple[str, bytes]:
        """What makes it the same contact point."""
        return self.kind, self.bidx


class Document(NamedTuple):
    """An identity document as it is stored, with its blind index."""

    kind: str
    number: str
    bidx: bytes

    @property
    def place(self) -> tuple[str, bytes]:
        """What makes it the same document."""
        return self.kind, self.bidx


def attach(rows: Collection[Given]) -> None:
    """Add to stored customers the places of their contacts and documents, and what completeness asks for."""
    by_id = {row["id"]: row for row in rows}
    for row in rows:
        row |= {"contacts": set(), "documents": set(), "preference": False}
        row |= {"mobile_verified": False, "document_verified": False}
    points = ContactPoint.objects.filter(customer_id__among=by_id)
    for pk, kind, bidx, verified in points.values_list("customer_id", "type", "value_bidx", "verified_at"):
        by_id[pk]["contacts"].add((kind, bytes(bidx)))
        by_id[pk]["mobile_verified"] |= kind == ContactPoint.Type.MOBILE and verified is not None
    papers = IdentityDocument.objects.filter(customer_id__among=by_id)
    for pk, kind, bidx, verified in papers.values_list("customer_id", "type", "number_bidx", "verified_at"):
        by_id[pk]["documents"].add((kind, bytes(bidx)))
        by_id[pk]["document_verified"] |= verified is not None
    for pk in ContactPreference.objects.filter(customer_id__among=by_id).values_list("customer_id", flat=True):
        by_id[pk]["preference"] = True


def owners(documents: Iterable[Document]) -> dict[tuple[str, bytes], tuple[int, str]]:
    """(id, number) of the customers these documents belong to."""
    wanted = {document.bidx for document in documents}
    if not wanted:
        return {}
    rows = IdentityDocument.objects.filter(number_bidx__in=wanted)
    found = rows.values_list("type", "number_bidx", "customer_id", "customer__customer_no")
    return {(kind, bytes(bidx)): (pk, number) for kind, bidx, pk, number in found}


def fresh(given: Given, *, now: datetime.datetime, today: datetime.date) -> Given:
    """The row of a new customer."""
    places = {contact.place for contact in given["contacts"]}
    documents = {given["document"].place} if given["document"] else set()
    known = given | {"contacts": places, "documents": documents}
    return given | {
        "name_bidx": keys.name(given["full_name"]),
        "completeness": _score(known, today),
        "created_at": now,
        "updated_at": now,
    }


def changed(old: Given, new: Given, *, now: datetime.datetime, today: datetime.date) -> Given:
    """The row of a stored customer with what the file changes in it."""
    known = old | {name: value for name, value in new.items() if name not in ATTACHED}
    known["contacts"] = old["contacts"] | {contact.place for contact in new.get("contacts", [])}
    known["documents"] = old["documents"] | ({new["document"].place} if "document" in new else set())
    known["name_bidx"] = keys.name(known["full_name"])
    return known | {"completeness": _score(known, today), "updated_at": now, "version": old["version"] + 1}


def _score(known: Mapping[str, Any], today: datetime.date) -> int:
    kinds = {kind for kind, _bidx in known["contacts"]}
    parts = Record(
        name=True,
        document=bool(known["documents"]),
        document_verified=bool(known.get("document_verified")),
        birth=known.get("birth_date") is not None,
        sex=bool(known.get("sex")),
        mobile=bool(known.get("mobile_verified")),
        second_contact=len(known["contacts"]) > 1,
        occupation=bool(known.get("occupation")),
        income=known.get("annual_income") is not None,
        address=bool(known.get("region_code")) or ContactPoint.Type.ADDRESS in kinds,
        risk_tolerance_until=known.get("risk_tolerance_until") if known.get("risk_tolerance") else None,
        preference=bool(known.get("preference")),
        verified_on=known.get("last_verified_on"),
    )
    return completeness(parts, today=today).score


def add_search_keys(named: Mapping[int, str]) -> None:
    """Make customers findable by these names."""
    rows = [(pk, key) for pk, name in named.items() for key in _search_keys(name)]
    bulk_load(CustomerSearchKey, ("customer_id", "key"), rows)


@lru_cache(maxsize=20_000)
def _search_keys(name: str) -> tuple[bytes, ...]:
    """Names repeat more than anything else about people, and their keys are the dearest part of an import."""
    return tuple(sorted(keys.search_keys(name)))


def drop_search_keys(customers: Iterable[int]) -> None:
    """Forget the names customers were found by."""
    CustomerSearchKey.objects.filter(customer_id__among=set(customers)).delete()


def add_contacts(rows: list[tuple[int, Contact]]) -> None:
    """Contact points, not verified: nobody here has reached the customer on them yet."""
    columns = (
        "customer_id",
        "type",
        "value",
        "value_bidx",
        "last4_bidx",
        "label",
        "preferred",
        "status",
        "verified_at",
    )
    values = [
        (pk, one.kind, one.value, one.bidx, keys.contact_last4(one.kind, one.value), "", False, "OK", None)
        for pk, one in rows
    ]
    bulk_load(ContactPoint, columns, values, conflict=Conflict(("customer_id", "type", "value_bidx")))


def add_documents(rows: list[tuple[int, Document]]) -> None:
    """Identity documents; each becomes the primary one of its customer."""
    IdentityDocument.objects.filter(customer_id__among={pk for pk, _one in rows}, primary=True).update(primary=False)
    columns = ("customer_id", "type", "number", "number_bidx", "last4_bidx", "valid_to", "verified_at", "primary")
    values = [
        (pk, one.kind, one.number, one.bidx, keys.document_last4(one.number), None, None, True) for pk, one in rows
    ]
    bulk_load(IdentityDocument, columns, values)
