"""How likely it is that a customer cannot repay: low, medium or high credit risk (handbook 3/1.1.15(5); decision 0054).

Warning signs of what the bank knows of repayment earn points; the points make the band. Age and occupation are no
signs, nor is anything about money laundering.
"""

from __future__ import annotations

from dataclasses import dataclass
from math import gcd

import numpy as np

from analytics.fixedpoint import WHOLE, Bools, Ints
from analytics.segment_rules import RiskRules
from analytics.segments import place
from crm_site.columns import Column
from customers.classes import CreditRisk

RATINGS = ("A", "B", "C", "D", "E")


@dataclass(frozen=True, eq=False)
class RiskFacts:
    """Money in fen, the ratio in 1/10,000, ratings as places in ``RATINGS``; amounts must stay below 9·10^14 fen.

    ``keeps``: has money here, so that its lack says something; whoever only borrows may keep it elsewhere.
    """

    overdue_days: Column
    debt_service: Column
    rating: Column
    assets_3m: Column
    owed: Column
    keeps: Bools

    @property
    def reserve(self) -> Column:
        """What is kept here, in 1/10,000 of what is owed; not known of who owes nothing or keeps nothing here."""
        known = self.assets_3m.known & self.owed.known & (self.owed.values > 0) & self.keeps
        owed = np.where(known, self.owed.values, 1)
        return Column(np.where(known, self.assets_3m.values, 0) * WHOLE // owed, ~known)


@dataclass(frozen=True, eq=False)
class Risk:
    """``band`` the class as places in ``CreditRisk``; ``points`` what the signs add up to."""

    band: Ints
    points: Ints


def risk(facts: RiskFacts, rules: RiskRules) -> Risk:
    """Band everybody. Where nothing is known of delay, burden and rating nothing is claimed: no credit is not a good
    credit, and little money is not a bad one."""
    points = _delay(facts.overdue_days, rules) + _burden(facts.debt_service, rules)
    points += _rating(facts.rating, rules) + _reserve(facts, rules)
    known = facts.overdue_days.known | facts.debt_service.known | facts.rating.known
    band = np.where(points >= rules.medium_points, place(CreditRisk.MEDIUM), place(CreditRisk.LOW))
    band = np.where(points >= rules.high_points, place(CreditRisk.HIGH), band)
    return Risk(np.where(known, band, place(CreditRisk.UNKNOWN)), points)


def _delay(days: Column, rules: RiskRules) -> Ints:
    limits = (rules.late_days, rules.overdue_days, rules.long_overdue_days, rules.default_days)
    points = (rules.late_points, rules.overdue_points, rules.long_overdue_points, rules.default_points)
    return _stepped(days, limits, points)


def _burden(share: Column, rules: RiskRules) -> Ints:
    limits = (rules.burden_share, rules.heavy_burden_share, rules.crushing_burden_share)
    points = (rules.burden_points, rules.heavy_burden_points, rules.crushing_burden_points)
    return _stepped(share, limits, points)


def _rating(rating: Column, rules: RiskRules) -> Ints:
    points = (rules.rating_c_points, rules.rating_d_points, rules.rating_e_points)
    return _stepped(rating, tuple(RATINGS.index(code) for code in "CDE"), points)


def _reserve(facts: RiskFacts, rules: RiskRules) -> Ints:
    """Compared by multiplying, so that a reserve at the very limit is none that is thin."""
    known = facts.reserve.known
    found = np.zeros(len(known), dtype=np.int64)
    for share, points in (
        (rules.thin_reserve_share, rules.thin_reserve_points),
        (rules.bare_reserve_share, rules.bare_reserve_points),
    ):
        common = gcd(share, WHOLE)
        assets, owed = np.where(known, facts.assets_3m.values, 0), np.where(known, facts.owed.values, 0)
        below = known & (assets * (WHOLE // common) < owed * (share // common))
        found = np.where(below, points, found)
    return found


def _stepped(column: Column, limits: tuple[int, ...], points: tuple[int, ...]) -> Ints:
    """The points of the highest limit that is reached; nothing below the first, and of what is not known."""
    found = np.array((0, *points), dtype=np.int64)[np.searchsorted(np.array(limits), column.values, side="right")]
    return np.where(column.known, found, 0)
