"""What the risk system says of repayment (domain C.2): one row a customer and day."""

from __future__ import annotations

import re
from collections.abc import Mapping

from django.utils.translation import gettext as _

from customers.actions.imports.kinds.base import Bad, Candidate, Given
from customers.actions.imports.kinds.figures import Figures
from customers.actions.imports.values import Parser, folded, number_text, text
from customers.identity import Malformed
from customers.models import CreditRecord, Customer

_MOST_DAYS = 32_767
_MOST_SHARE = 1_000_000  # 10,000 % in 1/10,000
_PERCENT = re.compile(r"(\d{1,6})(?:[.,](\d{1,2}))?")
_FACTS = ("max_dpd_24m", "debt_service", "internal_rating")


def _days(value: str) -> int:
    plain = folded(value)
    if not plain.isdecimal() or int(plain) > _MOST_DAYS:
        raise Malformed("days", _("“%(value)s” is not a number of days; write it as 45.") % {"value": value})
    return int(plain)


def _percent(value: str) -> int:
    """A share of the income in 1/10,000, written in per cent."""
    found = _PERCENT.fullmatch(folded(value).removesuffix("%").strip())
    share = int(found[1]) * 100 + int((found[2] or "").ljust(2, "0")) if found else _MOST_SHARE + 1
    if share > _MOST_SHARE:
        raise Malformed("percent", _("“%(value)s” is not a share in per cent; write it as 32.5.") % {"value": value})
    return share


class Credit(Figures):
    """A row says at least one of: longest delay in days within 24 months, debt service in per cent of the income,
    internal rating. What it leaves empty is not known, and a later record stands in place of the earlier one."""

    name = "credit"
    key_target = "customer_no"
    needed = frozenset({"customer_no", "as_of"})
    model = CreditRecord
    key_attribute = "customer_id"
    owner, date = "customer_id", "as_of"

    def parsers(self) -> Mapping[str, Parser]:
        return {
            "customer_no": text(20),
            "as_of": self.reader.past_day,
            "max_dpd_24m": _days,
            "debt_service": _percent,
            "internal_rating": number_text(r"[A-E]", lambda: _("Write the rating as one letter from A to E.")),
        }

    def complete(self, given: Given) -> None:
        if not any(name in given for name in _FACTS):
            raise Bad("internal_rating", _("It says nothing of delay, debt service or rating."))
        if "debt_service" in given:
            given["debt_service_bp"] = given.pop("debt_service")
        given["source"] = self.profile.source_system

    def key(self, given: Given) -> str:
        return f"{given['customer_no']}\x1f{given['as_of']}"

    def link(self, chunk: list[Candidate]) -> list[tuple[Candidate, str, str]]:
        numbers = {row.given["customer_no"] for row in chunk}
        customers = dict(Customer.objects.living().filter(customer_no__among=numbers).values_list("customer_no", "pk"))
        refused = []
        for row in chunk:
            number = row.given.pop("customer_no")
            row.given["customer_id"] = customers.get(number)
            if number not in customers:
                refused.append((row, "customer_no", _("There is no such customer; import the customers first.")))
        return refused

    def count(self, candidate: Candidate) -> None:
        given = candidate.given
        self.control["late"] += given.get("max_dpd_24m", 0) > 0
        self.control["rated"] += "internal_rating" in given
        self.control["debt_service_bp"] += given.get("debt_service_bp", 0)
