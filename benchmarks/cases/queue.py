"""The queue of a team by due date, and the page that shows it."""

from __future__ import annotations

from django.http import QueryDict
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from benchmarks.fill import Bank
from benchmarks.measure import Case
from complaints.models import Complaint
from complaints.views.queue import Asked, page_rows

PAGE = 25
RELATED = ("leading", "owner", "team")


def cases(bank: Bank) -> list[Case]:
    """The query against the same rows by key; the page against the emptiest page of a signed-in person."""
    browser = Client(headers={"host": "127.0.0.1"})
    browser.force_login(bank.viewer, backend="django.contrib.auth.backends.ModelBackend")
    address = reverse("complaints:list") + "?view=open"

    def queue() -> list[Complaint]:
        asked = Asked(bank.viewer, QueryDict(f"view=team&team={bank.team.pk}"), timezone.now())
        return list(page_rows(asked, 0, PAGE))

    shown = [complaint.pk for complaint in queue()]

    def by_key() -> list[Complaint]:
        return list(Complaint.objects.filter(pk__in=shown).select_related(*RELATED))

    def list_page() -> object:
        return browser.get(address)

    def base_page() -> object:
        return browser.get("/there-is-no-such-page/")

    def is_right() -> bool:
        page = browser.get(address)
        return page.status_code == 200 and page.content.decode().count("TS-BENCH-") >= min(PAGE, len(shown))

    return [
        Case("queue_team", 1.5, queue, by_key, times=100, check=lambda: queue() == sorted(queue(), key=_due)),
        Case(
            "web_list", 4.5, list_page, base_page, times=20, check=is_right, note="base: the page that says not found"
        ),
    ]


def _due(complaint: Complaint) -> float:
    return complaint.leading.due_at.timestamp() if complaint.leading else 0.0
