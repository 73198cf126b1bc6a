"""Arithmetic of the value score in whole numbers, so that no machine, database or order of rows changes a digit.

Units used throughout analytics:

=========  ==========================  =================================
value      unit                        written
=========  ==========================  =================================
points     1/100,000,000 of a point    ``POINT``; 100 points = ``FULL``
weights    1/10,000                    ``WHOLE`` = 1.0000
coverage   1/10,000                    ``WHOLE`` = everything is known
money      fen                         negative allowed
ratios     1/10,000                    1.10 = 11,000; +5 % = 500
=========  ==========================  =================================

Points carry eight decimals and are shown with four at most: with four the fifth decimal of a score could be wrong
(handbook 3/1.1.15; domain F.6, customers B and C).
"""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from typing import TypeAlias, TypeVar

import numpy as np
import numpy.typing as npt

Ints: TypeAlias = npt.NDArray[np.int64]
Bools: TypeAlias = npt.NDArray[np.bool_]
IntOrInts = TypeVar("IntOrInts", int, Ints)

POINT = 100_000_000
FULL = 100 * POINT
NEUTRAL = 50 * POINT
WHOLE = 10_000
POINTS_STORED = POINT // WHOLE  # points are stored with four decimals where they need not add up


def divide(numerator: IntOrInts, denominator: IntOrInts | int) -> IntOrInts:
    """Quotient rounded HALF_UP; numerator ≥ 0, denominator ≥ 1."""
    return (numerator + denominator // 2) // denominator


def signed_divide(numerator: int, denominator: int) -> int:
    """Quotient rounded HALF_UP, halves away from zero, for a numerator of either sign."""
    return divide(numerator, denominator) if numerator >= 0 else -divide(-numerator, denominator)


def bit_length(values: Ints) -> Ints:
    """Number of bits of each value ≥ 0, like ``int.bit_length``.

    It is the exponent as a float; behind the highest bit no two stand side by side, so that none is rounded up.
    """
    return np.frexp((values & ~(values >> 1)).astype(np.float64))[1].astype(np.int64)


def share_of(span: Ints | int, part: Ints, whole: Ints | int, *, span_bits: int = 34) -> Ints:
    """``span · part / whole`` rounded HALF_UP, for 0 ≤ part ≤ whole, whole ≥ 1 and 0 ≤ span < 2^span_bits.

    The product would not fit 64 bits when ``whole`` is large: see ``Shortened``. The rule looks at nothing but its own
    row.
    """
    return Shortened.of(np.asarray(whole, dtype=np.int64), span_bits=span_bits).share(span, part)


@dataclass(frozen=True, eq=False, slots=True)
class Shortened:
    """Wholes of which shares are taken, their lowest ``drop`` bits left off so that 62 − span_bits remain."""

    kept: Ints
    drop: Ints

    @classmethod
    def of(cls, whole: Ints, *, span_bits: int = 34) -> Shortened:
        """Every whole made ready."""
        drop = np.maximum(bit_length(whole) - (62 - span_bits), 0)
        return cls(whole >> drop, drop)

    def take(self, rows: Ints) -> Shortened:
        """Some of them, in this order."""
        return Shortened(self.kept[rows], self.drop[rows])

    def share(self, span: Ints | int, part: Ints) -> Ints:
        """``span · part / whole`` rounded HALF_UP; the bits the whole was shortened by are left off the part too."""
        return (span * (part >> self.drop) + self.kept // 2) // self.kept


def as_decimal(value: int, places: int) -> Decimal:
    """A whole number of 10^-places as a Decimal with exactly that many places."""
    return Decimal(int(value)).scaleb(-places)
