"""What a draft of the value score would do: both versions over the same facts, by id ranges (domain E, F.11; R3.16).

The version it is compared with is that of the published night, measured by that night's calibration. A draft that ranks
a metric as the published version does is measured by the same table, so what moves is the model's doing alone; only
metrics it ranks otherwise are ranked anew, over the same customers. What is held in memory is those columns, two
histograms of scores in tenths and the movers, however large the bank is (docs/decisions/0049).
"""

from __future__ import annotations

import datetime
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np
from django.utils import timezone

from analytics import drift, reading
from analytics.actions.scoring_run import active_model, reference_date
from analytics.calibration import Calibration as Frozen
from analytics.calibration import metric_table
from analytics.drift import TENTHS
from analytics.fixedpoint import NEUTRAL, POINT, WHOLE, Ints, divide
from analytics.models import ScoreRun
from analytics.reading import Facts
from analytics.scoring import Scores, score
from analytics.scoring_model import INDICATORS, Metric, ScoreModel, content_hash, from_json
from crm_site import arrays
from crm_site.columns import Column
from customers.classes import Grade
from customers.models import Customer

MOVERS = 50
UNSCORED = TENTHS  # the place of "no score" behind the tenths
_NO_GRADE = len(Grade.values)


@dataclass(frozen=True)
class Ruler:
    """A version and what it measures with."""

    spec: ScoreModel
    frozen: Frozen


def what_if(draft: ScoreModel) -> dict[str, Any]:
    """The draft beside the published version, as JSON: see ``_found``."""
    base, run_no = _published()
    drafted = Ruler(draft, _measured(draft, base.frozen.on, like=base))
    pair = _Pair(base, drafted)
    for first, last in Customer.objects.key_ranges(arrays.shard_rows()):
        pair.take(reading.facts(reading.rows(first, last)))
    return pair.found(run_no)


def _published() -> tuple[Ruler, int]:
    """How the published night measured, and its number; before the first night, how one would."""
    runs = ScoreRun.objects.filter(state=ScoreRun.State.PUBLISHED).select_related("model", "calibration")
    run = runs.order_by("-no").first()
    if run is not None:
        return Ruler(from_json(run.model.spec), Frozen.from_json(run.calibration.data)), run.no
    spec = from_json(active_model().spec)
    on = reference_date(timezone.localdate() - datetime.timedelta(days=1))
    return Ruler(spec, _measured(spec, on)), 0


# --- measuring --------------------------------------------------------------------------------------------------
def _measured(model: ScoreModel, on: datetime.date, *, like: Ruler | None = None) -> Frozen:
    """What this version measures with at this date, ranking anew only what ``like`` does not rank the same way."""
    known = (
        {_way(metric): like.frozen.tables[metric.key] for metric in like.spec.metrics if metric.ranked} if like else {}
    )
    new = [metric for metric in model.metrics if metric.ranked and _way(metric) not in known]
    asked = like is None or like.spec.answer_window_days != model.answer_window_days
    gathered = _Gathered(new)
    if new or asked:
        for first, last in Customer.objects.key_ranges(arrays.shard_rows()):
            gathered.take(reading.facts(reading.rows(first, last)), model, on)
    tables = {metric.key: known[_way(metric)] for metric in model.metrics if metric.ranked and _way(metric) in known}
    tables |= {metric.key: metric_table(metric, gathered.column(metric.key)) for metric in new}
    mean = gathered.mean() if like is None or asked else like.frozen.answers_mean
    population = gathered.population() if like is None else like.frozen.population
    return Frozen(on, content_hash(model), population, mean, tables)


def _way(metric: Metric) -> Metric:
    """How a metric is ranked: what it weighs does not matter."""
    return replace(metric, weight=0, steps=(), codes=(), best=None, worst=None)


class _Gathered:
    """Values of some metrics over the reference population: active individuals, or all where nobody is active."""

    def __init__(self, metrics: Sequence[Metric]) -> None:
        self.keys = [metric.key for metric in metrics]
        self.parts: list[tuple[np.ndarray[Any, Any], dict[str, Column]]] = []
        self.marks: list[tuple[int, int, int, int]] = []  # answers and their sum: of the reference, of everybody

    def take(self, facts: Facts, model: ScoreModel, on: datetime.date) -> None:
        """One id range."""
        chosen = facts.take(np.flatnonzero(facts.scorable))
        known = reading.inputs(chosen, reading.answers(chosen, model, on=on), on=on)
        self.parts.append((chosen.reference, {key: known.column(key) for key in self.keys}))
        active = chosen.take(np.flatnonzero(chosen.reference))
        some, all_ = reading.answers(active, model, on=on), known.answers
        self.marks.append((some.count, _sum(some.mean, some.count), all_.count, _sum(all_.mean, all_.count)))

    @property
    def _active(self) -> bool:
        return any(marked.any() for marked, _columns in self.parts)

    def column(self, key: str) -> Column:
        """One metric of the reference population."""
        chosen = [columns[key].take(marked) if self._active else columns[key] for marked, columns in self.parts]
        if not chosen:
            return Column.none(0)
        return Column(
            np.concatenate([part.values for part in chosen]), np.concatenate([part.missing for part in chosen])
        )

    def population(self) -> int:
        """How many they are."""
        return sum(int(marked.sum()) if self._active else len(marked) for marked, _columns in self.parts)

    def mean(self) -> int:
        """The mean answer, in points."""
        at = 0 if self._active else 2
        count, total = sum(part[at] for part in self.marks), sum(part[at + 1] for part in self.marks)
        return divide(total * POINT, count) if count else NEUTRAL


def _sum(mean: int, count: int) -> int:
    """The sum of marks out of their rounded mean; exact, since marks are whole."""
    return divide(mean * count, POINT)


# --- comparing --------------------------------------------------------------------------------------------------
@dataclass
class _Pair:
    old: Ruler
    new: Ruler
    joint: Ints = field(default_factory=lambda: np.zeros((UNSCORED + 1, UNSCORED + 1), dtype=np.int64))
    matrix: Ints = field(default_factory=lambda: np.zeros((_NO_GRADE + 1, _NO_GRADE + 1), dtype=np.int64))
    movers: Ints = field(default_factory=lambda: np.zeros((7, 0), dtype=np.int64))

    def take(self, facts: Facts) -> None:
        """Score these individuals both ways and count."""
        chosen = facts.take(np.flatnonzero(facts.scorable))
        if not chosen.n:
            return
        before, after = _scores(chosen, self.old), _scores(chosen, self.new)
        was, now = _tenths(before), _tenths(after)
        _add(self.joint, was, now)
        _add(self.matrix, _grades(before), _grades(after))
        both = np.flatnonzero(before.scored & after.scored)
        moved = after.score_e8[both] - before.score_e8[both]
        gaps = _earned(after, self.new.spec)[:, both] - _earned(before, self.old.spec)[:, both]
        which = np.argmax(gaps * np.sign(moved), axis=0)
        points = gaps[which, np.arange(len(both))]
        found = np.stack([chosen.ids[both], was[both], now[both], moved, which, points, np.zeros_like(points)])
        found[6] = _grades(before)[both] * 10 + _grades(after)[both]
        self.movers = _most(np.concatenate([self.movers, found[:, moved != 0]], axis=1))

    def found(self, run_no: int) -> dict[str, Any]:
        """What is kept: counts, the grades as a matrix (rows old, columns new, the last of both without a score), the
        movers in the order of how far, and how far the distributions lie apart."""
        old, new = self.joint.sum(axis=1)[:TENTHS], self.joint.sum(axis=0)[:TENTHS]
        spread, later = drift.spread(old), drift.spread(new)
        both = self.joint[:TENTHS, :TENTHS]
        first, second = np.nonzero(both)
        rho = drift.rank_correlation(first, second, both[first, second])
        grades = self.matrix.sum(axis=1)[:_NO_GRADE].tolist(), self.matrix.sum(axis=0)[:_NO_GRADE].tolist()
        deciles = drift.decile_counts(old, spread.deciles), drift.decile_counts(new, spread.deciles)
        customers = int(self.matrix.sum())
        return {
            "model": self.old.spec.version,
            "on": self.old.frozen.on.isoformat(),
            "run": run_no,
            "customers": customers,
            "moved": customers - int(np.trace(self.matrix)),
            "matrix": self.matrix.tolist(),
            "means": [round(spread.mean, 2), round(later.mean, 2)],
            "deviations": [round(spread.sd, 2), round(later.sd, 2)],
            "deciles": [list(spread.deciles), list(later.deciles)],
            "psi_grades": round(drift.psi(*grades), 4),
            "psi_deciles": round(drift.psi(*deciles), 4),
            "rank_correlation": None if rho is None else round(rho, 4),
            "movers": [_mover(row) for row in self.movers.T.tolist()],
        }


def _scores(facts: Facts, ruler: Ruler) -> Scores:
    on = ruler.frozen.on
    return score(reading.inputs(facts, reading.answers(facts, ruler.spec, on=on), on=on), ruler.spec, ruler.frozen)


def _tenths(scores: Scores) -> Ints:
    return np.where(scores.scored, scores.tenths, np.int64(UNSCORED))


def _grades(scores: Scores) -> Ints:
    return np.where(scores.scored, scores.grade, np.int64(_NO_GRADE))


def _earned(scores: Scores, model: ScoreModel) -> Ints:
    """Points of the score each indicator gave."""
    return divide(np.array(model.weights, dtype=np.int64)[:, None] * scores.indicators, WHOLE)


def _add(counts: Ints, rows: Ints, columns: Ints) -> None:
    width = counts.shape[1]
    counts += np.bincount(rows * width + columns, minlength=counts.size).reshape(counts.shape)


def _most(found: Ints) -> Ints:
    """Those who moved furthest, the lower key first of two who moved as far."""
    order = np.lexsort((found[0], -np.abs(found[3])))
    return found[:, order[:MOVERS]]


def _mover(row: list[int]) -> dict[str, Any]:
    customer, old, new, moved, which, points, grades = row
    return {
        "customer": customer,
        "old": old,
        "new": new,
        "grades": [Grade.values[grades // 10], Grade.values[grades % 10]],
        "moved_e8": moved,
        "indicator": INDICATORS[which],
        "points_e8": points,
    }
