"""The five customers A–E worked by hand (domain F.6), as inputs of the scorer."""

from __future__ import annotations

import datetime
from dataclasses import replace

import numpy as np

from analytics.answers import aggregate
from analytics.calibrating import calibrate
from analytics.calibration import Calibration
from analytics.default_model import DEFAULT_V1
from analytics.explanation import StoredScore
from analytics.fixedpoint import POINT
from analytics.scoring import Inputs, Scores, score
from analytics.scoring_model import CODEBOOKS, ScoreModel, Unit
from crm_site.columns import Column
from customers.classes import Confidence, Grade

ON = datetime.date(2026, 10, 31)
MEAN_ANSWER = 72 * POINT
_FACTS: dict[str, list[int | None]] = {
    "c1": [5_200_000, 860_000, 120_000, 860_000, -30_000],
    "c2": [240_000_000, 38_000_000, 9_500_000, 61_000_000, 1_200_000],
    "c3": [310, 140, 220, 60, 4],
    "c4": [6, 4, 3, 3, 1],
    "l1": [9, 3, 2, 5, 0],
    "l2": [2, 0, 1, 0, 0],
    "l3": [12 * 365, 4 * 365, 7 * 365, 15 * 365, 1 * 365],
    "l4": [11_000, 9_500, 10_200, 8_000, 1_000],
    "l5": [2, 9, 5, 30, 210],
    "g1": [50, 30, 40, 60, 20],
    "g3": [400, 800, 1_500, 0, None],
    "g4": [2, 1, 3, 0, 0],
    "g5": [1_000, 500, 2_200, -2_000, -9_000],
    "k1": [0, 12, None, 0, 45],
    "k2": [2_000, 4_500, None, 3_000, 6_000],
}
_OCCUPATIONS = ["MANAGER", "PRIVATE_EMPLOYEE", "PROFESSIONAL", "RETIRED", "STUDENT"]
_RATINGS = ["A", "B", "B", "A", ""]
# customer, points, percent, days ago; E's one answer was asked by an agent a half-life ago: weight 0.25
_ANSWERS = [(0, 100, 100, 0), (0, 75, 50, 0), (1, 60, 100, 0), (3, 100, 100, 0), (3, 75, 50, 0), (4, 25, 50, 180)]


def inputs() -> Inputs:
    """The table of F.6 in the model's units."""
    columns = {key: Column.of(values) for key, values in _FACTS.items()}
    columns["g2"] = Column.of_codes(_OCCUPATIONS, CODEBOOKS[Unit.OCCUPATION])
    columns["k3"] = Column.of_codes(_RATINGS, CODEBOOKS[Unit.RATING])
    who, points, percent, ago = (np.array(column) for column in zip(*_ANSWERS, strict=True))
    answers = aggregate(who, points, percent, ON.toordinal() - ago, n=5, on=ON, model=DEFAULT_V1)
    return Inputs(5, columns, answers)


def calibration() -> Calibration:
    """The five frozen as their own population, with the mean answer the example gives."""
    return calibrate(inputs(), DEFAULT_V1, on=ON, answers_mean=MEAN_ANSWER)


def scores() -> Scores:
    """The five scored."""
    return score(inputs(), DEFAULT_V1, calibration())


def stored(found: Scores, row: int) -> StoredScore:
    """One customer's results as a score row keeps them."""
    scored = bool(found.scored[row])
    return StoredScore(
        score_e8=int(found.score_e8[row]) if scored else None,
        tenths=int(found.tenths[row]) if scored else None,
        grade=Grade.values[found.grade[row]] if scored else "",
        coverage=int(found.coverage[row]),
        confidence=Confidence.values[found.confidence[row]],
        provisional=bool(found.provisional[row]),
        indicators=tuple(found.indicators[:, row].tolist()),
        coverages=tuple(found.coverages[:, row].tolist()),
        metrics={key: None if (points := int(found.metric_e4(key)[row])) < 0 else points for key in found.metrics},
    )


def only(column: str, values: list[int | None]) -> Inputs:
    """Customers of whom a single fact is known."""
    found = Column.of(values)
    nobody = aggregate(*(np.zeros(0, dtype=np.int64),) * 4, n=len(values), on=ON, model=DEFAULT_V1)
    return Inputs(len(values), {column: found}, nobody)


def model(**changes: object) -> ScoreModel:
    """The default model with some rules changed."""
    return replace(DEFAULT_V1, **changes)  # type: ignore[arg-type]
