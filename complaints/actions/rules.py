"""The rules of the clocks change by two persons: one drafts, another approves (domain D.12, J.5; R6.31).

A new version counts for promises made from then on; none that was given moves (docs/decisions/0025).
"""

from __future__ import annotations

import datetime
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from django.db import transaction
from django.db.models import Max
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from complaints import profiles
from complaints.models import SlaRuleSet
from crm_site import audit
from crm_site.errors import NotAllowed, RuleBroken, Stale
from crm_site.roles import Role

if TYPE_CHECKING:
    from crm_site.models import User

State = SlaRuleSet.State


@transaction.atomic
def draft(
    *, by: User, rules: Mapping[str, Any], note: str = "", effective_from: datetime.date | None = None
) -> SlaRuleSet:
    """Write down the next version of the rule set these rules name. ``rules`` as profiles.to_json; its version number
    is given here. Raises RuleBroken for rules that cannot be read or leave a question open."""
    _require_supervisor(by)
    profile = _read(rules)
    last = SlaRuleSet.objects.filter(name=profile.name).aggregate(last=Max("version"))["last"] or 0
    row = SlaRuleSet.objects.create(
        name=profile.name,
        version=last + 1,
        rules=profiles.to_json(profile) | {"version": str(last + 1)},
        content_hash=profiles.content_hash(profile),
        note=note.strip(),
        author=by,
        effective_from=effective_from,
        drafted_at=timezone.now(),
    )
    _record(by, "draft", row, before="", after=_facts(row))
    return row


@transaction.atomic
def revise(
    *, by: User, row: SlaRuleSet, rules: Mapping[str, Any], note: str, effective_from: datetime.date | None = None
) -> SlaRuleSet:
    """Write a draft anew. Only its author, or anybody for one that came with the product, who is its author then."""
    _require_supervisor(by)
    if row.author_id not in (None, by.pk):
        raise NotAllowed("rules.author", _("Only its author changes a draft."))
    profile = _read(rules)
    if profile.name != row.name:
        raise RuleBroken("rules.name", _("A rule set keeps its name."), field="rules")
    values = {
        "rules": profiles.to_json(profile) | {"version": str(row.version)},
        "content_hash": profiles.content_hash(profile),
        "note": note.strip(),
        "author": by,
        "effective_from": effective_from,
    }
    return _turn("revise", by, row, {State.DRAFT}, State.DRAFT, **values)


@transaction.atomic
def submit(*, by: User, row: SlaRuleSet) -> SlaRuleSet:
    """Hand a draft over for approval; a draft of the product gets who submits it as its author."""
    _require_supervisor(by)
    if row.author_id not in (None, by.pk):
        raise NotAllowed("rules.author", _("Only its author changes a draft."))
    return _turn("submit", by, row, {State.DRAFT}, State.SUBMITTED, author=by)


@transaction.atomic
def approve(*, by: User, row: SlaRuleSet) -> SlaRuleSet:
    """A second person says yes. Raises NotAllowed for the author."""
    _require_supervisor(by)
    if row.author_id == by.pk:
        raise NotAllowed("rules.own", _("Somebody else has to approve the rules you wrote."))
    return _turn("approve", by, row, {State.SUBMITTED}, State.APPROVED, approver=by, approved_at=timezone.now())


@transaction.atomic
def activate(*, by: User | None, row: SlaRuleSet) -> SlaRuleSet:
    """In force from this moment, in place of the version before. Raises RuleBroken before its day has come.

    ``by`` None is the timetable, which brings approved rules into force on their day.
    """
    if by is not None:
        _require_supervisor(by)
    today = timezone.localdate()
    if row.effective_from is not None and row.effective_from > today:
        text = _("It comes into force by itself on %(day)s.")
        raise RuleBroken("rules.early", text % {"day": row.effective_from.isoformat()})
    now = timezone.now()
    for before in SlaRuleSet.objects.filter(name=row.name, state=State.ACTIVE).exclude(pk=row.pk):
        _turn("retire", by, before, {State.ACTIVE}, State.RETIRED, retired_at=now)
    return _turn("activate", by, row, {State.APPROVED}, State.ACTIVE, activated_at=now, effective_from=today)


@transaction.atomic
def retire(*, by: User, row: SlaRuleSet) -> SlaRuleSet:
    """Out of force, or a draft that is given up. The handbook's rules in force only give way to another version."""
    _require_supervisor(by)
    if row.name == profiles.HOUSE and row.state == State.ACTIVE:
        raise RuleBroken("rules.house", _("The handbook's rules are always in force: activate another version."))
    open_states = {State.DRAFT, State.SUBMITTED, State.APPROVED, State.ACTIVE}
    return _turn("retire", by, row, open_states, State.RETIRED, retired_at=timezone.now())


def activate_due() -> int:
    """Approved rules whose day has come; a sweep. Returns how many."""
    due = SlaRuleSet.objects.filter(state=State.APPROVED, effective_from__lte=timezone.localdate())
    waiting = list(due.order_by("name", "version"))
    for row in waiting:
        activate(by=None, row=row)
    return len(waiting)


@transaction.atomic
def put_in_force(*, by: User, approve_by: User, rules: Mapping[str, Any], note: str = "") -> tuple[SlaRuleSet, bool]:
    """All four steps by two persons: the version in force, and whether it is new. The same rules again are not."""
    profile = _read(rules)
    active = SlaRuleSet.objects.filter(name=profile.name, state=State.ACTIVE).first()
    if active is not None and active.content_hash == profiles.content_hash(profile):
        _require_supervisor(by)
        return active, False
    row = submit(by=by, row=draft(by=by, rules=rules, note=note))
    return activate(by=approve_by, row=approve(by=approve_by, row=row)), True


def _read(rules: Mapping[str, Any]) -> profiles.Profile:
    try:
        profile = profiles.from_json({"version": "0", **rules})
    except (ValueError, KeyError, TypeError, AttributeError) as wrong:
        text = _("These rules cannot be read: %(what)s.")
        raise RuleBroken("rules.unreadable", text % {"what": str(wrong)}, field="rules") from wrong
    missing = profiles.flaws(profile)
    if missing:
        text = _("The rules say nothing about: %(what)s.")
        raise RuleBroken("rules.incomplete", text % {"what": ", ".join(missing)}, field="rules")
    return profile


def _require_supervisor(by: User) -> None:
    if not by.has_role(Role.SUPERVISOR):
        raise NotAllowed("rules.role", _("Only supervisors change the rules of the clocks."))


def _facts(row: SlaRuleSet) -> dict[str, Any]:
    return {"state": row.state, "rule_set": str(row), "hash": row.content_hash[:16]}


def _turn(
    verb: str, by: User | None, row: SlaRuleSet, sources: set[State], target: State, **values: object
) -> SlaRuleSet:
    """One conditional update: of two persons at once, one is Stale."""
    if row.state not in sources:
        raise RuleBroken("state.forbidden", _("This step is not possible now. Reload the page to see what is."))
    found = SlaRuleSet.objects.filter(pk=row.pk, state=row.state, content_hash=row.content_hash)
    if found.update(state=target, **values) != 1:
        raise Stale("rules.stale", _("Somebody else changed this in the meantime. Open the current version."))
    fresh = SlaRuleSet.objects.get(pk=row.pk)
    _record(by, verb, fresh, before=row.state, after=_facts(fresh))
    return fresh


def _record(by: User | None, verb: str, row: SlaRuleSet, *, before: str, after: dict[str, Any]) -> None:
    audit.record(
        by=by,
        action=f"sla_rules.{verb}",
        obj=row,
        object_id=f"{row.name}-{row.version}",
        before={"state": before} if before else {},
        after=after,
        reason=row.note,
    )
