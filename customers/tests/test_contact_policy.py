"""Whether a message may leave now."""

from __future__ import annotations

import datetime
from dataclasses import replace
from zoneinfo import ZoneInfo

import pytest

from customers.contact_policy import Asked, Step, decide, quiet_until

SHANGHAI = ZoneInfo("Asia/Shanghai")


def at(hour: int, minute: int = 0, second: int = 0, day: int = 26) -> datetime.datetime:
    return datetime.datetime(2025, 9, day, hour, minute, second, tzinfo=SHANGHAI)


NOON = Asked("MARKETING", at(12), consented=True)


@pytest.mark.parametrize(
    ("asked", "step", "reason"),
    [
        (NOON, Step.SEND, ""),
        (replace(NOON, consented=False), Step.SUPPRESS, "no_consent"),
        (replace(NOON, purpose="SURVEY", consented=False), Step.SEND, ""),
        (replace(NOON, purpose="CARE", consented=False), Step.SEND, ""),
        (replace(NOON, purpose="SERVICE", consented=False), Step.SEND, ""),
        (replace(NOON, no_proactive_contact=True), Step.SUPPRESS, "no_proactive_contact"),
        (replace(NOON, purpose="SURVEY", no_proactive_contact=True), Step.SUPPRESS, "no_proactive_contact"),
        (replace(NOON, purpose="SERVICE", no_proactive_contact=True), Step.SEND, ""),
        (replace(NOON, purpose="SERVICE", living=False), Step.SUPPRESS, "not_living"),
        (replace(NOON, expires_at=at(12)), Step.EXPIRE, "too_late"),
        (replace(NOON, expires_at=at(12, 0, 1)), Step.SEND, ""),
        (replace(NOON, purpose="SERVICE", expires_at=at(11)), Step.EXPIRE, "too_late"),
        (replace(NOON, now=at(20, 59, 59)), Step.SEND, ""),
        (replace(NOON, now=at(21)), Step.WAIT, "quiet_hours"),
        (replace(NOON, now=at(8, 59, 59)), Step.WAIT, "quiet_hours"),
        (replace(NOON, now=at(9)), Step.SEND, ""),
        (replace(NOON, now=at(23), purpose="SERVICE"), Step.SEND, ""),
        (replace(NOON, now=at(23), expires_at=at(9, day=27)), Step.EXPIRE, "quiet_hours"),
        (replace(NOON, now=at(23), expires_at=at(9, 1, day=27)), Step.WAIT, "quiet_hours"),
    ],
)
def test_one_answer_for_every_sender(asked: Asked, step: Step, reason: str) -> None:
    verdict = decide(asked)
    assert (verdict.step, verdict.reason) == (step, reason)


@pytest.mark.parametrize(
    ("now", "until"),
    [(at(21), at(9, day=27)), (at(0), at(9)), (at(3, 30), at(9)), (at(12), None)],
)
def test_quiet_hours_end_at_nine(now: datetime.datetime, until: datetime.datetime | None) -> None:
    assert quiet_until(now) == until
