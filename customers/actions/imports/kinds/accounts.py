"""What refers to an account: by the number the source system gives it, or by the account number itself."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from django.utils.translation import gettext as _

from customers import keys
from customers.actions.imports.kinds.base import Bad, Candidate, Given, Kind
from customers.actions.imports.values import Parser, text
from customers.models import Holding


class AccountKind(Kind):
    """A kind whose rows belong to a holding: column ``account`` (source number) or ``account_no``."""

    def account_parsers(self) -> Mapping[str, Parser]:
        """The two columns an account may be named by."""
        return {"account": text(40), "account_no": text(40)}

    def complete(self, given: Given) -> None:
        if "account" not in given and "account_no" not in given:
            raise Bad("account", _("Name the account."))

    def link(self, chunk: list[Candidate]) -> list[tuple[Candidate, str, str]]:
        by_source = self._holdings("source_id", {row.given["account"] for row in chunk if "account" in row.given})
        hashes = {
            row.given["account_no"]: keys.account(row.given["account_no"]) for row in chunk if "account_no" in row.given
        }
        by_number = self._holdings("account_bidx", set(hashes.values())) if hashes else {}
        refused = []
        for row in chunk:
            if "account" in row.given:
                found = by_source.get(row.given.pop("account"))
                row.given.pop("account_no", None)
                target = "account"
            else:
                found = by_number.get(hashes[row.given.pop("account_no")])
                target = "account_no"
            if found is None:
                refused.append((row, target, _("There is no such account; import the holdings first.")))
            else:
                row.given["holding_id"], row.given["customer_id"] = found
        return refused

    def _holdings(self, attribute: str, wanted: Iterable[Any]) -> dict[Any, tuple[int, int]]:
        if attribute == "source_id":
            system = self.profile.accounts_from or self.profile.source_system
            rows = Holding.objects.filter(source_system=system, source_id__among=set(wanted))
        else:
            rows = Holding.objects.filter(account_bidx__in=list(wanted))
        found: dict[Any, tuple[int, int]] = {}
        for value, pk, customer_id in rows.order_by("pk").values_list(attribute, "pk", "customer_id"):
            found[bytes(value) if attribute == "account_bidx" else value] = (pk, customer_id)
        return found
