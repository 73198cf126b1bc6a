"""How much of a record is filled."""

from __future__ import annotations

import datetime as dt
from dataclasses import replace

import pytest

from customers.completeness import LABELS, NEVER_REFUSED, WEIGHTS, Record, completeness

TODAY = dt.date(2025, 10, 9)
FULL = Record(
    name=True,
    document=True,
    document_verified=True,
    birth=True,
    sex=True,
    mobile=True,
    second_contact=True,
    occupation=True,
    income=True,
    address=True,
    risk_tolerance_until=TODAY,
    preference=True,
    verified_on=dt.date(2024, 10, 9),
)


def test_weights_add_up_to_a_hundred_and_each_has_words() -> None:
    assert sum(WEIGHTS.values()) == 100
    assert WEIGHTS.keys() == LABELS.keys()
    assert completeness(FULL, today=TODAY) == (100, ())
    assert completeness(Record(), today=TODAY).score == 0


@pytest.mark.parametrize(
    ("gap", "lost"),
    [
        ({"name": False}, 10),
        ({"document": False}, 20),
        ({"document_verified": False}, 5),
        ({"birth": False}, 8),
        ({"sex": False}, 4),
        ({"mobile": False}, 15),
        ({"second_contact": False}, 8),
        ({"occupation": False}, 8),
        ({"income": False}, 7),
        ({"address": False}, 5),
        ({"risk_tolerance_until": None}, 5),
        ({"risk_tolerance_until": dt.date(2025, 10, 8)}, 5),
        ({"preference": False}, 5),
        ({"verified_on": None}, 5),
        ({"verified_on": dt.date(2024, 10, 8)}, 5),
    ],
)
def test_each_gap_costs_its_weight(gap: dict[str, object], lost: int) -> None:
    result = completeness(replace(FULL, **gap), today=TODAY)  # type: ignore[arg-type]
    assert result.score == 100 - lost
    assert sum(WEIGHTS[code] for code in result.missing) == lost


@pytest.mark.parametrize("code", sorted(WEIGHTS))
def test_a_refusal_counts_as_filled_except_for_document_and_mobile(code: str) -> None:
    score = completeness(Record(refused=frozenset({code})), today=TODAY).score
    assert score == (0 if code in NEVER_REFUSED else WEIGHTS[code])


def test_what_is_missing_is_named_heaviest_first() -> None:
    missing = completeness(replace(FULL, sex=False, mobile=False, income=False), today=TODAY).missing
    assert missing == ("mobile", "income", "sex")


def test_a_leap_day_looks_back_to_the_last_day_of_february() -> None:
    today = dt.date(2028, 2, 29)
    assert "verified" not in completeness(replace(FULL, verified_on=dt.date(2027, 2, 28)), today=today).missing
    assert "verified" in completeness(replace(FULL, verified_on=dt.date(2027, 2, 27)), today=today).missing
