"""The list a complaint was opened from: back to it, and on to the one before and the one after (ux 1)."""

from __future__ import annotations

from typing import Any
from urllib.parse import parse_qsl, urlencode

from django.http import QueryDict
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from complaints.models import Complaint
from complaints.views.queue.asked import Asked
from crm_site.request import StaffRequest

WALK = 300  # rows previous and next walk through
LONGEST = 1000  # characters of a list's query


def asked_of(request: StaffRequest, query: str) -> Asked:
    """The list a query names, as a page carries it along."""
    return Asked(request.user, QueryDict(urlencode(parse_qsl(query[:LONGEST]))), timezone.now())


def walk(request: StaffRequest, complaint: Complaint) -> dict[str, Any]:
    """Its name and count, the one before and the one after."""
    query = request.GET.get("list", "")
    asked = asked_of(request, query)
    back = f"{reverse('complaints:list')}?{asked.params.urlencode()}" if query else reverse("complaints:list")
    numbers = list(asked.rows().values_list("number", flat=True)[:WALK]) if query else []
    at = numbers.index(complaint.number) if complaint.number in numbers else None
    here = urlencode({"list": query})
    ways = {}
    for name, step in (("previous", -1), ("next", 1)):
        other = at + step if at is not None else -1
        found = numbers[other] if 0 <= other < len(numbers) else ""
        ways[name] = f"{reverse('complaints:detail', args=[found])}?{here}" if found else ""
    return {"back": back, "label": asked.label if query else _("Complaints"), "n": len(numbers) or None, **ways}
