"""The pages of redress: asked, agreed to or not, approved, paid; and who is refused (domain D.10)."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from complaints.actions import recovery, redress, resolution
from complaints.actions.resolution import ending
from complaints.models import Complaint, Consent, Payment
from complaints.sla import Level
from complaints.tests import scenes
from complaints.tests.scenes import above, granted, handler
from crm_site.errors import RuleBroken
from crm_site.models import User
from crm_site.tests.factories import UserFactory

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("now")]
ClientFor = Callable[..., Client]


def url(verb: str, complaint: Complaint) -> str:
    return reverse(f"complaints:{verb}", args=[complaint.number])


def agree(by: User, complaint: Complaint) -> Complaint:
    return redress.agree(by=by, complaint=complaint, version=complaint.version)


def test_the_head_is_led_from_the_day_to_the_page_and_agrees(client_for: ClientFor) -> None:
    complaint, head, money = above(handler())
    client = client_for(head)
    page = client.get(url("detail", complaint)).content.decode()
    assert url("consent_redress", complaint) in page
    shown = client.get(url("consent_redress", complaint)).content.decode()
    assert "¥20,000.01" in shown
    sent = {"version": complaint.version}
    assert client.post(url("consent_redress", complaint), sent).status_code == 302
    assert Consent.objects.get(person=head).state == "GIVEN"
    assert client.post(url("consent_redress", complaint), sent).status_code == 409  # pressed twice
    page = client_for(handler(complaint.team)).get(url("detail", complaint)).content.decode()
    assert f"Finance: {money.display_name}" in page
    assert "asked, by" in page


def test_a_refusal_keeps_what_was_typed_until_it_says_why(client_for: ClientFor) -> None:
    complaint, head, _money = above(handler())
    client = client_for(head)
    short = client.post(url("refuse_redress", complaint), {"version": complaint.version, "reason": " "})
    assert short.status_code == 422
    sent = {"version": complaint.version, "reason": "金额缺少依据"}
    assert client.post(url("refuse_redress", complaint), sent).status_code == 302
    page = client_for(complaint.owner).get(url("detail", complaint)).content.decode()
    assert "金额缺少依据" in page


def test_a_supervisor_reads_whose_consent_is_missing(client_for: ClientFor) -> None:
    complaint, head, _money = above(handler())
    client = client_for("supervisor")
    page = client.get(url("detail", complaint)).content.decode()
    assert "The plan cannot be approved yet:" in page
    assert head.display_name in page
    assert url("approve_plan", complaint) not in page
    assert client.post(url("approve_plan", complaint), {"version": complaint.version}).status_code == 409


@pytest.mark.parametrize("verb", ["consent_redress", "refuse_redress"])
def test_only_who_is_asked_is_let_in(client_for: ClientFor, verb: str) -> None:
    complaint, _head, money = above(handler())
    sent = {"version": complaint.version, "reason": "no"}
    for stranger in ("supervisor", "agent", "auditor"):
        assert client_for(stranger, team=complaint.team).post(url(verb, complaint), sent).status_code == 403
    assert client_for(money).post(url(verb, complaint), sent).status_code == 404  # not asked yet, so not let in
    assert Consent.objects.get().state == "ASKED"


def test_the_payment_is_recorded_on_its_page(client_for: ClientFor) -> None:
    by = handler()
    complaint, _boss = granted(by)
    client = client_for(by)
    shown = client.get(url("pay_redress", complaint)).content.decode()
    assert 'value="200.00"' in shown
    payment = Payment.objects.get()
    sent = {"version": complaint.version, "payment": payment.pk, "paid": "200", "reference": "CB-7"}
    short = client.post(url("pay_redress", complaint), sent | {"reference": ""})
    assert short.status_code == 422
    assert 'href="#id_reference"' in short.content.decode()
    assert client.post(url("pay_redress", complaint), sent).status_code == 302
    page = client.get(url("detail", complaint)).content.decode()
    assert "CB-7" in page
    assert client.post(url("pay_redress", complaint), sent).status_code == 409  # pressed twice


def test_the_plan_of_a_new_round_is_copied_without_the_money(client_for: ClientFor) -> None:
    by = handler()
    complaint = scenes.go(resolution.feed_back, by, scenes.planned(by), told=scenes.told())
    complaint = scenes.go(resolution.reopen, by, complaint, reason="Again", level=Level.MODERATE)
    form = client_for(by).get(url("write_plan", complaint)).context["form"]
    assert form["measures"].value() == scenes.PLAN
    assert (form["redress"].value(), form["redress_type"].value()) == (None, None)
    assert form["redress"].help_text == "Beside the ¥200 granted in an earlier round."


def test_who_granted_it_is_shown_no_page_to_pay(client_for: ClientFor) -> None:
    complaint, boss = granted(handler())
    client = client_for(boss)
    assert url("pay_redress", complaint) not in client.get(url("detail", complaint)).content.decode()
    assert client.get(url("pay_redress", complaint)).status_code == 403
    for role in ("agent", "auditor", "planner"):
        assert client_for(role, team=complaint.team).get(url("pay_redress", complaint)).status_code == 403
    assert client_for("handler", team=scenes.team()).get(url("pay_redress", complaint)).status_code == 404


def test_closing_names_what_is_not_paid(client_for: ClientFor) -> None:
    by = handler()
    complaint = scenes.asked(by, scenes.fed_back(by))
    page = client_for(by).get(url("close", complaint)).content.decode()
    assert "Redress of ¥200 is not paid yet" in page


def test_the_page_asks_as_often_with_one_consent_as_with_two(client_for: ClientFor) -> None:
    complaint, head, money = above(handler())
    client, counts = client_for(UserFactory(role="auditor")), []
    client.get(url("detail", complaint))
    for person in (head, money):
        with CaptureQueriesContext(connection) as asked:
            client.get(url("detail", complaint))
        counts.append(len(asked))
        complaint = agree(person, complaint)
    assert counts[0] == counts[1]


def test_a_late_answer_without_its_reason_does_not_close_and_says_so(client_for: ClientFor) -> None:
    by = handler()
    complaint = scenes.late(by)
    told = {"by": by, "complaint": complaint, "version": complaint.version}
    complaint = scenes.asked(by, resolution.feed_back(**told, told=scenes.told()))
    page = client_for(by).get(url("detail", complaint)).content.decode()
    assert "Say why the answer was late" in page
    assert ending.outcomes(complaint, by) == []
    with pytest.raises(RuleBroken, match="Say why the answer was late"):
        resolution.close(by=by, complaint=complaint, version=complaint.version, outcome="SATISFIED")
    complaint = recovery.explain_late(by=by, complaint=complaint, version=complaint.version, why="OVERLOAD")
    assert resolution.close(by=by, complaint=complaint, version=complaint.version, outcome="SATISFIED").closed_at
