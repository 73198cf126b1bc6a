"""The limits of the classes are data: checked, written as JSON, known by a fingerprint (R3.2, R3.8)."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest
from django.utils import translation

from analytics.segment_rules import (
    DEFAULT_RULES,
    AgeRules,
    AssetRules,
    LoyaltyRules,
    SegmentRules,
    content_hash,
    from_json,
    to_json,
    validate,
)


def test_the_first_rules_have_no_problem() -> None:
    assert validate(DEFAULT_RULES) == []


@pytest.mark.parametrize(
    ("rules", "problem"),
    [
        (SegmentRules(asset=AssetRules(mid_fen=600_000_000)), "asset limits must rise"),
        (SegmentRules(age=AgeRules(middle=60)), "age limits must rise"),
        (SegmentRules(asset=AssetRules(high_months=0)), "high_months must be at least 1"),
        (SegmentRules(loyalty=LoyaltyRules(silent_days=-1)), "silent_days must be at least 1"),
    ],
)
def test_limits_that_overlap_are_named(rules: SegmentRules, problem: str) -> None:
    with translation.override("en"):
        assert any(problem in said for said in validate(rules))


def test_json_there_and_back_and_the_fingerprint() -> None:
    assert from_json(json.loads(json.dumps(to_json(DEFAULT_RULES)))) == DEFAULT_RULES
    assert content_hash(replace(DEFAULT_RULES, version="other")) == content_hash(DEFAULT_RULES)
    assert content_hash(replace(DEFAULT_RULES, age=AgeRules(senior=65))) != content_hash(DEFAULT_RULES)


@pytest.mark.parametrize(
    "spoil",
    [
        lambda data: data.pop("asset"),
        lambda data: data.update(mood={}),
        lambda data: data["age"].update(young="18"),
        lambda data: data["age"].update(ancient=99),
        lambda data: data.update(need=None),
    ],
)
def test_json_that_is_no_rule_set_is_refused(spoil: Callable[[dict[str, Any]], object]) -> None:
    data = json.loads(json.dumps(to_json(DEFAULT_RULES)))
    spoil(data)
    with translation.override("en"), pytest.raises(ValueError, match="not classification rules"):
        from_json(data)
