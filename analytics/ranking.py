"""Mid-rank percentiles against a frozen population, exact in whole numbers (domain F.3; docs/decisions/0003).

``P(x) = 100 · (#less + ½ · #equal) / N``. A population with at most ``KNOTS`` distinct values keeps every one of them.
A larger one keeps about ``KNOTS`` of its own values, each still with its true counts: a value that many share
(nobody referred anyone) always gets a knot of its own, since its mass reaches over a quantile. Between two knots the
rank runs straight from the upper edge of the one to the lower edge of the other.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from analytics.fixedpoint import FULL, NEUTRAL, WHOLE, Ints, Shortened, divide

KNOTS = 1_000


@dataclass(frozen=True, slots=True)
class RankTable:
    """How many of ``count`` lie below and at each knot; ``low`` and ``high`` are the cuts of the tails, if any."""

    count: int
    values: tuple[int, ...]
    less: tuple[int, ...]
    equal: tuple[int, ...]
    low: int | None = None
    high: int | None = None

    def to_json(self) -> dict[str, Any]:
        """Whole numbers only."""
        knots = [list(knot) for knot in zip(self.values, self.less, self.equal, strict=True)]
        return {"count": self.count, "knots": knots, "low": self.low, "high": self.high}

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> RankTable:
        """Back from ``to_json``."""
        values, less, equal = zip(*data["knots"], strict=True) if data["knots"] else ((), (), ())
        return cls(data["count"], tuple(values), tuple(less), tuple(equal), data["low"], data["high"])


def rank_table(values: Ints, *, tail: int = 0) -> RankTable:
    """The table of a population; order does not matter. ``tail`` (1/10,000) is cut off at both ends first."""
    low = high = None
    values = np.sort(values)
    if tail and len(values):
        low, high = _quantile(values, tail), _quantile(values, WHOLE - tail)
        values = np.clip(values, low, high)
    upto = np.flatnonzero(np.diff(values, append=values[-1:] + 1)) + 1  # behind the last of each that are the same
    distinct, equal = values[upto - 1], np.diff(upto, prepend=0)
    if len(distinct) > KNOTS:
        ranks = np.arange(KNOTS, dtype=np.int64) * (len(values) - 1) // (KNOTS - 1)
        chosen = np.unique(np.searchsorted(upto, ranks, side="right"))
        distinct, equal, upto = distinct[chosen], equal[chosen], upto[chosen]
    return RankTable(
        count=len(values),
        values=tuple(distinct.tolist()),
        less=tuple((upto - equal).tolist()),
        equal=tuple(equal.tolist()),
        low=low,
        high=high,
    )


class Ruler:
    """A table made ready to measure many values at once."""

    def __init__(self, table: RankTable) -> None:
        self.count = table.count
        self.values: Ints = np.array(table.values, dtype=np.int64)
        less, equal = np.array(table.less, dtype=np.int64), np.array(table.equal, dtype=np.int64)
        twice = 2 * max(table.count, 1)
        edge = np.zeros(1, dtype=np.int64)
        top = np.full(1, FULL, dtype=np.int64)
        self.at: Ints = divide(FULL * (2 * less + equal), twice)
        # entry k speaks of the gap below knot k; the last one of what lies above all knots
        self.start: Ints = np.concatenate([edge, divide(FULL * 2 * (less + equal), twice)])
        self.span: Ints = np.concatenate([divide(FULL * 2 * less, twice), top]) - self.start
        self.width = Shortened.of(np.concatenate([edge + 1, np.diff(self.values), edge + 1]))
        self.gaps = bool(self.span.any())
        above = (1 << len(self.values).bit_length()) - len(self.values)
        self._ladder: Ints = np.concatenate([self.values, np.full(above, np.iinfo(np.int64).max)])

    def points(self, values: Ints) -> Ints:
        """Points of each value. Nobody to compare with gives the neutral 50."""
        if not self.count:
            return np.full(len(values), NEUTRAL, dtype=np.int64)
        place = self._places(values)
        inside = np.minimum(place, len(self.values) - 1)
        hit = self.values[inside] == values
        found = np.where(hit, self.at[inside], self.start[place])
        if self.gaps:
            rows = np.flatnonzero(~hit & (self.span[place] > 0))
            gap = place[rows]
            found[rows] += self.width.take(gap).share(self.span[gap], values[rows] - self.values[gap - 1])
        return found

    def _places(self, values: Ints) -> Ints:
        """How many knots lie below each value. All are halved towards it at once, which guesses no branch wrongly and
        so takes a third of the time of ``searchsorted``."""
        place, step = np.zeros(len(values), dtype=np.int64), len(self._ladder) // 2
        while step:
            place += (self._ladder[place + (step - 1)] < values) * step
            step //= 2
        return place


def _quantile(ordered: Ints, share: int) -> int:
    """The quantile with linear interpolation, rounded HALF_UP to the unit of the values."""
    place, rest = divmod(share * (len(ordered) - 1), WHOLE)
    low = int(ordered[place])
    if not rest:
        return low
    return low + divide((int(ordered[place + 1]) - low) * rest, WHOLE)
