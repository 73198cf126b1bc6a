"""Departments are asked, answer in their own time, or send it back once (handbook 6/1.1.30(2), 6/1.1.36)."""

from __future__ import annotations

import datetime
from collections.abc import Callable
from typing import Any

import pytest
import time_machine
from django.test import Client
from django.urls import reverse

from complaints.actions import participations
from complaints.helping import answer_by
from complaints.models import Complaint, Participation
from complaints.sla import Level
from complaints.tests import scenes
from crm_site.errors import NotAllowed, RuleBroken, Stale
from crm_site.models import AuditEvent, CalendarDay, Department, Team, User
from crm_site.tests.factories import DepartmentFactory, TeamFactory, UserFactory
from customers.models import FollowUp, Message

pytestmark = pytest.mark.django_db
ClientFor = Callable[..., Client]
D = datetime.date


@pytest.mark.parametrize(
    ("level", "asked_on", "feedback_on", "on"),
    [
        (Level.MODERATE, D(2026, 3, 2), D(2026, 3, 9), D(2026, 3, 4)),
        (Level.SEVERE, D(2026, 3, 2), D(2026, 3, 16), D(2026, 3, 6)),
        (Level.MODERATE, D(2026, 3, 5), D(2026, 3, 9), D(2026, 3, 6)),  # a working day before the customer's answer
        (Level.MODERATE, D(2026, 3, 6), D(2026, 3, 9), D(2026, 3, 9)),  # never less than the next working day
        (Level.MODERATE, D(2026, 3, 10), D(2026, 3, 9), D(2026, 3, 11)),  # late already
        (Level.SEVERE, D(2025, 9, 26), D(2025, 10, 16), D(2025, 10, 9)),  # Sunday 28 September works, eight days rest
        (None, D(2026, 3, 2), None, D(2026, 3, 16)),
    ],
)
def test_a_department_answers_before_the_customer_is_to_be_answered(
    level: Level | None, asked_on: datetime.date, feedback_on: datetime.date | None, on: datetime.date
) -> None:
    calendar = CalendarDay.objects.calendar()
    assert answer_by(level, asked_on=asked_on, feedback_on=feedback_on, calendar=calendar) == on


@pytest.fixture
def it(now: datetime.datetime) -> Department:
    """The technology department with a team of its own."""
    department = scenes.department()
    TeamFactory(code="IT1", department=department, purpose=Team.Purpose.SERVICE)
    return department


@pytest.fixture
def asked(it: Department) -> tuple[User, Complaint, Participation]:
    """A moderate complaint in work, about which technology is asked."""
    by = scenes.handler()
    complaint = scenes.in_work(by)
    return by, complaint, complaint.round.participations.get()


def liaison(department: Department) -> User:
    made: User = UserFactory(role="liaison", team=department.teams.get())
    return made


def reply(by: User, complaint: Complaint, question: Participation, text: str = "The file was read twice.") -> Complaint:
    return participations.answer(
        by=by, complaint=complaint, version=complaint.version, participation=question, text=text
    )


def send_back(by: User, complaint: Complaint, question: Participation, reason: str = "Not ours") -> Complaint:
    return participations.bounce(
        by=by, complaint=complaint, version=complaint.version, participation=question, reason=reason
    )


def ask(by: User, complaint: Complaint, *departments: Department, task: str = "What do the logs say?") -> Complaint:
    return participations.invite(
        by=by, complaint=complaint, version=complaint.version, departments=departments, task=task
    )


def test_who_starts_the_work_asks_the_departments_each_with_a_promise_of_its_own(
    asked: tuple[User, Complaint, Participation], it: Department
) -> None:
    _by, complaint, question = asked
    promise = question.follow_up
    assert question.task == scenes.PLAN
    assert (promise.kind, promise.state, promise.due_on) == ("ANSWER", "OPEN", D(2025, 9, 29))
    assert promise.team == it.teams.get()
    assert complaint.leading != promise


def test_the_answer_keeps_the_department_s_promise_and_no_clock_of_the_complaint(
    asked: tuple[User, Complaint, Participation], it: Department
) -> None:
    _by, complaint, question = asked
    before = set(scenes.promises(complaint))
    with time_machine.travel(scenes.local("2025-09-29 16:00"), tick=False):
        complaint = reply(liaison(it), complaint, question)
    question.refresh_from_db()
    assert (question.answer, question.follow_up.state) == ("The file was read twice.", "KEPT")
    assert set(scenes.promises(complaint)) == before
    assert complaint.diary.latest("pk").data == {"department": "IT"}
    assert AuditEvent.objects.filter(action="complaint.answer").count() == 1
    assert not Message.objects.exists()


def test_of_two_answers_at_once_one_is_first(asked: tuple[User, Complaint, Participation], it: Department) -> None:
    by, complaint, question = asked
    person = liaison(it)
    seen = Complaint.objects.get(pk=complaint.pk)
    reply(person, complaint, question)
    with pytest.raises(Stale):
        reply(person, seen, question, "Another one.")
    with pytest.raises(RuleBroken, match="No department owes"):
        reply(person, Complaint.objects.get(pk=complaint.pk), question, "Another one.")
    fresh = ask(by, Complaint.objects.get(pk=complaint.pk), DepartmentFactory(code="LEGAL"))
    with pytest.raises(Stale):  # the same question again, the complaint as it stands
        reply(by, fresh, question)
    question.refresh_from_db()
    assert question.answer == "The file was read twice."


def test_a_department_sends_it_back_once_a_round_with_its_reason(
    asked: tuple[User, Complaint, Participation], it: Department
) -> None:
    by, complaint, question = asked
    person = liaison(it)
    with pytest.raises(RuleBroken, match="why"):
        send_back(person, complaint, question, " ")
    complaint = send_back(person, complaint, question)
    question.refresh_from_db()
    assert (question.bounce_reason, question.follow_up.state) == ("Not ours", "CANCELLED")
    complaint = ask(by, complaint, it, task="It is yours: read the file.")
    again = complaint.round.participations.waiting().get()
    with pytest.raises(RuleBroken, match="before"):
        send_back(person, complaint, again)


def test_after_two_sent_it_back_a_supervisor_decides_whom_to_ask(
    asked: tuple[User, Complaint, Participation], it: Department
) -> None:
    by, complaint, question = asked
    legal, card = DepartmentFactory(code="LEGAL"), DepartmentFactory(code="CARD")
    TeamFactory(code="L1", department=legal)
    complaint = ask(by, send_back(liaison(it), complaint, question), legal)
    complaint = send_back(liaison(legal), complaint, complaint.round.participations.waiting().get())
    with pytest.raises(NotAllowed, match="supervisor"):
        ask(by, complaint, card)
    complaint = ask(UserFactory(role="supervisor"), complaint, card)
    assert complaint.round.participations.waiting().get().department == card


@pytest.mark.parametrize(("task", "field"), [(" ", "task"), ("abc", "task")])
def test_a_department_is_not_asked_nothing(asked: tuple[User, Complaint, Participation], task: str, field: str) -> None:
    by, complaint, _question = asked
    with pytest.raises(RuleBroken) as refusal:
        ask(by, complaint, DepartmentFactory(code="LEGAL"), task=task)
    assert refusal.value.field == field


def test_a_department_is_asked_one_thing_at_a_time(
    asked: tuple[User, Complaint, Participation], it: Department
) -> None:
    by, complaint, _question = asked
    with pytest.raises(RuleBroken, match="asked already"):
        ask(by, complaint, it)
    with pytest.raises(RuleBroken, match="at least one"):
        ask(by, complaint)


def test_once_the_customer_is_answered_nobody_waits_for_the_department(
    asked: tuple[User, Complaint, Participation],
) -> None:
    by, complaint, question = asked
    told = scenes.told()
    complaint = scenes.agreed(by, complaint)
    complaint = scenes.resolution.feed_back(by=by, complaint=complaint, version=complaint.version, told=told)
    question.follow_up.refresh_from_db()
    assert question.follow_up.state == FollowUp.State.CANCELLED
    with pytest.raises(RuleBroken):
        reply(by, complaint, question)


def test_the_promise_is_not_ticked_off_in_a_list(
    asked: tuple[User, Complaint, Participation], it: Department, client_for: ClientFor
) -> None:
    promise = asked[2].follow_up
    client = client_for("liaison", team=it.teams.get())
    page = client.get(reverse("customers:followups") + "?view=team")
    assert reverse("customers:followup_keep", args=[promise.ref]) not in page.content.decode()
    sent = {"act": "keep", "version": promise.version}
    assert client.post(reverse("customers:followup_keep", args=[promise.ref]), sent).status_code in (403, 422)
    promise.refresh_from_db()
    assert promise.state == "OPEN"


# --- doors ------------------------------------------------------------------------------------------------------
def test_a_liaison_finds_the_complaint_answers_and_sees_it_said(
    asked: tuple[User, Complaint, Participation], it: Department, client_for: ClientFor
) -> None:
    _by, complaint, question = asked
    client = client_for("liaison", team=it.teams.get())
    detail, door = (reverse(f"complaints:{name}", args=[complaint.number]) for name in ("detail", "answer"))
    assert door in client.get(detail).content.decode()
    sent: dict[str, Any] = {"version": complaint.version, "participation": question.pk}
    short = client.post(door, sent | {"text": "ok"})
    assert short.status_code == 422
    assert client.post(door, sent | {"text": "The file was read twice."}).status_code == 302
    page = client.get(detail).content.decode()
    assert "The file was read twice." in page
    assert "answered the same day" in page
    assert door not in page
    assert client.post(door, sent | {"text": "Once more."}).status_code in (403, 409)
    assert Participation.objects.get().answer == "The file was read twice."


def test_another_department_s_liaison_does_not_find_the_complaint(
    asked: tuple[User, Complaint, Participation], client_for: ClientFor
) -> None:
    complaint, question = asked[1:]
    other = TeamFactory(code="L1", department=DepartmentFactory(code="LEGAL"))
    client = client_for("liaison", team=other)
    sent = {"version": complaint.version, "participation": question.pk, "text": "It was us."}
    assert client.post(reverse("complaints:answer", args=[complaint.number]), sent).status_code == 404
    assert Participation.objects.get().answered_at is None


def test_a_handler_asks_a_department_on_the_page(
    asked: tuple[User, Complaint, Participation], client_for: ClientFor
) -> None:
    complaint = asked[1]
    client = client_for("handler", team=complaint.team)
    legal = DepartmentFactory(code="LEGAL", name="Legal and compliance", kind=Department.Kind.LEGAL)
    door = reverse("complaints:invite", args=[complaint.number])
    assert "Legal and compliance" in client.get(door).content.decode()
    sent = {"version": complaint.version, "departments": [legal.pk], "task": "Is the clause valid?"}
    for status in (302, 409):  # the second press finds the complaint changed
        assert client.post(door, sent).status_code == status
    assert Participation.objects.filter(department=legal).count() == 1


def test_an_agent_asks_no_department(asked: tuple[User, Complaint, Participation], client_for: ClientFor) -> None:
    complaint = asked[1]
    answer = client_for("agent", team=complaint.team).post(reverse("complaints:invite", args=[complaint.number]), {})
    assert answer.status_code == 403
