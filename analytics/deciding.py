"""Whose class moves, and the figures that decided it: kept with the move, shown with its sentence (R3.1; peers 2.2).

Figures are whole numbers by short names: money in fen, points of need in 1/10,000, ages as the step that is reached.
"""

from __future__ import annotations

import datetime
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from django.db.models import TextChoices

from analytics import segment_loyalty, segment_needs, segment_risk, segments
from analytics.classifying import loyalty_facts, need_facts, risk_facts
from analytics.fixedpoint import Bools, Ints
from analytics.reading import Facts
from analytics.segment_rules import SegmentRules
from crm_site import arrays
from crm_site.columns import Column
from customers.classes import AgeBand, AssetClass, CreditRisk, LoyaltyClass, NeedType, Occupation, OccupationGroup

CLASSES: dict[str, type[TextChoices]] = {
    "ASSET": AssetClass,
    "AGE": AgeBand,
    "OCCUPATION": OccupationGroup,
    "NEED": NeedType,
    "LOYALTY": LoyaltyClass,
    "RISK": CreditRisk,
}
Figures = dict[str, Any]


@dataclass(frozen=True, eq=False)
class Moves:
    """Customers whose class of one dimension moves: their rows, from which place to which."""

    dimension: str
    rows: Ints
    was: Ints
    became: Ints


def moves(was: Mapping[str, Ints], became: Mapping[str, Ints], among: Bools) -> list[Moves]:
    """Those of ``among`` who move, a dimension an entry; a dimension nobody moves in has none."""
    found = []
    for dimension, after in became.items():
        before = was[dimension]
        rows = np.flatnonzero(among & (before != after))
        if len(rows):
            found.append(Moves(dimension, rows, before[rows], after[rows]))
    return found


def figures(moved: Moves, facts: Facts, *, on: datetime.date, rules: SegmentRules) -> list[Figures]:
    """What decided, for each of the rows."""
    part = facts.take(moved.rows)
    if moved.dimension == "ASSET":
        return _assets(moved, part, on, rules)
    if moved.dimension == "AGE":
        return [{"step": step} for step in _plain(part["age_step"])]
    if moved.dimension == "OCCUPATION":
        return [{"code": None if at is None else Occupation.values[at]} for at in _plain(part["occupation"])]
    if moved.dimension == "NEED":
        return _needs(part, rules)
    if moved.dimension == "RISK":
        return [figures for _band, figures in risk_now(part, rules)]
    return _loyalty(part, on, rules)


def _assets(moved: Moves, part: Facts, on: datetime.date, rules: SegmentRules) -> list[Figures]:
    limits = {0: rules.asset.high_fen, 1: rules.asset.mid_fen}
    months = {0: rules.asset.high_months, 1: rules.asset.mid_months}
    before = month_before(part.ids, on)
    found = []
    for key, now, old, new in zip(
        part.ids.tolist(), _plain(part["aum_fen"]), moved.was.tolist(), moved.became.tolist(), strict=True
    ):
        figures = {"before": before.get(key), "now": now, "limit": limits.get(min(old, new))}
        if new > old and new != segments.place(AssetClass.UNKNOWN):
            figures["months"] = months.get(old)
        found.append(figures)
    return found


def month_before(ids: Ints, on: datetime.date) -> dict[int, int]:
    """Assets in the month before the one that ends with ``on``, by customer; who had no balance is not in it."""
    month = (on.replace(day=1) - datetime.timedelta(days=1)).replace(day=1)
    condition, parameters = arrays.whose("customer_id", ids)
    source = (
        "FROM customers_monthlybalance b JOIN customers_holding h ON h.id = b.holding_id "  # noqa: S608 - our own names
        "JOIN customers_product p ON p.id = h.product_id "
        f"WHERE h.{condition} AND b.month = %s AND p.counts_in_aum GROUP BY h.customer_id"
    )
    kept = "CAST(SUM(CASE WHEN b.average_fen > 0 THEN b.average_fen ELSE 0 END) AS bigint)"
    found = arrays.read(["h.customer_id", kept], source, [*parameters, month.isoformat()])
    wanted = set(ids.tolist())
    return {key: fen for key, fen in zip(*found.tolist(), strict=True) if key in wanted}


def _needs(part: Facts, rules: SegmentRules) -> list[Figures]:
    found = segment_needs.needs(need_facts(part), rules.need)
    return [
        {"inv": inv, "con": con, "sav": sav, "stated": int(stated)}
        for inv, con, sav, stated in zip(*found.points.tolist(), found.stated.tolist(), strict=True)
    ]


def _loyalty(part: Facts, on: datetime.date, rules: SegmentRules) -> list[Figures]:
    facts = loyalty_facts(part, on)
    columns = {
        "closed": facts.closed.astype(np.int64).tolist(),
        "silent": _plain(facts.silent_days),
        "assets": _plain(facts.assets_3m),
        "best": _plain(facts.assets_best_12m),
        "tenure": _plain(facts.tenure_months),
        "signs": segment_loyalty.signs_of_loyalty(facts, rules.loyalty).tolist(),
    }
    return [dict(zip(columns, row, strict=True)) for row in zip(*columns.values(), strict=True)]


def risk_now(part: Facts, rules: SegmentRules) -> list[tuple[str, Figures]]:
    """Each customer's band of credit risk by these facts, and what is known of repayment with the points it earns."""
    facts = risk_facts(part)
    found = segment_risk.risk(facts, rules.risk)
    columns: dict[str, list[Any]] = {
        "overdue": _plain(facts.overdue_days),
        "burden": _plain(facts.debt_service),
        "rating": [None if at is None else segment_risk.RATINGS[at] for at in _plain(facts.rating)],
        "reserve": _plain(facts.reserve),
        "points": found.points.tolist(),
    }
    rows = (dict(zip(columns, row, strict=True)) for row in zip(*columns.values(), strict=True))
    return list(zip(segments.codes(CreditRisk, found.band), rows, strict=True))


def _plain(column: Column) -> list[int | None]:
    pairs = zip(column.values.tolist(), column.missing.tolist(), strict=True)
    return [None if missing else value for value, missing in pairs]
