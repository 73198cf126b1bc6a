"""Movements on accounts: added once, never rewritten (domain R2.2)."""

from __future__ import annotations

from collections.abc import Mapping

from django.utils.translation import gettext as _

from customers.actions import activity
from customers.actions.imports.kinds.accounts import AccountKind
from customers.actions.imports.kinds.base import Bad, Candidate, Given, Plan
from customers.actions.imports.values import Parser, choice, flag, text
from customers.models import Transaction

Direction = Transaction.Direction


class Transactions(AccountKind):
    """Without ``direction`` the sign of the amount says it: negative is out."""

    name = "transactions"
    key_target = key_attribute = "source_txn_id"
    needed = frozenset({"posted_on", "amount", "type", "source_txn_id"})
    model = Transaction
    ledger = True

    def parsers(self) -> Mapping[str, Parser]:
        return {
            **self.account_parsers(),
            "source_txn_id": text(64),
            "posted_on": self.reader.past_day,
            "amount": self.reader.money,
            "direction": choice(Direction),
            "type": choice(Transaction.Type),
            "currency": self.reader.currency,
            "customer_initiated": flag,
        }

    def complete(self, given: Given) -> None:
        super().complete(given)
        amount = given.pop("amount")
        if "direction" not in given:
            given["direction"] = str(Direction.OUT if amount < 0 else Direction.IN)
            amount = abs(amount)
        elif amount < 0:
            raise Bad("amount", _("With a direction the amount cannot be negative."))
        given["amount_fen"] = amount
        given.setdefault("currency", self.profile.book_currency)
        given.setdefault("customer_initiated", True)

    def write(self, plan: Plan) -> None:
        system = self.profile.source_system
        self.insert([row.given | {"source_system": system} for row in plan.creates])
        activity.apply_import(
            activity.Movement(
                row.given["customer_id"],
                row.given["posted_on"],
                row.given["amount_fen"],
                row.given["direction"],
                row.given["type"],
                row.given["customer_initiated"],
            )
            for row in plan.creates
        )

    def count(self, candidate: Candidate) -> None:
        inward = candidate.given["direction"] == Direction.IN
        self.control["in_fen" if inward else "out_fen"] += candidate.given["amount_fen"]
