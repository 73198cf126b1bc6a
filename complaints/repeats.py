"""Whether somebody brought the same before: by customer or contact, by a regulator's reference (peers 79, R6.33)."""

from __future__ import annotations

import datetime
from dataclasses import dataclass
from typing import TYPE_CHECKING

from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from complaints.models import Complaint
from complaints.models.complaint import ComplaintQuerySet, contact_key

if TYPE_CHECKING:
    from crm_site.errors import Text
    from crm_site.models import User
    from customers.models import Customer

WINDOW = datetime.timedelta(days=90)
MOST = 5
SAME_REF: Text = _("Same reference: merge the two")
SAME_MATTER: Text = _("Same complainant, same cause")
SAME_PERSON: Text = _("Same complainant")


@dataclass(frozen=True, slots=True, kw_only=True)
class Brought:
    """As much as is known of a matter: on a form half filled in, or of a complaint that is registered."""

    customer: Customer | None = None
    contact: str = ""
    cause: str = ""
    business: str = ""
    external_ref: str = ""
    source: str = ""


@dataclass(frozen=True, slots=True)
class Repeat:
    """An earlier complaint and what it has in common; ``merge``: the two are one matter by their reference, and
    ``into``: this person may merge a registered one into it now."""

    complaint: Complaint
    why: Text
    merge: bool
    into: bool = False


def brought(complaint: Complaint) -> Brought:
    """What a registered complaint can be compared by."""
    return Brought(
        customer=complaint.customer,
        contact=complaint.complainant_contact,
        cause=complaint.cause,
        business=complaint.business,
        external_ref=complaint.external_ref,
        source=complaint.source,
    )


def of_complaint(complaint: Complaint, user: User) -> list[Repeat]:
    """Others like a registered one; of those merged or split already it says nothing."""
    kin = [complaint.pk, complaint.duplicate_of_id, complaint.split_from_id]
    rows = Complaint.objects.visible_to(user).exclude(pk__in=[key for key in kin if key])
    rows = rows.exclude(duplicate_of=complaint).exclude(split_from=complaint)
    return _found(brought(complaint), rows, complaint.received_at)


def of_form(given: Brought, user: User, now: datetime.datetime) -> list[Repeat]:
    """Others like what is being written down."""
    return _found(given, Complaint.objects.visible_to(user), now)


def _found(given: Brought, rows: ComplaintQuerySet, at: datetime.datetime) -> list[Repeat]:
    same = _same_person(given)
    ref = Q(external_ref=given.external_ref, source=given.source) if given.external_ref else Q(pk__in=[])
    if not same and not given.external_ref:
        return []
    near = Q(received_at__range=(at - WINDOW, at + WINDOW))
    found = rows.filter((same & near if same else Q(pk__in=[])) | ref).order_by("-received_at", "-pk")
    repeats = [_repeat(row, given) for row in found[: MOST * 2]]
    return sorted(repeats, key=lambda repeat: (not repeat.merge, repeat.why != SAME_MATTER))[:MOST]


def _same_person(given: Brought) -> Q:
    same = Q(customer=given.customer) if given.customer is not None else Q()
    key = contact_key(given.contact)
    return same | Q(contact_bidx=key) if key is not None else same


def _repeat(row: Complaint, given: Brought) -> Repeat:
    if given.external_ref and (row.external_ref, row.source) == (given.external_ref, given.source):
        return Repeat(row, SAME_REF, row.closed_at is None)
    alike = (given.cause and row.cause == given.cause) or (given.business and row.business == given.business)
    return Repeat(row, SAME_MATTER if alike else SAME_PERSON, False)
