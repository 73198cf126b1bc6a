"""Whether a message may leave now, and why not: one answer for every sender, default no (domain H.2–H.3; pure)."""

from __future__ import annotations

import datetime
from dataclasses import dataclass
from enum import StrEnum

QUIET_FROM, QUIET_TO = datetime.time(21), datetime.time(9)
FRIENDLY = frozenset({"SURVEY", "CARE", "MARKETING"})
"""Purposes that can wait for the morning and that a customer may refuse. SERVICE is neither delayed nor refused."""


class Step(StrEnum):
    """What happens to the message."""

    SEND = "send"
    WAIT = "wait"
    SUPPRESS = "suppress"
    EXPIRE = "expire"


@dataclass(frozen=True, slots=True)
class Asked:
    """The question. ``now`` is aware, in the business zone; ``consented`` is about marketing on this channel."""

    purpose: str
    now: datetime.datetime
    expires_at: datetime.datetime | None = None
    living: bool = True
    no_proactive_contact: bool = False
    consented: bool = False


@dataclass(frozen=True, slots=True)
class Verdict:
    """``until`` is the first moment at which a waiting message may leave."""

    step: Step
    reason: str = ""
    until: datetime.datetime | None = None


def decide(asked: Asked) -> Verdict:
    """Send, wait for the morning, hold back for good, or too late.

    A message that would fall into quiet hours waits only when the morning comes before it expires.
    """
    if asked.expires_at is not None and asked.now >= asked.expires_at:
        return Verdict(Step.EXPIRE, "too_late")
    if not asked.living:
        return Verdict(Step.SUPPRESS, "not_living")
    if asked.purpose not in FRIENDLY:
        return Verdict(Step.SEND)
    if asked.no_proactive_contact:
        return Verdict(Step.SUPPRESS, "no_proactive_contact")
    if asked.purpose == "MARKETING" and not asked.consented:
        return Verdict(Step.SUPPRESS, "no_consent")
    return _by_the_clock(asked)


def _by_the_clock(asked: Asked) -> Verdict:
    morning = quiet_until(asked.now)
    if morning is None:
        return Verdict(Step.SEND)
    if asked.expires_at is not None and morning >= asked.expires_at:
        return Verdict(Step.EXPIRE, "quiet_hours")
    return Verdict(Step.WAIT, "quiet_hours", morning)


def quiet_until(now: datetime.datetime) -> datetime.datetime | None:
    """The end of the quiet hours ``now`` lies in: from 21:00:00 on, until 09:00:00, in the zone of ``now``."""
    time = now.time()
    if QUIET_TO <= time < QUIET_FROM:
        return None
    day = now.date() + datetime.timedelta(days=1) if time >= QUIET_FROM else now.date()
    return datetime.datetime.combine(day, QUIET_TO, tzinfo=now.tzinfo)
