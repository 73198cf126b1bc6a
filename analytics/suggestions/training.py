"""Making a model from rows of which it is known what followed, and trying it on later ones it never saw.

The only file that names scikit-learn, which it imports when asked: without the extra everything else works.
"""

from __future__ import annotations

import importlib.util
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np

from analytics.fixedpoint import Bools, Ints
from analytics.suggestions.figures import Figures, area, figures, top_lift
from analytics.suggestions.learnt import LEAF, Learnt, Points, Trees, chance, from_json, pieces
from analytics.suggestions.table import Feature, Floats, Table

LIMIT = 200_000  # rows a model is made of; more are thinned evenly
FEWEST_TRAINED, FEWEST_HELD = 50, 20  # of each outcome; with fewer nothing can be learnt, or said
PIECES = 8  # a column of numbers is cut into at most
EXACT = 1e-9  # our own judgement and the library's may differ by
_SHUFFLED = 20_000  # rows by which importance is measured
_SEED = 20_250_901
_TREES: dict[str, Any] = {
    "max_iter": 100,
    "learning_rate": 0.05,
    "max_leaf_nodes": 16,
    "min_samples_leaf": 10,
    "l2_regularization": 1.0,
    "max_features": 0.1,
    "early_stopping": False,
    "random_state": _SEED,
}


class TooFew(Exception):
    """Too few rows of one outcome to learn from, or to try the model on."""

    TELLS_NO_VALUES = True

    def __init__(self, trained: int, held: int) -> None:
        super().__init__(f"{trained} to learn from, {held} to try on")
        self.trained, self.held = trained, held


@dataclass(frozen=True, slots=True)
class Weight:
    """How much of the AUC is lost on the held-out rows when this column is shuffled."""

    name: str
    lost: float


@dataclass(frozen=True, eq=False)
class Trained:
    """A model, its figures on the held-out rows, and those of two others there: plain naive Bayes, and the rule."""

    learnt: Learnt
    n: int
    hits: int
    held: Figures
    bayes_auc: float | None
    bayes_lift: float | None
    rule_auc: float | None
    rule_lift: float | None
    weights: tuple[Weight, ...]

    def report(self) -> dict[str, Any]:
        """The figures as they are stored."""
        others = {name: getattr(self, name) for name in ("bayes_auc", "bayes_lift", "rule_auc", "rule_lift")}
        held = self.held.to_json()
        return {"n": self.n, "hits": self.hits, "held": held, **others, "weights": [asdict(w) for w in self.weights]}


def available() -> bool:
    """Whether the extra is installed; nothing is imported."""
    return importlib.util.find_spec("sklearn") is not None


def train(
    table: Table, happened: Bools, held_table: Table, held_happened: Bools, *, rule: Floats | None = None
) -> Trained:
    """Learn from one table, try on another that came later; ``rule`` is what rules alone say of the rows held out.

    Raises TooFew, and ModuleNotFoundError without the extra.
    """
    table, happened = _thinned(table, happened)
    _require(happened, held_happened)
    features = table.features()
    matrix, held = table.matrix(features), held_table.matrix(features)
    learnt = _learnt(table, features, matrix, happened)
    judged = learnt.judge(held_table)
    bayes = _bayes(matrix, happened, held)
    return Trained(
        learnt=learnt,
        n=len(happened),
        hits=int(happened.sum()),
        held=figures(judged, held_happened),
        bayes_auc=area(bayes, held_happened),
        bayes_lift=top_lift(bayes, held_happened),
        rule_auc=None if rule is None else area(rule, held_happened),
        rule_lift=None if rule is None else top_lift(rule, held_happened),
        weights=_weights(learnt, held_table, held_happened),
    )


def _thinned(table: Table, happened: Bools) -> tuple[Table, Bools]:
    if table.n <= LIMIT:
        return table, happened
    rows = np.linspace(0, table.n - 1, LIMIT).astype(np.int64)
    return table.take(rows), happened[rows]


def _require(happened: Bools, held: Bools) -> None:
    trained, tried = (int(min(each.sum(), (~each).sum())) for each in (happened, held))
    if trained < FEWEST_TRAINED or tried < FEWEST_HELD:
        raise TooFew(trained, tried)


def _learnt(table: Table, features: list[Feature], matrix: Floats, happened: Bools) -> Learnt:
    from sklearn.ensemble import HistGradientBoostingClassifier
    from sklearn.linear_model import LogisticRegression
    from threadpoolctl import threadpool_limits

    with threadpool_limits(1):  # the machine serves others, too
        booster = HistGradientBoostingClassifier(**_TREES).fit(matrix, happened)
        trees = _trees(booster)
        edges = [_edges(column) for column in matrix.T]
        cells = _cells(matrix, edges)
        logistic = LogisticRegression(C=0.3, max_iter=2_000).fit(cells, happened)
        points = _points(logistic, edges, matrix)
        theirs = (booster.predict_proba(matrix)[:, 1], logistic.predict_proba(cells)[:, 1])
    usual = {name: _usual(column) for name, column in table.columns.items() if column.dtype.kind == "f"}
    learnt = Learnt(tuple(features), trees, points, usual)
    _require_same(learnt, matrix, theirs)
    return from_json(learnt.to_json())


def _trees(booster: Any) -> Trees:
    """The nodes of the library's trees, put in one row."""
    parts = [stage[0].nodes for stage in booster._predictors]
    starts = np.cumsum([0, *(len(part) for part in parts[:-1])])
    nodes = np.concatenate(parts)
    shift = np.repeat(starts, [len(part) for part in parts])
    leaf = nodes["is_leaf"].astype(bool)
    return Trees(
        baseline=float(np.ravel(booster._baseline_prediction)[0]),
        roots=starts.astype(np.int64),
        feature=np.where(leaf, LEAF, nodes["feature_idx"]).astype(np.int64),
        threshold=np.where(leaf, 0.0, np.nan_to_num(nodes["num_threshold"], posinf=np.finfo(float).max)),
        left=np.where(leaf, 0, nodes["left"] + shift).astype(np.int64),
        right=np.where(leaf, 0, nodes["right"] + shift).astype(np.int64),
        unknown_left=nodes["missing_go_to_left"].astype(bool),
        value=np.where(leaf, nodes["value"], 0.0),
        count=nodes["count"].astype(np.int64),
    )


def _edges(column: Floats) -> Floats:
    """Where a column of numbers is cut into pieces that hold about as many each."""
    known = column[~np.isnan(column)]
    found = np.unique(known)
    if len(found) <= 2:
        return found[1:]
    return np.setdiff1d(np.quantile(known, np.arange(1, PIECES) / PIECES), found[:1])


def _cells(matrix: Floats, edges: list[Floats]) -> Floats:
    """A 0 or 1 for each piece of each column."""
    parts = [np.eye(len(cuts) + 2)[pieces(column, cuts)] for column, cuts in zip(matrix.T, edges, strict=True)]
    return np.hstack(parts)


def _points(logistic: Any, edges: list[Floats], matrix: Floats) -> Points:
    ends = np.cumsum([len(cuts) + 2 for cuts in edges])
    weights = tuple(np.split(logistic.coef_[0], ends[:-1]))
    found = Points(float(logistic.intercept_[0]), tuple(edges), weights, np.zeros(len(edges)))
    return Points(found.intercept, found.edges, found.weights, found.of(matrix).mean(0))


def _usual(column: Any) -> float:
    known = column[~np.isnan(column)]
    return float(np.median(known)) if len(known) else 0.0


def _require_same(learnt: Learnt, matrix: Floats, theirs: tuple[Floats, Floats]) -> None:
    """Our arithmetic gives what the library's gives. Raises RuntimeError when an update of it changed its trees."""
    ours = (
        chance(learnt.trees.judge(matrix)),
        chance(learnt.points.of(matrix).sum(1) + learnt.points.intercept),
    )
    for mine, other in zip(ours, theirs, strict=True):
        if np.abs(mine - other).max() > EXACT:
            raise RuntimeError("what was learnt is not what the library judges by")


def _bayes(matrix: Floats, happened: Bools, held: Floats) -> Floats:
    """What plain naive Bayes learns from the same rows says of those held out; the middle value stands for unknown."""
    from sklearn.naive_bayes import GaussianNB

    middle = np.array([_usual(column) for column in matrix.T])
    known, later = (np.where(np.isnan(each), middle, each) for each in (matrix, held))
    judged: Floats = GaussianNB().fit(known, happened).predict_proba(later)[:, 1]
    return judged


def _weights(learnt: Learnt, table: Table, happened: Bools) -> tuple[Weight, ...]:
    chance_of = np.random.default_rng(_SEED)
    rows: Ints = np.linspace(0, table.n - 1, min(table.n, _SHUFFLED)).astype(np.int64)
    table, happened = table.take(rows), happened[rows]
    whole = area(learnt.judge(table), happened) or 0.0
    found = []
    for name in dict.fromkeys(feature.name for feature in learnt.features):
        mixed = Table({**table.columns, name: chance_of.permutation(table.columns[name])})
        found.append(Weight(name, whole - (area(learnt.judge(mixed), happened) or 0.0)))
    return tuple(sorted(found, key=lambda weight: -weight.lost))
