"""Loyal, potentially loyal or lost, with patience and flags (domain E.5)."""

from __future__ import annotations

from dataclasses import fields
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from analytics.segment_loyalty import Loyalty, LoyaltyFacts, LoyaltyState, loyalty
from analytics.segment_rules import DEFAULT_RULES
from analytics.segments import places
from crm_site.columns import Column
from customers.classes import LoyaltyClass
from customers.models import Standing

RULES = DEFAULT_RULES.loyalty
YES_NO = ("closed", "open_deposit", "unsatisfied_90d")
NAMES = [entry.name for entry in fields(LoyaltyFacts)]

# somebody who fulfils all five signs and no warning
LOYAL: dict[str, Any] = {
    "closed": False, "open_deposit": False, "silent_days": 10, "transaction_days": 10, "tenure_months": 30,
    "assets_3m": 50_000_000, "assets_best_12m": 55_000_000, "assets_ratio_year": 10_000, "assets_ratio_quarter": 10_000,
    "families": 3, "active_months": 11, "repeats_24m": 1, "active_days_90": 20, "active_days_before": 22,
    "salary_stopped_months": 0, "worst_csat_60d": None, "unsatisfied_90d": False,
}  # fmt: skip
LOST_BY_SILENCE = {"silent_days": 180, "transaction_days": 180, "assets_3m": 11_000_000}


def facts(rows: list[dict[str, Any]]) -> LoyaltyFacts:
    columns = {
        name: np.array([row[name] for row in rows], dtype=bool)
        if name in YES_NO
        else Column.of(row[name] for row in rows)
        for name in NAMES
    }
    return LoyaltyFacts(**columns)


def night(state: LoyaltyState | str, *, month_end: bool = True, **changed: Any) -> Loyalty:
    if isinstance(state, str):
        state = LoyaltyState(places(LoyaltyClass, [state]), np.zeros(1, np.int64), np.zeros(1, bool))
    return loyalty(state, facts([{**LOYAL, **changed}]), month_end=np.array([month_end]), rules=RULES)


def code(found: Loyalty) -> str:
    return LoyaltyClass.values[found.state.loyalty[0]]


@pytest.mark.parametrize(
    ("changed", "wanted"),
    [
        ({}, "LOYAL"),
        ({"silent_days": 60}, "LOYAL"),
        ({"silent_days": 61}, "POTENTIAL"),
        ({"tenure_months": 23}, "LOYAL"),  # four signs are enough
        ({"tenure_months": 23, "families": 2}, "POTENTIAL"),
        ({"tenure_months": 24, "families": 2}, "LOYAL"),
        ({"families": 2, "active_months": 8}, "POTENTIAL"),
        ({"families": 2, "active_months": 9}, "LOYAL"),
        ({"families": 2, "assets_ratio_year": 8_999}, "POTENTIAL"),
        ({"families": 2, "assets_ratio_year": 9_000}, "LOYAL"),
        ({"families": 2, "assets_ratio_year": None}, "POTENTIAL"),  # what is not known is no sign
        ({"families": 2, "repeats_24m": 0}, "POTENTIAL"),
        ({"tenure_months": 5}, "POTENTIAL"),
        ({"tenure_months": 6}, "LOYAL"),
        ({"closed": True}, "LOST"),
        ({"closed": True, "tenure_months": 3}, "LOST"),
        (LOST_BY_SILENCE, "LOST"),
        ({**LOST_BY_SILENCE, "silent_days": 179}, "POTENTIAL"),
        ({**LOST_BY_SILENCE, "assets_3m": 11_000_001}, "POTENTIAL"),  # just over 20 % of 55,000,000
        ({**LOST_BY_SILENCE, "assets_3m": 99_999, "assets_best_12m": 100_000}, "LOST"),  # less than 1,000 yuan
        ({**LOST_BY_SILENCE, "assets_3m": 100_000, "assets_best_12m": 100_001}, "POTENTIAL"),
        ({**LOST_BY_SILENCE, "open_deposit": True}, "POTENTIAL"),  # the money sits in a deposit until it matures
        ({**LOST_BY_SILENCE, "assets_3m": None}, "UNKNOWN"),  # silent, but nobody knows what is left
        ({"assets_3m": None}, "LOYAL"),
        ({"silent_days": None}, "UNKNOWN"),
        ({"tenure_months": None}, "UNKNOWN"),
        ({"tenure_months": None, "closed": True}, "LOST"),
    ],
)
def test_the_class_of_somebody_new_to_us(changed: dict[str, Any], wanted: str) -> None:
    assert code(night("UNKNOWN", **changed)) == wanted


def test_leaving_loyal_takes_two_month_ends_in_a_row() -> None:
    weak = {"families": 2, "active_months": 2}
    first = night("LOYAL", **weak)
    between = night(first.state, month_end=False, **weak)
    second = night(between.state, **weak)
    assert [code(found) for found in (first, between, second)] == ["LOYAL", "LOYAL", "POTENTIAL"]
    assert second.state.missed[0] == 0


def test_a_good_month_end_between_starts_the_count_anew() -> None:
    weak = {"families": 2, "active_months": 2}
    state = night(night(night("LOYAL", **weak).state).state, **weak).state
    assert LoyaltyClass.values[state.loyalty[0]] == "LOYAL"
    assert state.missed[0] == 1


def test_nights_within_a_month_do_not_count_but_becoming_loyal_is_immediate() -> None:
    weak = {"families": 2, "active_months": 2}
    state = night("LOYAL", month_end=False, **weak).state
    for _day in range(10):
        state = night(state, month_end=False, **weak).state
    assert (LoyaltyClass.values[state.loyalty[0]], state.missed[0]) == ("LOYAL", 0)
    assert code(night("POTENTIAL", month_end=False)) == "LOYAL"


def test_lost_is_immediate_from_loyal() -> None:
    assert code(night("LOYAL", month_end=False, **LOST_BY_SILENCE)) == "LOST"


@pytest.mark.parametrize(
    ("changed", "wanted", "won_back"),
    [
        ({}, "POTENTIAL", True),  # never straight to loyal
        ({"transaction_days": 180}, "LOST", False),  # a call is not a transaction
        ({"transaction_days": None}, "LOST", False),
        ({"assets_3m": 99_999}, "LOST", False),
        ({"assets_3m": 100_000}, "POTENTIAL", True),
        ({"closed": True}, "LOST", False),
        ({"transaction_days": None, "open_deposit": True}, "POTENTIAL", True),  # nobody is lost who holds one
    ],
)
def test_coming_back_takes_a_transaction_and_some_assets(changed: dict[str, Any], wanted: str, won_back: bool) -> None:
    found = night("LOST", **changed)
    assert code(found) == wanted
    assert bool(found.state.won_back[0]) is won_back


def test_won_back_is_said_until_the_next_change() -> None:
    weak = {"families": 2, "active_months": 2}
    back = night("LOST", **weak)
    later = night(back.state, **weak)
    assert bool(later.state.won_back[0])
    loyal = night(later.state)
    assert (code(loyal), bool(loyal.state.won_back[0])) == ("LOYAL", False)


@pytest.mark.parametrize(("months", "new"), [(0, True), (5, True), (6, False)])
def test_a_customer_of_less_than_six_months_is_new(months: int, new: bool) -> None:
    assert bool(night("UNKNOWN", tenure_months=months).new[0]) is new


@pytest.mark.parametrize(
    ("changed", "at_risk"),
    [
        ({}, False),
        ({"assets_ratio_quarter": 6_999}, True),
        ({"assets_ratio_quarter": 7_000}, False),
        ({"assets_ratio_quarter": None}, False),
        ({"active_days_90": 11}, True),  # half of 22
        ({"active_days_90": 12}, False),
        ({"active_days_90": 0, "active_days_before": 0}, False),
        ({"active_days_90": None}, False),
        ({"salary_stopped_months": 2}, True),
        ({"salary_stopped_months": 1}, False),
        ({"worst_csat_60d": 2}, True),
        ({"worst_csat_60d": 3}, False),
        ({"unsatisfied_90d": True}, True),
        ({"unsatisfied_90d": True, "closed": True}, False),  # lost is past being at risk
        ({"unsatisfied_90d": True, "tenure_months": None}, False),
    ],
)
def test_at_risk(changed: dict[str, Any], at_risk: bool) -> None:
    assert bool(night("POTENTIAL", **changed).at_risk[0]) is at_risk


@pytest.mark.parametrize(
    ("changed", "named"),
    [
        ({}, []),
        ({"assets_ratio_quarter": 6_999}, ["ASSETS"]),
        ({"active_days_90": 11}, ["ACTIVITY"]),
        ({"salary_stopped_months": 2}, ["SALARY"]),
        ({"worst_csat_60d": 1, "active_days_90": 0}, ["ACTIVITY", "LOW_MARK"]),
        ({"unsatisfied_90d": True}, ["UNSATISFIED"]),
        ({"worst_csat_60d": 1, "closed": True}, []),
    ],
)
def test_every_trigger_is_named(changed: dict[str, Any], named: list[str]) -> None:
    risk = int(night("POTENTIAL", **changed).risk[0])
    assert Standing(risk=risk).risk_triggers == named


def _column(name: str) -> st.SearchStrategy[Any]:
    if name in YES_NO:
        return st.sampled_from([False, False, False, True])
    return st.none() | st.integers(0, 200) | st.integers(0, 60_000_000)


@given(
    st.lists(st.tuples(st.fixed_dictionaries({name: _column(name) for name in NAMES}), st.integers(0, 3)), min_size=1)
)
def test_many_customers_at_once_are_each_alone(rows: list[tuple[dict[str, Any], int]]) -> None:
    n = len(rows)
    state = LoyaltyState(np.array([start for _row, start in rows]), np.ones(n, np.int64), np.zeros(n, bool))
    found = loyalty(state, facts([row for row, _start in rows]), month_end=np.ones(n, bool), rules=RULES)
    for place, (row, _start) in enumerate(rows):
        alone = LoyaltyState(*(part[place : place + 1] for part in (state.loyalty, state.missed, state.won_back)))
        one = loyalty(alone, facts([row]), month_end=np.ones(1, bool), rules=RULES)
        assert one.state.loyalty[0] == found.state.loyalty[place]
        assert (one.new[0], one.risk[0]) == (found.new[place], found.risk[place])
