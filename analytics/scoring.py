"""The customer value score: five indicators, one number, how much of it is known (handbook 3/1.1.14–15; domain F).

Everything is whole numbers (``analytics.fixedpoint``). ``Score = Σ W_i · I_i``; each product is rounded HALF_UP to
eight decimals, so that the five contributions add up to the score without a remainder.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from analytics.answers import AnswerSums, satisfaction
from analytics.calibration import Calibration, ranked_values
from analytics.fixedpoint import FULL, NEUTRAL, POINT, POINTS_STORED, WHOLE, Bools, Ints, divide, share_of
from analytics.scoring_model import CODEBOOKS, INDICATORS, Metric, ScoreModel, Transform
from crm_site.columns import MISSING, Column
from customers.classes import Confidence

TENTH = POINT // 10
TENURE = "l3"  # the metric that tells how long somebody has been a customer, in days


@dataclass(frozen=True, eq=False)
class Inputs:
    """Facts about ``n`` customers: metric key → column, in the unit the model gives; a key left out is not known."""

    n: int
    columns: Mapping[str, Column]
    answers: AnswerSums

    def column(self, key: str) -> Column:
        """One fact about everybody."""
        return self.columns.get(key) or Column.none(self.n)

    def take(self, rows: Ints | slice) -> Inputs:
        """The facts about some of the customers."""
        columns = {key: column.take(rows) for key, column in self.columns.items()}
        answers = self.answers.take(rows)
        return Inputs(len(answers.weight), columns, answers)


@dataclass(frozen=True, eq=False)
class Scores:
    """Results, one entry a customer. Where ``scored`` is false, score, tenths and grade read ``MISSING`` (−1).

    ``score_e8`` in 1e-8; ``tenths`` is what people see; ``grade`` and ``confidence`` are places in ``Grade`` and
    ``Confidence``; ``coverage`` and ``coverages`` in 1/10,000; ``indicators`` and ``metrics`` in points of 1e-8.
    Rows of ``indicators`` and ``coverages`` follow ``INDICATORS``.
    """

    scored: Bools
    score_e8: Ints
    tenths: Ints
    grade: Ints
    confidence: Ints
    provisional: Bools
    coverage: Ints
    indicators: Ints
    coverages: Ints
    metrics: Mapping[str, Column]

    def metric_e4(self, key: str) -> Ints:
        """Points of one metric with the four decimals that are stored, −1 where missing."""
        column = self.metrics[key]
        return np.where(column.missing, np.int64(MISSING), divide(column.values, POINTS_STORED))


def score(inputs: Inputs, model: ScoreModel, calibration: Calibration) -> Scores:
    """Score every customer by one model version, measured against one calibration. Order of rows does not matter."""
    metrics = {metric.key: metric_points(metric, inputs, model, calibration) for metric in model.metrics}
    parts = [_indicator(indicator, metrics, model, calibration) for indicator in INDICATORS]
    indicators = np.stack([points for points, _coverage in parts])
    coverages = np.stack([coverage for _points, coverage in parts])
    weights = np.array(model.weights, dtype=np.int64)[:, None]
    coverage = divide((weights * coverages).sum(axis=0), WHOLE)
    confidence = _confidence(coverage, model)
    scored = confidence != Confidence.values.index(Confidence.INSUFFICIENT)
    unrounded = divide(weights * indicators, WHOLE).sum(axis=0)
    tenths = divide(unrounded, TENTH)
    tenure = inputs.column(TENURE)
    return Scores(
        scored=scored,
        score_e8=np.where(scored, unrounded, np.int64(MISSING)),
        tenths=np.where(scored, tenths, np.int64(MISSING)),
        grade=np.where(scored, grades(tenths, model), np.int64(MISSING)),
        confidence=confidence,
        provisional=tenure.known & (tenure.values < model.provisional_days),
        coverage=coverage,
        indicators=indicators,
        coverages=coverages,
        metrics=metrics,
    )


def grades(tenths: Ints, model: ScoreModel) -> Ints:
    """Places in ``Grade`` of scores in tenths: the grade is taken from the rounded score, lower limits inclusive."""
    lows = np.array([low for _grade, low in reversed(model.bands)], dtype=np.int64)
    return len(lows) - np.searchsorted(lows, tenths, side="right").astype(np.int64)


def metric_points(metric: Metric, inputs: Inputs, model: ScoreModel, calibration: Calibration) -> Column:
    """Points 0–100 of one metric, missing where its value is missing or stands in no table."""
    if metric.transform is Transform.ANSWERS:
        points = satisfaction(inputs.answers, mean=calibration.answers_mean, pull=model.pull)
        return Column(points, inputs.answers.weight == 0)
    column = inputs.column(metric.key)
    if metric.ranked:
        return _ranked(metric, column, calibration)
    if metric.transform is Transform.STEPS:
        return _stepped(metric, column)
    if metric.transform is Transform.CODES:
        return _coded(metric, column)
    return _linear(metric, column)


def _ranked(metric: Metric, column: Column, calibration: Calibration) -> Column:
    table = calibration.tables[metric.key]
    values = ranked_values(metric, column.values, table)
    if metric.transform is Transform.PERCENTILE:
        points = calibration.rulers[metric.key].points(values)
    elif table.low is None or table.high is None or table.low == table.high:
        points = np.full(len(values), NEUTRAL, dtype=np.int64)
    else:
        points = share_of(FULL, values - table.low, table.high - table.low)
    if metric.zero_is_zero:
        points = np.where(column.values > 0, points, np.int64(0))
    return Column(points, column.missing)


def _stepped(metric: Metric, column: Column) -> Column:
    lows = np.array([low for low, _points in metric.steps], dtype=np.int64)
    worth = np.array([0, *(points for _low, points in metric.steps)], dtype=np.int64) * POINT
    place = np.searchsorted(lows, column.values, side="right")
    return Column(worth[place], column.missing | (place == 0))


def _coded(metric: Metric, column: Column) -> Column:
    book = CODEBOOKS[metric.unit]
    listed = dict(metric.codes)
    worth = np.array([listed.get(code, 0) for code in book], dtype=np.int64) * POINT
    absent = np.array([code not in listed for code in book], dtype=bool)
    known = column.known & (column.values >= 0) & (column.values < len(book))
    place = np.where(known, column.values, 0)
    return Column(worth[place], ~known | absent[place])


def _linear(metric: Metric, column: Column) -> Column:
    if metric.best is None or metric.worst is None:
        raise ValueError(f"{metric.key} has no ends")
    low, high = sorted((metric.best, metric.worst))
    inside = np.clip(column.values, low, high)
    part = inside - low if metric.best == high else high - inside
    return Column(share_of(FULL, part, high - low), column.missing)


def _indicator(
    indicator: str, metrics: Mapping[str, Column], model: ScoreModel, calibration: Calibration
) -> tuple[Ints, Ints]:
    """Points and coverage of one indicator: what is present shares the whole weight; too little is neutral (F.4).

    Satisfaction without an answer is the mean answer, which the metric itself already says.
    """
    parts = [(metric.weight, metrics[metric.key]) for metric in model.of(indicator)]
    n = len(parts[0][1])
    total, coverage = np.zeros(n, dtype=np.int64), np.zeros(n, dtype=np.int64)
    for weight, column in parts:
        total += np.where(column.missing, np.int64(0), weight * column.values)
        coverage += np.where(column.missing, np.int64(0), np.int64(weight))
    points = divide(total, np.maximum(coverage, 1))
    fallback = calibration.answers_mean if indicator == "S" else NEUTRAL
    enough = (coverage > 0) & (coverage >= model.coverage_floor)
    return np.where(enough, points, np.int64(fallback)), coverage


def _confidence(coverage: Ints, model: ScoreModel) -> Ints:
    floors = np.array(model.confidence[::-1], dtype=np.int64)
    return len(floors) - np.searchsorted(floors, coverage, side="right").astype(np.int64)
