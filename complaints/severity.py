"""How severe a complaint looks, from facts (handbook 6/1.1.29(3); domain D.10; pure). It suggests; a person decides."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass, fields
from typing import Any, NamedTuple

from django.db.models import TextChoices
from django.utils.translation import gettext_lazy as _

from complaints.profiles import Level
from crm_site.errors import Text
from crm_site.roles import Role

MODERATE_FROM, SEVERE_FROM = 4, 9
LOSS_SEVERE_FEN = 50_000_00
PEOPLE_SEVERE = 10
REDRESS_FEN: Mapping[str, int] = {
    Role.AGENT.value: 200_00,
    Role.HANDLER.value: 200_00,
    Role.SENIOR.value: 2_000_00,
    Role.SUPERVISOR.value: 20_000_00,
}
"""What a role may grant as redress, in fen; above the supervisor: department head and finance (domain D.10, J.5)."""


class Rights(TextChoices):
    """Which right of the complainant is affected."""

    COURTESY = "COURTESY", _("Courtesy")
    FEE_SERVICE = "FEE_SERVICE", _("Fees or service")
    SELLING_DISCLOSURE = "SELLING_DISCLOSURE", _("Sales or disclosure")
    DATA_FUNDS = "DATA_FUNDS", _("Personal data or safety of funds")


class Condition(TextChoices):
    """How the complainant is."""

    CALM = "CALM", _("Calm")
    ANXIOUS = "ANXIOUS", _("Anxious")
    VULNERABLE = "VULNERABLE", _("Needs special care")
    DISTRESS = "DISTRESS", _("In distress or at risk")


class History(TextChoices):
    """Whether it has come before."""

    FIRST = "FIRST", _("First time")
    SECOND = "SECOND", _("Second time in 90 days")
    THIRD = "THIRD", _("Third time or more in 90 days")
    REOPENED_TWICE = "REOPENED_TWICE", _("Reopened twice")


class Publicity(TextChoices):
    """Who else looks on."""

    NONE = "NONE", _("Nobody else")
    THREATENED = "THREATENED", _("Threatens to go public")
    HOTLINE = "HOTLINE", _("Forwarded by a public hotline")
    REGULATOR = "REGULATOR", _("Regulator asks")
    MEDIA = "MEDIA", _("In the media")


_POINTS: Mapping[str, int] = {
    **{value: points for choices in (Rights, Condition, History) for points, value in enumerate(choices.values)},
    **{Publicity.NONE: 0, Publicity.THREATENED: 1, Publicity.HOTLINE: 2, Publicity.REGULATOR: 3, Publicity.MEDIA: 3},
}

REASONS: Mapping[str, Text] = {
    "loss": _("Loss claimed"),
    "rights": _("Right affected"),
    "people": _("People affected"),
    "condition": _("Condition of the complainant"),
    "history": _("Repeated"),
    "departments": _("Other departments needed"),
    "publicity": _("Publicity"),
    "not_on_the_spot": _("Cannot be solved on the spot"),
    "hard_data_leak": _("Personal data leaked"),
    "hard_staff_fraud": _("Fraud or theft by staff alleged"),
    "hard_loss": _("Loss of ¥50,000 or more"),
    "hard_people": _("Ten complainants or more"),
    "hard_safety": _("Personal safety at risk"),
    "hard_media": _("Exposed in the media"),
}
"""What each code of a suggestion says, in words."""


@dataclass(frozen=True, slots=True)
class Factors:
    """The facts of D.10. Amounts in fen. ``departments``: how many others are needed; ``outside_body`` counts as three.

    ``redress_fen``: what would be granted on the spot.
    """

    loss_fen: int = 0
    rights: Rights = Rights.COURTESY
    people: int = 1
    condition: Condition = Condition.CALM
    history: History = History.FIRST
    departments: int = 0
    outside_body: bool = False
    publicity: Publicity = Publicity.NONE
    data_leak: bool = False
    staff_fraud: bool = False
    safety: bool = False
    redress_fen: int = 0

    def to_json(self) -> dict[str, Any]:
        """Plain JSON values, stored with the assessment."""
        return {key: str(value) if isinstance(value, str) else value for key, value in asdict(self).items()}

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> Factors:
        """The factors of to_json; what is missing takes its default, unknown keys are ignored."""
        kinds = {"rights": Rights, "condition": Condition, "history": History, "publicity": Publicity}
        known = {field.name for field in fields(cls)}
        return cls(**{key: kinds[key](value) if key in kinds else value for key, value in data.items() if key in known})


class Suggestion(NamedTuple):
    """``reasons``: codes of REASONS, heaviest first; ``hard_triggers``: those that alone make it severe."""

    level: Level
    score: int
    reasons: tuple[str, ...]
    hard_triggers: tuple[str, ...]
    points: Mapping[str, int]


def _step(value: int, *limits: int) -> int:
    """How many limits the value has reached."""
    return sum(value >= limit for limit in limits)


def points(factors: Factors) -> dict[str, int]:
    """Points 0–3 of each of the seven factors."""
    return {
        "loss": _step(factors.loss_fen, 1, 1_000_00, LOSS_SEVERE_FEN),
        "rights": _POINTS[factors.rights],
        "people": _step(factors.people, 2, 5, PEOPLE_SEVERE),
        "condition": _POINTS[factors.condition],
        "history": _POINTS[factors.history],
        "departments": 3 if factors.outside_body else _step(factors.departments, 1, 2, 3),
        "publicity": _POINTS[factors.publicity],
    }


def _hard(factors: Factors) -> tuple[str, ...]:
    triggers = {
        "hard_data_leak": factors.data_leak,
        "hard_staff_fraud": factors.staff_fraud,
        "hard_loss": factors.loss_fen >= LOSS_SEVERE_FEN,
        "hard_people": factors.people >= PEOPLE_SEVERE,
        "hard_safety": factors.safety,
        "hard_media": factors.publicity == Publicity.MEDIA,
    }
    return tuple(code for code, there in triggers.items() if there)


def suggest(factors: Factors) -> Suggestion:
    """The level the facts speak for, with the reasons (domain D.10)."""
    scored = points(factors)
    score, hard = sum(scored.values()), _hard(factors)
    on_the_spot = scored["departments"] == 0 and factors.redress_fen <= REDRESS_FEN[Role.AGENT.value]
    if hard or score >= SEVERE_FROM:
        level = Level.SEVERE
    elif score >= MODERATE_FROM or not on_the_spot:
        level = Level.MODERATE
    else:
        level = Level.MINOR
    heavy = [code for code, n in sorted(scored.items(), key=lambda item: -item[1]) if n]
    spot = [] if on_the_spot else ["not_on_the_spot"]
    return Suggestion(level, score, (*hard, *heavy, *spot), hard, scored)


def redress_authority(roles: Iterable[str]) -> int:
    """The most these roles may grant, in fen; 0 for none."""
    return max((REDRESS_FEN.get(str(role), 0) for role in roles), default=0)
