"""How a promise is said: how urgent it is, and which page knows more about its matter."""

from __future__ import annotations

import datetime

from django.urls import NoReverseMatch, reverse
from django.utils import timezone
from django.utils.translation import gettext as _

from crm_site import wording
from crm_site.workdays import Calendar
from customers.models import FollowUp

PAGES = {"complaint": "complaints:detail"}
"""Kind of matter → the page that knows more, by its URL name, since it belongs to a higher step."""


def due_state(promise: FollowUp, now: datetime.datetime, calendar: Calendar) -> wording.DueState:
    """How urgent it is, in working days after today; a moment passed today is late already."""
    today = timezone.localdate(now)
    left = calendar.between(today, promise.due_on)
    if promise.due_at > now:
        return _to_come(promise.due_on, (promise.due_on - today).days, left)
    if promise.due_on >= today:
        since = timezone.localtime(promise.due_at).strftime("%H:%M")
        return wording.DueState("over", _("Late since %(time)s") % {"time": since})
    return wording.due_state(min(left, -1))


def _to_come(due_on: datetime.date, days: int, left: int) -> wording.DueState:
    """People promise for days off too; and with one working day left, tomorrow may still be a day off."""
    if days <= 1:
        return wording.due_state(max(days, 0))
    if left == 0:
        return wording.DueState("soon", wording.date_words(due_on, "short"))
    return wording.due_state(left, tomorrow=False)


def about_page(kind: str, number: str) -> str:
    """The page of the matter with this number, or ""."""
    name = PAGES.get(kind)
    try:
        return reverse(name, args=[number]) if name else ""
    except NoReverseMatch:
        return ""
