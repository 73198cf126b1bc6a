"""How far one distribution lies from another, by hand (domain F.11)."""

from __future__ import annotations

from fractions import Fraction
from random import Random

import numpy as np
import pytest

from analytics import ahp, backtesting, drift
from analytics.ahp import PAIRS
from analytics.backtesting import Half


def counts(*tenths: int) -> np.ndarray[tuple[int], np.dtype[np.int64]]:
    return np.bincount(np.array(tenths, dtype=np.int64), minlength=drift.TENTHS)


@pytest.mark.parametrize(
    ("expected", "actual", "index"),
    [
        ([20, 20, 20, 20, 20], [15, 18, 22, 22, 23], 0.0245),  # the handbook's example
        ([1, 1], [5, 5], 0.0),
        ([50, 50], [100, 0], 4.6043),  # nothing counts as 0.0001: 0.5·ln 2 + 0.4999·ln 5000
        ([0, 0], [3, 4], 0.0),
    ],
)
def test_psi(expected: list[int], actual: list[int], index: float) -> None:
    assert round(drift.psi(expected, actual), 4) == pytest.approx(index, abs=5e-5)


@pytest.mark.parametrize(("index", "word"), [(0.0999, "stable"), (0.10, "watch"), (0.25, "watch"), (0.2501, "alert")])
def test_levels_of_psi(index: float, word: str) -> None:
    assert drift.level(index) == word


def test_a_distribution_by_hand() -> None:
    found = drift.spread(counts(100, 200, 300, 400))
    assert (found.n, found.mean) == (4, 25.0)
    assert found.sd == pytest.approx(11.1803, abs=1e-4)  # √125
    assert found.deciles == (100, 100, 200, 200, 200, 300, 300, 400, 400)
    assert drift.spread(counts()).deciles == (0,) * 9


def test_deciles_of_a_hundred_hold_ten_each() -> None:
    spread = drift.spread(counts(*range(100)))
    assert drift.decile_counts(counts(*range(100)), spread.deciles) == (10,) * 10
    assert drift.decile_counts(counts(*range(90, 190)), spread.deciles) == (0,) * 9 + (100,)


@pytest.mark.parametrize(
    ("first", "second", "rho"),
    [
        ([1, 2, 3, 4], [10, 20, 30, 40], 1.0),
        ([1, 2, 3, 4], [40, 30, 20, 10], -1.0),
        ([1, 2, 3, 4, 5], [2, 1, 4, 3, 5], 0.8),  # 1 − 6·4 / (5·24)
        ([1, 1, 2], [1, 2, 3], 0.8660),  # ranks 1.5 1.5 3 against 1 2 3
        ([1, 1, 1], [1, 2, 3], None),
        ([1], [1], None),
        ([], [], None),
    ],
)
def test_rank_correlation(first: list[int], second: list[int], rho: float | None) -> None:
    found = drift.rank_correlation(np.array(first, dtype=np.int64), np.array(second, dtype=np.int64))
    assert found == (None if rho is None else pytest.approx(rho, abs=5e-5))


def test_pairs_that_are_counted_weigh_as_if_they_were_listed() -> None:
    random = Random(3)
    pairs = [(random.randrange(5), random.randrange(5)) for _each in range(200)]
    known = {pair: pairs.count(pair) for pair in set(pairs)}
    listed = drift.rank_correlation(*np.array(pairs, dtype=np.int64).T)
    first, second = np.array(list(known), dtype=np.int64).T
    counted = drift.rank_correlation(first, second, np.array(list(known.values()), dtype=np.int64))
    assert counted == pytest.approx(listed)


# --- judgements -------------------------------------------------------------------------------------------------
EXAMPLE = dict(zip(PAIRS, map(Fraction, ("2", "2", "2", "3", "1/2", "1", "1", "2", "1", "1")), strict=True))


def test_the_handbooks_judgements_give_its_weights() -> None:
    found = ahp.judged(EXAMPLE)
    assert [round(weight / 10_000, 3) for weight in found.weights] == [0.353, 0.140, 0.217, 0.140, 0.150]
    assert round(found.lambda_max, 4) == 5.0975
    assert round(found.index, 4) == 0.0244
    assert round(found.ratio, 4) == 0.0218
    assert found.consistent
    assert sum(found.weights) == 10_000


def test_judgements_that_contradict_each_other_are_found_out() -> None:
    circle = EXAMPLE | {("C", "S"): Fraction(9), ("S", "L"): Fraction(9), ("C", "L"): Fraction(1, 9)}
    assert not ahp.judged(circle).consistent


def test_all_equal_judgements_are_equal_weights() -> None:
    found = ahp.judged(dict.fromkeys(PAIRS, Fraction(1)))
    assert (found.weights, round(found.ratio, 6)) == ((2_000,) * 5, 0.0)


@pytest.mark.parametrize("wrong", [Fraction(10), Fraction(3, 2), None])
def test_other_judgements_are_refused(wrong: Fraction | None) -> None:
    with pytest.raises(ValueError, match="C-S"):
        ahp.judged(EXAMPLE | {("C", "S"): wrong})  # type: ignore[dict-item]


# --- the back-test ----------------------------------------------------------------------------------------------
def half(rows: list[tuple[int, int, int, bool]]) -> Half:
    score, grade, outcome, stayed = (np.array(column) for column in zip(*rows, strict=True))
    return Half(score, grade, outcome, stayed.astype(bool), np.zeros(len(rows), dtype=np.int64))


TEN = [
    (95, 0, 900, True),
    (90, 0, 700, True),
    (80, 0, 800, True),
    (70, 1, 500, True),
    (65, 1, 300, True),
    (50, 2, 450, True),
    (48, 2, 550, False),
    (40, 3, 100, True),
    (20, 4, 0, False),
    (10, 4, -300, False),
]


def test_a_back_test_by_hand() -> None:
    found = backtesting.report(half(TEN))
    assert [(of.grade, of.n, of.mean_fen, of.stayed) for of in found.grades] == [
        ("A", 3, 800, 10_000),
        ("B", 2, 400, 10_000),
        ("C", 2, 500, 5_000),
        ("D", 1, 100, 10_000),
        ("E", 2, -150, 0),
    ]
    assert found.violations == (("B", "C"),)
    # ranks of the outcome 10 8 9 6 4 5 7 3 2 1 against 10…1: Σd² = 0+1+1+1+4+0+9+0+0+0 = 16
    assert found.rho == pytest.approx(1 - 6 * 16 / (10 * 99))
    assert found.lift == pytest.approx(900 / 400)  # one of ten; the mean of all is 400
    # 7 stayed, 3 left: of 21 pairs only the one of 40 against 48 is lost
    assert found.gini == pytest.approx(2 * 20 / 21 - 1)


def test_the_order_of_customers_does_not_matter() -> None:
    mixed = TEN.copy()
    Random(1).shuffle(mixed)
    assert backtesting.report(half(mixed)) == backtesting.report(half(TEN))


def test_ties_at_the_edge_of_the_top_go_in_by_their_share() -> None:
    assert backtesting.lift(np.array([5, 5, 1, 1, 1] * 2), np.array([10, 0, 2, 2, 1] * 2)) == pytest.approx(5 / 3)


def test_what_cannot_be_said_is_not_said() -> None:
    scores = np.array([3, 2, 1])
    assert backtesting.gini(scores, np.array([True, True, True])) is None
    assert backtesting.gini(scores, np.array([False, False, False])) is None
    assert backtesting.lift(scores, np.array([0, 0, 0])) is None
    assert backtesting.gini(np.array([1, 1]), np.array([True, False])) == 0.0
