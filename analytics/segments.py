"""Asset size, age and occupation, and how classes are written (handbook 3/1.1.13(1)–(3); domain E.1–E.3, E.6).

Rules are written once, for columns; one customer is a column of length one. Classes travel as places in their
enumeration (``AssetClass.values[place]`` is the stored code). What is missing becomes UNKNOWN, never a guess.
Need is in ``segment_needs``, loyalty in ``segment_loyalty``.
"""

from __future__ import annotations

import datetime
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from django.db.models import TextChoices

from analytics.fixedpoint import Bools, Ints
from analytics.segment_rules import AgeRules, AssetRules, OccupationRules
from crm_site.columns import Column
from customers.classes import AgeBand, AssetClass, Flag, LoyaltyClass, NeedType, Occupation, OccupationGroup


def places(choices: type[TextChoices], codes: Iterable[str]) -> Ints:
    """Places of stored codes in one of the five classes; an empty or foreign code is UNKNOWN."""
    book = {code: place for place, code in enumerate(choices.values)}
    found = list(codes)
    return np.fromiter((book.get(code, book["UNKNOWN"]) for code in found), dtype=np.int64, count=len(found))


def codes(choices: type[TextChoices], found: Ints) -> list[str]:
    """Stored codes of places in an enumeration."""
    return [choices.values[place] for place in found.tolist()]


def place(member: TextChoices) -> int:
    """The place of one class in its enumeration."""
    return type(member).values.index(member.value)


@dataclass(frozen=True, eq=False)
class AssetState:
    """What must be remembered from month to month: the class, the months below it, and the best class among those.

    ``best`` is UNKNOWN while nobody is being watched.
    """

    asset_class: Ints
    watch: Ints
    best: Ints

    @classmethod
    def first(cls, n: int) -> AssetState:
        """Nobody has been classified yet."""
        unknown = np.full(n, place(AssetClass.UNKNOWN), dtype=np.int64)
        return cls(unknown, np.zeros(n, dtype=np.int64), unknown.copy())


def asset_level(aum_fen: Ints, rules: AssetRules) -> Ints:
    """The class one month's average alone would give; lower limits inclusive."""
    limits = np.array([rules.mid_fen, rules.high_fen], dtype=np.int64)
    return place(AssetClass.ORDINARY) - np.searchsorted(limits, aum_fen, side="right").astype(np.int64)


def asset_classes(
    state: AssetState,
    aum_fen: Column,
    *,
    unseen: Bools,
    closed: Bools,
    new_month: Bools,
    rules: AssetRules,
    anew: bool = False,
) -> AssetState:
    """Next state of everybody (domain E.1).

    ``aum_fen``: the average of the last complete month, missing when there is no snapshot of it. ``unseen``: no
    snapshot in three months. ``closed``: every holding is closed. ``new_month``: this month's average has not been
    judged before; where false only a first class, a closing and a loss of sight take effect, so a second night of the
    month changes nothing. ``anew``: the rules have changed since everybody was judged, so everybody is judged by the
    new ones; whoever rises does so at once, whoever falls below is watched from this month on, which counts once.
    """
    level = asset_level(aum_fen.values, rules)
    unknown = place(AssetClass.UNKNOWN)
    first = aum_fen.known & (state.asset_class == unknown)
    judged = aum_fen.known & ~first & (new_month | anew)
    below = judged & (level > state.asset_class)
    watch = np.where(below, np.maximum(state.watch + new_month, 1), np.where(judged, 0, state.watch))
    best = np.where(below, np.minimum(state.best, level), np.where(judged, unknown, state.best))
    patience = np.array([rules.high_months, rules.mid_months, 0, 0], dtype=np.int64)[state.asset_class]
    fallen = below & (watch >= patience)
    found = np.where(fallen, best, np.where(first | (judged & ~below), level, state.asset_class))
    found = np.where(unseen, unknown, found)
    found = np.where(closed, place(AssetClass.ORDINARY), found)
    rest = first | fallen | closed | unseen
    return AssetState(found, np.where(rest, 0, watch), np.where(rest, unknown, best))


def gold(asset_class: Ints, aum_fen: Column, rules: AssetRules) -> Bools:
    """The sub-label inside ORDINARY."""
    return (asset_class == place(AssetClass.ORDINARY)) & aum_fen.known & (aum_fen.values >= rules.gold_fen)


def completed_years(born: datetime.date, on: datetime.date) -> int:
    """Age in completed years; a 29 February birthday completes on 1 March in other years. Negative before birth."""
    return on.year - born.year - ((on.month, on.day) < (born.month, born.day))


def ages(born: npt.NDArray[np.datetime64], on: datetime.date) -> Column:
    """Ages of many; NaT is missing."""
    missing = np.isnat(born)
    days = np.where(missing, np.datetime64("1970-01-01"), born).astype("datetime64[D]")
    months = days.astype("datetime64[M]")
    year = months.astype(np.int64) // 12 + 1970
    birthday = (months.astype(np.int64) % 12 + 1) * 100 + (days - months).astype(np.int64) + 1
    return Column(on.year - year - (on.month * 100 + on.day < birthday), missing)


def age_bands(age: Column, rules: AgeRules) -> Ints:
    """Bands of ages in completed years. An age below 0 or above the oldest is a faulty date, hence UNKNOWN.

    The lower bound of the age step somebody has reached (``customers.classes.AGE_STEPS``) does as well as the age.
    """
    limits = np.array([rules.young, rules.middle, rules.senior], dtype=np.int64)
    band = np.searchsorted(limits, age.values, side="right").astype(np.int64)
    doubtful = age.missing | (age.values < 0) | (age.values > rules.oldest)
    return np.where(doubtful, place(AgeBand.UNKNOWN), band)


def suitability_65(age: Column, rules: AgeRules) -> Bools:
    """Whom special care is owed when risky products are offered (domain E.2)."""
    return age.known & (age.values >= rules.suitability) & (age.values <= rules.oldest)


def occupation_groups(occupation: Column, rules: OccupationRules) -> Ints:
    """Groups of occupations (places in ``Occupation``); not known and declined to say are UNKNOWN."""
    named = dict(rules.groups)
    groups = places(OccupationGroup, (named.get(code, "") for code in Occupation.values))
    known = np.where(occupation.missing, 0, occupation.values)
    return np.where(occupation.missing, place(OccupationGroup.UNKNOWN), groups[known])


def flag_texts(flags: Mapping[Flag, Bools], n: int) -> tuple[Ints, tuple[str, ...]]:
    """Flags as stored, codes joined by commas, always in the order of ``Flag``: places in a book of such texts."""
    raised = [flag for flag in Flag if flag in flags]
    book = (
        ",".join(flag.value for bit, flag in enumerate(raised) if number >> bit & 1)
        for number in range(1 << len(raised))
    )
    up = sum((flags[flag].astype(np.int64) << bit for bit, flag in enumerate(raised)), np.zeros(n, dtype=np.int64))
    return up, tuple(book)


def segment_name(asset: AssetClass, age: AgeBand, need: NeedType, loyalty: LoyaltyClass) -> str:
    """The segment as the interface writes it, in the reader's language (domain E.6). Never shown to the customer."""
    return " · ".join(str(dimension.label) for dimension in (asset, age, need, loyalty))
