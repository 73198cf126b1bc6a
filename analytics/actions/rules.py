"""The way of a version of rules: drafted, simulated, submitted, approved, active, retired (domain E, F.11; R3.16).

The same for the classifications and for the value score. What the rules must satisfy, and what a simulation finds, is
each kind's own; who may do what, and that nobody overtakes anybody, is settled here.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any, TypeVar

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from analytics.models.ruleset import RuleState, RuleVersion
from crm_site import audit
from crm_site.errors import NotAllowed, RuleBroken, Stale
from crm_site.roles import Role

if TYPE_CHECKING:
    from crm_site.models import User

State = RuleState
V = TypeVar("V", bound=RuleVersion)
_NOT_ASKED: dict[str, Any] = {"asked_at": None, "asked_by": None}
Hashed = tuple[dict[str, Any], str]  # rules as they are stored, and their fingerprint


def require_author(by: User) -> None:
    """Analysts and supervisors write rules. Raises NotAllowed."""
    if not by.has_role(Role.ANALYST, Role.SUPERVISOR):
        raise NotAllowed("rules.role", _("Only analysts and supervisors write these rules."))


def require_approver(by: User) -> None:
    """Supervisors decide on rules. Raises NotAllowed."""
    if not by.has_role(Role.SUPERVISOR):
        raise NotAllowed("rules.approver", _("Only supervisors approve these rules and put them in force."))


def require_own(by: User, row: RuleVersion) -> None:
    """A draft is its author's, or anybody's when it came with the product. Raises NotAllowed."""
    require_author(by)
    if row.author_id not in (None, by.pk):
        raise NotAllowed("rules.author", _("Only its author changes a draft."))


@transaction.atomic
def draft(*, by: User, row: V, content: Hashed, note: str = "") -> V:
    """Write down a new version: ``row`` is not saved yet and says which; ``content`` was checked by its kind."""
    require_author(by)
    setattr(row, row.RULES, content[0])
    row.content_hash, row.note, row.author, row.drafted_at = content[1], note.strip(), by, timezone.now()
    row.save(force_insert=True)
    _record(by, "draft", row, before="")
    return row


@transaction.atomic
def revise(*, by: User, row: V, content: Hashed, note: str) -> V:
    """Write a draft anew; what was simulated of it counts no more. Only its author, or anybody for the product's."""
    require_own(by, row)
    forgotten: dict[str, Any] = {"simulation": None, "simulated_at": None, **_NOT_ASKED}
    if hasattr(row, "backtest"):
        forgotten |= {"backtest": None, "backtest_waived": ""}
    values = {row.RULES: content[0], "content_hash": content[1], "note": note.strip(), "author": by, **forgotten}
    return turn("revise", by, row, {State.DRAFT, State.SIMULATED}, State.DRAFT, **values)


@transaction.atomic
def simulated(*, by: User, row: V, found: Mapping[str, Any]) -> V:
    """Keep what a simulation of exactly these rules found."""
    require_author(by)
    states = {State.DRAFT, State.SIMULATED}
    kept = {"simulation": dict(found), "simulated_at": timezone.now(), **_NOT_ASKED}
    return turn("simulate", by, row, states, State.SIMULATED, **kept)


@transaction.atomic
def submit(*, by: User, row: V) -> V:
    """Hand a simulated draft over for approval. Raises RuleBroken for one nobody has simulated."""
    require_own(by, row)
    if row.state == State.DRAFT:
        raise RuleBroken("rules.unsimulated", _("Simulate it first: see whom it moves before anybody decides."))
    return turn("submit", by, row, {State.SIMULATED}, State.SUBMITTED, author=by, submitted_at=timezone.now())


@transaction.atomic
def approve(*, by: User, row: V) -> V:
    """A second person says yes. Raises NotAllowed for the author."""
    require_approver(by)
    if row.author_id == by.pk:
        raise NotAllowed("rules.own", _("Somebody else has to approve the rules you wrote."))
    return turn("approve", by, row, {State.SUBMITTED}, State.APPROVED, approver=by, approved_at=timezone.now())


@transaction.atomic
def send_back(*, by: User, row: V, reason: str) -> V:
    """A second person says no, and why; it is a draft again."""
    require_approver(by)
    if not reason.strip():
        raise RuleBroken("rules.reason", _("Say why it is sent back."), field="reason")
    states = {State.SUBMITTED, State.APPROVED}
    return turn(
        "send_back", by, row, states, State.DRAFT, approver=None, approved_at=None, submitted_at=None, _why=reason
    )


@transaction.atomic
def activate(*, by: User, row: V, instead_of: Callable[[V], list[V]]) -> V:
    """In force from the next night, in place of the versions ``instead_of`` names."""
    require_approver(by)
    now = timezone.now()
    if row.state != State.APPROVED:
        raise RuleBroken("state.forbidden", _("This step is not possible now. Reload the page to see what is."))
    for before in instead_of(row):
        turn("retire", by, before, {State.ACTIVE}, State.RETIRED, retired_at=now)
    return turn("activate", by, row, {State.APPROVED}, State.ACTIVE, activated_at=now)


@transaction.atomic
def retire(*, by: User, row: V) -> V:
    """Give up a draft or an approved version. What is in force only gives way to another version."""
    require_author(by)
    if row.state == State.ACTIVE:
        raise RuleBroken("rules.in_force", _("Rules in force give way to another version: activate that one."))
    if row.state in (State.SUBMITTED, State.APPROVED):
        require_approver(by)
    states = {State.DRAFT, State.SIMULATED, State.SUBMITTED, State.APPROVED}
    return turn("retire", by, row, states, State.RETIRED, retired_at=timezone.now())


def turn(
    verb: str, by: User | None, row: V, sources: set[RuleState], target: RuleState, *, _why: str = "", **values: object
) -> V:
    """One conditional update: of two persons at once, one is Stale."""
    if row.state not in sources:
        raise RuleBroken("state.forbidden", _("This step is not possible now. Reload the page to see what is."))
    rows = type(row)._default_manager
    found = rows.filter(pk=row.pk, state=row.state, content_hash=row.content_hash)
    if found.update(state=target, **values) != 1:
        raise Stale("rules.stale", _("Somebody else changed this in the meantime. Open the current version."))
    fresh = rows.get(pk=row.pk)
    _record(by, verb, fresh, before=row.state, reason=_why)
    return fresh


def _record(by: User | None, verb: str, row: RuleVersion, *, before: str, reason: str = "") -> None:
    audit.record(
        by=by,
        action=f"{row._meta.model_name}.{verb}",
        obj=row,
        object_id=row.public_number,
        before={"state": before} if before else {},
        after={"state": row.state, "rules": str(row), "hash": row.content_hash[:16]},
        reason=reason or row.note,
    )
