"""Accounts and contracts of customers."""

from __future__ import annotations

from collections.abc import Mapping

from django.utils.translation import gettext as _

from customers import keys
from customers.actions import activity
from customers.actions.imports import products
from customers.actions.imports.kinds.base import Bad, Candidate, Given, Kind, Plan
from customers.actions.imports.values import Parser, choice, text
from customers.models import Customer, Holding


class Holdings(Kind):
    """The account number is the source number when the file has no other."""

    name = "holdings"
    key_target = key_attribute = "source_id"
    needed = frozenset({"customer_no", "product", "opened_on", "source_id"})
    model = Holding

    def parsers(self) -> Mapping[str, Parser]:
        reader = self.reader
        return {
            "source_id": text(40),
            "customer_no": text(20),
            "product": text(20),
            "account_no": text(40),
            "opened_on": reader.past_day,
            "closed_on": reader.past_day,
            "maturity_on": reader.day,
            "currency": reader.currency,
            "status": choice(Holding.Status),
        }

    def complete(self, given: Given) -> None:
        for name, reason in (
            ("closed_on", _("It was closed before it was opened.")),
            ("maturity_on", _("It matures before it was opened.")),
        ):
            if name in given and given[name] < given["opened_on"]:
                raise Bad(name, reason)
        given.setdefault("status", str(Holding.Status.CLOSED if "closed_on" in given else Holding.Status.OPEN))
        given.setdefault("currency", self.profile.book_currency)
        given.setdefault("account_no", given["source_id"])
        given["account_bidx"] = keys.account(given["account_no"])
        given["last4_bidx"] = keys.account_last4(given["account_no"])

    def prepare(self) -> None:
        products.make(self.profile)

    def link(self, chunk: list[Candidate]) -> list[tuple[Candidate, str, str]]:
        numbers = {row.given["customer_no"] for row in chunk}
        customers = dict(Customer.objects.living().filter(customer_no__among=numbers).values_list("customer_no", "pk"))
        known = products.known(self.profile)
        refused = []
        for row in chunk:
            number, code = row.given.pop("customer_no"), row.given.pop("product")
            row.given["customer_id"], row.given["product_id"] = customers.get(number), known.get(code)
            if number not in customers:
                refused.append((row, "customer_no", _("There is no such customer; import the customers first.")))
            elif code not in known:
                refused.append((row, "product", _("There is no such product; add it to the profile.")))
        return refused

    def changes(self, candidate: Candidate, old: Given) -> Given:
        comparable = old | {name: bytes(old[name]) for name in ("account_bidx", "last4_bidx")}
        changed = super().changes(candidate, comparable)
        if "customer_id" in changed:
            raise Bad("customer_no", _("The account belongs to another customer; ask the source which is right."))
        return changed

    def write(self, plan: Plan) -> None:
        self.insert([row.given | {"source_system": self.profile.source_system} for row in plan.creates])
        self.rewrite([old | changed for _row, old, changed in plan.updates])
        moved = [*plan.creates, *(row for row, _old, _changed in plan.updates)]
        activity.touch({row.given["customer_id"] for row in moved})

    def count(self, candidate: Candidate) -> None:
        self.control[candidate.given["status"].lower()] += 1
