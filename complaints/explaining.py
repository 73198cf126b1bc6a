"""The stored reasons of a complaint's dates, as data (domain D.2; contracts: explain due)."""

from __future__ import annotations

from typing import Any

from django.utils import timezone
from django.utils.translation import gettext as _

from complaints import why
from complaints.models import Complaint, Round
from complaints.why import Move, Story, Used
from crm_site.errors import RuleBroken


def due(number: str) -> dict[str, Any]:
    """Every promise of a complaint with the rule, the calendar and the days that dated it, as they were stored.

    Raises RuleBroken("complaint.unknown") for a number nobody gave out.
    """
    complaint = Complaint.objects.filter(number=number).select_related("leading").first()
    if complaint is None:
        raise RuleBroken("complaint.unknown", _("There is no complaint %(number)s.") % {"number": number})
    rounds, now = list(complaint.rounds.order_by("no")), timezone.now()
    return {
        "complaint": complaint.number,
        "received_at": complaint.received_at.isoformat(),
        "level": complaint.get_level_display() if complaint.level else None,
        "leading": complaint.leading.due_on.isoformat() if complaint.leading else None,
        "promises": [_promise(story, round_) for round_ in rounds for story in why.stories(round_, now, every=True)],
        "time_used": [_used(why.used(round_, now), round_) for round_ in rounds],
    }


def _used(found: Used, round_: Round) -> dict[str, Any]:
    """Working days by what was waited for, and what each department and person took."""
    return {
        "round": round_.no,
        "working_days": found.total,
        "waited_for": [{"what": str(use.stage), "who": list(use.who), "days": use.days} for use in found.parts],
        "each": [{"what": str(use.stage), "who": use.who[0], "days": use.days} for use in found.each],
    }


def _move(move: Move) -> dict[str, Any]:
    return {
        "old": move.old.isoformat(),
        "new": move.new.isoformat(),
        "at": move.at.isoformat(),
        "by": move.who or None,
        "reason": move.reason,
        "batch": move.batch or None,
        "approved_by": move.approver or None,
        "missed": move.missed,
    }


def _promise(story: Story, round_: Round) -> dict[str, Any]:
    clock, kept = story.clock, story.clock.follow_up
    return {
        "round": round_.no,
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
        "counted_from": clock.anchor_at.isoformat() if clock.anchor_at else None,
        "late": story.late,
        "given_by_pauses": clock.shift,
        "moves": [_move(move) for move in story.moves],
        "days": clock.trace,
    }
