"""Names of indicators and metrics as people read them (domain B and F.2)."""

from __future__ import annotations

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

PROFILE = "profile"  # age and occupation are only ever named together
GROUPED = {"g1": PROFILE, "g2": PROFILE}

INDICATOR_LABELS: dict[str, Promise] = {
    "C": _("Contribution"),
    "S": _("Satisfaction"),
    "L": _("Loyalty"),
    "G": _("Growth"),
    "K": _("Risk (reversed: more is safer)"),
}
INDICATOR_WORDS: dict[str, Promise] = {
    "C": _("contribution"),
    "S": _("satisfaction"),
    "L": _("loyalty"),
    "G": _("growth"),
    "K": _("risk"),
}
METRIC_WORDS: dict[str, Promise] = {
    "c1": _("net contribution"),
    "c2": _("transaction amount"),
    "c3": _("frequency of use"),
    "c4": _("product families held"),
    "s1": _("survey answers"),
    "l1": _("repeat purchases"),
    "l2": _("referrals"),
    "l3": _("time as a customer"),
    "l4": _("assets against a year ago"),
    "l5": _("recency of activity"),
    "g3": _("income growth"),
    "g4": _("new needs"),
    "g5": _("asset growth"),
    "k1": _("repayment on time"),
    "k2": _("debt service"),
    "k3": _("internal rating"),
    PROFILE: _("personal profile"),
}


def metric_word(key: str) -> str:
    """What a metric is called inside a sentence; a metric without a name of its own shows its key."""
    return str(METRIC_WORDS.get(GROUPED.get(key, key), key))
