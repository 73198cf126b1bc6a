"""Rule sets: which promise a complaint carries, and how long it may take (handbook 6/1.1.30; domain D.1, D.12; pure).

A profile is data. The three built in are where a bank starts; its versions are rows that hold the same JSON, and what
counts is the active one of each name (complaints/models/ruleset.py). ``regulations`` has those of other places.
"""

from __future__ import annotations

import datetime as dt
import hashlib
import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from django.db.models import TextChoices
from django.utils.translation import gettext_lazy as _


class Level(TextChoices):
    """Severity of a complaint (handbook 6/1.1.29(3)), from least to most."""

    MINOR = "MINOR", _("Minor")
    MODERATE = "MODERATE", _("Moderate")
    SEVERE = "SEVERE", _("Severe")

    @property
    def rank(self) -> int:
        """1 for minor, 2 for moderate, 3 for severe."""
        return list(Level).index(self) + 1


class Kind(TextChoices):
    """What is promised."""

    ACK = "ACK", _("Acknowledge")
    REFER = "REFER", _("Refer to whom it concerns")
    ASSESS = "ASSESS", _("Assess")
    FORM_TASKFORCE = "FORM_TASKFORCE", _("Form the task force")
    PLAN = "PLAN", _("Agree a plan")
    PROGRESS = "PROGRESS", _("Report progress")
    FEEDBACK = "FEEDBACK", _("Give feedback")
    SATISFACTION = "SATISFACTION", _("Ask whether satisfied")
    CLOSE = "CLOSE", _("Bring to an end")
    REG_FINAL = "REG_FINAL", _("Regulator's limit")
    FORWARDER = "FORWARDER", _("Deadline of the forwarding body")
    ANSWER = "ANSWER", _("Answer the inquiry")
    OUTCOME = "OUTCOME", _("Decide on the suggestion")
    REVIEW = "REVIEW", _("Decide the review")


class Unit(TextChoices):
    """What a limit is counted in."""

    WD = "WD", _("working days")
    CD = "CD", _("calendar days")
    W = "W", _("weeks")
    SAME_DAY = "SAME_DAY", _("the same day")
    H = "H", _("hours")


class Anchor(TextChoices):
    """The event whose moment starts the clock. Owner and department never do (domain N.2(5))."""

    RECEIPT = "RECEIPT", _("receipt")
    ASSESSMENT = "ASSESSMENT", _("assessment")
    FEEDBACK = "FEEDBACK", _("feedback")
    IDLE = "IDLE", _("nothing else being promised")


class Complexity(TextChoices):
    """How a regulator's limit is stretched; each step is decided with a reason and told to the complainant."""

    SIMPLE = "SIMPLE", _("simple")
    COMPLEX = "COMPLEX", _("complex")
    VERY_COMPLEX = "VERY_COMPLEX", _("very complex")


@dataclass(frozen=True, slots=True)
class Rule:
    """One limit: ``n`` of ``unit`` for the matters it names; None stands for any. The first rule that fits is taken."""

    kind: Kind
    unit: Unit
    n: int = 0
    nature: str | None = None
    level: Level | None = None
    live: bool | None = None
    complexity: Complexity | None = None
    anchor: Anchor = Anchor.RECEIPT
    repeats: bool = False
    business: str | None = None

    def fits(self, nature: str, level: Level | None, live: bool, complexity: Complexity, business: str = "") -> bool:
        """Whether the rule speaks of such a matter."""
        mine = (self.nature, self.level, self.live, self.complexity, self.business)
        asked = (nature, level, live, complexity, business)
        return all(one is None or one == other for one, other in zip(mine, asked, strict=True))


@dataclass(frozen=True, slots=True)
class Profile:
    """A named, versioned rule set.

    ``cutoff``: received at or after this local time counts as the next calendar day. ``roll_receipt``: received on a
    day off counts as the next working day. ``count_receipt_day``: a working day of receipt is day 1. ``due_time``: the
    local time at which the last day closes, None for midnight (Civil Code art. 203). ``roll_end``: calendar-day limits
    that end on a day off move to the next working day.

    A regulator's rule set stands beside the handbook's for complaints of its ``sources``; EVERY_SOURCE is any.
    ``appraisal_stops``: an outside appraisal stops its limits (domain D.3).
    """

    name: str
    version: str
    rules: tuple[Rule, ...]
    cutoff: dt.time | None = None
    roll_receipt: bool = False
    count_receipt_day: bool = False
    due_time: dt.time | None = None
    roll_end: bool = False
    sources: tuple[str, ...] = ()
    appraisal_stops: bool = False

    def rule(
        self,
        kind: Kind,
        *,
        nature: str,
        level: Level | None = None,
        live: bool = True,
        complexity: Complexity = Complexity.SIMPLE,
        business: str = "",
    ) -> Rule | None:
        """The limit for a promise, or None where the profile promises nothing (a level not yet chosen, say)."""
        fitting = (r for r in self.rules if r.kind == kind and r.fits(nature, level, live, complexity, business))
        return next(fitting, None)

    def stands_beside(self, source: str) -> bool:
        """Whether a complaint of this source carries its limits besides those of the handbook."""
        return EVERY_SOURCE in self.sources or source in self.sources


EVERY_SOURCE = "*"
HOUSE = "HANDBOOK_CN"
"""The name of the rule set every matter is under."""


@dataclass(frozen=True, slots=True)
class Rulebook:
    """The rule sets in force, by name. The house's own is always among them."""

    profiles: Mapping[str, Profile]

    @property
    def house(self) -> Profile:
        """The handbook's."""
        return self.profiles[HOUSE]

    def named(self, name: str) -> Profile | None:
        """The version in force of a rule set, None when it is not in force."""
        return self.profiles.get(name)

    def beside(self, source: str) -> tuple[Profile, ...]:
        """The regulators' rule sets of a complaint, by where it came from (domain D.12)."""
        return tuple(p for name, p in self.profiles.items() if name != HOUSE and p.stands_beside(source))


COMPLAINT, INQUIRY, SUGGESTION = "COMPLAINT", "INQUIRY", "SUGGESTION"

HANDBOOK_CN = Profile(
    "HANDBOOK_CN",
    "1",
    (
        Rule(Kind.ACK, Unit.WD, 3, nature=SUGGESTION),
        Rule(Kind.ACK, Unit.SAME_DAY, live=True),
        Rule(Kind.ACK, Unit.WD, 1),
        Rule(Kind.REFER, Unit.WD, 1),
        Rule(Kind.ANSWER, Unit.WD, 1, nature=INQUIRY),
        Rule(Kind.OUTCOME, Unit.WD, 15, nature=SUGGESTION),
        Rule(Kind.ASSESS, Unit.SAME_DAY, nature=COMPLAINT, level=Level.MINOR, live=True),
        Rule(Kind.ASSESS, Unit.WD, 1, nature=COMPLAINT),
        Rule(Kind.ASSESS, Unit.WD, 1, nature="UNCLASSIFIED"),
        Rule(Kind.FORM_TASKFORCE, Unit.WD, 1, nature=COMPLAINT, level=Level.SEVERE, anchor=Anchor.ASSESSMENT),
        Rule(Kind.PLAN, Unit.WD, 3, nature=COMPLAINT, level=Level.MODERATE),
        Rule(Kind.PLAN, Unit.WD, 6, nature=COMPLAINT, level=Level.SEVERE),
        Rule(Kind.PROGRESS, Unit.WD, 3, nature=COMPLAINT, level=Level.MODERATE),
        Rule(Kind.PROGRESS, Unit.WD, 5, nature=COMPLAINT, level=Level.SEVERE, repeats=True),
        Rule(Kind.FEEDBACK, Unit.SAME_DAY, nature=COMPLAINT, level=Level.MINOR, live=True),
        Rule(Kind.FEEDBACK, Unit.WD, 1, nature=COMPLAINT, level=Level.MINOR),
        Rule(Kind.FEEDBACK, Unit.WD, 5, nature=COMPLAINT, level=Level.MODERATE),
        Rule(Kind.FEEDBACK, Unit.WD, 10, nature=COMPLAINT, level=Level.SEVERE),
        Rule(Kind.SATISFACTION, Unit.WD, 3, nature=COMPLAINT, anchor=Anchor.FEEDBACK),
        Rule(Kind.REVIEW, Unit.CD, 30, nature=COMPLAINT),
        Rule(Kind.CLOSE, Unit.WD, 3, anchor=Anchor.IDLE),
    ),
)

CN_NFRA_2020_3 = Profile(
    "CN_NFRA_2020_3",
    "1",
    (
        Rule(Kind.REG_FINAL, Unit.CD, 15, nature=COMPLAINT, complexity=Complexity.SIMPLE),
        Rule(Kind.REG_FINAL, Unit.CD, 30, nature=COMPLAINT, complexity=Complexity.COMPLEX),
        Rule(Kind.REG_FINAL, Unit.CD, 60, nature=COMPLAINT, complexity=Complexity.VERY_COMPLEX),
    ),
    sources=(EVERY_SOURCE,),
    appraisal_stops=True,
)

CN_PBOC_2020_5 = Profile(
    "CN_PBOC_2020_5",
    "1",
    (
        Rule(Kind.REG_FINAL, Unit.CD, 15, nature=COMPLAINT, complexity=Complexity.SIMPLE),
        Rule(Kind.REG_FINAL, Unit.CD, 60, nature=COMPLAINT),
    ),
    sources=("REGULATOR",),
)

PROFILES: Mapping[str, Profile] = {p.name: p for p in (HANDBOOK_CN, CN_NFRA_2020_3, CN_PBOC_2020_5)}
BUILT_IN = Rulebook(PROFILES)
"""The rule sets the product is born with."""


def _plain(value: object) -> object:
    """A value as JSON has it: codes for choices, HH:MM for times."""
    if isinstance(value, dt.time):
        return value.isoformat(timespec="minutes")
    if isinstance(value, tuple):
        return list(value)
    return str(value) if isinstance(value, str) else value


_RULE_FIELDS = ("kind", "unit", "n", "nature", "level", "live", "complexity", "anchor", "repeats", "business")
_SETTINGS = (
    "cutoff",
    "roll_receipt",
    "count_receipt_day",
    "due_time",
    "roll_end",
    "sources",
    "appraisal_stops",
)
_PROFILE_FIELDS = ("name", "version", *_SETTINGS)


def to_json(profile: Profile) -> dict[str, Any]:
    """The profile as plain JSON values; the round trip through from_json gives an equal profile."""
    rules = [{key: _plain(getattr(rule, key)) for key in _RULE_FIELDS} for rule in profile.rules]
    return {key: _plain(getattr(profile, key)) for key in _PROFILE_FIELDS} | {"rules": rules}


def _rule(row: Mapping[str, Any]) -> Rule:
    unknown = set(row) - set(_RULE_FIELDS)
    if unknown:
        raise ValueError(f"unknown: {', '.join(sorted(unknown))}")
    n = row.get("n", 0)
    if not isinstance(n, int) or isinstance(n, bool) or not 0 <= n <= 400:
        raise ValueError(f"n: {n!r}")
    level, complexity = row.get("level"), row.get("complexity")
    return Rule(
        Kind(row["kind"]),
        Unit(row["unit"]),
        n,
        nature=row.get("nature"),
        level=None if level is None else Level(level),
        live=row.get("live"),
        complexity=None if complexity is None else Complexity(complexity),
        anchor=Anchor(row.get("anchor", Anchor.RECEIPT)),
        repeats=bool(row.get("repeats", False)),
        business=row.get("business"),
    )


def from_json(data: Mapping[str, Any]) -> Profile:
    """The profile of to_json; ValueError or KeyError naming what is wrong."""
    unknown = set(data) - set(_PROFILE_FIELDS) - {"rules"}
    if unknown:
        raise ValueError(f"unknown: {', '.join(sorted(unknown))}")
    return Profile(
        name=str(data["name"]),
        version=str(data["version"]),
        rules=tuple(_rule(row) for row in data["rules"]),
        cutoff=_time(data.get("cutoff")),
        roll_receipt=bool(data.get("roll_receipt", False)),
        count_receipt_day=bool(data.get("count_receipt_day", False)),
        due_time=_time(data.get("due_time")),
        roll_end=bool(data.get("roll_end", False)),
        sources=tuple(map(str, data.get("sources") or ())),
        appraisal_stops=bool(data.get("appraisal_stops", False)),
    )


def _time(text: str | None) -> dt.time | None:
    return dt.time.fromisoformat(text) if text else None


def content_hash(profile: Profile) -> str:
    """64 hex digits of all that decides a date: the same for the same rules under another version number."""
    content = {key: value for key, value in to_json(profile).items() if key != "version"}
    return hashlib.sha256(json.dumps(content, sort_keys=True, ensure_ascii=False).encode()).hexdigest()


_NEEDED = (
    (Kind.ACK, COMPLAINT),
    (Kind.ASSESS, COMPLAINT),
    (Kind.ASSESS, "UNCLASSIFIED"),
    (Kind.ANSWER, INQUIRY),
    (Kind.OUTCOME, SUGGESTION),
    (Kind.CLOSE, COMPLAINT),
)


def flaws(profile: Profile) -> list[str]:
    """What a rule set lacks before it may be in force, as codes; none for one that answers every question.

    The house's promises every nature its answer, every level its feedback, and an end; a regulator's has a final limit,
    may have one for reviews, and nothing else, which no other part of the work would keep.
    """
    if profile.name != HOUSE:
        kinds = {rule.kind for rule in profile.rules}
        return [] if kinds - {Kind.REVIEW} == {Kind.REG_FINAL} else ["regulator:REG_FINAL"]
    found = [f"{kind}:{nature}" for kind, nature in _NEEDED if not _always(profile, kind, nature, Level.MODERATE)]
    return found + [
        f"{Kind.FEEDBACK}:{level}" for level in Level if not _always(profile, Kind.FEEDBACK, COMPLAINT, level)
    ]


def _always(profile: Profile, kind: Kind, nature: str, level: Level) -> bool:
    """Whether there is a limit whether or not the complainant is on the line."""
    return all(profile.rule(kind, nature=nature, level=level, live=live) is not None for live in (True, False))


def changed(before: Profile | None, after: Profile) -> Iterable[tuple[str, str, str]]:
    """(what, old, new) of all that differs: settings by their name, rules by what they speak of; "" for none."""
    old, new = _spelled(before), _spelled(after)
    for key in dict.fromkeys([*old, *new]):
        if old.get(key) != new.get(key):
            yield key, old.get(key, ""), new.get(key, "")


def _spelled(profile: Profile | None) -> dict[str, str]:
    if profile is None:
        return {}
    data = to_json(profile)
    spelled = {key: json.dumps(data[key]) for key in _SETTINGS}
    for rule in profile.rules:
        about = [rule.nature, rule.level, _LIVE[rule.live], rule.complexity, rule.business]
        key = " · ".join([str(rule.kind), *(str(part) for part in about if part)])
        spelled[key] = f"{rule.n} {rule.unit}" if rule.n else str(rule.unit)
        spelled[key] += f" · {rule.anchor}" if rule.anchor != Anchor.RECEIPT else ""
        spelled[key] += " · repeats" if rule.repeats else ""
    return spelled


_LIVE = {True: "live", False: "written", None: None}
