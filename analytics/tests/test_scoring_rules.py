"""Transforms, missing data, coverage, confidence and grades (domain F.3–F.5; TV-44, TV-47)."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal

import numpy as np
import pytest

from analytics.answers import UNIT, AnswerSums
from analytics.calibrating import calibrate
from analytics.default_model import DEFAULT_V1
from analytics.fixedpoint import NEUTRAL, POINT, as_decimal
from analytics.scoring import Inputs, grades, metric_points, score
from analytics.scoring_model import CODEBOOKS, Metric, Transform, Unit
from analytics.tests import worked_example
from analytics.tests.worked_example import ON, only
from crm_site.columns import MISSING, Column
from customers.classes import Confidence, Grade


def points_of(key: str, values: list[int | None]) -> list[Decimal | None]:
    """Points of one metric when the customers are their own population."""
    facts = only(key, values)
    frozen = calibrate(facts, DEFAULT_V1, on=ON)
    found = metric_points(DEFAULT_V1.metric(key), facts, DEFAULT_V1, frozen)
    return [
        None if missing else as_decimal(points, 8).quantize(Decimal("0.01"))
        for points, missing in zip(found.values, found.missing, strict=True)
    ]


def decimals(*values: str | None) -> list[Decimal | None]:
    return [None if value is None else Decimal(value) for value in values]


@pytest.mark.parametrize(
    ("key", "values", "points"),
    [
        ("c1", [8_600, 8_600, 1_200], ["66.67", "66.67", "16.67"]),  # TV-47
        ("c1", [500], ["50.00"]),
        ("c1", [-5, None, 5], ["25.00", None, "75.00"]),
        ("l2", [0, 0, 0, 2, 1], ["0.00", "0.00", "0.00", "75.00", "25.00"]),
        ("l2", [0, 0], ["0.00", "0.00"]),
        ("l5", [2, 9, 210], ["83.33", "50.00", "16.67"]),
        ("l3", [7_305, 9_000, 10], ["66.67", "66.67", "16.67"]),  # twenty years is as long as it counts
        ("l4", [30_000, 45_000, 10_000], ["66.67", "66.67", "16.67"]),
        ("k1", [0, 1, 30, 31, 60], ["100.00", "70.00", "70.00", "40.00", "40.00"]),
        ("k1", [61, 90, 91, 400], ["20.00", "20.00", "0.00", "0.00"]),
        ("k1", [None, -1], [None, None]),
        ("k2", [0, 3_000, 3_001, 5_500, 8_000, 9_999], ["100.00", "100.00", "99.98", "50.00", "0.00", "0.00"]),
        ("g1", [17, 18, 24, 25, 34, 35, 44, 45, 54, 55, 64, 65, 99],
         [None, "60.00", "60.00", "90.00", "90.00", "100.00", "100.00", "75.00", "75.00", "45.00", "45.00", "25.00",
          "25.00"]),
    ],
)  # fmt: skip
def test_points_of_a_metric(key: str, values: list[int | None], points: list[str | None]) -> None:
    assert points_of(key, values) == decimals(*points)


@pytest.mark.parametrize(
    ("code", "points"),
    [("BUSINESS_OWNER", 90), ("MANAGER", 90), ("PROFESSIONAL", 85), ("STUDENT", 80), ("PRIVATE_EMPLOYEE", 65),
     ("CIVIL_SERVANT", 60), ("MILITARY", 60), ("FREELANCER", 55), ("WORKER", 55), ("FARMER", 45), ("RETIRED", 20),
     ("HOMEMAKER", 50), ("OTHER", 50), ("REFUSED", None), ("", None)],
)  # fmt: skip
def test_points_of_an_occupation(code: str, points: int | None) -> None:
    facts = Inputs(1, {"g2": Column.of_codes([code], CODEBOOKS[Unit.OCCUPATION])}, AnswerSums.none(1))
    found = metric_points(DEFAULT_V1.metric("g2"), facts, DEFAULT_V1, calibrate(facts, DEFAULT_V1, on=ON))
    assert (None if found.missing[0] else found.values[0]) == (None if points is None else points * POINT)


def test_the_ends_of_asset_growth_are_cut_at_one_in_a_hundred() -> None:
    growth: list[int | None] = [*range(0, 2_000, 10), 10**9]
    found = points_of("g5", growth)
    assert found[0] == found[1]  # the lowest two fall below the lower cut together
    assert found[-1] == found[-2]  # an outlier is worth no more than the top
    assert found[100] == Decimal("50.00")


def test_a_scale_between_the_cuts_may_replace_ranks() -> None:
    scaled = Metric("x", "C", 5_000, Unit.COUNT, Transform.MINMAX, tail=2_500)
    other = replace(DEFAULT_V1.metric("c1"), weight=5_000)
    rest = [metric for metric in DEFAULT_V1.metrics if metric.indicator != "C"]
    version = replace(DEFAULT_V1, metrics=(scaled, other, *rest))
    facts = only("x", [0, 10, 20, 30, 40])
    found = metric_points(scaled, facts, version, calibrate(facts, version, on=ON))
    assert (found.values // POINT).tolist() == [0, 0, 50, 100, 100]
    same = only("x", [7, 7])
    flat = metric_points(scaled, same, version, calibrate(same, version, on=ON))
    assert flat.values.tolist() == [NEUTRAL, NEUTRAL]


def test_missing_is_neither_zero_nor_perfect() -> None:
    """A customer without credit has no credit record; a customer who never answered is the mean."""
    facts = only("c1", [100, None])
    found = score(facts, DEFAULT_V1, calibrate(facts, DEFAULT_V1, on=ON, answers_mean=72 * POINT))
    assert found.indicators[4].tolist() == [NEUTRAL, NEUTRAL]
    assert found.coverages[4].tolist() == [0, 0]
    assert found.indicators[1].tolist() == [72 * POINT, 72 * POINT]
    assert found.metric_e4("k1").tolist() == [MISSING, MISSING]


@pytest.mark.parametrize(
    ("known", "points", "coverage"),
    [
        ({"g1": 40}, NEUTRAL, 1_500),  # below a quarter: neutral
        ({"g1": 40, "g2": 5}, 96 * POINT, 2_500),  # exactly a quarter: what is known shares the whole
        ({}, NEUTRAL, 0),
    ],
)
def test_an_indicator_needs_a_quarter_of_its_weight(known: dict[str, int], points: int, coverage: int) -> None:
    facts = Inputs(1, {key: Column.of([value]) for key, value in known.items()}, AnswerSums.none(1))
    found = score(facts, DEFAULT_V1, calibrate(facts, DEFAULT_V1, on=ON))
    assert (found.indicators[3, 0], found.coverages[3, 0]) == (points, coverage)


@pytest.mark.parametrize(
    ("known", "coverage", "confidence"),
    [
        (["c1", "c2", "c3", "g1", "g2", "k1"], 4_125, "LOW"),
        (["c1", "c2", "c3"], 3_150, "LOW"),
        (["c1", "c2", "k2"], 2_900, "INSUFFICIENT"),
        (["c1", "c2", "l1", "l2"], 3_350, "LOW"),
        (["c1", "c2", "c3", "c4", "l1", "l2", "l3", "l4", "l5"], 5_500, "MEDIUM"),
    ],
)
def test_confidence_is_the_share_that_is_known(known: list[str], coverage: int, confidence: str) -> None:
    facts = Inputs(1, {key: Column.of([40 if key == "g1" else 1]) for key in known}, AnswerSums.none(1))
    found = score(facts, DEFAULT_V1, calibrate(facts, DEFAULT_V1, on=ON))
    assert found.coverage[0] == coverage
    assert Confidence.values[found.confidence[0]] == confidence


def test_too_little_data_gives_no_score_and_no_grade() -> None:
    facts = only("c1", [1, 2])
    found = score(facts, DEFAULT_V1, calibrate(facts, DEFAULT_V1, on=ON))
    assert not found.scored.any()
    assert found.score_e8.tolist() == found.tenths.tolist() == found.grade.tolist() == [MISSING, MISSING]


@pytest.mark.parametrize(("days", "provisional"), [(0, True), (89, True), (90, False), (None, False)])
def test_a_customer_of_less_than_ninety_days_is_provisional(days: int | None, provisional: bool) -> None:
    facts = only("l3", [days])
    found = score(facts, DEFAULT_V1, calibrate(facts, DEFAULT_V1, on=ON))
    assert bool(found.provisional[0]) is provisional


@pytest.mark.parametrize(
    ("tenths", "grade"),
    [(1000, "A"), (750, "A"), (749, "B"), (600, "B"), (599, "C"), (450, "C"), (449, "D"), (300, "D"), (299, "E"),
     (0, "E")],
)  # fmt: skip
def test_grades(tenths: int, grade: str) -> None:
    assert Grade.values[grades(np.array([tenths]), DEFAULT_V1)[0]] == grade


@pytest.mark.parametrize(("raw", "shown", "grade"), [("74.95", 750, "A"), ("74.949", 749, "B")])
def test_the_grade_is_taken_from_the_rounded_score(raw: str, shown: int, grade: str) -> None:
    """TV-44: all weight on satisfaction, whose points the answers give directly."""
    version = replace(DEFAULT_V1, weights=(0, 10_000, 0, 0, 0), pull=0)
    weight = 1_000 * UNIT
    facts = Inputs(1, {}, AnswerSums(np.array([weight]), np.array([int(Decimal(raw) * weight)])))
    found = score(facts, version, calibrate(facts, version, on=ON))
    assert as_decimal(found.score_e8[0], 8) == Decimal(raw)
    assert found.tenths[0] == shown
    assert Grade.values[found.grade[0]] == grade


def test_one_metric_with_all_the_weight_ranks_as_the_metric_does() -> None:
    turnover = [int(value) for value in np.random.default_rng(3).permutation(5_000) ** 2]
    version = replace(DEFAULT_V1, weights=(10_000, 0, 0, 0, 0))
    rest = tuple(metric for metric in version.metrics if metric.indicator != "C")
    version = replace(version, metrics=(replace(version.metric("c2"), weight=10_000), *rest))
    facts = only("c2", list(turnover))
    found = score(facts, version, calibrate(facts, version, on=ON))
    assert np.argsort(found.score_e8, kind="stable").tolist() == np.argsort(turnover, kind="stable").tolist()


def test_an_empty_population_scores_nobody() -> None:
    nobody = only("c1", [])
    found = score(nobody, DEFAULT_V1, calibrate(nobody, DEFAULT_V1, on=ON))
    assert len(found.score_e8) == 0
    one = worked_example.inputs().take(np.array([0]))
    alone = score(one, DEFAULT_V1, calibrate(nobody, DEFAULT_V1, on=ON))
    assert alone.indicators[0, 0] == NEUTRAL  # nobody to compare with
