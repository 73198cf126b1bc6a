"""What a version of the value score consists of: plain data, a JSON form, a fingerprint (domain F.1–F.5, F.8)."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass, replace
from enum import StrEnum
from typing import Any

from django.utils.translation import gettext as _

from customers.classes import Occupation

INDICATORS = ("C", "S", "L", "G", "K")  # contribution, satisfaction, loyalty, growth, risk (high = safe)


class Transform(StrEnum):
    """How a metric's value becomes points (domain F.3)."""

    PERCENTILE = "PERCENTILE"  # mid-rank against the calibration
    MINMAX = "MINMAX"  # between the calibration's lower and upper cut
    STEPS = "STEPS"  # looked up by lower bound
    CODES = "CODES"  # looked up by code
    LINEAR = "LINEAR"  # straight line between best and worst
    ANSWERS = "ANSWERS"  # weighted answers, drawn towards the mean of all


class Unit(StrEnum):
    """What a metric's whole numbers count."""

    FEN = "FEN"
    COUNT = "COUNT"
    DAYS = "DAYS"
    YEARS = "YEARS"
    RATIO = "RATIO"  # 1/10,000
    OCCUPATION = "OCCUPATION"  # place in CODEBOOKS
    RATING = "RATING"  # place in CODEBOOKS
    ANSWERS = "ANSWERS"


CODEBOOKS: Mapping[Unit, tuple[str, ...]] = {
    Unit.OCCUPATION: tuple(Occupation.values),
    Unit.RATING: ("A", "B", "C", "D", "E"),
}


@dataclass(frozen=True, slots=True)
class Metric:
    """One measure inside an indicator. ``weight`` is its share of the indicator in 1/10,000.

    ``cap`` limits the value from above; ``tail`` (1/10,000) cuts both ends at that quantile of the population.
    ``steps`` are (lower bound, points) ascending: a value below the first is missing. ``codes`` are (code, points):
    a code not listed is missing. ``best`` and ``worst`` are the values worth 100 and 0.
    """

    key: str
    indicator: str
    weight: int
    unit: Unit
    transform: Transform = Transform.PERCENTILE
    zero_is_zero: bool = False
    fewer_is_better: bool = False
    cap: int | None = None
    tail: int = 0
    steps: tuple[tuple[int, int], ...] = ()
    codes: tuple[tuple[str, int], ...] = ()
    best: int | None = None
    worst: int | None = None

    @property
    def ranked(self) -> bool:
        """Whether the calibration holds a table for this metric."""
        return self.transform in (Transform.PERCENTILE, Transform.MINMAX)


@dataclass(frozen=True, slots=True)
class ScoreModel:
    """A whole version. Weights and coverages in 1/10,000; grade bands are (grade, lowest score in tenths)."""

    version: str
    weights: tuple[int, ...]  # in the order of INDICATORS
    metrics: tuple[Metric, ...]
    pull: int = 10_000  # κ: how many answers the mean of all is worth
    half_life_days: int = 180
    answer_window_days: int = 365
    coverage_floor: int = 2_500  # below it an indicator is neutral
    confidence: tuple[int, ...] = (8_000, 5_000, 3_000)  # HIGH, MEDIUM, LOW; below the last no score
    bands: tuple[tuple[str, int], ...] = (("A", 750), ("B", 600), ("C", 450), ("D", 300))
    lowest_grade: str = "E"
    provisional_days: int = 90
    waivers: tuple[str, ...] = ()

    def of(self, indicator: str) -> tuple[Metric, ...]:
        """The metrics of one indicator, in order."""
        return tuple(metric for metric in self.metrics if metric.indicator == indicator)

    def weight(self, indicator: str) -> int:
        """The weight of one indicator in 1/10,000."""
        return self.weights[INDICATORS.index(indicator)]

    def metric(self, key: str) -> Metric:
        """One metric; raises KeyError when the version has none of that key."""
        for metric in self.metrics:
            if metric.key == key:
                return metric
        raise KeyError(key)


def to_json(model: ScoreModel) -> dict[str, Any]:
    """The version as JSON: whole numbers and words only, fields at their default left out of metrics."""
    data = asdict(model)
    data["weights"] = dict(zip(INDICATORS, model.weights, strict=True))
    data["metrics"] = [_metric_json(metric) for metric in model.metrics]
    data["bands"] = [list(band) for band in model.bands]
    data["confidence"], data["waivers"] = list(model.confidence), list(model.waivers)
    return data


def from_json(data: Mapping[str, Any]) -> ScoreModel:
    """The version a JSON object describes. Raises ValueError, in the reader's language, when it is not one."""
    try:
        fields = dict(data)
        weights = fields.pop("weights")
        if set(weights) != set(INDICATORS):
            raise ValueError("weights")
        fields["weights"] = tuple(_whole(weights[indicator]) for indicator in INDICATORS)
        fields["metrics"] = tuple(_metric(entry) for entry in fields["metrics"])
        fields["confidence"] = tuple(_whole(floor) for floor in fields["confidence"])
        fields["bands"] = tuple((str(grade), _whole(low)) for grade, low in fields["bands"])
        fields["waivers"] = tuple(str(waiver) for waiver in fields["waivers"])
        for name in ("pull", "half_life_days", "answer_window_days", "coverage_floor", "provisional_days"):
            _whole(fields[name])
        return ScoreModel(**fields)
    except (KeyError, TypeError, ValueError, AttributeError) as problem:
        message = _("This is not a scoring model: look at %(part)s, and compare with the version in use.")
        raise ValueError(message % {"part": problem}) from problem


def content_hash(model: ScoreModel) -> str:
    """64 hexadecimal digits that change with any rule of the version, and not with its name."""
    rules = to_json(replace(model, version=""))
    text = json.dumps(rules, sort_keys=True, separators=(",", ":"), ensure_ascii=True)
    return hashlib.sha256(text.encode("ascii")).hexdigest()


def _metric_json(metric: Metric) -> dict[str, Any]:
    plain = asdict(Metric("", "", 0, Unit.COUNT))
    entry = {}
    for name, value in asdict(metric).items():
        if name in ("key", "indicator", "weight", "unit", "transform") or value != plain[name]:
            entry[name] = [list(pair) for pair in value] if name in ("steps", "codes") else value
    return entry | {"unit": metric.unit.value, "transform": metric.transform.value}


def _metric(entry: Mapping[str, Any]) -> Metric:
    fields = dict(entry)
    fields["unit"], fields["transform"] = Unit(fields["unit"]), Transform(fields["transform"])
    fields["steps"] = tuple((_whole(low), _whole(points)) for low, points in fields.get("steps", ()))
    fields["codes"] = tuple((str(code), _whole(points)) for code, points in fields.get("codes", ()))
    for name in ("weight", "tail", "cap", "best", "worst"):
        if fields.get(name) is not None:
            _whole(fields[name])
    return Metric(**fields)


def _whole(value: object) -> int:
    if isinstance(value, bool) or not isinstance(value, int):
        raise ValueError(repr(value))
    return value
