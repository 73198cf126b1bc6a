"""A frozen population: exact ranks, true point masses, and scores that move only when the customer moves."""

from __future__ import annotations

import datetime
import json
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from analytics.calibrating import calibrate
from analytics.calibration import Calibration, elapsed_days, elapsed_months
from analytics.default_model import DEFAULT_V1
from analytics.fixedpoint import FULL, NEUTRAL, POINT, as_decimal, bit_length, divide, share_of, signed_divide
from analytics.ranking import KNOTS, RankTable, Ruler, rank_table
from analytics.scoring import Inputs, score
from analytics.tests import reference, worked_example
from analytics.tests.worked_example import ON
from crm_site.columns import Column


@given(st.lists(st.integers(-50, 50), min_size=1, max_size=60), st.integers(-60, 60))
def test_any_value_is_ranked_as_counting_would(population: list[int], asked: int) -> None:
    ruler = Ruler(rank_table(np.array(population, dtype=np.int64)))
    assert as_decimal(ruler.points(np.array([asked]))[0], 8) == reference.percentile(asked, population)


def test_a_large_population_keeps_point_masses_exact() -> None:
    """Nine in ten have none: their rank must not be the 90th percentile, nor depend on the others."""
    chance = np.random.default_rng(1)
    some = np.unique(chance.integers(1, 10**10, 30_000))
    values = np.concatenate([np.zeros(9 * len(some), dtype=np.int64), some])
    table = rank_table(values)
    assert len(table.values) <= KNOTS
    ruler = Ruler(table)
    assert ruler.points(np.array([0]))[0] == 45 * POINT
    exact = np.searchsorted(values, some) * FULL // len(values)
    assert int(np.abs(ruler.points(some) - exact).max()) < POINT // 5
    assert ruler.points(np.array([-1, 10**11])).tolist() == [0, FULL]


def test_between_knots_the_order_of_values_is_kept() -> None:
    values = np.arange(0, 300_000, 3, dtype=np.int64)
    ruler = Ruler(rank_table(values))
    points = ruler.points(np.arange(-5, 300_005, dtype=np.int64))
    assert (np.diff(points) >= 0).all()
    assert (np.diff(ruler.points(values)) > 0).all()


def test_a_thousand_different_values_are_all_kept() -> None:
    values = np.repeat(np.arange(KNOTS, dtype=np.int64), 7)
    table = rank_table(values)
    assert len(table.values) == KNOTS
    assert table.equal == (7,) * KNOTS


def test_amounts_of_any_size_fit() -> None:
    largest = 2**62
    values = np.array([-largest // 2, 0, largest // 2], dtype=np.int64).repeat(400) + np.arange(1_200)
    points = Ruler(rank_table(values)).points(values)
    assert (np.diff(points) >= 0).all()
    assert 0 <= points.min() and points.max() <= FULL


def test_nobody_to_compare_with_is_the_middle() -> None:
    empty = rank_table(np.zeros(0, dtype=np.int64))
    assert Ruler(empty).points(np.array([3, 4])).tolist() == [NEUTRAL, NEUTRAL]
    assert RankTable.from_json(json.loads(json.dumps(empty.to_json()))) == empty


def test_json_gives_the_same_calibration_and_the_same_scores() -> None:
    frozen = worked_example.calibration()
    text = json.dumps(frozen.to_json())
    assert "." not in text.replace("v1", "")  # whole numbers only
    again = Calibration.from_json(json.loads(text))
    assert again == frozen
    scores = score(worked_example.inputs(), DEFAULT_V1, again)
    assert scores.score_e8.tolist() == worked_example.scores().score_e8.tolist()


def test_a_score_stands_still_while_others_move() -> None:
    frozen = worked_example.calibration()
    moved = dict(worked_example.inputs().columns)
    moved["c1"] = Column.of([5_200_000, 9_999_999, 120_000, -5, 10**10])
    after = score(Inputs(5, moved, worked_example.inputs().answers), DEFAULT_V1, frozen)
    before = worked_example.scores()
    changed = (after.score_e8 != before.score_e8).tolist()
    assert changed == [False, True, False, True, True]


def test_days_are_counted_to_the_reference_date_and_never_backwards() -> None:
    days = [ON.toordinal() - 30, ON.toordinal(), ON.toordinal() + 12, None]
    found = elapsed_days(Column.of(days), ON)
    assert found.values[:3].tolist() == [30, 0, 0]
    assert found.missing.tolist() == [False, False, False, True]


@pytest.mark.parametrize(
    ("since", "on", "months"),
    [
        ("2026-08-31", "2027-02-28", 6),  # a month is over with its last day
        ("2026-08-31", "2027-02-27", 5),
        ("2026-05-01", "2026-10-31", 5),
        ("2026-04-30", "2026-10-31", 6),
        ("2024-10-31", "2026-10-31", 24),
        ("2024-02-29", "2026-02-28", 24),
        ("2026-01-15", "2026-02-14", 0),
        ("2026-01-15", "2026-02-15", 1),
        ("1969-12-31", "1970-01-31", 1),
        ("2026-12-01", "2026-10-31", 0),
    ],
)
def test_months_are_those_of_the_calendar(since: str, on: str, months: int) -> None:
    dates = Column.of([datetime.date.fromisoformat(since).toordinal(), None])
    found = elapsed_months(dates, datetime.date.fromisoformat(on))
    assert (found.values[0], found.missing.tolist()) == (months, [False, True])


def test_medians_of_everybody_and_of_a_group() -> None:
    facts = worked_example.inputs()
    groups = {"HIGH": np.array([True, True, False, False, False]), "MID": np.zeros(5, dtype=bool)}
    frozen = calibrate(facts, DEFAULT_V1, on=ON, groups=groups, answers_mean=worked_example.MEAN_ANSWER)
    assert frozen.medians["ALL"][0] == 54 * POINT
    assert frozen.medians["HIGH"][0] == 7_350_000_000  # between 57 and 90
    assert frozen.medians["MID"] == (NEUTRAL, worked_example.MEAN_ANSWER, NEUTRAL, NEUTRAL, NEUTRAL)


def test_a_small_population_is_called_coarse() -> None:
    frozen = worked_example.calibration()
    assert frozen.coarse
    assert not replace(frozen, population=30).coarse
    assert frozen.on == datetime.date(2026, 10, 31)


@given(st.integers(0, FULL), st.integers(1, 2**62), st.data())
def test_shares_are_exact_while_they_fit(span: int, whole: int, data: st.DataObject) -> None:
    part = data.draw(st.integers(0, whole))
    found = int(share_of(span, np.array([part]), np.array([whole]))[0])
    exact = divide(span * part, whole)
    if whole < 2**28:
        assert found == exact
    assert abs(found - exact) <= span // 2**26 + 1
    assert 0 <= found <= span


@pytest.mark.parametrize(
    ("numerator", "denominator", "quotient"), [(5, 2, 3), (-5, 2, -3), (4, 3, 1), (-4, 3, -1), (0, 7, 0)]
)
def test_halves_go_away_from_zero(numerator: int, denominator: int, quotient: int) -> None:
    assert signed_divide(numerator, denominator) == quotient


@given(st.integers(0, 2**63 - 1))
def test_bits_are_counted(value: int) -> None:
    assert bit_length(np.array([value]))[0] == value.bit_length()


def test_bits_are_counted_about_every_power_of_two() -> None:
    """Beyond 2^53 a float would round up the value below a power."""
    values = [value for power in range(63) for value in (2**power - 1, 2**power, 2**power + 1)]
    assert bit_length(np.array(values)).tolist() == [value.bit_length() for value in values]
