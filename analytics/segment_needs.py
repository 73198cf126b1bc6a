"""What a customer mostly wants of the bank: to invest, to spend or to save (handbook 3/1.1.13(4); domain E.4)."""

from __future__ import annotations

from dataclasses import dataclass
from math import gcd

import numpy as np

from analytics.fixedpoint import WHOLE, Bools, Ints, share_of
from analytics.segment_rules import NeedRules
from analytics.segments import place
from crm_site.columns import Column
from customers.classes import NeedType

KINDS = (NeedType.INVESTMENT, NeedType.CONSUMPTION, NeedType.SAVINGS)
POINT_E4 = 10_000  # need points carry four decimals


@dataclass(frozen=True, eq=False)
class NeedFacts:
    """Money in fen, twelve complete months unless the name says otherwise. Amounts must stay below 9·10^14 fen.

    ``stated``: what the customer said themselves within twelve months with strength ≥ 4 (places in ``NeedType``),
    missing when nothing counts.
    """

    assets_3m: Column
    deposits_3m: Column
    purchases_6m: Column
    card_spend: Column
    inflow: Column
    debt: Column
    income: Column
    stable_months: Column
    stated: Column


@dataclass(frozen=True, eq=False)
class Needs:
    """``need`` the class; ``points`` in 1/10,000, rows as ``KINDS``; ``first`` and ``second`` the two strongest kinds.

    ``stated`` tells that the customer's own word decided.
    """

    need: Ints
    points: Ints
    first: Ints
    second: Ints
    stated: Bools


def needs(facts: NeedFacts, rules: NeedRules) -> Needs:
    """Classify everybody's need. Below the least points of all three nothing is claimed; two close ones are MIXED."""
    points = np.stack([_investment(facts, rules), _consumption(facts, rules), _savings(facts, rules)])
    order = np.argsort(-points, axis=0, kind="stable")
    top = np.take_along_axis(points, order, axis=0)
    kinds = np.array([place(kind) for kind in KINDS], dtype=np.int64)
    first, second = kinds[order[0]], kinds[order[1]]
    found = np.where(top[0] - top[1] < rules.clear_by, place(NeedType.MIXED), first)
    found = np.where(top[0] < rules.least, place(NeedType.UNKNOWN), found)
    found = np.where(facts.stated.missing, found, facts.stated.values)
    return Needs(found, points, first, second, facts.stated.known)


def _investment(facts: NeedFacts, rules: NeedRules) -> Ints:
    assets, deposits = facts.assets_3m, facts.deposits_3m
    invested = Column(assets.values - deposits.values, assets.missing | deposits.missing)
    bought = _counted(30, facts.purchases_6m, rules.investment_purchases)
    return _part(70, invested, assets, rules.invested_share) + bought


def _savings(facts: NeedFacts, rules: NeedRules) -> Ints:
    stable = _counted(30, facts.stable_months, rules.stable_months)
    return _part(70, facts.deposits_3m, facts.assets_3m, rules.deposit_share) + stable


def _consumption(facts: NeedFacts, rules: NeedRules) -> Ints:
    """A term whose measure is not known (inflow, income) is left out and the other one stands for both."""
    by_inflow = facts.inflow.known & (facts.inflow.values > 0)
    by_income = facts.income.known & (facts.income.values > 0)
    spent, spent_alone = (_part(top, facts.card_spend, facts.inflow, rules.spent_share) for top in (60, 100))
    owed, owed_alone = (_part(top, facts.debt, facts.income, rules.debt_share) for top in (40, 100))
    alone = np.where(by_inflow, spent_alone, np.where(by_income, owed_alone, 0))
    return np.where(by_inflow & by_income, spent + owed, alone)


def _part(top: int, part: Column, whole: Column, share: int) -> Ints:
    """``top · min(1, (part/whole)/share)``; nothing where either is unknown or the whole is zero."""
    common = gcd(share, WHOLE)
    usable = part.known & whole.known & (whole.values > 0)
    full = np.where(usable, whole.values * (share // common), 1)
    reached = np.where(usable, np.clip(part.values * (WHOLE // common), 0, full), 0)
    return share_of(top * POINT_E4, reached, full, span_bits=20)


def _counted(top: int, count: Column, enough: int) -> Ints:
    """``top · min(1, count/enough)``."""
    reached = np.clip(count.filled(0), 0, enough)
    return share_of(top * POINT_E4, reached, enough)
