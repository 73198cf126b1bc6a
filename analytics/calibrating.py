"""Freezing a population: its tables, its means and its medians (docs/decisions/0003; domain F.3, F.7)."""

from __future__ import annotations

import datetime
from collections.abc import Mapping
from dataclasses import replace

import numpy as np

from analytics.calibration import EVERYBODY, Calibration, metric_table
from analytics.fixedpoint import NEUTRAL, Bools, Ints, divide
from analytics.scoring import Inputs, Scores, score
from analytics.scoring_model import INDICATORS, ScoreModel, content_hash


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
    scores = score(inputs, model, bare)
    asked = {EVERYBODY: np.ones(inputs.n, dtype=bool), **(groups or {})}
    return replace(
        bare,
        indicator_means=tuple(
            _mean(scores.indicators[place][scores.scored], _fallback(indicator, bare))
            for place, indicator in enumerate(INDICATORS)
        ),
        metric_means={key: _mean(column.values[column.known]) for key, column in scores.metrics.items()},
        medians={group: _medians(scores, chosen, bare) for group, chosen in asked.items()},
    )


def _fallback(indicator: str, calibration: Calibration) -> int:
    return calibration.answers_mean if indicator == "S" else NEUTRAL


def _mean(points: Ints, fallback: int = NEUTRAL) -> int:
    return divide(int(points.sum()), len(points)) if len(points) else fallback


def _medians(scores: Scores, chosen: Bools, calibration: Calibration) -> tuple[int, ...]:
    rows = np.flatnonzero(scores.scored & chosen)
    if not len(rows):
        return tuple(_fallback(indicator, calibration) for indicator in INDICATORS)
    below, above = (len(rows) - 1) // 2, len(rows) // 2
    parted = np.partition(scores.indicators[:, rows], (below, above), axis=1)
    low, high = parted[:, below], parted[:, above]
    return tuple(divide(low + high, 2).tolist())
