"""The task force on a complaint's page: members and what they said, what is missing, meetings, milestones."""

from __future__ import annotations

import datetime
from typing import Any

from complaints import clock_face, taskforce
from complaints.actions import gate, seats
from complaints.models import Complaint, Milestone, Seat, TaskForce
from complaints.models.seat import SeatQuerySet
from complaints.states import State
from crm_site.models import CalendarDay, User
from customers.models import FollowUp

Shown = dict[str, Any]
_NEEDED = (State.ASSESSED, State.IN_PROGRESS, State.PLAN_AGREED)


def card(complaint: Complaint, user: User, now: datetime.datetime) -> Shown | None:
    """None where there is none and none is needed; else the force that stands, and those dissolved before it."""
    severe = complaint.level == Complaint.Level.SEVERE and complaint.state in _NEEDED
    forces = list(TaskForce.objects.filter(complaint=complaint).order_by("-pk"))
    if not forces and not severe:
        return None
    standing = next((force for force in forces if force.dissolved_at is None), None)
    found = seats.gaps(complaint) if severe else []
    names = seats.names() if found else {}
    shown = standing or next(iter(forces), None)
    return {
        "force": shown,
        "seats": list(_seats(shown)) if shown else [],
        "out": list(_out(shown)) if shown else [],
        "gaps": [taskforce.words(gap, names) for gap in found],
        "handles": gate.handles(complaint, user),
        "meetings": list(_meetings(shown)) if shown else [],
        "milestones": _milestones(shown, now) if shown else [],
    }


def _of(force: TaskForce) -> SeatQuerySet:
    return Seat.objects.filter(task_force=force).select_related("person", "department")


def _seats(force: TaskForce) -> SeatQuerySet:
    return _of(force).filter(declined_at=None, left_at=None).order_by("-leads", "pk")


def _out(force: TaskForce) -> SeatQuerySet:
    """Who declined; who was merely taken out again is of no interest."""
    return _of(force).exclude(declined_at=None).order_by("pk")


def _meetings(force: TaskForce) -> Any:
    return force.meetings.select_related("by").prefetch_related("present").order_by("-held_at", "-pk")


def _milestones(force: TaskForce, now: datetime.datetime) -> list[Shown]:
    calendar = CalendarDay.objects.calendar()
    return [_milestone(row, now, calendar) for row in force.milestones.select_related("owner", "follow_up")]


def _milestone(row: Milestone, now: datetime.datetime, calendar: Any) -> Shown:
    runs = row.follow_up if row.follow_up.state == FollowUp.State.OPEN else None
    return {"row": row, "due": clock_face.of_promise(runs, now, calendar)}
