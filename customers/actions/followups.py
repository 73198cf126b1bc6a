"""Promises: made, kept, cancelled, handed over (handbook 4/1.1.20(5); house §2)."""

from __future__ import annotations

import datetime
from typing import TYPE_CHECKING

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from crm_site import audit, masking
from crm_site.errors import NotAllowed, RuleBroken
from customers.actions import comparing
from customers.models import Customer, FollowUp

if TYPE_CHECKING:
    from crm_site.models import Team, User

State = FollowUp.State
LEADERS = ("senior", "supervisor")
LONGEST_TITLE, LONGEST_OUTCOME = 120, 200  # a masked name may be longer than the name


@transaction.atomic
def promise(
    *,
    by: User | None,
    customer: Customer | None,
    kind: str,
    title: str,
    due_on: datetime.date,
    due_at: datetime.datetime,
    owner: User | None = None,
    team: Team | None = None,
    provisional: bool = False,
    about_kind: str = "",
    about_no: str = "",
    about_level: int | None = None,
    dedupe_key: str | None = None,
    promised_at: datetime.datetime | None = None,
) -> FollowUp:
    """Make a promise. In ``title`` the customer's name and numbers are masked; ``due_at`` is exclusive. ``about_level``
    says how serious the thing it is about is (1–3, 3 gravest), for pages below the one that knows more.

    With a ``dedupe_key`` that is taken, the promise made first is returned and nothing is written. Clocks of the past
    (a complaint received earlier) and actions of a plan agreed late may be due before now; a person's promise may not.
    Raises RuleBroken("promise.past").
    """
    now = timezone.now()
    if kind not in (FollowUp.Kind.CLOCK, FollowUp.Kind.ACTION) and due_at <= now:
        raise RuleBroken("promise.past", _("Choose a time that is still to come."), field="due_on")
    made, created = _first(
        dedupe_key,
        FollowUp(
            customer=customer,
            kind=kind,
            title=_unsealed(customer, title)[:LONGEST_TITLE],
            due_on=due_on,
            due_at=due_at,
            provisional=provisional,
            owner=owner,
            team=team or (owner.team if owner else None),
            promised_at=promised_at or now,
            promised_by=by,
            about_kind=about_kind,
            about_no=about_no,
            about_level=about_level,
            dedupe_key=dedupe_key,
        ),
    )
    if created:
        audit.record(
            by=by, action="followup.promise", obj=made, after={"kind": kind, "due_on": due_on, "about": about_no}
        )
    return made


def _unsealed(customer: Customer | None, text: str) -> str:
    """What somebody typed, as it may stand in lists and in a column without a seal."""
    return masking.redact(text, customer.full_name) if text and customer is not None else masking.redact(text)


def _first(dedupe_key: str | None, fresh: FollowUp) -> tuple[FollowUp, bool]:
    """The promise of this key, and whether it is the fresh one: decided by the unique key, not by looking first."""
    if dedupe_key is None:
        fresh.save(force_insert=True)
        return fresh, True
    before = FollowUp.objects.filter(dedupe_key=dedupe_key).first()
    if before is None:
        FollowUp.objects.bulk_create([fresh], ignore_conflicts=True)
        before = FollowUp.objects.get(dedupe_key=dedupe_key)
        return before, before.promised_at == fresh.promised_at and before.due_at == fresh.due_at
    return before, False


@transaction.atomic
def keep(*, by: User | None, follow_up: FollowUp, at: datetime.datetime | None = None, outcome: str = "") -> FollowUp:
    """The promise was kept. Raises Stale when it is no longer open, RuleBroken for a moment still to come."""
    now = timezone.now()
    moment = at or now
    if moment > now:
        raise RuleBroken("followup.future", _("A promise cannot have been kept in the future."), field="kept_at")
    _require_hand(by, follow_up)
    return _turn(by, follow_up, State.KEPT, "followup.keep", outcome, kept_at=moment, kept_by=by)


@transaction.atomic
def cancel(*, by: User | None, follow_up: FollowUp, reason: str) -> FollowUp:
    """The promise fell away; the reason stands in the audit log."""
    if not reason.strip():
        raise RuleBroken("followup.reason", _("Say why, in a sentence."), field="reason")
    _require_hand(by, follow_up)
    return _turn(by, follow_up, State.CANCELLED, "followup.cancel", reason, cancelled_at=timezone.now())


@transaction.atomic
def revive(*, by: User | None, follow_up: FollowUp) -> FollowUp:
    """What made the promise fall away was taken back: it stands again, with the date it had."""
    changed = FollowUp.objects.filter(pk=follow_up.pk, state=State.CANCELLED, version=follow_up.version).update(
        state=State.OPEN, cancelled_at=None, outcome="", version=follow_up.version + 1
    )
    _exactly_one(changed)
    follow_up.refresh_from_db()
    after = {"state": follow_up.state, "about": follow_up.about_no}
    audit.record(by=by, action="followup.revive", obj=follow_up, after=after)
    return follow_up


@transaction.atomic
def confirm(*, by: User | None, follow_up: FollowUp) -> FollowUp:
    """A provisional date turned out right: it stands, and is called provisional no longer. Raises Stale."""
    same = FollowUp.objects.filter(pk=follow_up.pk, state=State.OPEN, version=follow_up.version)
    _exactly_one(same.update(provisional=False, version=follow_up.version + 1))
    follow_up.refresh_from_db()
    audit.record(by=by, action="followup.confirm", obj=follow_up, after={"about": follow_up.about_no})
    return follow_up


@transaction.atomic
def attempt(*, by: User, follow_up: FollowUp, outcome: str = "") -> FollowUp:
    """Tried, not reached: the promise stays open and counts the attempt."""
    _require_hand(by, follow_up)
    changed = FollowUp.objects.filter(pk=follow_up.pk, state=State.OPEN, version=follow_up.version).update(
        attempts=follow_up.attempts + 1,
        version=follow_up.version + 1,
        outcome=_unsealed(follow_up.customer, outcome)[:LONGEST_OUTCOME],
    )
    _exactly_one(changed)
    follow_up.refresh_from_db()
    audit.record(by=by, action="followup.attempt", obj=follow_up, after={"attempts": follow_up.attempts})
    return follow_up


@transaction.atomic
def assign(*, by: User | None, follow_up: FollowUp, owner: User | None = None, team: Team | None = None) -> FollowUp:
    """Hand the promise to a person or a team."""
    before = {"owner": follow_up.owner_id, "team": follow_up.team_id}
    changed = FollowUp.objects.filter(pk=follow_up.pk, state=State.OPEN, version=follow_up.version).update(
        owner=owner, team=team or (owner.team if owner else follow_up.team), version=follow_up.version + 1
    )
    _exactly_one(changed)
    follow_up.refresh_from_db()
    after = {"owner": follow_up.owner_id, "team": follow_up.team_id}
    audit.record(by=by, action="followup.assign", obj=follow_up, before=before, after=after)
    return follow_up


def _require_hand(by: User | None, follow_up: FollowUp) -> None:
    """A promise is kept or cancelled by its owner, its team, a leader, or a job."""
    if by is None or by.has_role(*LEADERS) or follow_up.owner_id == by.pk:
        return
    if follow_up.team_id is not None and follow_up.team_id == by.team_id:
        return
    if follow_up.owner_id is None and follow_up.team_id is None:
        return
    raise NotAllowed("followup.owner", _("This promise belongs to somebody else. Ask their team leader."))


def _turn(by: User | None, follow_up: FollowUp, state: str, action: str, outcome: str, **fields: object) -> FollowUp:
    changed = FollowUp.objects.filter(pk=follow_up.pk, state=State.OPEN, version=follow_up.version).update(
        state=state,
        outcome=_unsealed(follow_up.customer, outcome)[:LONGEST_OUTCOME],
        version=follow_up.version + 1,
        **fields,
    )
    _exactly_one(changed)
    follow_up.refresh_from_db()
    audit.record(by=by, action=action, obj=follow_up, after={"state": state, "about": follow_up.about_no})
    return follow_up


def _exactly_one(changed: int) -> None:
    if changed != 1:
        raise comparing.overtaken("followup.stale")
