"""Taking away what stands wrongly on a record: contact points and documents (handbook 2/1.1.9(2); domain R2.11)."""

from __future__ import annotations

from collections.abc import Collection
from typing import TYPE_CHECKING

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from crm_site import audit
from crm_site.errors import RuleBroken
from customers.actions import measuring
from customers.models import Customer

if TYPE_CHECKING:
    from crm_site.models import User


@transaction.atomic
def remove_contact_points(*, by: User | None, customer: Customer, keys: Collection[int]) -> int:
    """Take these ways to reach the customer off the record; how many there were. One way must be left, and the first
    that is left becomes the preferred one when that went. Raises RuleBroken "customer.contact"."""
    points = list(customer.contact_points.order_by("-preferred", "pk"))
    gone = [point for point in points if point.pk in keys]
    left = [point for point in points if point.pk not in keys]
    if gone and not left:
        raise RuleBroken(
            "customer.contact",
            _("Enter another way to reach the customer first: one must be left."),
            field="remove_contacts",
        )
    for point in gone:
        before = {"type": point.type, "preferred": point.preferred}
        point.delete()
        audit.record(by=by, action="customer.remove_contact", obj=customer, before=before)
    if gone and not any(point.preferred for point in left):
        customer.contact_points.filter(pk=left[0].pk).update(preferred=True)
    _measure(customer, gone)
    return len(gone)


@transaction.atomic
def remove_documents(*, by: User | None, customer: Customer, keys: Collection[int]) -> int:
    """Take these identity documents off the record; how many there were. An active customer keeps one, and the latest
    that is left becomes the primary one when that went. Raises RuleBroken "customer.key_field"."""
    papers = list(customer.identity_documents.order_by("-primary", "-pk"))
    gone = [paper for paper in papers if paper.pk in keys]
    left = [paper for paper in papers if paper.pk not in keys]
    if gone and not left and customer.status == Customer.Status.ACTIVE:
        advice = _("Enter the new identity document first: an active customer needs one.")
        raise RuleBroken("customer.key_field", advice, field="remove_documents")
    for paper in gone:
        before = {"type": paper.type, "primary": paper.primary}
        paper.delete()
        audit.record(by=by, action="customer.remove_document", obj=customer, before=before)
    if gone and left and not any(paper.primary for paper in left):
        customer.identity_documents.filter(pk=left[0].pk).update(primary=True)
    _measure(customer, gone)
    return len(gone)


def _measure(customer: Customer, gone: Collection[object]) -> None:
    if gone:
        measuring.refresh(customer)
