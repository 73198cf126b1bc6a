"""The suggestion of a level: points, hard triggers, and who may grant what."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from complaints.profiles import Level
from complaints.severity import (
    REASONS,
    Condition,
    Factors,
    History,
    Publicity,
    Rights,
    points,
    redress_authority,
    suggest,
)

YUAN = 100


@pytest.mark.parametrize(
    ("factor", "value", "expected"),
    [
        ("loss_fen", 0, 0),
        ("loss_fen", 1, 1),
        ("loss_fen", 999 * YUAN + 99, 1),
        ("loss_fen", 1_000 * YUAN, 2),
        ("loss_fen", 49_999 * YUAN + 99, 2),
        ("loss_fen", 50_000 * YUAN, 3),
        ("people", 1, 0),
        ("people", 2, 1),
        ("people", 4, 1),
        ("people", 5, 2),
        ("people", 9, 2),
        ("people", 10, 3),
        ("departments", 1, 1),
        ("departments", 2, 2),
        ("departments", 7, 3),
        ("outside_body", True, 3),
        *[("rights", value, n) for n, value in enumerate(Rights)],
        *[("condition", value, n) for n, value in enumerate(Condition)],
        *[("history", value, n) for n, value in enumerate(History)],
        ("publicity", Publicity.THREATENED, 1),
        ("publicity", Publicity.HOTLINE, 2),
        ("publicity", Publicity.REGULATOR, 3),
        ("publicity", Publicity.MEDIA, 3),
    ],
)
def test_each_factor_gives_its_points(factor: str, value: Any, expected: int) -> None:
    assert sum(points(Factors(**{factor: value})).values()) == expected


@pytest.mark.parametrize(
    ("facts", "score", "level"),
    [
        ({}, 0, Level.MINOR),
        ({"loss_fen": 500 * YUAN, "rights": Rights.FEE_SERVICE, "condition": Condition.ANXIOUS}, 3, Level.MINOR),
        ({"redress_fen": 200 * YUAN}, 0, Level.MINOR),
        ({"redress_fen": 200 * YUAN + 1}, 0, Level.MODERATE),
        ({"departments": 1}, 1, Level.MODERATE),
        ({"loss_fen": 3_200 * YUAN, "rights": Rights.FEE_SERVICE, "departments": 1}, 4, Level.MODERATE),
        ({"rights": Rights.DATA_FUNDS, "condition": Condition.DISTRESS, "people": 5}, 8, Level.MODERATE),
        ({"rights": Rights.DATA_FUNDS, "condition": Condition.DISTRESS, "outside_body": True}, 9, Level.SEVERE),
    ],
)
def test_the_sum_suggests_the_level(facts: dict[str, Any], score: int, level: Level) -> None:
    suggestion = suggest(Factors(**facts))
    assert (suggestion.score, suggestion.level, suggestion.hard_triggers) == (score, level, ())


@pytest.mark.parametrize(
    ("facts", "trigger"),
    [
        ({"data_leak": True}, "hard_data_leak"),
        ({"staff_fraud": True}, "hard_staff_fraud"),
        ({"loss_fen": 50_000 * YUAN}, "hard_loss"),
        ({"people": 10}, "hard_people"),
        ({"safety": True}, "hard_safety"),
        ({"publicity": Publicity.MEDIA}, "hard_media"),
    ],
)
def test_a_hard_trigger_alone_is_severe(facts: dict[str, Any], trigger: str) -> None:
    suggestion = suggest(Factors(**facts))
    assert (suggestion.level, suggestion.hard_triggers) == (Level.SEVERE, (trigger,))
    assert suggestion.reasons[0] == trigger


def test_a_regulators_question_alone_is_not_severe() -> None:
    assert suggest(Factors(publicity=Publicity.REGULATOR)).level == Level.MINOR


def test_reasons_name_the_heaviest_facts_first() -> None:
    facts = Factors(loss_fen=500 * YUAN, rights=Rights.DATA_FUNDS, condition=Condition.VULNERABLE, departments=1)
    reasons = suggest(facts).reasons
    assert reasons == ("rights", "condition", "loss", "departments", "not_on_the_spot")
    assert all(code in REASONS for code in reasons)


FACTORS = st.builds(
    Factors,
    loss_fen=st.integers(0, 10_000_000),
    rights=st.sampled_from(Rights),
    people=st.integers(1, 20),
    condition=st.sampled_from(Condition),
    history=st.sampled_from(History),
    departments=st.integers(0, 5),
    outside_body=st.booleans(),
    publicity=st.sampled_from(Publicity),
    data_leak=st.booleans(),
    staff_fraud=st.booleans(),
    safety=st.booleans(),
    redress_fen=st.integers(0, 100_000),
)


@settings(max_examples=300)
@given(facts=FACTORS)
def test_factors_survive_being_stored_and_suggest_the_same(facts: Factors) -> None:
    assert Factors.from_json(facts.to_json()) == facts
    assert suggest(Factors.from_json({**facts.to_json(), "later_field": 1})) == suggest(facts)


@settings(max_examples=300)
@given(facts=FACTORS, more=st.integers(1, 10_000_000))
def test_a_larger_loss_never_lowers_the_level(facts: Factors, more: int) -> None:
    worse = Factors.from_json({**facts.to_json(), "loss_fen": facts.loss_fen + more})
    assert suggest(worse).level.rank >= suggest(facts).level.rank


@pytest.mark.parametrize(
    ("roles", "yuan"),
    [
        ([], 0),
        (["auditor"], 0),
        (["agent"], 200),
        (["handler"], 200),
        (["agent", "senior"], 2_000),
        (["supervisor"], 20_000),
    ],
)
def test_redress_authority_is_that_of_the_highest_role(roles: list[str], yuan: int) -> None:
    assert redress_authority(roles) == yuan * YUAN
