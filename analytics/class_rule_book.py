"""Rules of the classifications as versions keep them: read, checked, fingerprinted, put together (domain E; R3.8).

A version holds the rules of one dimension as plain JSON; what a file leaves out is the handbook's. A night goes by all
of them together.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass, fields
from typing import Any

from django.utils.translation import gettext as _

from analytics import rfm
from analytics import segment_rules as rules

Content = dict[str, Any]
NIGHTLY = ("ASSET", "AGE", "OCCUPATION", "NEED", "LOYALTY", "RISK")  # what a standing holds
LATER = ("RISK",)  # nights have been run without it
_PARTS: dict[str, Any] = {
    "ASSET": rules.AssetRules,
    "AGE": rules.AgeRules,
    "NEED": rules.NeedRules,
    "LOYALTY": rules.LoyaltyRules,
    "RISK": rules.RiskRules,
}
_NOT_RULES = ("dimension", "version", "name", "note", "preset")
# The largest limit of any kind: what numbers of this size are multiplied by stays a whole number of 64 bits.
_MOST = 90_000_000_000_000


@dataclass(frozen=True, slots=True)
class Read:
    """The rules of one dimension as they are stored, and every problem as a sentence; none means they may count."""

    content: Content
    problems: tuple[str, ...]


def default(dimension: str) -> Content:
    """The rules the product comes with."""
    return read(dimension, {}).content


def read(dimension: str, data: Mapping[str, Any]) -> Read:
    """What a file or a form says about one dimension. Raises ValueError, in the reader's language, for what is no
    rule set of that dimension at all."""
    wanted = {name: value for name, value in data.items() if name not in _NOT_RULES}
    if dimension == "OCCUPATION":
        part = _occupations(wanted)
        content: Content = {"groups": dict(part.groups)}
        return Read(content, tuple(rules.occupation_problems(part)))
    if dimension == "RFM":
        found = rfm.content(wanted)
        return Read(found, tuple(rfm.problems(found)))
    if dimension not in _PARTS:
        raise ValueError(_("There is no classification %(name)s.") % {"name": dimension})
    start = asdict(_preset(str(data["preset"])) if dimension == "AGE" and data.get("preset") else _PARTS[dimension]())
    if strange := sorted(set(wanted) - set(start)):
        raise ValueError(_("Nothing is known of: %(names)s.") % {"names": ", ".join(strange)})
    for name, value in wanted.items():
        if isinstance(value, bool) or not isinstance(value, int) or abs(value) > _MOST:
            raise ValueError(_("%(name)s must be a whole number.") % {"name": name})
    content = start | wanted
    return Read(content, tuple(_problems(dimension, content)))


def _problems(dimension: str, content: Content) -> Iterator[str]:
    part = _PARTS[dimension](**content)
    if isinstance(part, rules.AssetRules):
        yield from rules.asset_problems(part)
    elif isinstance(part, rules.AgeRules):
        yield from rules.age_problems(part)
    elif isinstance(part, rules.RiskRules):
        yield from rules.risk_problems(part)
    else:
        yield from rules.limit_problems(part)


def _preset(name: str) -> rules.AgeRules:
    if name not in rules.AGE_PRESETS:
        text = _("There is no preset %(name)s; there are %(known)s.")
        raise ValueError(text % {"name": name, "known": ", ".join(rules.AGE_PRESETS)})
    return rules.AGE_PRESETS[name]


def preset_of(content: Content) -> str:
    """The preset these age limits are, or nothing."""
    return next((name for name, part in rules.AGE_PRESETS.items() if asdict(part) == content), "")


def _occupations(data: Mapping[str, Any]) -> rules.OccupationRules:
    if strange := sorted(set(data) - {"groups"}):
        raise ValueError(_("Nothing is known of: %(names)s.") % {"names": ", ".join(strange)})
    groups = data.get("groups", {})
    if not isinstance(groups, Mapping) or not all(isinstance(group, str) for group in groups.values()):
        raise ValueError(_("Groups are written as {occupation: group}."))
    known = dict(rules.OccupationRules().groups)
    strange = [code for code in groups if code not in known]
    part = rules.OccupationRules.of(known | {code: group for code, group in groups.items() if group})
    return rules.OccupationRules((*part.groups, *((code, groups[code]) for code in strange)))


def fingerprint(dimension: str, content: Content) -> str:
    """64 hexadecimal digits that change with anything the rules say."""
    text = json.dumps([dimension, content], sort_keys=True, separators=(",", ":"), ensure_ascii=True)
    return hashlib.sha256(text.encode("ascii")).hexdigest()


def assembled(contents: Mapping[str, Content]) -> rules.SegmentRules:
    """The rules of one night out of the versions of its dimensions; one that is missing is the handbook's."""
    found = {name: contents.get(name) or default(name) for name in NIGHTLY}
    return rules.SegmentRules(
        asset=rules.AssetRules(**found["ASSET"]),
        age=rules.AgeRules(**found["AGE"]),
        occupation=rules.OccupationRules.of(found["OCCUPATION"]["groups"]),
        need=rules.NeedRules(**found["NEED"]),
        loyalty=rules.LoyaltyRules(**found["LOYALTY"]),
        risk=rules.RiskRules(**found["RISK"]),
    )


def limits(content: Content) -> dict[str, int | str]:
    """Every single thing the rules say, by name: what a form asks and a table of differences lists."""
    if "boxes" not in content:
        return dict(content["groups"]) if "groups" in content else content
    spelled: dict[str, int | str] = {"method": content["method"], "window_months": content["window_months"]}
    spelled |= {f"cuts {mark.upper()}": ", ".join(map(str, cuts)) for mark, cuts in content["cuts"].items()}
    for place, box in enumerate(content["boxes"], start=1):
        spans = (f"{mark.upper()} {box[mark][0]}–{box[mark][1]}" for mark in rfm.MARKS)
        spelled[f"{place}. {rfm.label(content, box['code'])}"] = " · ".join(spans)
    return spelled


def names(dimension: str) -> tuple[str, ...]:
    """The names of the limits of a dimension that has limits."""
    return tuple(entry.name for entry in fields(_PARTS[dimension]))
