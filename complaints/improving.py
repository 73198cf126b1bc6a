"""The life of an improvement, when a cause counts as recurring, and what shows that a change helped (R6.17; pure)."""

from __future__ import annotations

import datetime as dt

from django.db.models import TextChoices
from django.utils.translation import gettext_lazy as _

from crm_site.roles import Role
from crm_site.states import StateTable, Transition

RECENT_DAYS, LONG_DAYS, MONTHS = 30, 180, 6
MANY = 3  # of one cause and product in RECENT_DAYS
TIMES = 2  # or so many times the monthly mean of the half year before
FEW = 2  # below this a rise over nothing is chance


class Status(TextChoices):
    """Where an improvement stands."""

    PROPOSED = "PROPOSED", _("Proposed")
    APPROVED = "APPROVED", _("Approved")
    IN_PROGRESS = "IN_PROGRESS", _("Under way")
    DONE = "DONE", _("Put into effect")
    VERIFIED = "VERIFIED", _("Shown to help")
    REJECTED = "REJECTED", _("Turned down")


_LEADERS = frozenset(map(str, (Role.SUPERVISOR,)))
_WORKERS = frozenset(map(str, (Role.SUPERVISOR, Role.SENIOR, Role.HANDLER, Role.LIAISON)))


def _row(name: str, source: Status, target: Status, roles: frozenset[str], *, why: bool = False) -> Transition:
    return Transition(name, frozenset({str(source)}), str(target), roles, why)


TABLE = StateTable(
    [
        _row("approve", Status.PROPOSED, Status.APPROVED, _LEADERS),
        _row("reject", Status.PROPOSED, Status.REJECTED, _LEADERS, why=True),
        _row("start", Status.APPROVED, Status.IN_PROGRESS, _WORKERS),
        _row("finish", Status.IN_PROGRESS, Status.DONE, _WORKERS),
        _row("verify", Status.DONE, Status.VERIFIED, _WORKERS),
        _row("again", Status.DONE, Status.IN_PROGRESS, _WORKERS, why=True),
    ]
)


def recurs(recent: int, half_year_before: int) -> bool:
    """Whether a cause comes again and again: three in thirty days, or twice its monthly mean (domain K.1)."""
    return recent >= MANY or (recent >= FEW and half_year_before > 0 and recent * MONTHS >= TIMES * half_year_before)


def windows(done_on: dt.date, days: int) -> tuple[tuple[dt.date, dt.date], tuple[dt.date, dt.date]]:
    """First and last day before, and after, the day of the change; that day belongs to neither."""
    day = dt.timedelta(days=1)
    return (done_on - days * day, done_on - day), (done_on + day, done_on + days * day)
