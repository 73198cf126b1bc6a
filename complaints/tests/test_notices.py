"""What a complainant is told in writing: rows of the outbox, written by the step itself, evidence on the page (O.3)."""

from __future__ import annotations

import datetime
import json
from collections.abc import Callable
from typing import Any

import pytest
import time_machine
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from complaints.actions import handling, intake, notices, participations, resolution
from complaints.actions.referring import Referral
from complaints.models import Complaint, DiaryEntry
from complaints.sla import Level
from complaints.tests import scenes
from complaints.tests.scenes import handler, in_work, received
from crm_site.errors import RuleBroken
from crm_site.models import AuditEvent, User
from crm_site.tests.factories import TeamFactory
from customers import texts
from customers.actions import messaging
from customers.channels.base import Letter
from customers.models import FollowUp, Interaction, Message
from customers.tests.factories import ContactPointFactory, CustomerFactory

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("now")]
ClientFor = Callable[..., Client]
INSIDE = ("SECRET-PLAN", "SECRET-TASK", "SECRET-ANSWER", "SECRET-SAID", "SECRET-REASON", "SECRET-ISSUE")


class Provider:
    """A gateway that keeps what it was given."""

    def __init__(self) -> None:
        self.letters: list[Letter] = []

    def send(self, letter: Letter) -> str:
        self.letters.append(letter)
        return "ref"


@pytest.fixture
def provider(monkeypatch: pytest.MonkeyPatch) -> Provider:
    made = Provider()
    monkeypatch.setattr(messaging, "gateway", lambda channel: made)
    return made


def written(complaint: Complaint) -> list[str]:
    return [row.template for row in Message.objects.about("complaint", complaint.number)]


def values(complaint: Complaint) -> dict[str, str]:
    found: dict[str, str] = json.loads(Message.objects.about("complaint", complaint.number)[0].values)
    return found


def progress(by: User, complaint: Complaint, **more: Any) -> Complaint:
    said = {"channel": "PHONE", "summary": "SECRET-SAID", "written": True, **more}
    return handling.tell_progress(by=by, complaint=complaint, version=complaint.version, **said)


# --- receipt ----------------------------------------------------------------------------------------------------
@pytest.mark.parametrize(
    ("channel", "told"), [("EMAIL", 1), ("WEBFORM", 1), ("LETTER", 1), ("PHONE", 0), ("BRANCH", 0)]
)
def test_who_is_not_on_the_line_gets_number_team_and_day_in_writing_by_itself(channel: str, told: int) -> None:
    by = handler(TeamFactory(code="C1", name="Complaints North", purpose="COMPLAINT"))
    complaint = received(by, channel=channel, customer=CustomerFactory(language="en"))
    assert written(complaint) == ["complaint_received_code"] * told
    if told:
        facts = values(complaint)
        assert len(facts.pop("code")) == 9
        assert facts == {
            "number": complaint.number,
            "team": "Complaints North",
            "due": "by Fri 10 Oct 2025",
            "link": "http://127.0.0.1:8000/complain/status/",
        }


def test_the_tick_writes_to_a_caller_too() -> None:
    by = handler()
    complaint = intake.receive(by=by, statement=scenes.statement(), nature="COMPLAINT", written=True)
    assert written(complaint) == ["complaint_received_code"]


def test_what_is_solved_or_referred_in_the_same_press_needs_no_notice_of_receipt() -> None:
    by, said = handler(), scenes.statement(channel="EMAIL")
    solved = intake.receive_minor_solved(
        by=by, statement=said, solution=resolution.Solution(cause="FEES", told=scenes.told())
    )
    sent = Referral(target="Operator", told_how="By mail", reason="Not ours", written=True)
    referred = intake.receive_and_refer(by=by, statement=said, referral=sent)
    assert (written(solved), written(referred)) == ([], ["complaint_referred"])
    assert values(referred) == {"number": referred.number, "target": "Operator"}


def test_a_notice_is_written_in_the_customer_s_language(provider: Provider) -> None:
    for language, words in (
        ("zh-hans", "最迟于2025年10月10日（周五）"),
        ("zh-hant", "最遲於2025年10月10日（週五）"),
        ("en", "by Fri 10"),
    ):
        complaint = received(handler(), channel="EMAIL", customer=CustomerFactory(language=language))
        assert values(complaint)["due"].startswith(words), language
        messaging.send_due(owner="a")
        assert complaint.number in provider.letters[-1].body
        assert words in provider.letters[-1].body


def test_an_anonymous_complainant_is_written_nothing() -> None:
    complaint = received(handler(), channel="LETTER", relation="ANONYMOUS", reason="Fears for the job")
    assert written(complaint) == []


@pytest.mark.parametrize(
    ("contact", "channel", "address"),
    [
        ("138 0013 8000", "SMS", "+8613800138000"),
        ("li.wei@Example.com", "EMAIL", "li.wei@example.com"),
        ("李伟，13800138000", "SMS", "+8613800138000"),
    ],
)
def test_somebody_who_is_no_customer_is_written_to_where_they_said(
    provider: Provider, contact: str, channel: str, address: str
) -> None:
    complaint = received(handler(), channel="LETTER", complainant_name="李伟", complainant_contact=contact)
    message = Message.objects.about("complaint", complaint.number).get()
    assert (message.customer, message.channel, message.address) == (None, channel, address)
    messaging.send_due(owner="a")
    [letter] = provider.letters
    assert letter.address == address
    assert address[3:-4] not in letter.masked


def test_where_nothing_usable_is_on_record_the_notice_stands_there_as_failed() -> None:
    complaint = received(handler(), channel="LETTER", complainant_name="李伟", complainant_contact="c/o the village")
    message = Message.objects.about("complaint", complaint.number).get()
    assert (message.state, message.reason) == ("FAILED", "no_contact_point")


def test_who_complains_for_a_customer_is_written_to_and_the_customer_is_not() -> None:
    customer = CustomerFactory()
    said = {"relation": "AGENT", "complainant_name": "周娟", "complainant_contact": "zhou@example.com"}
    complaint = received(handler(), channel="EMAIL", customer=customer, **said)
    message = Message.objects.about("complaint", complaint.number).get()
    assert (message.customer, message.address) == (None, "zhou@example.com")


def test_a_customer_who_likes_wechat_is_written_to_by_sms() -> None:
    customer = CustomerFactory()
    ContactPointFactory(customer=customer, type="WECHAT", value="wx-1", preferred=True)
    complaint = received(handler(), channel="EMAIL", customer=customer)
    assert Message.objects.about("complaint", complaint.number).get().channel == "SMS"


def test_a_notice_that_left_acknowledges_the_receipt_at_the_moment_it_left(
    provider: Provider, now: datetime.datetime
) -> None:
    complaint = received(handler(), channel="EMAIL")
    assert notices.acknowledge_sent() == 0
    messaging.send_due(owner="a")
    with time_machine.travel(now + datetime.timedelta(minutes=10), tick=False):
        assert notices.acknowledge_sent() == 1
        assert notices.acknowledge_sent() == 0
    promise = FollowUp.objects.get(clock__round__complaint=complaint, clock__kind="ACK")
    assert (promise.state, promise.kept_at) == ("KEPT", now)
    assert DiaryEntry.objects.filter(complaint=complaint, verb="acknowledge", by=None).count() == 1
    complaint.refresh_from_db()
    assert complaint.leading is not None and complaint.leading != promise


# --- the way through --------------------------------------------------------------------------------------------
def test_progress_goes_out_in_fixed_words_and_the_promised_day() -> None:
    by = handler()
    complaint = progress(by, in_work(by, customer=CustomerFactory(language="en")), status="DEPARTMENTS")
    assert written(complaint) == ["complaint_progress"]
    assert values(complaint)["status"] == "The departments concerned are working on it."
    assert values(complaint)["due"] == "by Fri 10 Oct 2025"


def test_without_the_tick_nothing_is_written() -> None:
    by = handler()
    assert written(progress(by, in_work(by), written=False)) == []


def test_a_late_answer_is_promised_anew_and_the_missed_day_stays_missed(now: datetime.datetime) -> None:
    by = handler()
    complaint = in_work(by, customer=CustomerFactory(language="en"))
    with pytest.raises(RuleBroken) as broken:
        progress(by, complaint, promised_on=datetime.date(2025, 10, 20))
    assert broken.value.code == "complaint.not_late"
    with time_machine.travel(now + datetime.timedelta(days=18), tick=False):
        with pytest.raises(RuleBroken) as broken:
            progress(by, complaint, promised_on=datetime.date(2025, 10, 14))
        assert broken.value.code == "complaint.promised_on"
        complaint = progress(by, complaint, promised_on=datetime.date(2025, 10, 20))
    assert written(complaint) == ["complaint_delay"]
    assert values(complaint)["due"] == "by Mon 20 Oct 2025"
    again = FollowUp.objects.get(kind="PROMISE", about_no=complaint.number)
    assert (again.due_on, again.owner) == (datetime.date(2025, 10, 20), by)
    assert scenes.promises(complaint)["FEEDBACK"].due_on == datetime.date(2025, 10, 10)


def test_the_result_by_sms_says_only_that_there_is_one() -> None:
    by = handler()
    complaint = scenes.planned(by)
    told = scenes.told(content="SECRET-SAID", written=True)
    complaint = resolution.feed_back(by=by, complaint=complaint, version=complaint.version, told=told)
    assert written(complaint) == ["complaint_result"]
    assert set(values(complaint)) == {"number", "link"}


def test_the_result_goes_with_its_words_to_a_customer_s_own_e_mail_address(provider: Provider) -> None:
    customer, by = CustomerFactory(phone=False, language="en"), handler()
    ContactPointFactory(customer=customer, type="EMAIL", value="own@example.com")
    complaint = scenes.planned(by, customer=customer)
    told = scenes.told(written=True)
    complaint = resolution.feed_back(by=by, complaint=complaint, version=complaint.version, told=told)
    assert written(complaint) == ["complaint_result_letter"]
    messaging.send_due(owner="a")
    assert "Refunded 96 yuan today." in provider.letters[0].body
    assert "Upheld" in provider.letters[0].body


def test_a_result_for_somebody_else_s_address_says_nothing_of_it() -> None:
    by = handler()
    complaint = scenes.planned(by, complainant_name="李伟", complainant_contact="li@example.com")
    told = scenes.told(content="SECRET-SAID", written=True)
    complaint = resolution.feed_back(by=by, complaint=complaint, version=complaint.version, told=told)
    assert written(complaint) == ["complaint_result"]


def test_an_attempt_that_reached_nobody_writes_no_result() -> None:
    by = handler()
    complaint = scenes.planned(by)
    told = scenes.told(reached=False, written=True)
    resolution.feed_back(by=by, complaint=complaint, version=complaint.version, told=told)
    assert written(complaint) == []


def test_the_end_and_another_round_are_told_in_writing() -> None:
    by = handler()
    complaint = scenes.asked(by, scenes.fed_back(by, customer=CustomerFactory(language="en")))
    complaint = resolution.close(
        by=by, complaint=complaint, version=complaint.version, outcome="SATISFIED", written=True
    )
    complaint = resolution.reopen(
        by=by, complaint=complaint, version=complaint.version, reason="SECRET-REASON", level=Level.SEVERE, written=True
    )
    assert written(complaint) == ["complaint_reopened", "complaint_closed"]
    assert values(complaint) == {"number": complaint.number, "due": "by Thu 16 Oct 2025"}


def test_a_refused_step_writes_no_notice() -> None:
    by = handler()
    complaint = in_work(by)
    with pytest.raises(RuleBroken):
        progress(by, complaint, at=datetime.datetime(2030, 1, 1, tzinfo=datetime.UTC))
    assert written(complaint) == []


# --- nothing internal -------------------------------------------------------------------------------------------
def test_nothing_internal_and_nothing_of_the_matter_is_ever_in_a_notice(provider: Provider) -> None:
    """A whole life with every notice there is; its internal words are marked, and none of them leaves."""
    by = handler()
    customer = CustomerFactory(phone=False)
    ContactPointFactory(customer=customer, type="EMAIL", value="own@example.com")
    said = {"content": "SECRET-SAID", "desired_outcome": "SECRET-SAID", "channel": "EMAIL", "customer": customer}
    complaint = received(by, **said)
    judged = scenes.judgement(Level.MODERATE, core_issue="SECRET-ISSUE", deviation_reason="SECRET-REASON")
    complaint = scenes.assessment.assess(by=by, complaint=complaint, version=complaint.version, judgement=judged)
    complaint = handling.start_work(
        by=by,
        complaint=complaint,
        version=complaint.version,
        plan="SECRET-PLAN " * 3,
        departments=[scenes.department()],
    )
    question = complaint.round.participations.get()
    complaint = participations.answer(
        by=by, complaint=complaint, version=complaint.version, participation=question, text="SECRET-ANSWER"
    )
    complaint = progress(by, complaint)
    complaint = scenes.agreed(by, complaint, findings="SECRET-PLAN", cause_text="SECRET-PLAN", measures="SECRET-PLAN")
    told = scenes.told(written=True)
    complaint = resolution.feed_back(by=by, complaint=complaint, version=complaint.version, told=told)
    complaint = scenes.asked(by, complaint, comment="SECRET-SAID")
    complaint = resolution.close(
        by=by, complaint=complaint, version=complaint.version, outcome="SATISFIED", written=True
    )
    resolution.reopen(by=by, complaint=complaint, version=complaint.version, reason="SECRET-REASON", written=True)
    messaging.send_due(owner="a")
    assert len(provider.letters) == 5
    everything = "".join(f"{letter.subject}{letter.body}" for letter in provider.letters)
    everything += "".join(Message.objects.values_list("values", flat=True))
    everything += "".join(
        str(each) for each in AuditEvent.objects.filter(action__startswith="message").values_list("after")
    )
    assert [marker for marker in INSIDE if marker in everything] == []
    assert complaint.subject not in everything
    assert by.display_name not in everything


@pytest.mark.parametrize("code", ["complaint_received", "complaint_progress", "complaint_result", "complaint_closed"])
def test_no_text_has_a_place_for_anything_internal(code: str) -> None:
    fields = set(texts.KINDS[code].fields)
    assert fields <= {"bank", "number", "team", "due", "status", "target", "link", "code"}


# --- evidence ---------------------------------------------------------------------------------------------------
def test_the_page_shows_what_was_written_and_what_became_of_it(client_for: ClientFor, provider: Provider) -> None:
    by = handler()
    complaint = progress(by, in_work(by, channel="EMAIL", received_at=scenes.local("2025-09-26 09:00")))
    client = client_for(by)
    url = reverse("complaints:detail", args=[complaint.number])
    assert "Told in writing" in (shown := client.get(url).content.decode())
    assert shown.count("Waiting") == 2
    messaging.send_due(owner="a")
    Message.objects.filter(template="complaint_progress").update(state="UNKNOWN")
    shown = client.get(url).content.decode()
    assert "Outcome unknown" in shown
    assert "Notice of progress" in shown


def test_what_has_left_stands_in_the_customer_s_past(provider: Provider) -> None:
    complaint = received(handler(), channel="EMAIL")
    past = Interaction.objects.filter(customer=complaint.customer, direction="OUT")
    assert not past.exists()
    messaging.send_due(owner="a")
    line = past.get()
    assert (line.title, line.channel, line.about_no, line.summary) == (
        "Notice of receipt with a code",
        "SMS",
        complaint.number,
        "",
    )


def test_the_form_says_where_the_notice_goes_and_the_tick_decides(client_for: ClientFor) -> None:
    by = handler()
    complaint = in_work(by)
    client, url = client_for(by), reverse("complaints:progress", args=[complaint.number])
    assert "139****" in client.get(url).content.decode()
    sent = {"channel": "PHONE", "words": "Half done", "status": "PREPARING", "version": complaint.version}
    assert client.post(url, sent).status_code == 302
    assert written(complaint) == []
    complaint.refresh_from_db()
    sent |= {"version": complaint.version, "written": "on"}
    assert client.post(url, sent).status_code == 302
    assert client.post(url, sent).status_code == 409
    assert written(complaint) == ["complaint_progress"]


def test_the_tick_is_not_offered_where_nobody_can_be_written_to(client_for: ClientFor) -> None:
    by = handler()
    complaint = in_work(by, relation="ANONYMOUS", reason="Fears for the job")
    shown = client_for(by).get(reverse("complaints:progress", args=[complaint.number])).content.decode()
    assert "Also send a written notice" not in shown


def test_the_page_asks_as_often_for_one_notice_as_for_three(client_for: ClientFor) -> None:
    by = handler()
    client, counts = client_for(by), []
    client.get(reverse("complaints:detail", args=[in_work(by).number]))
    for turns in (1, 3):
        complaint = in_work(by)
        for _turn in range(turns):
            complaint = progress(by, complaint)
        with CaptureQueriesContext(
            connection,
        ) as asked:
            client.get(reverse("complaints:detail", args=[complaint.number]))
        counts.append(len(asked))
    assert counts[0] == counts[1]
