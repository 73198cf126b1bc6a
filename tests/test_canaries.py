"""Marked values of one customer, put in at every door: where they may stand, and where they never do.

A canary is a value nobody else has. They are looked for in every column of every table (sealed values must not stand
there in clear), in every line the programme logs, and in everything its commands print.
"""

from __future__ import annotations

import datetime
import io
import json
import logging
import os
import stat
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings
from django.core.management import call_command
from django.db import IntegrityError, transaction
from django.test import Client
from django.urls import reverse

from campaigns.actions import surveys
from complaints.models import Complaint
from complaints.sla import Level
from complaints.tests import scenes
from crm_site import jobs
from crm_site.errors import RuleBroken
from crm_site.models import User
from crm_site.testing import PASSWORD
from customers.actions import filing, interactions, messaging
from customers.channels.base import Letter, TryLater
from customers.channels.email import EmailGateway
from customers.models import Customer, IdentityDocument
from customers.record import ContactData, CustomerData, DocumentData
from customers.tests.factories import HoldingFactory, resident_id
from tests.canaries import cells, found_in, logged

pytestmark = pytest.mark.django_db
BORN = datetime.date(1931, 2, 3)
LATIN_NAME = "Ouyang-Xuanji"
NAME, EMPLOYER, OTHER_NAME = "欧阳璇玑", "星槎远洋公司", "慕容听雪"
EMAIL, PHONE, ACCOUNT = "canary@walk.example", "+8613927182818", "6225880314159260"
DOCUMENT = resident_id(11, born=BORN)
TYPED = "typed-into-the-wrong-box-7"
WORDS = {
    "content": "沧浪亭支行收了两次手续费",
    "wish": "退回手续费并书面道歉",
    "core": "同一笔转账重复收费",
    "told": "已经退回九十六元",
    "comment": "还算满意但等了太久",
    "note": "客户说女儿在金陵读书",
    "answer": "下次请早些打电话",
    "draft": "草稿里写的一句话",
    "findings": "清算报文确实发送了两次",
    "cause_text": "重发之前没有核对流水",
    "measures": "科技部补丁上线并退回手续费",
    "customer_message": "手续费已原路退回您的账户",
    "evidence": "见十月八日冲正清单第三行",
}
PLANNED = ("findings", "cause_text", "measures", "customer_message")
NUMBERS = (EMAIL, ACCOUNT, DOCUMENT, PHONE, PHONE[3:], f"{PHONE[3:6]} {PHONE[6:10]} {PHONE[10:]}")
SEALED = (NAME, EMPLOYER, OTHER_NAME, *NUMBERS, "1931-02-03", "19310203", *WORDS.values())


@pytest.fixture
def clerk(client_for: Callable[..., Client]) -> Client:
    """A handler of a complaints team at the browser."""
    return client_for("handler", team=scenes.team())


@pytest.fixture
def customer(clerk: Client, now: datetime.datetime) -> Customer:
    """One customer whose every word is marked, from the first record to the answered survey."""
    by: User = clerk.user  # type: ignore[attr-defined]
    contacts = (ContactData("MOBILE", PHONE, preferred=True), ContactData("EMAIL", EMAIL))
    made = filing.create_customer(
        by=by,
        data=CustomerData(
            full_name=NAME,
            birth_date=BORN,
            sex=2,
            employer=EMPLOYER,
            contacts=contacts,
            document=DocumentData("RESIDENT_ID", DOCUMENT),
        ),
    )
    HoldingFactory(customer=made, account_no=ACCOUNT, balance=128_640_000)
    interactions.record(by=by, customer=made, channel="PHONE", summary=WORDS["note"])
    _complain(by, made)
    key = {"key": "complaints:new"}
    clerk.post(reverse("drafts", kwargs=key), {"content": WORDS["draft"]})
    return made


def _complain(by: User, customer: Customer) -> None:
    said = {"content": WORDS["content"], "desired_outcome": WORDS["wish"], "customer": customer}
    complaint = scenes.received(by, **said)
    judged = scenes.judgement(Level.MODERATE, core_issue=WORDS["core"], desired_outcome=WORDS["wish"])
    complaint = scenes.assessment.assess(by=by, complaint=complaint, version=complaint.version, judgement=judged)
    complaint = scenes.agreed(by, scenes.begun(by, complaint), **{name: WORDS[name] for name in PLANNED})
    item = complaint.round.plans.get().actions.get()
    complaint = scenes.plans.complete(
        by=by, complaint=complaint, version=complaint.version, item=item, evidence=WORDS["evidence"]
    )
    told = scenes.told(content=WORDS["told"])
    complaint = scenes.resolution.feed_back(by=by, complaint=complaint, version=complaint.version, told=told)
    complaint = scenes.asked(by, complaint, comment=WORDS["comment"])
    scenes.resolution.close(by=by, complaint=complaint, version=complaint.version, outcome="SATISFIED")
    scenes.received(by, complainant_name=OTHER_NAME, complainant_contact=PHONE, content=WORDS["content"])


def _survey(customer: Customer, now: datetime.datetime) -> None:
    """The closed round is asked about, the letter goes out, the customer answers in words."""
    surveys.invite_closed_rounds(now=now)
    message = customer.messages.get(template="survey_invitation")
    link = json.loads(message.values)["link"]
    messaging.send_due(owner="test")
    message.refresh_from_db()
    assert message.state == "SENT"
    questions = surveys.open_survey(surveys.SURVEY_CODE).questions.order_by("order")  # type: ignore[union-attr]
    marks = {f"q{q.pk}": WORDS["answer"] if q.kind == "TEXT" else "5" if q.kind == "CSAT5" else "1" for q in questions}
    assert Client().post(link, marks).status_code == 302


def embedded_backend() -> str:
    """Where the settings send letters when nobody configured anything; the tests' own outbox stands in its place."""
    code = "import django; django.setup(); from django.conf import settings; print(settings.EMAIL_BACKEND)"
    names = ("EMAIL_BACKEND", "CRMIS_PROFILE")
    plain = {name: value for name, value in os.environ.items() if name not in names}
    return subprocess.run(
        [sys.executable, "-c", code], env=plain, check=True, capture_output=True, text=True, cwd=settings.BASE_DIR
    ).stdout.strip()


def sealed_in(text: str) -> list[str]:
    """Marked values that stand in this text."""
    return found_in(text, SEALED)


def stored_in_clear() -> dict[str, list[str]]:
    """Columns in which marked values stand, with the values."""
    return {place: sealed_in(text) for place, text in cells() if sealed_in(text)}


# --- at rest ----------------------------------------------------------------------------------------------------
def test_no_sealed_value_stands_in_any_table(customer: Customer, now: datetime.datetime) -> None:
    _survey(customer, now)
    read = list(cells())
    assert stored_in_clear() == {}
    assert len({place for place, _text in read}) > 150
    assert "fee" in "".join(text for place, text in read if place == "complaints_complaint.subject")


def test_a_reason_with_name_and_numbers_in_it_is_kept_without_them(clerk: Client, customer: Customer) -> None:
    by: User = clerk.user  # type: ignore[attr-defined]
    complaint = scenes.in_work(by, customer=customer)
    reason = f"{NAME} said so, reach them at {PHONE[3:]} or {EMAIL}, card {ACCOUNT}"
    scenes.resolution.withdraw(by=by, complaint=complaint, version=complaint.version, reason=reason, read_back=True)
    assert stored_in_clear() == {}


# --- in the log -------------------------------------------------------------------------------------------------
def test_a_day_with_this_customer_leaves_no_word_of_theirs_in_the_log(
    said: io.StringIO, clerk: Client, customer: Customer, now: datetime.datetime
) -> None:
    _survey(customer, now)
    for query in (NAME, PHONE[3:], DOCUMENT, EMAIL, ACCOUNT):
        clerk.post(reverse("customers:lookup"), {"q": query})
    number = {"number": customer.customer_no}
    clerk.get(reverse("customers:detail", kwargs=number))
    clerk.post(reverse("customers:reveal", kwargs=number), {"field": "document", "purpose": "VERIFY"})
    clerk.post(reverse("customers:log", kwargs=number), {"note": WORDS["note"]})
    clerk.post(reverse("complaints:new"), {"content": WORDS["content"], "complainant_name": OTHER_NAME})
    clerk.get("/no-such-page/", {"q": NAME})
    for typed in (NAME, LATIN_NAME):
        clerk.get(f"/no-such-page/{typed}/")
        clerk.get(reverse("customers:detail", kwargs={"number": typed}))
    clerk.get("/", headers={"host": f"{LATIN_NAME}_.example"})
    assert said.getvalue().count("\n") > 3
    assert "DisallowedHost" in logged(said)
    assert found_in(logged(said), (*SEALED, LATIN_NAME)) == []


@pytest.mark.parametrize("name", [NAME, LATIN_NAME])
def test_an_exception_that_quotes_a_value_is_logged_and_stored_without_it(
    said: io.StringIO, clerk: Client, customer: Customer, monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    def fail(*_args: Any, **_kwargs: Any) -> None:
        try:
            int(name)
        except ValueError as error:
            raise LookupError(f"no such {name}") from error

    monkeypatch.setattr(interactions, "record", fail)
    monkeypatch.setattr("analytics.tasks.score", jobs.idempotent(fail))
    clerk.raise_request_exception = False
    sent = {"way": "PHONE:IN", "topic": "ENQUIRY", "note": WORDS["note"], "outcome": "RESOLVED", "form_token": "w" * 43}
    page = clerk.post(reverse("customers:log", kwargs={"number": customer.customer_no}), sent)
    run = jobs.run_job(job="score", path="analytics.tasks.score", business_date=datetime.date(2025, 9, 25))
    assert run is not None
    assert (page.status_code, run.error.split(" ")[0]) == (500, "LookupError")
    assert logged(said).count("LookupError") >= 2
    assert found_in(logged(said) + page.content.decode() + run.error, (*SEALED, LATIN_NAME)) == []


def test_a_letter_without_a_mail_server_waits_and_is_not_printed(
    said: io.StringIO, settings: Any, capfd: pytest.CaptureFixture[str]
) -> None:
    settings.EMAIL_BACKEND, settings.EMAIL_HOST, settings.EMAIL_PORT = embedded_backend(), "127.0.0.1", 1
    assert "console" not in settings.EMAIL_BACKEND
    letter = Letter("1", "EMAIL", EMAIL, "c***@walk.example", "Your survey", WORDS["told"])
    with pytest.raises(TryLater):
        EmailGateway().send(letter)
    printed = capfd.readouterr()
    assert found_in(logged(said) + printed.out + printed.err, (EMAIL, WORDS["told"])) == []


def test_a_page_that_fails_logs_no_value_it_held(
    said: io.StringIO, clerk: Client, customer: Customer, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*_args: Any, **_kwargs: Any) -> None:
        name, phone = customer.full_name, PHONE
        raise ZeroDivisionError(len(name + phone) // 0)

    monkeypatch.setattr(interactions, "record", fail)
    clerk.raise_request_exception = False
    sent = {"way": "PHONE:IN", "topic": "ENQUIRY", "note": WORDS["note"], "outcome": "RESOLVED", "form_token": "w" * 43}
    page = clerk.post(reverse("customers:log", kwargs={"number": customer.customer_no}), sent)
    assert page.status_code == 500
    assert "ZeroDivisionError" in logged(said)
    assert sealed_in(logged(said) + page.content.decode()) == []


def test_what_the_database_says_about_a_duplicate_is_logged_without_the_values(
    said: io.StringIO, customer: Customer
) -> None:
    held = IdentityDocument.objects.get(customer=customer)
    with pytest.raises(IntegrityError) as refusal, transaction.atomic():
        IdentityDocument.objects.create(
            customer=customer, type=held.type, number=DOCUMENT, number_bidx=held.number_bidx
        )
    logging.getLogger("crm_site").error("refused", exc_info=refusal.value)
    assert "IntegrityError" in logged(said)
    assert sealed_in(logged(said)) == []
    assert held.number_bidx.hex() not in logged(said)


def test_what_is_typed_into_the_wrong_box_of_the_door_is_not_logged(said: io.StringIO, customer: Customer) -> None:
    for username in (NAME, TYPED):
        Client().post(reverse("account_login"), {"login": username, "password": PASSWORD})
    assert found_in(logged(said), (NAME, TYPED, PASSWORD)) == []


# --- what leaves ------------------------------------------------------------------------------------------------
COMMANDS: list[tuple[str, ...]] = [
    ("jobs",),
    ("jobs", "--json"),
    ("verify_audit", "--json"),
    ("permissions", "--check"),
    ("rotate_keys", "--json"),
    ("due", "--level", "moderate", "--received", "2025-09-26T10:00", "--json"),
    ("nightly", "--as-of", "2025-09-25", "--json"),
]


@pytest.mark.parametrize("command", COMMANDS, ids=" ".join)
def test_a_command_prints_nothing_of_a_customer(
    said: io.StringIO, customer: Customer, capsys: pytest.CaptureFixture[str], command: tuple[str, ...]
) -> None:
    call_command(*command)
    printed = capsys.readouterr()
    assert printed.out + printed.err
    assert sealed_in(printed.out + printed.err + logged(said)) == []


def test_an_explanation_names_the_customer_by_number_only(
    customer: Customer, now: datetime.datetime, capsys: pytest.CaptureFixture[str]
) -> None:
    call_command("nightly", "--as-of", "2025-09-25")
    complaint = Complaint.objects.filter(customer=customer).latest("pk")
    call_command("explain", "score", customer.customer_no)
    call_command("explain", "due", complaint.number)
    printed = capsys.readouterr().out
    assert customer.customer_no in printed
    assert sealed_in(printed) == []


def test_refused_rows_of_an_import_lie_in_a_file_for_its_owner_alone(
    said: io.StringIO, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    profile = {"name": "Marked", "kind": "customers", "source_system": "MARKED"}
    columns = {"customer_no": "no", "full_name": "name", "mobile": "phone", "document_number": "id"}
    (tmp_path / "p.json").write_text(json.dumps(profile | {"columns": columns}), encoding="utf-8")
    rows = [f"1,{NAME},{PHONE},{DOCUMENT}", f"2,{OTHER_NAME},12345,{DOCUMENT}", f"3,{EMPLOYER},{PHONE},{ACCOUNT}"]
    (tmp_path / "f.csv").write_text("\n".join(["no,name,phone,id", *rows]), encoding="utf-8")
    for also in (["--dry-run"], []):
        call_command("import", "customers", str(tmp_path / "f.csv"), "--profile", str(tmp_path / "p.json"), *also)
        printed = capsys.readouterr()
        assert sealed_in(printed.out + printed.err + logged(said)) == []
        path = next(Path(word) for word in printed.out.split() if word.endswith(".csv"))
        assert stat.S_IMODE(path.stat().st_mode) == 0o600
        assert OTHER_NAME in path.read_text(encoding="utf-8-sig")


@pytest.mark.parametrize("path", ["/health/", "/metrics"])
def test_what_machines_read_says_nothing_of_a_customer(customer: Customer, path: str) -> None:
    page = Client().get(path)
    assert sealed_in(page.content.decode()) == []


def test_a_failed_night_keeps_its_error_without_what_it_read(
    customer: Customer, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*_args: Any, **_kwargs: Any) -> None:
        raise RuleBroken("test.failed", f"cannot score {PHONE} {EMAIL}")

    monkeypatch.setattr("analytics.tasks.score", jobs.idempotent(fail))
    run = jobs.run_job(job="score", path="analytics.tasks.score", business_date=datetime.date(2025, 9, 25))
    assert run is not None
    assert run.error.startswith("RuleBroken: test.failed (")
    assert stored_in_clear() == {}


def test_the_canaries_would_be_seen(said: io.StringIO, customer: Customer, clerk: Client) -> None:
    """The same search finds what does stand somewhere: a name written into a log, a value in a column."""
    logging.getLogger("crm_site").warning("about %s", LATIN_NAME)
    assert found_in(logged(said), (LATIN_NAME,)) == [LATIN_NAME]
    Customer.objects.filter(pk=customer.pk).update(occupation=EMPLOYER)
    assert set(stored_in_clear()) == {"customers_customer.occupation"}
