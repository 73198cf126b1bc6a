"""The card of the classes set by hand (R3.9): beside each, the class that was found."""

from __future__ import annotations

from typing import Any

from crm_site import policy
from crm_site.models import User
from crm_site.roles import Role
from customers.forms.override import OverrideForm
from customers.models import ClassOverride, Customer, Standing, class_label

PAST = 5


def card(customer: Customer, user: User, standing: Standing | None, bound: dict[str, Any]) -> dict[str, Any]:
    """What is set by hand or waits, what was, and what this person may do. ``standing`` is as the night found it."""
    rows = ClassOverride.objects.filter(customer=customer).select_related("proposed_by", "decided_by", "ended_by")
    live = list(rows.open())
    decides = user.has_role(Role.SUPERVISOR)
    return {
        "live": [
            {
                "row": row,
                "found": class_label(row.dimension, getattr(standing, row.dimension)) if standing else "",
                "own": row.proposed_by_id == user.pk,
                "decides": decides and row.proposed_by_id != user.pk,
            }
            for row in live
        ],
        "past": list(rows.exclude(pk__in=[row.pk for row in live])[:PAST]),
        "may": policy.may(user, "customers:override"),
        "form": bound.get("override_form") or OverrideForm(),
        "step_form": bound.get("override_step_form"),
    }
