"""Summaries to departments: issued on time, once, nil ones too; acknowledged with what will be done (domain R6.16)."""

from __future__ import annotations

import datetime
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

from django.db import IntegrityError, transaction
from django.db.models import F
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from django.utils.translation import gettext_noop

from complaints import figures, reporting
from complaints.figures import Asked, Period
from complaints.models import Complaint, DailyNumber, SummaryReport
from crm_site import audit, bank_day, masking
from crm_site.actions import notices
from crm_site.errors import NotAllowed, RuleBroken, Stale
from crm_site.models import CalendarDay, Department, User
from crm_site.roles import Role
from customers.actions import followups
from customers.models import FollowUp

if TYPE_CHECKING:
    from collections.abc import Mapping

Kind = SummaryReport.Kind
PREFIX, ABOUT = "HZ", "summary"
ANSWER_DAYS = 5  # working days
CASES = 5
ACTIONS_MIN = 5
DAY = datetime.timedelta(days=1)
TITLE = gettext_noop("Complaint summary of %(first_day)s to %(last_day)s: acknowledge it by %(due_day)s")
PROMISE = gettext_noop("Acknowledge the complaint summary and say what will be done")


def due(today: datetime.date) -> Iterator[tuple[str, datetime.date, datetime.date]]:
    """(kind, first, last) of every summary that ought to be out by now: the week before from Monday on, month and
    quarter before from the first working day of the new one. What an outage skipped is thus made up for."""
    calendar = CalendarDay.objects.calendar()
    monday = figures.week_of(today)[0]
    yield Kind.WEEKLY, monday - 7 * DAY, monday - DAY
    for kind, span in ((Kind.MONTHLY, figures.month_of), (Kind.QUARTERLY, figures.quarter_of)):
        begin = span(today)[0]
        if today >= calendar.next_working(begin - DAY):
            yield kind, *span(begin - DAY)


def issue_due(*, today: datetime.date) -> int:
    """Issue what is due to every department that has none yet; a sweep that may run twice. Returns how many."""
    departments = list(Department.objects.filter(active=True).exclude(kind=Department.Kind.EXTERNAL).order_by("code"))
    count = 0
    for kind, first, last in due(today):
        there = set(SummaryReport.objects.filter(kind=kind, first=first).values_list("department", flat=True))
        count += sum(_issue(kind, first, last, one) for one in departments if one.pk not in there)
    return count


def _issue(kind: str, first: datetime.date, last: datetime.date, department: Department) -> bool:
    try:
        with transaction.atomic():
            issue(kind=kind, first=first, last=last, department=department)
    except IntegrityError:  # another machine's sweep was first
        return False
    return True


def narrowing(department: Department) -> dict[str, str]:
    """The service centre is told of everything, any other department of what concerns it."""
    return {} if department.kind == Department.Kind.SERVICE else {figures.CONCERNED: department.code}


@transaction.atomic
def issue(*, kind: str, first: datetime.date, last: datetime.date, department: Department) -> SummaryReport:
    """One summary, as it stood at the end of its last day. IntegrityError when there is one already."""
    now = timezone.now()
    period = Period(first, last, bank_day.ends(last), live=False)
    only = narrowing(department)
    asked = Asked("received", period, only)
    nil = not any(asked.named(name).rows().exists() for name in ("received", "closed", "open", "fed_back"))
    lines = [] if nil else [line.plain() for line in reporting.summary(period, only)]
    cases = [] if nil else _cases(asked)
    made = SummaryReport.objects.create(
        number=_number(timezone.localdate(now)),
        department=department,
        kind=kind,
        first=first,
        last=last,
        issued_at=now,
        nil=nil,
        lines=lines,
        cases=cases,
        content_hash=reporting.content_hash([*lines, *cases]),
    )
    _ask_answer(made, now)
    after = {"department": department.code, "kind": kind, "first": first, "nil": nil, "hash": made.content_hash}
    audit.record(by=None, action="summary.issue", obj=made, after=after)
    return made


def _number(day: datetime.date) -> str:
    DailyNumber.objects.bulk_create([DailyNumber(prefix=PREFIX, day=day)], ignore_conflicts=True)
    today = DailyNumber.objects.filter(prefix=PREFIX, day=day)
    today.update(last=F("last") + 1)
    return f"{PREFIX}-{day:%Y%m%d}-{today.values_list('last', flat=True).get():04d}"


def _cases(asked: Asked) -> list[dict[str, Any]]:
    """The gravest answered in the period: what it was about, never whose it was."""
    rows = asked.named("fed_back", nature=str(Complaint.Nature.COMPLAINT)).rows()
    shown = rows.order_by("-level", "-received_at").prefetch_related("rounds__feedbacks")[:CASES]
    return [_case(complaint, asked.period) for complaint in shown]


def _case(complaint: Complaint, period: Period) -> dict[str, Any]:
    told = [
        told
        for round_ in complaint.rounds.all()
        for told in round_.feedbacks.all()
        if told.decision and told.at < period.stop
    ]
    return {
        "subject": masking.redact(complaint.subject, *complaint.names),
        "level": complaint.level,
        "cause": complaint.cause,
        "decision": told[-1].decision if told else "",
    }


def _ask_answer(made: SummaryReport, now: datetime.datetime) -> None:
    """Who speaks for the department is told, and promises an answer within five working days."""
    department = made.department
    on = CalendarDay.objects.calendar().add(timezone.localdate(now), ANSWER_DAYS)
    promise = followups.promise(
        by=None,
        customer=None,
        kind=FollowUp.Kind.PROMISE,
        title=PROMISE,
        due_on=on,
        due_at=bank_day.ends(on),
        owner=department.head,
        team=department.teams.order_by("code").first(),
        about_kind=ABOUT,
        about_no=made.number,
    )
    SummaryReport.objects.filter(pk=made.pk).update(promise=promise)
    made.promise = promise
    values: Mapping[str, Any] = {
        "first_day": made.first.isoformat(),
        "last_day": made.last.isoformat(),
        "due_day": on.isoformat(),
    }
    notices.tell(
        to=_speakers(department),
        kind="summary",
        title=TITLE,
        values=values,
        about_kind=ABOUT,
        about_no=made.number,
        dedupe=f"summary:{made.number}",
        at=now,
    )


def _speakers(department: Department) -> list[User]:
    """Its head and its liaisons; for the service centre its supervisors."""
    people = User.objects.active().filter(team__department=department)
    role = Role.SUPERVISOR if department.kind == Department.Kind.SERVICE else Role.LIAISON
    found = [person for person in people if person.has_role(role)]
    head = department.head
    return [*found, head] if head is not None and head not in found else found


def may_acknowledge(summary: SummaryReport, by: User) -> bool:
    """Whether this person speaks for the department."""
    return summary.acknowledged_at is None and by in _speakers(summary.department)


@transaction.atomic
def acknowledge(*, by: User, summary: SummaryReport, actions: str) -> SummaryReport:
    """The department has read it, and says what it will do. Raises NotAllowed for who does not speak for it,
    RuleBroken without actions (but for a nil one), Stale for the second of two."""
    if by not in _speakers(summary.department):
        raise NotAllowed("summary.speaker", _("Its head or liaison answers for the department."))
    words = masking.redact(actions.strip())
    if not summary.nil and len(words) < ACTIONS_MIN:
        raise RuleBroken("summary.actions", _("Write what the department will do, or why nothing."), field="actions")
    now = timezone.now()
    waiting = SummaryReport.objects.waiting().filter(pk=summary.pk)
    if waiting.update(acknowledged_by=by, acknowledged_at=now, actions=words) != 1:
        raise Stale("summary.stale", _("This summary has been acknowledged already."))
    promise = FollowUp.objects.open().filter(summary=summary).first()
    if promise is not None:
        followups.keep(by=None, follow_up=promise, at=now)
    fresh = SummaryReport.objects.get(pk=summary.pk)
    audit.record(by=by, action="summary.acknowledge", obj=fresh, after={"actions": bool(words)})
    return fresh
