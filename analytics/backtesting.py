"""How well scores of half a year ago told apart what came after (domain F.11). Pure: arrays in, figures out.

Money comes in fen and leaves in whole fen. Figures are shown, never used to score anybody.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from analytics.drift import rank_correlation
from analytics.fixedpoint import Bools, Ints, signed_divide
from customers.classes import Grade

FEWEST = 30  # below this nothing can be said
TOP = 10  # the top tenth


@dataclass(frozen=True, eq=False)
class Half:
    """Scored customers, an entry each: score, place of the grade; what they brought in after, whether they stayed."""

    score: Ints
    grade: Ints
    outcome_fen: Ints
    stayed: Bools
    complaints: Ints

    def __len__(self) -> int:
        return len(self.score)


@dataclass(frozen=True, slots=True)
class OfGrade:
    """What came of one grade: how many, their mean outcome, the share that stayed (1/10,000), complaints."""

    grade: str
    n: int
    mean_fen: int
    stayed: int
    complaints: int


@dataclass(frozen=True, slots=True)
class Report:
    """``violations`` are pairs of grades of which the better one did worse. ``lift`` is the mean outcome of the top
    tenth against that of all (None where all together brought in nothing); ``gini`` tells who stayed from who left
    (None where nobody, or everybody, left).
    """

    n: int
    rho: float | None
    grades: tuple[OfGrade, ...]
    violations: tuple[tuple[str, str], ...]
    lift: float | None
    gini: float | None


def report(half: Half) -> Report:
    """The whole back-test. The order of the customers does not matter."""
    grades = tuple(_of(half, place, grade) for place, grade in enumerate(Grade.values) if (half.grade == place).any())
    return Report(
        n=len(half),
        rho=rank_correlation(half.score, half.outcome_fen),
        grades=grades,
        violations=tuple(
            (better.grade, worse.grade)
            for better, worse in zip(grades, grades[1:], strict=False)
            if better.mean_fen < worse.mean_fen
        ),
        lift=lift(half.score, half.outcome_fen),
        gini=gini(half.score, half.stayed),
    )


def _of(half: Half, place: int, grade: str) -> OfGrade:
    chosen = half.grade == place
    n = int(chosen.sum())
    return OfGrade(
        grade=grade,
        n=n,
        mean_fen=signed_divide(int(half.outcome_fen[chosen].sum()), n),
        stayed=signed_divide(10_000 * int(half.stayed[chosen].sum()), n),
        complaints=int(half.complaints[chosen].sum()),
    )


def lift(score: Ints, outcome: Ints) -> float | None:
    """Mean outcome of the best-scored tenth over the mean of all; who ties at its edge goes in by their share."""
    n, total = len(score), int(outcome.sum())
    if not n or total <= 0:
        return None
    wanted = n / TOP
    taken, gained = 0.0, 0.0
    distinct, place = np.unique(-score, return_inverse=True)
    sizes = np.bincount(place, minlength=len(distinct))
    sums = np.zeros(len(distinct), dtype=np.int64)
    np.add.at(sums, place, outcome)
    for size, brought in zip(sizes.tolist(), sums.tolist(), strict=True):
        part = min(1.0, (wanted - taken) / size)
        taken, gained = taken + part * size, gained + part * brought
        if part < 1.0:
            break
    return (gained / wanted) / (total / n)


def gini(score: Ints, stayed: Bools) -> float | None:
    """2 · AUC − 1 for telling who stayed by the score: 1 perfect, 0 a coin, below 0 upside down. Ties count half."""
    stays, leaves = score[stayed], np.sort(score[~stayed])
    if not len(stays) or not len(leaves):
        return None
    below = np.searchsorted(leaves, stays, side="left")
    upto = np.searchsorted(leaves, stays, side="right")
    won = int(below.sum()) + int(upto.sum())  # twice the pairs won, ties half
    return won / (len(stays) * len(leaves)) - 1


def to_json(found: Report) -> dict[str, object]:
    """As it is stored: four decimals at most."""
    return {
        "n": found.n,
        "rho": _rounded(found.rho),
        "grades": [
            {"grade": of.grade, "n": of.n, "mean_fen": of.mean_fen, "stayed": of.stayed, "complaints": of.complaints}
            for of in found.grades
        ],
        "violations": [list(pair) for pair in found.violations],
        "lift": _rounded(found.lift),
        "gini": _rounded(found.gini),
    }


def _rounded(value: float | None) -> float | None:
    return None if value is None else round(value, 4)
