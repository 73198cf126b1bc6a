"""A model as plain numbers, and how it judges: two views of the same facts, their log-odds weighed together.

One view is a row of small trees, which see how facts go together; the other adds points for where each fact lies, which
holds better when times change. A judgement is two parts of the first and one of the second, and so is what each fact
adds to it.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np

from analytics.fixedpoint import Bools, Ints
from analytics.suggestions.table import Feature, Floats, Table

FORMAT = 1
LEAF = -1  # in the place of a feature
TREES, POINTS = 2 / 3, 1 / 3  # the same for whatever is learnt


@dataclass(frozen=True, eq=False)
class Trees:
    """Nodes of all trees in one row. Up to ``threshold`` it goes left; what is not known goes where most went."""

    baseline: float
    roots: Ints
    feature: Ints
    threshold: Floats
    left: Ints
    right: Ints
    unknown_left: Bools
    value: Floats
    count: Ints

    def judge(self, matrix: Floats) -> Floats:
        """Log-odds of each row."""
        found = np.full(len(matrix), self.baseline)
        for root in self.roots.tolist():
            at = np.full(len(matrix), root, dtype=np.int64)
            while (inside := np.flatnonzero(self.feature[at] != LEAF)).size:
                at[inside] = self._below(at[inside], matrix[inside])
            found += self.value[at]
        return found

    def _below(self, at: Ints, matrix: Floats) -> Ints:
        """The node each row goes to from the one it is at."""
        fact = matrix[np.arange(len(at)), self.feature[at]]
        left = np.where(np.isnan(fact), self.unknown_left[at], fact <= self.threshold[at])
        return np.where(left, self.left[at], self.right[at])

    def added(self, row: Floats) -> Floats:
        """What each fact of one row adds to the log-odds, against the mean of those the trees were made of."""
        found, usual = np.zeros(len(row)), self._usual()
        for root in self.roots.tolist():
            at = np.array([root])
            while (feature := int(self.feature[at[0]])) != LEAF:
                below = self._below(at, row[None, :])
                found[feature] += usual[below[0]] - usual[at[0]]
                at = below
        return found

    def _usual(self) -> Floats:
        """The mean value of those who came by each node; a node stands before what is below it."""
        usual = self.value.copy()
        for at in range(len(usual) - 1, -1, -1):
            if self.feature[at] != LEAF:
                left, right = self.left[at], self.right[at]
                whole = self.count[left] + self.count[right]
                usual[at] = (usual[left] * self.count[left] + usual[right] * self.count[right]) / whole
        return usual


@dataclass(frozen=True, eq=False)
class Points:
    """Points for the piece each fact lies in: below the first edge, …, from the last edge on, not known."""

    intercept: float
    edges: tuple[Floats, ...]
    weights: tuple[Floats, ...]
    means: Floats  # of the points of each fact, over those the model was made of

    def of(self, matrix: Floats) -> Floats:
        """The points of each fact of each row."""
        found = np.empty_like(matrix)
        for place, (edges, weights) in enumerate(zip(self.edges, self.weights, strict=True)):
            found[:, place] = weights[pieces(matrix[:, place], edges)]
        return found


def pieces(column: Floats, edges: Floats) -> Ints:
    """The piece each value lies in; the last one holds what is not known."""
    found = np.searchsorted(edges, column, side="right")
    return np.where(np.isnan(column), len(edges) + 1, found)


@dataclass(frozen=True, eq=False)
class Learnt:
    """A model. ``usual`` is the middle value of each column of numbers among those it was made of."""

    features: tuple[Feature, ...]
    trees: Trees
    points: Points
    usual: Mapping[str, float]

    def judge(self, table: Table) -> Floats:
        """The probability of each row, between 0 and 1."""
        matrix = table.matrix(self.features)
        points = self.points.of(matrix).sum(1) + self.points.intercept
        return chance(TREES * self.trees.judge(matrix) + POINTS * points)

    def added(self, table: Table) -> dict[str, float]:
        """What each column of a table of one row adds to its log-odds, against the mean customer."""
        matrix = table.matrix(self.features)
        points = self.points.of(matrix)[0] - self.points.means
        each = TREES * self.trees.added(matrix[0]) + POINTS * points
        found: dict[str, float] = dict.fromkeys((feature.name for feature in self.features), 0.0)
        for feature, added in zip(self.features, each.tolist(), strict=True):
            found[feature.name] += added
        return found

    def to_json(self) -> dict[str, Any]:
        """As it is stored."""
        return {
            "format": FORMAT,
            "features": [[feature.name, feature.code] for feature in self.features],
            "trees": _plain(asdict(self.trees)),
            "points": _plain(asdict(self.points)),
            "usual": dict(self.usual),
        }


def chance(odds: Floats) -> Floats:
    """The probability these log-odds stand for."""
    return 1 / (1 + np.exp(-odds))


def from_json(data: Mapping[str, Any]) -> Learnt:
    """A stored model. Raises ValueError for a format this product does not know."""
    if data.get("format") != FORMAT:
        raise ValueError(f"format {data.get('format')}")
    trees, points = data["trees"], data["points"]
    whole = ("roots", "feature", "left", "right", "count")
    return Learnt(
        features=tuple(Feature(name, code) for name, code in data["features"]),
        trees=Trees(
            baseline=trees["baseline"],
            threshold=np.array(trees["threshold"]),
            value=np.array(trees["value"]),
            unknown_left=np.array(trees["unknown_left"], dtype=bool),
            **{name: np.array(trees[name], dtype=np.int64) for name in whole},
        ),
        points=Points(
            intercept=points["intercept"],
            edges=tuple(np.array(edges, dtype=np.float64) for edges in points["edges"]),
            weights=tuple(np.array(weights, dtype=np.float64) for weights in points["weights"]),
            means=np.array(points["means"]),
        ),
        usual=data["usual"],
    )


def _plain(values: dict[str, Any]) -> dict[str, Any]:
    return {name: _listed(value) for name, value in values.items()}


def _listed(value: Any) -> Any:
    if isinstance(value, tuple):
        return [_listed(each) for each in value]
    return value.tolist() if isinstance(value, np.ndarray) else value
