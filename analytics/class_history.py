"""How one customer's classes moved, and what is being watched: read for the value card (R3.1; peers row 26)."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from django.utils.translation import gettext as _

from analytics import class_move_text, rfm
from analytics import class_rule_book as book
from analytics.models import ClassMove, ClassRules, RfmMark, RfmRun, ScoreRun
from customers.classes import AssetClass, LoyaltyClass
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
    limits, found = _limits_of_the_night(), []
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


def _limits_of_the_night() -> dict[str, Mapping[str, Any]]:
    """The rules the published night went by."""
    run = ScoreRun.objects.filter(no=PublishedRun.current()).first()
    ids = [named["id"] for named in run.class_rules.values()] if run else []
    found = {row.dimension: row.rules for row in ClassRules.objects.filter(pk__in=ids)}
    return {name: found.get(name) or book.default(name) for name in ("ASSET", "LOYALTY")}


def rfm_of(customer: Customer) -> dict[str, Any] | None:
    """The customer's marks of recency, frequency and value, and the box; nothing for who bought nothing."""
    run = RfmRun.current()
    mark = RfmMark.objects.filter(customer=customer, run=run).first() if run else None
    if run is None or mark is None:
        return None
    mark.run = run
    return {"mark": mark, "label": rfm.label(run.rules.rules, mark.box)}
