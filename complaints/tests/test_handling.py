"""Taking in hand, working, keeping the customer informed."""

from __future__ import annotations

import threading

import pytest
from django.db import connection

from complaints.actions import assessment, handling
from complaints.models import Complaint
from complaints.sla import Level
from complaints.tests import scenes
from complaints.tests.scenes import assessed, department, handler, promises, received
from crm_site.errors import NotAllowed, RuleBroken
from crm_site.models import AuditEvent
from crm_site.tests.factories import UserFactory
from customers.models import FollowUp, Interaction

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("now")]


def test_who_claims_owns_the_matter_and_its_promises() -> None:
    team = scenes.team()
    complaint = received(handler(team), owner=None)
    clerk = handler(team)
    taken = handling.claim(by=clerk, complaint=complaint)
    assert taken.owner == clerk
    assert {promise.owner for promise in promises(taken).values()} == {clerk}
    assert taken.diary.last().verb == "claim"
    assert AuditEvent.objects.filter(object_id=taken.number, action="complaint.claim").count() == 1


def test_the_second_to_claim_is_told_who_has_it() -> None:
    team = scenes.team()
    complaint = received(handler(team), owner=None)
    first, second = handler(team), handler(team)
    handling.claim(by=first, complaint=complaint)
    with pytest.raises(NotAllowed, match=first.display_name):
        handling.claim(by=second, complaint=complaint)
    with pytest.raises(NotAllowed, match=first.display_name):
        handling.claim(by=second, complaint=Complaint.objects.get(pk=complaint.pk))


def test_a_stranger_to_the_team_claims_nothing() -> None:
    complaint = received(handler(), owner=None)
    with pytest.raises(NotAllowed):
        handling.claim(by=handler(), complaint=complaint)
    assert Complaint.objects.get().owner is None


@pytest.mark.together
@pytest.mark.django_db(transaction=True)
def test_of_a_hundred_who_claim_at_once_one_wins_and_the_rest_are_told_who() -> None:
    team = scenes.team()
    complaint = received(handler(team), owner=None)
    people = [handler(team) for _n in range(100)]
    gate, won, told = threading.Barrier(20), [], []

    def claim(clerks: list[object]) -> None:
        try:
            gate.wait()
            for clerk in clerks:
                seen = Complaint.objects.get(pk=complaint.pk) if clerk is not clerks[0] else complaint
                try:
                    handling.claim(by=clerk, complaint=seen)
                    won.append(clerk)
                except NotAllowed as refused:
                    told.append(str(refused))
        finally:
            connection.close()

    threads = [threading.Thread(target=claim, args=(people[n::20],)) for n in range(20)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(won) == 1
    assert Complaint.objects.get().owner == won[0]
    assert len(told) == 99
    assert all(won[0].display_name in words for words in told)
    assert Complaint.objects.get().diary.filter(verb="claim").count() == 1


@pytest.mark.together
@pytest.mark.django_db(transaction=True)
def test_twenty_clerks_registering_at_once_get_twenty_numbers() -> None:
    clerks = [UserFactory() for _n in range(20)]
    statements = [scenes.statement() for _n in clerks]
    gate, numbers = threading.Barrier(len(clerks)), []

    def register(n: int) -> None:
        try:
            gate.wait()
            for _n in range(3):
                numbers.append(scenes.intake.receive(by=clerks[n], statement=statements[n], nature="INQUIRY").number)
        finally:
            connection.close()

    threads = [threading.Thread(target=register, args=(n,)) for n in range(len(clerks))]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(numbers) == [f"TS-20250926-{n:04d}" for n in range(1, 61)]


def test_work_begins_with_a_plan_and_a_department() -> None:
    complaint = assessed(handler())
    complaint = scenes.begun(complaint.owner, complaint)
    assert complaint.state == "IN_PROGRESS"
    assert "PLAN" in promises(complaint)  # kept when the plan is approved
    assert complaint.diary.last().data["departments"] == ["IT"]
    draft = complaint.round.plans.get()
    assert (draft.version, draft.status, draft.measures, draft.author) == (1, "DRAFT", scenes.PLAN, complaint.owner)
    assert Interaction.objects.get(about_no=complaint.number, direction="NONE").summary == scenes.PLAN


@pytest.mark.parametrize(("plan", "departments", "field"), [("", True, "plan"), (scenes.PLAN, False, "departments")])
def test_work_does_not_begin_without(plan: str, departments: bool, field: str) -> None:
    complaint = assessed(handler())
    with pytest.raises(RuleBroken) as refused:
        handling.start_work(
            by=complaint.owner,
            complaint=complaint,
            version=complaint.version,
            plan=plan,
            departments=[department()] if departments else [],
        )
    assert refused.value.field == field
    assert Complaint.objects.get().state == "ASSESSED"


def test_an_agent_decides_on_minor_complaints_only() -> None:
    agent = UserFactory()
    complaint = received(agent)
    with pytest.raises(NotAllowed) as refused:
        assessment.assess(
            by=agent,
            complaint=complaint,
            version=complaint.version,
            judgement=scenes.judgement(Level.MODERATE),
        )
    assert refused.value.field == "level"
    minor = assessment.assess(
        by=agent, complaint=complaint, version=complaint.version, judgement=scenes.judgement(Level.MINOR)
    )
    assert minor.level == Complaint.Level.MINOR


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"cause": ""}, "cause"),
        ({"core_issue": " "}, "core_issue"),
        ({"core_issue": "x" * 201}, "core_issue"),
        ({"desired_outcome": ""}, "desired_outcome"),
        ({"deviation_reason": ""}, "deviation_reason"),
    ],
)
def test_an_assessment_is_complete_or_refused(change: dict[str, str], field: str) -> None:
    complaint = received(handler())
    with pytest.raises(RuleBroken) as refused:
        assessment.assess(
            by=complaint.owner,
            complaint=complaint,
            version=complaint.version,
            judgement=scenes.judgement(Level.MODERATE, **change),
        )
    assert refused.value.field == field
    assert Complaint.objects.get().state == "CLASSIFIED"


def test_against_a_hard_trigger_only_a_supervisor_lowers_the_level() -> None:
    senior = handler(role="senior")
    complaint = received(senior)
    leak = scenes.judgement(Level.SEVERE, factors=scenes.Factors(data_leak=True))
    complaint = assessment.assess(by=senior, complaint=complaint, version=complaint.version, judgement=leak)
    lower = {"complaint": complaint, "version": complaint.version, "level": Level.MODERATE, "reason": "No leak"}
    with pytest.raises(NotAllowed):
        assessment.change_level(by=senior, **lower)
    assert assessment.change_level(by=UserFactory(role="supervisor"), **lower).level == Complaint.Level.MODERATE


def test_news_to_the_customer_acknowledges_a_letter() -> None:
    complaint = received(handler(), channel="LETTER")
    complaint = handling.tell_progress(
        by=complaint.owner, complaint=complaint, version=complaint.version, channel="PHONE", summary="We have it"
    )
    assert "ACK" in promises(complaint, "KEPT")
    assert complaint.state == "CLASSIFIED"


@pytest.mark.parametrize(
    ("at", "code"), [("2025-09-26 10:01", "complaint.future"), ("2025-09-26 09:00", "complaint.before")]
)
def test_news_lie_between_receipt_and_now(at: str, code: str) -> None:
    complaint = received(handler())
    with pytest.raises(RuleBroken) as refused:
        handling.tell_progress(
            by=complaint.owner,
            complaint=complaint,
            version=complaint.version,
            channel="PHONE",
            summary="We have it",
            at=scenes.local(at),
        )
    assert refused.value.code == code
    assert FollowUp.objects.filter(state="KEPT").count() == 1
