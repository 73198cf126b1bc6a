"""Answers of customers, gathered into two sums each, so that a score can use them (domain F.2, satisfaction)."""

from __future__ import annotations

import datetime
from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal, localcontext
from functools import lru_cache

import numpy as np

from analytics.fixedpoint import NEUTRAL, POINT, WHOLE, Ints, divide
from analytics.scoring_model import ScoreModel

UNIT = 1_000_000  # weights of answers are kept in 1/1,000,000


@dataclass(frozen=True, eq=False)
class AnswerSums:
    """Per customer Σ w and Σ w·x, with w in 1/1,000,000 and x in whole points 0–100.

    ``mean`` is the plain mean of all answers inside the window, in points (μ); the neutral 50 when there is none.
    """

    weight: Ints
    weighted: Ints
    mean: int = NEUTRAL
    count: int = 0

    @classmethod
    def none(cls, n: int) -> AnswerSums:
        """Nobody has answered."""
        return cls(np.zeros(n, dtype=np.int64), np.zeros(n, dtype=np.int64))

    def take(self, rows: Ints | slice) -> AnswerSums:
        """The sums of some of the customers; the mean stays that of all."""
        return AnswerSums(self.weight[rows], self.weighted[rows], self.mean, self.count)


@lru_cache(maxsize=16)
def decay_table(half_life_days: int, window_days: int) -> tuple[int, ...]:
    """0.5^(age/half-life) for every age in days up to the window, in 1/1,000,000; by Decimal, not floats."""
    with localcontext() as context:
        context.prec = 40
        half = Decimal("0.5")
        weights = [UNIT * half ** (Decimal(age) / half_life_days) for age in range(window_days + 1)]
        return tuple(int(weight.to_integral_value(ROUND_HALF_UP)) for weight in weights)


def aggregate(
    customer: Ints,
    points: Ints,
    percent: Ints,
    answered_on: Ints,
    *,
    n: int,
    on: datetime.date,
    model: ScoreModel,
) -> AnswerSums:
    """Sums of the answers of ``n`` customers at the reference date ``on``.

    One entry an answer: ``customer`` 0…n−1, ``points`` 0–100, ``percent`` its weight q (100 a survey, 50 an interview
    or asked by an agent), ``answered_on`` as ``date.toordinal()``. Answers older than the window do not count; answers
    after ``on`` count as new. The order of the answers does not matter. Anonymous answers must not be handed in.
    """
    age = np.maximum(np.int64(on.toordinal()) - np.asarray(answered_on, dtype=np.int64), 0)
    recent = age <= model.answer_window_days
    table = np.array(decay_table(model.half_life_days, model.answer_window_days), dtype=np.int64)
    who, marks = np.asarray(customer)[recent], np.asarray(points, dtype=np.int64)[recent]
    weights = divide(np.asarray(percent, dtype=np.int64)[recent] * table[age[recent]], 100)
    weight, weighted = np.zeros(n, dtype=np.int64), np.zeros(n, dtype=np.int64)
    np.add.at(weight, who, weights)
    np.add.at(weighted, who, weights * marks)
    count = len(marks)
    mean = divide(int(marks.sum()) * POINT, count) if count else NEUTRAL
    return AnswerSums(weight, weighted, mean, count)


def satisfaction(sums: AnswerSums, *, mean: int, pull: int) -> Ints:
    """(Σ w·x + κ·μ) / (Σ w + κ) in points: few answers stay near the mean of all, no answer is the mean.

    ``mean`` is μ in points, ``pull`` κ in 1/10,000 answers, at most a hundred answers. With κ = 0 and no answer the
    mean stands. Fits up to 90,000 answers a customer.
    """
    kappa = pull * (UNIT // WHOLE)
    total = sums.weight + kappa
    divisor = np.maximum(total, 1)
    # whole points first: the sum of many answers times a point would not fit 64 bits
    found = sums.weighted // divisor * POINT + divide(sums.weighted % divisor * POINT + kappa * mean, divisor)
    return np.where(total > 0, found, np.int64(mean))
