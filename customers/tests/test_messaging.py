"""The outbox: written once, claimed once, every message in one visible state."""

from __future__ import annotations

import datetime
import logging
from collections.abc import Callable

import pytest
import time_machine
from django.core import mail

from crm_site.models import AuditEvent
from customers.actions import messaging
from customers.channels import base, console, email
from customers.channels.base import Letter, Refused, TryLater
from customers.models import ContactPoint, ContactPreference, Customer, Message

from .factories import ConsentFactory, ContactPointFactory, CustomerFactory, MessageFactory, mobile

pytestmark = pytest.mark.django_db
State, Purpose = Message.State, Message.Purpose
HOUR = datetime.timedelta(hours=1)


class Provider:
    """A gateway that answers as it is told, and keeps what it was given."""

    def __init__(self) -> None:
        self.letters: list[Letter] = []
        self.answer: Callable[[Letter], str] = lambda letter: f"ref-{letter.uuid[:8]}"

    def send(self, letter: Letter) -> str:
        self.letters.append(letter)
        return self.answer(letter)


@pytest.fixture
def provider(monkeypatch: pytest.MonkeyPatch) -> Provider:
    made = Provider()
    monkeypatch.setattr(messaging, "gateway", lambda channel: made)
    return made


def refuse(error: Exception) -> Callable[[Letter], str]:
    def answer(letter: Letter) -> str:
        raise error

    return answer


def write(customer: Customer, **changes: object) -> Message:
    values = {
        "purpose": Purpose.SERVICE,
        "template": "survey_invitation",
        "values": {"link": "https://bank.example/s/x"},
        "dedupe_key": "k1",
    }
    return messaging.enqueue(customer=customer, **(values | changes))  # type: ignore[arg-type]


def test_the_same_key_writes_one_message_and_one_audit_row(now: datetime.datetime) -> None:
    customer = CustomerFactory()
    assert write(customer).pk == write(customer).pk
    assert AuditEvent.objects.filter(action="message.enqueue").count() == 1


def test_without_anything_to_reach_the_customer_by_the_message_fails_and_says_so(now: datetime.datetime) -> None:
    message = write(CustomerFactory(phone=False))
    assert (message.state, message.reason) == (State.FAILED, "no_contact_point")


@pytest.mark.parametrize(
    ("wish", "preferred", "channel"),
    [("", None, "SMS"), ("EMAIL", None, "EMAIL"), ("", "EMAIL", "EMAIL"), ("LANDLINE", None, "SMS")],
)
def test_the_customer_s_wish_decides_the_channel(
    now: datetime.datetime, wish: str, preferred: str | None, channel: str
) -> None:
    customer = CustomerFactory()
    ContactPointFactory(customer=customer, type="EMAIL", value="a@example.com", preferred=preferred == "EMAIL")
    ContactPreference.objects.create(customer=customer, channel=wish)
    assert write(customer).channel == channel


def test_a_message_is_sent_once_with_its_text_to_its_address(now: datetime.datetime, provider: Provider) -> None:
    message = write(CustomerFactory(phone=mobile(1)))
    assert messaging.send_due(owner="a") == {"sent": 1}
    assert messaging.send_due(owner="b") == {}
    [letter] = provider.letters
    assert (letter.address, letter.uuid) == (mobile(1), str(message.uuid))
    assert "https://bank.example/s/x" in letter.body
    message.refresh_from_db()
    assert (message.state, message.attempts, message.provider_ref) == (State.SENT, 1, f"ref-{letter.uuid[:8]}")


def test_a_message_somebody_else_claimed_is_left_alone(now: datetime.datetime, provider: Provider) -> None:
    message = write(CustomerFactory())
    assert messaging._claim(message.pk, "a") is not None
    assert messaging._claim(message.pk, "b") is None


def test_what_is_not_due_waits(now: datetime.datetime, provider: Provider) -> None:
    write(CustomerFactory(), not_before=now + HOUR)
    assert messaging.send_due(owner="a") == {}


def test_consent_withdrawn_after_the_message_was_written_holds_it_back(
    now: datetime.datetime, provider: Provider
) -> None:
    customer = CustomerFactory()
    ConsentFactory(customer=customer, at=now - HOUR)
    message = write(customer, purpose=Purpose.MARKETING)
    ConsentFactory(customer=customer, at=now, act="WITHDRAW")
    assert messaging.send_due(owner="a") == {"suppressed": 1}
    message.refresh_from_db()
    assert (message.state, message.reason) == (State.SUPPRESSED, "no_consent")
    assert provider.letters == []


def test_a_survey_written_at_night_is_sent_in_the_morning(provider: Provider) -> None:
    with time_machine.travel(datetime.datetime(2025, 9, 26, 14, 0, tzinfo=datetime.UTC), tick=False):  # 22:00
        message = write(CustomerFactory(), purpose=Purpose.SURVEY)
        assert messaging.send_due(owner="a") == {"pending": 1}
    message.refresh_from_db()
    assert message.not_before == datetime.datetime(2025, 9, 27, 1, 0, tzinfo=datetime.UTC)
    assert message.attempts == 0
    with time_machine.travel(message.not_before, tick=False):
        assert messaging.send_due(owner="a") == {"sent": 1}


def test_after_a_long_outage_a_greeting_is_expired_not_sent(now: datetime.datetime, provider: Provider) -> None:
    message = write(CustomerFactory(), purpose=Purpose.CARE, expires_at=now)
    assert messaging.send_due(owner="a") == {"expired": 1}
    message.refresh_from_db()
    assert message.finished_at == now


def test_a_busy_provider_is_asked_again_later_and_not_for_ever(provider: Provider) -> None:
    provider.answer = refuse(TryLater("smtp 421"))
    message = MessageFactory(values='{"link": "x"}')
    waits = []
    for _attempt in range(messaging.MAX_ATTEMPTS):
        message.refresh_from_db()
        with time_machine.travel(message.not_before, tick=False):
            messaging.send_due(owner="a")
        before = message.not_before
        message.refresh_from_db()
        waits.append(int((message.not_before - before).total_seconds() // 60))
    assert waits == [1, 5, 15, 60, 0]
    assert (message.state, message.reason, message.attempts) == (State.FAILED, "gave_up: smtp 421", 5)


def test_a_refusal_is_final(now: datetime.datetime, provider: Provider) -> None:
    provider.answer = refuse(Refused("smtp 550"))
    message = write(CustomerFactory())
    assert messaging.send_due(owner="a") == {"failed": 1}
    message.refresh_from_db()
    assert (message.state, message.reason) == (State.FAILED, "smtp 550")


def test_no_clear_answer_leaves_a_survey_unknown_and_repeats_a_notice_once(
    now: datetime.datetime, provider: Provider
) -> None:
    provider.answer = refuse(TimeoutError())
    survey = write(CustomerFactory(), purpose=Purpose.SURVEY, dedupe_key="s")
    notice = write(CustomerFactory(), dedupe_key="n")
    assert messaging.send_due(owner="a") == {"unknown": 1, "pending": 1}
    assert messaging.send_due(owner="a") == {"unknown": 1}
    survey.refresh_from_db()
    notice.refresh_from_db()
    assert (survey.state, survey.attempts) == (State.UNKNOWN, 1)
    assert (notice.state, notice.attempts) == (State.UNKNOWN, 2)
    assert messaging.send_due(owner="a") == {}


def test_a_sender_that_vanished_leaves_doubt_and_its_late_answer_settles_it(provider: Provider) -> None:
    survey = MessageFactory(purpose=Purpose.SURVEY, values='{"link": "x"}')
    held = messaging._claim(survey.pk, "vanished")
    assert held is not None
    assert messaging.settle_lost() == {}
    Message.objects.update(lease_until=datetime.datetime(2020, 1, 1, tzinfo=datetime.UTC))
    assert messaging.settle_lost() == {"unknown": 1}
    assert messaging._end(held, State.SENT, "", "ref") == "sent"
    survey.refresh_from_db()
    assert survey.state == State.SENT


def test_a_bad_recipient_blocks_nobody_else(now: datetime.datetime, provider: Provider) -> None:
    bad = write(CustomerFactory(), dedupe_key="bad", template="no_such_text")
    good = write(CustomerFactory(), dedupe_key="good")
    assert messaging.send_due(owner="a") == {"failed": 1, "sent": 1}
    bad.refresh_from_db()
    good.refresh_from_db()
    assert (bad.state, bad.reason, good.state) == (State.FAILED, "text", State.SENT)


def test_a_number_that_went_bad_is_replaced_by_one_in_use(now: datetime.datetime, provider: Provider) -> None:
    customer = CustomerFactory(phone=mobile(1))
    write(customer)
    customer.contact_points.update(status=ContactPoint.Status.INVALID)
    ContactPointFactory(customer=customer, value=mobile(2))
    messaging.send_due(owner="a")
    assert [letter.address for letter in provider.letters] == [mobile(2)]


def test_every_message_is_in_exactly_one_state(now: datetime.datetime, provider: Provider) -> None:
    for n in range(4):
        write(CustomerFactory(), dedupe_key=f"m{n}", purpose=Purpose.MARKETING if n % 2 else Purpose.SERVICE)
    assert sum(messaging.send_due(owner="a").values()) == 4
    assert Message.objects.filter(state__in=[State.SENT, State.SUPPRESSED]).count() == 4


def test_a_place_in_a_value_stays_text(now: datetime.datetime, provider: Provider) -> None:
    write(CustomerFactory(), values={"link": "${link} $$ {{ SECRET }} %s"})
    messaging.send_due(owner="a")
    assert "${link} $$ {{ SECRET }} %s" in provider.letters[0].body


def test_the_console_logs_no_address_and_no_text(caplog: pytest.LogCaptureFixture) -> None:
    letter = Letter("u-1", "SMS", "+8613800138000", "138****8000", "", "secret words")
    with caplog.at_level(logging.INFO):
        assert console.ConsoleGateway().send(letter) == "console:u-1"
    assert "13800138000" not in caplog.text
    assert "secret words" not in caplog.text


def test_mail_goes_to_one_recipient_with_its_reference() -> None:
    letter = Letter("u-1", "EMAIL", "a@example.com", "a***@example.com", "Subject", "Text")
    assert email.EmailGateway().send(letter) == "<u-1@crmis>"
    [sent] = mail.outbox
    assert (sent.to, sent.cc, sent.bcc, sent.extra_headers) == (
        ["a@example.com"],
        [],
        [],
        {"Message-ID": "<u-1@crmis>"},
    )


def test_a_line_break_in_a_subject_is_refused_not_sent() -> None:
    with pytest.raises(Refused):
        email.EmailGateway().send(Letter("u", "EMAIL", "a@example.com", "", "Hi\r\nBcc: b@example.com", "Text"))
    assert mail.outbox == []


def test_every_configured_channel_has_a_gateway(settings: object) -> None:
    for channel in ("SMS", "EMAIL", "WECHAT"):
        assert callable(base.gateway(channel).send)
