"""When an answer nobody could be told counts as given: served in writing after honest attempts (domain D.7; pure)."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from typing import NamedTuple

from django.utils.translation import gettext_lazy as _

from crm_site.errors import Text
from crm_site.workdays import Calendar

ATTEMPTS, DAYS, CHANNELS = 3, 2, 2
WRITTEN = frozenset({"LETTER", "EMAIL", "WECHAT", "APP", "SMS"})
"""Channels that leave something to read."""

GAPS: Mapping[str, Text] = {
    "written": _("Send the result in writing: letter, e-mail, message or app"),
    "attempts": _("Try to reach the customer three times first"),
    "days": _("Try on two different working days"),
    "channels": _("Try a second way to reach the customer"),
}
"""What each code of missing_to_serve asks for, in words."""


class Attempt(NamedTuple):
    """One attempt that reached nobody: its local day and its channel."""

    day: dt.date
    channel: str


def missing_to_serve(attempts: Sequence[Attempt], *, channel: str, ways: int, calendar: Calendar) -> list[str]:
    """Codes of what is missing before the answer sent by ``channel`` counts as given.

    ``ways``: how many ways to reach the customer are on record; a second one is tried where there is one.
    """
    working = {attempt.day for attempt in attempts if calendar.is_working(attempt.day)}
    needed = {
        "written": channel in WRITTEN,
        "attempts": len(attempts) >= ATTEMPTS,
        "days": len(working) >= DAYS,
        "channels": len({attempt.channel for attempt in attempts}) >= min(CHANNELS, max(ways, 1)),
    }
    return [code for code, there in needed.items() if not there]
