"""What a scoring model must satisfy before anybody may approve it (domain F.1, R3.16)."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import NamedTuple

from django.utils.translation import gettext as _

from analytics.fixedpoint import WHOLE
from analytics.scoring_model import CODEBOOKS, INDICATORS, Metric, ScoreModel, Transform
from customers.classes import Grade

HEAVIEST = 6_000  # no indicator may weigh more, unless the cap is waived
STRONGEST_PULL = 100 * WHOLE
TOLERANCE = 1  # 0.0001, as the rule allows
WAIVE_WEIGHT = "WEIGHT_CAP"
WAIVE_SINGLE = "ONE_METRIC_"  # followed by the indicator


class Problem(NamedTuple):
    """What is wrong, in the reader's language, and where: an indicator, the key of a metric, or the name of a rule."""

    where: str
    text: str


def problems(model: ScoreModel) -> list[Problem]:
    """Every problem; an empty list means the version may go to approval."""
    found = [*_weights(model), *_metrics(model), *_limits(model), *_bands(model)]
    return [Problem(where, text) for where, text in found]


def validate(model: ScoreModel) -> list[str]:
    """Every problem as a sentence in the reader's language."""
    return [problem.text for problem in problems(model)]


def normalised(model: ScoreModel) -> ScoreModel:
    """The same version with weights that add up to exactly 1: what is over or short goes to the heaviest one."""
    heaviest = max(range(len(model.weights)), key=lambda place: model.weights[place])
    gap = WHOLE - sum(model.weights)
    weights = tuple(weight + gap * (place == heaviest) for place, weight in enumerate(model.weights))
    return replace(model, weights=weights)


def _weights(model: ScoreModel) -> Iterator[tuple[str, str]]:
    top = WHOLE if WAIVE_WEIGHT in model.waivers else HEAVIEST
    for indicator, weight in zip(INDICATORS, model.weights, strict=True):
        if not 0 <= weight <= top:
            yield (
                indicator,
                _("The weight of %(name)s must lie between 0 and %(top)s.")
                % {
                    "name": indicator,
                    "top": top / WHOLE,
                },
            )
    if abs(sum(model.weights) - WHOLE) > TOLERANCE:
        yield (
            INDICATORS[0],
            _("The five weights add up to %(sum)s; they must add up to 1.") % {"sum": sum(model.weights) / WHOLE},
        )


def _metrics(model: ScoreModel) -> Iterator[tuple[str, str]]:
    keys = [metric.key for metric in model.metrics]
    if len(set(keys)) != len(keys):
        yield "metrics", _("Two metrics have the same key.")
    for indicator in INDICATORS:
        parts = model.of(indicator)
        total = sum(metric.weight for metric in parts)
        if total != WHOLE:
            yield (
                parts[0].key if parts else indicator,
                _("The metrics of %(name)s add up to %(sum)s; they must add up to 1.")
                % {
                    "name": indicator,
                    "sum": total / WHOLE,
                },
            )
        if len(parts) < 2 and WAIVE_SINGLE + indicator not in model.waivers:
            yield indicator, _("%(name)s needs at least two metrics, or a waiver.") % {"name": indicator}
    for metric in model.metrics:
        yield from _metric(metric)


def _metric(metric: Metric) -> Iterator[tuple[str, str]]:
    name = {"name": metric.key}
    if metric.indicator not in INDICATORS:
        yield metric.key, _("%(name)s belongs to none of the five indicators.") % name
    if not 0 <= metric.weight <= WHOLE:
        yield metric.key, _("The weight of %(name)s must lie between 0 and %(top)s.") % {**name, "top": 1}
    if not 0 <= metric.tail < WHOLE // 2:
        yield metric.key, _("The share cut off at the ends of %(name)s must be below one half.") % name
    if metric.transform is Transform.LINEAR:
        yield from _ends(metric)
    if metric.transform is Transform.STEPS:
        yield from _table(metric, [points for _low, points in metric.steps])
        if not _rising([low for low, _points in metric.steps]):
            yield metric.key, _("The steps of %(name)s must rise.") % name
    if metric.transform is Transform.CODES:
        yield from _table(metric, [points for _code, points in metric.codes])
        yield from _strange_codes(metric)
    if (metric.transform is Transform.ANSWERS) != (metric.indicator == "S"):
        yield metric.key, _("Answers belong to satisfaction, and nothing else does: look at %(name)s.") % name


def _ends(metric: Metric) -> Iterator[tuple[str, str]]:
    if metric.best is None or metric.worst is None:
        yield metric.key, _("%(name)s needs the value worth 100 and the value worth 0.") % {"name": metric.key}
    elif metric.best == metric.worst:
        yield (
            metric.key,
            _("For %(name)s the value worth 100 and the value worth 0 must differ.") % {"name": metric.key},
        )


def _strange_codes(metric: Metric) -> Iterator[tuple[str, str]]:
    strange = {code for code, _points in metric.codes} - set(CODEBOOKS.get(metric.unit, ()))
    if strange:
        codes = ", ".join(sorted(strange))
        yield metric.key, _("%(name)s lists codes nobody has: %(codes)s.") % {"name": metric.key, "codes": codes}


def _table(metric: Metric, points: list[int]) -> Iterator[tuple[str, str]]:
    if not points:
        yield metric.key, _("%(name)s has an empty table.") % {"name": metric.key}
    if any(not 0 <= entry <= 100 for entry in points):
        yield metric.key, _("The points of %(name)s must lie between 0 and 100.") % {"name": metric.key}


def _limits(model: ScoreModel) -> Iterator[tuple[str, str]]:
    if not 0 <= model.pull <= STRONGEST_PULL:
        yield "pull", _("The pull towards the mean must lie between 0 and 100 answers.")
    if model.half_life_days < 1 or model.answer_window_days < 1 or model.provisional_days < 0:
        yield "half_life_days", _("Half-life, window and trial period are whole days.")
    if not 0 <= model.coverage_floor <= WHOLE:
        yield "coverage_floor", _("The coverage an indicator needs must lie between 0 and 1.")
    floors = model.confidence
    if len(floors) != 3 or not _rising([0, *reversed(floors), WHOLE + 1]):
        yield "confidence", _("The three confidence limits must fall, between 1 and 0.")


def _bands(model: ScoreModel) -> Iterator[tuple[str, str]]:
    grades = [grade for grade, _low in model.bands]
    lows = [low for _grade, low in model.bands]
    if [*grades, model.lowest_grade] != Grade.values:
        yield "bands", _("The grades are A, B, C, D and E, in this order.")
    if not _rising([0, *reversed(lows), 1001]):
        yield "bands", _("The grade limits must fall, between 100 and 0.")


def _rising(values: Sequence[int]) -> bool:
    return all(low < high for low, high in zip(values, values[1:], strict=False))
