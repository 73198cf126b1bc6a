"""The limits of the classifications as one version of plain data (handbook 3/1.1.13, 3/1.1.15(5); domain E.1–E.5)."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import asdict, dataclass, fields
from itertools import pairwise
from typing import Any

from django.utils.translation import gettext as _

from analytics.fixedpoint import WHOLE
from customers.classes import AGE_STEPS, GROUP_OF, Occupation, OccupationGroup


@dataclass(frozen=True, slots=True)
class AssetRules:
    """Lower limits in fen of the monthly daily average; months below before a class is lost."""

    high_fen: int = 600_000_000
    mid_fen: int = 50_000_000
    gold_fen: int = 5_000_000
    high_months: int = 6
    mid_months: int = 3


@dataclass(frozen=True, slots=True)
class AgeRules:
    """First years of life of each band, in completed years; outside ``oldest`` the date itself is doubted."""

    young: int = 18
    middle: int = 36
    senior: int = 60
    suitability: int = 65
    oldest: int = 130


AGE_PRESETS: dict[str, AgeRules] = {
    "CN": AgeRules(),
    "POPULAR_WHO": AgeRules(middle=45),
    "UN": AgeRules(young=15, middle=25),
}


@dataclass(frozen=True, slots=True)
class OccupationRules:
    """The group of every occupation code (domain E.3); a code that stands in none is not known."""

    groups: tuple[tuple[str, str], ...] = tuple(
        (code, str(GROUP_OF[code])) for code in Occupation.values if code in GROUP_OF
    )

    @classmethod
    def of(cls, groups: Mapping[str, str]) -> OccupationRules:
        """In the order of the codes, whatever the order they come in."""
        return cls(tuple((code, groups[code]) for code in Occupation.values if code in groups))


@dataclass(frozen=True, slots=True)
class NeedRules:
    """Shares in 1/10,000, points in 1/10,000 of a point."""

    invested_share: int = 5_000
    investment_purchases: int = 3
    spent_share: int = 6_000
    debt_share: int = 5_000
    deposit_share: int = 8_000
    stable_months: int = 12
    least: int = 300_000
    clear_by: int = 100_000


@dataclass(frozen=True, slots=True)
class LoyaltyRules:
    """Days, months, fen and shares in 1/10,000."""

    silent_days: int = 180
    lost_share: int = 2_000
    least_fen: int = 100_000
    new_months: int = 6
    recent_days: int = 60
    tenure_months: int = 24
    families: int = 3
    active_months: int = 9
    kept_share: int = 9_000
    repeats: int = 1
    signs_needed: int = 4
    month_ends_to_leave: int = 2
    risk_share: int = 7_000
    risk_activity_share: int = 5_000
    risk_salary_months: int = 2
    risk_csat: int = 2


@dataclass(frozen=True, slots=True)
class RiskRules:
    """From which limit on a sign earns how many points, and from how many points on the band begins.

    Days of the longest delay in 24 months, shares in 1/10,000; a sign of no points counts for nothing. The reserve
    signs are below their share.
    """

    late_days: int = 1
    late_points: int = 1
    overdue_days: int = 31
    overdue_points: int = 2
    long_overdue_days: int = 61
    long_overdue_points: int = 3
    default_days: int = 91
    default_points: int = 4
    burden_share: int = 3_000
    burden_points: int = 1
    heavy_burden_share: int = 5_000
    heavy_burden_points: int = 2
    crushing_burden_share: int = 8_000
    crushing_burden_points: int = 3
    rating_c_points: int = 1
    rating_d_points: int = 2
    rating_e_points: int = 4
    thin_reserve_share: int = 3_000
    thin_reserve_points: int = 1
    bare_reserve_share: int = 500
    bare_reserve_points: int = 2
    medium_points: int = 2
    high_points: int = 4


@dataclass(frozen=True, slots=True)
class SegmentRules:
    """The rules of all dimensions that one night goes by."""

    version: str = "v1"
    asset: AssetRules = AssetRules()
    age: AgeRules = AgeRules()
    occupation: OccupationRules = OccupationRules()
    need: NeedRules = NeedRules()
    loyalty: LoyaltyRules = LoyaltyRules()
    risk: RiskRules = RiskRules()


DEFAULT_RULES = SegmentRules()


def validate(rules: SegmentRules) -> list[str]:
    """Every problem as a sentence in the reader's language; an empty list means the version may go to approval."""
    return [*_problems(rules)]


def to_json(rules: SegmentRules) -> dict[str, Any]:
    """Whole numbers and words only."""
    return asdict(rules) | {"occupation": {"groups": dict(rules.occupation.groups)}}


def from_json(data: Mapping[str, Any]) -> SegmentRules:
    """The version a JSON object describes. Raises ValueError, in the reader's language, when it is not one."""
    try:
        strange = set(data) - {entry.name for entry in fields(SegmentRules)}
        if strange:
            raise ValueError(", ".join(sorted(strange)))
        return SegmentRules(
            version=str(data["version"]),
            asset=AssetRules(**_wholes(data["asset"])),
            age=AgeRules(**_wholes(data["age"])),
            occupation=OccupationRules.of(dict(data["occupation"]["groups"])),
            need=NeedRules(**_wholes(data["need"])),
            loyalty=LoyaltyRules(**_wholes(data["loyalty"])),
            risk=RiskRules(**_wholes(data["risk"])),
        )
    except (KeyError, TypeError, ValueError, AttributeError) as problem:
        message = _("These are not classification rules: look at %(part)s, and compare with the version in use.")
        raise ValueError(message % {"part": problem}) from problem


def content_hash(rules: SegmentRules) -> str:
    """64 hexadecimal digits that change with any limit, and not with the version's name."""
    text = json.dumps(to_json(rules) | {"version": ""}, sort_keys=True, separators=(",", ":"))
    return hashlib.sha256(text.encode("ascii")).hexdigest()


def _problems(rules: SegmentRules) -> Iterator[str]:
    yield from asset_problems(rules.asset)
    yield from age_problems(rules.age)
    yield from occupation_problems(rules.occupation)
    yield from limit_problems(rules.need)
    yield from limit_problems(rules.loyalty)
    yield from risk_problems(rules.risk)


def asset_problems(rules: AssetRules) -> Iterator[str]:
    """The limits must rise, so that classes neither overlap nor leave a gap."""
    if not 0 < rules.gold_fen < rules.mid_fen < rules.high_fen:
        yield _("The asset limits must rise from gold over mid to high.")
    yield from limit_problems(rules)


def age_problems(rules: AgeRules) -> Iterator[str]:
    """The bands must rise, at ages at which the record is looked at again."""
    if not 0 < rules.young < rules.middle < rules.senior < rules.oldest:
        yield _("The age limits must rise from young over middle-aged to elderly.")
    strange = {rules.young, rules.middle, rules.senior, rules.suitability} - set(AGE_STEPS)
    if strange:
        text = _("Nobody is looked at again at the age of %(strange)s; limits may stand at %(steps)s.")
        spelled = {"strange": _spelled(sorted(strange)), "steps": _spelled(AGE_STEPS[1:])}
        yield text % spelled
    yield from limit_problems(rules)


def occupation_problems(rules: OccupationRules) -> Iterator[str]:
    """Every code that says something stands in a group."""
    groups = dict(rules.groups)
    for code in Occupation.values:
        if code != Occupation.REFUSED and code not in groups:
            yield _("The occupation %(code)s stands in no group.") % {"code": code}
    for code, group in groups.items():
        if code not in Occupation.values:
            yield _("There is no occupation %(code)s.") % {"code": code}
        if group not in OccupationGroup.values:
            yield _("There is no group %(group)s.") % {"group": group}


def risk_problems(rules: RiskRules) -> Iterator[str]:
    """Limits rise, and a worse sign never earns less; points alone may be nothing."""
    days = (rules.late_days, rules.overdue_days, rules.long_overdue_days, rules.default_days)
    burdens = (rules.burden_share, rules.heavy_burden_share, rules.crushing_burden_share)
    reserves = (rules.bare_reserve_share, rules.thin_reserve_share)
    if not (_rising(days) and _rising(burdens) and _rising(reserves)):
        yield _("The limits of delay, burden and reserve must rise.")
    earned = (
        (rules.late_points, rules.overdue_points, rules.long_overdue_points, rules.default_points),
        (rules.burden_points, rules.heavy_burden_points, rules.crushing_burden_points),
        (rules.rating_c_points, rules.rating_d_points, rules.rating_e_points),
        (rules.thin_reserve_points, rules.bare_reserve_points),
    )
    if any(list(points) != sorted(points) or points[0] < 0 for points in earned):
        yield _("A worse sign must not earn fewer points, and none earns less than nothing.")
    if not rules.medium_points < rules.high_points <= sum(points[-1] for points in earned):
        yield _("High risk must begin above medium risk, at points that can be reached.")
    if rules.thin_reserve_share > WHOLE:
        yield _("A reserve of more than what is owed is not thin.")
    yield from limit_problems(rules, but="_points")
    if rules.medium_points < 1:
        yield _("%(name)s must be at least 1.") % {"name": "medium_points"}


def _rising(limits: tuple[int, ...]) -> bool:
    return all(low < high for low, high in pairwise(limits))


def limit_problems(part: AssetRules | AgeRules | NeedRules | LoyaltyRules | RiskRules, but: str = "-") -> Iterator[str]:
    """No limit is nothing or less; ``but`` ends the names of those that may be."""
    for entry in fields(part):
        if getattr(part, entry.name) < 1 and not entry.name.endswith(but):
            yield _("%(name)s must be at least 1.") % {"name": entry.name}


def _spelled(numbers: Iterable[int]) -> str:
    return ", ".join(map(str, numbers))


def _wholes(part: Mapping[str, Any]) -> dict[str, int]:
    for name, value in part.items():
        if isinstance(value, bool) or not isinstance(value, int):
            raise ValueError(name)
    return dict(part)
