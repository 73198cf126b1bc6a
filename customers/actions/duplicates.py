"""Is this customer on file already? A document decides; a phone, an address or name and birth date ask (R2.13)."""

from __future__ import annotations

from dataclasses import dataclass

from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from crm_site.errors import RuleBroken, Text
from customers import keys
from customers.models import ContactPoint, Customer, IdentityDocument
from customers.record import CustomerData, DocumentData

MOST = 10


@dataclass(frozen=True, slots=True)
class LookAlike:
    """Somebody on file who may be the same person, and what the two share."""

    customer: Customer
    shares: Text


class OnFile(RuleBroken):
    """The document belongs to a customer already; ``customer`` is who. The message names them masked."""

    def __init__(self, customer: Customer) -> None:
        super().__init__(
            "customer.on_file",
            _("This document belongs to %(name)s, %(number)s. Open that record.")
            % {"name": customer.masked_name, "number": customer.customer_no},
            field="document_number",
        )
        self.customer = customer


class LooksAlike(RuleBroken):
    """Somebody on file shares a phone, an address or name and birth date; a person compares and decides."""

    def __init__(self, found: list[LookAlike]) -> None:
        super().__init__(
            "customer.looks_alike",
            _("Somebody on file may be the same customer. Compare them, then confirm that this is another person."),
            field="distinct",
        )
        self.found = found


def owner_of(document: DocumentData) -> Customer | None:
    """The living customer this document belongs to."""
    held = IdentityDocument.objects.filter(number_bidx=keys.document(document.number), type=document.type)
    row = held.select_related("customer").first()
    return row.customer if row else None


def look_alikes(data: CustomerData) -> list[LookAlike]:
    """Living customers who share a phone number, an e-mail address, or name and birth date; at most MOST."""
    found: dict[int, LookAlike] = {}
    for point in _same_contact(data):
        shares = _("same e-mail address") if point.type == ContactPoint.Type.EMAIL else _("same phone number")
        found.setdefault(point.customer_id, LookAlike(point.customer, shares))
    if data.birth_date is not None:
        for customer in Customer.objects.living().filter(name_bidx=keys.name(data.full_name))[:50]:
            if customer.birth_date == data.birth_date:
                found.setdefault(customer.pk, LookAlike(customer, _("same name and birth date")))
    return list(found.values())[:MOST]


def _same_contact(data: CustomerData) -> list[ContactPoint]:
    kinds = (*keys.PHONES, ContactPoint.Type.EMAIL)
    hashes = [keys.contact(each.type, each.value) for each in data.contacts if each.type in kinds]
    same = ContactPoint.objects.filter(value_bidx__in=hashes).select_related("customer")
    gone = Q(customer__status__in=[Customer.Status.MERGED, Customer.Status.ERASED])
    return list(same.exclude(gone).order_by("pk")[:MOST])
