"""Monthly daily averages and month-end balances (domain R2.5). An average is fed, never guessed from a month's end."""

from __future__ import annotations

from collections.abc import Mapping

from customers.actions import activity
from customers.actions.imports.kinds.accounts import AccountKind
from customers.actions.imports.kinds.base import Candidate, Given, Plan
from customers.actions.imports.values import Parser
from customers.models import MonthlyBalance


class Balances(AccountKind):
    """One row an account and month. Loans are positive amounts owed; an overdraft is a negative deposit."""

    name = "balances"
    key_target = "month"
    needed = frozenset({"month", "average", "end"})
    model = MonthlyBalance
    key_attribute = "month"

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

    def stored(self, chunk: list[Candidate], *, locked: bool) -> dict[str, Given]:
        rows = MonthlyBalance.objects.filter(
            holding_id__among={row.given["holding_id"] for row in chunk},
            month__among={row.given["month"] for row in chunk},
        )
        rows = rows.select_for_update() if locked else rows
        found = {(row["holding_id"], row["month"]): row for row in rows.values()}
        keyed = {row.key: found.get((row.given["holding_id"], row.given["month"])) for row in chunk}
        return {key: dict(row) for key, row in keyed.items() if row}

    def write(self, plan: Plan) -> None:
        self.insert([row.given for row in plan.creates])
        self.rewrite([old | changed for _row, old, changed in plan.updates])
        moved = [*plan.creates, *(row for row, _old, _changed in plan.updates)]
        activity.touch({row.given["customer_id"] for row in moved})

    def count(self, candidate: Candidate) -> None:
        self.control["average_fen"] += candidate.given["average_fen"]
        self.control["end_fen"] += candidate.given["end_fen"]
