"""The list page: views with counts, chips, rows; its panel of filters (mock 05)."""

from __future__ import annotations

from typing import Any
from urllib.parse import urlencode

from django.core.paginator import Page
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from complaints import clock_face, persons
from complaints.actions import batches, gate
from complaints.models import Complaint
from complaints.states import State
from complaints.views.queue import keeping
from complaints.views.queue.asked import SORTS, VIEWS, Asked, views_of
from complaints.views.queue.counting import MOST, count_of, number
from complaints.views.queue.filters import FILTERS
from complaints.views.queue.paging import CappedPaginator
from crm_site.models import CalendarDay, User
from crm_site.request import StaffRequest


def queue(request: StaffRequest) -> HttpResponse:
    """The list a URL asks for."""
    asked, kept = Asked(request.user, request.GET, timezone.now()), keeping.lists(request)
    if not request.GET and (first := keeping.first(kept, request.user)):
        return redirect(keeping.address(first))
    page, counted = CappedPaginator.open(asked, request.GET.get("page"), keeping.counted(kept, asked))
    context = {
        "asked": asked,
        "views": [*_views(asked, counted), *keeping.tabs(kept, asked, counted)],
        "own_view": keeping.current(kept, asked),
        "view_label": asked.label,
        "page_obj": page,
        "rows": _rows(page, asked),
        "capped": counted["shown"] > MOST,
        "chips": chips(asked),
        "kept": _kept(asked),
        "sorts": _sorts(asked),
        "empty_actions": _ways_on(asked),
        "query": asked.query(),
        "bulk": bulk_actions(request.user),
        "shown": number(counted["shown"]),
    }
    return render(request, "complaints/complaint_list.html", context)


def panel(request: StaffRequest) -> HttpResponse:
    """Every filter with its choices: a page of its own, so that the list need not carry them."""
    asked = Asked(request.user, request.GET, timezone.now())
    groups = [_group(asked, name) for name in FILTERS if name != "q"]
    context = {
        "asked": asked,
        "groups": [group for group in groups if group["choices"]],
        "days": [group for group in groups if group["choices"] is None],
        "words": asked.chosen.get("q", []),
        "back": f"{reverse('complaints:list')}?{asked.query()}",
        "sort": asked.params.get("sort", "") if asked.params.get("sort", "") in SORTS else "",
    }
    return render(request, "complaints/complaint_filter.html", context)


def _group(asked: Asked, name: str) -> dict[str, Any]:
    filter_, set_ = FILTERS[name], asked.chosen.get(name, [])
    hidden = filter_.open_only and asked.view == "closed"
    offered = [] if hidden else filter_.choices(asked.viewer) if filter_.choices else None
    choices = None
    if offered is not None:
        choices = [{"value": value, "label": label, "on": value in set_} for value, label in offered]
    return {"name": name, "label": filter_.label, "choices": choices, "value": set_[-1] if set_ else ""}


def chips(asked: Asked) -> list[dict[str, Any]]:
    """One chip a value, each with the list without it."""
    return [
        {"label": FILTERS[name].label, "text": words, "url": f"?{asked.query(without=(name, value))}"}
        for name, values in asked.chosen.items()
        for value, words in FILTERS[name].words(values, asked.viewer)
    ]


def _kept(asked: Asked) -> list[tuple[str, str]]:
    """What the search box carries along: everything but its own words."""
    pairs = [(name, value) for name, values in asked.chosen.items() if name != "q" for value in values]
    sort = [("sort", asked.sort)] if asked.params.get("sort", "") in SORTS else []
    begin = [("view", asked.view)] if asked.figure is None else list(asked.figure.params.items())
    return [*begin, *pairs, *sort]


def _views(asked: Asked, counted: dict[str, int]) -> list[dict[str, Any]]:
    made = []
    shown = views_of(asked.user)
    for view in (*shown, *([asked.view] if asked.view not in shown else [])):
        n = count_of(counted, view)
        made.append(
            {
                "label": VIEWS[view],
                "url": f"?view={view}",
                "n": number(n),
                "current": view == asked.view and asked.figure is None and not asked.saved,
                "hot": bool(n) and view in ("due-today", "overdue", "severe"),
            }
        )
    return made


def _ways_on(asked: Asked) -> list[dict[str, Any]]:
    """Where an empty list leads."""
    other = "open" if asked.view != "open" else "closed"
    here = {"label": _("Show the whole view"), "url": f"?view={asked.view}"}
    there = {"label": VIEWS[other], "url": f"?view={other}"}
    return [here, there] if asked.chosen else [there]


def _sorts(asked: Asked) -> dict[str, dict[str, str]]:
    made = {}
    for name in ("due", "level", "received"):
        turned = name == "received" and asked.sort == "received"
        current = asked.sort.lstrip("-") == name
        direction = "descending" if asked.sort in ("level", "received") else "ascending"
        made[name] = {
            "url": f"?{asked.query(sort='-received' if turned else name)}",
            "aria": direction if current else "",
        }
    return made


def _rows(page: Page[Complaint], asked: Asked) -> list[dict[str, Any]]:
    calendar = CalendarDay.objects.calendar()
    here = urlencode({"list": asked.query()})
    return [
        {
            "complaint": row,
            "url": f"{reverse('complaints:detail', args=[row.number])}?{here}",
            "name": persons.listed_name(row, asked.user),
            "due": clock_face.of_promise(row.leading, asked.now, calendar),
            "makeup": row.leading is not None and calendar.describe(row.leading.due_on).kind == "makeup",
            "stage": State(row.state).label,
            "claimable": row.owner_id is None and gate.may(gate.CLAIM, row, asked.user),
        }
        for row in page
    ]


_BULK = {
    "assign": {"name": "assign", "label": _("Assign"), "icon": "person-up"},
    "transfer": {"name": "transfer", "label": _("Pass to a team"), "icon": "people"},
    "claim": {"name": "claim", "label": _("Take"), "icon": "person-check"},
    "link": {"name": "link", "label": _("Put into an incident"), "icon": "diagram-3"},
}


def bulk_actions(user: User) -> list[dict[str, Any]]:
    """What this person may do with many of them; the first has the key A."""
    return [_BULK[name] for name in batches.actions_of(user)]
