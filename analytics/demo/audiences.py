"""Saved segments of the demonstration bank: two to win and keep customers, one to look after, one to leave alone."""

from __future__ import annotations

from typing import Any

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
            "高价值流失预警客户",
            "价值等级 A、B 或中高净值，且有流失迹象：由客户经理致电。",
            Segment.Kind.INCLUDE,
            _all(
                _is("flags", "AT_RISK", op="any"),
                {"how": "any", "parts": [_is("grade", "A", "B"), _is("asset_class", "HIGH", "MID")]},
            ),
            "analyst",
        ),
        (
            "未持有理财的储蓄客户",
            "储蓄型、资产十万元以上、未持有理财或投资产品，且同意短信营销。",
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
            "半年未动户",
            "仍是客户，但 180 天内没有主动交易。",
            Segment.Kind.INCLUDE,
            _all(
                {"field": "inactive", "op": "at_least", "low": "180"},
                _is("status", "ACTIVE", "DORMANT"),
                {"how": "none", "parts": [_is("loyalty", "LOST"), _is("age_band", "MINOR")]},
            ),
            "supervisor",
        ),
        (
            "暂不营销名单",
            "有未结或近期投诉，或要求勿扰：不向其营销。",
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
