"""What differs between two versions of the value score, in words."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from django.utils.translation import gettext as _

from analytics.wording import GROUPED, INDICATOR_WORDS, metric_word

_SHARES = frozenset({"coverage_floor"})


def changes_in_words(changes: Iterable[tuple[str, Any, Any]]) -> list[tuple[str, str, str]]:
    """(what, old, new) for every difference of actions.tuning.changed."""
    return [(_what(name), _value(name, old), _value(name, new)) for name, old, new in changes]


def _what(name: str) -> str:
    first, _dot, rest = name.partition(".")
    if first == "weight":
        return _("Weight of %(name)s") % {"name": INDICATOR_WORDS[rest]}
    if not rest:
        return _RULES.get(first, lambda: first)()
    metric = f"{metric_word(first)} ({first})" if first in GROUPED else metric_word(first)
    parts = {"weight": _("share"), "steps": _("table"), "codes": _("table"), "transform": _("how it becomes points")}
    return _("%(metric)s: %(what)s") % {"metric": metric, "what": parts.get(rest, rest)}


_RULES = {
    "bands": lambda: _("Limits of the grades"),
    "confidence": lambda: _("Limits of confidence"),
    "coverage_floor": lambda: _("Least that must be known of an indicator"),
    "pull": lambda: _("How many answers the mean of all is worth"),
    "half_life_days": lambda: _("Days after which an answer counts half"),
    "answer_window_days": lambda: _("Days after which an answer counts no more"),
    "provisional_days": lambda: _("Days a new customer's score is provisional"),
    "waivers": lambda: _("Waived rules"),
}


def _value(name: str, value: Any) -> str:
    if value is None:
        return "–"
    if name.startswith("weight.") or name.endswith(".weight") or name in _SHARES:
        return f"{value / 100:.2f}%"
    if name == "bands":
        return ", ".join(f"{grade} {low / 10:.1f}" for grade, low in value)
    if name == "confidence":
        return ", ".join(f"{part / 100:.2f}%" for part in value)
    if name == "pull":
        return f"{value / 10_000:g}"
    if name.endswith((".steps", ".codes")):
        return ", ".join(f"{low}: {points}" for low, points in value)
    return ", ".join(map(str, value)) if isinstance(value, list) else str(value)
