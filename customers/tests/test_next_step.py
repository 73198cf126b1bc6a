"""What to do with a customer first, and whether anything may be offered."""

from __future__ import annotations

import datetime
from dataclasses import replace
from zoneinfo import ZoneInfo

import pytest

from customers.forbidden import holds_secret
from customers.next_step import Facts, Maturity, Promise, held, suggest

NOW = datetime.datetime(2025, 10, 9, 10, 0, tzinfo=ZoneInfo("Asia/Shanghai"))
TODAY = NOW.date()
DAY = datetime.timedelta(days=1)
QUIET = Facts(NOW, TODAY, may_offer=True)


def promise(days: int, about: str = "", level: int = 0) -> Promise:
    day = TODAY + days * DAY
    end = datetime.datetime.combine(day + DAY, datetime.time.min, tzinfo=NOW.tzinfo)
    return Promise("Call", day, end, about, level)


MATURES = (Maturity("180 days", TODAY + 5 * DAY),)


@pytest.mark.parametrize(
    ("facts", "title"),
    [
        (QUIET, "Nothing presses"),
        (replace(QUIET, promises=(promise(3),)), "Nothing presses"),
        (replace(QUIET, promises=(promise(0),)), "Keep what was promised"),
        (replace(QUIET, promises=(promise(-2),)), "Keep what was promised"),
        (
            replace(QUIET, promises=(promise(-9), promise(5, "TS-1", 1))),
            "Say where the complaint stands before anything else",
        ),
        (replace(QUIET, document_until=TODAY + 30 * DAY), "Ask for the new identity document"),
        (replace(QUIET, document_until=TODAY + 31 * DAY), "Nothing presses"),
        (replace(QUIET, maturities=MATURES), "Ask what should become of what matures"),
        (replace(QUIET, maturities=MATURES, may_offer=False), "Nothing presses"),
        (replace(QUIET, needs=("Wealth",)), "Come back to what the customer wants"),
        (replace(QUIET, completeness=59), "Ask for what the record lacks"),
    ],
)
def test_the_first_rule_that_fires_is_the_suggestion(facts: Facts, title: str) -> None:
    assert str(suggest(facts).title) == title


@pytest.mark.parametrize(
    ("facts", "reason"),
    [
        (QUIET, None),
        (replace(QUIET, promises=(promise(5, "TS-1", 3),)), "severe complaint"),
        (replace(QUIET, promises=(promise(5, "TS-1", 1),)), "a complaint is open"),
        (replace(QUIET, last_mark=25, last_mark_at=NOW - 29 * DAY), "bad mark"),
        (replace(QUIET, last_mark=25, last_mark_at=NOW - 30 * DAY), None),
        (replace(QUIET, last_mark=50, last_mark_at=NOW), None),
        (replace(QUIET, no_proactive_contact=True), "asked not to be contacted"),
        (replace(QUIET, may_offer=False), "no consent"),
    ],
)
def test_offers_are_held_for_a_reason(facts: Facts, reason: str | None) -> None:
    barrier = held(facts)
    assert (barrier is None) if reason is None else (barrier is not None and reason in str(barrier.text))


def test_the_gravest_complaint_speaks_first_and_holds_offers() -> None:
    found = suggest(replace(QUIET, promises=(promise(1, "TS-1", 2), promise(9, "TS-2", 3)), maturities=MATURES))
    assert found.about == "TS-2"
    assert found.held is not None


@pytest.mark.parametrize(
    ("text", "secret"),
    [
        ("密码是123456", True),
        ("验证码：４８２１", True),
        ("PIN 4821", True),
        ("her password is abc123", True),
        ("CVV2 119", True),
        ("asked how to change the password", False),
        ("忘记密码，已指导重置", False),
        ("paid ¥12345 on 2025-10-09", False),
        ("shipping code 1234", False),
    ],
)
def test_passwords_and_codes_are_noticed(text: str, secret: bool) -> None:
    assert holds_secret(text) is secret


def test_when_nothing_presses_what_waits_is_said_and_why_it_is_not_offered() -> None:
    found = suggest(replace(QUIET, needs=("Wealth",), promises=(promise(3),), may_offer=False))
    assert str(found.title) == "Nothing presses"
    assert [str(why.text) % why.values for why in found.why][1] == "Open need: Wealth."
    assert [why.values.get("title") for why in found.why] == ["Call", None]
    assert found.held is not None
    assert str(found.held.text) == "There is no consent to marketing."
    assert [str(why.text) for why in suggest(QUIET).why] == ["No open promise, complaint or need."]
