"""The one way from a number in a URL to a complaint this person may open."""

from __future__ import annotations

from django.shortcuts import get_object_or_404

from complaints.models import Complaint
from crm_site.request import StaffRequest


def find(request: StaffRequest, number: str) -> Complaint:
    """The complaint with what its pages show; a foreign row is 404 like one that does not exist."""
    rows = Complaint.objects.visible_to(request.user).select_related(
        "customer", "owner", "team", "leading__clock", "registered_by", "product", "branch"
    )
    return get_object_or_404(rows, number=number)
