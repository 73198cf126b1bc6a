"""What is said about a score compares, names what is missing, and never lets age or occupation lead (domain F.7)."""

from __future__ import annotations

import datetime
from dataclasses import replace
from decimal import Decimal

import numpy as np
import pytest
from django.utils import translation
from hypothesis import given
from hypothesis import strategies as st

from analytics.answers import UNIT, AnswerSums
from analytics.calibrating import calibrate
from analytics.default_model import DEFAULT_V1
from analytics.explanation import Explanation, explain
from analytics.explanation_chart import explanation_chart
from analytics.explanation_text import percent, sentences, signed
from analytics.scoring import Inputs, score
from analytics.tests import worked_example
from analytics.tests.worked_example import ON, stored
from crm_site.columns import Column

DAY = datetime.date(2026, 10, 31)


def said(explanation: Explanation) -> tuple[str, ...]:
    with translation.override("en"):
        return sentences(explanation, DEFAULT_V1, data_to=DAY)


def of(row: int) -> Explanation:
    return explain(stored(worked_example.scores(), row), DEFAULT_V1, worked_example.calibration())


def test_the_three_metrics_that_lift_most_and_lower_most() -> None:
    d = of(3)
    assert [part.key for part in d.helps] == ["c1", "l3", "s1"]
    assert [part.key for part in d.hurts] == ["g3", "c3", "profile"]


def test_age_and_occupation_are_one_part_without_points() -> None:
    growth = of(3).indicators[3]
    assert [part.key for part in growth.metrics] == ["profile", "g3", "g4", "g5"]
    profile = growth.metrics[0]
    assert profile.points is None
    # W · (w1 · (45 − 74) + w2 · (20 − 68)) = 0.15 · (−4.35 − 4.80)
    assert profile.contribution == Decimal("-1.37250000")


def test_the_profile_never_leads_and_is_never_the_detail() -> None:
    """Only age and occupation set these two apart from one another."""
    facts = Inputs(
        2,
        {"g1": Column.of([40, 70]), "g2": Column.of([5, 12]), "g3": Column.of([1, 0]), "l1": Column.of([4, 4]),
         "c1": Column.of([1, 1]), "c2": Column.of([1, 1])},
        AnswerSums.none(2),
    )  # fmt: skip
    frozen = calibrate(facts, DEFAULT_V1, on=ON)
    found = explain(stored(score(facts, DEFAULT_V1, frozen), 0), DEFAULT_V1, frozen)
    assert [part.key for part in found.helps] == ["g3", "profile"]
    assert "income growth" in said(found)[1]
    assert "profile" not in said(found)[1]


def test_metrics_of_an_indicator_add_up_to_it_when_all_know_them() -> None:
    a = of(0).indicators[0]
    assert sum(part.contribution for part in a.metrics) == a.contribution


def test_what_is_missing_is_listed_once() -> None:
    facts = worked_example.only("c1", [1])
    facts = Inputs(1, {**facts.columns, **{key: Column.of([3]) for key in ("l1", "l3", "l4", "c2")}}, facts.answers)
    frozen = calibrate(facts, DEFAULT_V1, on=ON)
    found = explain(stored(score(facts, DEFAULT_V1, frozen), 0), DEFAULT_V1, frozen)
    assert found.missing == ("c3", "c4", "s1", "l2", "l5", "profile", "g3", "g4", "g5", "k1", "k2", "k3")
    lines = said(found)
    assert "No survey answer: the average is used." in lines
    assert "Too little is known, so the middle is used: growth, risk." in lines
    assert "Provisional: a customer for less than three months." in lines


def test_without_a_score_only_what_is_missing_is_said() -> None:
    facts = worked_example.only("c1", [1])
    frozen = calibrate(facts, DEFAULT_V1, on=ON)
    found = explain(stored(score(facts, DEFAULT_V1, frozen), 0), DEFAULT_V1, frozen)
    lines = said(found)
    assert found.score is None and found.shown is None
    assert lines[0] == "Not enough data for a score."
    assert not any(line.startswith(("Above", "Below", "Nothing")) for line in lines)
    assert "Data coverage 17.5%." in lines


@pytest.mark.parametrize("row", range(5))
@pytest.mark.parametrize("language", ["en", "zh-hans"])
def test_nothing_is_called_a_cause(row: int, language: str) -> None:
    with translation.override(language):
        text = " ".join(sentences(of(row), DEFAULT_V1, data_to=DAY)).lower()
    for word in (
        "because",
        "due to",
        "caused",
        "therefore",
        "reason",
        "因为",
        "由于",
        "导致",
        "age",
        "occupation",
        "年龄",
    ):
        assert word not in text.replace("average", "").replace("coverage", "")


@given(st.lists(st.tuples(st.integers(0, 10**9), st.integers(0, 9), st.none() | st.integers(0, 9_000)), min_size=1))
def test_parts_add_up_whatever_the_population(people: list[tuple[int, int, int | None]]) -> None:
    money, count, ratio = (list(column) for column in zip(*people, strict=True))
    n = len(people)
    columns = {"c1": Column.of(money), "l1": Column.of(count), "g3": Column.of(ratio), "k2": Column.of(ratio)}
    weights = np.full(n, UNIT, dtype=np.int64) * (np.array(count) > 4)
    facts = Inputs(n, columns, AnswerSums(weights, weights * np.array(count) * 11))
    frozen = calibrate(facts, DEFAULT_V1, on=ON)
    scores = score(facts, DEFAULT_V1, frozen)
    for row in range(n):
        found = explain(stored(scores, row), DEFAULT_V1, frozen)
        if found.score is not None:
            assert sum(part.contribution for part in found.indicators) == found.score - found.baseline
            assert sum(part.earned for part in found.indicators) == found.score


@pytest.mark.parametrize(
    ("value", "written"),
    [("14", "+14.0"), ("-4.40375", "−4.4"), ("0.05", "+0.1"), ("0.04", "0.0"), ("-0.04", "0.0"), ("7.65", "+7.7")],
)
def test_contributions_are_written_with_their_sign(value: str, written: str) -> None:
    assert signed(Decimal(value)) == written


@pytest.mark.parametrize(("share", "written"), [("1.0000", "100"), ("0.7450", "74.5"), ("0.9175", "91.75"), ("0", "0")])
def test_shares_are_written_without_needless_zeros(share: str, written: str) -> None:
    assert percent(Decimal(share)) == written


def test_bars_show_points_of_the_score_with_the_median_of_the_group() -> None:
    frozen = worked_example.calibration()
    with translation.override("en"):
        chart = explanation_chart(of(0), frozen.medians["ALL"], DEFAULT_V1, key="v")
    contribution = chart.bars[0]
    assert (contribution.text, contribution.track, contribution.bar) == ("31.5 / 35", "78.00%", "70.20%")
    assert contribution.tick == "42.12%"  # 54 of 100
    assert chart.frame.table.rows[0] == ("Contribution", "31.5", "35.0", "18.9")


def test_a_metric_the_words_do_not_know_shows_its_key() -> None:
    metrics = tuple(replace(metric, key="c9") if metric.key == "c4" else metric for metric in DEFAULT_V1.metrics)
    version = replace(DEFAULT_V1, metrics=metrics)
    facts = Inputs(1, {"c1": Column.of([1]), "c9": Column.of([1])}, AnswerSums.none(1))
    frozen = calibrate(facts, version, on=ON)
    found = explain(stored(score(facts, version, frozen), 0), version, frozen)
    assert [part.label for part in found.indicators[0].metrics][-1] == "c9"
