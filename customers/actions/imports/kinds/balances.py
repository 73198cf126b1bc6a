"""Monthly daily averages and month-end balances (domain R2.5). An average is fed, never guessed from a month's end."""

from __future__ import annotations

from collections.abc import Mapping

from customers.actions.imports.kinds.accounts import AccountKind
from customers.actions.imports.kinds.base import Candidate, Given
from customers.actions.imports.kinds.figures import Figures
from customers.actions.imports.values import Parser
from customers.models import MonthlyBalance


class Balances(Figures, AccountKind):
    """One row an account and month. Loans are positive amounts owed; an overdraft is a negative deposit."""

    name = "balances"
    key_target = "month"
    needed = frozenset({"month", "average", "end"})
    model = MonthlyBalance
    key_attribute = "month"
    owner, date = "holding_id", "month"

    def parsers(self) -> Mapping[str, Parser]:
        reader = self.reader
        return {
            **self.account_parsers(),
            "month": reader.month,
            "average": reader.money,
            "end": reader.money,
            "currency": reader.currency,
        }

    def complete(self, given: Given) -> None:
        super().complete(given)
        given.pop("currency", None)
        given["average_fen"], given["end_fen"] = given.pop("average"), given.pop("end")

    def key(self, given: Given) -> str:
        return f"{given.get('account', '')}\x1f{given.get('account_no', '')}\x1f{given['month']}"

    def count(self, candidate: Candidate) -> None:
        self.control["average_fen"] += candidate.given["average_fen"]
        self.control["end_fen"] += candidate.given["end_fen"]
