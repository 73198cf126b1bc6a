"""What a plan must hold before it may be sent for approval (handbook 6/1.1.30; R6.11–R6.13; pure)."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass

from django.utils.translation import gettext_lazy as _

from crm_site.errors import Text

MEASURES_MIN, MESSAGE_MIN = 10, 5

GAPS: dict[str, Text] = {
    "measures": _("Write what will be done, by whom and by when."),
    "findings": _("A severe complaint needs what was found, in the plan."),
    "cause_text": _("A severe complaint needs why it happened, in the plan."),
    "customer_message": _("Write what the customer will be told."),
    "actions": _("Enter at least one action with who does it by when."),
    "past": _("An action of the plan is due on a day that has passed. Choose another day."),
}
"""What each code asks for; most are names of fields."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Facts:
    """A plan as far as the rule looks at it. ``due``: the days of actions not done yet."""

    severe: bool
    measures: str
    findings: str
    cause_text: str
    customer_message: str
    actions: int
    due: Sequence[dt.date] = ()


def missing_to_submit(plan: Facts, today: dt.date) -> list[str]:
    """Codes of GAPS that stand between this plan and its approval, in the order of the form."""
    gaps = {
        "findings": plan.severe and not plan.findings.strip(),
        "cause_text": plan.severe and not plan.cause_text.strip(),
        "measures": len(plan.measures.strip()) < MEASURES_MIN,
        "customer_message": len(plan.customer_message.strip()) < MESSAGE_MIN,
        "actions": plan.actions == 0,
        "past": any(day < today for day in plan.due),
    }
    return [code for code, there in gaps.items() if there]
