"""The grade people see does not flutter: it follows the score once a band is clearly crossed, or crossed for long.

Domain F.5: the shown grade changes when the score lies at least 1.0 beyond the edge of the shown grade's band, or when
it has stayed beyond it for two month-ends. The grade of the score alone is kept beside it.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from analytics.fixedpoint import Bools, Ints
from analytics.scoring_model import ScoreModel
from customers.classes import Grade

MARGIN = 10  # tenths of a point
MONTH_ENDS = 2
NONE = len(Grade.values)  # the place of "no grade" behind the grades


@dataclass(frozen=True, eq=False)
class GradeState:
    """What is shown, what the score alone says, and for how many month-ends they have differed in this direction."""

    shown: Ints
    raw: Ints
    months: Ints

    @classmethod
    def first(cls, n: int) -> GradeState:
        """Nobody has been graded yet."""
        return cls(np.full(n, NONE, dtype=np.int64), np.full(n, NONE, dtype=np.int64), np.zeros(n, dtype=np.int64))


def damped(before: GradeState, raw: Ints, tenths: Ints, model: ScoreModel, *, month_end: Bools) -> GradeState:
    """The grades after this night. ``raw`` are places in ``Grade``, ``NONE`` without a score; ``month_end`` is true
    where a month has closed since the customer was last judged."""
    lows = np.array([*(low for _grade, low in model.bands), 0, 0], dtype=np.int64)  # by place; E and none begin at 0
    at = np.minimum(before.shown, NONE)
    better = raw < before.shown
    cleared = np.where(better, tenths >= lows[np.maximum(at - 1, 0)] + MARGIN, tenths <= lows[at] - MARGIN)
    known = (before.shown != NONE) & (raw != NONE)
    same_side = (before.raw != NONE) & (np.sign(before.raw - before.shown) == np.sign(raw - before.shown))
    months = np.where(same_side, before.months, np.int64(0)) + month_end
    held = known & (raw != before.shown) & ~cleared & (months < MONTH_ENDS)
    return GradeState(np.where(held, before.shown, raw), raw, np.where(held, months, np.int64(0)))
