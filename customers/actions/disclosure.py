"""Looking at a customer: every look is written down, a full value needs a purpose (domain J.3, J.6; handbook 9)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from crm_site import audit, masking
from crm_site.errors import NotAllowed, RuleBroken
from crm_site.models import AccessRecord
from crm_site.roles import Role
from customers import sealed
from customers.models import ContactPoint, Customer, Holding

if TYPE_CHECKING:
    from crm_site.models import User

MAY_REVEAL = (Role.AGENT, Role.SENIOR, Role.HANDLER, Role.SUPERVISOR, Role.PRIVACY)
LONGEST_NOTE = 200


def view(*, by: User, customer: Customer) -> AccessRecord:
    """Somebody opened the record. The page fails when this cannot be written."""
    return audit.accessed(by=by, kind=AccessRecord.Kind.VIEW, obj=customer)


def searched(*, by: User, term: str, results: int) -> AccessRecord:
    """Somebody looked for a customer; the term is kept as a keyed hash."""
    return audit.accessed(
        by=by, kind=AccessRecord.Kind.SEARCH, object_type="customers.customer", term=term, results=results
    )


@transaction.atomic
def reveal(*, by: User, customer: Customer, field: str, purpose: str, reason: str = "") -> str:
    """The full value of one sealed field: "document", "birth", "employer", "contact-<id>" or "account-<id>".

    Exactly one access record, and one audit row, in the same transaction. Raises NotAllowed for roles without the
    right, RuleBroken "reveal.purpose", "reveal.reason" or "reveal.field".
    """
    if not by.has_role(*MAY_REVEAL):
        raise NotAllowed("reveal.role", _("Your role shows these values covered only."))
    if purpose not in sealed.Purpose.values:
        raise RuleBroken("reveal.purpose", _("Choose why you need the full value."), field="purpose")
    note = reason.strip()[:LONGEST_NOTE]
    if purpose == sealed.Purpose.OTHER and not note:
        raise RuleBroken("reveal.reason", _("Explain why you need the full value."), field="note")
    note = masking.redact(note, customer.full_name)
    value = _read(customer, field)
    audit.accessed(
        by=by, kind=AccessRecord.Kind.REVEAL, obj=customer, fields=_general(field), purpose=purpose, reason=note
    )
    audit.record(by=by, action="customer.reveal", obj=customer, after={"field": field, "purpose": purpose}, reason=note)
    return value


def _general(field: str) -> str:
    """The kind of field as the access log counts it: "contact-31" of a mobile is still a contact."""
    return field.partition("-")[0]


def _read(customer: Customer, field: str) -> str:
    kind, _dash, number = field.partition("-")
    rows = {
        "contact": ContactPoint.objects.filter(customer=customer).values_list("value", flat=True),
        "account": Holding.objects.filter(customer=customer).values_list("account_no", flat=True),
    }
    if kind in rows and number.isdecimal():
        found = rows[kind].filter(pk=int(number)).first()
    elif kind == "document":
        found = customer.identity_documents.filter(primary=True).values_list("number", flat=True).first()
    elif kind == "birth":
        found = customer.birth_date.isoformat() if customer.birth_date else None
    elif kind == "employer":
        found = customer.employer
    else:
        found = None
    if not found:
        raise RuleBroken("reveal.field", _("There is no such value on this record."), field="field")
    return found
