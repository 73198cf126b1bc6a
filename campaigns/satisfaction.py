"""Arithmetic of answers: what a mark is worth, and when it calls for a call back (domain G.1, F.2)."""

from __future__ import annotations

from dataclasses import dataclass

LOW_CSAT = 2
SURVEY_WEIGHT = 100  # percent; an answer the customer wrote counts whole, one an agent asked for counts half
_STEPS = {"CSAT5": (1, 5), "CES7": (1, 7), "NPS11": (0, 10)}


def points(kind: str, value: int) -> int:
    """A mark on the scale 0–100, rounded half up: CSAT5 (x−1)/4, CES7 (x−1)/6, NPS11 x/10.

    Raises ValueError when the mark is not on its scale.
    """
    low, high = _STEPS[kind]
    if not low <= value <= high:
        raise ValueError(f"{value} is not a {kind} mark")
    span = high - low
    return (200 * (value - low) + span) // (2 * span)


def is_low(kind: str, value: int) -> bool:
    """Whether a mark calls for a call back within one working day (domain G.3): CSAT ≤ 2 of 5, NPS ≤ 4."""
    return (kind == "CSAT5" and value <= LOW_CSAT) or (kind == "NPS11" and value <= 4)


@dataclass(frozen=True, slots=True)
class Given:
    """What a respondent gave: marks by question id, words by question id, and whether they want to be left alone."""

    marks: dict[int, int]
    words: dict[int, str]
    no_contact: bool = False
