"""The supervisor's wall: what is late, what is due today, with whom, and giving it to somebody in place (peers 121).

Every number is the number of rows behind its link: both come from the same question.
"""

from __future__ import annotations

import datetime
from typing import Any

from django.http import HttpResponse, QueryDict
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone

from complaints import clock_face, loads, persons
from complaints.models import Complaint
from complaints.views.queue.asked import VIEWS, Asked
from complaints.views.queue.counting import counts, number
from complaints.views.queue.paging import page_rows
from crm_site import bank_day
from crm_site.models import CalendarDay, Department
from crm_site.request import StaffRequest

TILES = ("overdue", "due-today", "unassigned", "severe", "open")
ROWS = 10  # most urgent ones of a list


def wall(request: StaffRequest) -> HttpResponse:
    """Tiles, departments, people, and the most urgent ones with a form each."""
    now = timezone.now()
    departments = list(Department.objects.filter(active=True).exclude(kind=Department.Kind.SERVICE))
    asked = {f"d_{one.pk}": _list(request, now, f"view=open&department={one.code}") for one in departments}
    asked |= {f"t_{at}": _list(request, now, f"view={view}") for at, view in enumerate(TILES)}
    counted = counts(_list(request, now, "view=open"), asked)
    context = {
        "tiles": [_tile(view, counted[f"t_{at}"]) for at, view in enumerate(TILES)],
        "departments": _departments(departments, counted),
        "people": _people(request, now),
        "givable": loads.people(request.user),
        "groups": [_group(request, now, view) for view in ("unassigned", "overdue")],
        "now": now,
    }
    return render(request, "complaints/wall.html", context)


def _list(request: StaffRequest, now: datetime.datetime, query: str) -> Asked:
    return Asked(request.user, QueryDict(query), now)


def _tile(view: str, n: int) -> dict[str, Any]:
    return {"label": VIEWS[view], "value": number(n), "url": _url(f"view={view}")}


def _url(query: str) -> str:
    return f"{reverse('complaints:list')}?{query}"


def _departments(departments: list[Department], counted: dict[str, int]) -> list[dict[str, Any]]:
    """Departments that were asked about something open, the most first."""
    rows = [
        {"name": one.name, "n": counted[f"d_{one.pk}"], "url": _url(f"view=open&department={one.code}")}
        for one in departments
    ]
    return sorted((row for row in rows if row["n"]), key=lambda row: -int(row["n"]))


def _people(request: StaffRequest, now: datetime.datetime) -> list[dict[str, Any]]:
    """What each has, late and due today, each number with its list."""
    rows = Complaint.objects.visible_to(request.user)
    found = loads.loads(loads.colleagues(request.user), rows, now=now, ends=bank_day.ends(timezone.localdate(now)))
    most = max((load.open for load in found), default=0)
    return [
        {
            "load": load,
            "most": most,
            "open": _url(f"view=open&owner={load.user.employee_no}"),
            "overdue": _url(f"view=overdue&owner={load.user.employee_no}"),
            "today": _url(f"view=due-today&owner={load.user.employee_no}"),
        }
        for load in found
    ]


def _group(request: StaffRequest, now: datetime.datetime, view: str) -> dict[str, Any]:
    calendar = CalendarDay.objects.calendar()
    rows = [
        {
            "complaint": row,
            "due": clock_face.of_promise(row.leading, now, calendar),
            "name": persons.listed_name(row, request.user),
            "url": reverse("complaints:detail", args=[row.number]),
            "give": reverse("complaints:assign", args=[row.number]),
        }
        for row in page_rows(_list(request, now, f"view={view}"), 0, ROWS)
    ]
    return {"label": VIEWS[view], "url": _url(f"view={view}"), "rows": rows, "id": view}
