"""What to do with this customer first, why, and whether anything may be offered (ux 6(2); domain R2.22; pure).

A suggestion is a rule that fired, in the order of this file; it says which facts it stands on. Nothing is offered while
a severe complaint is open, shortly after a bad mark, or without consent.
"""

from __future__ import annotations

import datetime
from dataclasses import dataclass, field
from typing import Literal

from django.utils.translation import gettext_lazy as _

from crm_site.errors import Text

SEVERE = 3
BAD_MARK = 25  # rating points: two of five stars
COOL_DOWN = datetime.timedelta(days=30)
MATURES_WITHIN = datetime.timedelta(days=30)
DOCUMENT_WITHIN = datetime.timedelta(days=30)
THIN_RECORD = 60  # completeness below which something that matters is missing

Act = Literal["log", "promise", "complaint", "edit", "consent", ""]


@dataclass(frozen=True, slots=True)
class Promise:
    """An open promise. ``about`` is the number of the complaint it belongs to, ``level`` how grave that is."""

    title: str
    due_on: datetime.date
    due_at: datetime.datetime
    about: str = ""
    level: int = 0


@dataclass(frozen=True, slots=True)
class Maturity:
    """Something the customer holds that ends."""

    product: str
    on: datetime.date


@dataclass(frozen=True, slots=True)
class Facts:
    """What the rules look at. ``may_offer`` is marketing consent on any channel."""

    now: datetime.datetime
    today: datetime.date
    promises: tuple[Promise, ...] = ()
    maturities: tuple[Maturity, ...] = ()
    needs: tuple[str, ...] = ()
    may_offer: bool = False
    no_proactive_contact: bool = False
    last_mark: int | None = None
    last_mark_at: datetime.datetime | None = None
    document_until: datetime.date | None = None
    completeness: int = 100


@dataclass(frozen=True, slots=True)
class Why:
    """One reason: a sentence with places, and what fills them (dates are said in the reader's words by the page)."""

    text: Text
    values: dict[str, object] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Suggestion:
    """What to do first. ``held`` says why nothing is offered; empty when offers may be made or there are none."""

    title: Text
    why: tuple[Why, ...]
    act: Act = ""
    about: str = ""
    held: Why | None = None


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
    """The first rule that fires."""
    barrier = held(facts)
    for rule in (_complaint, _overdue, _promised_today, _document, _offer, _need, _record):
        found = rule(facts, barrier)
        if found is not None:
            return found
    return _calm(facts, barrier)


def _calm(facts: Facts, barrier: Why | None) -> Suggestion:
    """Nothing presses; what waits is said all the same, and why it is not offered."""
    why = []
    if facts.promises:
        first = min(facts.promises, key=lambda promise: promise.due_at)
        values: dict[str, object] = {"title": first.title, "day": first.due_on}
        why.append(Why(_("“%(title)s” is promised by %(day)s."), values))
    if facts.needs:
        why.append(Why(_("Open need: %(need)s."), {"need": facts.needs[0]}))
    reasons = tuple(why) or (Why(_("No open promise, complaint or need.")),)
    return Suggestion(_("Nothing presses"), reasons, held=barrier if facts.needs else None)


def _complaint(facts: Facts, barrier: Why | None) -> Suggestion | None:
    open_ones = [promise for promise in facts.promises if promise.about]
    if not open_ones:
        return None
    gravest = min(open_ones, key=lambda promise: (-promise.level, promise.due_at))
    late = gravest.due_at <= facts.now
    because = (
        _("“%(title)s” was promised by %(day)s and is late.") if late else _("“%(title)s” is promised by %(day)s.")
    )
    return Suggestion(
        _("Say where the complaint stands before anything else"),
        (Why(because, {"title": gravest.title, "day": gravest.due_on}),),
        "log",
        gravest.about,
        barrier,
    )


def _overdue(facts: Facts, barrier: Why | None) -> Suggestion | None:
    late = [promise for promise in facts.promises if promise.due_at <= facts.now]
    if not late:
        return None
    first = min(late, key=lambda promise: promise.due_at)
    why = Why(_("“%(title)s” was promised by %(day)s and is late."), {"title": first.title, "day": first.due_on})
    return Suggestion(_("Keep what was promised"), (why,), "promise")


def _promised_today(facts: Facts, barrier: Why | None) -> Suggestion | None:
    due = [promise for promise in facts.promises if promise.due_on <= facts.today]
    if not due:
        return None
    first = min(due, key=lambda promise: promise.due_at)
    why = Why(_("“%(title)s” is promised by %(day)s."), {"title": first.title, "day": first.due_on})
    return Suggestion(_("Keep what was promised"), (why,), "promise")


def _document(facts: Facts, barrier: Why | None) -> Suggestion | None:
    until = facts.document_until
    if until is None or until > facts.today + DOCUMENT_WITHIN:
        return None
    text = _("It ended on %(day)s.") if until < facts.today else _("It is valid until %(day)s.")
    return Suggestion(_("Ask for the new identity document"), (Why(text, {"day": until}),), "edit")


def _offer(facts: Facts, barrier: Why | None) -> Suggestion | None:
    near = [one for one in facts.maturities if facts.today <= one.on <= facts.today + MATURES_WITHIN]
    if not near or barrier is not None:
        return None
    first = min(near, key=lambda one: one.on)
    why = Why(_("%(product)s matures on %(day)s."), {"product": first.product, "day": first.on})
    return Suggestion(_("Ask what should become of what matures"), (why,), "log")


def _need(facts: Facts, barrier: Why | None) -> Suggestion | None:
    if not facts.needs or barrier is not None:
        return None
    return Suggestion(
        _("Come back to what the customer wants"), (Why(_("Open need: %(need)s."), {"need": facts.needs[0]}),), "log"
    )


def _record(facts: Facts, barrier: Why | None) -> Suggestion | None:
    if facts.completeness >= THIN_RECORD:
        return None
    why = Why(_("The record is %(n)s%% complete."), {"n": facts.completeness})
    return Suggestion(_("Ask for what the record lacks"), (why,), "edit", held=None)
