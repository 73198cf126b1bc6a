"""Why each date is what it is, and where the time went: read from what was stored (peers rows 67, 74)."""

from __future__ import annotations

from django.http import HttpResponse
from django.shortcuts import render
from django.utils import timezone

from complaints import why
from complaints.views.finding import find
from crm_site import audit
from crm_site.models import AccessRecord
from crm_site.request import StaffRequest


def page(request: StaffRequest, number: str) -> HttpResponse:
    """Every promise of the latest round with its days and moves; the working days used, by what was waited for."""
    complaint = find(request, number)
    audit.accessed(by=request.user, kind=AccessRecord.Kind.VIEW, obj=complaint, purpose="COMPLAINT")
    now, latest = timezone.now(), complaint.round
    context = {
        "complaint": complaint,
        "round": latest,
        "stories": why.stories(latest, now),
        "used": why.used(latest, now),
        "pauses": latest.pauses.select_related("by", "signed_by"),
    }
    return render(request, "complaints/complaint_why.html", context)
