"""What a complainant sees of their own matter, and what they can add; what an agent hands over (R9.7, R6.22)."""

from __future__ import annotations

import datetime
import re
from collections.abc import Callable
from typing import Any

import pytest
import time_machine
from django.test import Client
from django.urls import reverse

from complaints.actions import access_codes, handling, participations, public_door, resolution
from complaints.actions.public_door import Brought
from complaints.models import AccessCode, Complaint
from complaints.sla import Level
from complaints.tests import scenes
from complaints.tests.scenes import fed_back, handler, in_work
from crm_site.errors import RuleBroken
from crm_site.testing import table_hash
from customers.models import FollowUp, Interaction
from customers.tests.factories import CustomerFactory

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("now")]
ClientFor = Callable[..., Client]
DAY = datetime.timedelta(days=1)
BRING, RECEIVED = "/complain/", "/complain/received/"
STATUS, CODE, MATTER = "/complain/status/", "/complain/status/code/", "/complain/status/matter/"
PUBLIC = (BRING, RECEIVED, STATUS, CODE, MATTER)


def page(answer: Any) -> str:
    return answer.content.decode()


def opened(complaint: Complaint, code: str) -> Client:
    """A browser in which the matter is open."""
    client = Client()
    assert client.post(STATUS, {"number": complaint.number, "code": code})["Location"] == MATTER
    return client


def open_page(complaint: Complaint) -> str:
    client = opened(complaint, access_codes.issue(by=None, complaint=complaint))
    return page(client.get(MATTER))


# --- what the complainant sees ----------------------------------------------------------------------------------
INSIDE = ("SECRET-PLAN", "SECRET-ANSWER", "SECRET-REASON", "SECRET-ISSUE", "SECRET-COMMENT", "SECRET-DEPARTMENT")


def test_the_page_shows_stage_day_team_and_what_was_told_and_nothing_internal() -> None:
    by = handler()
    complaint = scenes.received(by)
    judged = scenes.judgement(Level.MODERATE, core_issue="SECRET-ISSUE", deviation_reason="SECRET-REASON")
    complaint = scenes.assessment.assess(by=by, complaint=complaint, version=complaint.version, judgement=judged)
    department = scenes.department()
    department.name = "SECRET-DEPARTMENT"
    department.save()
    complaint = handling.start_work(
        by=by, complaint=complaint, version=complaint.version, plan="SECRET-PLAN …", departments=[department]
    )
    complaint = participations.answer(
        by=by,
        complaint=complaint,
        version=complaint.version,
        participation=complaint.round.participations.get(),
        text="SECRET-ANSWER",
    )
    said = f"We ask the clearing house; {by.display_name} calls you."
    complaint = handling.tell_progress(
        by=by, complaint=complaint, version=complaint.version, channel="PHONE", summary=said, status="DEPARTMENTS"
    )
    shown = open_page(complaint)
    for each in (complaint.number, "Being looked into", "The departments concerned are working on it."):
        assert each in shown
    assert f"We ask the clearing house; {complaint.team.name} calls you." in shown
    assert "Fri 10 Oct 2025" in shown
    complaint = scenes.agreed(by, complaint)
    told = scenes.told(content=f"Refunded 96 yuan today, says {by.display_name}.")
    complaint = resolution.feed_back(by=by, complaint=complaint, version=complaint.version, told=told)
    complaint = scenes.asked(by, complaint, comment="SECRET-COMMENT")
    shown = open_page(complaint)
    assert "Refunded 96 yuan today" in shown
    assert "Upheld" in shown
    assert [marker for marker in (*INSIDE, by.display_name) if marker in shown] == []
    assert complaint.content not in shown
    assert complaint.customer is not None and complaint.customer.full_name not in shown


def test_an_attempt_that_reached_nobody_is_no_answer_on_the_page() -> None:
    by = handler()
    complaint = scenes.planned(by)
    told = scenes.told(content="SECRET-COMMENT", reached=False)
    complaint = resolution.feed_back(by=by, complaint=complaint, version=complaint.version, told=told)
    shown = open_page(complaint)
    assert "Our answer" not in shown
    assert "SECRET-COMMENT" not in shown


# --- adding, objecting ------------------------------------------------------------------------------------------
def add(client: Client, act: str, words: str, n: int = 7) -> Any:
    return client.post(MATTER, {"act": act, "words": words, "form_token": str(n).ljust(43, "m"), "website": ""})


def test_new_facts_are_kept_and_somebody_promises_to_read_them() -> None:
    by = handler()
    complaint = in_work(by)
    client = opened(complaint, access_codes.issue(by=None, complaint=complaint))
    for _press in range(2):
        assert add(client, "add", "我找到了收据。").status_code == 302
    said = Interaction.objects.get(about_no=complaint.number, title="Added online by the complainant")
    assert (said.summary, said.channel, said.direction, said.customer) == (
        "我找到了收据。",
        "WEBFORM",
        "IN",
        complaint.customer,
    )
    promise = FollowUp.objects.get(title=public_door.READ)
    assert (promise.owner, promise.due_on) == (by, datetime.date(2025, 9, 28))
    assert "我找到了收据。" in page(client.get(MATTER))


def test_the_handler_reads_it_in_the_history(client_for: ClientFor) -> None:
    by = handler()
    complaint = in_work(by)
    public_door.add_words(complaint=complaint, words="我找到了收据。")
    shown = page(client_for(by).get(reverse("complaints:detail", args=[complaint.number])))
    assert "Added online by the complainant" in shown
    assert "我找到了收据。" in shown


def test_who_waits_for_the_customer_goes_on_when_they_write() -> None:
    from complaints.actions import pauses

    by = handler()
    complaint = scenes.paused(by, in_work(by))
    with time_machine.travel(datetime.datetime(2025, 9, 26, 3, tzinfo=datetime.UTC), tick=False):
        public_door.add_words(complaint=complaint, words="Here is the receipt.")
        assert pauses.resume_due(now=datetime.datetime(2025, 9, 26, 3, tzinfo=datetime.UTC))["arrived"] == 1


def test_not_satisfied_becomes_a_promise_to_open_another_round_counted_from_that_moment(
    client_for: ClientFor, now: datetime.datetime
) -> None:
    by = handler()
    complaint = fed_back(by)
    client = opened(complaint, access_codes.issue(by=None, complaint=complaint))
    assert add(client, "object", "The second fee is still missing.").status_code == 302
    assert add(client, "object", "Once more, please.", 8).status_code == 422
    promise = FollowUp.objects.get(title=public_door.REOPEN)
    assert (promise.kind, promise.owner) == ("RECOVERY", by)
    complaint.refresh_from_db()
    assert complaint.state == "FED_BACK"
    with time_machine.travel(now + DAY, tick=False):
        url, browser = reverse("complaints:reopen", args=[complaint.number]), client_for(by)
        shown = page(browser.get(url))
        assert "The second fee is still missing." in shown
        assert "2025-09-26 10:00" in shown
        sent = {"reason": "The second fee is still missing.", "channel": "WEBFORM", "level": "MODERATE"}
        sent |= {"received_at": "2025-09-26 10:00", "version": str(complaint.version)}
        assert browser.post(url, sent).status_code == 302
    promise.refresh_from_db()
    complaint.refresh_from_db()
    assert (promise.state, complaint.round.no, complaint.round.received_at) == ("KEPT", 2, now)


def test_who_objected_in_time_is_heard_when_the_centre_is_late(now: datetime.datetime) -> None:
    by = handler()
    complaint = scenes.asked(by, fed_back(by))
    complaint = resolution.close(by=by, complaint=complaint, version=complaint.version, outcome="SATISFIED")
    with time_machine.travel(now + 30 * DAY, tick=False):
        public_door.not_satisfied(complaint=complaint, words="Not after all.")
    with time_machine.travel(now + 40 * DAY, tick=False):
        again = resolution.reopen(by=by, complaint=complaint, version=complaint.version, reason="Not after all.")
    assert again.round.no == 2


def test_after_thirty_days_it_is_a_new_matter(now: datetime.datetime) -> None:
    complaint = fed_back(handler())
    with time_machine.travel(now + 31 * DAY, tick=False):
        with pytest.raises(RuleBroken) as broken:
            public_door.not_satisfied(complaint=complaint, words="Not after all.")
        assert broken.value.code == "door.no_answer"
        assert "I am not satisfied" not in open_page(complaint)


@pytest.mark.parametrize(("make", "act"), [(in_work, "object"), (scenes.closed, "add")])
def test_what_is_not_possible_now_is_said(make: Callable[..., Complaint], act: str) -> None:
    complaint = make(handler())
    client = opened(complaint, access_codes.issue(by=None, complaint=complaint))
    before = table_hash(leave_out=["crm_site_doorcount"])
    assert add(client, act, "Some more words.").status_code == 422
    assert table_hash(leave_out=["crm_site_doorcount"]) == before


@pytest.mark.parametrize("words", ["", "x", "my password is 4711234", "x" * 5001])
def test_words_that_cannot_be_taken_are_refused(words: str) -> None:
    complaint = in_work(handler())
    client = opened(complaint, access_codes.issue(by=None, complaint=complaint))
    assert add(client, "add", words).status_code == 422
    assert not Interaction.objects.filter(title="Added online by the complainant").exists()


# --- the receipt an agent hands over ----------------------------------------------------------------------------
def test_an_agent_hands_over_a_code_on_paper_in_the_complainant_s_language(client_for: ClientFor) -> None:
    by = handler()
    complaint = scenes.received(by, customer=CustomerFactory(language="zh-hant"))
    shown = page(client_for(by).post(reverse("complaints:receipt", args=[complaint.number])))
    found = re.search(r"[2-9A-Z]{4}-[2-9A-Z]{4}", shown)
    assert found
    assert "示範銀行" in shown
    assert opened(complaint, found.group())
    assert AccessCode.objects.get().issued_by == by


def test_a_stranger_to_the_matter_gets_no_code(client_for: ClientFor) -> None:
    complaint = scenes.received(handler())
    url = reverse("complaints:receipt", args=[complaint.number])
    assert client_for("handler", team=scenes.team()).post(url).status_code == 404
    assert client_for("liaison").post(url).status_code == 403
    assert client_for("supervisor").get(url).status_code == 405
    assert Client().post(url).status_code == 302
    assert not AccessCode.objects.exists()


def test_a_matter_brought_in_code_is_the_same_as_at_the_form() -> None:
    known = {"name": "李伟", "contact": "li@example.com", "nature": "INQUIRY", "business": "LOAN"}
    complaint, code = public_door.bring(Brought(**known, content="几时放款？请告知。", language="zh-hans"))
    assert access_codes.take(number=complaint.number, code=code) == complaint
