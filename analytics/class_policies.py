"""The rules of the classifications as an operator reads them and puts them in force (policy show|apply classification).

A file holds one rule set or a list of them: ``{"dimension": "AGE", "preset": "UN"}``, ``{"dimension": "ASSET",
"high_fen": 800000000}``. What it leaves out is the handbook's.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.utils.translation import gettext as _

from analytics import limit_words
from analytics.actions import class_rules
from analytics.models import ClassRules
from crm_site.errors import RuleBroken
from crm_site.models import User


def show(name: str = "") -> dict[str, Any]:
    """Every version, and the rules in force as ``apply`` takes them; ``name`` is a dimension."""
    rows = ClassRules.objects.select_related("author", "approver").order_by("dimension", "version")
    if name:
        rows = rows.filter(dimension=name.upper())
    return {
        "versions": [_version(row) for row in rows],
        "active": [
            {"dimension": row.dimension, "version": row.version, **row.rules}
            for row in rows
            if row.state == ClassRules.State.ACTIVE
        ],
    }


def _version(row: ClassRules) -> dict[str, Any]:
    return {
        "name": row.dimension,
        "version": row.version,
        "state": row.state,
        "author": row.author.username if row.author else None,
        "approver": row.approver.username if row.approver else None,
        "hash": row.content_hash,
        "note": row.note,
        "moved": row.simulation.get("moved") if row.simulation else None,
    }


def apply(data: Mapping[str, Any], by: User, approve_by: User, note: str) -> dict[str, Any]:
    """One rule set in force by two persons. Raises RuleBroken; the same rules again change nothing."""
    dimension = str(data.get("dimension", "")).upper()
    if dimension not in ClassRules.Dimension.values:
        text = _("Say which classification these rules are for: “dimension” is one of %(names)s.")
        raise RuleBroken("rules.dimension", text % {"names": ", ".join(ClassRules.Dimension.values)})
    before = class_rules.in_force_row(dimension)
    row, new = class_rules.put_in_force(
        by=by, approve_by=approve_by, dimension=dimension, data=data, note=note or str(data.get("note", ""))
    )
    lines = limit_words.lines(dimension, row.rules, before.rules if before else None) if new else ()
    return {
        "name": row.dimension,
        "version": row.version,
        "state": row.state,
        "new": new,
        "moved": row.simulation.get("moved") if row.simulation else None,
        "changed": [{"what": line.label, "old": line.old, "new": line.new} for line in lines if line.changed],
    }
