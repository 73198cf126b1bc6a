"""The ladder is climbed: what is reached is told once, what was slept through is passed over (domain D.6; R6.30).

Each promise keeps the moment of its next rung, so a sweep that finds nothing asks one question of one index. Rows are
locked while they are climbed, and of two sweeps at once the second passes them by; the unique keys of rungs and notices
hold where there are no such locks.
"""

from __future__ import annotations

import datetime
from collections import defaultdict
from collections.abc import Iterable, Mapping
from typing import NamedTuple

from django.conf import settings
from django.db import models, transaction
from django.utils import timezone
from django.utils.translation import gettext_noop

from complaints import ladder, sla
from complaints.actions import recovery
from complaints.actions.chain import Chain
from complaints.ladder import Rung, Threshold
from complaints.models import Clock, Complaint, Escalation, Participation
from complaints.models.complaint import ABOUT
from crm_site import audit, office_hours
from crm_site.actions import notices
from crm_site.models import CalendarDay, Department
from customers.models import FollowUp

BATCH = 500
KIND = "ladder"
T = Threshold
TITLES: dict[Threshold, str] = {
    T.P0: gettext_noop("The customer waits for news of progress since %(day)s"),
    T.A0: gettext_noop("Not assessed by %(day)s: assess it, or say who does"),
    T.T1: gettext_noop("No plan yet: the answer is due %(day)s"),
    T.T2: gettext_noop("%(level_word)s: answer due %(day)s"),
    T.T3: gettext_noop("%(level_word)s, at risk: answer due %(day)s. Bring it back on track"),
    T.T4: gettext_noop("%(level_word)s: answer due today. Call the customer"),
    T.B0: gettext_noop("%(level_word)s, late since %(day)s. Give the reason, and the customer a new date"),
    T.B1: gettext_noop("%(level_word)s, still late since %(day)s. Hold a review meeting"),
    T.B2: gettext_noop("%(level_word)s, late for more than a week: it was due %(day)s"),
}
_LEADER = "round__complaint__team__leader"
_SEALED = [
    f"round__complaint__{name}"
    for name in ("content", "desired_outcome", "core_issue", "complainant_name", "complainant_contact")
]
"""What a warning does not need, and would be opened for nothing."""
_LEVEL_WORDS = {0: "", 1: gettext_noop("Minor"), 2: gettext_noop("Moderate"), 3: gettext_noop("Severe")}


class _Climb(NamedTuple):
    """One promise and the rung it is told at."""

    clock: Clock
    rung: Rung

    @property
    def complaint(self) -> Complaint:
        return self.clock.round.complaint


def climb(*, now: datetime.datetime) -> dict[str, int]:
    """Tell what has been reached by ``now``; a sweep. Counts of rungs told and passed over, and of notices written."""
    counts = {"warned": 0, "passed_over": 0, "notices": 0}
    while _reached(now).exists():
        done = _batch(now)
        if done is None:  # what is left is in another sweep's hands
            break
        for name, n in done.items():
            counts[name] += n
    return counts


def _reached(now: datetime.datetime) -> models.QuerySet[Clock]:
    return Clock.objects.filter(ladder_at__lte=now)


@transaction.atomic
def _batch(now: datetime.datetime) -> dict[str, int] | None:
    """As many promises as one transaction should hold; None when none is due."""
    due = _reached(now).order_by("ladder_at", "pk").select_related("follow_up", "round__complaint")
    due = due.prefetch_related("round__complaint__owner", _LEADER)  # few people stand behind many promises
    clocks = list(due.defer("trace", *_SEALED).select_for_update(skip_locked=True, of=("self",))[:BATCH])
    if not clocks:
        return None
    watched = [clock for clock in clocks if _is_watched(clock)]
    told, passed, next_at = _climbed(watched, now)
    _move_on(clocks, next_at)
    Escalation.objects.bulk_create(
        [_row(clock, rung, now, Escalation.State.SKIPPED) for clock, rung in passed]
        + [_row(clock, rung, now, Escalation.State.SENT) for clock, rung in told],
        ignore_conflicts=True,
    )
    for clock, rung in told:
        recovery.owed(clock, rung.threshold, now)
    written = notices.tell_all(_tellings(told), at=now)
    if told or passed:
        audit.record(by=None, action="complaint.escalate", object_type="complaints.escalation", after=_summary(told))
    return {"warned": len(told), "passed_over": len(passed), "notices": written}


def _is_watched(clock: Clock) -> bool:
    """Whether anybody is warned of it now: its promise is open and its clock runs."""
    return clock.follow_up.state == FollowUp.State.OPEN and clock.round.complaint.paused_at is None


def _climbed(
    clocks: list[Clock], now: datetime.datetime
) -> tuple[list[_Climb], list[_Climb], dict[int, datetime.datetime | None]]:
    """Rungs to tell, rungs to pass over, and the moment of each promise's next one."""
    recorded: dict[int, list[tuple[str, int]]] = defaultdict(list)
    for pk, threshold, week in Escalation.objects.filter(clock__in=clocks).values_list("clock", "threshold", "week"):
        recorded[pk].append((threshold, week))
    unplanned = _unplanned(clocks)
    calendar, tz = CalendarDay.objects.calendar(), timezone.get_default_timezone()
    hours = office_hours.parse(settings.OFFICE_HOURS)
    told, passed, next_at = [], [], {}
    for clock in clocks:
        deadline = deadline_of(clock, planned=clock.round_id not in unplanned)
        stands = ladder.standing(deadline, now, calendar=calendar, tz=tz, hours=hours)
        highest, below = ladder.pending(stands.reached, recorded[clock.pk])
        told += [_Climb(clock, highest)] if highest else []
        passed += [_Climb(clock, rung) for rung in below]
        next_at[clock.pk] = stands.next_at
    return told, passed, next_at


def deadline_of(clock: Clock, *, planned: bool = False) -> ladder.Deadline:
    """A stored promise as the ladder looks at it."""
    complaint, promise = clock.round.complaint, clock.follow_up
    return ladder.Deadline(
        kind=sla.Kind(clock.kind),
        level=complaint.sla_level,
        start=timezone.localdate(clock.round.received_at),
        due_on=promise.due_on,
        due_at=promise.due_at,
        registered_at=complaint.registered_at,
        planned=planned,
    )


def _unplanned(clocks: Iterable[Clock]) -> set[int]:
    """Rounds that still owe their plan."""
    rounds = [clock.round_id for clock in clocks if clock.kind == sla.Kind.FEEDBACK]
    owed = Clock.objects.filter(round__in=rounds, kind=sla.Kind.PLAN, follow_up__state=FollowUp.State.OPEN)
    return set(owed.values_list("round", flat=True)) if rounds else set()


def _move_on(clocks: Iterable[Clock], next_at: Mapping[int, datetime.datetime | None]) -> None:
    """Each promise waits for its next rung, or for none; many share a morning, so it is one update a moment."""
    moments: dict[datetime.datetime | None, list[int]] = defaultdict(list)
    for clock in clocks:
        moments[next_at.get(clock.pk)].append(clock.pk)
    for moment, pks in moments.items():
        Clock.objects.filter(pk__in=pks).update(ladder_at=moment)


def _row(clock: Clock, rung: Rung, now: datetime.datetime, state: str) -> Escalation:
    return Escalation(clock=clock, threshold=rung.threshold, week=rung.week, reached_at=rung.at, at=now, state=state)


def _tellings(told: list[_Climb]) -> list[notices.Telling]:
    chain, asked = Chain(), _asked(told)
    return [
        notices.Telling(
            to=chain.people(climbed.rung.threshold, climbed.complaint, asked[climbed.clock.round_id]),
            kind=KIND,
            title=TITLES[climbed.rung.threshold],
            values={
                "day": climbed.clock.follow_up.due_on.isoformat(),
                "level_word": _LEVEL_WORDS[climbed.complaint.level or 0],
            },
            about_kind=ABOUT,
            about_no=climbed.complaint.number,
            dedupe=Escalation(clock=climbed.clock, threshold=climbed.rung.threshold, week=climbed.rung.week).key,
            needs_ack=climbed.rung.threshold in ladder.ANSWERED_FOR,
        )
        for climbed in told
    ]


def _asked(told: list[_Climb]) -> Mapping[int, list[Department]]:
    """Departments that owe an answer, by round, where a rung concerns them."""
    rounds = [climbed.clock.round_id for climbed in told if ladder.RANK[climbed.rung.threshold] >= ladder.RANK[T.T3]]
    found: dict[int, list[Department]] = defaultdict(list)
    if rounds:
        waiting = Participation.objects.waiting().filter(round__in=rounds).select_related("department__head")
        for participation in waiting:
            found[participation.round_id].append(participation.department)
    return found


def _summary(told: list[_Climb]) -> dict[str, list[str]]:
    """What was told, for the visitors' book: numbers by rung."""
    found: dict[str, list[str]] = defaultdict(list)
    for clock, rung in told:
        found[str(rung.threshold)].append(clock.round.complaint.number)
    return dict(found)
