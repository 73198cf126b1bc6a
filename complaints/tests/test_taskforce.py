"""The task force of a severe complaint: who must sit in it, who says so, what waits for it (handbook 6/1.1.30(3))."""

from __future__ import annotations

from collections.abc import Sequence

import pytest
from django.utils import timezone
from django.utils.translation import override

from complaints import taskforce as rule
from complaints.actions import (
    gate,
    handling,
    participations,
    plans,
    proposing,
    recusing,
    resolution,
    seats,
    taskforce,
)
from complaints.models import Complaint, Seat, TaskForce
from complaints.sla import Level
from complaints.taskforce import Capacity, Gap, Seated
from complaints.tests import scenes
from complaints.tests.scenes import handler, promises
from crm_site.actions import staff
from crm_site.errors import NotAllowed, RuleBroken
from crm_site.models import AuditEvent, Notice, User
from crm_site.tests.factories import DepartmentFactory, TeamFactory, UserFactory

DB = [pytest.mark.django_db, pytest.mark.usefixtures("now")]
Named = taskforce.Named
SERVICE, LEAD = Seated(Capacity.SERVICE), Seated(Capacity.SERVICE, leads=True)
IT, CREDIT = Seated(Capacity.DEPT_HEAD, ("IT",)), Seated(Capacity.DEPT_HEAD, ("CREDIT",))
KNOWS = Seated(Capacity.SPECIALIST)


def asked(seat: Seated) -> Seated:
    return Seated(seat.capacity, seat.departments, seat.leads, accepted=False)


# --- the rule ----------------------------------------------------------------------------------------------------
@pytest.mark.parametrize(
    ("sitting", "departments", "missing"),
    [
        ([LEAD, IT, KNOWS], ["IT"], []),
        ([LEAD, Seated(Capacity.DEPT_HEAD, ("CREDIT", "IT")), KNOWS], ["CREDIT", "IT"], []),  # one who heads both
        ([LEAD, SERVICE], ["IT"], [Gap("head", "IT"), Gap("specialist")]),  # TV-69: a lead and two of service
        ([LEAD, IT, KNOWS], ["CREDIT", "IT"], [Gap("head", "CREDIT")]),
        ([LEAD, CREDIT, KNOWS], ["IT"], [Gap("head", "IT")]),
        ([SERVICE, IT, KNOWS], ["IT"], [Gap("lead")]),
        ([IT, KNOWS], ["IT"], [Gap("service"), Gap("lead")]),
        ([LEAD, KNOWS], [], [Gap("departments")]),
        ([asked(LEAD), IT, KNOWS], ["IT"], [Gap("service", waiting=True), Gap("lead", waiting=True)]),
        ([LEAD, asked(IT), KNOWS], ["IT"], [Gap("head", "IT", waiting=True)]),
        ([LEAD, asked(SERVICE), IT, KNOWS], ["IT"], []),  # one of service has accepted
        ([LEAD, IT, asked(KNOWS)], ["IT"], [Gap("specialist", waiting=True)]),
        ([], ["IT"], [Gap("service"), Gap("head", "IT"), Gap("specialist"), Gap("lead")]),
    ],
)
def test_what_is_missing(sitting: Sequence[Seated], departments: Sequence[str], missing: list[Gap]) -> None:
    assert rule.gaps(sitting, departments) == missing


def test_what_is_missing_is_said_in_words() -> None:
    with override("en"):
        said = rule.sentence(rule.gaps([LEAD, SERVICE, asked(KNOWS)], ["IT"]), {"IT": "Technology"})
    assert said == (
        "The task force is not complete: the head of Technology or a deputy, the specialist has not accepted yet."
    )


# --- formed ------------------------------------------------------------------------------------------------------
class TestForming:
    pytestmark = DB

    def test_a_handler_proposes_and_a_supervisor_forms(self, by: User, boss: User, severe: Complaint) -> None:
        named = scenes.named(by, severe)
        proposed = scenes.go(taskforce.propose, by, severe, named=named)
        assert not Seat.objects.asked().exists()
        assert Notice.objects.filter(to=boss, kind="force_proposed").count() == 1
        assert not Complaint.objects.visible_to(scenes.specialist()).exists(), "nobody proposed sees anything yet"
        with pytest.raises(NotAllowed):
            scenes.go(taskforce.form, by, proposed, named=named)
        scenes.go(taskforce.form, boss, proposed, named=named)
        assert Seat.objects.waiting().count() == 3
        assert set(Notice.objects.filter(kind="seat").values_list("to", flat=True)) == {one.person.pk for one in named}
        with pytest.raises(RuleBroken, match="supervisor"):
            scenes.go(taskforce.propose, by, severe, named=named)

    def test_the_promise_to_form_it_is_kept_by_the_last_seat_that_is_needed(self, by: User, severe: Complaint) -> None:
        complaint = scenes.formed(by, severe)
        for seat in seats.held(complaint).order_by("pk"):
            assert "FORM_TASKFORCE" in promises(complaint)
            complaint = taskforce.accept(by=seat.person, complaint=complaint)
        assert "FORM_TASKFORCE" in promises(complaint, "KEPT")
        assert TaskForce.objects.get().formed_at == timezone.now()
        assert AuditEvent.objects.filter(action="complaint.accept_seat", object_id=complaint.number).count() == 3
        assert complaint.diary.filter(verb="accept_seat").count() == 3

    def test_work_begins_when_it_is_complete_and_not_before(self, by: User, severe: Complaint) -> None:
        complaint = scenes.formed(by, severe)
        with pytest.raises(RuleBroken) as refused, override("en"):
            scenes.go(handling.start_work, by, complaint, plan=scenes.PLAN)
        assert "the specialist has not accepted yet" in str(refused.value)
        assert Complaint.objects.get(pk=severe.pk).state == "ASSESSED"
        for seat in seats.held(complaint):
            taskforce.accept(by=seat.person, complaint=complaint)
        complaint = scenes.go(handling.start_work, by, complaint, plan=scenes.PLAN)
        assert complaint.state == "IN_PROGRESS"
        assert complaint.round.participations.count() == 1, "asked once, before"

    def test_a_moderate_complaint_needs_none(self, by: User) -> None:
        moderate = scenes.in_work(by)
        assert moderate.state == "IN_PROGRESS"
        with pytest.raises(RuleBroken):
            scenes.go(
                taskforce.form, UserFactory(role="supervisor"), moderate, named=[Named(person=by, capacity="SERVICE")]
            )

    def test_without_a_department_head_no_plan_is_approved(self, by: User, boss: User, severe: Complaint) -> None:
        """TV-69: a lead and two of the service department; the refusal names what is missing."""
        complaint = scenes.sent(by, scenes.begun(by, severe))
        pair = [Named(person=by, capacity="SERVICE", leads=True), Named(person=handler(), capacity="SERVICE")]
        complaint = scenes.go(taskforce.form, boss, complaint, named=pair)
        complaint = taskforce.accept(by=pair[1].person, complaint=complaint)
        with pytest.raises(RuleBroken) as refused, override("en"):
            scenes.go(plans.approve, boss, complaint)
        assert str(refused.value) == (
            "The task force is not complete: the head of Technology or a deputy, a specialist."
        )
        assert not gate.may("approve_plan", complaint, boss)
        complaint = scenes.go(taskforce.form, boss, complaint, named=scenes.named(by, complaint))
        for seat in seats.held(complaint).filter(accepted_at=None):
            complaint = taskforce.accept(by=seat.person, complaint=complaint)
        assert scenes.go(plans.approve, boss, complaint).state == "PLAN_AGREED"

    def test_a_department_asked_later_sends_its_head_too(self, by: User, boss: User, severe: Complaint) -> None:
        complaint = scenes.sent(by, scenes.begun(by, severe))
        credit = DepartmentFactory(code="CREDIT", name="Credit", kind="BUSINESS")
        complaint = scenes.go(participations.invite, by, complaint, departments=[credit], task="Was it granted?")
        with pytest.raises(RuleBroken, match="Credit"), override("en"):
            scenes.go(plans.approve, boss, complaint)
        clerk = UserFactory(role="liaison", team=TeamFactory(department=credit))
        question = complaint.round.participations.get(department=credit)
        complaint = scenes.go(participations.bounce, clerk, complaint, participation=question, reason="not ours")
        assert scenes.go(plans.approve, boss, complaint).state == "PLAN_AGREED", (
            "whom it does not concern need not be heard"
        )

    def test_who_stays_need_not_accept_again(self, by: User, boss: User, severe: Complaint) -> None:
        complaint = scenes.seated(by, severe)
        deputy = UserFactory(role="liaison", team=scenes.head().team)
        named = [one for one in scenes.named(by, complaint) if one.capacity != "DEPT_HEAD"]
        named.append(Named(person=deputy, capacity="DEPT_HEAD", deputises=True))
        complaint = scenes.go(taskforce.form, boss, complaint, named=named)
        assert set(Seat.objects.waiting().values_list("person", flat=True)) == {deputy.pk}
        assert Seat.objects.get(person=scenes.head()).left_at == timezone.now()
        assert [gap.code for gap in seats.gaps(complaint)] == ["head"]

    @pytest.mark.parametrize(
        ("roles", "fields", "code"),
        [
            (["handler"], {"capacity": "DEPT_HEAD"}, "taskforce.capacity"),
            (["handler"], {"capacity": "SPECIALIST"}, "taskforce.capacity"),
            (["handler"], {"capacity": "SERVICE", "deputises": True}, "taskforce.capacity"),
            (["planner"], {"capacity": "SERVICE"}, "taskforce.person"),
        ],
    )
    def test_who_cannot_sit_for_it(
        self, boss: User, severe: Complaint, roles: list[str], fields: dict[str, object], code: str
    ) -> None:
        with pytest.raises(RuleBroken) as refused:
            scenes.go(taskforce.form, boss, severe, named=[Named(person=UserFactory(roles=roles), **fields)])  # type: ignore[arg-type]
        assert refused.value.code == code
        assert not TaskForce.objects.exists()

    def test_nobody_of_another_department_sits_for_service(self, boss: User, severe: Complaint) -> None:
        with pytest.raises(RuleBroken):
            scenes.go(taskforce.form, boss, severe, named=[Named(person=scenes.head(), capacity="SERVICE")])

    def test_two_leads_a_person_twice_and_nobody(self, by: User, boss: User, severe: Complaint) -> None:
        one = Named(person=by, capacity="SERVICE", leads=True)
        for named in ([], [one, one], [one, Named(person=handler(), capacity="SERVICE", leads=True)]):
            with pytest.raises(RuleBroken):
                scenes.go(taskforce.form, boss, severe, named=named)

    def test_another_leads(self, by: User, boss: User, severe: Complaint) -> None:
        complaint = scenes.seated(by, severe)
        seat = Seat.objects.get(person=scenes.head())
        scenes.go(taskforce.name_lead, boss, complaint, seat=seat)
        assert Seat.objects.get(leads=True) == seat
        with pytest.raises(NotAllowed):
            scenes.go(taskforce.name_lead, by, complaint, seat=seat)


# --- proposed ----------------------------------------------------------------------------------------------------
class TestProposal:
    pytestmark = DB

    def test_the_leader_the_owner_the_head_and_who_knows_most(self, by: User, severe: Complaint) -> None:
        leader = UserFactory(role="senior", team=by.team)
        by.team.leader = leader
        by.team.save()
        head, other = scenes.head(), scenes.specialist()
        expert = UserFactory(role="tfmember", team=other.team, skills=["finance"])  # the cause is fees
        found = [(one.person, one.capacity, one.leads) for one in proposing.proposal(severe)]
        assert found == [
            (leader, "SERVICE", True),
            (by, "SERVICE", False),
            (head, "DEPT_HEAD", False),
            (expert, "SPECIALIST", False),
        ]
        assert {one.person for one in proposing.proposal(severe)} <= set(proposing.candidates(severe))

    def test_where_a_department_has_no_head_somebody_of_it_stands_in(self, severe: Complaint) -> None:
        clerk = UserFactory(role="liaison", team=TeamFactory(department=scenes.department()))
        found = {one.person: one for one in proposing.proposal(severe)}
        assert (found[clerk].capacity, found[clerk].deputises) == ("DEPT_HEAD", True)

    def test_nobody_it_concerns_is_proposed(self, by: User, severe: Complaint) -> None:
        accused = UserFactory(role="liaison", team=scenes.head().team)
        complaint = scenes.go(recusing.restrict, by, severe, reason="rude on the phone", accused=accused)
        people = {one.person for one in proposing.proposal(complaint)}
        assert not {accused, scenes.head()} & people

    def test_a_new_force_starts_from_the_last_one(self, by: User) -> None:
        complaint = scenes.closed(by, Level.SEVERE)
        people = set(Seat.objects.values_list("person", flat=True))
        again = scenes.go(resolution.reopen, by, complaint, reason="Charged again")
        assert {one.person.pk for one in proposing.starting(again)} == people


def test_skills_are_given_by_the_administrator(db: None) -> None:
    admin, clerk = UserFactory(role="sysadmin"), UserFactory()
    assert staff.set_skills(by=admin, user=clerk, skills=["legal", "risk"]).skills == ["legal", "risk"]
    assert AuditEvent.objects.filter(action="staff.set_skills").count() == 1
    with pytest.raises(RuleBroken):
        staff.set_skills(by=admin, user=clerk, skills=["juggling"])
    with pytest.raises(NotAllowed):
        staff.set_skills(by=UserFactory(role="supervisor"), user=clerk, skills=[])
