"""The queue of a team by due date and narrowed by filters, and the page that shows it."""

from __future__ import annotations

import re
from collections.abc import Callable

from django.http import QueryDict
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from benchmarks.fill import Bank
from benchmarks.measure import Case
from complaints.models import Complaint
from complaints.views.queue import Asked, page_rows

PAGE = 25
RELATED = ("customer", "leading", "owner")
FILTERS = {
    "queue_due": "view=open&due=week&level=3&level=2",
    "queue_cause": "view=open&cause=FEES&cause=PROCESSING_ERROR&state=IN_PROGRESS",
    "queue_asked": "view=open&department=D1",
}


def cases(bank: Bank) -> list[Case]:
    """Each query against the same rows by key; the page against the emptiest page of a signed-in person."""
    browser = Client(headers={"host": "127.0.0.1"})
    browser.force_login(bank.viewer, backend="django.contrib.auth.backends.ModelBackend")
    queries = [_query_case(bank, "queue_team", 1.5, f"view=team&team={bank.team.pk}", growth=1.3)]
    queries += [_query_case(bank, name, 4, query, growth=4) for name, query in FILTERS.items()]

    def base_page() -> object:
        return browser.get("/there-is-no-such-page/")

    return [*queries, _page_case(browser, "web_list", "?view=open", base_page)]


def _query_case(bank: Bank, name: str, target: float, query: str, *, growth: float) -> Case:
    def candidate() -> list[Complaint]:
        return list(page_rows(Asked(bank.viewer, QueryDict(query), timezone.now()), 0, PAGE))

    shown = [complaint.pk for complaint in candidate()]

    def by_key() -> list[Complaint]:
        return list(Complaint.objects.filter(pk__in=shown).select_related(*RELATED))

    def is_right() -> bool:
        rows, of = candidate(), Asked(bank.viewer, QueryDict(query), timezone.now()).rows().order_by().count()
        return 0 < len(rows) == min(PAGE, of) and rows == sorted(rows, key=_due)

    times = 100 if name == "queue_team" else 20
    asked = growth if len(shown) == PAGE else 0  # half a page that fills up is no growth of its cost
    return Case(name, target, candidate, by_key, times=times, check=is_right, growth=asked)


def _page_case(browser: Client, name: str, query: str, base: Callable[[], object]) -> Case:
    address = reverse("complaints:list") + query

    def list_page() -> object:
        return browser.get(address)

    def is_right() -> bool:
        page = browser.get(address)
        rows = set(re.findall(r'id="r-(TS-BENCH-\d+)"', page.content.decode()))
        return page.status_code == 200 and len(rows) == PAGE

    note = "base: the page that says not found"
    return Case(name, 4.5, list_page, base, times=20, check=is_right, note=note, growth=1.5)


def _due(complaint: Complaint) -> float:
    return complaint.leading.due_at.timestamp() if complaint.leading else 0.0
