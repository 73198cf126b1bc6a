"""Versions of the value score as an operator reads and applies them (contracts: policy show|apply scoring)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from analytics.actions import tuning
from analytics.models import RuleState, ScoringModel
from analytics.scoring_model import from_json
from crm_site.models import User


def show(name: str = "") -> dict[str, Any]:
    """Every version, and the one in force as ``apply`` takes it."""
    rows = ScoringModel.objects.select_related("author", "approver").order_by("pk")
    if name:
        rows = rows.filter(version=name)
    return {
        "versions": [_version(row) for row in rows],
        "active": [row.spec for row in rows if row.state == RuleState.ACTIVE],
    }


def _version(row: ScoringModel) -> dict[str, Any]:
    return {
        "name": "scoring",
        "version": row.version,
        "state": row.state,
        "author": row.author.username if row.author else None,
        "approver": row.approver.username if row.approver else None,
        "hash": row.content_hash,
        "note": row.note,
        "backtest": row.backtest,
        "backtest_waived": row.backtest_waived,
    }


def apply(data: Mapping[str, Any], by: User, approve_by: User, note: str) -> dict[str, Any]:
    """One version in force by two persons. Raises RuleBroken; the same rules again change nothing."""
    before = ScoringModel.objects.filter(state=RuleState.ACTIVE).first()
    row, new = tuning.put_in_force(by=by, approve_by=approve_by, data=data, note=note)
    found = tuning.changed(from_json(before.spec), from_json(row.spec)) if new and before else []
    return {
        "name": "scoring",
        "version": row.version,
        "state": row.state,
        "new": new,
        "backtest_waived": row.backtest_waived,
        "changed": [{"what": what, "old": old, "new": now} for what, old, now in found],
    }
