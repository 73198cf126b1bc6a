"""An answer served in writing: after three honest attempts, and never instead of them (domain D.7)."""

from __future__ import annotations

import datetime
from collections.abc import Callable

import pytest
import time_machine
from django.test import Client
from django.urls import reverse

from complaints.models import Complaint, Feedback
from complaints.serving import Attempt, missing_to_serve
from complaints.states import State
from complaints.tests import scenes
from crm_site.errors import RuleBroken
from crm_site.models import CalendarDay, User
from customers.tests.factories import ContactPointFactory

pytestmark = pytest.mark.django_db
DAY = datetime.timedelta(days=1)
FRI, SAT, SUN, MON = (datetime.date(2026, 3, 6) + n * DAY for n in range(4))


def tries(*pairs: tuple[datetime.date, str]) -> list[Attempt]:
    return [Attempt(day, channel) for day, channel in pairs]


@pytest.mark.parametrize(
    ("attempts", "channel", "ways", "missing"),
    [
        (tries((FRI, "PHONE"), (MON, "PHONE"), (MON, "EMAIL")), "LETTER", 3, []),
        (tries((FRI, "PHONE"), (MON, "PHONE"), (MON, "PHONE")), "LETTER", 1, []),
        (tries((FRI, "PHONE"), (MON, "PHONE"), (MON, "PHONE")), "LETTER", 2, ["channels"]),
        (tries((FRI, "PHONE"), (MON, "EMAIL")), "EMAIL", 2, ["attempts"]),
        (tries((FRI, "PHONE"), (FRI, "EMAIL"), (FRI, "PHONE")), "SMS", 2, ["days"]),
        (tries((FRI, "PHONE"), (SAT, "EMAIL"), (SUN, "PHONE")), "SMS", 2, ["days"]),  # the weekend is no working day
        (tries((FRI, "PHONE"), (MON, "PHONE"), (MON, "EMAIL")), "PHONE", 2, ["written"]),
        ([], "PHONE", 0, ["written", "attempts", "days", "channels"]),
    ],
)
def test_what_is_missing_before_a_notice_counts(
    attempts: list[Attempt], channel: str, ways: int, missing: list[str]
) -> None:
    calendar = CalendarDay.objects.calendar()
    assert missing_to_serve(attempts, channel=channel, ways=ways, calendar=calendar) == missing


def tell(by: User, complaint: Complaint, channel: str, *, served: bool = False) -> Complaint:
    told = scenes.told(channel=channel, reached=False, served=served)
    return scenes.resolution.feed_back(by=by, complaint=complaint, version=complaint.version, told=told)


@pytest.fixture
def tried() -> tuple[User, Complaint]:
    """A matter of Monday whose customer was called on Tuesday and Wednesday and written to, in vain."""
    with time_machine.travel(scenes.local("2026-03-02 10:00"), tick=False):
        by = scenes.handler()
        complaint = scenes.planned(by)
        ContactPointFactory(customer=complaint.customer, type="EMAIL", value="lin@example.com")
    for moment, channel in (("03-03 10:00", "PHONE"), ("03-04 10:00", "PHONE"), ("03-04 16:00", "EMAIL")):
        with time_machine.travel(scenes.local(f"2026-{moment}"), tick=False):
            complaint = tell(by, complaint, channel)
    assert complaint.state == State.PLAN_AGREED
    return by, complaint


def test_a_result_served_in_writing_keeps_the_promise_at_that_moment(tried: tuple[User, Complaint]) -> None:
    by, complaint = tried
    with time_machine.travel(scenes.local("2026-03-05 09:00"), tick=False):
        complaint = tell(by, complaint, "LETTER", served=True)
    kept = scenes.promises(complaint, "KEPT")["FEEDBACK"]
    assert complaint.state == State.FED_BACK
    assert kept.kept_at == scenes.local("2026-03-05 09:00")
    assert kept.attempts == 3
    notice = Feedback.objects.given().get()
    assert (notice.reached, notice.served, notice.decision) == (False, True, "UPHELD")
    assert complaint.diary.latest("pk").data["served"] is True


def test_without_the_attempts_nothing_is_served(now: datetime.datetime) -> None:
    by = scenes.handler()
    complaint = scenes.planned(by)
    with pytest.raises(RuleBroken, match="three times"):
        tell(by, complaint, "LETTER", served=True)
    complaint.refresh_from_db()
    assert complaint.state == State.PLAN_AGREED
    assert not Feedback.objects.exists()


def test_attempts_of_an_earlier_round_do_not_count_again(tried: tuple[User, Complaint]) -> None:
    by, complaint = tried
    with time_machine.travel(scenes.local("2026-03-05 09:00"), tick=False):
        complaint = tell(by, complaint, "LETTER", served=True)
    with time_machine.travel(scenes.local("2026-03-10 09:00"), tick=False):
        complaint = scenes.resolution.reopen(by=by, complaint=complaint, version=complaint.version, reason="No!")
        with pytest.raises(RuleBroken, match="three times"):
            tell(by, complaint, "LETTER", served=True)


def test_the_page_says_what_is_missing_and_keeps_the_words(
    client_for: Callable[..., Client], now: datetime.datetime
) -> None:
    client = client_for("handler", team=scenes.team())
    complaint = scenes.planned(client.user)  # type: ignore[attr-defined]
    sent = {"version": complaint.version, "channel": "LETTER", "reached": "served", "decision": "UPHELD"}
    sent["content"] = "Refunded 96 yuan, see the letter."
    refused = client.post(reverse("complaints:feed_back", args=[complaint.number]), sent)
    page = refused.content.decode()
    assert refused.status_code == 422
    assert "Try to reach the customer three times first" in page
    assert "Refunded 96 yuan, see the letter." in page
