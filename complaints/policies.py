"""The rules of the clocks as an operator reads them and puts them in force (contracts: policy show|apply sla)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from complaints import profiles
from complaints.actions import rules
from complaints.models import SlaRuleSet
from crm_site.models import User


def show(name: str = "") -> dict[str, Any]:
    """Every version, and the rules in force as ``apply`` takes them."""
    rows = SlaRuleSet.objects.select_related("author", "approver").order_by("name", "version")
    if name:
        rows = rows.filter(name=name)
    return {
        "versions": [_version(row) for row in rows],
        "active": [profiles.to_json(row.profile) for row in rows if row.state == SlaRuleSet.State.ACTIVE],
    }


def _version(row: SlaRuleSet) -> dict[str, Any]:
    return {
        "name": row.name,
        "version": row.version,
        "state": row.state,
        "author": row.author.username if row.author else None,
        "approver": row.approver.username if row.approver else None,
        "hash": row.content_hash,
        "note": row.note,
    }


def apply(data: Mapping[str, Any], by: User, approve_by: User, note: str) -> dict[str, Any]:
    """One rule set in force by two persons. Raises RuleBroken; the same rules again change nothing."""
    before = SlaRuleSet.objects.rulebook().named(str(data.get("name", "")))
    row, new = rules.put_in_force(by=by, approve_by=approve_by, rules=data, note=note)
    changed = profiles.changed(before, row.profile) if new else ()
    return {
        "name": row.name,
        "version": row.version,
        "state": row.state,
        "new": new,
        "changed": [{"what": what, "old": old, "new": now} for what, old, now in changed],
    }
