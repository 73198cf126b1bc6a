"""Shares, net promoters and means with honest intervals (domain G.1, H.7; TV-51, TV-52, TV-53)."""

from __future__ import annotations

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from analytics.statistics import Showing, csat, is_change, mean, newcombe, nps, nps_of, showing, wilson


@pytest.mark.parametrize(
    ("hits", "n", "low", "high"),
    [(42, 50, 0.7149, 0.9166), (0, 8, 0, 0.3244), (8, 8, 0.6756, 1), (3, 4, 0.3006, 0.9544)],
)
def test_wilson(hits: int, n: int, low: float, high: float) -> None:
    found = wilson(hits, n)
    assert found is not None
    assert (round(found.low, 4), round(found.high, 4)) == (low, high)
    assert (found.value, found.n) == (hits / n, n)


def test_nobody_asked_is_no_figure() -> None:
    assert wilson(0, 0) is None
    assert csat({}) is None
    assert nps(0, 0, 0) is None
    assert mean([]) is None
    assert newcombe(1, 2, 0, 0) is None
    assert is_change(None) is False


@pytest.mark.parametrize(("hits", "n"), [(-1, 4), (5, 4), (1, 0)])
def test_more_hits_than_answers_are_refused(hits: int, n: int) -> None:
    with pytest.raises(ValueError):
        wilson(hits, n)


@given(st.integers(1, 5_000), st.data())
def test_the_interval_holds_the_share_and_stays_between_0_and_1(n: int, data: st.DataObject) -> None:
    found = wilson(data.draw(st.integers(0, n)), n)
    assert found is not None
    assert 0 <= found.low <= found.value <= found.high <= 1


def test_net_promoters() -> None:
    found = nps(66, 30, 24)
    assert found is not None
    assert found.value == 35.0
    assert (round(found.low, 1), round(found.high, 1)) == (20.1, 48.1)


@pytest.mark.parametrize(("marks", "value"), [({10: 1, 9: 1, 8: 1, 7: 1, 6: 1}, 20.0), ({0: 3}, -100.0), ({8: 2}, 0.0)])
def test_marks_become_promoters_and_detractors(marks: dict[int, int], value: float) -> None:
    found = nps_of(marks)
    assert found is not None
    assert found.value == value
    assert -100 <= found.low <= found.high <= 100


def test_satisfied_means_four_or_five() -> None:
    found = csat({1: 2, 2: 3, 3: 3, 4: 20, 5: 22})
    assert found is not None
    assert (found.value, found.n) == (0.84, 50)


def test_the_difference_of_two_shares() -> None:
    """TV-53: 540 of 9,000 against 42 of 1,000."""
    found = newcombe(540, 9_000, 42, 1_000)
    assert found is not None
    assert (round(found.value, 3), round(found.low, 4), round(found.high, 4)) == (0.018, 0.0030, 0.0299)
    assert is_change(found)
    assert not is_change(newcombe(5, 10, 4, 10))
    assert is_change(newcombe(1, 100, 40, 100))


@pytest.mark.parametrize(
    ("values", "centre", "low", "high"),
    [
        ([4, 5, 6], 5.0, 2.5159, 7.4841),  # t(2) = 4.3027
        ([1, 2, 3, 4, 5], 3.0, 1.0368, 4.9632),
        ([5, 5, 5, 5], 5.0, 5.0, 5.0),
        (list(range(41)), 20.0, 16.2189, 23.7811),  # t(40) = 2.0211, by the expansion
    ],
)
def test_a_mean_with_students_interval(values: list[float], centre: float, low: float, high: float) -> None:
    found = mean(values)
    assert found is not None
    assert found.value == centre
    assert (found.low, found.high) == pytest.approx((low, high), abs=2e-4)


def test_one_value_alone_says_nothing_about_its_spread() -> None:
    found = mean([4])
    assert found is not None
    assert (found.low, found.high) == (-math.inf, math.inf)


@pytest.mark.parametrize(
    ("n", "wanted"),
    [(0, Showing.SUPPRESSED), (4, Showing.SUPPRESSED), (5, Showing.SMALL), (29, Showing.SMALL), (30, Showing.FULL)],
)
def test_few_answers_are_not_shown_or_marked(n: int, wanted: Showing) -> None:
    assert showing(n) is wanted
