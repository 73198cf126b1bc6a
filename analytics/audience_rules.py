"""The rules of a saved segment: a tree of groups over conditions, read from JSON, checked and written back (pure).

``{"how": "all", "parts": [{"field": "grade", "op": "in", "values": ["A", "B"]}, {"how": "none", "parts": […]}]}``

What may be asked is a ``Book`` of fields. Of a customer a condition is true, false, or not known; a group joins these
as Kleene did, and only those of whom the whole is true are in the segment (docs/decisions/0042).
"""

from __future__ import annotations

import datetime
import hashlib
import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from decimal import Decimal, InvalidOperation
from enum import StrEnum
from typing import Any, TypeAlias

from django.utils.translation import gettext_lazy as _

from crm_site.errors import RuleBroken, Text

DEEPEST = 5  # groups within groups
MOST_CONDITIONS = 40
MOST_VALUES = 60
LONGEST_DAYS = 3650
MONEY_STEP = 10_000  # yuan: bounds are coarse, so that counting does not tell what one customer holds
MOST_MONEY = 10**12
EARLIEST = datetime.date(1900, 1, 1)


class How(StrEnum):
    """How a group joins its parts."""

    ALL = "all"
    ANY = "any"
    NONE = "none"


class Kind(StrEnum):
    """What a field's conditions look like."""

    CHOICE = "choice"  # one of several codes
    MANY = "many"  # several codes at once
    CODES = "codes"  # the beginnings of a code that is typed
    SCORE = "score"  # 0–100, one decimal
    MONEY = "money"  # yuan
    DAYS = "days"  # days gone by
    DATE = "date"
    YES = "yes"
    RECENT = "recent"  # whether something happened within so many days
    CONSENT = "consent"  # values: purpose, channel


_RANGE = ("at_least", "below", "between")
OPS: Mapping[Kind, tuple[str, ...]] = {
    Kind.CHOICE: ("in", "not_in"),
    Kind.MANY: ("any", "every", "none"),
    Kind.CODES: ("in", "not_in"),
    Kind.SCORE: _RANGE,
    Kind.MONEY: _RANGE,
    Kind.DAYS: _RANGE,
    Kind.DATE: ("from", "before", "between", "last_days", "older_days"),
    Kind.YES: ("yes", "no"),
    Kind.RECENT: ("yes", "no"),
    Kind.CONSENT: ("given", "missing"),
}
KNOWING = ("known", "unknown")
NEGATIVE = frozenset({"not_in", "none", "no", "missing"})
_LISTS = frozenset({Kind.CHOICE, Kind.MANY, Kind.CODES, Kind.CONSENT})
_TWO = frozenset({"between"})
_DAY_COUNTS = frozenset({"last_days", "older_days"})


@dataclass(frozen=True, slots=True)
class Field:
    """Something a condition may ask. ``maybe`` says that it may not be known of a customer. ``options`` are codes with
    their words; of CONSENT the purposes, with the channels in ``second``. ``said`` has its own words for some ops."""

    code: str
    label: Text
    kind: Kind
    options: Mapping[str, Text] = field(default_factory=dict)
    second: Mapping[str, Text] = field(default_factory=dict)
    maybe: bool = True
    said: Mapping[str, Text] = field(default_factory=dict)
    chapter: Text = ""

    @property
    def ops(self) -> tuple[str, ...]:
        """What may be asked of it."""
        knows = self.maybe and self.kind not in (Kind.MANY, Kind.YES, Kind.RECENT, Kind.CONSENT)
        return OPS[self.kind] + (KNOWING if knows else ())


Book: TypeAlias = Mapping[str, Field]


@dataclass(frozen=True, slots=True)
class Condition:
    """One question. Bounds are half open: at least ``low``, below ``high``; texts in the canonical form."""

    field: str
    op: str
    values: tuple[str, ...] = ()
    low: str = ""
    high: str = ""


@dataclass(frozen=True, slots=True)
class Group:
    """Parts joined."""

    how: How
    parts: tuple[Part, ...]


Part: TypeAlias = Condition | Group


def parse(data: object, book: Book) -> Group:
    """The tree these rules are. Raises RuleBroken, its words saying what to mend, for anything that cannot be asked."""
    root = _part(data, book, 1)
    if not isinstance(root, Group):
        raise _broken(_("The rules begin with a group: all, any or none of its parts."))
    if sum(1 for _one in conditions(root)) > MOST_CONDITIONS:
        raise _broken(_("A segment has at most %(most)s conditions.") % {"most": MOST_CONDITIONS})
    return root


def _part(data: object, book: Book, depth: int) -> Part:
    if not isinstance(data, Mapping):
        raise _broken(_("Every part of the rules is a condition or a group."))
    if "how" not in data:
        return condition(data, book)
    if depth > DEEPEST:
        raise _broken(_("Groups may stand within groups %(deepest)s deep, no deeper.") % {"deepest": DEEPEST})
    parts = data.get("parts")
    if str(data["how"]) not in set(How) or set(data) - {"how", "parts"}:
        raise _broken(_("A group is all, any or none of its parts."))
    if not isinstance(parts, list) or not parts:
        raise _broken(_("A group needs at least one condition."))
    if len(parts) > MOST_CONDITIONS:
        raise _broken(_("A segment has at most %(most)s conditions.") % {"most": MOST_CONDITIONS})
    return Group(How(str(data["how"])), tuple(_part(one, book, depth + 1) for one in parts))


def condition(data: Mapping[str, Any], book: Book) -> Condition:
    """One condition, checked and in its canonical form."""
    known = book.get(str(data.get("field", "")))
    if known is None or set(data) - {"field", "op", "values", "low", "high"}:
        raise _broken(_("This cannot be asked of customers: %(field)s.") % {"field": str(data.get("field", ""))[:40]})
    op = str(data.get("op", ""))
    if op not in known.ops:
        raise _broken(_("%(field)s: choose how to compare.") % {"field": known.label})
    if op in KNOWING or known.kind == Kind.YES:
        return Condition(known.code, op)
    if known.kind in _LISTS:
        return Condition(known.code, op, _values(known, data.get("values")))
    low, high = _bounds(known, op, str(data.get("low", "")), str(data.get("high", "")))
    return Condition(known.code, op, (), low, high)


def _values(known: Field, given: object) -> tuple[str, ...]:
    values = [str(one).strip() for one in given if str(one).strip()] if isinstance(given, list | tuple) else []
    if not values:
        raise _broken(_("%(field)s: choose at least one value.") % {"field": known.label})
    if len(values) > MOST_VALUES:
        raise _broken(_("%(field)s: at most %(most)s values.") % {"field": known.label, "most": MOST_VALUES})
    if known.kind == Kind.CODES:
        return _codes(known, values)
    if known.kind == Kind.CONSENT:
        if len(values) != 2 or values[0] not in known.options or values[1] not in known.second:
            raise _broken(_("%(field)s: choose a purpose and a channel.") % {"field": known.label})
        return tuple(values)
    if foreign := sorted(set(values) - set(known.options)):
        text = _("%(field)s: there is no value “%(value)s”.")
        raise _broken(text % {"field": known.label, "value": foreign[0][:40]})
    return tuple(code for code in known.options if code in values)


def _codes(known: Field, values: list[str]) -> tuple[str, ...]:
    for value in values:
        if not re.fullmatch(r"\d{2}(\d{2}){0,2}", value, re.ASCII):
            text = _("%(field)s: enter 2, 4 or 6 digits, for example 31 or 310104; not “%(value)s”.")
            raise _broken(text % {"field": known.label, "value": value[:20]})
    return tuple(sorted({re.sub(r"(?<=..)(00){1,2}$", "", value) for value in values}))


def _bounds(known: Field, op: str, low: str, high: str) -> tuple[str, str]:
    first = _bound(known, op, low if op != "below" and op != "before" else high or low)
    if op in ("below", "before"):
        return "", _text(first)
    if op not in _TWO:
        return _text(first), ""
    second = _bound(known, op, high)
    if not first < second:
        raise _broken(_("%(field)s: the first bound must lie below the second.") % {"field": known.label})
    return _text(first), _text(second)


def _text(bound: Any) -> str:
    return bound.isoformat() if isinstance(bound, datetime.date) else f"{bound:f}" if bound else "0"


def _bound(known: Field, op: str, text: str) -> Any:
    """A comparable value; Decimal or date."""
    said = text.strip().replace(",", "").replace("，", "")
    if known.kind == Kind.DATE and op not in _DAY_COUNTS:
        return _day(known, said)
    try:
        number = Decimal(said)
    except InvalidOperation:
        number = Decimal("NaN")
    counted = Kind.DAYS if known.kind in (Kind.DATE, Kind.RECENT) else known.kind
    step, most = _STEPS[counted]
    least = 1 if known.kind == Kind.RECENT or op in _DAY_COUNTS else 0
    if not number.is_finite() or not least <= number <= most or number % step:
        words = {"field": known.label, "least": least, "most": f"{most:,f}", "step": f"{step:,f}"}
        raise _broken(_FLAWS[counted] % words)
    return number.quantize(step) if step < 1 else number.quantize(Decimal(1))


_FLAWS: Mapping[Kind, Text] = {
    Kind.SCORE: _("%(field)s: enter points from 0 to 100, with one decimal at most."),
    Kind.MONEY: _("%(field)s: enter yuan in steps of %(step)s, for example 500,000."),
    Kind.DAYS: _("%(field)s: enter whole days from %(least)s to %(most)s."),
}
_STEPS: Mapping[Kind, tuple[Decimal, Decimal]] = {
    Kind.SCORE: (Decimal("0.1"), Decimal(100)),
    Kind.MONEY: (Decimal(MONEY_STEP), Decimal(MOST_MONEY)),
    Kind.DAYS: (Decimal(1), Decimal(LONGEST_DAYS)),
}


def _day(known: Field, text: str) -> datetime.date:
    try:
        day = datetime.date.fromisoformat(text)
    except ValueError:
        day = datetime.date.min
    if day < EARLIEST:
        raise _broken(_("%(field)s: enter a date as YYYY-MM-DD, for example 2025-10-14.") % {"field": known.label})
    return day


def read(data: Mapping[str, Any]) -> Group:
    """The tree of rules that were checked when they were stored: a code that is gone by now is still what was asked."""
    return Group(How(data["how"]), tuple(_stored(one) for one in data["parts"]))


def _stored(data: Mapping[str, Any]) -> Part:
    if "how" in data:
        return read(data)
    bounds = str(data.get("low", "")), str(data.get("high", ""))
    return Condition(data["field"], data["op"], tuple(data.get("values", ())), *bounds)


def conditions(part: Part) -> Iterator[Condition]:
    """Every condition of a tree, in its order."""
    if isinstance(part, Condition):
        yield part
    else:
        for one in part.parts:
            yield from conditions(one)


def depth(part: Part) -> int:
    """How many groups stand within one another."""
    return 1 + max(depth(one) for one in part.parts) if isinstance(part, Group) else 0


def plain(part: Part) -> dict[str, Any]:
    """The tree as JSON, the same for the same rules."""
    if isinstance(part, Group):
        return {"how": part.how.value, "parts": [plain(one) for one in part.parts]}
    found: dict[str, Any] = {"field": part.field, "op": part.op}
    found |= {"values": list(part.values)} if part.values else {}
    return found | {name: value for name, value in (("low", part.low), ("high", part.high)) if value}


def content_hash(part: Part) -> str:
    """SHA-256 of the canonical JSON."""
    text = json.dumps(plain(part), ensure_ascii=False, sort_keys=True, separators=(",", ":"))
    return hashlib.sha256(text.encode()).hexdigest()


def negated(part: Part, *, under: bool = False) -> Iterator[str]:
    """Codes of the fields that a "not" is said about: by the condition itself or by the group around it."""
    if isinstance(part, Condition):
        if part.op not in KNOWING and (part.op in NEGATIVE) != under:
            yield part.field
        return
    turned = under != (part.how == How.NONE)
    for one in part.parts:
        yield from negated(one, under=turned)


def _broken(text: Text) -> RuleBroken:
    return RuleBroken("segment.rules", text, field="rules")
