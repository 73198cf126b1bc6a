"""Whose matter it is, as this reader may see it (domain J.3, J.5)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.utils.translation import gettext as _

from complaints.models import Complaint
from crm_site import masking
from customers import showing

if TYPE_CHECKING:
    from crm_site.models import User


def name_of(complaint: Complaint, user: User, *, masked: bool = False) -> str:
    """The name on the open complaint: whole for those who serve customers, covered for others and on paper."""
    return _name(complaint, whole=not masked and user.has_role(*showing.SERVES))


def representative_of(complaint: Complaint, user: User, *, masked: bool = False) -> str:
    """Who speaks for the customer, where that is somebody else."""
    if not complaint.on_behalf or complaint.customer is None or not complaint.complainant_name:
        return ""
    whole = not masked and user.has_role(*showing.SERVES)
    return complaint.complainant_name if whole else masking.name(complaint.complainant_name)


def listed_name(complaint: Complaint, user: User) -> str:
    """The name in a list: whole for the owner of the complaint, as customers' lists have it for all others."""
    if complaint.customer is not None and complaint.owner_id != user.pk:
        return showing.listed_name(complaint.customer, user)
    return _name(complaint, whole=complaint.owner_id == user.pk)


def _name(complaint: Complaint, *, whole: bool) -> str:
    full = complaint.customer.full_name if complaint.customer is not None else complaint.complainant_name
    if not full:
        return _("Anonymous")
    return full if whole else masking.name(full)


def contact_of(complaint: Complaint) -> str:
    """How a complainant who is no customer can be reached, always masked."""
    return masking.document(complaint.complainant_contact) if complaint.complainant_contact else ""
