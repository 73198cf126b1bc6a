"""No year is guessed in silence: from November on people are told that the next has no official calendar (domain L)."""

from __future__ import annotations

import datetime

from django.utils.translation import gettext_noop

from crm_site.actions import notices
from crm_site.models import CalendarDay, User
from crm_site.roles import Role

FIRST_MONTH = 11  # the notice for the next year usually appears in November
_TITLE = gettext_noop("The official calendar of %(year)s is not loaded: dates in it are provisional")


def missing_year(today: datetime.date) -> int | None:
    """Next year, where it is November or December and no official notice of it has been loaded."""
    year = today.year + 1
    return None if today.month < FIRST_MONTH or CalendarDay.objects.calendar().official(year) else year


def remind(today: datetime.date) -> int:
    """Tell system administrators and supervisors, each once a calendar week; returns how many were told."""
    year = missing_year(today)
    if year is None:
        return 0
    people = [who for who in User.objects.filter(is_active=True) if who.has_role(Role.SYSADMIN, Role.SUPERVISOR)]
    week = today.isocalendar().week
    return notices.tell(
        to=people,
        kind="calendar",
        title=_TITLE,
        values={"year": str(year)},
        about_kind="admin:crm_site_calendaryear_changelist",
        about_no="",
        dedupe=f"calendar:{year}:{week}",
    )
