"""How one customer's classes moved, what is watched, and the credit risk: for the value card (R3.1; peers row 26)."""

from __future__ import annotations

import json
from typing import Any

from django.utils.translation import gettext as _

from analytics import class_move_text, deciding, reading, rfm
from analytics import class_rule_book as book
from analytics.models import ClassMove, ClassRules, RfmMark, RfmRun, ScoreRun
from customers.classes import AssetClass, CreditRisk, LoyaltyClass
from customers.models import Customer, PublishedRun, Standing

SHOWN = 20


def moves_of(customer: Customer) -> list[str]:
    """The last moves as sentences, newest first."""
    rows = ClassMove.objects.published().filter(customer=customer).select_related("rules")[:SHOWN]
    return [_sentence(row) for row in rows]


def _sentence(row: ClassMove) -> str:
    return class_move_text.sentence(
        row.dimension,
        row.was,
        row.became,
        json.loads(row.figures),
        on=row.on,
        rules=str(row.rules) if row.rules else "",
        limits=row.rules.rules if row.rules else {},
    )


def watched(standing: Standing | None) -> list[str]:
    """Classes that are kept for the time being: "High net worth: watch 2/6"."""
    if standing is None or not (standing.asset_watch or standing.loyalty_missed):
        return []
    limits, found = {name: rules_of_the_night(name) for name in ("ASSET", "LOYALTY")}, []
    patience = {AssetClass.HIGH: "high_months", AssetClass.MID: "mid_months"}.get(AssetClass(standing.asset_class))
    if standing.asset_watch and patience:
        words = {"name": AssetClass(standing.asset_class).label, "n": standing.asset_watch}
        text = _("%(name)s: below the limit, watch %(n)s/%(of)s months")
        found.append(text % (words | {"of": limits["ASSET"][patience]}))
    if standing.loyalty_missed and standing.loyalty == LoyaltyClass.LOYAL:
        words = {"name": LoyaltyClass.LOYAL.label, "n": standing.loyalty_missed}
        text = _("%(name)s: too few signs, watch %(n)s/%(of)s month-ends")
        found.append(text % (words | {"of": limits["LOYALTY"]["month_ends_to_leave"]}))
    return found


def rules_of_the_night(dimension: str) -> dict[str, Any]:
    """The rules of one classification by which the published night went."""
    run = ScoreRun.objects.filter(no=PublishedRun.current()).first()
    named = run.class_rules.get(dimension) if run else None
    row = ClassRules.objects.filter(pk=named["id"]).first() if named else None
    return row.rules if row else book.default(dimension)


def credit_risk_of(standing: Standing | None) -> dict[str, Any] | None:
    """The published band of credit risk and the signs behind it; signs that have moved since the night are left out.

    Nothing while nothing is known of repayment.
    """
    if standing is None or standing.credit_risk == CreditRisk.UNKNOWN:
        return None
    limits = rules_of_the_night("RISK")
    facts = reading.facts(reading.rows(standing.customer_id, standing.customer_id))
    found = deciding.risk_now(facts, book.assembled({"RISK": limits}))
    agrees = bool(found) and found[0][0] == standing.credit_risk
    reasons = class_move_text.reason("RISK", standing.credit_risk, found[0][1], limits) if agrees else ()
    return {"label": CreditRisk(standing.credit_risk).label, "high": standing.credit_risk == CreditRisk.HIGH,
            "why": _(", ").join(reasons)}  # fmt: skip


def rfm_of(customer: Customer) -> dict[str, Any] | None:
    """The customer's marks of recency, frequency and value, and the box; nothing for who bought nothing."""
    run = RfmRun.current()
    mark = RfmMark.objects.filter(customer=customer, run=run).first() if run else None
    if run is None or mark is None:
        return None
    mark.run = run
    return {"mark": mark, "label": rfm.label(run.rules.rules, mark.box)}
