"""Who else is at this complaint: asked anew by the page while it is seen."""

from __future__ import annotations

from typing import Any

from django.http import HttpResponse
from django.shortcuts import get_object_or_404, render
from django.utils import timezone

from complaints.actions import presence
from complaints.models import Complaint
from crm_site.request import StaffRequest

POLL_MS = 25_000


def here(request: StaffRequest, number: str) -> HttpResponse:
    """POST: the line anew, or 204 where nobody came or went. It is no look at the complaint and puts none on record."""
    complaint = get_object_or_404(Complaint.objects.visible_to(request.user).only("pk", "number"), number=number)
    context = of(request, complaint, writing="writing" in request.POST)
    if request.POST.get("known") == context["presence"]["known"]:
        return HttpResponse(status=204)
    return render(request, "complaints/_here.html", context)


def of(request: StaffRequest, complaint: Complaint, *, writing: bool = False) -> dict[str, Any]:
    """What a page of this complaint shows of it; the person is noted."""
    people = presence.meet(by=request.user, complaint=complaint, writing=writing, now=timezone.now())
    return {
        "presence": {
            "writers": [one.name for one in people if one.writing],
            "readers": [one.name for one in people if not one.writing],
            "known": " ".join(f"{one.number}{'*' if one.writing else ''}" for one in people),
            "writing": writing,
            "every": POLL_MS,
        }
    }
