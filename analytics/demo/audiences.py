"""Saved segments of the demonstration bank: two to win and keep customers, one to look after, one to leave alone."""

from __future__ import annotations

from typing import Any

from django.utils.translation import gettext as _

from analytics.actions import segments
from analytics.models import Segment
from crm_site.models import User

Rules = dict[str, Any]


def _all(*parts: Rules) -> Rules:
    return {"how": "all", "parts": list(parts)}


def _is(field: str, *values: str, op: str = "in") -> Rules:
    return {"field": field, "op": op, "values": list(values)}


def _rules() -> list[tuple[str, str, str, Rules, str]]:
    """(name, description, kind, rules, whose)."""
    alone = [
        {"field": "open_complaint", "op": "yes"},
        {"field": "complaint", "op": "yes", "low": "30"},
        {"field": "no_contact", "op": "yes"},
        _is("status", "DECEASED", "CLOSED"),
        _is("age_band", "MINOR"),
    ]
    return [
        (
            _("Valuable customers at risk"),
            _("Grade A or B, or assets that count, and signs of leaving: for a personal call."),
            Segment.Kind.INCLUDE,
            _all(
                _is("flags", "AT_RISK", op="any"),
                {"how": "any", "parts": [_is("grade", "A", "B"), _is("asset_class", "HIGH", "MID")]},
            ),
            "analyst",
        ),
        (
            _("Savers without a wealth product"),
            _("Savings needs, some means, no wealth product yet, and marketing by SMS allowed."),
            Segment.Kind.INCLUDE,
            _all(
                _is("need_type", "SAVINGS"),
                {"field": "aum", "op": "at_least", "low": "100000"},
                _is("families", "WEALTH", "INVESTMENT", op="none"),
                _is("consent", "MARKETING", "SMS", op="given"),
            ),
            "analyst",
        ),
        (
            _("Silent for half a year"),
            _("Still customers, but no transaction of their own for 180 days."),
            Segment.Kind.INCLUDE,
            _all(
                {"field": "inactive", "op": "at_least", "low": "180"},
                _is("status", "ACTIVE", "DORMANT"),
                {"how": "none", "parts": [_is("loyalty", "LOST"), _is("age_band", "MINOR")]},
            ),
            "supervisor",
        ),
        (
            _("Leave alone for now"),
            _("An open or recent complaint, or a wish to be left alone: nothing is sold to these."),
            Segment.Kind.EXCLUDE,
            {"how": "any", "parts": alone},
            "supervisor",
        ),
    ]


def audiences(staff: dict[str, User]) -> None:
    """Make them by the verbs, as analyst and supervisor would."""
    for name, description, kind, rules, whose in _rules():
        segments.create(by=staff[whose], name=name, description=description, kind=kind, rules=rules)
    Segment.objects.update(is_demo=True)
