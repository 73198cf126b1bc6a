"""What a training found, as a page shows it: each figure with its n, what nobody could say as "–"."""

from __future__ import annotations

from typing import Any

from analytics.models import SuggestionModel
from analytics.suggestion_words import REFUSED, column_word, target_word

WEIGHTS = 8  # columns shown, the most telling first


def results_of(row: SuggestionModel) -> list[dict[str, Any]]:
    """Every target of a version, those that were kept first."""
    found = [_target(target, figures) for target, figures in row.targets.items()]
    return sorted(found, key=lambda one: bool(one["refused"]))


def _target(target: str, found: dict[str, Any]) -> dict[str, Any]:
    shown = {"label": target_word(target), "refused": REFUSED.get(found["refused"], ""), "key": target.lower()}
    if "held" not in found:
        return shown | {"learnt_hits": found["learnt_hits"], "held_hits": found["held_hits"]}
    held = found["held"]
    return shown | {
        "n": found["n"],
        "hits": found["hits"],
        "held_n": held["n"],
        "held_hits": held["hits"],
        "base": percent(held["hits"], held["n"]),
        "judges": [
            {"who": "model", "auc": _figure(held["auc"], 3), "lift": _figure(held["lift"], 2)},
            {"who": "bayes", "auc": _figure(found["bayes_auc"], 3), "lift": _figure(found["bayes_lift"], 2)},
            {"who": "rule", "auc": _figure(found["rule_auc"], 3), "lift": _figure(found["rule_lift"], 2)},
        ],
        "tenths": [_step(number, step) for number, step in enumerate(held["tenths"], start=1)],
        "weights": [
            {"label": column_word(one["name"]), "lost": _figure(one["lost"], 3)}
            for one in found["weights"][:WEIGHTS]
            if one["lost"] > 0
        ],
    }


def _step(number: int, step: dict[str, Any]) -> dict[str, Any]:
    said = f"{100 * step['mean']:.1f}%"
    return {
        "number": number,
        "n": step["n"],
        "said": said,
        "hits": step["hits"],
        "share": percent(step["hits"], step["n"]),
    }


def percent(hits: int, n: int) -> str:
    """As a share with one decimal, "–" of nobody."""
    return f"{100 * hits / n:.1f}%" if n else "–"


def _figure(value: float | None, places: int) -> str:
    return "–" if value is None else f"{value:.{places}f}"
