"""The doors of complaints: what a browser sees and sends, and who is turned away."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from complaints.models import Complaint
from complaints.sla import Level
from complaints.tests import scenes
from complaints.tests.scenes import fed_back, handler, in_work, received
from crm_site.models import AccessRecord, AuditEvent, FormToken, Team
from crm_site.testing import table_hash
from customers.models import Interaction
from customers.tests.factories import CustomerFactory

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("now")]

TOKEN = "t" * 43
ClientFor = Callable[..., Client]


def url(name: str, complaint: Complaint) -> str:
    return reverse(f"complaints:{name}", args=[complaint.number])


def page(answer: Any) -> str:
    return answer.content.decode()


def new_form(**fields: str) -> dict[str, str]:
    """The intake form filled in for a customer."""
    values = {
        "form_token": TOKEN,
        "customer": CustomerFactory().customer_no,
        "relation": "SELF",
        "nature": "COMPLAINT",
        "channel": "PHONE",
        "received_at": "2025-09-26 09:30",
        "subject": "Transfer fee charged twice",
        "content": "I made two transfers and each fee was taken twice.",
        "source": "DIRECT",
    }
    return values | fields


def register(client: Client, **fields: str) -> Any:
    return client.post(reverse("complaints:new"), new_form(**fields))


# --- registering ------------------------------------------------------------------------------------------------
def test_an_agent_registers_a_complaint_and_lands_on_it(client_for: ClientFor) -> None:
    answer = register(client_for("agent"))
    complaint = Complaint.objects.get()
    assert answer.status_code == 302
    assert answer["Location"] == url("detail", complaint)
    assert complaint.state == "CLASSIFIED"


def test_two_presses_make_one_complaint_and_lead_to_it_both(client_for: ClientFor) -> None:
    client = client_for("agent")
    sent = new_form()
    first, second = (client.post(reverse("complaints:new"), sent) for _n in range(2))
    assert first["Location"] == second["Location"]
    assert Complaint.objects.count() == 1
    assert FormToken.objects.get().result_url == first["Location"]


def test_a_handler_assesses_in_the_same_press(client_for: ClientFor) -> None:
    client = client_for("handler")
    register(
        client,
        level="MODERATE",
        cause="FEES",
        departments="1",
        desired_outcome="Refund",
        amount="96.00",
        deviation_reason="Needs operations",
    )
    complaint = Complaint.objects.get()
    assert (complaint.state, complaint.level, complaint.disputed_fen) == ("ASSESSED", 2, 9600)
    assert scenes.promises(complaint)["FEEDBACK"].due_on.isoformat() == "2025-10-10"


def test_what_an_agent_may_not_decide_is_proposed_and_waits_with_the_complaints_team(client_for: ClientFor) -> None:
    team = scenes.team(Team.Purpose.COMPLAINT)
    register(client_for("agent"), level="SEVERE", cause="FEES", desired_outcome="Refund")
    complaint = Complaint.objects.get()
    assert (complaint.level, complaint.proposed_level, complaint.team, complaint.owner) == (None, 3, team, None)


def test_a_minor_complaint_is_solved_on_the_same_screen(client_for: ClientFor) -> None:
    register(
        client_for("agent"),
        solved="on",
        cause="FEES",
        solution="Refunded 96 yuan.",
        decision="UPHELD",
        redress="96",
        satisfaction="5",
        accepted="1",
    )
    assert Complaint.objects.get().state == "CLOSED"


def test_what_is_not_ours_is_sent_on_from_the_same_screen(client_for: ClientFor) -> None:
    register(client_for("agent"), not_ours="on", target="Operator", told_how="By phone", referral_reason="Phone bill")
    assert Complaint.objects.get().referred_to == "Operator"


@pytest.mark.parametrize(
    ("fields", "said"),
    [
        ({"content": ""}, "id_content"),
        ({"subject": ""}, "id_subject"),
        ({"received_at": "2025-10-19 20:15"}, "id_received_at"),
        ({"received_at": "yesterday"}, "id_received_at"),
        ({"nature": "GOSSIP"}, "id_nature_0"),
        ({"received_at": "2025-09-20 10:00"}, "id_reason"),
        ({"amount": "-1"}, "id_amount"),
        ({"customer": "C-0000-000000"}, "errsum"),
        ({"solved": "on"}, "id_solution"),
        ({"not_ours": "on"}, "id_target"),
        ({"form_token": "short"}, "errsum"),
    ],
)
def test_a_form_that_is_not_right_says_where_and_keeps_what_was_typed(
    client_for: ClientFor, fields: dict[str, str], said: str
) -> None:
    answer = register(client_for("agent"), **fields)
    assert answer.status_code == 422
    assert (f'href="#{said}"' if said != "errsum" else 'id="errsum"') in page(answer)
    assert not Complaint.objects.exists()
    if "content" not in fields:
        assert "each fee was taken twice" in page(answer)


def test_the_form_is_shown_for_the_customer_of_the_page_it_came_from(client_for: ClientFor) -> None:
    customer = CustomerFactory(full_name="周明远")
    answer = client_for("agent").get(reverse("complaints:new"), {"customer": customer.customer_no})
    assert "周明远" in page(answer)


@pytest.mark.parametrize("role", ["planner", "liaison", "auditor", "sysadmin"])
def test_who_serves_no_customers_registers_nothing(client_for: ClientFor, role: str) -> None:
    client = client_for(role)
    sent = new_form()
    before = table_hash()
    assert client.post(reverse("complaints:new"), sent).status_code == 403
    assert table_hash() == before


# --- the preview ------------------------------------------------------------------------------------------------
def preview(client: Client, **fields: str) -> str:
    values = {"nature": "COMPLAINT", "channel": "PHONE", "received_at": "2025-09-26 09:30", **fields}
    answer = client.post(reverse("complaints:due_preview"), values, headers={"Accept-Language": "en"})
    assert answer.status_code == 200
    return page(answer)


def test_the_preview_says_the_date_that_will_be_promised(client_for: ClientFor) -> None:
    text = preview(client_for("agent"), level="MODERATE")
    assert "10 Oct" in text
    assert "28 Sep" in text


def test_without_a_level_no_deadline_is_invented(client_for: ClientFor) -> None:
    assert "c-days" not in preview(client_for("agent"))
    assert "c-days" not in preview(client_for("agent"), level="MODERATE", received_at="soon")


def test_the_preview_suggests_a_level_with_its_reasons(client_for: ClientFor) -> None:
    text = preview(client_for("agent"), level="MINOR", amount="60000")
    assert "Suggested: Severe" in text


# --- reading ----------------------------------------------------------------------------------------------------
@pytest.mark.parametrize("name", ["detail", "print"])
def test_a_stranger_to_the_matter_finds_no_page(client_for: ClientFor, name: str) -> None:
    complaint = received(handler())
    assert client_for("handler").get(url(name, complaint)).status_code == 404


def test_looking_at_a_complaint_is_on_record_and_changes_nothing(client_for: ClientFor) -> None:
    complaint = in_work(handler(), Level.SEVERE)
    client = client_for(complaint.owner)
    before = table_hash()
    answer = client.get(url("detail", complaint))
    assert answer.status_code == 200
    assert AccessRecord.objects.filter(kind="VIEW", object_id=complaint.number).count() == 1
    assert table_hash() == before


def test_paper_carries_no_full_name_and_the_printing_is_on_record(client_for: ClientFor) -> None:
    complaint = fed_back(handler(), customer=CustomerFactory(full_name="欧阳娜娜"))
    answer = client_for(complaint.owner).get(url("print", complaint))
    assert "欧阳娜娜" not in page(answer)
    assert "欧阳**" in page(answer)
    assert AccessRecord.objects.filter(kind="PRINT", object_id=complaint.number).count() == 1


def test_who_only_looks_on_sees_names_masked(client_for: ClientFor) -> None:
    complaint = received(handler(), customer=CustomerFactory(full_name="欧阳娜娜"))
    text = page(client_for("auditor").get(url("detail", complaint)))
    assert "欧阳娜娜" not in text
    assert "欧阳**" in text


def test_the_page_of_another_round_shows_both(client_for: ClientFor) -> None:
    clerk = handler()
    complaint = scenes.closed(clerk)
    complaint = scenes.resolution.reopen(
        by=clerk, complaint=complaint, version=complaint.version, reason="It happened again"
    )
    text = page(client_for(clerk).get(url("detail", complaint)))
    assert "It happened again" in text
    assert 'id="rd-h"' in text


def test_customer_words_are_never_markup(client_for: ClientFor) -> None:
    complaint = scenes.planned(handler(), content="<script>alert(1)</script>", subject="<b>bold</b>")
    client = client_for(complaint.owner)
    for address in (*(url(name, complaint) for name in ("detail", "print", "feed_back")), "/", "/complaints/"):
        text = page(client.get(address))
        assert "<script>alert" not in text
        assert "<b>bold" not in text


# --- steps ------------------------------------------------------------------------------------------------------
def test_a_step_is_taken_and_leads_back(client_for: ClientFor) -> None:
    complaint = scenes.planned(handler())
    client = client_for(complaint.owner)
    sent = {
        "version": str(complaint.version),
        "channel": "PHONE",
        "reached": "1",
        "decision": "UPHELD",
        "content": "Refunded today.",
        "redress": "96",
    }
    answer = client.post(url("feed_back", complaint), sent)
    assert answer["Location"] == url("detail", complaint)
    assert Complaint.objects.get().state == "FED_BACK"
    assert AuditEvent.objects.filter(object_id=complaint.number, action="complaint.feed_back").count() == 1


def test_an_old_version_shows_both_and_saves_neither(client_for: ClientFor) -> None:
    complaint = in_work(handler())
    client = client_for(complaint.owner)
    sent = {"version": str(complaint.version - 1), "channel": "PHONE", "words": "Half of it is done"}
    answer = client.post(url("progress", complaint), sent)
    assert answer.status_code == 409
    assert "Half of it is done" in page(answer)
    assert complaint.owner.display_name in page(answer)
    assert not Interaction.objects.filter(summary__isnull=False, direction="OUT").exists()


def test_what_the_verb_refuses_stands_beside_its_field(client_for: ClientFor) -> None:
    complaint = scenes.planned(handler())
    sent = {
        "version": str(complaint.version),
        "channel": "PHONE",
        "reached": "1",
        "decision": "UPHELD",
        "content": "Refunded today.",
        "redress": "500",
    }
    answer = client_for(complaint.owner).post(url("feed_back", complaint), sent)
    assert answer.status_code == 422
    assert 'href="#id_redress"' in page(answer)
    assert "Refunded today." in page(answer)
