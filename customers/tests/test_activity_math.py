"""Windows, products, ages and the estimated contribution, as tables."""

from __future__ import annotations

import datetime
from dataclasses import dataclass, fields
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest

from crm_site.columns import Column
from customers.activity_math import (
    COST_PER_CONTACT_FEN,
    Columns,
    Held,
    MonthBalances,
    MonthSums,
    Standpoint,
    active_days,
    age_steps,
    balance_columns,
    last_complete_month,
    movement_columns,
    products,
    standpoint,
)

D = datetime.date
LIVING = Standpoint(D(2025, 8, 1), D(2025, 9, 25), None)
DEPOSIT, LOAN, WEALTH = 0, 1, 3


@pytest.mark.parametrize(
    ("as_of", "month"),
    [
        (D(1994, 4, 30), D(1994, 4, 1)),
        (D(1994, 4, 29), D(1994, 3, 1)),
        (D(2024, 2, 28), D(2024, 1, 1)),
        (D(2024, 2, 29), D(2024, 2, 1)),
        (D(2025, 1, 1), D(2024, 12, 1)),
    ],
)
def test_a_month_is_complete_on_its_last_day(as_of: D, month: D) -> None:
    assert last_complete_month(as_of) == month


@pytest.mark.parametrize(
    ("as_of", "bound"),
    [
        (D(2025, 9, 25), None),
        (D(2025, 9, 1), None),
        (D(2025, 8, 30), D(2025, 8, 30)),
        (D(1994, 4, 30), D(1994, 4, 30)),
    ],
)
def test_only_an_earlier_month_shuts_out_what_came_later(as_of: D, bound: D | None) -> None:
    assert standpoint(as_of, yesterday=D(2025, 9, 25)).bound == bound


def ordinals(*days: D | None) -> Column:
    return Column.of(None if day is None else day.toordinal() for day in days)


# --- age --------------------------------------------------------------------------------------------------------
@pytest.mark.parametrize(
    ("born", "on", "step", "check_from"),
    [
        (D(1990, 3, 7), D(2025, 3, 6), 25, D(2025, 3, 1)),
        (D(1990, 3, 7), D(2025, 3, 7), 35, D(2026, 3, 1)),
        (D(1960, 5, 1), D(2025, 9, 26), 65, None),
        (D(2008, 2, 29), D(2026, 2, 28), 15, D(2026, 3, 1)),
        (D(2008, 2, 29), D(2026, 3, 1), 18, D(2033, 3, 1)),
        (D(2025, 9, 26), D(2025, 9, 26), 0, D(2040, 9, 1)),
        (D(2025, 9, 27), D(2025, 9, 26), None, None),
        (D(1890, 1, 1), D(2025, 9, 26), None, None),
        (None, D(2025, 9, 26), None, None),
    ],
)
def test_age_steps_are_reached_on_the_birthday(born: D | None, on: D, step: int | None, check_from: D | None) -> None:
    reached, month = age_steps(ordinals(born), on)
    assert (reached.plain(), month.plain()) == ([step], ordinals(check_from).plain())


# --- products ---------------------------------------------------------------------------------------------------
@dataclass
class One:
    """A holding of the one customer of a test."""

    family: int
    opened: D
    closed_on: D | None = None
    closed: bool = False
    matures: D | None = None


def held(family: int, opened: D, closed_on: D | None = None, *, closed: bool = False, matures: D | None = None) -> One:
    return One(family, opened, closed_on, closed, matures)


def of(holdings: list[One], view: Standpoint) -> Any:
    """What the holdings of one customer come to, as plain values. A second customer has none."""
    family = np.array([one.family for one in holdings], dtype=np.int64)
    found = products(
        Held(
            np.zeros(len(holdings), dtype=np.int64),
            family,
            ordinals(*(one.opened for one in holdings)).values,
            ordinals(*(one.closed_on for one in holdings)),
            np.array([one.closed for one in holdings], dtype=bool),
            ordinals(*(one.matures for one in holdings)),
            family == DEPOSIT,
        ),
        view,
        n=2,
    )
    values = {field.name: getattr(found, field.name) for field in fields(found)}
    both = {name: v.plain() if isinstance(v, Column) else v.tolist() for name, v in values.items()}
    assert not any(value[1] for value in both.values())
    days = ("opened_on", "closed_on", "last_change_on")
    return SimpleNamespace(
        **{
            name: D.fromordinal(value[0]) if name in days and value[0] is not None else value[0]
            for name, value in both.items()
        }
    )


def test_products_are_counted_by_family_and_only_those_after_the_first_are_repeats() -> None:
    found = of(
        [
            held(DEPOSIT, D(2010, 1, 5)),
            held(DEPOSIT, D(2024, 6, 1), matures=D(2026, 6, 1)),
            held(WEALTH, D(2025, 4, 2)),
            held(LOAN, D(2023, 1, 1), D(2025, 1, 1), closed=True),
        ],
        LIVING,
    )
    assert (found.open_holdings, found.ever_holdings) == (3, 4)
    assert found.families_mask == 1 << DEPOSIT | 1 << WEALTH
    assert (found.families_6m_new, found.contracts_24m) == (1, 2)
    assert found.unmatured_deposit
    assert (found.opened_on, found.last_change_on) == (D(2010, 1, 5), D(2025, 4, 2))
    assert not found.closed


@pytest.mark.parametrize(
    ("holdings", "closed", "closed_on"),
    [
        ([], False, None),
        ([held(DEPOSIT, D(2010, 1, 1), closed=True)], True, None),
        ([held(DEPOSIT, D(2010, 1, 1), D(2025, 9, 20))], True, D(2025, 9, 20)),
        ([held(DEPOSIT, D(2010, 1, 1), D(2025, 9, 20)), held(LOAN, D(2011, 1, 1))], False, None),
    ],
)
def test_a_customer_is_closed_when_every_product_they_had_is(
    holdings: list[One], closed: bool, closed_on: D | None
) -> None:
    found = of(holdings, LIVING)
    assert (found.closed, found.closed_on) == (closed, closed_on)


def test_an_earlier_night_sees_neither_later_openings_nor_later_closings() -> None:
    past = standpoint(D(1994, 4, 30), yesterday=D(2025, 9, 25))
    found = of([held(DEPOSIT, D(1993, 5, 1), D(1996, 1, 1), closed=True), held(LOAN, D(1994, 5, 1))], past)
    assert (found.open_holdings, found.ever_holdings, found.families_mask, found.closed) == (1, 1, 1, False)


def test_a_deposit_that_matured_inside_the_window_was_a_change() -> None:
    found = of([held(DEPOSIT, D(2024, 8, 1), matures=D(2025, 8, 31))], LIVING)
    assert (found.last_change_on, found.unmatured_deposit) == (D(2025, 8, 31), False)


# --- months -----------------------------------------------------------------------------------------------------
def months(values: dict[int, int], width: int = 24) -> np.ndarray:
    row = np.zeros((1, width), dtype=np.int64)
    for month, value in values.items():
        row[0, month] = value
    return row


def sums(**given: dict[int, int]) -> MonthSums:
    names = ("count", "amount", "inflow", "card_spend", "salary", "fee", "purchases", "days")
    return MonthSums(**{name: months(given.get(name, {})) for name in names})


def plain(columns: Columns) -> dict[str, list[int | None]]:
    return {name: column.plain() for name, column in columns.items()}


def bits(*days: int) -> int:
    return sum(1 << (day - 1) for day in days)


@pytest.mark.parametrize(
    ("days", "found"),
    [
        ({}, (0, 0)),
        ({0: bits(1, 31)}, (2, 0)),
        ({2: bits(2, 3, 30)}, (2, 1)),  # the ninety days that end on 31 August begin on 3 June
        ({5: bits(4, 5, 31)}, (0, 2)),  # and those before on 5 March
        ({0: bits(*range(1, 32)), 1: bits(*range(1, 32)), 2: bits(*range(1, 31))}, (90, 2)),
        ({6: bits(28)}, (0, 0)),
    ],
)
def test_active_days_are_counted_by_the_day(days: dict[int, int], found: tuple[int, int]) -> None:
    counted = active_days(sums(days=days, count={month: 1 for month in days}), D(2025, 8, 31))
    assert plain(counted) == {"active_days_90d": [found[0]], "active_days_prior_90d": [found[1]]}


def test_a_month_summed_before_its_days_were_kept_is_not_known() -> None:
    counted = active_days(sums(count={4: 3, 0: 1}, days={0: 1}), D(2025, 8, 31))
    assert plain(counted) == {"active_days_90d": [1], "active_days_prior_90d": [None]}


def test_the_year_is_twelve_months_and_half_a_year_six() -> None:
    found = plain(movement_columns(sums(count={0: 2, 11: 3, 12: 50}, purchases={5: 1, 6: 1})))
    assert (found["count_12m"], found["active_months_12m"], found["purchases_6m"]) == ([5], [2], [1])


@pytest.mark.parametrize(
    ("paid", "growth"),
    [
        ({month: 110_00 if month < 12 else 100_00 for month in range(24)}, 1000),
        ({month: 100_00 for month in range(12)}, None),
        ({month: 100_00 for month in range(24) if month % 12 < 10}, 0),
        ({month: 100_00 for month in range(24) if month % 12 < 9}, None),
    ],
    ids=["a tenth more", "only one year", "ten months of each", "nine months of each"],
)
def test_incomes_are_compared_only_between_two_paid_years(paid: dict[int, int], growth: int | None) -> None:
    assert movement_columns(sums(salary=paid))["income_growth_bp"].plain() == [growth]


@pytest.mark.parametrize(("paid", "months_since"), [({}, None), ({0: 1}, 0), ({3: 1, 9: 1}, 3)])
def test_months_since_salary_count_from_the_end_of_the_window(paid: dict[int, int], months_since: int | None) -> None:
    assert movement_columns(sums(salary=paid))["months_since_salary"].plain() == [months_since]


def balances(aum: dict[int, int], *, deposits: dict[int, int] | None = None, loans: dict[int, int] | None = None):
    known = months(dict.fromkeys(aum, 1), 15) > 0
    return MonthBalances(months(aum, 15), months(deposits or {}, 15), months(loans or {}, 15), known)


def of_balances(given: MonthBalances, *, fees: int = 0, contacts: int = 0) -> dict[str, object]:
    found = balance_columns(given, np.array([fees]), np.array([contacts]))
    return {name: column.plain()[0] for name, column in found.items()}


def test_without_balances_nothing_is_known_and_nothing_is_zero() -> None:
    assert set(of_balances(balances({}), fees=100, contacts=3).values()) == {None}


def test_averages_take_the_months_that_are_known_but_a_year_ago_needs_all_three() -> None:
    found = of_balances(balances({0: 300, 2: 101, 12: 50, 13: 60}))
    assert (found["aum_fen"], found["aum_3m_fen"], found["aum_3m_prior_fen"]) == (300, 201, None)
    assert (found["aum_year_ago_fen"], found["aum_3m_year_ago_fen"]) == (50, None)
    assert of_balances(balances({12: 50, 13: 60, 14: 70}))["aum_3m_year_ago_fen"] == 60


def test_the_best_month_is_one_of_the_twelve() -> None:
    assert of_balances(balances({0: 10, 11: 70, 12: 900}))["aum_best_12m_fen"] == 70


def test_a_deposit_is_stable_in_a_month_when_a_twentieth_at_most_was_lost() -> None:
    held_deposits = {0: 95, 1: 100, 2: 106, 3: 106, 4: 0}
    found = of_balances(balances(dict.fromkeys(range(5), 1), deposits=held_deposits))
    assert found["deposit_stable_months"] == 3  # 95 of 100, 106 of 106, and 106 after nothing; not 100 of 106


def test_the_estimated_contribution_is_margins_and_fees_less_contacts() -> None:
    year = dict.fromkeys(range(12), 12_000_00)
    found = of_balances(balances(year, deposits=year, loans=year), fees=5_00, contacts=2)
    assert found["contribution_fen"] == 120_00 + 168_00 + 5_00 - 2 * COST_PER_CONTACT_FEN
