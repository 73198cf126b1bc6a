"""How far one distribution of scores lies from another: shares, PSI, mean and rank correlation (domain F.11).

Counts go in, figures for people come out. Nothing here decides a score, so floats are right; the counts they are made
of are whole numbers, and no order of rows changes them.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from analytics.fixedpoint import Ints

FLOOR = 0.0001  # a share of nothing counts as this much
WATCH, ALERT = 0.10, 0.25
MISSING_POINTS = 5.0  # change of a metric's missing rate, in percentage points
MEAN_POINTS = 5.0  # shift of the mean score
CORRELATION = 0.95
TENTHS = 1_001  # scores 0.0–100.0


@dataclass(frozen=True, slots=True)
class Spread:
    """A distribution of scores. ``deciles`` are the nine scores, in tenths, that cut it into tenths."""

    n: int
    mean: float
    sd: float
    deciles: tuple[int, ...]


def spread(counts: Ints) -> Spread:
    """Of counts by score in tenths (``TENTHS`` of them); nobody gives zeros."""
    n = int(counts.sum())
    if not n:
        return Spread(0, 0.0, 0.0, (0,) * 9)
    tenths = np.arange(len(counts), dtype=np.int64)
    total = int((tenths * counts).sum())
    squares = int((tenths * tenths * counts).sum())
    variance = (squares * n - total * total) / (n * n)  # of whole numbers up to here
    upto = np.cumsum(counts)
    cuts = [int(np.searchsorted(upto, -(-n * part // 10))) for part in range(1, 10)]
    return Spread(n, total / n / 10, math.sqrt(variance) / 10, tuple(cuts))


def decile_counts(counts: Ints, deciles: Sequence[int]) -> tuple[int, ...]:
    """How many lie up to each cut and above the last: ten numbers. A cut itself belongs below."""
    upto = np.concatenate([np.zeros(1, dtype=np.int64), np.cumsum(counts)])
    edges = [0, *(int(upto[cut + 1]) for cut in deciles), int(upto[-1])]
    return tuple(max(high - low, 0) for low, high in zip(edges, edges[1:], strict=False))


def psi(expected: Sequence[int], actual: Sequence[int]) -> float:
    """Population stability index of two lists of counts: Σ (actual − expected) · ln(actual / expected) over shares.

    Nothing to compare on either side is no shift.
    """
    before, after = sum(expected), sum(actual)
    if not before or not after:
        return 0.0
    total = 0.0
    for old, new in zip(expected, actual, strict=True):
        was, now = max(old / before, FLOOR), max(new / after, FLOOR)
        total += (now - was) * math.log(now / was)
    return total


def level(index: float) -> str:
    """ "stable", "watch" or "alert"."""
    return "alert" if index > ALERT else "watch" if index >= WATCH else "stable"


def rank_correlation(first: Ints, second: Ints, counts: Ints | None = None) -> float | None:
    """Spearman's ρ, ties by mid-ranks; entry i stands for ``counts[i]`` pairs. None where one side never varies."""
    times = np.ones(len(first), dtype=np.int64) if counts is None else counts
    if int(times.sum()) < 2:
        return None
    one, other = _centred(first, times), _centred(second, times)
    spread_one, spread_other = (times * one * one).sum(), (times * other * other).sum()
    if not spread_one or not spread_other:
        return None
    found = float((times * one * other).sum() / math.sqrt(spread_one * spread_other))
    return max(-1.0, min(1.0, found))


def _centred(values: Ints, times: Ints) -> np.ndarray[tuple[int], np.dtype[np.float64]]:
    """Mid-ranks less their mean, which is (n + 1) / 2."""
    distinct, place = np.unique(values, return_inverse=True)
    equal = np.zeros(len(distinct), dtype=np.int64)
    np.add.at(equal, place, times)
    doubled = 2 * (np.cumsum(equal) - equal) + equal + 1  # twice the mid-rank
    centred = (doubled - (int(times.sum()) + 1)).astype(np.float64) / 2
    found: np.ndarray[tuple[int], np.dtype[np.float64]] = centred[place]
    return found
