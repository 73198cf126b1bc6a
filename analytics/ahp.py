"""Weights out of pairwise judgements, and whether the judgements agree with each other (domain F.1; Saaty's method).

The one place where weights come from floats: what leaves is whole numbers of 1/10,000 that add up to one.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from itertools import combinations

import numpy as np

from analytics.fixedpoint import WHOLE
from analytics.scoring_model import INDICATORS

PAIRS: tuple[tuple[str, str], ...] = tuple(combinations(INDICATORS, 2))
STRONGEST = 9
RANDOM_INDEX = 1.12  # of five things
CONSISTENT_BELOW = 0.10
JUDGEMENTS: tuple[Fraction, ...] = (
    *(Fraction(strength) for strength in range(STRONGEST, 0, -1)),
    *(Fraction(1, strength) for strength in range(2, STRONGEST + 1)),
)
_TURNS = 1_000


@dataclass(frozen=True, slots=True)
class Judged:
    """``weights`` in 1/10,000 in the order of the indicators, adding up to exactly one; how far from consistent."""

    weights: tuple[int, ...]
    lambda_max: float
    index: float
    ratio: float

    @property
    def consistent(self) -> bool:
        """Whether the judgements hang together well enough to be used without a word of reason."""
        return self.ratio < CONSISTENT_BELOW


def judged(pairs: Mapping[tuple[str, str], Fraction]) -> Judged:
    """The weights ten judgements amount to: how many times as important the first of a pair is as the second.

    Raises ValueError for a judgement that is missing or is none of 1–9 and their reciprocals.
    """
    matrix = np.ones((len(INDICATORS), len(INDICATORS)))
    for first, second in PAIRS:
        value = pairs.get((first, second))
        if value not in JUDGEMENTS:
            raise ValueError(f"{first}-{second}: {value}")
        row, column = INDICATORS.index(first), INDICATORS.index(second)
        matrix[row, column], matrix[column, row] = float(value), 1 / float(value)
    vector, largest = _principal(matrix)
    n = len(INDICATORS)
    index = max(0.0, (largest - n) / (n - 1))
    return Judged(whole(vector.tolist()), largest, index, index / RANDOM_INDEX)


def _principal(matrix: np.ndarray[tuple[int, int], np.dtype[np.float64]]) -> tuple[np.ndarray, float]:
    """The principal eigenvector, adding up to one, and its eigenvalue, by repeated multiplication."""
    vector = np.full(len(matrix), 1 / len(matrix))
    for _turn in range(_TURNS):
        following = matrix @ vector
        following /= following.sum()
        if np.abs(following - vector).max() < 1e-14:
            break
        vector = following
    return vector, float(((matrix @ vector) / vector).mean())


def whole(shares: Sequence[float]) -> tuple[int, ...]:
    """Shares of one as 1/10,000 that add up exactly: what rounding leaves over goes to who lost most by it."""
    scaled = [share * WHOLE for share in shares]
    found = [int(part) for part in scaled]
    losers = sorted(range(len(found)), key=lambda place: (found[place] - scaled[place], place))
    for place in losers[: WHOLE - sum(found)]:
        found[place] += 1
    return tuple(found)
