"""Answers lose weight with age, in whole numbers, and few of them stay near the mean (domain F.2, satisfaction)."""

from __future__ import annotations

import datetime
from dataclasses import replace

import numpy as np
import pytest

from analytics.answers import UNIT, AnswerSums, aggregate, decay_table, satisfaction
from analytics.default_model import DEFAULT_V1
from analytics.fixedpoint import FULL, NEUTRAL, POINT

ON = datetime.date(2026, 10, 31)


def sums(answers: list[tuple[int, int, int, int]], n: int = 3) -> AnswerSums:
    """(customer, points, percent, days before the reference date)."""
    who, points, percent, ago = (np.array(column, dtype=np.int64) for column in zip(*answers, strict=True))
    return aggregate(who, points, percent, ON.toordinal() - ago, n=n, on=ON, model=DEFAULT_V1)


def test_the_weight_halves_every_180_days() -> None:
    table = decay_table(180, 365)
    assert (table[0], table[180], table[360]) == (1_000_000, 500_000, 250_000)
    assert table[1] == 996_157  # 0.5^(1/180) = 0.996156…
    assert len(table) == 366
    assert list(table) == sorted(table, reverse=True)


def test_answers_are_summed_by_customer() -> None:
    found = sums([(0, 100, 100, 0), (0, 75, 50, 0), (2, 25, 50, 180)])
    assert found.weight.tolist() == [1_500_000, 0, 250_000]
    assert found.weighted.tolist() == [137_500_000, 0, 6_250_000]


def test_the_mean_counts_every_answer_once() -> None:
    found = sums([(0, 100, 100, 0), (0, 75, 50, 0), (2, 25, 50, 180)])
    assert found.count == 3
    assert found.mean == divide_up(200 * POINT, 3)


def divide_up(numerator: int, denominator: int) -> int:
    return (2 * numerator + denominator) // (2 * denominator)


@pytest.mark.parametrize(("ago", "weight"), [(365, 245_233), (366, 0), (-5, 1_000_000)])
def test_the_window_closes_after_a_year_and_later_answers_are_new(ago: int, weight: int) -> None:
    assert sums([(1, 80, 100, ago)]).weight[1] == weight


def test_the_order_of_answers_does_not_matter() -> None:
    answers = [(customer % 3, (7 * customer) % 101, 50 + 50 * (customer % 2), customer) for customer in range(300)]
    forward, backward = sums(answers), sums(answers[::-1])
    assert forward.weight.tolist() == backward.weight.tolist()
    assert forward.weighted.tolist() == backward.weighted.tolist()
    assert forward.mean == backward.mean


@pytest.mark.parametrize(
    ("weight", "mark", "points"),
    [(UNIT, 60, 66 * POINT), (0, 0, 72 * POINT), (3 * UNIT, 100, 93 * POINT), (UNIT // 4, 25, 6_260_000_000)],
)
def test_few_answers_are_drawn_to_the_mean(weight: int, mark: int, points: int) -> None:
    found = AnswerSums(np.array([weight]), np.array([weight * mark]))
    assert satisfaction(found, mean=72 * POINT, pull=10_000)[0] == points


def test_without_pull_and_without_answers_the_mean_stands() -> None:
    assert satisfaction(AnswerSums.none(1), mean=72 * POINT, pull=0)[0] == 72 * POINT


def test_fifty_thousand_answers_of_one_customer_still_fit() -> None:
    n = 50_000
    found = AnswerSums(np.array([n * UNIT]), np.array([100 * n * UNIT]))
    assert satisfaction(found, mean=0, pull=10_000)[0] == divide_up(100 * n * UNIT * POINT, (n + 1) * UNIT)
    assert satisfaction(found, mean=FULL, pull=10_000)[0] == FULL


def test_no_answers_at_all() -> None:
    empty = np.zeros(0, dtype=np.int64)
    found = aggregate(empty, empty, empty, empty, n=2, on=ON, model=replace(DEFAULT_V1, half_life_days=30))
    assert found.weight.tolist() == [0, 0]
    assert found.mean == NEUTRAL
