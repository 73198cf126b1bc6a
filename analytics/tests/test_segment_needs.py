"""What a customer mostly wants, in exact points (domain E.4; TV-42)."""

from __future__ import annotations

from dataclasses import fields
from decimal import ROUND_HALF_UP, Decimal
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from analytics.segment_needs import NeedFacts, needs
from analytics.segment_rules import DEFAULT_RULES
from analytics.segments import codes, place
from crm_site.columns import Column
from customers.classes import NeedType

NAMES = [entry.name for entry in fields(NeedFacts)]
EXAMPLE: dict[str, int | None] = {
    "assets_3m": 30_000_000, "deposits_3m": 12_000_000, "purchases_6m": 2, "card_spend": 6_000_000,
    "inflow": 24_000_000, "debt": 0, "income": 20_000_000, "stable_months": 8, "stated": None,
}  # fmt: skip
NOTHING: dict[str, int | None] = dict.fromkeys(NAMES)


def facts(**values: int | None) -> NeedFacts:
    return NeedFacts(**{name: Column.of([values[name]]) for name in NAMES})


def points(**values: int | None) -> list[Decimal]:
    found = needs(facts(**values), DEFAULT_RULES.need)
    return [Decimal(int(value)).scaleb(-4) for value in found.points[:, 0]]


def test_the_worked_example() -> None:
    assert points(**EXAMPLE) == [Decimal("90.0"), Decimal("25.0"), Decimal("55.0")]
    found = needs(facts(**EXAMPLE), DEFAULT_RULES.need)
    assert codes(NeedType, found.need) == ["INVESTMENT"]
    assert codes(NeedType, found.second) == ["SAVINGS"]


@pytest.mark.parametrize(
    ("changed", "wanted"),
    [
        ({"assets_3m": 0, "deposits_3m": 0}, ["20", "25", "20"]),  # no assets: first terms are nothing
        ({"inflow": None}, ["90", "0", "55"]),  # the debt term alone counts, and there is no debt
        ({"inflow": 0}, ["90", "0", "55"]),
        ({"income": None}, ["90", "41.6667", "55"]),  # spending alone stands for both
        ({"income": None, "inflow": None}, ["90", "0", "55"]),
        ({"debt": 10_000_000}, ["90", "65", "55"]),
        ({"debt": 99_000_000}, ["90", "65", "55"]),
        ({"deposits_3m": 40_000_000}, ["20", "25", "90"]),  # more deposits than assets: nothing is invested
        ({"deposits_3m": None}, ["20", "25", "20"]),
        ({"purchases_6m": 9, "stable_months": 12}, ["100", "25", "65"]),
        ({"purchases_6m": None, "stable_months": None, "card_spend": None}, ["70", "0", "35"]),
    ],
)
def test_terms_that_cannot_be_measured(changed: dict[str, int | None], wanted: list[str]) -> None:
    assert points(**{**EXAMPLE, **changed}) == [Decimal(value) for value in wanted]


@pytest.mark.parametrize(
    ("changed", "need"),
    [
        ({}, "UNKNOWN"),
        ({"assets_3m": 100, "deposits_3m": 100}, "SAVINGS"),
        ({"assets_3m": 100, "deposits_3m": 70}, "SAVINGS"),  # 42 against 61.25
        ({"assets_3m": 100, "deposits_3m": 60}, "MIXED"),  # 56 against 52.5
        ({"inflow": 10_000, "card_spend": 1_800}, "CONSUMPTION"),  # 30 exactly
        ({"inflow": 10_000, "card_spend": 1_799}, "UNKNOWN"),
        ({"purchases_6m": 3}, "INVESTMENT"),  # 30 exactly
        ({"purchases_6m": 2}, "UNKNOWN"),
        ({"purchases_6m": 3, "stable_months": 9}, "MIXED"),  # 30 against 22.5
        ({"purchases_6m": 3, "stable_months": 8}, "INVESTMENT"),  # 30 against 20: clear by exactly ten
        ({"stated": 1}, "CONSUMPTION"),
        ({"assets_3m": 100, "deposits_3m": 100, "stated": 0}, "INVESTMENT"),
    ],
)
def test_the_class(changed: dict[str, int | None], need: str) -> None:
    found = needs(facts(**{**NOTHING, **changed}), DEFAULT_RULES.need)
    assert codes(NeedType, found.need) == [need]
    assert bool(found.stated[0]) is ("stated" in changed)


def test_a_stated_need_is_told_apart_from_an_inferred_one() -> None:
    found = needs(facts(**{**EXAMPLE, "stated": place(NeedType.SAVINGS)}), DEFAULT_RULES.need)
    assert codes(NeedType, found.need) == ["SAVINGS"]
    assert codes(NeedType, found.first) == ["INVESTMENT"]
    assert found.stated.tolist() == [True]


def term(top: int, part: int | None, whole: int | None, share: Fraction) -> Decimal:
    if part is None or not whole or whole < 0:
        return Decimal(0)
    reached = top * min(Fraction(1), max(Fraction(0), Fraction(part, whole) / share))
    return (Decimal(reached.numerator) / Decimal(reached.denominator)).quantize(Decimal("0.0001"), ROUND_HALF_UP)


money = st.none() | st.integers(-(10**9), 10**12)


@given(
    st.fixed_dictionaries(
        {name: money for name in ("assets_3m", "deposits_3m", "card_spend", "inflow", "debt", "income")}
    )
)
def test_points_agree_with_fractions(values: dict[str, int | None]) -> None:
    a, d = values["assets_3m"], values["deposits_3m"]
    invested = None if a is None or d is None else a - d
    spent, owed = (values["card_spend"], values["inflow"]), (values["debt"], values["income"])
    by_inflow, by_income = bool(spent[1] and spent[1] > 0), bool(owed[1] and owed[1] > 0)
    if by_inflow and by_income:
        consumption = term(60, *spent, Fraction(3, 5)) + term(40, *owed, Fraction(1, 2))
    elif by_inflow:
        consumption = term(100, *spent, Fraction(3, 5))
    else:
        consumption = term(100, *owed, Fraction(1, 2)) if by_income else Decimal(0)
    assert points(**{**NOTHING, **values}) == [
        term(70, invested, a, Fraction(1, 2)),
        consumption,
        term(70, d, a, Fraction(4, 5)),
    ]
