"""The stored reasons of a complaint's dates, as data (domain D.2; contracts: explain due)."""

from __future__ import annotations

from typing import Any

from django.utils.translation import gettext as _

from complaints.models import Clock, Complaint
from crm_site.errors import RuleBroken


def due(number: str) -> dict[str, Any]:
    """Every promise of a complaint with the rule, the calendar and the days that dated it, as they were stored.

    Raises RuleBroken("complaint.unknown") for a number nobody gave out.
    """
    complaint = Complaint.objects.filter(number=number).select_related("leading").first()
    if complaint is None:
        raise RuleBroken("complaint.unknown", _("There is no complaint %(number)s.") % {"number": number})
    clocks = Clock.objects.filter(round__complaint=complaint).select_related("follow_up", "round")
    return {
        "complaint": complaint.number,
        "received_at": complaint.received_at.isoformat(),
        "level": complaint.get_level_display() if complaint.level else None,
        "leading": complaint.leading.due_on.isoformat() if complaint.leading else None,
        "promises": [_promise(clock) for clock in clocks.order_by("round__no", "pk")],
    }


def _promise(clock: Clock) -> dict[str, Any]:
    kept = clock.follow_up
    return {
        "round": clock.round.no,
        "kind": clock.kind,
        "due_on": kept.due_on.isoformat(),
        "due_at": kept.due_at.isoformat(),
        "first_promised_for": clock.original_due_on.isoformat(),
        "state": kept.state,
        "kept_at": kept.kept_at.isoformat() if kept.kept_at else None,
        "provisional": kept.provisional,
        "rule": f"{clock.n} {clock.unit}",
        "policy": clock.profile,
        "policy_version": clock.profile_version,
        "calendar": clock.calendar_version,
        "days": clock.trace,
    }
