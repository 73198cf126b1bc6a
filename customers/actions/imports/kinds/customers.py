"""Customers from the core system: the record, its contacts and identity document, the keys it is found by.

An empty cell says nothing and clears nothing: what agents have entered stays. The rules for values are those of the
forms (customers.record); what a form insists on and a core system may not have, such as a contact, is not asked for.
"""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from typing import Any

from django.conf import settings
from django.utils import timezone
from django.utils.translation import gettext as _

from crm_site.errors import RuleBroken
from crm_site.models import Department
from customers import identity, keys, names, record
from customers.actions import activity
from customers.actions.imports.kinds import customer_parts as parts
from customers.actions.imports.kinds.base import Bad, Candidate, Given, Kind, Plan
from customers.actions.imports.values import Parser, choice, clean, flag, folded, number_text, text
from customers.classes import Occupation
from customers.identity import Malformed
from customers.models import ContactPoint, Customer, IdentityDocument

Type = ContactPoint.Type
CONTACTS = {
    "mobile": Type.MOBILE,
    "landline": Type.LANDLINE,
    "email": Type.EMAIL,
    "wechat": Type.WECHAT,
    "address": Type.ADDRESS,
}
_SEXES = {str(value): int(value) for value in Customer.Sex.values}


def _sex(value: str) -> int:
    try:
        return _SEXES[folded(value)]
    except KeyError:
        raise Malformed("sex", _("Write 1 male, 2 female, 0 unknown or 9 not stated.")) from None


def _language(value: str) -> str:
    codes = [code for code, _label in settings.LANGUAGES]
    if value not in codes:
        raise Malformed("language", _("Choose one of %(known)s.") % {"known": ", ".join(codes)})
    return value


class Customers(Kind):
    """One row a customer; the number may stand in addresses of pages, so it is short and plain."""

    name = "customers"
    key_target = key_attribute = "customer_no"
    needed = frozenset({"customer_no", "full_name"})
    model = Customer

    def parsers(self) -> Mapping[str, Parser]:
        reader = self.reader
        return {
            "customer_no": number_text(
                r"[A-Za-z0-9][A-Za-z0-9._-]{0,19}", lambda: _("Use 1 to 20 letters, digits, dots and dashes.")
            ),
            "kind": choice(Customer.Kind),
            "status": choice(Customer.Status),
            "full_name": text(names.MAX_LENGTH),
            "sex": _sex,
            "birth_date": reader.past_day,
            "nationality": number_text(r"[A-Z]{3}", lambda: _("Write the country in three letters, such as CHN.")),
            "occupation": choice(Occupation),
            "employer": text(80),
            "annual_income": lambda value: Decimal(reader.owed_money(value)).scaleb(-2),
            "region_code": number_text(r"\d{6}", lambda: _("Write the six digits of the region.")),
            "language": _language,
            "home_branch": text(12),
            "opened_on": reader.past_day,
            "closed_on": reader.past_day,
            "risk_tolerance": choice(Customer.RiskTolerance),
            "risk_tolerance_until": reader.day,
            "restricted": flag,
            "document_type": choice(IdentityDocument.Type),
            "document_number": text(40),
            "mobile": identity.mobile,
            "landline": identity.landline,
            "email": identity.email,
            "wechat": lambda value: clean(value, limit=60),
            "address": lambda value: " ".join(clean(value, limit=200).split()),
        }

    def complete(self, given: Given) -> None:
        organisation = given.get("kind") == Customer.Kind.ORGANISATION
        if self.profile.names == "strict":
            try:
                given["full_name"] = names.clean(given["full_name"], organisation=organisation)
            except Malformed as wrong:
                raise Bad("full_name", str(wrong)) from wrong
        given["contacts"] = [
            parts.Contact(kind.value, given[name], keys.contact(kind, given.pop(name)))
            for name, kind in CONTACTS.items()
            if name in given
        ]
        given["document"] = self._document(given)

    def _document(self, given: Given) -> parts.Document | None:
        kind = given.pop("document_type", IdentityDocument.Type.RESIDENT_ID.value)
        number = given.pop("document_number", None)
        if number is None:
            return None
        try:
            data = record.document(record.DocumentData(kind, number), today=self.today)
            facts = record.CustomerData(
                given["full_name"], sex=given.get("sex", 0), birth_date=given.get("birth_date"), document=data
            )
            known = record.with_document_facts(facts, today=self.today)
        except RuleBroken as broken:
            raise Bad(broken.field or "document_number", str(broken)) from broken
        if known.birth_date:
            given["birth_date"], given["sex"] = known.birth_date, known.sex
        return parts.Document(kind, data.number, keys.document(data.number))

    def link(self, chunk: list[Candidate]) -> list[tuple[Candidate, str, str]]:
        refused = []
        wanted = {row.given["home_branch"] for row in chunk if "home_branch" in row.given}
        branches = dict(Department.objects.filter(code__in=wanted).values_list("code", "pk")) if wanted else {}
        for row in chunk:
            code = row.given.pop("home_branch", None)
            if code is not None and code not in branches:
                refused.append((row, "home_branch", _("There is no department of this code.")))
            elif code is not None:
                row.given["home_branch_id"] = branches[code]
        return refused

    def stored(self, chunk: list[Candidate], *, locked: bool) -> dict[str, Given]:
        rows = Customer.objects.filter(customer_no__among={row.key for row in chunk})
        rows = rows.select_for_update() if locked else rows
        found: dict[str, Given] = {row["customer_no"]: dict(row) for row in rows.values()}
        parts.attach(found.values())
        self._owners = parts.owners(row.given["document"] for row in chunk if row.given["document"])
        return found

    def creatable(self, candidate: Candidate) -> None:
        self._refuse_second_owner(candidate, None)

    def changes(self, candidate: Candidate, old: Given) -> Given:
        if old["status"] in (Customer.Status.MERGED, Customer.Status.ERASED):
            raise Bad("customer_no", _("This customer has been merged or erased and is not changed any more."))
        self._refuse_second_owner(candidate, old["id"])
        given = candidate.given
        changed: dict[str, Any] = {
            name: value
            for name, value in given.items()
            if name in old and name not in parts.ATTACHED and old[name] != value
        }
        fresh = [contact for contact in given["contacts"] if contact.place not in old["contacts"]]
        if fresh:
            changed["contacts"] = fresh
        if given["document"] and given["document"].place not in old["documents"]:
            changed["document"] = given["document"]
        return changed

    def _refuse_second_owner(self, candidate: Candidate, own_id: int | None) -> None:
        """A document belongs to one customer (R2.13), of the bank and of this file."""
        document = candidate.given["document"]
        if document is None:
            return
        owner = self._owners.get(document.place)
        if owner is not None and owner[0] != own_id:
            raise Bad("document_number", _("This document belongs to customer %(no)s.") % {"no": owner[1]})
        place = f"{document.kind}:{document.number}"
        if self.scratch.seen("document", [(place, candidate.key)]) == [False]:
            raise Bad("document_number", _("Another row of this file has the same document."))

    def write(self, plan: Plan) -> None:
        now, today = timezone.now(), self.today
        rows = [parts.fresh(row.given, now=now, today=today) for row in plan.creates]
        self.insert(rows)
        numbers = {row.key for row in plan.creates}
        ids = dict(Customer.objects.filter(customer_no__among=numbers).values_list("customer_no", "pk"))
        parts.add_search_keys({ids[row.key]: row.given["full_name"] for row in plan.creates})
        parts.add_contacts([(ids[row.key], contact) for row in plan.creates for contact in row.given["contacts"]])
        parts.add_documents([(ids[row.key], row.given["document"]) for row in plan.creates if row.given["document"]])
        self.rewrite([parts.changed(old, new, now=now, today=today) for _row, old, new in plan.updates])
        renamed = {old["id"]: new["full_name"] for _row, old, new in plan.updates if "full_name" in new}
        parts.drop_search_keys(renamed)
        parts.add_search_keys(renamed)
        parts.add_contacts([(old["id"], one) for _row, old, new in plan.updates for one in new.get("contacts", [])])
        parts.add_documents([(old["id"], new["document"]) for _row, old, new in plan.updates if "document" in new])
        bringers = {old["referred_by_id"] for _row, old, new in plan.updates if {"status", "opened_on"} & new.keys()}
        activity.touch({*ids.values(), *(old["id"] for _row, old, _new in plan.updates), *(bringers - {None})})

    def count(self, candidate: Candidate) -> None:
        sex = candidate.given.get("sex", Customer.Sex.UNKNOWN)
        self.control[Customer.Sex(sex).name.lower()] += 1
