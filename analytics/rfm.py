"""Recency, frequency, monetary value: marks of 1–5 and boxes of customers (domain F.9; pure).

The marks are quintiles of everybody who bought in the window, or follow limits the bank writes down.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from analytics.fixedpoint import Ints

BINS = 5
METHODS = ("MIDRANK", "QUANTILE", "CUTS")
OTHERS = "OTHERS"
MARKS = ("r", "f", "m")


def _box(code: str, en: str, hans: str, hant: str, r: list[int], f: list[int], m: list[int]) -> dict[str, Any]:
    return {"code": code, "label": {"en": en, "zh": hans, "zh-hant": hant}, "r": r, "f": f, "m": m}


DEFAULT: dict[str, Any] = {
    "method": "MIDRANK",
    "window_months": 12,
    "cuts": {},
    "boxes": [
        _box("CHAMPIONS", "Champions", "冠军客户", "冠軍客戶", [4, 5], [4, 5], [4, 5]),
        _box("BIG_SILENT", "Big but silent", "大额沉默客户", "大額沉默客戶", [1, 2], [1, 5], [4, 5]),
        _box("LOYAL", "Loyal", "忠实客户", "忠實客戶", [1, 5], [4, 5], [1, 5]),
        _box("POTENTIAL", "Potential", "潜力客户", "潛力客戶", [4, 5], [2, 3], [1, 5]),
        _box("NEED_ATTENTION", "Need attention", "需要关注", "需要關注", [2, 3], [3, 5], [1, 5]),
        _box("HIBERNATING", "Hibernating", "休眠客户", "休眠客戶", [1, 2], [1, 2], [1, 5]),
    ],
}


@dataclass(frozen=True, eq=False)
class Bought:
    """What each customer bought: days since the last time, how often, for how much (fen)."""

    days: Ints
    count: Ints
    amount_fen: Ints


@dataclass(frozen=True, eq=False)
class Marks:
    """Marks of 1–5, 5 the best, and the place of the box each customer falls in (the last place is "others")."""

    r: Ints
    f: Ints
    m: Ints
    box: Ints


def problems(rules: Mapping[str, Any]) -> Iterator[str]:
    """Every reason why these rules cannot count."""
    if rules["method"] not in METHODS:
        yield _("The method is one of %(names)s.") % {"names": ", ".join(METHODS)}
    window = rules["window_months"]
    if isinstance(window, bool) or not isinstance(window, int) or not 0 <= window <= 120:
        yield _("The window is 0 (everything) to 120 months.")
    if rules["method"] == "CUTS":
        for mark in MARKS:
            if not _rising(rules["cuts"].get(mark)):
                yield _("Give four rising limits for %(mark)s.") % {"mark": mark.upper()}
    codes = [box.get("code") for box in rules["boxes"]]
    if len(set(codes)) != len(codes) or OTHERS in codes:
        yield _("Every box needs a code of its own, and none is called OTHERS.")
    for number, box in enumerate(rules["boxes"], start=1):
        if not _whole(box):
            yield _("Box %(n)s needs a code, a label and ranges of 1–5 for r, f and m.") % {"n": number}


def _rising(cuts: Any) -> bool:
    if not isinstance(cuts, list) or len(cuts) != BINS - 1:
        return False
    whole = all(isinstance(cut, int) and not isinstance(cut, bool) and 0 <= cut < 10**15 for cut in cuts)
    return whole and all(low < high for low, high in zip(cuts, cuts[1:], strict=False))


def _whole(box: Mapping[str, Any]) -> bool:
    code, label = box.get("code"), box.get("label")
    if not (isinstance(code, str) and 0 < len(code) <= 20 and isinstance(label, Mapping) and label):
        return False
    ranges = [box.get(mark) for mark in MARKS]
    return all(
        isinstance(span, list)
        and len(span) == 2
        and all(type(end) is int for end in span)
        and 1 <= span[0] <= span[1] <= 5
        for span in ranges
    )


def marks(bought: Bought, rules: Mapping[str, Any]) -> Marks:
    """Everybody's marks and box; ties share a mark."""
    r = BINS + 1 - _mark(bought.days, "r", rules)
    f, m = _mark(bought.count, "f", rules), _mark(bought.amount_fen, "m", rules)
    if rules["method"] == "MIDRANK":  # ranked from the other end, so that ties fall the same way for all three
        r = _midrank(-bought.days)
    box = np.full(len(r), len(rules["boxes"]), dtype=np.int64)
    for place in range(len(rules["boxes"]) - 1, -1, -1):  # the first that fits has the last word
        spans = [rules["boxes"][place][mark] for mark in MARKS]
        fits = np.ones(len(r), dtype=bool)
        for values, (low, high) in zip((r, f, m), spans, strict=True):
            fits &= (values >= low) & (values <= high)
        box = np.where(fits, np.int64(place), box)
    return Marks(r, f, m, box)


def _mark(values: Ints, mark: str, rules: Mapping[str, Any]) -> Ints:
    if not len(values):
        return np.zeros(0, dtype=np.int64)
    if rules["method"] == "MIDRANK":
        return _midrank(values)
    if rules["method"] == "CUTS":
        return 1 + np.searchsorted(np.array(rules["cuts"][mark], dtype=np.int64), values, side="right").astype(np.int64)
    return 1 + np.searchsorted(quantiles(values), values * BINS, side="right").astype(np.int64)


def _midrank(values: Ints) -> Ints:
    """100·(less + equal/2)/N: at most 20 is 1, above 80 is 5."""
    n, ordered = len(values), np.sort(values)
    twice = np.searchsorted(ordered, values, side="left") + np.searchsorted(ordered, values, side="right")
    return np.maximum(1, -(-BINS * twice.astype(np.int64) // (2 * n))) if n else np.zeros(0, dtype=np.int64)


def quantiles(values: Ints) -> Ints:
    """The four inner quintiles (type 7: linear between order statistics), each five times as large and so whole."""
    ordered, last = np.sort(values), len(values) - 1
    found = []
    for k in range(1, BINS):
        at, rest = divmod(last * k, BINS)
        low, high = int(ordered[at]), int(ordered[min(at + 1, last)])
        found.append(BINS * low + rest * (high - low))
    return np.array(found, dtype=np.int64)


def label(rules: Mapping[str, Any], code: str) -> str:
    """A box as people read it, in the reader's language."""
    if code == OTHERS:
        return _("Others")
    for box in rules["boxes"]:
        if box["code"] == code:
            words, language = box["label"], (get_language() or "en").lower()
            wanted = ("zh-hant", "zh", "en") if language.startswith("zh-hant") else (language[:2], "en", "zh")
            return str(next((words[name] for name in wanted if name in words), code))
    return code


def codes(rules: Mapping[str, Any]) -> list[str]:
    """The boxes in their order, and what falls in none."""
    return [*(str(box["code"]) for box in rules["boxes"]), OTHERS]


def content(data: Mapping[str, Any]) -> dict[str, Any]:
    """The rules a file says; what it leaves out is the product's. Raises ValueError."""
    if strange := sorted(set(data) - set(DEFAULT)):
        raise ValueError(_("Nothing is known of: %(names)s.") % {"names": ", ".join(strange)})
    found = DEFAULT | dict(data)
    if not isinstance(found["cuts"], Mapping) or not isinstance(found["boxes"], list):
        raise ValueError(_("“cuts” is an object and “boxes” a list."))
    if not all(isinstance(box, Mapping) for box in found["boxes"]):
        raise ValueError(_("“cuts” is an object and “boxes” a list."))
    return found
