"""How complete a record is, measured and stored (domain C.4)."""

from __future__ import annotations

import datetime

from django.utils import timezone

from customers import completeness
from customers.models import ContactPoint, ContactPreference, Customer


def measured(customer: Customer, *, today: datetime.date) -> completeness.Completeness:
    """How complete the record is today, and what is missing (domain C.4)."""
    points = list(customer.contact_points.all())
    document = customer.identity_documents.filter(primary=True).first()
    usable = [point for point in points if point.status == ContactPoint.Status.OK]
    return completeness.completeness(
        completeness.Record(
            name=bool(customer.full_name),
            document=document is not None,
            document_verified=document is not None and document.verified_at is not None,
            birth=customer.birth_date is not None,
            sex=customer.sex != Customer.Sex.UNKNOWN,
            mobile=any(point.type == ContactPoint.Type.MOBILE and point.verified_at for point in usable),
            second_contact=len(usable) > 1,
            occupation=bool(customer.occupation),
            income=customer.annual_income is not None,
            address=bool(customer.region_code) or any(point.type == ContactPoint.Type.ADDRESS for point in points),
            risk_tolerance_until=customer.risk_tolerance_until if customer.risk_tolerance else None,
            preference=ContactPreference.objects.filter(customer=customer).exists(),
            verified_on=customer.last_verified_on,
        ),
        today=today,
    )


def refresh(customer: Customer) -> None:
    """Store the score, so that lists can show it without opening the record."""
    score = measured(customer, today=timezone.localdate()).score
    Customer.objects.filter(pk=customer.pk).update(completeness=score)
    customer.completeness = score
