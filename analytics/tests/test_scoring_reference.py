"""The column scorer and the one-customer-at-a-time Decimal scorer agree to the last digit, whatever the facts."""

from __future__ import annotations

import datetime
import time
from decimal import Decimal

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from analytics.answers import UNIT, AnswerSums
from analytics.calibrating import calibrate
from analytics.default_model import DEFAULT_V1
from analytics.fixedpoint import POINT, as_decimal
from analytics.scoring import Inputs, score
from analytics.scoring_model import Transform, Unit
from analytics.tests import reference
from crm_site.columns import Column

ON = datetime.date(2026, 10, 31)
_RANGES = {
    Unit.FEN: (-(10**6), 10**12),
    Unit.COUNT: (0, 6),
    Unit.DAYS: (0, 9_000),
    Unit.YEARS: (0, 95),
    Unit.RATIO: (-10_000, 40_000),
    Unit.OCCUPATION: (0, 16),
    Unit.RATING: (0, 4),
}
_METRICS = [metric for metric in DEFAULT_V1.metrics if metric.transform is not Transform.ANSWERS]

person = st.fixed_dictionaries({metric.key: st.none() | st.integers(*_RANGES[metric.unit]) for metric in _METRICS})
answer = st.tuples(st.integers(0, 5 * UNIT), st.integers(0, 100))


def inputs_of(people: list[dict[str, int | None]], answers: list[tuple[int, int]]) -> Inputs:
    columns = {metric.key: Column.of(someone[metric.key] for someone in people) for metric in _METRICS}
    weights = np.array([weight for weight, _mark in answers], dtype=np.int64)
    weighted = np.array([weight * mark for weight, mark in answers], dtype=np.int64)
    return Inputs(len(people), columns, AnswerSums(weights, weighted))


@settings(max_examples=150)
@given(st.lists(st.tuples(person, answer), min_size=1, max_size=12), st.integers(0, 100))
def test_columns_agree_with_decimal(population: list[tuple[dict[str, int | None], tuple[int, int]]], mean: int) -> None:
    people = [someone for someone, _answers in population]
    answers = [given for _someone, given in population]
    found_inputs = inputs_of(people, answers)
    frozen = calibrate(found_inputs, DEFAULT_V1, on=ON, answers_mean=mean * POINT)
    found = score(found_inputs, DEFAULT_V1, frozen)
    for row, (someone, (weight, mark)) in enumerate(population):
        sums = (Decimal(weight) / UNIT, Decimal(weight * mark) / UNIT)
        total, indicators, coverages = reference.score(someone, sums, people, DEFAULT_V1, Decimal(mean))
        assert [as_decimal(points, 8) for points in found.indicators[:, row]] == indicators
        assert [as_decimal(known, 4) for known in found.coverages[:, row]] == coverages
        assert bool(found.scored[row]) is (total is not None)
        if total is not None:
            assert as_decimal(found.score_e8[row], 8) == total
            assert as_decimal(found.tenths[row], 1) == reference.rounded(total, Decimal("0.1"))


@given(st.lists(st.tuples(person, answer), min_size=2, max_size=10), st.randoms(use_true_random=False))
def test_neither_order_nor_cutting_moves_a_digit(population: list[tuple[dict, tuple[int, int]]], chance) -> None:
    everybody = inputs_of([someone for someone, _a in population], [given for _s, given in population])
    frozen = calibrate(everybody, DEFAULT_V1, on=ON)
    whole = score(everybody, DEFAULT_V1, frozen)
    order = list(range(len(population)))
    chance.shuffle(order)
    shuffled = everybody.take(np.array(order))
    assert calibrate(shuffled, DEFAULT_V1, on=ON) == frozen
    cut = len(order) // 2
    for rows in (np.array(order[:cut]), np.array(order[cut:])):
        part = score(everybody.take(rows), DEFAULT_V1, frozen)
        assert part.score_e8.tolist() == whole.score_e8[rows].tolist()
        assert part.indicators.tolist() == whole.indicators[:, rows].tolist()


def test_two_hundred_thousand_customers_take_less_than_a_second() -> None:
    chance = np.random.default_rng(7)
    n = 200_000
    columns = {}
    for metric in _METRICS:
        low, high = _RANGES[metric.unit]
        columns[metric.key] = Column(chance.integers(low, high, n), chance.random(n) < 0.1)
    weights = chance.integers(0, 3, n) * UNIT
    many = Inputs(n, columns, AnswerSums(weights, weights * chance.integers(0, 101, n)))
    frozen = calibrate(many, DEFAULT_V1, on=ON)
    taken = []
    for _attempt in range(3):
        start = time.process_time()
        found = score(many, DEFAULT_V1, frozen)
        taken.append(time.process_time() - start)
    assert found.scored.any()
    assert min(taken) < 1.0
