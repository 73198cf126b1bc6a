"""Asset size with its patience, age to the day, occupation groups (domain E.1–E.3, E.6; TV-37–41)."""

from __future__ import annotations

import datetime
from dataclasses import replace

import numpy as np
import pytest
from django.utils import translation
from hypothesis import given
from hypothesis import strategies as st

from analytics.segment_rules import DEFAULT_RULES, AssetRules
from analytics.segments import (
    AssetState,
    age_bands,
    ages,
    asset_classes,
    codes,
    completed_years,
    flag_texts,
    gold,
    occupation_groups,
    place,
    places,
    segment_name,
    suitability_65,
)
from crm_site.columns import Column
from customers.classes import AGE_STEPS, AgeBand, AssetClass, Flag, LoyaltyClass, NeedType, Occupation, OccupationGroup

RULES = DEFAULT_RULES.asset
HIGH, MID, ORDINARY, UNKNOWN = AssetClass.values
YES, NO = np.array([True]), np.array([False])


def month(
    state: AssetState,
    aum: float | None,
    *,
    unseen: bool = False,
    closed: bool = False,
    new_month: bool = True,
    rules: AssetRules = RULES,
) -> AssetState:
    """One customer, one night; ``aum`` in yuan."""
    column = Column.of([None if aum is None else round(aum * 100)])
    return asset_classes(
        state,
        column,
        unseen=np.array([unseen]),
        closed=np.array([closed]),
        new_month=np.array([new_month]),
        rules=rules,
    )


def live(averages: list[float | None], *, start: str = UNKNOWN) -> list[str]:
    """The classes of one customer over months, with the watch where there is one: "HIGH", "HIGH 2"."""
    state = replace_class(start)
    story = []
    for aum in averages:
        state = month(state, aum)
        watch = int(state.watch[0])
        story.append(codes(AssetClass, state.asset_class)[0] + (f" {watch}" if watch else ""))
    return story


def replace_class(code: str) -> AssetState:
    return replace(AssetState.first(1), asset_class=places(AssetClass, [code]))


@pytest.mark.parametrize(
    ("aum", "asset_class"),
    [(0, ORDINARY), (-5, ORDINARY), (499_999.99, ORDINARY), (500_000, MID), (5_999_999.99, MID), (6_000_000, HIGH),
     (None, UNKNOWN)],
)  # fmt: skip
def test_the_first_class_is_given_at_once(aum: float | None, asset_class: str) -> None:
    assert live([aum]) == [asset_class]


M = 1_000_000


@pytest.mark.parametrize(
    ("start", "averages", "story"),
    [
        (HIGH, [5.9, 5.8, 5.7, 5.6, 5.5, 5.4],
         ["HIGH 1", "HIGH 2", "HIGH 3", "HIGH 4", "HIGH 5", "MID"]),  # TV-38
        (MID, [0.45, 0.48, 0.52, 0.47], ["MID 1", "MID 2", "MID", "MID 1"]),  # TV-39
        (MID, [0.45, 0.48, 0.47], ["MID 1", "MID 2", "ORDINARY"]),
        (ORDINARY, [0.5, 6.0], ["MID", "HIGH"]),
        (ORDINARY, [6.0], ["HIGH"]),
        (MID, [0.45, 6.0, 0.1], ["MID 1", "HIGH", "HIGH 1"]),
        (HIGH, [0.1, 0.2, 0.1, 0.1, 0.3, 0.1], ["HIGH 1", "HIGH 2", "HIGH 3", "HIGH 4", "HIGH 5", "ORDINARY"]),
        (HIGH, [0.1, 0.7, 0.1, 0.1, 0.3, 0.1], ["HIGH 1", "HIGH 2", "HIGH 3", "HIGH 4", "HIGH 5", "MID"]),
        (HIGH, [5.9, 5.9, None, 5.9, 6.0, 5.9], ["HIGH 1", "HIGH 2", "HIGH 2", "HIGH 3", "HIGH", "HIGH 1"]),
        (HIGH, [0.1, 6.0, 0.6, 0.6, 0.6, 0.6, 0.6, 0.6],
         ["HIGH 1", "HIGH", "HIGH 1", "HIGH 2", "HIGH 3", "HIGH 4", "HIGH 5", "MID"]),
        (ORDINARY, [0.1, 0.4], ["ORDINARY", "ORDINARY"]),
    ],
)  # fmt: skip
def test_up_at_once_and_down_with_patience(start: str, averages: list[float | None], story: list[str]) -> None:
    assert live([None if aum is None else aum * M for aum in averages], start=start) == story


def test_after_a_fall_the_patience_begins_anew() -> None:
    story = live([0.1 * M] * 12, start=HIGH)
    assert story[5] == ORDINARY
    story = live([0.6 * M] * 6 + [0.1 * M] * 3, start=HIGH)
    assert story[5:] == ["MID", "MID 1", "MID 2", "ORDINARY"]


def test_a_second_night_of_the_same_month_changes_nothing() -> None:
    state = month(replace_class(HIGH), 5.9 * M)
    again = month(state, 5.9 * M, new_month=False)
    assert (again.asset_class[0], again.watch[0], again.best[0]) == (state.asset_class[0], 1, place(AssetClass.MID))


def test_closing_everything_falls_at_once() -> None:
    for new_month in (True, False):
        state = month(replace_class(HIGH), None, closed=True, new_month=new_month)
        assert codes(AssetClass, state.asset_class) == [ORDINARY]
        assert state.watch[0] == 0


def test_three_months_without_a_snapshot_are_unknown() -> None:
    state = month(replace_class(HIGH), None, unseen=True, new_month=False)
    assert codes(AssetClass, state.asset_class) == [UNKNOWN]
    assert live([7 * M], start=UNKNOWN) == [HIGH]


@given(st.lists(st.none() | st.integers(0, 900_000_000), min_size=1, max_size=20), st.integers(0, 3))
def test_many_customers_at_once_are_each_alone(averages: list[int | None], start: int) -> None:
    together = AssetState(
        np.full(len(averages), start, dtype=np.int64),
        np.arange(len(averages), dtype=np.int64) % 3,
        np.full(len(averages), 3, dtype=np.int64),
    )
    shape = len(averages)
    found = asset_classes(
        together, Column.of(averages), unseen=np.zeros(shape, bool), closed=np.zeros(shape, bool),
        new_month=np.ones(shape, bool), rules=RULES,
    )  # fmt: skip
    for row, aum in enumerate(averages):
        alone = AssetState(
            together.asset_class[row : row + 1], together.watch[row : row + 1], together.best[row : row + 1]
        )
        one = asset_classes(alone, Column.of([aum]), unseen=NO, closed=NO, new_month=YES, rules=RULES)
        assert (one.asset_class[0], one.watch[0], one.best[0]) == (
            found.asset_class[row],
            found.watch[row],
            found.best[row],
        )


def test_gold_is_a_label_inside_ordinary() -> None:
    classes = places(AssetClass, [ORDINARY, ORDINARY, MID, ORDINARY])
    found = gold(classes, Column.of([4_999_999, 5_000_000, 60_000_000, None]), RULES)
    assert found.tolist() == [False, True, False, False]


@pytest.mark.parametrize(
    ("born", "on", "age"),
    [
        ("2000-02-29", "2026-02-28", 25),  # TV-40
        ("2000-02-29", "2026-03-01", 26),
        ("2000-02-29", "2024-02-29", 24),
        ("2000-02-29", "2024-02-28", 23),
        ("1990-11-23", "2026-11-22", 35),
        ("1990-11-23", "2026-11-23", 36),
        ("1949-12-31", "2026-01-01", 76),
        ("2027-01-01", "2026-12-31", -1),
    ],
)
def test_age_in_completed_years(born: str, on: str, age: int) -> None:
    assert completed_years(datetime.date.fromisoformat(born), datetime.date.fromisoformat(on)) == age
    assert ages(np.array([born], dtype="datetime64[D]"), datetime.date.fromisoformat(on)).values.tolist() == [age]


@given(st.dates(datetime.date(1890, 1, 1), datetime.date(2030, 12, 31)), st.dates(datetime.date(1950, 1, 1)))
def test_ages_of_many_agree_with_one(born: datetime.date, on: datetime.date) -> None:
    found = ages(np.array([born, "NaT"], dtype="datetime64[D]"), on)
    assert found.values[0] == completed_years(born, on)
    assert found.missing.tolist() == [False, True]


@pytest.mark.parametrize(
    ("age", "band"),
    [(0, "MINOR"), (17, "MINOR"), (18, "YOUNG"), (35, "YOUNG"), (36, "MIDDLE"), (59, "MIDDLE"), (60, "SENIOR"),
     (130, "SENIOR"), (131, "UNKNOWN"), (-1, "UNKNOWN"), (None, "UNKNOWN")],
)  # fmt: skip
def test_age_bands(age: int | None, band: str) -> None:
    assert codes(AgeBand, age_bands(Column.of([age]), DEFAULT_RULES.age)) == [band]


@given(st.integers(0, 130))
def test_the_age_step_kept_in_clear_gives_the_same_band(age: int) -> None:
    step = max(low for low in AGE_STEPS if low <= age)
    both = age_bands(Column.of([age, step]), DEFAULT_RULES.age)
    assert both[0] == both[1]
    special = suitability_65(Column.of([age, step]), DEFAULT_RULES.age)
    assert special[0] == special[1] == (age >= 65)


@pytest.mark.parametrize(
    ("occupation", "group"),
    [("CIVIL_SERVANT", "PUBLIC"), ("MILITARY", "PUBLIC"), ("PROFESSIONAL", "EMPLOYEE"), ("BUSINESS_OWNER", "OWNER"),
     ("FREELANCER", "FREELANCE"), ("FARMER", "AGRICULTURE"), ("RETIRED", "RETIRED"), ("OTHER", "OTHER"),
     ("REFUSED", "UNKNOWN"), ("", "UNKNOWN"), ("SORCERER", "UNKNOWN")],
)  # fmt: skip
def test_occupation_groups(occupation: str, group: str) -> None:
    column = Column.of_codes([occupation], Occupation.values)
    assert codes(OccupationGroup, occupation_groups(column, DEFAULT_RULES.occupation)) == [group]


def test_an_unknown_code_is_the_unknown_class() -> None:
    assert codes(AssetClass, places(AssetClass, ["HIGH", "", "PLATINUM"])) == ["HIGH", "UNKNOWN", "UNKNOWN"]


def test_flags_are_written_in_one_order() -> None:
    flags = {Flag.GOLD: np.array([True, False]), Flag.NEW: np.array([True, False])}
    places, book = flag_texts(flags, 2)
    assert [book[place] for place in places] == ["NEW,GOLD", ""]


def test_the_segment_is_named_in_the_readers_language() -> None:
    with translation.override("en"):
        name = segment_name(AssetClass.HIGH, AgeBand.MIDDLE, NeedType.INVESTMENT, LoyaltyClass.LOYAL)
    assert name == "High net worth · Middle-aged · Investment · Loyal"
