"""Why a score is what it is, from what was stored with it: pieces for bars and tables (handbook 3/1.1.15; domain F.7).

Contributions say where a customer stands against the average of the frozen population. They are not causes, and
age and occupation never appear apart: together they are the "profile", which never leads.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal

from analytics.calibration import Calibration
from analytics.fixedpoint import FULL, POINTS_STORED, WHOLE, as_decimal, divide, signed_divide
from analytics.scoring_model import INDICATORS, Metric, ScoreModel
from analytics.wording import GROUPED, INDICATOR_LABELS, PROFILE, metric_word

TOP = 3


@dataclass(frozen=True, slots=True)
class StoredScore:
    """The columns of a score row: ``indicators`` in points of 1e-8, ``metrics`` and coverages in 1/10,000."""

    score_e8: int | None
    tenths: int | None
    grade: str
    coverage: int
    confidence: str
    provisional: bool
    indicators: tuple[int, ...]
    coverages: tuple[int, ...]
    metrics: Mapping[str, int | None]


@dataclass(frozen=True, slots=True)
class MetricPart:
    """One metric (or the profile) against the average; ``points`` None where it is a group."""

    key: str
    indicator: str
    label: str
    points: Decimal | None
    contribution: Decimal


@dataclass(frozen=True, slots=True)
class IndicatorPart:
    """One indicator: ``earned`` of at most ``most`` points of the score, and its ``contribution`` above the average.

    ``earned`` of the five add up to the score, ``contribution`` to score − baseline, both without remainder.
    ``neutral`` says that too little was known and the middle was used; for satisfaction, that nobody answered.
    """

    key: str
    label: str
    weight: Decimal
    points: Decimal
    average: Decimal
    earned: Decimal
    most: Decimal
    contribution: Decimal
    coverage: Decimal
    neutral: bool
    metrics: tuple[MetricPart, ...]


@dataclass(frozen=True, slots=True)
class Explanation:
    """``score`` is unrounded (8 decimals), ``shown`` what people see; both None when there is too little data.

    ``missing`` are keys of metrics nothing is known about, the profile's two under one name.
    """

    score: Decimal | None
    shown: Decimal | None
    grade: str
    baseline: Decimal
    coverage: Decimal
    provisional: bool
    indicators: tuple[IndicatorPart, ...]
    helps: tuple[MetricPart, ...]
    hurts: tuple[MetricPart, ...]
    missing: tuple[str, ...]


def explain(stored: StoredScore, model: ScoreModel, calibration: Calibration) -> Explanation:
    """Take a stored score apart against the averages of the calibration it was measured with."""
    indicators = tuple(_indicator(key, stored, model, calibration) for key in INDICATORS)
    parts = [part for indicator in indicators for part in indicator.metrics]
    averages = zip(model.weights, calibration.indicator_means, strict=True)
    baseline = sum(divide(weight * average, WHOLE) for weight, average in averages)
    return Explanation(
        score=None if stored.score_e8 is None else as_decimal(stored.score_e8, 8),
        shown=None if stored.tenths is None else as_decimal(stored.tenths, 1),
        grade=stored.grade,
        baseline=as_decimal(baseline, 8),
        coverage=as_decimal(stored.coverage, 4),
        provisional=stored.provisional,
        indicators=indicators,
        helps=_top(sorted((part for part in parts if part.contribution > 0), key=lambda part: -part.contribution)),
        hurts=_top(sorted((part for part in parts if part.contribution < 0), key=lambda part: part.contribution)),
        missing=_missing(stored, model),
    )


def _indicator(key: str, stored: StoredScore, model: ScoreModel, calibration: Calibration) -> IndicatorPart:
    place = INDICATORS.index(key)
    weight, points, coverage = model.weights[place], stored.indicators[place], stored.coverages[place]
    earned = divide(weight * points, WHOLE)
    neutral = coverage == 0 or coverage < model.coverage_floor
    return IndicatorPart(
        key=key,
        label=str(INDICATOR_LABELS[key]),
        weight=as_decimal(weight, 4),
        points=as_decimal(points, 8),
        average=as_decimal(calibration.mean(key), 8),
        earned=as_decimal(earned, 8),
        most=as_decimal(divide(weight * FULL, WHOLE), 8),
        contribution=as_decimal(earned - divide(weight * calibration.mean(key), WHOLE), 8),
        coverage=as_decimal(coverage, 4),
        neutral=neutral,
        metrics=() if neutral else _metrics(model.of(key), weight, coverage, stored, calibration),
    )


def _metrics(
    metrics: tuple[Metric, ...], weight: int, coverage: int, stored: StoredScore, calibration: Calibration
) -> tuple[MetricPart, ...]:
    """The same decomposition one level down: W · w · (points − average) / coverage, profile metrics summed."""
    found: dict[str, MetricPart] = {}
    for metric in metrics:
        points = stored.metrics.get(metric.key)
        if points is None:
            continue
        gap = points * POINTS_STORED - calibration.metric_means[metric.key]
        share = as_decimal(signed_divide(weight * metric.weight * gap, coverage * WHOLE), 8)
        key = GROUPED.get(metric.key, metric.key)
        if key in found:
            share += found[key].contribution
        shown = None if key == PROFILE else as_decimal(points, 4)
        found[key] = MetricPart(key, metric.indicator, metric_word(key), shown, share)
    return tuple(found.values())


def _top(ordered: list[MetricPart]) -> tuple[MetricPart, ...]:
    """The first few; the profile never leads when there is anything else to say."""
    if len(ordered) > 1 and ordered[0].key == PROFILE:
        ordered[0], ordered[1] = ordered[1], ordered[0]
    return tuple(ordered[:TOP])


def _missing(stored: StoredScore, model: ScoreModel) -> tuple[str, ...]:
    keys = [metric.key for metric in model.metrics if stored.metrics.get(metric.key) is None]
    return tuple(dict.fromkeys(GROUPED.get(key, key) for key in keys))
