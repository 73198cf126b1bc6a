"""Departments are asked, answer or send it back once (handbook 6/1.1.30(2)(3), 6/1.1.36; R6.5, R6.11)."""

from __future__ import annotations

import datetime
from collections.abc import Iterable
from typing import TYPE_CHECKING

from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from django.utils.translation import gettext_noop

from complaints import helping, sla
from complaints.actions import clocks, taskforce
from complaints.actions.turning import Turn, turn
from complaints.models import Complaint, Participation, Round
from complaints.models.complaint import ABOUT
from crm_site import bank_day
from crm_site.errors import NotAllowed, RuleBroken, Stale
from crm_site.models import CalendarDay, Team
from customers.actions import followups
from customers.models import FollowUp

if TYPE_CHECKING:
    from crm_site.models import Department, User

TASK_MIN, ANSWER_MIN = 5, 5
TITLE = gettext_noop("Answer the complaints team")


def invite(*, by: User, complaint: Complaint, version: int, departments: Iterable[Department], task: str) -> Complaint:
    """Ask departments one question. Raises RuleBroken for one that is asked already, and without a question.

    After two departments sent it back, NotAllowed for anybody but a supervisor (R6.5).
    """
    with turn("invite", by=by, complaint=complaint, version=version) as now:
        now.facts["departments"] = ask(now, departments, task)
    return now.complaint


def ask(now: Turn, departments: Iterable[Department], task: str) -> list[str]:
    """Inside a turn: write the question to each department with its own limit; returns their codes."""
    chosen = list(departments)
    if not chosen:
        raise RuleBroken(
            "complaint.departments", _("Name at least one department that takes part."), field="departments"
        )
    if len(task.strip()) < TASK_MIN:
        raise RuleBroken("participation.task", _("Write what the department is asked."), field="task")
    require_unconcerned(now.complaint, chosen)
    waiting = set(now.round.participations.waiting().values_list("department_id", flat=True))
    for department in chosen:
        if department.pk in waiting:
            text = _("%(department)s is asked already and has not answered.") % {"department": department.name}
            raise RuleBroken("participation.twice", text, field="departments")
        _ask_one(now, department, task.strip())
    return [department.code for department in chosen]


def require_unconcerned(complaint: Complaint, departments: Iterable[Department]) -> None:
    """No department answers whose head it is about, or who leads whom it is about (INV-17)."""
    for department in departments:
        if department.head is not None and complaint.concerns(department.head):
            text = _(
                "This complaint is about the head of %(department)s or somebody they lead. Ask another department."
            )
            raise NotAllowed("participation.recused", text % {"department": department.name}, field="departments")


def _ask_one(now: Turn, department: Department, task: str) -> None:
    complaint, on = now.complaint, _limit(now)
    promise = followups.promise(
        by=now.by,
        customer=complaint.customer,
        kind=FollowUp.Kind.ANSWER,
        title=TITLE,
        due_on=on,
        due_at=bank_day.ends(on),
        team=Team.objects.filter(department=department).order_by("code").first(),
        about_kind=ABOUT,
        about_no=complaint.number,
        about_level=complaint.level,
    )
    Participation.objects.create(
        round=now.round,
        department=department,
        follow_up=promise,
        task=task,
        invited_by=now.person,
        invited_at=now.at,
    )


def _limit(now: Turn) -> datetime.date:
    answer = clocks.running(now.round, [sla.Kind.FEEDBACK, sla.Kind.OUTCOME])
    return helping.answer_by(
        now.complaint.sla_level,
        asked_on=timezone.localdate(now.at),
        feedback_on=answer[0].follow_up.due_on if answer else None,
        calendar=CalendarDay.objects.calendar(),
    )


def answer(*, by: User, complaint: Complaint, version: int, participation: Participation, text: str) -> Complaint:
    """The department's answer keeps its promise; the complaint's own clocks go on."""
    if len(text.strip()) < ANSWER_MIN:
        raise RuleBroken("participation.answer", _("Write the department's answer."), field="text")
    with turn("answer", by=by, complaint=complaint, version=version) as now:
        _end(now, participation, answer=text.strip(), answered_by=by, answered_at=now.at)
        followups.keep(by=None, follow_up=participation.follow_up, at=now.at)
        now.facts["department"] = participation.department.code
    return now.complaint


def bounce(*, by: User, complaint: Complaint, version: int, participation: Participation, reason: str) -> Complaint:
    """Not this department's matter: back to the handler with the reason, once a department and round."""
    with turn("bounce", by=by, complaint=complaint, version=version, reason=reason) as now:
        earlier = now.round.participations.filter(department=participation.department).exclude(bounced_at=None)
        if earlier.exists():
            raise RuleBroken("participation.bounced_before", _("This department sent it back before. Answer it."))
        _end(now, participation, bounced_at=now.at, bounce_reason=reason.strip()[:300])
        followups.cancel(by=None, follow_up=participation.follow_up, reason=gettext_noop("Sent back"))
        taskforce.settle(now)  # whom it does not concern need not be heard
        now.facts["department"] = participation.department.code
    return now.complaint


def _end(now: Turn, participation: Participation, **changes: object) -> None:
    """Of two answers at once one is first."""
    waiting = Participation.objects.waiting().filter(pk=participation.pk, round=now.round)
    if waiting.update(**changes) != 1:
        raise Stale("participation.stale", _("This question was answered or sent back in the meantime."))


def let_go(round_: Round, *, by: User | None, reason: str) -> None:
    """What departments have not answered when the customer has the answer, or the round ends, is not needed now."""
    for waiting in round_.participations.waiting().select_related("follow_up"):
        if waiting.follow_up.state == FollowUp.State.OPEN:
            followups.cancel(by=None, follow_up=waiting.follow_up, reason=reason)
