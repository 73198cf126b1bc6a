"""The letter with the result: in the complainant's language, only when there is one, on record (D.7)."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from complaints.actions import resolution
from complaints.actions.authority import Paper
from complaints.models import Complaint
from complaints.tests import scenes
from complaints.tests.scenes import fed_back, handler, in_work
from crm_site.models import AccessRecord, User
from customers.tests.factories import CustomerFactory

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("now")]
ClientFor = Callable[..., Client]


def letter(client: Client, complaint: Complaint) -> Any:
    return client.get(reverse("complaints:letter", args=[complaint.number]))


def answered(by: User, **fields: Any) -> Complaint:
    complaint = scenes.planned(by, business="CARD", **fields)
    told = scenes.told(content="查明系统重复扣收，已退回。", redress_fen=9600)
    return resolution.feed_back(by=by, complaint=complaint, version=complaint.version, told=told)


@pytest.mark.parametrize(
    ("language", "words"),
    [
        (
            "zh-hans",
            [
                "示范银行",
                "尊敬的林晓彤",
                "2025年9月26日（周五）",
                "银行卡",
                "投诉成立",
                "如您不满意",
                "向金融监管部门反映",
            ],
        ),
        ("zh-hant", ["示範銀行", "敬愛的林晓彤", "2025年9月26日（週五）", "金融主管機關"]),
        ("en", ["Demo Bank", "Dear 林晓彤,", "On Fri 26 Sep 2025", "Bank cards", "Upheld", "financial regulator"]),
    ],
)
def test_the_letter_speaks_the_customer_s_language_whatever_the_agent_reads(
    client_for: ClientFor, language: str, words: list[str]
) -> None:
    by = handler()
    complaint = answered(by, customer=CustomerFactory(language=language))
    shown = letter(client_for(by), complaint).content.decode()
    for each in [*words, complaint.number, "查明系统重复扣收，已退回。", "¥96"]:
        assert each in shown, each
    assert "Letter with the result" in shown


def test_it_says_nothing_that_was_said_inside(client_for: ClientFor) -> None:
    by = handler()
    complaint = answered(by, desired_outcome="SECRET-WISH")
    shown = letter(client_for(by), complaint).content.decode()
    article = shown[shown.index("<article") : shown.index("</article")]
    for secret in (scenes.PLAN, complaint.content, "SECRET-WISH", by.display_name, complaint.subject):
        assert secret not in article


def test_who_complains_for_somebody_gets_the_letter(client_for: ClientFor) -> None:
    by = handler()
    said: dict[str, Any] = {"relation": "AGENT", "complainant_name": "周娟", "complainant_contact": "zhou@example.com"}
    said["authority"] = Paper(kind="MANDATE")
    complaint = answered(by, customer=CustomerFactory(language="en"), **said)
    assert "Dear 周娟," in letter(client_for(by), complaint).content.decode()


def test_that_it_was_printed_is_on_record(client_for: ClientFor) -> None:
    by = handler()
    complaint = answered(by)
    letter(client_for(by), complaint)
    looked = AccessRecord.objects.get(kind="PRINT")
    assert (looked.actor, looked.object_id, looked.fields) == (by.username, complaint.number, "letter")


def test_there_is_no_letter_without_a_result(client_for: ClientFor) -> None:
    by = handler()
    complaint = scenes.planned(by)
    client = client_for(by)
    assert letter(client, complaint).status_code == 404
    tried = scenes.told(reached=False)
    complaint = resolution.feed_back(by=by, complaint=complaint, version=complaint.version, told=tried)
    assert letter(client, complaint).status_code == 404
    assert not AccessRecord.objects.filter(kind="PRINT").exists()


def test_a_new_round_keeps_the_letter_of_the_last_answer(client_for: ClientFor) -> None:
    by = handler()
    complaint = answered(by)
    complaint = resolution.reopen(by=by, complaint=complaint, version=complaint.version, reason="Again")
    assert letter(client_for(by), complaint).status_code == 200


def test_the_page_offers_it_once_there_is_a_result(client_for: ClientFor) -> None:
    by = handler()
    client = client_for(by)
    for complaint, offered in ((in_work(by), False), (fed_back(by), True)):
        shown = client.get(reverse("complaints:detail", args=[complaint.number])).content.decode()
        assert (f"/complaints/{complaint.number}/letter/" in shown) is offered


@pytest.mark.parametrize("role", ["liaison", "planner", "auditor", "privacy", "sysadmin", "analyst"])
def test_others_print_no_letter(client_for: ClientFor, role: str) -> None:
    assert letter(client_for(role), answered(handler())).status_code == 403


def test_another_team_s_letter_is_not_found(client_for: ClientFor) -> None:
    complaint = answered(handler())
    assert letter(client_for("handler", team=scenes.team()), complaint).status_code == 404
    assert letter(Client(), complaint).status_code == 302
