"""The rules of a saved segment said as one sentence, in the reader's language (pure)."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from analytics.audience_rules import Book, Condition, Field, Group, How, Kind, Part, negated
from crm_site.errors import Text
from crm_site.wording import date_words, money_words

_TEMPLATES: dict[str, Text] = {
    "in": gettext_lazy("%(field)s is %(values)s"),
    "not_in": gettext_lazy("%(field)s is not %(values)s"),
    "any": gettext_lazy("%(field)s has %(values)s"),
    "every": gettext_lazy("%(field)s has %(values)s"),
    "none": gettext_lazy("%(field)s has none of %(values)s"),
    "known": gettext_lazy("%(field)s is known"),
    "unknown": gettext_lazy("%(field)s is not known"),
    "at_least": gettext_lazy("%(field)s at least %(low)s"),
    "below": gettext_lazy("%(field)s below %(high)s"),
    "between": gettext_lazy("%(field)s at least %(low)s and below %(high)s"),
    "from": gettext_lazy("%(field)s from %(low)s on"),
    "before": gettext_lazy("%(field)s before %(high)s"),
    "last_days": gettext_lazy("%(field)s within the last %(low)s"),
    "older_days": gettext_lazy("%(field)s %(low)s ago or earlier"),
    "given": gettext_lazy("allows %(purpose)s by %(channel)s"),
    "missing": gettext_lazy("does not allow %(purpose)s by %(channel)s"),
}
_BETWEEN_DATES = gettext_lazy("%(field)s from %(low)s on and before %(high)s")
OP_LABELS: dict[str, Text] = {
    "in": gettext_lazy("is one of"),
    "not_in": gettext_lazy("is none of"),
    "any": gettext_lazy("has at least one of"),
    "every": gettext_lazy("has every one of"),
    "none": gettext_lazy("has none of"),
    "known": gettext_lazy("is known"),
    "unknown": gettext_lazy("is not known"),
    "at_least": gettext_lazy("at least"),
    "below": gettext_lazy("below"),
    "between": gettext_lazy("at least … and below …"),
    "from": gettext_lazy("on this day or later"),
    "before": gettext_lazy("before this day"),
    "last_days": gettext_lazy("within the last … days"),
    "older_days": gettext_lazy("… days ago or earlier"),
    "yes": gettext_lazy("yes"),
    "no": gettext_lazy("no"),
    "given": gettext_lazy("allowed"),
    "missing": gettext_lazy("not allowed"),
}
HOW_LABELS: dict[How, Text] = {
    How.ALL: gettext_lazy("all of these"),
    How.ANY: gettext_lazy("at least one of these"),
    How.NONE: gettext_lazy("none of these"),
}


def sentence(rules: Group, book: Book) -> str:
    """ "Customers with value grade A or B, and …" with what "not known" means, where a "not" is said."""
    said = _("Customers for whom this is true: %(rules)s.") % {"rules": group_words(rules, book)}
    fields = [book[code] for code in dict.fromkeys(negated(rules)) if code in book and book[code].maybe]
    return said + unknown_words([str(one.label) for one in fields]) if fields else said


def unknown_words(labels: Sequence[str]) -> str:
    """What happens to those of whom it is not known."""
    text = _(" Not known is not “no”: a customer whose %(fields)s is not known does not meet a “not” about it.")
    return text % {"fields": _(" or ").join(labels)}


def group_words(group: Group, book: Book) -> str:
    """The parts of a group, joined."""
    parts = [part_words(one, book) for one in group.parts]
    if group.how == How.NONE:
        return _("none of this: %(parts)s") % {"parts": _("; ").join(parts)}
    return (_(", and ") if group.how == How.ALL else _(", or ")).join(parts)


def part_words(part: Part, book: Book) -> str:
    """A condition, or a group in brackets."""
    if isinstance(part, Group):
        words = group_words(part, book)
        return words if len(part.parts) == 1 and part.how != How.NONE else _("(%(parts)s)") % {"parts": words}
    return condition_words(part, book)


def condition_words(condition: Condition, book: Book) -> str:
    """One condition; one about a field that is no longer asked names its code."""
    field = book.get(condition.field)
    if field is None:
        return condition.field
    template = field.said.get(condition.op) or _TEMPLATES[condition.op]
    if field.kind == Kind.DATE and condition.op == "between":
        template = _BETWEEN_DATES
    words = {"field": str(field.label), "low": _bound(condition, field, condition.low)}
    words |= {"high": _bound(condition, field, condition.high), "values": _values(condition, field)}
    if field.kind == Kind.CONSENT:
        purpose, channel = condition.values
        words |= {
            "purpose": str(field.options.get(purpose, purpose)),
            "channel": str(field.second.get(channel, channel)),
        }
    return str(template) % words


def _values(condition: Condition, field: Field) -> str:
    names = [str(field.options.get(code, code)) for code in condition.values]
    if len(names) < 2:
        return "".join(names)
    return (_(" and ") if condition.op == "every" else _(" or ")).join((_(", ").join(names[:-1]), names[-1]))


def _bound(condition: Condition, field: Field, text: str) -> str:
    if not text:
        return ""
    if field.kind == Kind.MONEY:
        return money_words(Decimal(text))
    if field.kind == Kind.DATE and condition.op not in ("last_days", "older_days"):
        return date_words(text, "long")
    if field.kind in (Kind.DATE, Kind.DAYS, Kind.RECENT):
        n = int(text)
        return ngettext("%(n)d day", "%(n)d days", n) % {"n": n}
    return text


def changes(before: Group, after: Group, book: Book) -> tuple[list[str], list[str]]:
    """(gone, new): what a version no longer says, and what it says that the one before did not, part by part."""
    old, new = ([part_words(part, book) for part in group.parts] for group in (before, after))
    if before.how != after.how:
        old.insert(0, str(HOW_LABELS[before.how]))
        new.insert(0, str(HOW_LABELS[after.how]))
    return [one for one in old if one not in new], [one for one in new if one not in old]
