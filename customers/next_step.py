"""What to do with this customer first, why, and whether anything may be offered (ux 6(2); domain R2.22; pure).

A suggestion is a rule that fired, in the order of this file; it says which facts it stands on. Nothing is offered while
a severe complaint is open, shortly after a bad mark, or without consent. What was answered to a suggestion lets it rest
until a day, or until those facts change; then the next one stands in its place.
"""

from __future__ import annotations

import datetime
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from typing import Literal

from django.utils.translation import gettext_lazy as _

from crm_site.errors import Text

SEVERE = 3
BAD_MARK = 25  # rating points: two of five stars
COOL_DOWN = datetime.timedelta(days=30)
MATURES_WITHIN = datetime.timedelta(days=30)
DOCUMENT_WITHIN = datetime.timedelta(days=30)
THIN_RECORD = 60  # completeness below which something that matters is missing
LONGEST_GROUNDS = 120

Act = Literal["log", "promise", "complaint", "edit", "consent", ""]
TITLES: dict[str, Text] = {
    "complaint": _("Say where the complaint stands before anything else"),
    "overdue": _("Keep what was promised"),
    "today": _("Keep what was promised"),
    "document": _("Ask for the new identity document"),
    "offer": _("Ask what should become of what matures"),
    "need": _("Come back to what the customer wants"),
    "record": _("Ask for what the record lacks"),
}
"""What each step says, by its code."""


@dataclass(frozen=True, slots=True)
class Promise:
    """An open promise. ``about`` is the number of the complaint it belongs to, ``level`` how grave that is."""

    title: str
    due_on: datetime.date
    due_at: datetime.datetime
    about: str = ""
    level: int = 0
    ref: str = ""


@dataclass(frozen=True, slots=True)
class Maturity:
    """Something the customer holds that ends."""

    product: str
    on: datetime.date


@dataclass(frozen=True, slots=True)
class Want:
    """An open need: its product family in words, and the row it stands in."""

    family: str
    ref: str = ""


@dataclass(frozen=True, slots=True)
class Answered:
    """A step that rests, on these grounds, until that day."""

    step: str
    grounds: str
    until: datetime.date


@dataclass(frozen=True, slots=True)
class Facts:
    """What the rules look at. ``may_offer`` is marketing consent on any channel."""

    now: datetime.datetime
    today: datetime.date
    promises: tuple[Promise, ...] = ()
    maturities: tuple[Maturity, ...] = ()
    needs: tuple[Want, ...] = ()
    may_offer: bool = False
    no_proactive_contact: bool = False
    last_mark: int | None = None
    last_mark_at: datetime.datetime | None = None
    document_until: datetime.date | None = None
    completeness: int = 100
    answered: tuple[Answered, ...] = ()


@dataclass(frozen=True, slots=True)
class Why:
    """One reason: a sentence with places, and what fills them (dates are said in the reader's words by the page)."""

    text: Text
    values: dict[str, object] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Suggestion:
    """What to do first. ``held`` says why nothing is offered; empty when offers may be made or there are none.

    ``step`` and ``grounds`` name it in no language: the rule, and the facts that made it fire.
    """

    title: Text
    why: tuple[Why, ...]
    act: Act = ""
    about: str = ""
    held: Why | None = None
    step: str = ""
    grounds: str = ""
    promise: str = ""


def held(facts: Facts) -> Why | None:
    """Why nothing may be offered now, or None."""
    if any(promise.about and promise.level >= SEVERE for promise in facts.promises):
        return Why(_("Offers are held while a severe complaint is open."))
    if any(promise.about for promise in facts.promises):
        return Why(_("Offers are held while a complaint is open."))
    if facts.last_mark is not None and facts.last_mark_at is not None and facts.last_mark <= BAD_MARK:
        if facts.now - facts.last_mark_at < COOL_DOWN:
            return Why(_("Offers are held for 30 days after a bad mark."))
    if facts.no_proactive_contact:
        return Why(_("The customer asked not to be contacted unless about a matter of theirs."))
    if not facts.may_offer:
        return Why(_("There is no consent to marketing."))
    return None


def suggest(facts: Facts) -> Suggestion:
    """The first rule that fires and does not rest."""
    barrier = held(facts)
    resting = {(one.step, one.grounds) for one in facts.answered if facts.today < one.until}
    rested = False
    for rule in RULES:
        for found in rule(facts, barrier):
            if (found.step, found.grounds) not in resting:
                return found
            rested = True
    return _calm(facts, barrier, rested=rested)


def _calm(facts: Facts, barrier: Why | None, *, rested: bool) -> Suggestion:
    """Nothing presses; what waits is said all the same, and why it is not offered."""
    if rested:
        return Suggestion(_("Nothing presses"), (Why(_("What there is has been answered or put off.")),))
    why = []
    if facts.promises:
        first = min(facts.promises, key=lambda promise: promise.due_at)
        why.append(Why(_PROMISED, {"title": first.title, "day": first.due_on}))
    if facts.needs:
        why.append(Why(_("Open need: %(need)s."), {"need": facts.needs[0].family}))
    reasons = tuple(why) or (Why(_("No open promise, complaint or need.")),)
    return Suggestion(_("Nothing presses"), reasons, held=barrier if facts.needs else None)


def _found(step: str, why: Why, act: Act, *grounds: object, about: str = "", promise: str = "") -> Suggestion:
    said = " ".join(str(ground) for ground in grounds if ground != "")[:LONGEST_GROUNDS].strip()
    return Suggestion(TITLES[step], (why,), act, about, None, step, said, promise)


_LATE = _("“%(title)s” was promised by %(day)s and is late.")
_PROMISED = _("“%(title)s” is promised by %(day)s.")


def _complaints(facts: Facts, barrier: Why | None) -> Iterator[Suggestion]:
    """The gravest first, each once."""
    said: set[str] = set()
    for promise in sorted(facts.promises, key=lambda promise: (-promise.level, promise.due_at)):
        if not promise.about or promise.about in said:
            continue
        said.add(promise.about)
        late = promise.due_at <= facts.now
        why = Why(_LATE if late else _PROMISED, {"title": promise.title, "day": promise.due_on})
        grounds = (promise.about, promise.level, promise.ref, promise.due_on, "late" if late else "")
        found = _found("complaint", why, "log", *grounds, about=promise.about)
        yield replace(found, held=barrier)


def _overdue(facts: Facts, barrier: Why | None) -> Iterator[Suggestion]:
    for promise in _own(facts):
        if promise.due_at <= facts.now:
            why = Why(_LATE, {"title": promise.title, "day": promise.due_on})
            yield _found("overdue", why, "promise", promise.ref, promise.due_on, promise=promise.ref)


def _promised_today(facts: Facts, barrier: Why | None) -> Iterator[Suggestion]:
    for promise in _own(facts):
        if facts.now < promise.due_at and promise.due_on <= facts.today:
            why = Why(_PROMISED, {"title": promise.title, "day": promise.due_on})
            yield _found("today", why, "promise", promise.ref, promise.due_on, promise=promise.ref)


def _own(facts: Facts) -> list[Promise]:
    """Promises that stand for themselves, the earliest first; those of a complaint speak through it."""
    return sorted((one for one in facts.promises if not one.about), key=lambda promise: promise.due_at)


def _document(facts: Facts, barrier: Why | None) -> Iterator[Suggestion]:
    until = facts.document_until
    if until is None or until > facts.today + DOCUMENT_WITHIN:
        return
    ended = until < facts.today
    text = _("It ended on %(day)s.") if ended else _("It is valid until %(day)s.")
    yield _found("document", Why(text, {"day": until}), "edit", until, "ended" if ended else "")


def _offer(facts: Facts, barrier: Why | None) -> Iterator[Suggestion]:
    near = [one for one in facts.maturities if facts.today <= one.on <= facts.today + MATURES_WITHIN]
    for one in sorted(near, key=lambda one: one.on) if barrier is None else ():
        why = Why(_("%(product)s matures on %(day)s."), {"product": one.product, "day": one.on})
        yield _found("offer", why, "log", one.on, one.product)


def _need(facts: Facts, barrier: Why | None) -> Iterator[Suggestion]:
    for want in facts.needs if barrier is None else ():
        yield _found("need", Why(_("Open need: %(need)s."), {"need": want.family}), "log", want.ref)


def _record(facts: Facts, barrier: Why | None) -> Iterator[Suggestion]:
    if facts.completeness < THIN_RECORD:
        why = Why(_("The record is %(n)s%% complete."), {"n": facts.completeness})
        yield _found("record", why, "edit", facts.completeness)


Rule = Callable[[Facts, Why | None], Iterator[Suggestion]]
RULES: tuple[Rule, ...] = (_complaints, _overdue, _promised_today, _document, _offer, _need, _record)
