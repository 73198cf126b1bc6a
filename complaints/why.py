"""Why a date is what it is, and where the time went: read from what was stored, nothing reckoned anew (domain D.2)."""

from __future__ import annotations

import datetime
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from django.utils import timezone
from django.utils.translation import gettext as _

from complaints import clock_face, sla, time_used
from complaints.clock_face import Face
from complaints.models import Clock, Complaint, DiaryEntry, RecalcItem, Round
from complaints.time_used import Span, Stage, Use
from crm_site.models import CalendarDay, User
from customers.models import FollowUp


@dataclass(frozen=True, slots=True)
class Move:
    """One time the date moved: when, by whom ("" for the timetable), why; ``batch`` is its number, ``approver`` who
    approved it."""

    old: datetime.date
    new: datetime.date
    at: datetime.datetime
    who: str
    reason: str
    batch: str = ""
    approver: str = ""
    missed: bool = False


@dataclass(frozen=True, slots=True)
class Story:
    """One promise and everything that happened to its date, the moves oldest first."""

    clock: Clock
    face: Face
    start: str
    first: datetime.date
    kept_at: datetime.datetime | None
    late: bool
    moves: tuple[Move, ...]

    @property
    def trace(self) -> list[dict[str, Any]]:
        """The days as they were stored."""
        return list(self.clock.trace)


def stories(round_: Round, now: datetime.datetime, *, every: bool = False) -> list[Story]:
    """The promises of a round that stand or were kept, the soonest first; those that another date replaced are told
    within their successor. ``every``: also those that fell away."""
    rows = round_.clocks.select_related("follow_up__promised_by").order_by("follow_up__due_at", "pk")
    clocks = {clock.pk: clock for clock in rows}
    batches = RecalcItem.objects.filter(new_clock__round=round_).select_related("batch__decided_by")
    moved_by = {item.new_clock_id: item for item in batches}
    return [
        _story(clock, clocks, moved_by, now)
        for clock in clocks.values()
        if every or clock.follow_up.state != FollowUp.State.CANCELLED
    ]


def _story(
    clock: Clock, clocks: dict[int, Clock], moved_by: dict[int | None, RecalcItem], now: datetime.datetime
) -> Story:
    promise = clock.follow_up
    return Story(
        clock=clock,
        face=clock_face.of_clock(clock, now),
        start=_start(clock),
        first=clock.original_due_on,
        kept_at=promise.kept_at,
        late=promise.late(now),
        moves=tuple(reversed(list(_moves(clock, clocks, moved_by)))),
    )


def _moves(clock: Clock, clocks: dict[int, Clock], moved_by: dict[int | None, RecalcItem]) -> Iterable[Move]:
    """Newest first, along the chain of clocks each of which replaced the one before."""
    while clock.replaces_id is not None and clock.replaces_id in clocks:
        before, item = clocks[clock.replaces_id], moved_by.get(clock.pk)
        by = clock.follow_up.promised_by
        yield Move(
            old=before.follow_up.due_on,
            new=clock.follow_up.due_on,
            at=clock.follow_up.promised_at,
            who=by.display_name if by else "",
            reason=item.batch.reason if item else before.follow_up.outcome,
            batch=item.batch.number if item else "",
            approver=item.batch.decided_by.display_name if item and item.batch.decided_by else "",
            missed=before.missed,
        )
        clock = before


def _start(clock: Clock) -> str:
    """From which day it is counted, and why not from an earlier one."""
    trace = sla.trace_from_json(clock.trace)
    if not trace:
        return ""
    if any(day.why == sla.Why.AFTER_CUTOFF for day in trace):
        return _("Received after the cut-off time: counted from the next day.")
    if any(day.why == sla.Why.ROLLED for day in trace):
        return _("Received on a day off: counted as received on the next working day.")
    if trace[-1].why == sla.Why.GIVEN:
        return _("The day was set by the body that forwarded the matter; nothing moves it.")
    if trace[0].why == sla.Why.RECEIPT:
        return _("The day it starts from does not count.")
    return _("The day it starts from is day one.")


# --- where the time went ----------------------------------------------------------------------------------------
@dataclass(frozen=True, slots=True)
class Used:
    """Working days by what was waited for, and what each department and person took; ``total`` is their sum."""

    parts: tuple[Use, ...]
    each: tuple[Use, ...]

    @property
    def total(self) -> int:
        """Working days used since the receipt of the round."""
        return sum(part.days for part in self.parts)


def used(round_: Round, now: datetime.datetime) -> Used:
    """From the receipt of the round until the customer was answered, the round ended, or now."""
    until = round_.fed_back_at or round_.closed_at or now
    found, calendar, tz = spans(round_), CalendarDay.objects.calendar(), timezone.get_default_timezone()
    start = timezone.localdate(round_.received_at)
    return Used(
        parts=time_used.time_used(found, start=start, until=until, calendar=calendar, tz=tz),
        each=time_used.each(found, until=until, calendar=calendar, tz=tz),
    )


def spans(round_: Round) -> list[Span]:
    """What the round waited for and when, from pauses, assessments, departments and the diary."""
    entries = list(round_.complaint.diary.filter(round_no=round_.no).select_related("by").order_by("pk"))
    found = [Span(Stage.PAUSED, pause.began_at, pause.ended_at) for pause in round_.pauses.all()]
    found += _assessment(round_)
    found += _plan(entries)
    for asked in round_.participations.select_related("department"):
        ended = asked.answered_at or asked.bounced_at or round_.fed_back_at or round_.closed_at
        found.append(Span(Stage.DEPARTMENT, asked.invited_at, ended, asked.department.name))
    return found + _owners(round_.complaint, entries)


def _assessment(round_: Round) -> list[Span]:
    """Until the first level is decided; a later round has its level from its beginning."""
    if round_.complaint.nature not in (Complaint.Nature.COMPLAINT, Complaint.Nature.UNCLASSIFIED) or round_.no > 1:
        return []
    first = round_.assessments.order_by("pk").first()
    return [Span(Stage.ASSESSMENT, round_.received_at, first.at if first else round_.fed_back_at)]


def _plan(entries: Sequence[DiaryEntry]) -> list[Span]:
    """From each time a plan is handed in until it is approved or sent back."""
    found, handed_in = [], None
    for entry in entries:
        if entry.verb == "submit_plan":
            handed_in = entry.at
        elif handed_in is not None and entry.verb in ("approve_plan", "return_plan", "change_level"):
            found.append(Span(Stage.PLAN, handed_in, entry.at))
            handed_in = None
    return [*found, Span(Stage.PLAN, handed_in)] if handed_in is not None else found


_TAKES = ("claim", "start_work")
_HANDS = ("assign", "take_back")


def _owners(complaint: Complaint, entries: Sequence[DiaryEntry]) -> list[Span]:
    """Who had it when; the last one is whom it belongs to. Before the diary names anybody it is the first it names."""
    names = dict(User.objects.filter(employee_no__in=_handed(entries)).values_list("employee_no", "display_name"))
    changes: list[tuple[datetime.datetime, str]] = []
    for entry in entries:
        if entry.verb in _TAKES and entry.by:
            changes.append((entry.at, entry.by.display_name))
        elif entry.verb in _HANDS:
            before, after = entry.data.get("from", ""), entry.data.get("to", "")
            if not changes and before:
                changes.append((_began(entries), names.get(before, before)))
            changes.append((entry.at, names.get(after, after)))
    if not changes and complaint.owner:
        changes.append((_began(entries), complaint.owner.display_name))
    ends = [at for at, _who in changes[1:]] + [None]
    return [Span(Stage.OWNER, at, end, who) for (at, who), end in zip(changes, ends, strict=True) if who]


def _handed(entries: Sequence[DiaryEntry]) -> set[str]:
    return {str(entry.data.get(key, "")) for entry in entries if entry.verb in _HANDS for key in ("from", "to")}


def _began(entries: Sequence[DiaryEntry]) -> datetime.datetime:
    return entries[0].at if entries else timezone.now()
