"""How much of my own work waits behind "Complaints" in the rail."""

from __future__ import annotations

from typing import TYPE_CHECKING

from complaints.models import Complaint
from complaints.models.complaint import ComplaintQuerySet

if TYPE_CHECKING:
    from crm_site.models import User


def mine(user: User) -> ComplaintQuerySet:
    """Open complaints this person owns."""
    return Complaint.objects.open().filter(owner=user)
