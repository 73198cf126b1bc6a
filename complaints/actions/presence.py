"""Who is at a complaint just now: noted at most once a minute a person, forgotten soon (docs/decisions/0036).

Nothing hangs on it: no right, no lock, no date. So it has no place in diary and audit.
"""

from __future__ import annotations

import datetime
from dataclasses import dataclass
from typing import TYPE_CHECKING

from complaints.models import Complaint, Presence
from complaints.models.presence import LASTS
from crm_site.roles import Role

if TYPE_CHECKING:
    from crm_site.models import User

WRITE_EVERY = datetime.timedelta(minutes=1)
_WORKERS = (Role.AGENT, Role.SENIOR, Role.HANDLER, Role.SUPERVISOR, Role.LIAISON, Role.TFMEMBER)


@dataclass(frozen=True, slots=True)
class Here:
    """A colleague at the same complaint."""

    name: str
    number: str
    writing: bool


def meet(*, by: User, complaint: Complaint, writing: bool, now: datetime.datetime) -> list[Here]:
    """Note that this person is here, and say who else is: whoever has a form open first, then by name.

    Auditors look on and are not noted. One question, and a write only where the last one is a minute old.
    """
    rows = list(complaint.presences.now(now).select_related("user").order_by("user__display_name", "user_id"))
    own = next((row for row in rows if row.user_id == by.pk), None)
    if by.has_role(*_WORKERS) and _is_due(own, writing, now):
        _note(by, complaint, writing, now)
    others = [row for row in rows if row.user_id != by.pk]
    found = [Here(row.user.display_name, row.user.employee_no, row.writes(now)) for row in others]
    return sorted(found, key=lambda here: not here.writing)


def _is_due(own: Presence | None, writing: bool, now: datetime.datetime) -> bool:
    last = None if own is None else own.wrote_at if writing else own.seen_at
    return last is None or now - last >= WRITE_EVERY


def _note(by: User, complaint: Complaint, writing: bool, now: datetime.datetime) -> None:
    """One statement, whether or not there is a row: two tabs of one person never meet in an error."""
    row = Presence(complaint=complaint, user=by, seen_at=now, wrote_at=now if writing else None)
    Presence.objects.bulk_create(
        [row],
        update_conflicts=True,
        unique_fields=["complaint", "user"],
        update_fields=["seen_at", "wrote_at"] if writing else ["seen_at"],
    )


def put_down(*, by: User, complaint: Complaint) -> None:
    """The step was taken: no form is open there any more."""
    Presence.objects.filter(complaint=complaint, user=by).update(wrote_at=None)


def forget(*, now: datetime.datetime) -> int:
    """Drop rows of people who have left; a sweep."""
    return Presence.objects.filter(seen_at__lte=now - LASTS).delete()[0]
