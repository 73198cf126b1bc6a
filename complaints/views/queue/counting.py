"""How many: a list counts to MOST and no further, so no page grows with the table."""

from __future__ import annotations

from django.db.models import QuerySet

from complaints.models import Complaint
from complaints.views.queue.asked import Asked, views_of
from crm_site import counting
from crm_site.counting import CappedCount
from customers.models import FollowUp

MOST = 1000  # rows a list counts and pages through; beyond that one filters


def questions(asked: Asked, lists: dict[str, Asked] | None = None) -> dict[str, CappedCount]:
    """How many each view of the person's role holds, each of ``lists`` by its name, and this list as "shown".

    Closed ones are not counted but where they are shown. None of them depends on a row, so a database answers each
    once, whatever they are asked beside."""
    found = {_name(view): _of_view(asked, view) for view in views_of(asked.user) if view != "closed"}
    found |= {name: _of_list(other) for name, other in (lists or {}).items() if other.view != "closed"}
    found["shown"] = _of_list(asked)
    return {name: CappedCount(rows, MOST) for name, rows in found.items()}


def counts(asked: Asked, lists: dict[str, Asked] | None = None) -> dict[str, int]:
    """The answers, in one query of their own."""
    return counting.counts(asked.user, questions(asked, lists))


def count_of(counted: dict[str, int], view: str) -> int | None:
    """A view's number in what counts() gave."""
    return counted.get(_name(view))


def number(n: int | None) -> str | None:
    """A count as it stands beside a name: exact, or that there are more than are counted."""
    return None if n is None else f"{MOST:,}+" if n > MOST else f"{n:,}"


def _name(view: str) -> str:
    return f"n_{view.replace('-', '_')}"


def _of_view(asked: Asked, view: str) -> QuerySet[Complaint] | QuerySet[FollowUp]:
    if asked.sees_all:
        return FollowUp.objects.filter(asked.condition(view, ""), leads=True)
    return Complaint.objects.visible_to(asked.user).led().filter(asked.condition(view))


def _of_list(asked: Asked) -> QuerySet[Complaint] | QuerySet[FollowUp]:
    return asked.promises() if asked.by_promises else asked.rows()
