"""Who may be offered in a form where a complaint is about staff: never they, nor who leads them (INV-17)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from complaints.models import Accused, Complaint, Improvement
from crm_site.models import Department, User

if TYPE_CHECKING:
    from collections.abc import Iterable

    from django.db.models import QuerySet


def departments(complaint: Complaint) -> QuerySet[Department]:
    """Departments that may be asked: all but the service centre and those whose head it concerns."""
    found = Department.objects.filter(active=True).exclude(kind=Department.Kind.SERVICE)
    if not complaint.restricted:
        return found
    led = found.exclude(head=None).select_related("head")
    return found.exclude(pk__in=[one.pk for one in led if one.head is not None and complaint.concerns(one.head)])


def owners(improvement: Improvement, people: Iterable[User]) -> list[User]:
    """Those of these people whom no complaint behind it is about."""
    about = Accused.objects.standing().filter(complaint__improvements=improvement)
    return [person for person in people if not about.concerning(person).exists()] if about.exists() else list(people)
