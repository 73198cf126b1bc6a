"""Stored dates move by an approved batch alone: proposed, shown old and new, approved by another (domain D.2(7)).

Editing the calendar or the rules moves nothing; neither does proposing. What is approved is applied by a sweep, matter
by matter, each checked once more: killed in the middle it goes on where it stopped (docs/decisions/0026).
"""

from __future__ import annotations

import datetime
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from django.utils.translation import gettext_noop

from complaints import changes, sla
from complaints.actions import clocks, intake
from complaints.models import Clock, RecalcBatch, RecalcItem, SlaRuleSet
from crm_site import audit
from crm_site.actions import notices
from crm_site.errors import NotAllowed, RuleBroken, Stale
from crm_site.models import CalendarDay, User
from crm_site.roles import Role
from customers.models import FollowUp

if TYPE_CHECKING:
    from django.db.models import QuerySet

State, Scope, Change = RecalcBatch.State, RecalcBatch.Scope, RecalcItem.Change
PREFIX = "RC"
_PAGE = 500


@dataclass(frozen=True, slots=True, kw_only=True)
class Choice:
    """Which open promises are counted again."""

    scope: str = Scope.ALL
    rule_set: str = ""
    first: datetime.date | None = None
    last: datetime.date | None = None

    def clocks(self) -> QuerySet[Clock]:
        """The clocks of open promises of open matters that are meant."""
        found = Clock.objects.filter(follow_up__state=FollowUp.State.OPEN, round__complaint__closed_at=None)
        found = found.exclude(kind=sla.Kind.FORWARDER)  # a day set outside is not counted
        if self.scope == Scope.PROVISIONAL:
            found = found.filter(follow_up__provisional=True)
        elif self.scope == Scope.RULES:
            found = found.filter(profile=self.rule_set)
        elif self.scope == Scope.DATES:
            found = found.filter(follow_up__due_on__range=(self.first, self.last))
        return found


@transaction.atomic
def propose(*, by: User, choice: Choice, reason: str) -> RecalcBatch:
    """Count the chosen promises again and write down what would move; nothing does.

    Raises RuleBroken without a reason, for a choice that is incomplete, and when every date would stay.
    """
    _require_supervisor(by)
    if not reason.strip():
        raise RuleBroken("recalc.reason", _("Say why dates are to move."), field="reason")
    _require_complete(choice)
    batch = _write(by, choice, reason.strip())
    if not batch.items.exists():
        raise RuleBroken("recalc.nothing", _("No date would move: every promise already has the date of the count."))
    return batch


def _require_complete(choice: Choice) -> None:
    if choice.scope not in Scope.values:
        raise RuleBroken("recalc.scope", _("Choose which promises."), field="scope")
    if choice.scope == Scope.RULES and not SlaRuleSet.objects.filter(name=choice.rule_set).exists():
        raise RuleBroken("recalc.rule_set", _("Choose a rule set."), field="rule_set")
    if choice.scope == Scope.DATES:
        if choice.first is None or choice.last is None:
            raise RuleBroken("recalc.dates", _("Enter the first and the last day."), field="first")
        if choice.first > choice.last:
            raise RuleBroken("recalc.dates", _("The last day is before the first."), field="last")


def _write(by: User | None, choice: Choice, reason: str) -> RecalcBatch:
    now = timezone.now()
    batch = RecalcBatch.objects.create(
        number=intake.next_number(timezone.localdate(now), PREFIX),
        scope=choice.scope,
        rule_set=choice.rule_set,
        first=choice.first,
        last=choice.last,
        reason=reason,
        calendar_version=CalendarDay.objects.calendar().fingerprint,
        proposed_by=by,
        proposed_at=now,
    )
    counts = dict.fromkeys(Change.values, 0)
    looked_at = 0
    for page in _pages(choice.clocks()):
        items = [item for clock in page if (item := _item(batch, clock)) is not None]
        looked_at += len(page)
        for item in items:
            counts[item.change] += 1
        RecalcItem.objects.bulk_create(items)
    batch.looked_at, batch.same = looked_at, looked_at - sum(counts.values())
    batch.earlier, batch.later, batch.confirmed = (counts[change] for change in Change)
    batch.save(update_fields=["looked_at", "same", "earlier", "later", "confirmed"])
    _record(by, "propose", batch, before="", reason=reason)
    return batch


def _pages(found: QuerySet[Clock]) -> Iterator[list[Clock]]:
    """By primary key, a page at a time, so that memory does not grow with the centre."""
    rows = found.select_related("follow_up", "round__complaint").order_by("pk")
    last = 0
    while page := list(rows.filter(pk__gt=last)[:_PAGE]):
        yield page
        last = page[-1].pk


def recount(clock: Clock) -> sla.Due | None:
    """What the rules and the calendar in force now say of an open promise; None where they promise no such thing."""
    complaint, promised = clock.round.complaint, clocks.stored(clock)
    plain = clocks.compute(
        kind=promised.kind,
        nature=complaint.nature,
        level=complaint.sla_level,
        live=complaint.live,
        anchor_at=promised.anchor,
        profile=clocks.rules_of(clock),
        business=complaint.business,
        shift_days=clock.shift,
        complexity=sla.Complexity(clock.round.complexity),
    )
    if plain is None:
        return None
    return changes.recount(promised, plain, calendar=CalendarDay.objects.calendar(), tz=_tz())


def _tz() -> datetime.tzinfo:
    return timezone.get_default_timezone()


def held(clock: Clock, counted: sla.Due) -> sla.Due:
    """The recounted deadline as it may be given today."""
    return changes.brought_forward(
        clock.follow_up.due_on, counted, today=timezone.localdate(), calendar=CalendarDay.objects.calendar(), tz=_tz()
    )


def _item(batch: RecalcBatch, clock: Clock) -> RecalcItem | None:
    """What would move of one promise; None where nothing would."""
    counted = recount(clock)
    if counted is None:
        return None
    stands, due = clock.follow_up.due_on, held(clock, counted)
    if due.on != stands:
        change = Change.EARLIER if due.on < stands else Change.LATER
    elif clock.follow_up.provisional and not due.provisional:
        change = Change.CONFIRMED
    else:
        return None
    limits = [] if (clock.n, clock.unit) == (counted.n, counted.unit) else [clock.n, counted.n]
    why = changes.days_that_differ(clocks.stored(clock), counted) | {"limits": limits}
    return RecalcItem(
        batch=batch, clock=clock, old_on=stands, counted_on=counted.on, new_on=due.on, change=change, why=why
    )


# --- a second person --------------------------------------------------------------------------------------------
@transaction.atomic
def approve(*, by: User, batch: RecalcBatch, note: str = "") -> RecalcBatch:
    """Another supervisor lets the dates move; the next sweep begins. Raises NotAllowed for the proposer."""
    _require_supervisor(by)
    if batch.proposed_by_id == by.pk:
        raise NotAllowed("recalc.own", _("Somebody else has to approve the batch you proposed."))
    return _decide(by, batch, State.APPROVED, "approve", note)


@transaction.atomic
def reject(*, by: User, batch: RecalcBatch, note: str) -> RecalcBatch:
    """The dates stay. The proposer takes a batch back the same way. Needs a reason."""
    _require_supervisor(by)
    if not note.strip():
        raise RuleBroken("recalc.note", _("Say why the dates stay."), field="note")
    return _decide(by, batch, State.REJECTED, "reject", note)


def _decide(by: User, batch: RecalcBatch, state: RecalcBatch.State, verb: str, note: str) -> RecalcBatch:
    own = batch.proposed_by_id == by.pk
    decided = {"decided_by": None if own else by, "decided_at": timezone.now(), "decision_note": note.strip()}
    waiting = RecalcBatch.objects.filter(pk=batch.pk, state=State.PROPOSED)
    if waiting.update(state=state, **decided) != 1:
        raise overtaken()
    batch.refresh_from_db()
    _record(by, verb, batch, before=State.PROPOSED, reason=note)
    return batch


def overtaken() -> Stale:
    """Somebody was quicker."""
    return Stale("recalc.stale", _("Somebody else has decided on this batch in the meantime."))


def _require_supervisor(by: User) -> None:
    if not by.has_role(Role.SUPERVISOR):
        raise NotAllowed("recalc.role", _("Only supervisors move stored dates."))


def _record(by: User | None, verb: str, batch: RecalcBatch, *, before: str, reason: str = "") -> None:
    counts = {name: getattr(batch, name) for name in ("looked_at", "earlier", "later", "confirmed", "same")}
    audit.record(
        by=by,
        action=f"recalculation.{verb}",
        obj=batch,
        before={"state": before} if before else {},
        after={"state": batch.state, "scope": batch.scope} | counts,
        reason=reason,
    )


# --- the timetable ----------------------------------------------------------------------------------------------
REASON = gettext_noop("The official calendar of the year has been loaded")
_TITLE = gettext_noop("%(count)s provisional due dates can be settled: batch %(number)s waits for approval")


@transaction.atomic
def propose_settled() -> int:
    """Provisional promises whose years are official by now: one batch is proposed, and supervisors are told.

    A sweep. A calendar that was decided on, or waits for a decision, is not proposed again. Returns how many promises.
    """
    choice = Choice(scope=Scope.PROVISIONAL)
    if not choice.clocks().exists():
        return 0
    calendar = CalendarDay.objects.calendar()
    known = RecalcBatch.objects.filter(scope=Scope.PROVISIONAL, calendar_version=calendar.fingerprint)
    if known.exclude(state=State.APPLIED).exists():
        return 0
    if not any(_settled(clock) for page in _pages(choice.clocks()) for clock in page):
        return 0
    batch = _write(None, choice, REASON)
    found = batch.looked_at - batch.same
    _tell_supervisors(batch, found)
    return found


def _settled(clock: Clock) -> bool:
    counted = recount(clock)
    return counted is not None and not counted.provisional


def _tell_supervisors(batch: RecalcBatch, found: int) -> None:
    notices.tell(
        to=[person for person in User.objects.filter(is_active=True) if person.has_role(Role.SUPERVISOR)],
        kind="recalculation",
        title=_TITLE,
        values={"count": found, "number": batch.number},
        about_kind="complaints:recalculation",
        about_no=batch.number,
        dedupe=f"recalculation:{batch.number}",
    )


def batches_to_apply() -> Iterable[RecalcBatch]:
    """Approved batches, the oldest first."""
    return RecalcBatch.objects.filter(state=State.APPROVED).order_by("pk")
