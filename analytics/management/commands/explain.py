"""``manage.py explain score NUMBER`` and ``explain due NUMBER``: the stored reasons (contracts: docs/COMMANDS.md)."""

from __future__ import annotations

from typing import Any

from django.core.management.base import CommandParser
from django.utils.translation import gettext as _

from analytics.stored import value_of
from complaints import explaining
from crm_site.errors import RuleBroken
from crm_site.management.base import JsonCommand
from customers.models import Customer, Standing


class Command(JsonCommand):
    """Say why a score or a date is what it is."""

    help = "Say why a customer's score or a complaint's date is what it is."

    def arguments(self, parser: CommandParser) -> None:
        """What to explain, and whose."""
        parser.add_argument("what", choices=["score", "due"])
        parser.add_argument("number")

    def answer(self, **options: Any) -> dict[str, Any]:
        """The reasons as one object."""
        if options["what"] == "due":
            return explaining.due(options["number"])
        return _score(options["number"])


def _score(number: str) -> dict[str, Any]:
    customer = Customer.objects.filter(customer_no=number).first()
    if customer is None:
        raise RuleBroken("customer.unknown", _("There is no customer %(number)s.") % {"number": number})
    value = value_of(customer)
    if value is None:
        raise RuleBroken("score.none", _("This customer has no score yet. Run the night first."))
    found = value.explanation
    standing = Standing.objects.published().filter(customer=customer).first()
    return {
        "customer": number,
        "score": None if found.shown is None else str(found.shown),
        "unrounded": None if found.score is None else str(found.score),
        "grade": found.grade,
        "raw_grade": value.raw_grade,
        "coverage": str(found.coverage),
        "confidence": value.row.confidence,
        "baseline": str(found.baseline),
        "indicators": [
            {
                "key": part.key,
                "points": str(part.points),
                "earned": str(part.earned),
                "contribution": str(part.contribution),
            }
            for part in found.indicators
        ],
        "missing": list(found.missing),
        "at_risk": [trigger.value for trigger in standing.risk_triggers] if standing else [],
        "credit_risk": standing.credit_risk if standing else "UNKNOWN",
        "model": value.model.version,
        "as_of": str(value.as_of),
        "text": list(value.sentences),
    }
