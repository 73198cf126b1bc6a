"""Whether a customer is loyal, potentially loyal or lost, and what goes with it (handbook 3/1.1.13(5); domain E.5)."""

from __future__ import annotations

from dataclasses import dataclass
from math import gcd

import numpy as np

from analytics.fixedpoint import WHOLE, Bools, Ints
from analytics.segment_rules import LoyaltyRules
from analytics.segments import place
from crm_site.columns import Column
from customers.classes import LoyaltyClass, RiskTrigger

LOYAL, POTENTIAL = place(LoyaltyClass.LOYAL), place(LoyaltyClass.POTENTIAL)
LOST, UNKNOWN = place(LoyaltyClass.LOST), place(LoyaltyClass.UNKNOWN)


@dataclass(frozen=True, eq=False)
class LoyaltyFacts:
    """Money in fen, ratios in 1/10,000; what is not measured is ``Column.none(n)``.

    ``silent_days``: since the last transaction the customer began or contact they sought; for holders of nothing but
    term deposits since the last change of holding. ``transaction_days``: since such a transaction alone, a product
    opened being one.
    ``open_deposit``: an unmatured deposit of at least the least amount.
    """

    closed: Bools
    open_deposit: Bools
    silent_days: Column
    transaction_days: Column
    tenure_months: Column
    assets_3m: Column
    assets_best_12m: Column
    assets_ratio_year: Column
    assets_ratio_quarter: Column
    families: Column
    active_months: Column
    repeats_24m: Column
    active_days_90: Column
    active_days_before: Column
    salary_stopped_months: Column
    worst_csat_60d: Column
    unsatisfied_90d: Bools


@dataclass(frozen=True, eq=False)
class LoyaltyState:
    """Remembered from night to night: the class, month-ends in a row on which LOYAL was missed, and "won back"."""

    loyalty: Ints
    missed: Ints
    won_back: Bools

    @classmethod
    def first(cls, n: int) -> LoyaltyState:
        """Nobody has been classified yet."""
        return cls(np.full(n, UNKNOWN, dtype=np.int64), np.zeros(n, dtype=np.int64), np.zeros(n, dtype=bool))


@dataclass(frozen=True, eq=False)
class Loyalty:
    """The next state, the flag NEW, and what puts the customer at risk: bits in the order of ``RiskTrigger``."""

    state: LoyaltyState
    new: Bools
    risk: Ints

    @property
    def at_risk(self) -> Bools:
        """The flag AT_RISK."""
        return self.risk != 0


def loyalty(state: LoyaltyState, facts: LoyaltyFacts, *, month_end: Bools, rules: LoyaltyRules) -> Loyalty:
    """Classify everybody's loyalty, in the order LOST, new, LOYAL, POTENTIAL.

    ``month_end``: this month has not been judged before. Leaving LOYAL takes two month-ends in a row, LOST is
    immediate, and coming back from LOST takes a transaction and the least assets, or a deposit that is yet to mature.
    Where the answer would hang on something that is not known, the class is UNKNOWN.
    """
    new = facts.tenure_months.known & (facts.tenure_months.values < rules.new_months)
    today = _today(facts, new, rules)
    was_loyal = (state.loyalty == LOYAL) & (today == POTENTIAL)
    missed = np.where(was_loyal, state.missed + month_end, np.where((today == LOYAL) & ~month_end, state.missed, 0))
    stays = was_loyal & (missed < rules.month_ends_to_leave)
    returned = (facts.transaction_days.known & (facts.transaction_days.values < rules.silent_days)) & (
        facts.assets_3m.known & (facts.assets_3m.values >= rules.least_fen)
    )
    returned |= facts.open_deposit
    was_lost = state.loyalty == LOST
    found = np.where(stays, LOYAL, today)
    found = np.where(was_lost & (today != LOST), np.where(returned, POTENTIAL, LOST), found)
    won_back = (found == POTENTIAL) & (state.won_back | was_lost)
    held = (found == LOYAL) | (found == POTENTIAL)
    next_state = LoyaltyState(found, np.where(found == LOYAL, missed, 0), won_back)
    return Loyalty(next_state, new & (found == POTENTIAL), np.where(held, _risk(facts, rules), 0))


def _today(facts: LoyaltyFacts, new: Bools, rules: LoyaltyRules) -> Ints:
    """The class today's facts alone would give."""
    silent = facts.silent_days.known & (facts.silent_days.values >= rules.silent_days) & ~facts.open_deposit
    assets, best = facts.assets_3m, facts.assets_best_12m
    little = assets.known & (assets.values < rules.least_fen)
    common = gcd(rules.lost_share, WHOLE)
    shrunk = assets.known & best.known
    shrunk &= assets.values * (WHOLE // common) <= best.values * (rules.lost_share // common)
    lost = facts.closed | (silent & (little | shrunk))
    unsure = facts.silent_days.missing | facts.tenure_months.missing | (silent & assets.missing)
    recent = facts.silent_days.known & (facts.silent_days.values <= rules.recent_days)
    found = np.where(recent & (signs_of_loyalty(facts, rules) >= rules.signs_needed), LOYAL, POTENTIAL)
    found = np.where(new, POTENTIAL, found)
    found = np.where(unsure, UNKNOWN, found)
    return np.where(lost, LOST, found)


def signs_of_loyalty(facts: LoyaltyFacts, rules: LoyaltyRules) -> Ints:
    """How many of the five signs of loyalty are known to hold."""
    signs = (
        (facts.tenure_months, rules.tenure_months),
        (facts.families, rules.families),
        (facts.active_months, rules.active_months),
        (facts.assets_ratio_year, rules.kept_share),
        (facts.repeats_24m, rules.repeats),
    )
    total = np.zeros(len(facts.tenure_months), dtype=np.int64)
    for column, least in signs:
        total += column.known & (column.values >= least)
    return total


def _risk(facts: LoyaltyFacts, rules: LoyaltyRules) -> Ints:
    """Every trigger that fired, a bit each."""
    quarter, salary, csat = facts.assets_ratio_quarter, facts.salary_stopped_months, facts.worst_csat_60d
    now, before = facts.active_days_90, facts.active_days_before
    halved = now.known & before.known & (before.values > 0)
    halved &= (before.values - now.values) * WHOLE >= before.values * rules.risk_activity_share
    fired: dict[RiskTrigger, Bools] = {
        RiskTrigger.ASSETS: quarter.known & (quarter.values < rules.risk_share),
        RiskTrigger.ACTIVITY: halved,
        RiskTrigger.SALARY: salary.known & (salary.values >= rules.risk_salary_months),
        RiskTrigger.LOW_MARK: csat.known & (csat.values <= rules.risk_csat),
        RiskTrigger.UNSATISFIED: facts.unsatisfied_90d,
    }
    bits = np.zeros(len(facts.unsatisfied_90d), dtype=np.int64)
    for bit, trigger in enumerate(RiskTrigger):
        bits |= fired[trigger].astype(np.int64) << bit
    return bits
