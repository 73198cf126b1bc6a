"""The value score once more, one customer at a time, in Decimal: written from domain F, not from the code.

It knows the population itself, not the calibration's tables, so it also checks those.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from decimal import ROUND_HALF_UP, Decimal, localcontext

from analytics.scoring_model import CODEBOOKS, INDICATORS, Metric, ScoreModel, Transform

Person = Mapping[str, int | None]
EIGHT = Decimal("1e-8")


def rounded(value: Decimal, step: Decimal = EIGHT) -> Decimal:
    """HALF_UP at the step."""
    return value.quantize(step, ROUND_HALF_UP)


def percentile(x: int, population: Sequence[int]) -> Decimal:
    """Mid-rank: 100 · (#less + ½ · #equal) / N."""
    if not population:
        return Decimal(50)
    less = sum(other < x for other in population)
    equal = sum(other == x for other in population)
    return rounded(Decimal(100) * (Decimal(less) + Decimal(equal) / 2) / len(population))


def _quantile(ordered: Sequence[int], share: int) -> int:
    at = Decimal(share) * (len(ordered) - 1) / 10_000
    low = int(at)
    if at == low:
        return ordered[low]
    return int(rounded(ordered[low] + (ordered[low + 1] - ordered[low]) * (at - low), Decimal(1)))


def _ranked(metric: Metric, x: int, people: Sequence[Person]) -> Decimal:
    sign = -1 if metric.fewer_is_better else 1

    def prepared(value: int) -> int:
        return sign * (value if metric.cap is None else min(value, metric.cap))

    known = [value for person in people if (value := person.get(metric.key)) is not None]
    if metric.zero_is_zero:
        if x <= 0:
            return Decimal(0)
        known = [value for value in known if value > 0]
    population = [prepared(value) for value in known]
    mine = prepared(x)
    if metric.tail and population:
        ordered = sorted(population)
        low, high = _quantile(ordered, metric.tail), _quantile(ordered, 10_000 - metric.tail)
        population = [min(max(value, low), high) for value in population]
        mine = min(max(mine, low), high)
    return percentile(mine, population)


def metric_points(metric: Metric, x: int | None, people: Sequence[Person]) -> Decimal | None:
    """Points of one metric, None when missing."""
    if x is None:
        return None
    if metric.transform is Transform.PERCENTILE:
        return _ranked(metric, x, people)
    if metric.transform is Transform.STEPS:
        reached = [points for low, points in metric.steps if x >= low]
        return Decimal(reached[-1]) if reached else None
    if metric.transform is Transform.CODES:
        points = dict(metric.codes).get(CODEBOOKS[metric.unit][x])
        return None if points is None else Decimal(points)
    assert metric.best is not None and metric.worst is not None
    line = Decimal(100) * (x - metric.worst) / (metric.best - metric.worst)
    return rounded(min(max(line, Decimal(0)), Decimal(100)))


def score(
    person: Person, answers: tuple[Decimal, Decimal], people: Sequence[Person], model: ScoreModel, mean: Decimal
) -> tuple[Decimal | None, list[Decimal], list[Decimal]]:
    """Unrounded score (None when too little is known), the five indicators, the five coverages.

    ``answers`` are Σ w and Σ w·x; ``mean`` is μ.
    """
    with localcontext() as context:
        context.prec = 60
        weight, weighted = answers
        indicators, coverages = [], []
        kappa = Decimal(model.pull) / 10_000
        for key in INDICATORS:
            if key == "S":
                drawn = (weighted + kappa * mean) / (weight + kappa) if weight + kappa else mean
                indicators.append(rounded(drawn) if weight else mean)
                coverages.append(Decimal(1 if weight else 0))
                continue
            parts = [(metric.weight, metric_points(metric, person.get(metric.key), people)) for metric in model.of(key)]
            present = [(part, points) for part, points in parts if points is not None]
            covered = sum(part for part, _points in present)
            coverages.append(Decimal(covered) / 10_000)
            if covered and covered >= model.coverage_floor:
                total = sum((part * points for part, points in present), Decimal(0))
                indicators.append(rounded(total / covered))
            else:
                indicators.append(Decimal(50))
        weights = [Decimal(part) / 10_000 for part in model.weights]
        coverage = sum((part * known for part, known in zip(weights, coverages, strict=True)), Decimal(0))
        coverage = rounded(coverage, Decimal("0.0001"))
        if coverage < Decimal(model.confidence[-1]) / 10_000:
            return None, indicators, coverages
        total = sum((rounded(part * points) for part, points in zip(weights, indicators, strict=True)), Decimal(0))
        return total, indicators, coverages
