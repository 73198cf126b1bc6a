"""The one way from a number in a URL to a complaint this person may open."""

from __future__ import annotations

from django.http import Http404

from complaints.actions import recusing
from complaints.models import Complaint
from crm_site.request import StaffRequest


def find(request: StaffRequest, number: str) -> Complaint:
    """The complaint with what its pages show; a foreign row is 404 like one that does not exist.

    Asking for a restricted one goes on record (R6.24).
    """
    rows = Complaint.objects.visible_to(request.user).select_related(
        "customer", "owner", "team", "leading__clock", "registered_by", "product", "branch"
    )
    found = rows.filter(number=number).first()
    if found is None:
        recusing.turned_away(by=request.user, number=number)
        raise Http404
    return found
