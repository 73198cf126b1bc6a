"""How severe it is, and what that promises (handbook 6/1.1.29(2)(3), 6/1.1.32(3); domain D.4, D.10)."""

from __future__ import annotations

import datetime
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from django.utils.translation import gettext_noop

from complaints import causing, changes, severity, sla, states
from complaints.actions import clocks, plans, taskforce
from complaints.actions.turning import Turn, turn, unsealed
from complaints.models import Assessment, Clock, Complaint
from complaints.severity import Factors
from crm_site.errors import NotAllowed, RuleBroken, Stale
from crm_site.models import CalendarDay
from crm_site.roles import Role
from customers.models import FollowUp

if TYPE_CHECKING:
    from crm_site.models import User

Kind = sla.Kind
Level = sla.Level
CORE_ISSUE_MAX = 200


@dataclass(frozen=True, slots=True, kw_only=True)
class Judgement:
    """What an assessor decides. ``deviation_reason`` is needed when the level is not the suggested one."""

    factors: Factors
    level: Level
    cause: str
    core_issue: str
    desired_outcome: str
    deviation_reason: str = ""


def assess(*, by: User, complaint: Complaint, version: int, judgement: Judgement) -> Complaint:
    """Decide level, cause and core issue; opens the promises of that level, counted from the receipt.

    Raises NotAllowed when the level is not this person's to decide, RuleBroken for what is missing.
    """
    suggestion = severity.suggest(judgement.factors)
    _require_complete(judgement, suggestion.level)
    if not states.assessors(judgement.level) & set(by.roles):
        raise NotAllowed(
            "complaint.assessor", _("A complaint handler or team leader decides on this level."), field="level"
        )
    with turn(
        "assess",
        by=by,
        complaint=complaint,
        version=version,
        reason=judgement.deviation_reason,
        changes=_judged(judgement) | {"level": judgement.level.rank},
    ) as now:
        _write(now, judgement, suggestion)
        clocks.keep(now.round, Kind.ASSESS, by=by, at=now.at)
        open_level(now)
        now.facts |= {"suggested": str(suggestion.level), "points": suggestion.score}
    return now.complaint


def _judged(judgement: Judgement) -> dict[str, Any]:
    return {
        **causing.columns(judgement.cause),
        "core_issue": judgement.core_issue.strip(),
        "desired_outcome": judgement.desired_outcome.strip(),
    }


def _require_complete(judgement: Judgement, suggested: Level) -> None:
    texts = {
        "cause": (judgement.cause, _("Choose the cause.")),
        "core_issue": (judgement.core_issue.strip(), _("State the core problem in a sentence.")),
        "desired_outcome": (judgement.desired_outcome.strip(), _("Write what the customer wants.")),
    }
    for name, (given, message) in texts.items():
        if not given:
            raise RuleBroken(f"complaint.{name}", message, field=name)
    if len(judgement.core_issue.strip()) > CORE_ISSUE_MAX:
        raise RuleBroken("complaint.core_issue_long", _("Keep the core problem to 200 characters."), field="core_issue")
    if judgement.level != suggested and not judgement.deviation_reason.strip():
        text = _("The suggestion is “%(level)s”. Say why you decide otherwise.")
        raise RuleBroken("complaint.deviation", text % {"level": suggested.label}, field="deviation_reason")


def _write(now: Turn, judgement: Judgement, suggestion: severity.Suggestion) -> None:
    now.round.level = judgement.level.rank
    now.round.save(update_fields=["level"])
    Assessment.objects.create(
        round=now.round,
        factors=judgement.factors.to_json(),
        points=suggestion.score,
        suggested=suggestion.level.rank,
        decided=judgement.level.rank,
        deviation_reason=unsealed(now.complaint, judgement.deviation_reason),
        by=now.person,
        at=now.at,
    )


def open_level(now: Turn) -> None:
    """Open what the level promises, counted from the receipt of the round (domain D.1)."""
    for kind in (Kind.FEEDBACK, Kind.PLAN, Kind.PROGRESS):
        clocks.start(now.round, kind, by=now.person)
    clocks.start(now.round, Kind.FORM_TASKFORCE, by=now.person, anchor_at=now.at)


def change_level(*, by: User | None, complaint: Complaint, version: int, level: Level, reason: str) -> Complaint:
    """Another level. Counting still starts from the receipt; what was missed stays missed (domain D.4).

    Raises RuleBroken for the level it has; NotAllowed when a hard trigger is overruled by less than a supervisor.
    """
    old = complaint.sla_level
    if old is None or level == old:
        raise RuleBroken("same_level", _("This is already the level. Choose another one."), field="level")
    last = Assessment.objects.filter(round__complaint=complaint).order_by("-pk").first()
    if by is not None:
        _require_power(by, last, level)
    with turn(
        "change_level",
        by=by,
        complaint=complaint,
        version=version,
        reason=reason,
        stay=level != Level.SEVERE,
        changes={"level": level.rank},
    ) as now:
        _reassess(now, last, level, reason)
        if complaint.state == states.State.PLAN_AGREED and level == Level.SEVERE:
            plans.replace(now, reason=unsealed(now.complaint, reason))
        clocks.keep(now.round, Kind.ASSESS, by=by, at=now.at)
        if level != Level.SEVERE:
            taskforce.dissolve(now, taskforce.Because.LEVEL)
        _move_promises(now, old, level, unsealed(now.complaint, reason))
        now.facts |= {"from_level": str(old), "to_level": str(level)}
    return now.complaint


def raise_unsolved(*, now: datetime.datetime) -> int:
    """Minor matters not solved by their day become moderate, and somebody is to look at the level (domain D.4).

    Counted from the receipt; the promise of the same day stays counted as missed. A sweep; returns how many.
    """
    late = {"kind": Kind.FEEDBACK, "follow_up__state": FollowUp.State.OPEN, "follow_up__due_at__lte": now}
    unsolved = Clock.objects.filter(round__complaint__level=Level.MINOR.rank, round__closed_at=None, **late)
    waiting = Complaint.objects.filter(pk__in=unsolved.values("round__complaint"), state=states.State.ASSESSED)
    count = 0
    for complaint in list(waiting.order_by("pk")):
        try:
            _raise(complaint, now)
        except Stale:  # somebody is at it this very moment; the next sweep looks again
            continue
        count += 1
    return count


@transaction.atomic
def _raise(complaint: Complaint, now: datetime.datetime) -> None:
    raised = change_level(
        by=None,
        complaint=complaint,
        version=complaint.version,
        level=Level.MODERATE,
        reason=gettext_noop("Not solved on the spot in time"),
    )
    clocks.start(raised.round, Kind.ASSESS, by=None, anchor_at=now)
    clocks.lead(raised, by=None)


def _require_power(by: User, last: Assessment | None, level: Level) -> None:
    """Against a hard trigger only a supervisor lowers a level (domain R6.9)."""
    triggers = severity.suggest(Factors.from_json(last.factors)).hard_triggers if last else ()
    if triggers and level != Level.SEVERE and not by.has_role(Role.SUPERVISOR):
        raise NotAllowed("complaint.hard_trigger", _("Only a supervisor may lower this level."), field="level")


def _reassess(now: Turn, last: Assessment | None, level: Level, reason: str) -> None:
    now.round.level = level.rank
    now.round.save(update_fields=["level"])
    Assessment.objects.create(
        round=now.round,
        factors=last.factors if last else {},
        points=last.points if last else 0,
        suggested=last.suggested if last else level.rank,
        decided=level.rank,
        deviation_reason=unsealed(now.complaint, reason),
        by=now.by,
        at=now.at,
    )


def _move_promises(now: Turn, old: Level, new: Level, reason: str) -> None:
    """Feedback is recounted or shortened; promises on the way there are those of the new level."""
    for clock in clocks.running(now.round, [Kind.FEEDBACK]):
        due = _after_change(now, clock, old, new)
        now.facts |= {"old_due": clock.follow_up.due_on.isoformat(), "new_due": due.on.isoformat()}
        clocks.replace(clock, due, by=now.by, reason=reason)
    on_the_way = (Kind.PLAN, Kind.PROGRESS, Kind.FORM_TASKFORCE)
    planned = now.complaint.state == states.State.PLAN_AGREED
    clocks.cancel_open(now.round, by=now.by, reason=reason, kinds=on_the_way)
    for kind in on_the_way[:2]:
        promised = None if planned and kind == Kind.PLAN else clocks.due_for(now.round, kind)
        if promised is not None:
            clocks.open_clock(now.round, _with_a_day(promised, now), by=now.by)
    taskforce.promise_again(now)


def _with_a_day(due: sla.Due, now: Turn) -> sla.Due:
    """A promise born of the change is not late at birth: one working day from it at least."""
    calendar, tz = CalendarDay.objects.calendar(), timezone.get_default_timezone()
    soonest = calendar.next_working(timezone.localdate(now.at))
    return due if due.on >= soonest else due.moved_to(soonest, calendar=calendar, tz=tz)


def _after_change(now: Turn, clock: Clock, old: Level, new: Level) -> sla.Due:
    """The feedback deadline of the new level."""
    changed = changes.after_level_change(
        current=clocks.stored(clock),
        old=old,
        new=new,
        received_at=now.round.received_at,
        changed_at=now.at,
        live_channel=now.complaint.live,
        profile=clocks.rules_of(clock),
        nature=now.complaint.nature,
        calendar=CalendarDay.objects.calendar(),
        tz=timezone.get_default_timezone(),
        shift_days=clock.shift,
    )
    now.facts |= {"extended": changed.extended, "was_breached": changed.was_breached}
    return changed.due
