"""What the builder of a segment sends and shows: boxes of rows, without a script.

Box 0 holds the conditions of the outer group, every other box a group within it. Names of controls end in ``box.row``;
adding and taking away are submit buttons whose value says where. Rules nested deeper than that are shown as text.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from django.http import QueryDict
from django.utils.translation import gettext as _

from analytics.audience_rules import (
    KNOWING,
    MOST_CONDITIONS,
    Book,
    Condition,
    Field,
    Group,
    How,
    Kind,
    condition,
    depth,
    parse,
    plain,
)
from analytics.audience_words import HOW_LABELS, OP_LABELS
from crm_site.errors import RuleBroken, Text

MOST_BOXES = 12
RANGE = "range"
_RANGED = frozenset({Kind.SCORE, Kind.MONEY, Kind.DAYS, Kind.DATE})


@dataclass(slots=True)
class Row:
    """One condition as it stands in the form, right or wrong. ``fresh`` was added just now."""

    id: str
    asks: Field
    op: str = ""
    values: list[str] = field(default_factory=list)
    low: str = ""
    high: str = ""
    days: str = ""
    error: str = ""
    fresh: bool = False

    @property
    def control(self) -> str:
        """Which controls the row has."""
        return self.asks.kind.value

    @property
    def ops(self) -> list[tuple[str, Text]]:
        """Ways to compare: bounds are one way, told by which of them are filled in."""
        if self.asks.kind not in _RANGED:
            return [(op, OP_LABELS[op]) for op in self.asks.ops]
        counted = ("last_days", "older_days") if self.asks.kind == Kind.DATE else ()
        rest = [(op, OP_LABELS[op]) for op in (*counted, *KNOWING) if op in self.asks.ops]
        return [(RANGE, _("lies between")), *rest]

    @property
    def number(self) -> str:
        """Its number within the box."""
        return self.id.partition(".")[2]

    @property
    def unit(self) -> Text:
        """What a bound is counted in."""
        return {Kind.SCORE: _("points"), Kind.MONEY: _("yuan"), Kind.DAYS: _("days")}.get(self.asks.kind, "")

    @property
    def text(self) -> str:
        """Typed codes in one line."""
        return " ".join(self.values)

    @property
    def purpose(self) -> str:
        """Of a consent, the purpose chosen."""
        return self.values[0] if self.values else ""

    @property
    def channel(self) -> str:
        """Of a consent, the channel chosen."""
        return self.values[1] if len(self.values) > 1 else ""

    def said(self) -> dict[str, Any]:
        """The condition as JSON, not checked."""
        op, low, high = self.op, self.low.strip(), self.high.strip()
        if op == RANGE:
            dated = self.asks.kind == Kind.DATE
            first, second = ("from", "before") if dated else ("at_least", "below")
            op = "between" if low and high else second if high else first
        elif op in ("last_days", "older_days"):
            low, high = self.days.strip(), ""
        found: dict[str, Any] = {"field": self.asks.code, "op": op, "values": self.values}
        return found | {"low": low, "high": high}


@dataclass(slots=True)
class Box:
    """A group."""

    id: str
    how: How = How.ALL
    rows: list[Row] = field(default_factory=list)


@dataclass(slots=True)
class Builder:
    """The whole form. ``written`` is the text of rules that are edited as JSON, None in the form of boxes."""

    book: Book
    boxes: list[Box]
    written: str | None = None
    errors: list[tuple[str, str]] = field(default_factory=list)
    """(id of the control, words) of what the last check found."""

    @property
    def hows(self) -> list[tuple[str, Text]]:
        """How a group joins its parts."""
        return [(how.value, label) for how, label in HOW_LABELS.items()]

    @property
    def chapters(self) -> list[tuple[str, list[Field]]]:
        """What can be added, by chapter."""
        found: dict[str, list[Field]] = {}
        for one in self.book.values():
            if one.options or one.kind != Kind.CHOICE:  # a bank without branches is not asked for one
                found.setdefault(str(one.chapter), []).append(one)
        return list(found.items())

    def act(self, act: str) -> None:
        """Do what a button says: "add.BOX", "drop.BOX.ROW", "group", "ungroup.BOX". Anything else changes nothing."""
        verb, _dot, where = act.partition(".")
        if verb == "group" and len(self.boxes) < MOST_BOXES:
            self.boxes.append(Box(_next(box.id for box in self.boxes), How.ANY))
        elif verb == "ungroup":
            self.boxes = [box for box in self.boxes if box.id != where or box.id == "0"]
        elif verb == "drop":
            for box in self.boxes:
                box.rows = [row for row in box.rows if row.id != where]

    def add(self, box_id: str, code: str) -> None:
        """A row about this field at the end of a box."""
        known = self.book.get(code)
        for box in self.boxes:
            if box.id == box_id and known is not None and self._count() < MOST_CONDITIONS:
                for row in self.rows():
                    row.fresh = False
                number = _next(row.id.partition(".")[2] for row in box.rows)
                first = RANGE if known.kind in _RANGED else known.ops[0]
                box.rows.append(Row(f"{box.id}.{number}", known, first, fresh=True))

    def rows(self) -> Iterator[Row]:
        """Every row."""
        for box in self.boxes:
            yield from box.rows

    def _count(self) -> int:
        return sum(1 for _row in self.rows())

    def check(self) -> Group | None:
        """The rules, or None with ``errors`` and the words at each row that has to be mended."""
        self.errors = []
        if self.written is not None:
            return self._whole(self._read())
        for row in self.rows():
            row.error = _flaw(row, self.book)
            self.errors += [(f"op-{row.id}", row.error)] if row.error else []
        return None if self.errors else self._whole(self._said())

    def _whole(self, data: object) -> Group | None:
        if self.errors:
            return None
        try:
            return parse(data, self.book)
        except RuleBroken as broken:
            self.errors = [("rules-text" if self.written is not None else "new-0", str(broken))]
            return None

    def _said(self) -> dict[str, Any]:
        outer, *inner = self.boxes
        groups = [{"how": box.how.value, "parts": [row.said() for row in box.rows]} for box in inner if box.rows]
        return {"how": outer.how.value, "parts": [*(row.said() for row in outer.rows), *groups]}

    def _read(self) -> object:
        try:
            return json.loads(self.written or "")
        except ValueError as wrong:
            text = _("This is not JSON: %(what)s.") % {"what": str(wrong)}
            self.errors = [("rules-text", text)]
            return None


def _flaw(row: Row, book: Book) -> str:
    try:
        condition(row.said(), book)
    except RuleBroken as broken:
        return str(broken)
    return ""


def _next(ids: Iterator[str]) -> str:
    return str(max((int(one) for one in ids), default=-1) + 1)


def blank(book: Book) -> Builder:
    """Nothing asked yet."""
    return Builder(book, [Box("0")])


def shown(group: Group, book: Book) -> Builder:
    """The form of these rules."""
    if depth(group) > 2:
        return Builder(book, [Box("0")], json.dumps(plain(group), ensure_ascii=False, indent=2))
    builder = Builder(book, [Box("0", group.how)])
    for part in group.parts:
        if isinstance(part, Condition):
            _put(builder.boxes[0], part, book)
        else:
            inner = Box(str(len(builder.boxes)), part.how)
            builder.boxes.append(inner)
            for one in part.parts:
                if isinstance(one, Condition):
                    _put(inner, one, book)
    return builder


def _put(box: Box, one: Condition, book: Book) -> None:
    known = book[one.field]
    op = RANGE if known.kind in _RANGED and one.op not in ("last_days", "older_days", *KNOWING) else one.op
    days = one.low if op in ("last_days", "older_days") else ""
    row = Row(f"{box.id}.{len(box.rows)}", known, op, list(one.values), "" if days else one.low, one.high, days)
    box.rows.append(row)


def sent(post: QueryDict, book: Book) -> Builder:
    """The form as it was sent, nothing lost; what no form of ours would send is left out."""
    if "rules_json" in post:
        return Builder(book, [Box("0")], post.get("rules_json", "")[:20_000])
    boxes = [Box(one, _how(post, one)) for one in dict.fromkeys(post.getlist("box")[:MOST_BOXES]) if _plain(one)]
    if not boxes or boxes[0].id != "0":
        boxes = [Box("0", _how(post, "0")), *(box for box in boxes if box.id != "0")]
    for box in boxes:
        for number in dict.fromkeys(post.getlist(f"row.{box.id}")[:MOST_CONDITIONS]):
            known = book.get(post.get(f"field.{box.id}.{number}", ""))
            if known is not None and _plain(number):
                box.rows.append(_row(post, f"{box.id}.{number}", known))
    return Builder(book, boxes)


def _plain(number: str) -> bool:
    return number.isascii() and number.isdigit() and len(number) < 4


def _how(post: QueryDict, box: str) -> How:
    said = post.get(f"how.{box}", "")
    return How(said) if said in set(How) else How.ALL


def _row(post: QueryDict, at: str, known: Field) -> Row:
    values = post.getlist(f"value.{at}")
    if known.kind == Kind.CODES:
        values = " ".join(values).replace(",", " ").replace("，", " ").replace("、", " ").split()
    op, low, high, days = (post.get(f"{name}.{at}", "")[:40] for name in ("op", "low", "high", "days"))
    row = Row(at, known, op, values, low, high, days)
    if known.kind == Kind.RECENT:
        row.low = row.days or row.low
    return row
