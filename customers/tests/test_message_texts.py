"""A text of the centre is written by one person and approved by another, in the admin (R5.14, J.5)."""

from __future__ import annotations

import datetime
from collections.abc import Callable

import pytest
from django.db import IntegrityError, transaction
from django.test import Client
from django.urls import reverse

from crm_site.errors import NotAllowed, RuleBroken, Stale
from crm_site.models import AuditEvent, User
from crm_site.tests.factories import UserFactory
from customers import texts
from customers.actions import message_texts
from customers.models import MessageTemplate

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("now")]
ClientFor = Callable[..., Client]
WORDS = "{{bank}}: received, number {{number}}, {{team}}, {{due}}."


def planner() -> User:
    made: User = UserFactory(role="planner")
    return made


def approver() -> User:
    made: User = UserFactory(role="approver")
    return made


def drafted(by: User, **changes: str) -> MessageTemplate:
    values = {"code": "complaint_received", "channel": "SMS", "locale": "en", "subject": "", "body": WORDS}
    return message_texts.draft(by=by, **(values | changes))


def approved(body: str = WORDS) -> MessageTemplate:
    text = message_texts.submit(by=(by := planner()), text=drafted(planner(), body=body))
    assert text.author != by
    return message_texts.approve(by=approver(), text=text)


def said() -> str:
    return texts.in_force("complaint_received", "SMS", "en").body


# --- the verbs --------------------------------------------------------------------------------------------------
def test_the_approved_text_wins_over_the_one_that_came_with_the_product() -> None:
    before = said()
    text = drafted(planner())
    assert said() == before
    message_texts.submit(by=text.author, text=text)
    assert said() == before
    message_texts.approve(by=approver(), text=text)
    assert said() == WORDS
    message_texts.retire(by=approver(), text=text)
    assert said() == before


def test_the_next_version_takes_the_place_of_the_one_before() -> None:
    first, second = approved(), approved(f"{WORDS} 2")
    first.refresh_from_db()
    assert (first.status, second.version, said()) == ("RETIRED", 2, f"{WORDS} 2")
    assert AuditEvent.objects.filter(action="text.approve").count() == 2


def test_nobody_approves_what_they_wrote_not_even_in_the_database() -> None:
    boss = UserFactory(role="supervisor")
    text = message_texts.submit(by=boss, text=drafted(boss))
    with pytest.raises(NotAllowed) as broken:
        message_texts.approve(by=boss, text=text)
    assert broken.value.code == "text.own"
    with pytest.raises(IntegrityError), transaction.atomic():
        MessageTemplate.objects.filter(pk=text.pk).update(approver=boss)


def test_who_rewrites_a_draft_is_its_author() -> None:
    boss = UserFactory(role="supervisor")
    text = message_texts.rewrite(by=boss, text=drafted(planner()), subject="", body=f"{WORDS}!")
    message_texts.submit(by=planner(), text=text)
    with pytest.raises(NotAllowed):
        message_texts.approve(by=boss, text=text)


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"body": f"{WORDS} {{{{balance}}}}"}, "text.place"),
        ({"body": f"{WORDS} {{{{ content }}}}"}, "text.place"),
        ({"body": f"{WORDS} {{{{number.x}}}}"}, "text.place"),
        ({"body": f"{WORDS} {{{{"}, "text.place"),
        ({"body": "{{bank}}: received by {{team}}, {{due}}."}, "text.missing"),
        ({"channel": "EMAIL"}, "text.subject"),
        ({"body": WORDS + "x" * 500}, "text.long"),
    ],
)
def test_a_text_with_an_unknown_place_or_without_what_it_must_say_cannot_be_submitted(
    changes: dict[str, str], code: str
) -> None:
    text = drafted(planner(), **changes)
    with pytest.raises(RuleBroken) as broken:
        message_texts.submit(by=text.author, text=text)
    assert broken.value.code == code


def test_there_is_no_result_with_details_by_sms() -> None:
    with pytest.raises(RuleBroken):
        drafted(planner(), code="complaint_result_letter")


def test_what_was_submitted_is_not_altered_any_more_and_two_approvals_are_one() -> None:
    text = message_texts.submit(by=planner(), text=drafted(planner()))
    with pytest.raises(Stale):
        message_texts.rewrite(by=text.author, text=text, subject="", body="other")
    message_texts.approve(by=approver(), text=text)
    with pytest.raises(Stale):
        message_texts.approve(by=approver(), text=text)


@pytest.mark.parametrize(
    "role", ["agent", "senior", "handler", "liaison", "auditor", "sysadmin", "privacy", "approver"]
)
def test_others_write_no_text(role: str) -> None:
    with pytest.raises(NotAllowed):
        drafted(UserFactory(role=role))


@pytest.mark.parametrize("role", ["agent", "senior", "handler", "planner", "auditor", "sysadmin"])
def test_others_approve_no_text(role: str) -> None:
    text = message_texts.submit(by=planner(), text=drafted(planner()))
    with pytest.raises(NotAllowed):
        message_texts.approve(by=UserFactory(role=role), text=text)


# --- its door ---------------------------------------------------------------------------------------------------
def page(text: MessageTemplate) -> str:
    return reverse("admin:customers_messagetemplate_change", args=[text.pk])


def test_a_planner_drafts_in_the_admin_sees_the_preview_and_submits(client_for: ClientFor) -> None:
    client = client_for("planner")
    sent = {"code": "complaint_received", "channel": "SMS", "locale": "en", "subject": "", "body": WORDS}
    assert client.post(reverse("admin:customers_messagetemplate_add"), sent).status_code == 302
    text = MessageTemplate.objects.get()
    shown = client.get(page(text)).content.decode()
    assert "Demo Bank: received, number TS-20250926-0018" in shown
    assert "1 part" in shown
    client.post(page(text), {"subject": "", "body": f"{WORDS} Thank you.", "_submit_text": "1"})
    text.refresh_from_db()
    assert (text.status, text.body) == ("SUBMITTED", f"{WORDS} Thank you.")


def test_an_unknown_place_is_said_beside_the_text(client_for: ClientFor) -> None:
    client, text = client_for("planner"), drafted(planner())
    answer = client.post(page(text), {"subject": "", "body": f"{WORDS} {{{{salary}}}}", "_submit_text": "1"})
    assert "{{salary}} is no place of this message" in answer.content.decode()
    text.refresh_from_db()
    assert (text.status, text.body) == ("DRAFT", WORDS)


def test_an_approver_puts_it_in_force_in_the_admin(client_for: ClientFor) -> None:
    text = message_texts.submit(by=planner(), text=drafted(planner()))
    client_for("approver").post(page(text), {"_approve_text": "1"})
    text.refresh_from_db()
    assert text.status == "APPROVED"


def test_the_author_finds_no_way_to_approve(client_for: ClientFor) -> None:
    boss = UserFactory(role="supervisor")
    text = message_texts.submit(by=boss, text=drafted(boss))
    client_for(boss).post(page(text), {"_approve_text": "1"})
    text.refresh_from_db()
    assert text.status == "SUBMITTED"


@pytest.mark.parametrize("role", ["agent", "senior", "handler", "sysadmin", "privacy"])
def test_others_find_no_texts(client_for: ClientFor, role: str) -> None:
    text, client = drafted(planner()), client_for(role)
    assert client.get(page(text)).status_code in (302, 403)
    assert client.post(page(text), {"_submit_text": "1"}).status_code in (302, 403)


def test_an_auditor_reads_and_changes_nothing(client_for: ClientFor) -> None:
    text, client = drafted(planner()), client_for("auditor")
    assert client.get(page(text)).status_code == 200
    assert client.post(page(text), {"body": "x", "_submit_text": "1"}).status_code == 403
    assert datetime.date(2025, 9, 26) == text.drafted_at.date()
