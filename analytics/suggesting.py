"""What is suggested of one customer now: judged when somebody looks, by the version in force, else by the rule.

Nothing is kept of who is not looked at, and nothing is done by itself (domain R9.12; docs/decisions/0055).
"""

from __future__ import annotations

import datetime
from dataclasses import dataclass
from typing import Any

import numpy as np
from django.utils import timezone

from analytics import next_family, reading, suggestion_table
from analytics.models import ScoreRun, SuggestionAnswer, SuggestionModel
from analytics.suggestions.learnt import from_json
from analytics.suggestions.table import Table
from customers.activity_math import month_end
from customers.classes import LoyaltyClass
from customers.models import Activity, Consent, Customer, Product, PublishedRun, Standing

REASONS = 3  # facts named, those that add most
_FAMILIES = tuple(Product.Family.values)
Kind = SuggestionModel.Kind


@dataclass(frozen=True, slots=True)
class Reason:
    """A fact that speaks for it: the column, what it is here (None: not known), and what is usual."""

    column: str
    here: float | None
    usual: float


@dataclass(frozen=True, slots=True)
class Suggested:
    """One suggestion. ``hits`` of ``n`` are those held out whom the model judged as highly, or those who hold the same
    by the rule; 0 of 0 where the rule of risk speaks, whose ``triggers`` are its reasons."""

    kind: str
    target: str
    model: SuggestionModel | None
    on: datetime.date
    hits: int = 0
    n: int = 0
    reasons: tuple[Reason, ...] = ()
    triggers: tuple[str, ...] = ()

    @property
    def judge(self) -> str:
        """Who says so: the number of the version, or "rule"."""
        return str(self.model.version) if self.model else "rule"

    @property
    def grounds(self) -> dict[str, Any]:
        """As it is kept beside an answer."""
        named = [reason.column for reason in self.reasons]
        return {"on": self.on.isoformat(), "hits": self.hits, "n": self.n, "named": [*named, *self.triggers]}


@dataclass(frozen=True, eq=False)
class Known:
    """What is known of a customer at the end of the last complete month."""

    on: datetime.date
    table: Table
    held: int
    standing: Standing | None


def refused(customer: Customer) -> bool:
    """Whether the customer said no to being profiled: then nothing is suggested (domain H.2)."""
    now = timezone.now()
    acts = Consent.objects.filter(customer=customer, purpose=Consent.Purpose.PROFILING).effective(customer, now)
    return any(not act.allows(now) for act in acts.values())


def suggested(customer: Customer) -> list[Suggested]:
    """Everything that is suggested of a customer now, answered or not; nothing of who refused, or is no person."""
    known = None if refused(customer) else _known(customer)
    if known is None:
        return []
    active = {row.kind: row for row in SuggestionModel.objects.filter(state=SuggestionModel.State.ACTIVE)}
    leaving = _leaving(known, active.get(Kind.LEAVING))
    return [one for one in (leaving, _next(known, active.get(Kind.NEXT))) if one is not None]


def answered(customer: Customer) -> list[SuggestionAnswer]:
    """What was answered and rests."""
    rows = SuggestionAnswer.objects.filter(customer=customer, until__gt=timezone.localdate())
    return list(rows.select_related("by", "model"))


def _known(customer: Customer) -> Known | None:
    """None for who holds nothing, or of whom no month is closed yet."""
    month = Activity.objects.filter(pk=customer.pk, closed=False).values_list("window_end", flat=True).first()
    if month is None or customer.kind != Customer.Kind.INDIVIDUAL:
        return None
    facts, on = reading.facts(reading.rows(customer.pk, customer.pk)), month_end(month)
    standing = Standing.objects.published().filter(customer=customer).first()
    if facts["opened_on"].missing[0] or (standing and standing.loyalty == LoyaltyClass.LOST):
        return None
    return Known(on, suggestion_table.table(facts, on), int(facts["families_mask"].values[0]), standing)


def _leaving(known: Known, row: SuggestionModel | None) -> Suggested | None:
    if row is not None:
        found = _judged(known, row, Kind.LEAVING)
        return found[1] if found else None
    triggers = known.standing.risk_triggers if known.standing else []
    if not triggers:
        return None
    return Suggested(Kind.LEAVING, Kind.LEAVING, None, known.on, triggers=tuple(one.value for one in triggers))


def _next(known: Known, row: SuggestionModel | None) -> Suggested | None:
    """The likeliest of the families not held; by the rule, what those who hold the same hold most often besides."""
    if row is not None:
        lacking = [family for place, family in enumerate(_FAMILIES) if not known.held >> place & 1]
        found = [one for family in lacking if family in row.learnt and (one := _judged(known, row, family))]
        return max(found, key=lambda one: one[0])[1] if found else None
    run = ScoreRun.objects.filter(no=PublishedRun.current()).first()
    counts = {int(mask): n for mask, n in (run.summary.get("families", {}) if run else {}).items()}
    best = next_family.following(counts, known.held, len(_FAMILIES))
    return Suggested(Kind.NEXT, _FAMILIES[best.family], None, known.on, best.also, best.n) if best else None


def _judged(known: Known, row: SuggestionModel, target: str) -> tuple[float, Suggested] | None:
    """(probability, suggestion) where the model judges as highly as the top tenth of those held out."""
    learnt, top = from_json(row.learnt[target]), row.targets[target]["held"]["bands"][0]
    chance = float(learnt.judge(known.table)[0])
    if chance < top["least"]:
        return None
    added = sorted(learnt.added(known.table).items(), key=lambda one: -one[1])
    reasons = [_reason(known.table, name, learnt.usual[name]) for name, gain in added[:REASONS] if gain > 0]
    return chance, Suggested(row.kind, target, row, known.on, top["hits"], top["n"], tuple(reasons))


def _reason(table: Table, name: str, usual: float) -> Reason:
    value = float(table.columns[name][0])
    return Reason(name, None if np.isnan(value) else value, usual)
