"""Freezing a population: its tables, its means and its medians (docs/decisions/0003; domain F.3, F.7)."""

from __future__ import annotations

import datetime
from collections.abc import Mapping
from dataclasses import dataclass, replace

import numpy as np

from analytics.calibration import EVERYBODY, Calibration, metric_table
from analytics.fixedpoint import NEUTRAL, Bools, Ints, divide
from analytics.scoring import Inputs, score
from analytics.scoring_model import INDICATORS, ScoreModel, content_hash

PIECE = 10_000  # customers scored at a time: their columns stay in the cache


def calibrate(
    inputs: Inputs,
    model: ScoreModel,
    *,
    on: datetime.date,
    groups: Mapping[str, Bools] | None = None,
    answers_mean: int | None = None,
) -> Calibration:
    """Freeze the reference population (active individuals, domain F.3), whose facts were measured at ``on``.

    ``groups`` name parts of the population (asset classes) whose medians are wanted. ``answers_mean`` replaces the
    mean of the population's answers (μ, in points of 1e-8) where the bank sets one.
    """
    bare = Calibration(
        on=on,
        model_hash=content_hash(model),
        population=inputs.n,
        answers_mean=inputs.answers.mean if answers_mean is None else answers_mean,
        tables={
            metric.key: metric_table(metric, inputs.column(metric.key)) for metric in model.metrics if metric.ranked
        },
    )
    found = _scored(inputs, model, bare)
    asked = {EVERYBODY: np.ones(inputs.n, dtype=bool), **(groups or {})}
    return replace(
        bare,
        indicator_means=tuple(
            _mean(int(points.sum()), len(points), _fallback(indicator, bare))
            for indicator, points in zip(INDICATORS, found.indicators[:, found.scored], strict=True)
        ),
        metric_means={key: _mean(total, n) for key, (total, n) in found.metrics.items()},
        medians={group: _medians(found, chosen, bare) for group, chosen in asked.items()},
    )


@dataclass(frozen=True, eq=False)
class _Scored:
    """What a calibration keeps of scoring its own population: ``metrics`` has the sum and the number of the known."""

    indicators: Ints
    scored: Bools
    metrics: dict[str, tuple[int, int]]


def _scored(inputs: Inputs, model: ScoreModel, bare: Calibration) -> _Scored:
    """Piece by piece: the points of every metric of everybody at once would take most of a night's memory."""
    indicators = np.zeros((len(INDICATORS), inputs.n), dtype=np.int64)
    scored = np.zeros(inputs.n, dtype=bool)
    metrics: dict[str, tuple[int, int]] = {}
    for first in range(0, max(inputs.n, 1), PIECE):
        rows = slice(first, first + PIECE)
        part = score(inputs.take(rows), model, bare)
        indicators[:, rows], scored[rows] = part.indicators, part.scored
        for key, column in part.metrics.items():
            total, n = metrics.get(key, (0, 0))
            known = column.values[column.known]
            metrics[key] = (total + int(known.sum()), n + len(known))
    return _Scored(indicators, scored, metrics)


def _fallback(indicator: str, calibration: Calibration) -> int:
    return calibration.answers_mean if indicator == "S" else NEUTRAL


def _mean(total: int, n: int, fallback: int = NEUTRAL) -> int:
    return divide(total, n) if n else fallback


def _medians(scores: _Scored, chosen: Bools, calibration: Calibration) -> tuple[int, ...]:
    rows = np.flatnonzero(scores.scored & chosen)
    if not len(rows):
        return tuple(_fallback(indicator, calibration) for indicator in INDICATORS)
    below, above = (len(rows) - 1) // 2, len(rows) // 2
    parted = np.partition(scores.indicators[:, rows], (below, above), axis=1)
    low, high = parted[:, below], parted[:, above]
    return tuple(divide(low + high, 2).tolist())
