"""Complaints about staff are closed to whom they are about (domain R6.24, INV-17; peers 84)."""

from __future__ import annotations

import datetime
from collections.abc import Callable
from typing import Any

import pytest
from django.db import IntegrityError, transaction
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from complaints.actions import assigning, gate, handling, improvements, participations, plans, recusing
from complaints.models import Accused, Complaint
from complaints.tests import scenes
from crm_site.errors import NotAllowed, RuleBroken, Stale
from crm_site.models import AuditEvent, Team, User
from crm_site.tests.factories import DepartmentFactory, TeamFactory, UserFactory
from customers.models import FollowUp, Interaction

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("now")]
ClientFor = Callable[..., Client]
REASON = "柜员态度粗暴,拒绝办理"


def restrict(by: User, complaint: Complaint, accused: User | None = None, reason: str = REASON) -> Complaint:
    return recusing.restrict(by=by, complaint=complaint, version=complaint.version, accused=accused, reason=reason)


def sees(user: User, complaint: Complaint) -> bool:
    return Complaint.objects.visible_to(user).filter(pk=complaint.pk).exists()


@pytest.fixture
def leader() -> User:
    """Who leads the team of the accused; a supervisor, who would see everything else."""
    made: User = UserFactory(role="supervisor")
    return made


@pytest.fixture
def accused(leader: User) -> User:
    where = TeamFactory(purpose=Team.Purpose.COMPLAINT, leader=leader)
    made: User = UserFactory(role="handler", team=where)
    return made


def test_who_is_accused_loses_the_complaint_and_so_does_their_leader(accused: User, leader: User) -> None:
    complaint = scenes.in_work(accused)
    other = scenes.team()
    assert sees(accused, complaint)
    assert sees(leader, complaint)
    restricted = restrict(UserFactory(role="supervisor"), complaint, accused)
    assert not sees(accused, restricted)
    assert not sees(leader, restricted)
    assert (restricted.owner, restricted.team) == (None, other)
    promises = FollowUp.objects.open().filter(clock__round__complaint=complaint)
    assert {(promise.owner, promise.team) for promise in promises} == {(None, other)}
    assert sees(UserFactory(role="supervisor"), restricted)
    assert not sees(UserFactory(role="handler", team=other), restricted), "nobody of the team without an assignment"


def test_the_head_of_the_department_is_the_line_of_a_team_s_leader_alone(accused: User, leader: User) -> None:
    head = UserFactory(role="supervisor")
    department = accused.team.department
    department.head = head
    department.save()
    by = scenes.handler()
    about_member, about_leader = (restrict(by, scenes.received(by), person) for person in (accused, leader))
    assert sees(head, about_member)
    leader.team = accused.team
    leader.save()
    assert not sees(head, about_leader)


def test_the_reason_is_sealed_and_stands_in_no_history(accused: User) -> None:
    complaint = restrict(UserFactory(role="supervisor"), scenes.received(scenes.handler()), accused)
    assert Accused.objects.get().reason == REASON
    entry = complaint.diary.latest("pk")
    assert (entry.verb, entry.reason) == ("restrict", "")
    for event in AuditEvent.objects.filter(action="complaint.restrict"):
        assert REASON not in f"{event.reason}{event.before}{event.after}"
        assert accused.employee_no not in f"{event.before}{event.after}"


def test_neither_the_accused_nor_their_line_is_given_it_or_takes_it(accused: User, leader: User) -> None:
    boss = UserFactory(role="supervisor")
    complaint = restrict(boss, scenes.assessed(scenes.handler()), accused)
    for person in (accused, leader):
        with pytest.raises(NotAllowed, match="is about"):
            assigning.assign(by=boss, complaint=complaint, version=complaint.version, to=person, reason="yours")
        assert not gate.may_own(person, complaint)
        assert not any(gate.may(verb, complaint, person) for verb in gate.VERBS)
    with pytest.raises(NotAllowed, match="is about"):
        handling.start_work(
            by=boss,
            complaint=complaint,
            version=complaint.version,
            plan=scenes.PLAN,
            departments=[scenes.department()],
            owner=accused,
        )
    Complaint.objects.filter(pk=complaint.pk).update(owner=None)
    with pytest.raises(NotAllowed, match="is about"):
        handling.claim(by=accused, complaint=Complaint.objects.get(pk=complaint.pk))


def test_somebody_given_a_restricted_complaint_works_on_it(accused: User) -> None:
    boss, worker = UserFactory(role="supervisor"), scenes.handler()
    complaint = restrict(boss, scenes.assessed(accused), accused)
    complaint = assigning.assign(by=boss, complaint=complaint, version=complaint.version, to=worker, reason="yours")
    assert sees(worker, complaint)
    assert scenes.begun(worker, complaint).state == "IN_PROGRESS"


def test_a_confidential_matter_is_restricted_without_a_name() -> None:
    by = scenes.handler()
    complaint = restrict(by, scenes.received(by))
    assert sees(by, complaint)
    assert not sees(UserFactory(role="senior", team=by.team), complaint)
    with pytest.raises(RuleBroken, match="already"):
        restrict(by, complaint)


def test_nobody_is_named_twice_or_without_a_reason(accused: User) -> None:
    boss = UserFactory(role="supervisor")
    complaint = scenes.received(scenes.handler())
    with pytest.raises(RuleBroken, match="why"):
        restrict(boss, complaint, accused, reason=" ")
    named = restrict(boss, complaint, accused)
    with pytest.raises(Stale):
        restrict(boss, complaint, UserFactory())
    with pytest.raises(RuleBroken, match="already"):
        restrict(boss, named, accused)
    row = Accused.objects.get()
    with pytest.raises(IntegrityError), transaction.atomic():
        Accused.objects.create(complaint=named, person=accused, reason="x", named_by=boss, named_at=row.named_at)


def test_only_a_supervisor_lifts_it_with_a_reason(accused: User) -> None:
    by, boss = scenes.handler(), UserFactory(role="supervisor")
    complaint = restrict(by, scenes.received(by), accused)
    with pytest.raises(NotAllowed):
        recusing.unrestrict(by=by, complaint=complaint, version=complaint.version, reason="a mistake")
    with pytest.raises(RuleBroken, match="why"):
        recusing.unrestrict(by=boss, complaint=complaint, version=complaint.version, reason="")
    complaint = recusing.unrestrict(by=boss, complaint=complaint, version=complaint.version, reason="a mistake")
    assert not complaint.restricted
    assert not Accused.objects.standing().exists()
    assert not gate.may("unrestrict", complaint, boss)


def test_the_words_of_a_restricted_complaint_leave_the_customer_s_timeline(accused: User) -> None:
    by, boss = scenes.handler(), UserFactory(role="supervisor")
    complaint = scenes.in_work(by)
    timeline = Interaction.objects.timeline(complaint.customer)
    assert timeline.count() > 0
    complaint = restrict(boss, complaint, accused)
    complaint = handling.tell_progress(
        by=by, complaint=complaint, version=complaint.version, channel="PHONE", summary="Half done"
    )
    assert timeline.count() == 0
    recusing.unrestrict(by=boss, complaint=complaint, version=complaint.version, reason="a mistake")
    assert timeline.count() > 1


# --- doors ------------------------------------------------------------------------------------------------------
def test_the_accused_finds_nothing_and_the_attempt_is_on_record(
    accused: User, leader: User, client_for: ClientFor
) -> None:
    complaint = restrict(UserFactory(role="supervisor"), scenes.in_work(accused), accused)
    for number, person in enumerate((accused, leader), start=1):
        client = Client()
        client.force_login(person)
        for name in ("detail", "print", "progress"):
            assert client.get(reverse(f"complaints:{name}", args=[complaint.number])).status_code in (403, 404)
        listed = client.get(reverse("complaints:list") + "?view=open").content.decode()
        assert complaint.number not in listed
        attempts = AuditEvent.objects.filter(action="complaint.turned_away", actor_id=person.pk)
        assert attempts.count() >= 1, number


def test_a_handler_restricts_it_on_the_page_and_only_few_see_why(accused: User, client_for: ClientFor) -> None:
    worker = scenes.team()
    client = client_for("handler", team=worker)
    complaint = scenes.received(UserFactory(role="handler", team=worker))
    door = reverse("complaints:restrict", args=[complaint.number])
    sent: dict[str, Any] = {"version": complaint.version, "accused": "nobody-9", "reason": REASON}
    refused = client.post(door, sent)
    assert refused.status_code == 422
    assert REASON in refused.content.decode()
    assert client.post(door, sent | {"accused": accused.employee_no}).status_code == 302
    assert client.get(reverse("complaints:detail", args=[complaint.number])).status_code == 404, "not theirs any more"
    boss = client_for("supervisor").get(reverse("complaints:detail", args=[complaint.number])).content.decode()
    assert accused.display_name in boss
    assert REASON in boss


def test_an_agent_does_not_lift_a_restriction(accused: User, client_for: ClientFor) -> None:
    by = UserFactory(role="agent")
    complaint = restrict(UserFactory(role="supervisor"), scenes.received(by), accused)
    client = client_for("agent", team=by.team)
    assert client.post(reverse("complaints:unrestrict", args=[complaint.number]), {"reason": "x"}).status_code == 403


# --- chosen for something (INV-17) ------------------------------------------------------------------------------
@pytest.fixture
def matter(accused: User, leader: User) -> Complaint:
    """In work, restricted, about the accused; its handler is of another team."""
    by = scenes.handler(scenes.team())
    complaint = scenes.in_work(by)
    return restrict(by, complaint, accused)


def test_no_action_of_the_plan_is_given_to_the_accused_or_their_line(
    matter: Complaint, accused: User, leader: User
) -> None:
    by = matter.owner
    User.objects.filter(pk__in=[accused.pk, leader.pk]).update(team=by.team)  # near enough to be offered
    Team.objects.filter(pk=by.team_id).update(leader=leader)
    accused.refresh_from_db()
    leader.refresh_from_db()
    assert set(plans.doers(matter)) == {by}
    for person in (accused, leader):
        with pytest.raises(NotAllowed, match="about the person or somebody they lead"):
            scenes.drafted(by, matter, steps=[plans.Step(text="Refund", owner=person, due_on=timezone.localdate())])


def test_no_department_is_asked_whose_head_it_concerns(matter: Complaint, accused: User, client_for: ClientFor) -> None:
    by = matter.owner
    theirs = DepartmentFactory(code="LEGAL", name="Legal desk", kind="LEGAL", head=accused)
    act = {"by": by, "complaint": matter, "version": matter.version, "task": "Is it valid?"}
    with pytest.raises(NotAllowed, match="Ask another department"):
        participations.invite(departments=[theirs], **act)
    page = client_for(by).get(reverse("complaints:invite", args=[matter.number])).content.decode()
    assert "Legal desk" not in page
    other = DepartmentFactory(code="RISK", name="Risk desk", kind="RISK", head=UserFactory(role="liaison"))
    assert "Risk desk" in client_for(by).get(reverse("complaints:invite", args=[matter.number])).content.decode()
    assert participations.invite(departments=[other], **act).round.participations.count() == 2


def test_work_is_begun_neither_by_whom_it_concerns_nor_with_their_department(accused: User) -> None:
    by = scenes.handler(scenes.team())
    complaint = restrict(by, scenes.assessed(by), accused)
    theirs = DepartmentFactory(code="LEGAL", kind="LEGAL", head=accused)
    act = {"by": by, "complaint": complaint, "version": complaint.version, "plan": scenes.PLAN}
    with pytest.raises(NotAllowed):
        handling.start_work(departments=[theirs], **act)
    with pytest.raises(NotAllowed):
        handling.start_work(departments=[scenes.department()], owner=accused, **act)


def test_no_improvement_is_seen_to_by_whom_its_complaint_is_about(
    matter: Complaint, accused: User, leader: User, client_for: ClientFor
) -> None:
    boss = UserFactory(role="supervisor")
    idea = improvements.Idea(title="Manners at the counter", cause="FEES", complaints=(matter,))
    made = improvements.propose(by=boss, idea=idea)
    act = {"by": boss, "improvement": made, "version": 1, "change": "Train the people of the counter"}
    for person in (accused, leader):
        with pytest.raises(NotAllowed, match="about the person or somebody they lead"):
            improvements.approve(owner=person, due_on=timezone.localdate(), **act)
    page = client_for(boss).get(reverse("complaints:improvement_step", args=[made.number, "approve"])).content.decode()
    assert accused.display_name not in page
    assert matter.owner.display_name in page
    done = improvements.approve(owner=matter.owner, due_on=timezone.localdate() + datetime.timedelta(days=9), **act)
    assert done.owner == matter.owner
