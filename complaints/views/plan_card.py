"""The plan on a complaint's page: the version that counts, its actions, and the versions before it."""

from __future__ import annotations

import datetime
from typing import Any

from complaints import clock_face
from complaints.models import ActionItem, Complaint, Plan
from crm_site.models import CalendarDay
from customers.models import FollowUp

Shown = dict[str, Any]


def card(complaint: Complaint, feedback_due: datetime.date | None, now: datetime.datetime) -> Shown | None:
    """None before there is a plan. Versions of all rounds, the latest first."""
    found = Plan.objects.filter(round__complaint=complaint).select_related(
        "author", "decided_by", "round", "payment__follow_up__owner", "payment__paid_by"
    )
    versions = list(found.prefetch_related(*_SHOWN))
    if not versions:
        return None
    calendar = CalendarDay.objects.calendar()
    latest = versions[0]
    rows = [_row(item, feedback_due, now, calendar) for item in latest.actions.all()]
    done = sum(row["item"].done_at is not None for row in rows)
    return {"plan": latest, "rows": rows, "done": done, "earlier": versions[1:]}


_ACTIONS = ("actions__owner__team", "actions__department", "actions__follow_up")
_SHOWN = (*_ACTIONS, "consents__person", "consents__department", "consents__follow_up")


def _row(item: ActionItem, feedback_due: datetime.date | None, now: datetime.datetime, calendar: Any) -> Shown:
    promise = item.follow_up
    runs = promise if promise is not None and promise.state == FollowUp.State.OPEN else None
    return {
        "item": item,
        "due": clock_face.of_promise(runs, now, calendar),
        "late": item.done_at is None and item.later_than(feedback_due),
    }
