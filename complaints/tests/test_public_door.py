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

from complaints.actions import access_codes
from complaints.models import AccessCode, Complaint
from complaints.tests import scenes
from crm_site.errors import NotAllowed
from crm_site.models import AuditEvent, DoorCount, FormToken, Team
from crm_site.testing import table_hash
from crm_site.tests.factories import TeamFactory
from customers.models import Message

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
