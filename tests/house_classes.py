"""More rooms of the house: the rules of the classifications, and what stands beside a customer's classes."""

from __future__ import annotations

from analytics.models import ClassRules
from tests.walk import Sample

TOKEN = "w" * 43


def samples() -> dict[str, list[Sample]]:
    """A version of each kind, and one that never was."""
    ClassRules.objects.get_or_create(
        dimension="AGE", version=2, defaults={"rules": ClassRules.objects.get(dimension="AGE").rules}
    )
    there, missing = {"dimension": "AGE", "version": 2}, {"dimension": "AGE", "version": 99}
    limits = {"preset": "UN", "note": "Young ones", "form_token": TOKEN}
    limits |= {"young": "15", "middle": "25", "senior": "60", "suitability": "65", "oldest": "130"}
    return {
        "analytics:classes": [Sample()],
        "analytics:class_rules_new": [
            Sample({"dimension": "AGE"}, data=limits),
            Sample({"dimension": "MOOD"}, "missing"),
        ],
        "analytics:class_rules": [Sample(there), Sample(missing, "missing")],
        "analytics:class_rules_edit": [Sample(there, data=limits), Sample(missing, "missing")],
        "analytics:class_rules_step": [Sample(there, data={"act": "simulate"}), Sample(missing, "missing")],
    }
