"""What each limit of the classifications is called, and in which unit people read and write it (domain E)."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from django.utils.functional import Promise
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from analytics import class_rule_book as book
from analytics import rfm_words
from crm_site.wording import money_words
from customers.classes import Occupation, OccupationGroup


@dataclass(frozen=True, slots=True)
class Unit:
    """How many stored whole numbers make one of what is read."""

    name: Promise
    of: int = 1


YUAN, PERCENT, POINTS = Unit(_("yuan"), 100), Unit(_("per cent"), 100), Unit(_("points"), 10_000)
MONTHS, DAYS, YEARS, COUNT = Unit(_("months")), Unit(_("days")), Unit(_("years of age")), Unit(_("number"))
SIGN = Unit(_("points"))
MARK = Unit(_("mark of 5"))

LIMITS: dict[str, dict[str, tuple[Promise, Unit]]] = {
    "ASSET": {
        "high_fen": (_("High net worth from"), YUAN),
        "mid_fen": (_("Mid net worth from"), YUAN),
        "gold_fen": (_("Gold (inside ordinary) from"), YUAN),
        "high_months": (_("Months below before high net worth is lost"), MONTHS),
        "mid_months": (_("Months below before mid net worth is lost"), MONTHS),
    },
    "AGE": {
        "young": (_("Young from"), YEARS),
        "middle": (_("Middle-aged from"), YEARS),
        "senior": (_("Elderly from"), YEARS),
        "suitability": (_("Special care with risky products from"), YEARS),
        "oldest": (_("A birth date is doubted above"), YEARS),
    },
    "NEED": {
        "invested_share": (_("Investment: full points when so much of the assets is invested"), PERCENT),
        "investment_purchases": (_("Investment: full points at so many purchases in 6 months"), COUNT),
        "spent_share": (_("Consumption: full points when so much of the inflow is spent by card"), PERCENT),
        "debt_share": (_("Consumption: full points when debt reaches so much of the income"), PERCENT),
        "deposit_share": (_("Savings: full points when so much of the assets is in deposits"), PERCENT),
        "stable_months": (_("Savings: full points at so many stable months"), MONTHS),
        "least": (_("Nothing is claimed below"), POINTS),
        "clear_by": (_("Mixed when the two strongest are closer than"), POINTS),
    },
    "LOYALTY": {
        "silent_days": (_("Lost: silent for at least"), DAYS),
        "lost_share": (_("Lost: assets at most this part of the best month"), PERCENT),
        "least_fen": (_("Lost: or assets below"), YUAN),
        "new_months": (_("New: a customer for less than"), MONTHS),
        "recent_days": (_("Loyal: active within"), DAYS),
        "tenure_months": (_("Sign of loyalty: a customer for at least"), MONTHS),
        "families": (_("Sign of loyalty: product families held"), COUNT),
        "active_months": (_("Sign of loyalty: active months of 12"), MONTHS),
        "kept_share": (_("Sign of loyalty: assets against a year ago at least"), PERCENT),
        "repeats": (_("Sign of loyalty: repeat purchases or referrals in 24 months"), COUNT),
        "signs_needed": (_("Loyal: signs needed of the five"), COUNT),
        "month_ends_to_leave": (_("Month-ends missed before loyal is lost"), COUNT),
        "risk_share": (_("At risk: assets fell below this part of three months ago"), PERCENT),
        "risk_activity_share": (_("At risk: active days fell by"), PERCENT),
        "risk_salary_months": (_("At risk: no salary for"), MONTHS),
        "risk_csat": (_("At risk: a mark of at most"), MARK),
    },
    "RISK": {
        "late_days": (_("Late: longest delay in 24 months at least"), DAYS),
        "late_points": (_("Late: earns"), SIGN),
        "overdue_days": (_("Overdue: longest delay in 24 months at least"), DAYS),
        "overdue_points": (_("Overdue: earns"), SIGN),
        "long_overdue_days": (_("Long overdue: longest delay in 24 months at least"), DAYS),
        "long_overdue_points": (_("Long overdue: earns"), SIGN),
        "default_days": (_("In default: longest delay in 24 months at least"), DAYS),
        "default_points": (_("In default: earns"), SIGN),
        "burden_share": (_("Burden: debt service takes at least this part of the income"), PERCENT),
        "burden_points": (_("Burden: earns"), SIGN),
        "heavy_burden_share": (_("Heavy burden: debt service takes at least this part of the income"), PERCENT),
        "heavy_burden_points": (_("Heavy burden: earns"), SIGN),
        "crushing_burden_share": (_("Crushing burden: debt service takes at least this part of the income"), PERCENT),
        "crushing_burden_points": (_("Crushing burden: earns"), SIGN),
        "rating_c_points": (_("Internal rating C earns"), SIGN),
        "rating_d_points": (_("Internal rating D earns"), SIGN),
        "rating_e_points": (_("Internal rating E earns"), SIGN),
        "thin_reserve_share": (_("Thin reserve: assets here below this part of what is owed"), PERCENT),
        "thin_reserve_points": (_("Thin reserve: earns"), SIGN),
        "bare_reserve_share": (_("Bare reserve: assets here below this part of what is owed"), PERCENT),
        "bare_reserve_points": (_("Bare reserve: earns"), SIGN),
        "medium_points": (_("Medium risk from"), SIGN),
        "high_points": (_("High risk from"), SIGN),
    },
}


def shown(dimension: str, name: str, value: Any) -> str:
    """One limit as people read it."""
    if dimension == "OCCUPATION":
        return str(OccupationGroup(value).label) if value in OccupationGroup.values else gettext("Not known")
    if dimension == "RFM":
        return rfm_words.shown(name, value)
    unit = LIMITS[dimension][name][1]
    if unit is YUAN:
        return money_words(Decimal(value) / unit.of)
    number = (Decimal(value) / unit.of).normalize()
    return f"{number:f}%" if unit is PERCENT else f"{number:f}"


def label(dimension: str, name: str) -> str:
    """What one limit is called."""
    if dimension == "OCCUPATION":
        return str(Occupation(name).label) if name in Occupation.values else name
    return rfm_words.label(name) if dimension == "RFM" else str(LIMITS[dimension][name][0])


@dataclass(frozen=True, slots=True)
class Line:
    """One limit beside the same limit of other rules."""

    label: str
    old: str
    new: str
    unit: str

    @property
    def changed(self) -> bool:
        """Whether the two differ."""
        return self.old != self.new


def lines(dimension: str, new: Mapping[str, Any], old: Mapping[str, Any] | None) -> Iterator[Line]:
    """Every limit of some rules, beside those of others."""
    found, before = book.limits(dict(new)), book.limits(dict(old)) if old else {}
    for name in [*found, *(name for name in before if name not in found)]:
        unit = "" if dimension not in LIMITS else str(LIMITS[dimension][name][1].name)
        old_words = shown(dimension, name, before[name]) if name in before else "–"
        new_words = shown(dimension, name, found[name]) if name in found else "–"
        yield Line(label(dimension, name), old_words, new_words, unit)
