"""The plan: written, sent, agreed by somebody else, sent back, revised; and its actions (handbook 6/1.1.30)."""

from __future__ import annotations

import datetime
from collections.abc import Callable
from typing import Any

import pytest
import time_machine
from django.db import IntegrityError, transaction
from django.test import Client
from django.urls import reverse

from complaints import planning
from complaints.actions import assessment, plans, resolution
from complaints.models import ActionItem, Complaint, Plan
from complaints.sla import Level
from complaints.tests import scenes
from complaints.tests.scenes import handler, in_work, planned, promises
from crm_site.errors import NotAllowed, RuleBroken, Stale
from crm_site.models import AuditEvent, User
from crm_site.tests.factories import TeamFactory, UserFactory
from customers.models import FollowUp

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("now")]
ClientFor = Callable[..., Client]
D = datetime.date
WHOLE = planning.Facts(
    severe=False,
    measures="退回手续费并上线去重补丁，下周一前完成",
    findings="",
    cause_text="",
    customer_message="多扣的手续费将退回。",
    actions=1,
    due=[D(2026, 3, 4)],
)


@pytest.mark.parametrize(
    ("change", "missing"),
    [
        ({}, []),
        ({"severe": True}, ["findings", "cause_text"]),
        ({"severe": True, "findings": "系重复报文", "cause_text": "未核对"}, []),
        ({"measures": "退款"}, ["measures"]),
        ({"customer_message": " "}, ["customer_message"]),
        ({"actions": 0, "due": []}, ["actions"]),
        ({"due": [D(2026, 3, 3), D(2026, 3, 2)]}, ["past"]),
        ({"due": [D(2026, 3, 3)]}, []),  # today is not past
    ],
)
def test_what_is_missing_in_a_plan_before_it_is_sent(change: dict[str, Any], missing: list[str]) -> None:
    facts = planning.Facts(**({name: getattr(WHOLE, name) for name in WHOLE.__dataclass_fields__} | change))
    assert planning.missing_to_submit(facts, D(2026, 3, 3)) == missing
    assert set(missing) <= planning.GAPS.keys()


def write(by: User, complaint: Complaint, **fields: Any) -> Complaint:
    return scenes.drafted(by, complaint, **fields)


def approve(by: User, complaint: Complaint) -> Complaint:
    return plans.approve(by=by, complaint=complaint, version=complaint.version)


def revise(by: User, complaint: Complaint, reason: str = "IT needs longer") -> Complaint:
    return plans.revise(by=by, complaint=complaint, version=complaint.version, reason=reason)


def complete(by: User, complaint: Complaint, item: ActionItem, evidence: str = "见冲正清单") -> Complaint:
    return plans.complete(by=by, complaint=complaint, version=complaint.version, item=item, evidence=evidence)


def senior() -> User:
    made: User = UserFactory(role="senior")
    return made


# --- written ----------------------------------------------------------------------------------------------------
def test_what_was_said_at_the_start_is_the_first_draft_and_the_plan_goes_on_from_it() -> None:
    by = handler()
    complaint = in_work(by)
    assert complaint.round.plans.get().measures == scenes.PLAN
    complaint = write(by, complaint, measures="退回两笔手续费，系统加去重校验", customer_message="已安排退费。")
    plan = complaint.round.plans.get()
    assert (plan.version, plan.status, plan.measures) == (1, "DRAFT", "退回两笔手续费，系统加去重校验")
    assert [(item.place, item.text, item.owner) for item in plan.actions.all()] == [(1, "Refund the fee", by)]
    assert complaint.diary.last().data == {"plan": 1, "actions": 1, "redress_fen": 20000}
    assert "退回两笔手续费" not in str(complaint.diary.last().data)


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"measures": "soon"}, "measures"),
        ({"redress_fen": -1}, "redress"),
        ({"redress_type": "NONE"}, "redress_type"),
    ],
)
def test_a_plan_that_does_not_fit_is_refused_beside_its_field(change: dict[str, Any], field: str) -> None:
    by = handler()
    complaint = in_work(by)
    with pytest.raises(RuleBroken) as refused:
        write(by, complaint, **change)
    assert refused.value.field == field
    assert complaint.round.plans.get().measures == scenes.PLAN


def test_an_action_names_who_does_it_and_by_when() -> None:
    by, day = handler(), D(2025, 9, 30)
    complaint = in_work(by)
    for step in (
        plans.Step(text="Refund", owner=None, due_on=day),
        plans.Step(text="Refund", owner=by, due_on=None),
        plans.Step(text=" ", owner=by, due_on=day),
    ):
        with pytest.raises(RuleBroken):
            write(by, complaint, steps=[step])
    assert not ActionItem.objects.exists()


def test_an_action_is_given_to_who_is_let_into_the_complaint_by_it() -> None:
    by = handler()
    complaint = in_work(by)
    it = scenes.department()
    liaison = UserFactory(role="liaison", team=TeamFactory(department=it))
    stranger, gone = UserFactory(role="agent", team=scenes.team()), handler(by.team)
    User.objects.filter(pk=gone.pk).update(status="LEFT")
    gone.refresh_from_db()
    assert set(plans.doers(complaint)) == {by, liaison}
    for person in (stranger, gone, UserFactory(role="planner", team=by.team)):
        with pytest.raises(RuleBroken, match=person.display_name):
            write(by, complaint, steps=[plans.Step(text="Refund", owner=person, due_on=D(2025, 9, 30))])
    complaint = write(by, complaint, steps=[plans.Step(text="Read the logs", owner=liaison, due_on=D(2025, 9, 30))])
    assert ActionItem.objects.get().department == it


# --- sent -------------------------------------------------------------------------------------------------------
def test_an_incomplete_plan_is_not_sent() -> None:
    by = handler()
    complaint = write(by, in_work(by), steps=[])
    with pytest.raises(RuleBroken, match="at least one action"):
        plans.send(by=by, complaint=complaint, version=complaint.version)
    assert complaint.round.plans.get().status == "DRAFT"


def test_a_severe_complaint_has_a_plan_in_detail() -> None:
    by = handler()
    complaint = in_work(by, Level.SEVERE)
    with pytest.raises(RuleBroken, match="what was found"):
        scenes.sent(by, complaint, findings="")
    assert complaint.round.plans.get().measures == scenes.PLAN  # writing and sending are one act


def test_writing_on_takes_a_sent_plan_back() -> None:
    by = handler()
    complaint = scenes.sent(by, in_work(by))
    with pytest.raises(RuleBroken):
        plans.send(by=by, complaint=complaint, version=complaint.version)
    complaint = write(by, complaint)
    with pytest.raises(RuleBroken, match="No plan waits"):
        approve(senior(), complaint)


# --- agreed -----------------------------------------------------------------------------------------------------
def test_a_leader_approves_and_every_action_is_promised_by_its_owner() -> None:
    by, leader = handler(), senior()
    complaint = approve(leader, scenes.sent(by, in_work(by)))
    plan = complaint.round.plans.get()
    assert (complaint.state, plan.status, plan.decided_by) == ("PLAN_AGREED", "APPROVED", leader)
    assert promises(complaint, "KEPT")["PLAN"].kept_at == plan.decided_at
    promise = FollowUp.objects.get(kind="ACTION")
    assert (promise.owner, promise.due_on, promise.state) == (by, D(2025, 9, 29), "OPEN")
    assert (promise.about_no, promise.on_its_own_page) == (complaint.number, True)
    assert AuditEvent.objects.filter(object_id=complaint.number, action="complaint.approve_plan").count() == 1


def test_nobody_approves_what_they_wrote_in() -> None:
    author, editor = handler(role="senior"), handler(role="supervisor")
    complaint = in_work(author)
    complaint = scenes.sent(editor, complaint)
    for person in (author, editor):
        with pytest.raises(NotAllowed, match="You wrote in this plan"):
            approve(person, complaint)
    assert approve(senior(), complaint).state == "PLAN_AGREED"
    with pytest.raises(IntegrityError), transaction.atomic():
        Plan.objects.update(decided_by=author)


@pytest.mark.parametrize(
    ("level", "role", "granted"),
    [
        (Level.MODERATE, "senior", True),
        (Level.MODERATE, "supervisor", True),
        (Level.MODERATE, "handler", False),
        (Level.SEVERE, "senior", False),
        (Level.SEVERE, "supervisor", True),
    ],
)
def test_the_level_decides_who_approves(level: Level, role: str, granted: bool) -> None:
    by = handler()
    complaint = scenes.sent(by, in_work(by, level))
    other = handler(by.team, role=role)
    if granted:
        assert approve(other, complaint).state == "PLAN_AGREED"
        return
    with pytest.raises(NotAllowed):
        approve(other, complaint)


def test_of_two_who_decide_at_once_one_is_stale() -> None:
    by = handler()
    complaint = scenes.sent(by, in_work(by))
    approve(senior(), complaint)
    with pytest.raises(RuleBroken):
        approve(senior(), complaint)
    with pytest.raises(Stale):
        plans.revise(by=by, complaint=Complaint.objects.get(), version=complaint.version, reason="why")


def test_an_action_whose_day_passed_while_the_plan_waited_is_promised_late() -> None:
    by = handler()
    complaint = scenes.sent(by, in_work(by))
    with time_machine.travel(scenes.local("2025-10-09 10:00"), tick=False):
        complaint = approve(senior(), complaint)
        assert FollowUp.objects.get(kind="ACTION").late(scenes.local("2025-10-09 10:00"))


def test_a_plan_sent_back_stays_and_the_next_version_is_written() -> None:
    by, leader = handler(), senior()
    complaint = scenes.sent(by, in_work(by))
    complaint = plans.send_back(by=leader, complaint=complaint, version=complaint.version, reason="补偿依据不足")
    assert complaint.state == "IN_PROGRESS"
    assert "PLAN" in promises(complaint)
    complaint = scenes.sent(by, complaint, measures="补充调取录音后退还手续费，并致歉")
    first, second = complaint.round.plans.order_by("version")
    assert (first.status, first.decision_reason, first.measures) == ("RETURNED", "补偿依据不足", scenes.PLAN)
    assert (second.version, second.status) == (2, "SUBMITTED")
    with pytest.raises(RuleBroken, match="Say why"):
        plans.send_back(by=leader, complaint=complaint, version=complaint.version, reason=" ")


# --- feedback ---------------------------------------------------------------------------------------------------
def test_no_feedback_before_the_plan_is_approved_and_it_ends_with_what_was_agreed(client_for: ClientFor) -> None:
    by = handler()
    complaint = scenes.sent(by, in_work(by))
    with pytest.raises(RuleBroken) as refused:
        resolution.feed_back(by=by, complaint=complaint, version=complaint.version, told=scenes.told())
    assert refused.value.code == "state.forbidden"
    complaint = approve(senior(), complaint)
    page = client_for(by).get(reverse("complaints:feed_back", args=[complaint.number])).content.decode()
    assert "We refund the fee that was taken twice." in page
    assert 'value="200.00"' in page


@pytest.mark.parametrize(("fen", "fits"), [(200_00, True), (200_01, False)])
def test_no_more_is_told_than_the_plan_grants(fen: int, fits: bool) -> None:
    complaint = planned(handler(role="supervisor"))
    act = {"by": complaint.owner, "complaint": complaint, "version": complaint.version}
    if fits:
        assert resolution.feed_back(**act, told=scenes.told(redress_fen=fen)).state == "FED_BACK"
        return
    with pytest.raises(RuleBroken) as refused:
        resolution.feed_back(**act, told=scenes.told(redress_fen=fen))
    assert refused.value.field == "redress"


# --- revised ----------------------------------------------------------------------------------------------------
def test_an_agreed_plan_that_does_not_hold_gives_way_to_a_copy_and_what_is_done_stays_done() -> None:
    by, day = handler(), D(2025, 9, 30)
    steps = [plans.Step(text=text, owner=by, due_on=day) for text in ("Read the logs", "Refund")]
    complaint = scenes.agreed(by, in_work(by), steps=steps)
    complaint = complete(by, complaint, ActionItem.objects.get(place=1))
    complaint = revise(by, complaint)
    old, new = complaint.round.plans.order_by("version")
    assert complaint.state == "IN_PROGRESS"
    assert (old.status, new.status, new.measures) == ("SUPERSEDED", "DRAFT", old.measures)
    assert [(item.text, item.done_at is not None) for item in new.actions.all()] == [
        ("Read the logs", True),
        ("Refund", False),
    ]
    assert list(FollowUp.objects.filter(kind="ACTION").order_by("pk").values_list("state", flat=True)) == [
        "KEPT",
        "CANCELLED",
    ]
    complaint = scenes.agreed(by, complaint)
    assert FollowUp.objects.filter(kind="ACTION", state="OPEN").count() == 1
    assert [item.text for item in complaint.round.plans.approved().get().actions.all()] == [
        "Read the logs",
        "Refund the fee",
    ]


def test_a_plan_agreed_for_a_moderate_complaint_is_agreed_anew_when_it_is_severe() -> None:
    by = handler()
    complaint = planned(by)
    raised = {"by": senior(), "level": Level.SEVERE, "reason": "37 similar charges"}
    complaint = assessment.change_level(complaint=complaint, version=complaint.version, **raised)
    assert complaint.state == "IN_PROGRESS"
    assert list(complaint.round.plans.values_list("version", "status")) == [(2, "DRAFT"), (1, "SUPERSEDED")]
    assert "PLAN" in promises(complaint)
    assert not ActionItem.objects.owed(complaint).exists()


def test_a_lower_level_leaves_the_agreed_plan() -> None:
    by = handler()
    complaint = planned(by, Level.SEVERE)
    lowered = {"by": senior(), "level": Level.MODERATE, "reason": "One customer"}
    complaint = assessment.change_level(complaint=complaint, version=complaint.version, **lowered)
    assert complaint.state == "PLAN_AGREED"
    assert "PLAN" not in promises(complaint)


def test_another_round_needs_a_plan_of_its_own_and_begins_with_the_old_words(client_for: ClientFor) -> None:
    by = handler()
    complaint = scenes.fed_back(by)
    complaint = resolution.reopen(by=by, complaint=complaint, version=complaint.version, reason="还是没有退款")
    with pytest.raises(RuleBroken):
        resolution.feed_back(by=by, complaint=complaint, version=complaint.version, told=scenes.told())
    page = client_for(by).get(reverse("complaints:write_plan", args=[complaint.number])).content.decode()
    assert scenes.PLAN in page
    assert "PLAN" in promises(complaint)
    assert scenes.agreed(by, complaint).round.plans.get().version == 1


# --- done -------------------------------------------------------------------------------------------------------
def test_an_action_may_be_done_after_the_answer_and_after_the_end() -> None:
    by = handler()
    complaint = scenes.closed(by)
    item = ActionItem.objects.owed(complaint).get()
    assert item.follow_up.state == "OPEN"
    complaint = complete(by, complaint, item)
    item.refresh_from_db()
    assert (complaint.state, item.done_by, item.evidence) == ("CLOSED", by, "见冲正清单")
    assert item.follow_up.state == "KEPT"
    with pytest.raises(RuleBroken):
        complete(by, complaint, item)


def test_only_its_owner_or_who_handles_the_complaint_calls_an_action_done() -> None:
    by = handler()
    it = TeamFactory(department=scenes.department())
    liaison, colleague = UserFactory(role="liaison", team=it), UserFactory(role="liaison", team=it)
    step = plans.Step(text="Read the logs", owner=liaison, due_on=D(2025, 9, 30))
    complaint = scenes.agreed(by, in_work(by), steps=[step])
    item = ActionItem.objects.get()
    for stranger in (colleague, UserFactory(role="agent", team=by.team), handler()):
        with pytest.raises(NotAllowed):
            complete(stranger, complaint, item)
    assert complete(liaison, complaint, item).diary.last().data == {"place": 1}


def test_what_the_customer_takes_back_needs_no_action_any_more() -> None:
    by = handler()
    complaint = planned(by)
    resolution.withdraw(by=by, complaint=complaint, version=complaint.version, reason="Settled", read_back=True)
    assert FollowUp.objects.get(kind="ACTION").state == "CANCELLED"
