"""Seats of a task force answered, what they open, meetings, milestones, and the end of it (handbook 6/1.1.30(3))."""

from __future__ import annotations

import datetime

import pytest
from django.utils import timezone

from complaints.actions import (
    assessment,
    comments,
    gate,
    milestones,
    plans,
    recusing,
    resolution,
    seats,
    taskforce,
)
from complaints.models import Complaint, Meeting, Milestone, Seat, TaskForce
from complaints.sla import Level
from complaints.tests import acts, scenes
from complaints.tests.scenes import promises
from crm_site.actions import staff
from crm_site.errors import NotAllowed, RuleBroken, Stale
from crm_site.models import AuditEvent, Notice, User
from crm_site.tests.factories import UserFactory
from customers.models import FollowUp

DB = [pytest.mark.django_db, pytest.mark.usefixtures("now")]
Named = taskforce.Named


# --- answered ----------------------------------------------------------------------------------------------------
class TestSeats:
    pytestmark = DB

    def test_only_who_was_asked_answers(self, by: User, boss: User, severe: Complaint) -> None:
        complaint = scenes.formed(by, severe)
        with pytest.raises(NotAllowed):
            taskforce.accept(by=boss, complaint=complaint)
        complaint = taskforce.accept(by=scenes.head(), complaint=complaint)
        with pytest.raises(NotAllowed):  # twice
            taskforce.accept(by=scenes.head(), complaint=complaint)

    def test_who_declines_says_why_and_supervisors_hear(self, by: User, boss: User, severe: Complaint) -> None:
        complaint = scenes.formed(by, severe)
        head = scenes.head()
        with pytest.raises(RuleBroken):
            taskforce.decline(by=head, complaint=complaint, reason=" ")
        taskforce.decline(by=head, complaint=complaint, reason="In hospital until May.")
        seat = Seat.objects.get(person=head)
        assert (seat.reason, seat.declined_at) == ("In hospital until May.", timezone.now())
        assert Notice.objects.filter(to=boss, kind="seat_declined").count() == 1
        written = [str(row.after) + row.reason for row in AuditEvent.objects.all()]
        assert not any("hospital" in text for text in [*written, *(e.reason for e in complaint.diary.all())])

    def test_a_member_may_step_down_and_what_they_owed_is_the_lead_s(self, by: User, severe: Complaint) -> None:
        complaint = scenes.seated(by, severe)
        seat = Seat.objects.get(person=scenes.specialist())
        complaint = scenes.milestone(by, complaint, seat=seat)
        taskforce.decline(by=seat.person, complaint=complaint, reason="Moved to another bank.")
        owed = Milestone.objects.get()
        assert owed.owner == owed.follow_up.owner == by
        assert [gap.code for gap in seats.gaps(complaint)] == ["specialist"]

    def test_a_seat_opens_the_complaint_and_its_loss_shuts_it(self, by: User, severe: Complaint) -> None:
        clerk, stranger = scenes.specialist(), UserFactory(role="tfmember")
        complaint = scenes.formed(by, severe)
        assert list(Complaint.objects.visible_to(clerk)) == [complaint]
        assert not Complaint.objects.visible_to(stranger).exists()
        comments.write(by=clerk, complaint=complaint, text="I look at the logs tonight.")
        with pytest.raises(NotAllowed):
            comments.write(by=stranger, complaint=complaint, text="Me too.")
        taskforce.decline(by=clerk, complaint=complaint, reason="No time this month.")
        assert not Complaint.objects.visible_to(clerk).exists()

    def test_a_member_writes_in_the_plan_and_a_stranger_does_not(self, by: User, severe: Complaint) -> None:
        complaint = scenes.begun(by, severe)
        member, stranger = scenes.specialist(), UserFactory(role="tfmember", team=by.team)
        assert gate.may("write_plan", complaint, member)
        assert not gate.may("write_plan", complaint, stranger)
        complaint = scenes.drafted(member, complaint)
        assert complaint.round.plans.get().writers.filter(pk=member.pk).exists()
        assert plans.may_do(complaint, UserFactory(role="agent")) is False

    def test_whoever_it_concerns_sits_in_it_no_longer(self, by: User, severe: Complaint) -> None:
        complaint = scenes.seated(by, severe)
        clerk = scenes.specialist()
        complaint = scenes.go(recusing.restrict, by, complaint, reason="rude on the phone", accused=clerk)
        assert Seat.objects.get(person=clerk).left_at is not None
        assert not Complaint.objects.visible_to(clerk).exists()
        boss = UserFactory(role="supervisor")
        with pytest.raises(NotAllowed):
            scenes.go(taskforce.form, boss, complaint, named=[Named(person=clerk, capacity="SPECIALIST")])

    def test_a_restricted_complaint_is_open_to_its_members(self, by: User, severe: Complaint) -> None:
        complaint = scenes.seated(by, severe)
        complaint = scenes.go(recusing.restrict, by, complaint, reason="rude on the phone", accused=UserFactory())
        assert Complaint.objects.visible_to(scenes.specialist()).exists()

    def test_who_left_the_bank_sits_nowhere(self, by: User, severe: Complaint) -> None:
        complaint = scenes.seated(by, severe)
        assert seats.gaps(complaint) == []
        staff.update_user(by=None, user=scenes.head(), display_name="Gone", team=scenes.head().team, status="LEFT")
        assert [gap.code for gap in seats.gaps(complaint)] == ["head"]


# --- met, promised, dissolved --------------------------------------------------------------------------------------
class TestMeetingsAndMilestones:
    pytestmark = DB

    def test_a_meeting_is_noted(self, by: User, severe: Complaint) -> None:
        complaint = scenes.seated(by, severe)
        there = list(seats.held(complaint))[:2]
        said = {"held_at": timezone.now(), "present": there, "note": "报文重复，已定位。", "decisions": "周四前退款。"}
        scenes.go(milestones.hold_meeting, scenes.specialist(), complaint, **said)
        made = Meeting.objects.get()
        assert (made.note, made.decisions) == ("报文重复，已定位。", "周四前退款。")
        assert made.present.count() == 2
        assert not any("报文" in str(row.after) for row in AuditEvent.objects.all())

    @pytest.mark.parametrize(
        ("change", "field"),
        [
            ({"note": " "}, "note"),
            ({"present": []}, "present"),
            ({"held_at": datetime.datetime(2030, 1, 1, tzinfo=datetime.UTC)}, "held_at"),
        ],
    )
    def test_a_meeting_that_says_nothing(
        self, by: User, severe: Complaint, change: dict[str, object], field: str
    ) -> None:
        complaint = scenes.seated(by, severe)
        said = {"held_at": timezone.now(), "present": list(seats.held(complaint)), "note": "The logs were read"}
        with pytest.raises(RuleBroken) as refused:
            scenes.go(milestones.hold_meeting, by, complaint, **(said | change))
        assert refused.value.field == field

    def test_a_milestone_is_a_promise_of_its_member(self, by: User, severe: Complaint) -> None:
        clerk = scenes.specialist()
        complaint = scenes.seated(by, severe)
        complaint = scenes.milestone(by, complaint, seat=Seat.objects.get(person=clerk))
        owed = Milestone.objects.get()
        assert (owed.follow_up.kind, owed.follow_up.owner) == ("MILESTONE", clerk)
        assert not gate.may("meet_milestone", complaint, scenes.head())
        scenes.go(milestones.meet, clerk, complaint, milestone=owed, note="Ticket 4711")
        owed.refresh_from_db()
        assert (owed.met_by, owed.follow_up.state) == (clerk, "KEPT")
        with pytest.raises(RuleBroken):
            scenes.go(milestones.meet, by, complaint, milestone=owed)

    def test_one_that_is_not_needed_says_why(self, by: User, severe: Complaint) -> None:
        complaint = scenes.milestone(by, scenes.seated(by, severe))
        owed = Milestone.objects.get()
        with pytest.raises(RuleBroken):
            scenes.go(milestones.meet, by, complaint, milestone=owed, result="DROPPED")
        scenes.go(milestones.meet, by, complaint, milestone=owed, result="DROPPED", note="The patch came first")
        owed.refresh_from_db()
        assert (owed.met_at, owed.follow_up.state) == (None, "CANCELLED")

    def test_only_who_has_accepted_owns_one(self, by: User, severe: Complaint) -> None:
        complaint = scenes.formed(by, severe)
        with pytest.raises(RuleBroken) as refused:
            scenes.milestone(by, complaint, seat=seats.held(complaint).first())
        assert refused.value.field == "seat"


class TestTheEnd:
    pytestmark = DB

    @pytest.mark.parametrize(("verb", "because"), [("withdraw", "WITHDRAWN"), ("merge", "MERGED")])
    def test_it_is_dissolved_with_the_complaint(self, by: User, severe: Complaint, verb: str, because: str) -> None:
        complaint = scenes.milestone(by, scenes.seated(by, severe))
        complaint = acts.ACTS[verb](by, complaint)
        force = TaskForce.objects.get(complaint=complaint)
        assert (force.dissolved_at, force.dissolved_because) == (timezone.now(), because)
        assert Milestone.objects.get().follow_up.state == "CANCELLED"
        assert not Complaint.objects.filter(pk=complaint.pk).visible_to(scenes.specialist()).exists()

    def test_closing_dissolves_it_and_feedback_does_not(self, by: User) -> None:
        complaint = scenes.fed_back(by, Level.SEVERE)
        assert seats.force_of(complaint) is not None
        closed = scenes.closed(by, Level.SEVERE)
        assert TaskForce.objects.get(complaint=closed).dissolved_because == "CLOSED"

    def test_a_merger_taken_back_gives_it_back_with_its_milestones(self, by: User, severe: Complaint) -> None:
        complaint = scenes.milestone(by, scenes.seated(by, severe))
        merged = acts.ACTS["merge"](by, complaint)
        back = acts.ACTS["unmerge"](by, merged)
        assert seats.gaps(back) == []
        assert Milestone.objects.get().follow_up.state == "OPEN"

    def test_a_lower_level_dissolves_it(self, by: User, boss: User, severe: Complaint) -> None:
        complaint = scenes.begun(by, severe)
        scenes.go(assessment.change_level, boss, complaint, level=Level.MODERATE, reason="One customer only")
        assert TaskForce.objects.get().dissolved_because == "LEVEL"
        assert not gate.may("form_force", Complaint.objects.get(pk=complaint.pk), boss)

    def test_a_higher_level_promises_one_and_the_plan_waits_for_it(self, by: User, boss: User) -> None:
        complaint = scenes.sent(by, scenes.in_work(by))
        complaint = scenes.go(assessment.change_level, boss, complaint, level=Level.SEVERE, reason="37 customers")
        assert "FORM_TASKFORCE" in promises(complaint)
        with pytest.raises(RuleBroken) as refused:
            scenes.go(plans.approve, boss, complaint)
        assert refused.value.code.startswith("taskforce.")
        complaint = scenes.seated(boss, complaint)
        assert "FORM_TASKFORCE" in promises(complaint, "KEPT")
        assert scenes.go(plans.approve, boss, complaint).state == "PLAN_AGREED"

    def test_a_second_round_before_the_end_keeps_it(self, by: User) -> None:
        complaint = scenes.go(resolution.reopen, by, scenes.fed_back(by, Level.SEVERE), reason="Not what was asked")
        assert complaint.round.no == 2
        assert seats.gaps(complaint) == []
        assert "FORM_TASKFORCE" not in promises(complaint)

    def test_a_second_round_after_the_end_forms_another(self, by: User, boss: User) -> None:
        complaint = scenes.go(resolution.reopen, by, scenes.closed(by, Level.SEVERE), reason="Charged again")
        assert "FORM_TASKFORCE" in promises(complaint)
        complaint = scenes.sent(by, complaint)
        assert not gate.may("approve_plan", complaint, boss)
        complaint = scenes.seated(by, complaint)
        assert scenes.go(plans.approve, boss, complaint).state == "PLAN_AGREED"
        assert TaskForce.objects.filter(complaint=complaint).count() == 2

    def test_who_accepts_one_that_is_dissolved_is_told(self, by: User, boss: User, severe: Complaint) -> None:
        open_page = scenes.formed(by, severe)
        scenes.go(assessment.change_level, boss, severe, level=Level.MODERATE, reason="One customer only")
        with pytest.raises((Stale, NotAllowed)):
            taskforce.accept(by=scenes.head(), complaint=open_page)
        assert not Seat.objects.exclude(accepted_at=None).exists()
        assert FollowUp.objects.filter(about_no=severe.number, state="OPEN", clock__kind="FORM_TASKFORCE").count() == 0
