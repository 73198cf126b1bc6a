"""The one hand that turns a complaint: right, change, consequences, diary and audit, all or nothing.

A verb says ``with turn(...) as now_turned:`` and writes its consequences inside. The change itself comes first, as an
UPDATE that must hit exactly the row and version the person was looking at: two people at once, one of them is Stale.
"""

from __future__ import annotations

import datetime
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from django.db import transaction
from django.db.models import F, Q
from django.utils import timezone
from django.utils.translation import gettext as _

from complaints.actions import clocks, gate
from complaints.models import Complaint, DiaryEntry, Round
from complaints.states import State
from crm_site import audit, masking
from crm_site.errors import RuleBroken, Stale

if TYPE_CHECKING:
    from crm_site.models import User

_WATCHED = ("state", "nature", "level", "owner_id", "team_id", "cause", "version")


@dataclass(slots=True)
class Turn:
    """A complaint as it stands after the change. ``facts`` go into diary and audit: codes, dates, numbers, no names."""

    complaint: Complaint
    round: Round
    by: User | None  # None: the timetable
    at: datetime.datetime
    facts: dict[str, Any] = field(default_factory=dict)

    @property
    def person(self) -> User:
        """Who takes the step, where only a person can."""
        assert self.by is not None  # noqa: S101 - the gate lets the timetable take states.BY_ITSELF alone
        return self.by


def stale(complaint: Complaint) -> Stale:
    """Who was first, when, and how the matter stands now."""
    current = load(complaint.pk)
    last = current.diary.select_related("by").order_by("-pk").first()
    return Stale(
        "complaint.stale",
        _("Somebody else changed this in the meantime. Open the current version, then enter your change again."),
        who=last.by.display_name if last and last.by else "",
        when=last.at if last else None,
        yours=standing(complaint),
        theirs=standing(current),
    )


@contextmanager
def _seen_as_it_is(complaint: Complaint, lost: Callable[[Complaint], RuleBroken] | None = stale) -> Iterator[None]:
    """Around the questions a step asks first: whoever is refused behind somebody who was quicker is told that, and not
    the rule that holds since then. ``lost`` None: another's change does not matter to the step."""
    try:
        yield
    except RuleBroken:
        if lost is not None and not Complaint.objects.filter(pk=complaint.pk, version=complaint.version).exists():
            raise lost(complaint) from None
        raise


@contextmanager
def turn(
    verb: str,
    *,
    by: User | None,
    complaint: Complaint,
    version: int | None = None,
    reason: str = "",
    stay: bool = False,
    changes: Mapping[str, Any] | None = None,
    only_if: Q | None = None,
    lost: Callable[[Complaint], RuleBroken] = stale,
) -> Iterator[Turn]:
    """One step. ``version`` is the one the person saw; None takes the row as given. ``stay`` keeps the state.
    ``by`` None is the timetable, which the table of states lets do what no person has to decide.

    The row must still be of the state and version that was looked at, or meet ``only_if`` where that is all the step
    needs; else ``lost`` says what to raise. Raises NotAllowed and RuleBroken as gate.require.
    """
    with transaction.atomic():
        if version is not None and version != complaint.version:
            raise stale(complaint)
        with _seen_as_it_is(complaint, lost if only_if is None else None):
            target = gate.require(verb, complaint, by, reason=reason).to(complaint.state)
        values = dict(changes or {})
        if target != complaint.state and not stay:
            values["state"] = target
        same = Q(state=complaint.state, version=complaint.version) if only_if is None else only_if
        if Complaint.objects.filter(same, pk=complaint.pk).update(**values, version=F("version") + 1) != 1:
            raise lost(complaint)
        fresh = load(complaint.pk)
        done = Turn(fresh, fresh.round, by, timezone.now())
        done.round.complaint = fresh
        yield done
        clocks.lead(fresh, by=by)
        reason = unsealed(fresh, reason)
        from_state = complaint.state if "state" in values else fresh.state
        write_diary(done, verb=verb, from_state=from_state, reason=reason)
        audit.record(
            by=by,
            action=f"complaint.{verb}",
            obj=fresh,
            before=_facts(complaint),
            after=_facts(fresh) | done.facts,
            reason=reason,
        )


def unsealed(complaint: Complaint, text: str) -> str:
    """What somebody typed, as it may stand where no seal is: without numbers of people, the complainant's name masked.

    Diary, audit, assessment and promises are read by more people than the complaint itself."""
    return masking.redact(text.strip(), *complaint.names)


def load(pk: int) -> Complaint:
    """The complaint with the people and the promise its consequences need."""
    return Complaint.objects.select_related("customer", "owner", "team", "leading__clock").get(pk=pk)


def _facts(complaint: Complaint) -> dict[str, Any]:
    return {name: getattr(complaint, name) for name in _WATCHED}


def write_diary(done: Turn, *, verb: str, from_state: str, reason: str) -> DiaryEntry:
    """One entry, in the transaction of the change (domain INV-18)."""
    return DiaryEntry.objects.create(
        complaint=done.complaint,
        round_no=done.round.no,
        at=done.at,
        by=done.by,
        verb=verb,
        from_state=from_state,
        to_state=done.complaint.state,
        reason=reason,
        nature=done.complaint.nature,
        level=done.complaint.level,
        cause=done.complaint.cause,
        data=done.facts,
    )


def standing(complaint: Complaint) -> dict[str, str]:
    """How a matter stands, in words, by label: what a stale edit is compared by."""
    return {
        _("Stage"): str(State(complaint.state).label),
        _("Nature"): complaint.get_nature_display(),
        _("Level"): str(complaint.get_level_display() or ""),
        _("Owner"): complaint.owner.display_name if complaint.owner else "",
        _("Cause"): complaint.get_cause_display(),
    }
