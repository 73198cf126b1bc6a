"""Rules of the classifications: drafted, simulated, submitted, approved, in force from the next night (R3.8).

The way itself is ``analytics.actions.rules``; here is what these rules must satisfy, and which of them a night goes by.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import structlog
from django.db import IntegrityError, transaction
from django.db.models import Max
from django.utils.translation import gettext_lazy as _

from analytics import class_rule_book as book
from analytics.actions import class_simulation, rules
from analytics.models import ClassRules
from analytics.segment_rules import SegmentRules
from crm_site.errors import RuleBroken, Stale

if TYPE_CHECKING:
    from crm_site.models import User

log = structlog.get_logger(__name__)

State = ClassRules.State
RuledBy = dict[str, dict[str, Any]]  # dimension: {id, version, hash}


# --- what a night goes by -----------------------------------------------------------------------------------------
def in_force() -> RuledBy:
    """The versions the next night goes by, as the night keeps them."""
    rows = ClassRules.objects.filter(state=State.ACTIVE, dimension__in=book.NIGHTLY).order_by("dimension")
    return {row.dimension: {"id": row.pk, "version": row.version, "hash": row.content_hash} for row in rows}


def assembled(ruled_by: RuledBy) -> SegmentRules:
    """The rules of these versions, put together."""
    rows = ClassRules.objects.filter(pk__in=[named["id"] for named in ruled_by.values()])
    return book.assembled({row.dimension: row.rules for row in rows})


def same(one: RuledBy, other: RuledBy) -> bool:
    """Whether two nights went by the same rules, whatever the versions are called."""
    return _hashes(one) == _hashes(other)


def asset_rules_changed(before: RuledBy, now: RuledBy) -> bool:
    """Whether everybody's asset class must be judged anew."""
    return _hashes(before)["ASSET"] != _hashes(now)["ASSET"]


def _hashes(ruled_by: RuledBy) -> dict[str, str]:
    """A night before there were versions went by the rules the product comes with; one before there was a
    classification went by none of it, so that everybody is read once it is there."""
    first = {name: book.fingerprint(name, book.default(name)) for name in book.NIGHTLY if name not in book.LATER}
    return first | {name: named["hash"] for name, named in ruled_by.items()}


# --- verbs ----------------------------------------------------------------------------------------------------------
@transaction.atomic
def draft(*, by: User, dimension: str, data: Mapping[str, Any], note: str = "") -> ClassRules:
    """Write down the next version of one dimension. Raises RuleBroken for rules that cannot be read or contradict
    themselves, Stale when somebody else just wrote one."""
    content = checked(dimension, data)
    last = ClassRules.objects.filter(dimension=dimension).aggregate(last=Max("version"))["last"] or 0
    row = ClassRules(dimension=dimension, version=last + 1)
    try:
        with transaction.atomic():
            return rules.draft(by=by, row=row, content=content, note=note)
    except IntegrityError as twice:
        text = _("Somebody else changed this in the meantime. Open the current version.")
        raise Stale("rules.stale", text) from twice


@transaction.atomic
def revise(*, by: User, row: ClassRules, data: Mapping[str, Any], note: str) -> ClassRules:
    """Write a draft anew; what was simulated of it counts no more."""
    return rules.revise(by=by, row=row, content=checked(row.dimension, data), note=note)


def simulate(*, by: User, row: ClassRules) -> ClassRules:
    """See whom these rules would move, against those in force, on the facts of the last night; kept on the version."""
    rules.require_author(by)
    if row.state not in (State.DRAFT, State.SIMULATED):
        raise RuleBroken("state.forbidden", _("This step is not possible now. Reload the page to see what is."))
    found = class_simulation.simulate(row.dimension, row.rules, in_force_row(row.dimension))
    return rules.simulated(by=by, row=row, found=found)


def submit(*, by: User, row: ClassRules) -> ClassRules:
    """Hand a simulated draft over. Raises RuleBroken when the rules in force are no more those it was compared with."""
    before = in_force_row(row.dimension)
    if row.simulation and row.simulation.get("against") != (before.content_hash if before else ""):
        raise RuleBroken("rules.simulated_against", _("Other rules are in force by now: simulate it again."))
    return rules.submit(by=by, row=row)


def approve(*, by: User, row: ClassRules) -> ClassRules:
    """A second person says yes."""
    return rules.approve(by=by, row=row)


def send_back(*, by: User, row: ClassRules, reason: str) -> ClassRules:
    """A second person says no, and why."""
    return rules.send_back(by=by, row=row, reason=reason)


def activate(*, by: User, row: ClassRules) -> ClassRules:
    """In force from the next night, which classifies everybody. Raises RuleBroken for rules that contradict
    themselves, however they came into the table."""
    checked(row.dimension, row.rules)
    return rules.activate(by=by, row=row, instead_of=_instead_of)


def retire(*, by: User, row: ClassRules) -> ClassRules:
    """Give up a version that is not in force."""
    return rules.retire(by=by, row=row)


@transaction.atomic
def put_in_force(
    *, by: User, approve_by: User, dimension: str, data: Mapping[str, Any], note: str = ""
) -> tuple[ClassRules, bool]:
    """All steps by two persons: the version in force, and whether it is new. The same rules again are not."""
    rules.require_author(by)
    active = in_force_row(dimension)
    if active is not None and active.content_hash == checked(dimension, data)[1]:
        return active, False
    row = simulate(by=by, row=draft(by=by, dimension=dimension, data=data, note=note))
    row = approve(by=approve_by, row=submit(by=by, row=row))
    return activate(by=approve_by, row=row), True


def in_force_row(dimension: str) -> ClassRules | None:
    """The version of one dimension that is in force."""
    return ClassRules.objects.filter(dimension=dimension, state=State.ACTIVE).first()


def checked(dimension: str, data: Mapping[str, Any]) -> rules.Hashed:
    """The rules as they are stored, and their fingerprint. Raises RuleBroken, every problem a sentence."""
    try:
        found = book.read(dimension, data)
    except (ValueError, TypeError, KeyError, AttributeError) as wrong:
        text = _("These rules cannot be read: %(what)s.")
        raise RuleBroken("rules.unreadable", text % {"what": str(wrong).rstrip(".")}, field="rules") from wrong
    if found.problems:
        raise RuleBroken("rules.incomplete", " ".join(found.problems), field="rules")
    return found.content, book.fingerprint(dimension, found.content)


def _instead_of(row: ClassRules) -> list[ClassRules]:
    return list(ClassRules.objects.filter(dimension=row.dimension, state=State.ACTIVE).exclude(pk=row.pk))
