"""The public door: anyone brings a matter, looks it up with number and code, and finds out nothing else (R9.7)."""

from __future__ import annotations

import datetime
import hmac
import json
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
from crm_site.errors import NotAllowed, RuleBroken
from crm_site.models import AuditEvent, DoorCount, FormToken, Team
from crm_site.testing import table_hash
from crm_site.tests.factories import TeamFactory
from customers.models import FollowUp, Interaction, Message
from customers.tests.factories import CustomerFactory

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("now")]
ClientFor = Callable[..., Client]
DAY = datetime.timedelta(days=1)
BRING, RECEIVED = "/complain/", "/complain/received/"
STATUS, CODE, MATTER = "/complain/status/", "/complain/status/code/", "/complain/status/matter/"
PUBLIC = (BRING, RECEIVED, STATUS, CODE, MATTER)


@pytest.fixture(autouse=True)
def desk() -> Team:
    """The complaints team that what comes online waits with."""
    made: Team = TeamFactory(code="A-COMPLAINTS", name="Complaints desk", purpose=Team.Purpose.COMPLAINT)
    return made


def form(n: int = 0, **fields: str) -> dict[str, str]:
    values = {
        "form_token": f"{n:04d}".ljust(43, "t"),
        "relation": "SELF",
        "name": "李伟",
        "contact": f"138 0013 {8000 + n}",
        "nature": "COMPLAINT",
        "business": "CARD",
        "content": "我的卡被收了两次年费。",
        "wish": "请退回一次",
        "consent": "on",
        "website": "",
    }
    return values | fields


def page(answer: Any) -> str:
    return answer.content.decode()


def brought(client: Client | None = None, n: int = 0, **fields: str) -> tuple[Complaint, str]:
    """A matter brought at the form, and its code as the page showed it."""
    client = client or Client()
    assert client.post(BRING, form(n, **fields)).status_code == 302
    shown = page(client.get(RECEIVED))
    found = re.search(r"[2-9A-Z]{4}-[2-9A-Z]{4}", shown)
    assert found
    return Complaint.objects.latest("pk"), found.group()


def opened(complaint: Complaint, code: str) -> Client:
    """A browser in which the matter is open."""
    client = Client()
    assert client.post(STATUS, {"number": complaint.number, "code": code})["Location"] == MATTER
    return client


def open_page(complaint: Complaint) -> str:
    client = opened(complaint, access_codes.issue(by=None, complaint=complaint))
    return page(client.get(MATTER))


# --- bringing a matter ------------------------------------------------------------------------------------------
def test_a_stranger_brings_a_complaint_and_is_shown_its_number_code_and_day(desk: Team) -> None:
    client = Client()
    assert client.post(BRING, form())["Location"] == RECEIVED
    complaint = Complaint.objects.get()
    assert (complaint.channel, complaint.state, complaint.nature) == ("WEBFORM", "RECEIVED", "UNCLASSIFIED")
    assert (complaint.registered_by, complaint.owner, complaint.team) == (None, None, desk)
    assert (complaint.complainant_name, complaint.customer, complaint.language) == ("李伟", None, "en")
    assert complaint.subject == "Online: Complaint, Bank cards"
    shown = page(client.get(RECEIVED))
    for each in (complaint.number, "Fri 10 Oct 2025", "Complaints desk"):
        assert each in shown
    assert set(scenes.promises(complaint)) == {"ACK", "ASSESS"}
    assert AuditEvent.objects.filter(action="complaint.receive", actor="SYSTEM").count() == 1


def test_it_is_acknowledged_in_writing_at_the_address_given() -> None:
    complaint, code = brought()
    message = Message.objects.get(about_no=complaint.number)
    assert (message.template, message.channel, message.address) == ("complaint_received", "SMS", "+8613800138000")
    assert code.replace("-", "") not in message.values.replace("-", "")


def test_the_code_is_kept_as_a_hash_only() -> None:
    complaint, code = brought()
    kept = AccessCode.objects.get(complaint=complaint)
    assert code.replace("-", "") not in kept.code_hash
    assert code not in str(list(AuditEvent.objects.values_list("after", "reason")))


def test_two_presses_make_one_complaint_and_show_the_same_number() -> None:
    client = Client()
    first, second = (client.post(BRING, form()) for _press in range(2))
    assert first["Location"] == second["Location"] == RECEIVED
    assert Complaint.objects.count() == FormToken.objects.count() == 1
    assert Complaint.objects.get().number in page(client.get(RECEIVED))


def test_a_token_used_by_somebody_else_shows_nothing_of_theirs() -> None:
    brought()
    other = Client()
    other.post(BRING, form())
    assert other.get(RECEIVED).status_code == 302
    assert Complaint.objects.count() == 1


@pytest.mark.parametrize(
    ("fields", "said"),
    [
        ({"name": ""}, "Fill in “Your name”."),
        ({"contact": "somewhere"}, "Enter a mobile number or an e-mail address"),
        ({"content": "x"}, "Write a sentence or two"),
        ({"content": "我的密码是 123456，请查"}, "Take out the password"),
        ({"nature": "UNCLASSIFIED"}, "Choose one of the options"),
        ({"business": ""}, "Choose an option"),
        ({"consent": ""}, "Tick"),
        ({"relation": "AGENT"}, "Enter the name of the person you write for."),
        ({"relation": "ANONYMOUS"}, "Choose one of the options"),
        ({"website": "http://spam.example"}, "Leave the hidden field empty"),
        ({"form_token": "short"}, "This form is out of date"),
    ],
)
def test_what_is_missing_is_said_and_what_was_typed_stays(fields: dict[str, str], said: str) -> None:
    answer = Client().post(BRING, form(**fields))
    assert answer.status_code == 422
    assert said in page(answer)
    assert "请退回一次" in page(answer)
    assert not Complaint.objects.exists()


def test_whoever_writes_for_somebody_else_says_for_whom_and_that_they_may() -> None:
    sent = {"relation": "AGENT", "on_behalf_of": "周娟"}
    assert "without authority" in page(Client().post(BRING, form(**sent)))
    complaint, _code = brought(**sent, authority="on")
    assert complaint.relation == "AGENT"
    assert complaint.content.endswith("On behalf of 周娟, with authority")


def test_the_door_registers_only_what_came_by_the_form_and_classifies_nothing() -> None:
    from complaints.actions import intake

    for more in ({"channel": "PHONE"}, {"channel": "WEBFORM"}):
        nature = "COMPLAINT" if more["channel"] == "WEBFORM" else "UNCLASSIFIED"
        with pytest.raises(NotAllowed):
            intake.receive(by=None, statement=scenes.statement(**more), nature=nature)


@pytest.mark.parametrize("language", ["zh-hans", "zh-hant", "en"])
def test_the_form_speaks_three_languages_and_keeps_the_one_it_was_filled_in(language: str) -> None:
    client = Client()
    client.cookies["django_language"] = language
    assert f'lang="{language[:2]}' in page(client.get(BRING))
    complaint, _code = brought(client)
    assert complaint.language == language
    assert Message.objects.get(about_no=complaint.number).locale == language


# --- limits -----------------------------------------------------------------------------------------------------
def test_one_address_brings_twenty_matters_an_hour_and_not_more(now: datetime.datetime) -> None:
    for n in range(20):
        assert Client().post(BRING, form(n)).status_code == 302
    answer = Client().post(BRING, form(20))
    assert (answer.status_code, answer["Retry-After"]) == (429, "3600")
    assert Client().post(BRING, form(21), REMOTE_ADDR="192.0.2.7").status_code == 302
    with time_machine.travel(now + datetime.timedelta(hours=1), tick=False):
        assert Client().post(BRING, form(22)).status_code == 302
    assert Complaint.objects.count() == 22


def test_one_contact_brings_five_a_day_from_wherever() -> None:
    for n in range(5):
        sent = form(n, contact="li@example.com")
        assert Client().post(BRING, sent, REMOTE_ADDR=f"192.0.2.{n}").status_code == 302
    answer = Client().post(BRING, form(9, contact="LI@example.com"), REMOTE_ADDR="192.0.2.99")
    assert answer.status_code == 429
    assert Complaint.objects.count() == 5


def test_counts_name_nobody() -> None:
    brought()
    assert DoorCount.objects.count() == 2
    assert "127.0.0.1" not in str(list(DoorCount.objects.values()))


def test_five_wrong_codes_lock_the_number_for_this_address_and_for_no_other(now: datetime.datetime) -> None:
    complaint, code = brought()
    guesses = [Client().post(STATUS, {"number": complaint.number, "code": "AAAA-AAAA"}) for _try in range(6)]
    assert [guess.status_code for guess in guesses] == [422] * 5 + [429]
    right = {"number": complaint.number, "code": code}
    assert Client().post(STATUS, right).status_code == 429
    assert Client().post(STATUS, right, REMOTE_ADDR="192.0.2.9").status_code == 302
    fresh = access_codes.issue(by=None, complaint=complaint)
    with time_machine.travel(now + datetime.timedelta(minutes=30), tick=False):
        assert Client().post(STATUS, right | {"code": fresh}).status_code == 302


def test_one_address_asks_about_sixty_numbers_in_half_an_hour() -> None:
    answers = [
        Client().post(STATUS, {"number": f"TS-20250926-{n:04d}", "code": "AAAA-AAAA"}).status_code for n in range(61)
    ]
    assert answers == [422] * 60 + [429]


# --- nothing is found out ---------------------------------------------------------------------------------------
def plain(answer: Any) -> str:
    """A page without its form tokens and what was typed."""
    return re.sub(r'value="[^"]*"', "", page(answer))


def test_a_wrong_number_a_wrong_code_a_used_and_an_old_one_are_one_answer(now: datetime.datetime) -> None:
    complaint, code = brought()
    used = access_codes.issue(by=None, complaint=complaint)
    opened(complaint, used)
    wrong = [
        ("TS-19990101-0001", code),
        (complaint.number, "AAAA-AAAA"),
        (complaint.number, used),
        (brought(n=1)[0].number, code),
        ("' OR 1=1 --", code),
    ]
    answers = [Client().post(STATUS, {"number": number, "code": each}) for number, each in wrong]
    with time_machine.travel(now + 61 * DAY, tick=False):
        answers.append(Client().post(STATUS, {"number": complaint.number, "code": code}))
    assert {answer.status_code for answer in answers} == {422}
    assert len({plain(answer) for answer in answers}) == 1


def test_a_code_opens_once(now: datetime.datetime) -> None:
    complaint, code = brought()
    opened(complaint, code.lower().replace("-", " "))
    assert access_codes.take(number=complaint.number, code=code) is None


def test_a_number_is_looked_up_with_as_many_comparisons_as_none(monkeypatch: pytest.MonkeyPatch) -> None:
    complaint, _code = brought()
    seen: list[str] = []
    plainly = hmac.compare_digest

    def compare(kept: str, wanted: str) -> bool:
        seen.append(kept)
        return plainly(kept, wanted)

    monkeypatch.setattr(access_codes, "same", compare)
    for number in (complaint.number, "TS-19990101-0001"):
        seen.clear()
        access_codes.take(number=number, code="AAAAAAAA")
        assert len(seen) == 5


def test_a_new_code_goes_to_the_address_on_record_and_the_page_says_the_same_for_any_number() -> None:
    complaint, _code = brought()
    answers = [Client().post(CODE, {"number": number}) for number in (complaint.number, "TS-19990101-0001")]
    assert plain(answers[0]) == plain(answers[1])
    message = Message.objects.get(template="complaint_code")
    assert message.address == "+8613800138000"
    assert opened(complaint, json.loads(message.values)["code"])


def test_a_new_code_works_for_a_day_and_is_sent_three_times_a_day(now: datetime.datetime) -> None:
    complaint, _code = brought()
    answers = [Client().post(CODE, {"number": complaint.number}).status_code for _press in range(4)]
    assert answers == [200, 200, 200, 429]
    code = json.loads(Message.objects.filter(template="complaint_code").latest("pk").values)["code"]
    with time_machine.travel(now + DAY, tick=False):
        assert access_codes.take(number=complaint.number, code=code) is None


@pytest.mark.parametrize("path", PUBLIC)
def test_public_pages_are_never_kept_by_a_browser_and_answer_no_other_method(path: str) -> None:
    answer = Client().get(path)
    assert answer.status_code in (200, 302)
    assert "no-store" in answer["Cache-Control"]
    before = table_hash()
    for method in ("put", "patch", "delete"):
        assert getattr(Client(), method)(path).status_code == 405
    assert Client().get(path).status_code in (200, 302)
    assert table_hash() == before


@pytest.mark.parametrize("path", [BRING, STATUS, CODE, "/complain/status/leave/"])
def test_a_post_without_the_form_s_own_token_is_refused(path: str) -> None:
    before = table_hash()
    assert Client(enforce_csrf_checks=True).post(path, form()).status_code == 403
    assert table_hash() == before


def test_without_a_code_there_is_no_matter_to_see() -> None:
    brought()
    client = Client()
    assert client.get(MATTER)["Location"] == STATUS
    assert client.post(MATTER, {"act": "add", "words": "More words"})["Location"] == STATUS
    assert client.get(RECEIVED)["Location"] == BRING


def test_a_forged_session_opens_nothing() -> None:
    complaint, _code = brought()
    client = Client()
    session = client.session
    session["matter"] = json.dumps({"number": complaint.number, "until": "2099-01-01T00:00:00+00:00"})
    session.save()
    assert client.get(MATTER)["Location"] == STATUS


def test_the_matter_closes_after_half_an_hour_or_at_once(now: datetime.datetime) -> None:
    complaint, code = brought()
    client = opened(complaint, code)
    with time_machine.travel(now + datetime.timedelta(minutes=31), tick=False):
        assert client.get(MATTER)["Location"] == STATUS
    client = opened(complaint, access_codes.issue(by=None, complaint=complaint))
    client.post("/complain/status/leave/")
    assert client.get(MATTER)["Location"] == STATUS


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
    complaint = in_work(by)
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
