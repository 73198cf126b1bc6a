"""Low, medium or high credit risk from signs that earn points; nothing known is nothing claimed (decision 0054)."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from django.utils import translation
from hypothesis import given
from hypothesis import strategies as st

from analytics import class_rule_book as book
from analytics.segment_risk import RATINGS, Risk, RiskFacts, risk
from analytics.segment_rules import DEFAULT_RULES, RiskRules
from crm_site.columns import Column
from customers.classes import CreditRisk

RULES = DEFAULT_RULES.risk
NOTHING: dict[str, Any] = {
    "overdue": None, "burden": None, "rating": None, "assets": None, "owed": None, "keeps": False,
}  # fmt: skip
DEBTOR = {"owed": 1_000_000, "keeps": True}
Row = dict[str, Any]


def banded(rows: list[Row], rules: RiskRules = RULES) -> Risk:
    columns = {name: Column.of(row[name] for row in rows) for name in ("overdue", "burden", "assets", "owed")}
    facts = RiskFacts(
        overdue_days=columns["overdue"],
        debt_service=columns["burden"],
        rating=Column.of_codes((row["rating"] or "" for row in rows), RATINGS),
        assets_3m=columns["assets"],
        owed=columns["owed"],
        keeps=np.array([row["keeps"] for row in rows], dtype=bool),
    )
    return risk(facts, rules)


@pytest.mark.parametrize(
    ("known", "points", "band"),
    [
        ({}, 0, "UNKNOWN"),
        ({"overdue": 0}, 0, "LOW"),
        ({"overdue": 1}, 1, "LOW"),
        ({"overdue": 30}, 1, "LOW"),
        ({"overdue": 31}, 2, "MEDIUM"),
        ({"overdue": 60}, 2, "MEDIUM"),
        ({"overdue": 61}, 3, "MEDIUM"),
        ({"overdue": 90}, 3, "MEDIUM"),
        ({"overdue": 91}, 4, "HIGH"),
        ({"burden": 2_999}, 0, "LOW"),
        ({"burden": 3_000}, 1, "LOW"),
        ({"burden": 4_999}, 1, "LOW"),
        ({"burden": 5_000}, 2, "MEDIUM"),
        ({"burden": 7_999}, 2, "MEDIUM"),
        ({"burden": 8_000}, 3, "MEDIUM"),
        ({"rating": "A"}, 0, "LOW"),
        ({"rating": "B"}, 0, "LOW"),
        ({"rating": "C"}, 1, "LOW"),
        ({"rating": "D"}, 2, "MEDIUM"),
        ({"rating": "E"}, 4, "HIGH"),
        ({"overdue": 31, "burden": 3_000, "rating": "C"}, 4, "HIGH"),
        ({"overdue": 31, "burden": 3_000, "rating": "B"}, 3, "MEDIUM"),
        ({"overdue": 0, "assets": 300_000, **DEBTOR}, 0, "LOW"),
        ({"overdue": 0, "assets": 299_999, **DEBTOR}, 1, "LOW"),
        ({"overdue": 0, "assets": 50_000, **DEBTOR}, 1, "LOW"),
        ({"overdue": 0, "assets": 49_999, **DEBTOR}, 2, "MEDIUM"),
        ({"overdue": 0, "assets": 0, **DEBTOR, "keeps": False}, 0, "LOW"),  # may keep their money elsewhere
        ({"overdue": 0, "assets": 0, **DEBTOR, "owed": 0}, 0, "LOW"),  # owes nothing
        ({"overdue": 0, **DEBTOR}, 0, "LOW"),  # nobody knows what is kept
        ({"assets": 0, **DEBTOR}, 2, "UNKNOWN"),  # little money alone says nothing of repayment
    ],
)
def test_the_points_of_the_signs_and_the_band_they_make(known: Row, points: int, band: str) -> None:
    found = banded([NOTHING | known])
    assert (int(found.points[0]), CreditRisk.values[found.band[0]]) == (points, band)


def test_a_sign_of_no_points_counts_for_nothing() -> None:
    rules = replace(RULES, rating_c_points=0, rating_d_points=0, rating_e_points=0)
    assert banded([NOTHING | {"rating": "E"}], rules).points.tolist() == [0]


def test_nobody_is_nothing() -> None:
    assert len(banded([]).band) == 0


_ROW = st.fixed_dictionaries(
    {
        "overdue": st.none() | st.integers(0, 120),
        "burden": st.none() | st.integers(0, 12_000),
        "rating": st.none() | st.sampled_from(RATINGS),
        "assets": st.none() | st.integers(0, 800_000_000_000_000),
        "owed": st.none() | st.integers(0, 800_000_000_000_000),
        "keeps": st.booleans(),
    }
)


@given(st.lists(_ROW, min_size=1, max_size=12))
def test_many_customers_at_once_are_each_alone(rows: list[Row]) -> None:
    found = banded(rows)
    alone = [banded([row]) for row in rows]
    assert found.band.tolist() == [int(one.band[0]) for one in alone]
    assert found.points.tolist() == [int(one.points[0]) for one in alone]


@given(_ROW, st.integers(0, 120), st.integers(0, 12_000))
def test_more_delay_or_burden_never_lowers_the_risk(row: Row, days: int, share: int) -> None:
    worse = row | {"overdue": max(row["overdue"] or 0, days), "burden": max(row["burden"] or 0, share)}
    before, after = banded([row]), banded([worse])
    assert after.points[0] >= before.points[0]


@pytest.mark.parametrize(
    ("changed", "problem"),
    [
        ({"overdue_days": 1}, "must rise"),
        ({"heavy_burden_share": 9_000}, "must rise"),
        ({"bare_reserve_share": 3_000}, "must rise"),
        ({"late_points": 3}, "fewer points"),
        ({"burden_points": -1}, "less than nothing"),
        ({"medium_points": 4}, "above medium"),
        ({"medium_points": 0}, "medium_points must be at least 1"),
        ({"high_points": 14}, "can be reached"),
        ({"thin_reserve_share": 10_001}, "not thin"),
        ({"late_days": 0}, "late_days must be at least 1"),
    ],
)
def test_rules_that_contradict_themselves_are_named(changed: dict[str, int], problem: str) -> None:
    with translation.override("en"):
        found = book.read("RISK", changed).problems
    assert any(problem in said for said in found), found


def test_what_the_product_comes_with_has_no_problem() -> None:
    assert book.read("RISK", {}).problems == ()
    assert "age" not in " ".join(book.names("RISK"))
    assert "occupation" not in " ".join(book.names("RISK"))
