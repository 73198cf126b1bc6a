"""A class set by hand: proposed by a senior, decided by a supervisor, ended early or lapsed by its date (R3.9)."""

from __future__ import annotations

import datetime
from typing import TYPE_CHECKING

from django.db import IntegrityError, transaction
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from crm_site import audit
from crm_site.errors import NotAllowed, RuleBroken
from crm_site.roles import Role
from customers.actions import comparing
from customers.classes import DIMENSIONS
from customers.forbidden import holds_secret
from customers.models import ClassOverride, Customer

if TYPE_CHECKING:
    from crm_site.models import User

State = ClassOverride.State


@transaction.atomic
def propose(
    *, by: User, customer: Customer, dimension: str, code: str, reason: str, expires_on: datetime.date
) -> ClassOverride:
    """Ask that a class be set by hand. Raises RuleBroken for a class that is none, a day too late or past, or while
    another stands for the same classification; NotAllowed for who is neither senior nor supervisor."""
    _require(by, Role.SENIOR, Role.SUPERVISOR)
    choices = DIMENSIONS.get(dimension)
    if choices is None or code not in choices.values or code == "UNKNOWN":
        raise RuleBroken("override.class", _("Choose a class of this classification."), field="code")
    today = timezone.localdate()
    if not today < expires_on <= furthest(today):
        text = _("Choose a last day after today and within twelve months.")
        raise RuleBroken("override.expiry", text, field="expires_on")
    words = _words(reason, "reason")
    _lapse(customer, dimension, today)
    try:
        with transaction.atomic():
            row = ClassOverride.objects.create(
                customer=customer,
                dimension=dimension,
                code=code,
                reason=words,
                expires_on=expires_on,
                proposed_by=by,
                proposed_at=timezone.now(),
            )
    except IntegrityError as twice:
        text = _("A class of this kind is already set by hand, or waits for approval: end it first.")
        raise RuleBroken("override.stands", text, field="dimension") from twice
    _record(by, "propose", row, before="")
    return row


@transaction.atomic
def approve(*, by: User, row: ClassOverride) -> ClassOverride:
    """A supervisor who did not propose it says yes."""
    _require(by, Role.SUPERVISOR)
    if row.proposed_by_id == by.pk:
        raise NotAllowed("override.own", _("Somebody else has to approve what you proposed."))
    if row.expires_on < timezone.localdate():
        raise RuleBroken("override.late", _("Its last day has passed: propose it anew."))
    return _turn("approve", by, row, State.PROPOSED, State.APPROVED, decided_by=by, decided_at=timezone.now())


@transaction.atomic
def refuse(*, by: User, row: ClassOverride, reason: str) -> ClassOverride:
    """A supervisor says no, and why; who proposed it takes it back the same way."""
    own = row.proposed_by_id == by.pk
    if not own:
        _require(by, Role.SUPERVISOR)
    words, now = _words(reason, "reason"), timezone.now()
    decided = {} if own else {"decided_by": by, "decided_at": now}
    ended = {"ended_by": by, "ended_at": now, "ended_because": words}
    return _turn("refuse", by, row, State.PROPOSED, State.REFUSED, **decided, **ended)


@transaction.atomic
def end(*, by: User, row: ClassOverride, reason: str) -> ClassOverride:
    """Out of effect before its day: the class the night found is shown again."""
    _require(by, Role.SENIOR, Role.SUPERVISOR)
    words = _words(reason, "reason")
    ended = {"ended_by": by, "ended_at": timezone.now(), "ended_because": words}
    return _turn("end", by, row, State.APPROVED, State.ENDED, **ended)


def furthest(today: datetime.date) -> datetime.date:
    """The last day that may be chosen: twelve months from today; after 29 February it is the 28th."""
    try:
        return today.replace(year=today.year + 1)
    except ValueError:
        return today.replace(year=today.year + 1, day=28)


def _lapse(customer: Customer, dimension: str, today: datetime.date) -> None:
    """Those past their day are out of effect already; now their state says so, and makes room."""
    rows = ClassOverride.objects.filter(customer=customer, dimension=dimension, state__in=ClassOverride.OPEN)
    for row in rows.filter(expires_on__lt=today):
        _turn("lapse", None, row, State(row.state), State.LAPSED)


def _turn(verb: str, by: User | None, row: ClassOverride, source: str, target: str, **values: object) -> ClassOverride:
    """One conditional update: of two persons at once, one is Stale."""
    if ClassOverride.objects.filter(pk=row.pk, state=source).update(state=target, **values) != 1:
        raise comparing.overtaken("override.stale")
    fresh = ClassOverride.objects.select_related("customer").get(pk=row.pk)
    _record(by, verb, fresh, before=source)
    return fresh


def _require(by: User, *roles: Role) -> None:
    if not by.has_role(*roles):
        raise NotAllowed("override.role", _("Seniors propose that a class is set by hand; supervisors approve it."))


def _words(reason: str, field: str) -> str:
    words = " ".join(reason.split())
    if not 0 < len(words) <= ClassOverride.LONGEST_REASON:
        raise RuleBroken("override.reason", _("Say why, in at most 300 characters."), field=field)
    if holds_secret(words):
        text = _("Take out the password, PIN or code. It may never be written down.")
        raise RuleBroken("override.secret", text, field=field)
    return words


def _record(by: User | None, verb: str, row: ClassOverride, *, before: str) -> None:
    after = {"state": row.state, "dimension": row.dimension, "class": row.code, "until": row.expires_on}
    audit.record(
        by=by,
        action=f"override.{verb}",
        obj=row.customer,
        before={"state": before} if before else {},
        after=after,
    )
