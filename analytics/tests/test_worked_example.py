"""The five customers worked by hand come out to the last digit (domain F.6, F.7; TV-43, TV-45)."""

from __future__ import annotations

import datetime
from decimal import Decimal

import pytest
from django.utils import translation

from analytics.default_model import DEFAULT_V1
from analytics.explanation import Explanation, explain
from analytics.explanation_text import sentence
from analytics.fixedpoint import as_decimal
from analytics.tests import worked_example
from customers.classes import Confidence, Grade

A, B, C, D, E = range(5)


def explained(row: int) -> Explanation:
    return explain(worked_example.stored(worked_example.scores(), row), DEFAULT_V1, worked_example.calibration())


@pytest.mark.parametrize(
    ("row", "unrounded", "shown", "grade", "coverage", "confidence"),
    [
        (A, "84.9138", "84.9", "A", "1.0000", "HIGH"),
        (B, "56.5938", "56.6", "C", "1.0000", "HIGH"),
        (C, "59.2563", "59.3", "C", "0.7450", "MEDIUM"),
        (D, "59.5013", "59.5", "C", "1.0000", "HIGH"),
        (E, "24.5900", "24.6", "E", "0.9175", "HIGH"),
    ],
)
def test_scores_grades_and_coverage(
    row: int, unrounded: str, shown: str, grade: str, coverage: str, confidence: str
) -> None:
    found = worked_example.scores()
    exact = as_decimal(found.score_e8[row], 8)
    assert exact.quantize(Decimal("0.0001"), "ROUND_HALF_UP") == Decimal(unrounded)
    assert as_decimal(found.tenths[row], 1) == Decimal(shown)
    assert Grade.values[found.grade[row]] == grade
    assert as_decimal(found.coverage[row], 4) == Decimal(coverage)
    assert Confidence.values[found.confidence[row]] == confidence


@pytest.mark.parametrize(
    ("row", "indicators"),
    [
        (A, ["90", "83.8", "83.75", "60.625", "100"]),
        (B, ["57", "66", "38.5", "53.95833333", "73"]),
        (C, ["39", "72", "47.25", "89.04166667", "80"]),
        (D, ["54", "83.8", "49.5", "20.875", "100"]),
        (E, ["10", "62.6", "8.5", "26.66666667", "40"]),
    ],
)
def test_indicators(row: int, indicators: list[str]) -> None:
    found = worked_example.scores().indicators[:, row]
    assert [as_decimal(points, 8) for points in found] == [Decimal(points) for points in indicators]


def test_metrics_of_b_step_by_step() -> None:
    found = worked_example.scores()
    wanted = {"c1": 60, "c2": 50, "c3": 50, "c4": 70, "l1": 50, "l2": 0, "l3": 30, "l4": 50, "l5": 50}
    wanted |= {
        "g1": 90,
        "g2": 65,
        "g3": Decimal("62.5"),
        "g4": Decimal("16.6667"),
        "g5": 50,
        "k1": 70,
        "k2": 70,
        "k3": 80,
    }
    assert {key: as_decimal(found.metric_e4(key)[B], 4) for key in wanted} == wanted


def test_means_of_the_five_are_the_baseline() -> None:
    frozen = worked_example.calibration()
    means = [as_decimal(mean, 8).quantize(Decimal("0.01")) for mean in frozen.indicator_means]
    assert means == [Decimal(mean) for mean in ("50.00", "73.64", "45.50", "50.23", "78.60")]
    assert explained(A).baseline.quantize(Decimal("0.01")) == Decimal("56.97")


@pytest.mark.parametrize(
    ("row", "contributions"),
    [
        (A, ["14.00", "1.52", "7.65", "1.56", "3.21"]),
        (D, ["1.40", "1.52", "0.80", "-4.40", "3.21"]),
        (E, ["-14.00", "-1.66", "-7.40", "-3.54", "-5.79"]),
    ],
)
def test_contributions(row: int, contributions: list[str]) -> None:
    parts = [part.contribution.quantize(Decimal("0.01"), "ROUND_HALF_UP") for part in explained(row).indicators]
    assert parts == [Decimal(part) for part in contributions]


@pytest.mark.parametrize("row", range(5))
def test_contributions_add_up_without_remainder(row: int) -> None:
    found = explained(row)
    assert found.score is not None
    assert sum(part.contribution for part in found.indicators) == found.score - found.baseline
    assert sum(part.earned for part in found.indicators) == found.score


def test_the_sentence_of_a() -> None:
    with translation.override("en"):
        said = sentence(explained(A), DEFAULT_V1, data_to=datetime.date(2026, 10, 31))
    assert said == (
        "Score 84.9 (A), average 57.0. "
        "Above average: contribution (+14.0: net contribution at percentile 90), loyalty (+7.7), risk (+3.2), "
        "growth (+1.6), satisfaction (+1.5). Nothing is below average. "
        "Data coverage 100%. Model v1, data to 2026-10-31."
    )


def test_the_sentence_of_c_says_what_is_not_known() -> None:
    with translation.override("en"):
        said = sentence(explained(C), DEFAULT_V1, data_to=datetime.date(2026, 10, 31))
    assert "No survey answer: the average is used. Not known: repayment on time, debt service." in said
    assert "Data coverage 74.5%." in said
