"""A version of the score is data: it is checked, written as JSON and known by its fingerprint (domain F.1, F.8)."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest
from django.utils import translation

from analytics.default_model import DEFAULT_V1
from analytics.model_checks import normalised, validate
from analytics.scoring_model import Metric, ScoreModel, Transform, Unit, content_hash, from_json, to_json


def with_metric(name: str, **changes: Any) -> ScoreModel:
    metrics = tuple(replace(metric, **changes) if metric.key == name else metric for metric in DEFAULT_V1.metrics)
    return replace(DEFAULT_V1, metrics=metrics)


def test_the_first_version_has_no_problem() -> None:
    assert validate(DEFAULT_V1) == []
    assert DEFAULT_V1.weights == (3_500, 1_500, 2_000, 1_500, 1_500)


@pytest.mark.parametrize(
    ("version", "problem"),
    [
        (replace(DEFAULT_V1, weights=(3_500, 1_500, 2_000, 1_500, 1_502)), "must add up to 1"),
        (replace(DEFAULT_V1, weights=(6_001, 999, 1_000, 1_000, 1_000)), "between 0 and 0.6"),
        (replace(DEFAULT_V1, weights=(-1, 4_001, 2_000, 2_000, 2_000)), "between 0 and"),
        (with_metric("c1", weight=4_999), "The metrics of C add up to 0.9999"),
        (replace(DEFAULT_V1, waivers=()), "S needs at least two metrics"),
        (with_metric("c1", key="c2"), "same key"),
        (with_metric("c1", indicator="X"), "none of the five"),
        (with_metric("c1", weight=-1), "weight of c1"),
        (with_metric("k2", best=None), "needs the value worth 100"),
        (with_metric("k2", best=8_000), "must differ"),
        (with_metric("k1", steps=((0, 100), (0, 50))), "must rise"),
        (with_metric("k1", steps=()), "empty table"),
        (with_metric("k1", steps=((0, 101),)), "between 0 and 100"),
        (with_metric("k3", codes=(("Z", 50),)), "codes nobody has: Z"),
        (with_metric("g5", tail=5_000), "below one half"),
        (with_metric("s1", transform=Transform.PERCENTILE), "Answers belong to satisfaction"),
        (replace(DEFAULT_V1, pull=-1), "pull towards the mean"),
        (replace(DEFAULT_V1, half_life_days=0), "whole days"),
        (replace(DEFAULT_V1, coverage_floor=10_001), "between 0 and 1"),
        (replace(DEFAULT_V1, confidence=(5_000, 8_000, 3_000)), "must fall"),
        (replace(DEFAULT_V1, bands=(("A", 600), ("B", 750), ("C", 450), ("D", 300))), "must fall"),
        (replace(DEFAULT_V1, bands=(("A", 750), ("B", 600), ("C", 450))), "A, B, C, D and E"),
    ],
)
def test_a_faulty_version_is_named(version: ScoreModel, problem: str) -> None:
    with translation.override("en"):
        assert any(problem in said for said in validate(version))


def test_all_weight_on_one_indicator_needs_a_waiver() -> None:
    heavy = replace(DEFAULT_V1, weights=(10_000, 0, 0, 0, 0))
    assert len(validate(heavy)) == 1
    assert validate(replace(heavy, waivers=(*heavy.waivers, "WEIGHT_CAP"))) == []


@pytest.mark.parametrize("weights", [(3_500, 1_500, 2_000, 1_500, 1_501), (3_500, 1_500, 2_000, 1_500, 1_499)])
def test_one_ten_thousandth_is_forgiven_and_then_made_exact(weights: tuple[int, ...]) -> None:
    version = replace(DEFAULT_V1, weights=weights)
    assert validate(version) == []
    assert sum(normalised(version).weights) == 10_000


def test_json_there_and_back() -> None:
    text = json.dumps(to_json(DEFAULT_V1))
    assert from_json(json.loads(text)) == DEFAULT_V1
    assert json.loads(text)["weights"] == {"C": 3_500, "S": 1_500, "L": 2_000, "G": 1_500, "K": 1_500}
    odd = Metric("x", "C", 1, Unit.COUNT, Transform.MINMAX, tail=100)
    assert from_json(to_json(replace(DEFAULT_V1, metrics=(odd,)))).metrics == (odd,)


@pytest.mark.parametrize(
    "spoil",
    [
        lambda data: data.pop("weights"),
        lambda data: data["weights"].update(X=1),
        lambda data: data["weights"].update(C=0.35),
        lambda data: data["weights"].update(C=True),
        lambda data: data["metrics"][0].update(transform="MAGIC"),
        lambda data: data["metrics"][0].update(weight="5000"),
        lambda data: data["metrics"][0].update(colour="red"),
        lambda data: data.update(unheard_of=1),
        lambda data: data.update(pull=1.5),
        lambda data: data.update(bands=[["A"]]),
        lambda data: data.update(metrics=None),
    ],
)
def test_json_that_is_no_version_is_refused_with_a_sentence(spoil: Callable[[dict[str, Any]], object]) -> None:
    data = json.loads(json.dumps(to_json(DEFAULT_V1)))
    spoil(data)
    with translation.override("en"), pytest.raises(ValueError, match="This is not a scoring model"):
        from_json(data)


def test_the_fingerprint_changes_with_the_rules_and_not_with_the_name() -> None:
    assert content_hash(replace(DEFAULT_V1, version="autumn")) == content_hash(DEFAULT_V1)
    assert content_hash(replace(DEFAULT_V1, pull=9_999)) != content_hash(DEFAULT_V1)
    assert content_hash(with_metric("g1", steps=((18, 61),))) != content_hash(DEFAULT_V1)
    assert len(content_hash(DEFAULT_V1)) == 64
