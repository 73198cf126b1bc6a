"""Standing orders: payments a customer has ordered to be made regularly."""

from __future__ import annotations

from collections.abc import Mapping

from customers.actions.imports.kinds.accounts import AccountKind
from customers.actions.imports.kinds.base import Candidate, Given, Plan
from customers.actions.imports.values import Parser, text
from customers.models import StandingOrder


class Orders(AccountKind):
    """One row an order."""

    name = "orders"
    key_target = key_attribute = "source_id"
    needed = frozenset({"amount", "source_id"})
    model = StandingOrder

    def parsers(self) -> Mapping[str, Parser]:
        return {
            **self.account_parsers(),
            "source_id": text(40),
            "amount": self.reader.owed_money,
            "currency": self.reader.currency,
            "counterparty_bank": text(20),
            "counterparty_account": text(40),
            "purpose": text(20),
        }

    def complete(self, given: Given) -> None:
        super().complete(given)
        given.pop("currency", None)
        given["amount_fen"] = given.pop("amount")

    def write(self, plan: Plan) -> None:
        self.insert([row.given | {"source_system": self.profile.source_system} for row in plan.creates])
        self.rewrite([old | changed for _row, old, changed in plan.updates])

    def count(self, candidate: Candidate) -> None:
        self.control["amount_fen"] += candidate.given["amount_fen"]
