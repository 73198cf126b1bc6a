"""Promises of a complaint: opened with their reasons, kept, cancelled, replaced; and the one that leads (domain D).

A date is computed once, by ``sla.due``, and stored in the promise. Editing calendar or rules later moves nothing.
"""

from __future__ import annotations

import datetime
from collections.abc import Iterable
from typing import TYPE_CHECKING

from django.conf import settings
from django.db import transaction
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from django.utils.translation import override

from complaints import given, ladder, sla
from complaints.models import Clock, Complaint, Round, SlaRuleSet
from complaints.models.complaint import ABOUT
from crm_site import office_hours
from crm_site.errors import RuleBroken
from crm_site.models import CalendarDay
from customers.actions import followups
from customers.models import FollowUp

if TYPE_CHECKING:
    from crm_site.models import User

Kind = sla.Kind
ANSWER_KINDS = (Kind.FEEDBACK, Kind.REG_FINAL, Kind.FORWARDER, Kind.ANSWER, Kind.OUTCOME)
"""Promises that the answer itself keeps."""
NOON = datetime.time(12)  # of clocks that did not keep their moment: only a cut-off or a limit in hours would ask
TO_THE_CUSTOMER = (*ANSWER_KINDS, Kind.ACK, Kind.PROGRESS, Kind.SATISFACTION)
"""Promises that need somebody to speak to: none of them is made about an anonymous complaint (domain R6.2)."""


def compute(
    *,
    kind: sla.Kind,
    nature: str,
    level: sla.Level | None,
    live: bool,
    anchor_at: datetime.datetime,
    profile: sla.Profile | None = None,
    business: str = "",
    complexity: sla.Complexity = sla.Complexity.SIMPLE,
    shift_days: int = 0,
) -> sla.Due | None:
    """The deadline these rules give, by the calendar as it stands now; None where they promise no such thing.

    ``profile``: the rule set; the handbook's as it is in force unless given.
    """
    profile = profile or SlaRuleSet.objects.rulebook().house
    if profile.rule(kind, nature=nature, level=level, live=live, complexity=complexity, business=business) is None:
        return None
    return sla.due(
        profile=profile,
        kind=kind,
        level=level,
        nature=nature,
        received_at=anchor_at,
        live_channel=live,
        calendar=CalendarDay.objects.calendar(),
        tz=timezone.get_default_timezone(),
        complexity=complexity,
        business=business,
        shift_days=shift_days,
    )


def due_for(
    round_: Round,
    kind: sla.Kind,
    *,
    anchor_at: datetime.datetime | None = None,
    profile: sla.Profile | None = None,
) -> sla.Due | None:
    """The deadline of a promise of this round; None where the rule set makes none, or nobody is there to answer.

    ``anchor_at`` is the moment of the rule's anchor; the receipt of the round unless given.
    """
    complaint = round_.complaint
    if complaint.is_anonymous and kind in TO_THE_CUSTOMER:
        return None
    return compute(
        kind=kind,
        nature=complaint.nature,
        level=complaint.sla_level,
        live=complaint.live,
        anchor_at=anchor_at or round_.received_at,
        profile=profile,
        business=complaint.business,
        complexity=sla.Complexity(round_.complexity),
    )


def start(
    round_: Round,
    kind: sla.Kind,
    *,
    by: User | None,
    anchor_at: datetime.datetime | None = None,
    profile: sla.Profile | None = None,
) -> Clock | None:
    """Open the promise that due_for dates; None where there is none."""
    due = due_for(round_, kind, anchor_at=anchor_at, profile=profile)
    return None if due is None else open_clock(round_, due, by=by)


def start_regulators(round_: Round, *, by: User | None) -> None:
    """The regulators' limits beside the handbook's, by where the complaint came from (domain D.12)."""
    for profile in SlaRuleSet.objects.rulebook().beside(round_.complaint.source):
        start(round_, Kind.REG_FINAL, by=by, profile=profile)


def start_forwarders(round_: Round, on: datetime.date, *, by: User | None) -> Clock:
    """The day set by whoever forwarded the matter, beside our own limits; the earliest of all leads (R6.33)."""
    calendar, tz = CalendarDay.objects.calendar(), timezone.get_default_timezone()
    return open_clock(round_, given.due(on, received_at=round_.received_at, calendar=calendar, tz=tz), by=by)


def rules_of(clock: Clock) -> sla.Profile:
    """The rule set a promise is under: the version in force, or the one that dated it where none is any more."""
    found = SlaRuleSet.objects.rulebook().named(clock.profile)
    found = found or SlaRuleSet.objects.version(clock.profile, clock.profile_version)
    if found is None:
        raise RuleBroken("rules.unknown", _("There is no rule set %(name)s.") % {"name": clock.profile})
    return found


def open_clock(round_: Round, due: sla.Due, *, by: User | None, replaces: Clock | None = None) -> Clock:
    """Store one deadline as a promise, and why it has its date."""
    complaint = round_.complaint
    with override("en"):
        title = str(due.kind.label)  # stored as the source text, shown through gettext
    promise = followups.promise(
        by=by,
        customer=complaint.customer,
        kind=FollowUp.Kind.CLOCK,
        title=title,
        due_on=due.on,
        due_at=due.at,
        owner=complaint.owner,
        team=complaint.team,
        provisional=due.provisional,
        about_kind=ABOUT,
        about_no=complaint.number,
        about_level=complaint.level,
    )
    return Clock.objects.create(
        round=round_,
        follow_up=promise,
        kind=due.kind,
        profile=due.profile,
        profile_version=due.profile_version,
        calendar_version=due.calendar_version,
        unit=due.unit,
        n=due.n,
        shift=due.shift,
        gross_at=_without_pauses(due),
        anchor_at=due.anchor,
        original_due_on=replaces.original_due_on if replaces else due.on,
        replaces=replaces,
        trace=due.trace_json(),
        ladder_at=_first_warning(round_, due),
    )


def _first_warning(round_: Round, due: sla.Due) -> datetime.datetime | None:
    """When somebody else first hears of a promise, should it not be kept by then."""
    deadline = ladder.Deadline(
        kind=due.kind,
        level=round_.complaint.sla_level,
        start=due.start,
        due_on=due.on,
        due_at=due.at,
        registered_at=round_.complaint.registered_at,
    )
    calendar, tz = CalendarDay.objects.calendar(), timezone.get_default_timezone()
    return ladder.first_at(deadline, calendar=calendar, tz=tz, hours=office_hours.parse(settings.OFFICE_HOURS))


def watch_again(round_: Round, *, at: datetime.datetime) -> None:
    """After a pause the next sweep looks where the promises of this round stand."""
    open_ones = round_.clocks.filter(kind__in=ladder.KINDS, follow_up__state=FollowUp.State.OPEN)
    open_ones.update(ladder_at=at)


def _without_pauses(due: sla.Due) -> datetime.datetime | None:
    """The moment there would have been but for the working days that pauses gave; None when they gave none."""
    if not due.shift:
        return None
    calendar, day = CalendarDay.objects.calendar(), due.on
    while due.shift and calendar.between(day, due.on) < due.shift:
        day -= datetime.timedelta(days=1)
    return due.at - (due.on - day)


def running(round_: Round, kinds: Iterable[sla.Kind] = tuple(Kind)) -> list[Clock]:
    """Clocks of these kinds whose promise is still open."""
    clocks = round_.clocks.filter(kind__in=[str(kind) for kind in kinds], follow_up__state=FollowUp.State.OPEN)
    return list(clocks.select_related("follow_up"))


def keep(round_: Round, kind: sla.Kind, *, by: User | None, at: datetime.datetime) -> int:
    """The promises of this kind were kept at this moment; returns how many were open."""
    clocks = running(round_, [kind])
    for clock in clocks:
        followups.keep(by=by, follow_up=clock.follow_up, at=at)
    return len(clocks)


def cancel_open(round_: Round, *, by: User | None, reason: str, kinds: Iterable[sla.Kind] = tuple(Kind)) -> int:
    """The open promises of these kinds fall away. One that had passed stays counted as missed (domain D.4, D.5)."""
    clocks = running(round_, kinds)
    now = timezone.now()
    for clock in clocks:
        if clock.follow_up.due_at <= now:
            Clock.objects.filter(pk=clock.pk).update(missed=True)
        followups.cancel(by=by, follow_up=clock.follow_up, reason=reason)
    return len(clocks)


def replace(clock: Clock, due: sla.Due, *, by: User | None, reason: str) -> Clock:
    """A new date for a promise: the old one is cancelled with the reason, the new one remembers the first date."""
    if clock.follow_up.due_at <= timezone.now():
        Clock.objects.filter(pk=clock.pk).update(missed=True)
    followups.cancel(by=by, follow_up=clock.follow_up, reason=reason)
    return open_clock(clock.round, due, by=by, replaces=clock)


def put_off(clock: Clock, due: sla.Due, *, since: datetime.datetime, by: User | None, reason: str) -> Clock:
    """As replace(), by what a pause gave: a date that passed while the clock stood still was not missed (domain D.3).

    One that had passed before the pause began, at ``since``, was, and stays counted.
    """
    if clock.follow_up.due_at <= since:
        Clock.objects.filter(pk=clock.pk).update(missed=True)
    followups.cancel(by=by, follow_up=clock.follow_up, reason=reason)
    return open_clock(clock.round, due, by=by, replaces=clock)


def hand_over(complaint: Complaint, *, by: User) -> None:
    """Its open promises go with the matter to its owner and team."""
    held = Q(owner=complaint.owner, team=complaint.team)
    for promise in FollowUp.objects.open().filter(clock__round__complaint=complaint).exclude(held):
        followups.assign(by=by, follow_up=promise, owner=complaint.owner, team=complaint.team)


def stored(clock: Clock) -> sla.Due:
    """The deadline as it was stored, for a rule that starts from it."""
    trace = sla.trace_from_json(clock.trace)
    promise = clock.follow_up
    return sla.Due(
        kind=Kind(clock.kind),
        on=promise.due_on,
        at=promise.due_at,
        start=next((day.date for day in trace if day.why == sla.Why.RECEIPT), trace[0].date),
        provisional=promise.provisional,
        unit=sla.Unit(clock.unit),
        n=clock.n,
        shift=clock.shift,
        profile=clock.profile,
        profile_version=clock.profile_version,
        calendar_version=clock.calendar_version,
        trace=trace,
        anchor=clock.anchor_at or timezone.make_aware(datetime.datetime.combine(trace[0].date, NOON)),
    )


def lead(complaint: Complaint, *, by: User | None) -> FollowUp | None:
    """After a step: the earliest open promise leads. One that promised nothing any more would lie forgotten, so a
    matter still open gets a promise to bring it to an end."""
    leading = move_leading(complaint)
    if leading is not None or complaint.closed_at is not None:
        return leading
    start(complaint.round, Kind.CLOSE, by=by, anchor_at=timezone.now())
    return move_leading(complaint)


def lead_unled() -> int:
    """Open matters that promise nothing, as those kept before every matter did: each gets its end promised.

    Without a leading promise a matter stands in no queue. A sweep; returns how many.
    """
    unled = Complaint.objects.open().filter(leading=None)
    return sum(_lead_one(pk) for pk in list(unled.order_by("pk").values_list("pk", flat=True)))


@transaction.atomic
def _lead_one(pk: int) -> bool:
    """Whether it still promised nothing once its row was ours."""
    complaint = Complaint.objects.open().select_for_update().filter(pk=pk, leading=None).first()
    return complaint is not None and lead(complaint, by=None) is not None


def move_leading(complaint: Complaint) -> FollowUp | None:
    """Point the complaint at its earliest open promise: the only hand on ``Complaint.leading`` and ``FollowUp.leads``.

    The promise carries the mark, so that queues walk its dates in the order of an index (docs/decisions/0011).
    """
    promises = FollowUp.objects.open().filter(clock__round__complaint=complaint)
    earliest = promises.order_by("due_at", "pk").first()
    if complaint.leading_id is not None:
        FollowUp.objects.filter(pk=complaint.leading_id, leads=True).update(leads=False)
    if earliest is not None:
        earliest.leads, earliest.about_level = True, complaint.level or 0  # never NULL: databases sort NULLs apart
        FollowUp.objects.filter(pk=earliest.pk).update(leads=True, about_level=earliest.about_level)
    Complaint.objects.filter(pk=complaint.pk).update(leading=earliest)
    complaint.leading = earliest
    return earliest
