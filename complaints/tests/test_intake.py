"""What happens when a customer brings something."""

from __future__ import annotations

import datetime

import pytest
import time_machine

from complaints.actions import intake
from complaints.actions.referring import Referral
from complaints.models import Complaint
from complaints.tests import scenes
from complaints.tests.scenes import local, promises, received, statement
from crm_site.errors import NotAllowed, RuleBroken, Stale
from crm_site.models import AuditEvent
from crm_site.tests.factories import UserFactory
from customers.models import Interaction
from customers.tests.factories import CustomerFactory

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("now")]


def test_a_complaint_by_phone_has_number_round_promises_and_a_line_in_the_customers_past() -> None:
    agent = UserFactory()
    complaint = intake.receive(by=agent, statement=statement(), nature="COMPLAINT", owner=agent)
    assert complaint.number == "TS-20250926-0001"
    assert (complaint.state, complaint.nature, complaint.level) == ("CLASSIFIED", "COMPLAINT", None)
    assert complaint.round.no == 1
    assert complaint.round.received_at == complaint.received_at
    line = Interaction.objects.get(about_no=complaint.number)
    assert (line.customer, line.channel, line.outcome) == (complaint.customer, "PHONE", "COMPLAINT")
    assert set(promises(complaint)) == {"ASSESS", "REG_FINAL"}
    assert promises(complaint, "KEPT")["ACK"].kept_at == complaint.received_at
    assert complaint.leading == promises(complaint)["ASSESS"]


def test_each_registration_writes_one_diary_row_and_one_audit_row_a_verb() -> None:
    complaint = received(UserFactory())
    assert list(complaint.diary.values_list("verb", "from_state", "to_state")) == [
        ("receive", "", "RECEIVED"),
        ("classify", "RECEIVED", "CLASSIFIED"),
    ]
    actions = AuditEvent.objects.filter(object_id=complaint.number).order_by("seq").values_list("action", flat=True)
    assert list(actions) == ["complaint.receive", "complaint.classify"]


def test_numbers_count_up_within_a_day_and_begin_again_on_the_next() -> None:
    agent = UserFactory()
    numbers = [received(agent).number for _n in range(3)]
    with time_machine.travel(local("2025-09-27 00:01"), tick=False):
        numbers.append(received(agent).number)
    assert numbers == ["TS-20250926-0001", "TS-20250926-0002", "TS-20250926-0003", "TS-20250927-0001"]


def test_a_letter_is_acknowledged_later() -> None:
    complaint = received(UserFactory(), channel="LETTER")
    assert "ACK" in promises(complaint)


@pytest.mark.parametrize(
    ("nature", "kinds"),
    [
        ("UNCLASSIFIED", {"ASSESS"}),
        ("INQUIRY", {"ANSWER"}),
        ("SUGGESTION", {"OUTCOME"}),
        ("COMPLAINT", {"ASSESS", "REG_FINAL"}),
    ],
)
def test_each_nature_has_its_promises(nature: str, kinds: set[str]) -> None:
    assert set(promises(received(UserFactory(), nature=nature))) == kinds


@pytest.mark.parametrize(
    ("fields", "reason", "code", "field"),
    [
        ({"received_at": local("2025-09-26 10:06")}, "", "complaint.future", "received_at"),
        ({"received_at": local("2025-09-25 09:59")}, "", "complaint.late_entry", "reason"),
        ({"relation": "ANONYMOUS"}, "", "complaint.anonymous", "reason"),
        ({"complainant_name": "Wang"}, "", "complaint.complainant_contact", "complainant_contact"),
        ({"complainant_name": " ", "complainant_contact": "1"}, "", "complaint.complainant_name", "complainant_name"),
        ({"content": "  "}, "", "complaint.content", "content"),
        ({"content": "x" * 5001}, "", "complaint.content_long", "content"),
        ({"subject": ""}, "", "complaint.subject", "subject"),
        ({"subject": "Call 13800138000"}, "", "complaint.subject_personal", "subject"),
    ],
)
def test_what_is_incomplete_is_refused_and_nothing_is_saved(
    fields: dict[str, object], reason: str, code: str, field: str
) -> None:
    with pytest.raises(RuleBroken) as refused:
        intake.receive(by=UserFactory(), statement=statement(**fields), nature="COMPLAINT", reason=reason)
    assert (refused.value.code, refused.value.field) == (code, field)
    assert not Complaint.objects.exists()


def test_five_minutes_of_another_clock_are_forgiven_and_late_entry_is_taken_with_a_reason() -> None:
    agent = UserFactory()
    ahead = received(agent, received_at=local("2025-09-26 10:05"))
    assert ahead.received_at == ahead.registered_at == local("2025-09-26 10:00")
    late = received(agent, received_at=local("2025-09-20 10:00"), reason="Found in the post tray")
    assert late.diary.first().reason == "Found in the post tray"


def test_an_anonymous_complaint_is_investigated_without_a_promise_to_anybody() -> None:
    complaint = received(UserFactory(), relation="ANONYMOUS", reason="Letter without sender", channel="LETTER")
    assert set(promises(complaint)) == {"ASSESS"}


def test_reasons_keep_no_telephone_number() -> None:
    complaint = received(UserFactory(), relation="ANONYMOUS", reason="called from 13800138000")
    assert "13800138000" not in complaint.diary.first().reason
    assert not AuditEvent.objects.filter(reason__contains="13800138000").exists()


def test_who_has_no_part_in_service_registers_nothing() -> None:
    with pytest.raises(NotAllowed):
        received(UserFactory(role="planner"))


def test_a_complaint_is_called_something_else_by_a_leader_with_a_reason_only() -> None:
    agent = UserFactory()
    leader = UserFactory(role="senior", team=agent.team)
    complaint = received(agent)
    with pytest.raises(NotAllowed):
        intake.classify(by=agent, complaint=complaint, version=complaint.version, nature="INQUIRY", reason="only asks")
    with pytest.raises(RuleBroken) as silent:
        intake.classify(by=leader, complaint=complaint, version=complaint.version, nature="INQUIRY")
    assert silent.value.code == "state.reason"
    now = intake.classify(
        by=leader, complaint=complaint, version=complaint.version, nature="INQUIRY", reason="only asks"
    )
    assert set(promises(now)) == {"ANSWER"}
    assert now.leading == promises(now)["ANSWER"]


def test_a_classification_based_on_an_old_version_is_stale_and_says_who_was_first() -> None:
    agent = UserFactory()
    seen = received(agent, nature="UNCLASSIFIED")
    intake.classify(by=agent, complaint=seen, version=seen.version, nature="INQUIRY")
    with pytest.raises(Stale) as stale:
        intake.classify(by=agent, complaint=seen, version=seen.version, nature="SUGGESTION")
    assert stale.value.who == agent.display_name
    assert stale.value.yours != stale.value.theirs
    assert Complaint.objects.get().nature == "INQUIRY"


def test_what_is_not_ours_is_sent_on_with_what_was_said() -> None:
    agent = UserFactory()
    referral = Referral(target="Telecom operator", told_how="Number given on the phone", reason="Phone bill")
    complaint = intake.receive_and_refer(by=agent, statement=statement(), referral=referral)
    assert (complaint.state, complaint.referred_to) == ("REFERRED_OUT", "Telecom operator")
    assert complaint.closed_at is not None
    assert complaint.round.outcome == "REFERRED"
    assert promises(complaint) == {}
    assert complaint.leading is None


@pytest.mark.parametrize("field", ["target", "told_how"])
def test_sending_on_needs_target_and_words(field: str) -> None:
    values = {"target": "Operator", "told_how": "By phone", "reason": "Not ours", field: " "}
    with pytest.raises(RuleBroken) as refused:
        intake.receive_and_refer(by=UserFactory(), statement=statement(), referral=Referral(**values))
    assert refused.value.field == field
    assert not Complaint.objects.exists()


def test_a_registration_that_fails_half_way_leaves_no_number_and_no_words() -> None:
    bad = scenes.judgement(scenes.Level.MODERATE, cause="")
    agent = scenes.handler()
    with pytest.raises(RuleBroken):
        intake.receive_and_assess(by=agent, statement=statement(customer=CustomerFactory()), judgement=bad)
    assert not Complaint.objects.exists()
    assert not Interaction.objects.exists()
    assert received(agent).number.endswith("-0001")


def test_received_time_is_kept_as_given() -> None:
    moment = local("2025-09-26 09:17") + datetime.timedelta(microseconds=123456)
    assert received(UserFactory(), received_at=moment).received_at == moment
