"""What the rules of recency, frequency and monetary value are called, and how their limits are written (domain F.9)."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from crm_site.errors import Text

CUTS = "cuts "  # begins the name of the limits of one mark
MARKS: dict[str, Text] = {"r": _("Recency"), "f": _("Frequency"), "m": _("Monetary value")}
UNITS: dict[str, tuple[Text, int]] = {"r": (_("days"), 1), "f": (_("times"), 1), "m": (_("yuan"), 100)}
METHOD, MONTHS = _("Marks of 1–5 are given by"), _("Months looked at")
METHODS: list[tuple[str, Text]] = [
    ("MIDRANK", _("Fifths of everybody, those alike share a mark")),
    ("QUANTILE", _("Fifths by the limits between them")),
    ("CUTS", _("My own limits, as below")),
]


def label(name: str) -> str:
    """What one rule is called; boxes bring their own names."""
    if name.startswith(CUTS):
        mark = name.removeprefix(CUTS).lower()
        return gettext("%(mark)s, limits (%(unit)s)") % {"mark": MARKS[mark], "unit": UNITS[mark][0]}
    return str({"method": METHOD, "window_months": MONTHS}.get(name, name))


def shown(name: str, value: Any) -> str:
    """One rule as people read it."""
    if name == "method":
        return str(dict(METHODS).get(value, value))
    if name.startswith(CUTS):
        of = UNITS[name.removeprefix(CUTS).lower()][1]
        return gettext(", ").join(f"{(Decimal(cut) / of).normalize():f}" for cut in str(value).split(", "))
    return str(value)
