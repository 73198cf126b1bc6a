"""The answer and the end."""

from __future__ import annotations

import datetime

import pytest
import time_machine

from complaints.actions import intake, resolution
from complaints.actions.resolution import Asked, Solution, Told
from complaints.models import Complaint
from complaints.sla import Level
from complaints.tests import scenes
from complaints.tests.scenes import asked, closed, fed_back, handler, in_work, local, promises, received, told
from crm_site.errors import NotAllowed, RuleBroken, Stale
from crm_site.tests.factories import UserFactory
from customers.models import Interaction

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("now")]


@pytest.mark.parametrize("level", list(Level))
def test_every_level_goes_from_receipt_to_close_and_into_another_round(level: Level) -> None:
    complaint = closed(handler(role="supervisor"), level)
    assert (complaint.state, complaint.round.outcome) == ("CLOSED", "SATISFIED")
    assert complaint.leading is None
    assert promises(complaint) == {}
    again = resolution.reopen(
        by=complaint.owner, complaint=complaint, version=complaint.version, reason="It happened again"
    )
    assert (again.state, again.round.no, again.closed_at) == ("IN_PROGRESS", 2, None)
    assert again.rounds.get(no=1).outcome == "SATISFIED"
    assert again.diary.last().round_no == 2
    assert "FEEDBACK" in promises(again)
    if level != Level.MINOR:  # what was agreed before does not answer what is asked now
        again = scenes.agreed(again.owner, again)
    ended = resolution.feed_back(by=again.owner, complaint=again, version=again.version, told=told())
    ended = asked(again.owner, ended)
    ended = resolution.close(by=again.owner, complaint=ended, version=ended.version, outcome="SATISFIED")
    assert ended.rounds.filter(closed_at=None).count() == 0


def test_an_inquiry_is_answered_and_closed_in_one_act() -> None:
    agent = UserFactory()
    complaint = received(agent, nature="INQUIRY")
    answer = Told(channel="PHONE", content="The fee is 2 yuan.", decision="ANSWERED")
    complaint = resolution.feed_back(
        by=agent, complaint=complaint, version=complaint.version, told=answer, close_as="ANSWERED"
    )
    assert (complaint.state, complaint.round.outcome) == ("CLOSED", "ANSWERED")
    assert "ANSWER" in promises(complaint, "KEPT")
    assert [entry.verb for entry in complaint.diary.all()] == ["receive", "classify", "feed_back", "close"]


def test_a_suggestion_is_passed_on_decided_and_closed() -> None:
    clerk = handler()
    complaint = scenes.begun(clerk, received(clerk, nature="SUGGESTION"))
    decision = Told(channel="PHONE", content="It will come in March.", decision="ADOPTED")
    complaint = resolution.feed_back(
        by=clerk,
        complaint=complaint,
        version=complaint.version,
        told=decision,
        close_as="ADOPTED",
        reason="Good idea",
    )
    assert (complaint.state, complaint.round.outcome) == ("CLOSED", "ADOPTED")


def solution(**fields: object) -> Solution:
    values: dict[str, object] = {"cause": Complaint.Cause.FEES, "told": told(redress_fen=96_00), **fields}
    return Solution(**values)


def test_a_minor_complaint_is_received_solved_told_asked_and_closed_on_one_screen() -> None:
    agent = UserFactory()
    content = Asked(channel="PHONE", satisfaction=5, accepted=True)
    complaint = intake.receive_minor_solved(by=agent, statement=scenes.statement(), solution=solution(asked=content))
    assert (complaint.state, complaint.level, complaint.round.outcome) == ("CLOSED", 1, "SATISFIED")
    assert promises(complaint) == {}
    assert {"ACK", "ASSESS", "FEEDBACK", "REG_FINAL", "SATISFACTION", "CLOSE"} == set(promises(complaint, "KEPT"))
    assert [entry.verb for entry in complaint.diary.all()] == [
        "receive",
        "classify",
        "resolve",
        "satisfaction",
        "close",
    ]


def test_a_minor_complaint_whose_customer_is_not_content_stays_open() -> None:
    grumpy = Asked(channel="PHONE", satisfaction=2, accepted=False)
    complaint = intake.receive_minor_solved(
        by=UserFactory(), statement=scenes.statement(), solution=solution(asked=grumpy)
    )
    assert complaint.state == "FED_BACK"


@pytest.mark.parametrize(
    ("fields", "account"),
    [({"told": told(redress_fen=200_01)}, {}), ({}, {"disputed_fen": 50_000_00})],
)
def test_what_needs_more_than_an_agent_is_not_solved_on_the_spot(
    fields: dict[str, object], account: dict[str, object]
) -> None:
    with pytest.raises(RuleBroken) as refused:
        intake.receive_minor_solved(
            by=handler(role="supervisor"), statement=scenes.statement(**account), solution=solution(**fields)
        )
    assert refused.value.code == "complaint.not_minor"
    assert not Complaint.objects.exists()


@pytest.mark.parametrize(
    ("role", "fen", "granted"),
    [("handler", 200_00, True), ("handler", 200_01, False), ("senior", 2000_00, True), ("senior", 2000_01, False)],
)
def test_redress_stays_within_the_authority_of_who_grants_it(role: str, fen: int, granted: bool) -> None:
    complaint = in_work(handler(role=role), Level.MINOR)
    act = {"by": complaint.owner, "complaint": complaint, "version": complaint.version}
    if granted:
        assert resolution.feed_back(**act, told=told(redress_fen=fen)).state == "FED_BACK"
        return
    with pytest.raises(NotAllowed) as refused:
        resolution.feed_back(**act, told=told(redress_fen=fen))
    assert refused.value.field == "redress"


def test_the_mark_goes_into_the_customers_past_with_half_a_surveys_weight() -> None:
    complaint = asked(handler_of(fed := fed_back(handler())), fed, satisfaction=4)
    rated = Interaction.objects.get(about_no=complaint.number, rating_points__isnull=False)
    assert (rated.rating_points, rated.rating_weight) == (75, 50)


def handler_of(complaint: Complaint) -> object:
    return complaint.owner


@pytest.mark.parametrize(
    ("answer", "outcome", "role", "extra", "code"),
    [
        (None, "SATISFIED", "handler", {}, "complaint.close_contact"),
        ({"satisfaction": 5, "accepted": True}, "SATISFIED", "handler", {}, ""),
        ({"satisfaction": 4, "accepted": None}, "SATISFIED", "handler", {}, ""),
        ({"satisfaction": 3, "accepted": True}, "PARTLY", "handler", {}, ""),
        ({"satisfaction": 1, "accepted": False}, "SATISFIED", "handler", {}, "complaint.close_acceptance"),
        (
            {"satisfaction": 1, "accepted": False},
            "UNSATISFIED_FINAL",
            "handler",
            {"position_final": True, "routes_told": True},
            "complaint.close_leader",
        ),
        (
            {"satisfaction": 1, "accepted": False},
            "UNSATISFIED_FINAL",
            "senior",
            {"position_final": True},
            "complaint.close_routes",
        ),
        (
            {"satisfaction": 1, "accepted": False},
            "UNSATISFIED_FINAL",
            "senior",
            {"position_final": True, "routes_told": True},
            "",
        ),
        (None, "NO_REPLY", "handler", {}, "complaint.close_attempts"),
        ({"satisfaction": 5, "accepted": True}, "ADOPTED", "handler", {}, "complaint.close_outcome_nature"),
    ],
)
def test_the_closing_rules(
    answer: dict[str, object] | None, outcome: str, role: str, extra: dict[str, bool], code: str
) -> None:
    clerk = handler(role=role)
    complaint = fed_back(clerk)
    if answer is not None:
        complaint = asked(clerk, complaint, **answer)
    act = {"by": clerk, "complaint": complaint, "version": complaint.version, "outcome": outcome, **extra}
    if not code:
        assert resolution.close(**act).round.outcome == outcome
        return
    with pytest.raises(RuleBroken) as refused:
        resolution.close(**act)
    assert refused.value.code == code
    assert Complaint.objects.get().closed_at is None


def test_a_customer_who_cannot_be_reached_is_let_go_after_three_tries_and_fifteen_days() -> None:
    with time_machine.travel(local("2025-09-26 10:00"), tick=False):
        complaint = fed_back(handler())
    for day in ("2025-09-28 10:00", "2025-09-29 10:00", "2025-09-29 16:00"):
        with time_machine.travel(local(day), tick=False):
            complaint = asked(complaint.owner, complaint, reached=False)
    act = {"by": complaint.owner, "complaint": complaint, "version": complaint.version, "outcome": "NO_REPLY"}
    with time_machine.travel(local("2025-10-10 10:00"), tick=False), pytest.raises(RuleBroken) as early:
        resolution.close(**act)
    assert early.value.code == "complaint.close_waiting"
    with time_machine.travel(local("2025-10-11 10:00"), tick=False):
        assert resolution.close(**act).round.outcome == "NO_REPLY"


def test_an_anonymous_complaint_ends_without_a_customer_to_ask() -> None:
    complaint = fed_back(handler(), relation="ANONYMOUS", reason="No sender", channel="LETTER")
    complaint = resolution.close(by=complaint.owner, complaint=complaint, version=complaint.version, outcome="NO_REPLY")
    assert complaint.state == "CLOSED"


def test_who_reopens_what_a_colleague_has_just_reopened_is_told_so_and_not_that_it_is_too_late() -> None:
    complaint = closed(handler())
    act = {"by": complaint.owner, "complaint": complaint, "version": complaint.version, "reason": "Again"}
    resolution.reopen(**act)
    with pytest.raises(Stale):
        resolution.reopen(**act)


def test_thirty_days_after_the_answer_a_new_round_is_a_new_complaint() -> None:
    complaint = closed(handler())
    act = {"by": complaint.owner, "complaint": complaint, "version": complaint.version, "reason": "Again"}
    with time_machine.travel(local("2025-10-27 10:00"), tick=False), pytest.raises(RuleBroken) as late:
        resolution.reopen(**act)
    assert late.value.code == "complaint.reopen_late"
    with time_machine.travel(local("2025-10-26 10:00"), tick=False):
        assert resolution.reopen(**act).round.received_at == local("2025-10-26 10:00")


def test_a_new_round_is_not_less_severe() -> None:
    complaint = closed(handler(), Level.SEVERE)
    with pytest.raises(RuleBroken) as refused:
        resolution.reopen(
            by=complaint.owner,
            complaint=complaint,
            version=complaint.version,
            reason="Again",
            level=Level.MODERATE,
        )
    assert refused.value.field == "level"


def test_who_withdraws_ends_the_procedure_and_what_was_missed_stays_missed() -> None:
    complaint = in_work(handler())
    with time_machine.travel(local("2025-10-13 10:00"), tick=False):
        complaint = resolution.withdraw(
            by=complaint.owner,
            complaint=complaint,
            version=complaint.version,
            reason="Solved by himself",
            read_back=True,
        )
    assert (complaint.state, complaint.round.outcome) == ("WITHDRAWN", "WITHDRAWN")
    cancelled = promises(complaint, "CANCELLED")
    assert (cancelled["FEEDBACK"].clock.missed, cancelled["REG_FINAL"].clock.missed) == (True, True)
    assert promises(complaint) == {}


def test_a_withdrawal_needs_evidence_and_a_leader_takes_it_back() -> None:
    senior = handler(role="senior")
    complaint = received(senior, nature="UNCLASSIFIED")
    with pytest.raises(RuleBroken) as refused:
        resolution.withdraw(by=senior, complaint=complaint, version=complaint.version, reason="Says so")
    assert refused.value.field == "evidence"
    complaint = resolution.withdraw(
        by=senior, complaint=complaint, version=complaint.version, reason="Says so", evidence="E-mail of today"
    )
    with pytest.raises(RuleBroken) as levelless:
        resolution.reopen(by=senior, complaint=complaint, version=complaint.version, reason="Resumes")
    assert levelless.value.field == "level"
    again = resolution.reopen(
        by=senior, complaint=complaint, version=complaint.version, reason="Resumes", level=Level.MODERATE
    )
    assert (again.nature, again.level, again.round.no) == ("COMPLAINT", 2, 2)


def test_feedback_cannot_be_given_in_the_future() -> None:
    complaint = scenes.planned(handler())
    with pytest.raises(RuleBroken) as refused:
        resolution.feed_back(
            by=complaint.owner,
            complaint=complaint,
            version=complaint.version,
            told=told(at=local("2025-09-26 10:00") + datetime.timedelta(seconds=1)),
        )
    assert refused.value.code == "complaint.future"
