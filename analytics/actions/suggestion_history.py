"""What the bank's own history teaches: facts as they stood at ends of months, and what followed within half a year.

What is held out is the latest day of which half a year has passed; what is learnt from lies so far before it that its
half year was over by then (docs/decisions/0055).
"""

from __future__ import annotations

import datetime
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from django.utils import timezone
from django.utils.translation import gettext as _

from analytics import classifying, segment_loyalty, suggestion_table
from analytics.actions import class_rules, past
from analytics.actions.scoring_run import reference_date
from analytics.fixedpoint import Bools, Ints
from analytics.reading import Facts
from analytics.segment_rules import LoyaltyRules
from analytics.suggestions.table import Table
from analytics.suggestions.training import LIMIT
from crm_site.errors import RuleBroken
from customers.models import Holding, Product

MONTHS = 6  # within which it must follow
LEARNT = (12, 15, 18)  # months before the end of the history
_FAMILIES = {family: place for place, family in enumerate(Product.Family.values)}


@dataclass(frozen=True, eq=False)
class Rows:
    """Customers of one or more days: what was known, families held, how many triggers of risk had fired; who left
    within half a year, and the families they opened something new of (bits)."""

    table: Table
    held: Ints
    triggers: Ints
    left: Bools
    opened: Ints

    @property
    def n(self) -> int:
        """How many."""
        return len(self.left)

    @classmethod
    def joined(cls, parts: list[Rows]) -> Rows:
        """One below the other."""
        names = ("held", "triggers", "left", "opened")
        columns = {name: np.concatenate([getattr(part, name) for part in parts]) for name in names}
        return cls(Table.joined([part.table for part in parts]), **columns)


@dataclass(frozen=True, eq=False)
class History:
    """Rows to learn from and rows held out, each with its days; one of ``every`` customers was asked."""

    learnt: Rows
    held: Rows
    learnt_on: tuple[datetime.date, ...]
    held_on: datetime.date
    every: int


def gathered(beat: Callable[[], None]) -> History:
    """All of it; ``beat`` is called between chunks. Raises RuleBroken "suggestions.history" with what is missing."""
    on = reference_date(timezone.localdate() - datetime.timedelta(days=1))
    held_on, days = past.months_before(on, MONTHS), _days(on)
    rules = class_rules.assembled(class_rules.in_force()).loyalty
    every = -(-past.individuals() * len(days) // LIMIT) or 1
    learnt = [part for day in days for part in _parts(day, every, rules, beat)]
    held = list(_parts(held_on, every, rules, beat))
    if not learnt or not held:
        raise RuleBroken("suggestions.history", _("Nobody was a customer long enough to learn from."))
    return History(Rows.joined(learnt), Rows.joined(held), days, held_on, every)


def _days(on: datetime.date) -> tuple[datetime.date, ...]:
    """The days there is enough history of. Raises RuleBroken when it is not even enough for the latest of them."""
    first, days = past.begins(), [past.months_before(on, months) for months in LEARNT]
    if first is None:
        raise RuleBroken("suggestions.history", _("There are no balances or transactions yet to learn from."))
    if first > past.needed(days[0]):
        text = _("The bank's history begins in %(first)s. To learn from it, it must reach back to %(needed)s.")
        words = {"first": f"{first:%Y-%m}", "needed": f"{past.needed(days[0]):%Y-%m}"}
        raise RuleBroken("suggestions.history", text % words)
    return tuple(day for day in days if first <= past.needed(day))


def _parts(then: datetime.date, every: int, rules: LoyaltyRules, beat: Callable[[], None]) -> list[Rows]:
    parts = []
    for ids in past.sampled(every):
        beat()
        parts.append(_rows(ids, then, rules))
    return [part for part in parts if part.n]


def _rows(ids: list[int], then: datetime.date, rules: LoyaltyRules) -> Rows:
    """Who was a customer then and had not been lost already."""
    until = past.months_before(then, -MONTHS)
    facts = past.facts(ids, past.standpoint(then))
    before, after = (_loyalty(each, on, rules) for each, on in ((facts, then), (_later(ids, until), until)))
    here = facts["opened_on"].known & (before.state.loyalty != segment_loyalty.LOST)
    kept = np.flatnonzero(here)
    return Rows(
        table=suggestion_table.table(facts, then).take(kept),
        held=facts["families_mask"].values[kept],
        triggers=_bits(before.risk[kept]),
        left=(after.state.loyalty == segment_loyalty.LOST)[kept],
        opened=_opened(ids, then, until)[kept],
    )


def _later(ids: list[int], until: datetime.date) -> Facts:
    return past.facts(ids, past.standpoint(until))


def _loyalty(facts: Facts, on: datetime.date, rules: LoyaltyRules) -> segment_loyalty.Loyalty:
    """What the rules in force say of that day, as if nobody had been judged before."""
    first, everybody = segment_loyalty.LoyaltyState.first(facts.n), np.ones(facts.n, dtype=bool)
    return segment_loyalty.loyalty(first, classifying.loyalty_facts(facts, on), month_end=everybody, rules=rules)


def _bits(numbers: Ints) -> Ints:
    """How many bits of each are set."""
    return np.bitwise_count(numbers).astype(np.int64)


def _opened(ids: list[int], then: datetime.date, until: datetime.date) -> Ints:
    """Families of what each opened after that day and until the other one."""
    place = {pk: number for number, pk in enumerate(ids)}
    rows = Holding.objects.filter(customer_id__among=set(ids), opened_on__gt=then, opened_on__lte=until)
    found = np.zeros(len(ids), dtype=np.int64)
    for customer_id, family in rows.values_list("customer_id", "product__family"):
        found[place[customer_id]] |= 1 << _FAMILIES[family]
    return found
