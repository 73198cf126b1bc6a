"""Redress above what one person may grant, and by when it is paid (domain D.10, J.5, C.5 Redress; pure)."""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection

from django.db.models import TextChoices
from django.utils.translation import gettext_lazy as _

from complaints.severity import REDRESS_FEN
from crm_site.roles import Role
from crm_site.workdays import Calendar

ABOVE_FEN = REDRESS_FEN[Role.SUPERVISOR.value]
"""Above this a supervisor approves only what others agreed to before; in fen."""
CONSENT_DAYS, PAY_DAYS = 1, 5
"""Working days: for a consent from the day it is asked, for a payment from the day it was agreed."""


class Office(TextChoices):
    """Who has to agree, in this order."""

    HEAD = "HEAD", _("Head of a department concerned")
    FINANCE = "FINANCE", _("Finance")


def needed(fen: int) -> tuple[Office, ...]:
    """Whose consent a redress of this amount needs before a supervisor may approve it."""
    return tuple(Office) if fen > ABOVE_FEN else ()


def next_needed(fen: int, given: Collection[str]) -> Office | None:
    """Who is to be asked next; None where nobody is, or everybody has agreed."""
    return next((office for office in needed(fen) if office not in given), None)


def consent_by(asked_on: dt.date, calendar: Calendar) -> dt.date:
    """The last day for an answer."""
    return calendar.add(asked_on, CONSENT_DAYS)


def pay_by(agreed_on: dt.date, calendar: Calendar) -> dt.date:
    """The last day for a payment."""
    return calendar.add(agreed_on, PAY_DAYS)
