"""The lists somebody kept, as tabs beside the views of their role (mock 05)."""

from __future__ import annotations

import datetime
from typing import Any

from django.http import QueryDict
from django.urls import reverse

from complaints.models import SavedView
from complaints.views.queue.asked import Asked
from complaints.views.queue.counting import number
from crm_site.models import User
from crm_site.request import StaffRequest

SHOWN = 12  # tabs
COUNTED = 8  # of them with their number


def lists(request: StaffRequest) -> list[SavedView]:
    """One's own and the team's, by name; one query."""
    return list(SavedView.objects.kept().visible_to(request.user)[:SHOWN])


def first(kept: list[SavedView], user: User) -> SavedView | None:
    """What this person's list begins with, where they said so."""
    return next((view for view in kept if view.default and view.owner_id == user.pk), None)


def current(kept: list[SavedView], asked: Asked) -> SavedView | None:
    """The kept list that is shown, where it is this person's to change."""
    return next((view for view in kept if view.ref == asked.saved and view.owner_id == asked.user.pk), None)


def address(view: SavedView) -> str:
    """Where the list is: its filters stand in the URL like anybody's."""
    return f"{reverse('complaints:list')}?{view.query}&saved={view.ref}"


def counted(kept: list[SavedView], asked: Asked) -> dict[str, Asked]:
    """The kept lists whose numbers are shown, by the name counts() gives them."""
    found = {_name(view): _asked(view, asked.user, asked.now) for view in kept[:COUNTED]}
    return {name: other for name, other in found.items() if other.figure is None}


def _asked(view: SavedView, user: User, now: datetime.datetime) -> Asked:
    return Asked(user, QueryDict(view.query), now)


def _name(view: SavedView) -> str:
    return f"kept_{view.pk}"


def tabs(kept: list[SavedView], asked: Asked, counts: dict[str, int]) -> list[dict[str, Any]]:
    """One tab each."""
    return [
        {
            "label": view.name,
            "url": address(view),
            "n": number(counts.get(_name(view))),
            "current": view.ref == asked.saved,
            "hot": False,
        }
        for view in kept
    ]
