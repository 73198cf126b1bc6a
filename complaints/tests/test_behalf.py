"""Somebody complains for the customer: anybody may, but what concerns the customer is told with authority (R6.2)."""

from __future__ import annotations

import datetime
from collections.abc import Callable
from typing import Any

import pytest
import time_machine
from django.db import IntegrityError, transaction
from django.test import Client
from django.urls import reverse

from complaints import behalf, letters, next_steps, public_page
from complaints.actions import authority, facts, public_door, resolution
from complaints.actions.authority import Paper
from complaints.models import Authority, Complaint
from complaints.models.authority import may_hear
from complaints.sla import Level
from complaints.tests import scenes
from complaints.tests.scenes import local, spoken_for, told
from crm_site.errors import NotAllowed, RuleBroken, Stale
from crm_site.models import AuditEvent, User
from crm_site.tests.factories import UserFactory
from customers.tests.factories import CustomerFactory

TODAY = datetime.date(2025, 9, 26)
AGENT = {"relation": "AGENT", "complainant_name": "周明远", "complainant_contact": "13800138000"}
ClientFor = Callable[..., Client]


@pytest.mark.parametrize(
    ("relation", "ends", "expected"),
    [
        ("SELF", [], "NOT_NEEDED"),
        ("ANONYMOUS", [], "NOT_NEEDED"),
        ("AGENT", [], "MISSING"),
        ("HEIR", [None], "HELD"),
        ("GUARDIAN", [TODAY], "HELD"),
        ("AGENT", [TODAY - datetime.timedelta(days=1)], "EXPIRED"),
        ("AGENT", [TODAY - datetime.timedelta(days=1), TODAY], "HELD"),
    ],
)
def test_how_an_authority_stands_on_a_day(relation: str, ends: list[datetime.date | None], expected: str) -> None:
    assert behalf.standing(relation, ends, TODAY) == expected


def record(by: User, complaint: Complaint, **fields: Any) -> Complaint:
    paper = Paper(**{"kind": "MANDATE", **fields})
    return authority.record_authority(by=by, complaint=complaint, version=complaint.version, paper=paper)


def ready(by: User, **fields: Any) -> Complaint:
    """Spoken for, and ready to be answered on the spot."""
    complaint = spoken_for(by, **fields)
    return scenes.assessment.assess(
        by=by, complaint=complaint, version=complaint.version, judgement=scenes.judgement(Level.MINOR)
    )


def answer(by: User, complaint: Complaint, **fields: Any) -> Complaint:
    solution = resolution.Solution(cause="FEES", told=told(**fields))
    return resolution.resolve(by=by, complaint=complaint, version=complaint.version, solution=solution)


# --- the verb ----------------------------------------------------------------------------------------------------
@pytest.mark.django_db
@pytest.mark.usefixtures("now")
class TestAuthority:
    def test_it_is_registered_without_a_paper_but_the_representative_is_not_told_the_result(self) -> None:
        by = scenes.handler()
        complaint = ready(by)
        with pytest.raises(RuleBroken, match="No authority") as caught:
            answer(by, complaint)
        assert (caught.value.code, caught.value.field) == ("authority.missing", "to_customer")
        answered = answer(by, record(by, complaint))
        assert answered.state == "FED_BACK"

    def test_the_customer_in_person_may_always_be_told(self) -> None:
        by = scenes.handler()
        answered = answer(by, ready(by), to_customer=True)
        assert answered.state == "FED_BACK"
        assert answered.diary.get(verb="resolve").data["to_customer"] is True

    def test_an_attempt_that_reached_nobody_needs_no_authority(self) -> None:
        by = scenes.handler()
        complaint = scenes.agreed(by, scenes.begun(by, scenes.assessed(by, **AGENT)))
        tried = resolution.feed_back(
            by=by, complaint=complaint, version=complaint.version, told=told(reached=False), reason="why"
        )
        assert tried.round.feedbacks.count() == 1
        with pytest.raises(RuleBroken, match="No authority"):
            resolution.feed_back(by=by, complaint=tried, version=tried.version, told=told(), reason="why")

    def test_one_that_has_expired_no_longer_counts_and_a_new_one_does(self) -> None:
        by = scenes.handler()
        complaint = record(by, ready(by), valid_until=TODAY)
        with time_machine.travel(local("2025-09-27 09:00"), tick=False):
            with pytest.raises(RuleBroken, match="expired"):
                answer(by, complaint)
            complaint = record(by, complaint)
            assert answer(by, complaint).state == "FED_BACK"

    def test_the_paper_is_a_row_with_sealed_words_a_diary_entry_and_an_audit_row(self) -> None:
        by = scenes.handler()
        complaint = record(by, spoken_for(by), words="公证书第 123 号", valid_until=datetime.date(2025, 12, 31))
        row = Authority.objects.get()
        assert (row.kind, row.seen_on, row.words, row.by) == ("MANDATE", TODAY, "公证书第 123 号", by)
        assert complaint.diary.latest("pk").data == {"authority": "MANDATE", "until": "2025-12-31"}
        event = AuditEvent.objects.get(action="complaint.record_authority")
        assert "公证书" not in str(event.after)

    @pytest.mark.parametrize(
        ("fields", "field"),
        [
            ({"kind": "NOTE"}, "authority"),
            ({"seen_on": datetime.date(2025, 9, 27)}, "seen_on"),
            ({"valid_until": datetime.date(2025, 9, 25)}, "valid_until"),
            ({"words": "x" * 201}, "words"),
        ],
    )
    def test_a_paper_that_cannot_be_is_refused(self, fields: dict[str, Any], field: str) -> None:
        by = scenes.handler()
        with pytest.raises(RuleBroken) as caught:
            record(by, spoken_for(by), **fields)
        assert caught.value.field == field
        assert not Authority.objects.exists()

    def test_the_database_keeps_out_a_paper_that_had_expired(self) -> None:
        by = scenes.handler()
        complaint = spoken_for(by)
        with pytest.raises(IntegrityError), transaction.atomic():
            complaint.authorities.create(
                kind="MANDATE", seen_on=TODAY, valid_until=datetime.date(2025, 9, 1), by=by, at=complaint.registered_at
            )

    def test_nobody_records_one_where_the_customer_complains_nor_from_another_team_nor_twice_at_once(self) -> None:
        by = scenes.handler()
        with pytest.raises(RuleBroken, match="in person"):
            record(by, scenes.received(by))
        complaint = spoken_for(by)
        with pytest.raises(NotAllowed):
            record(scenes.handler(), complaint)
        record(by, complaint)
        with pytest.raises(Stale):
            record(by, complaint)

    def test_who_speaks_for_the_customer_says_who_they_are(self) -> None:
        with pytest.raises(RuleBroken) as caught:
            scenes.received(UserFactory(), relation="HEIR", customer=CustomerFactory(), complainant_name="")
        assert caught.value.field == "complainant_name"

    def test_a_second_half_has_the_authority_of_the_first(self) -> None:
        by = scenes.handler()
        first = record(by, spoken_for(by))
        made = facts.split(
            by=by, complaint=first, version=first.version, subject="Second fee", content="Another fee.", reason="why"
        )
        assert may_hear(made)

    def test_the_page_says_what_may_not_be_told_yet(self) -> None:
        by = scenes.handler()
        complaint = spoken_for(by)
        locks = {str(lock.title) for lock in next_steps.offer(complaint, by).locks}
        assert "Not to be told to the representative yet:" in locks
        assert "record_authority" in next_steps.offer(complaint, by).verbs
        assert "record_authority" not in next_steps.offer(scenes.received(by), by).verbs

    def test_the_letter_goes_to_the_customer_as_long_as_no_authority_was_seen(self) -> None:
        by = scenes.handler()
        complaint = answer(by, ready(by), to_customer=True)
        letter = letters.of(complaint)
        assert letter is not None and complaint.customer is not None
        assert letter.name == complaint.customer.full_name
        letter = letters.of(record(by, complaint))
        assert letter is not None
        assert letter.name == "周明远"

    def test_the_status_page_keeps_the_answer_from_a_representative_without_authority(self) -> None:
        by = scenes.handler()
        complaint = answer(by, ready(by), to_customer=True)
        shown = public_page.of(complaint)
        assert (shown.answer, shown.answer_words, shown.news, shown.withheld) == (None, "", [], True)
        shown = public_page.of(record(by, complaint))
        assert (shown.answer_words, shown.withheld) == ("Refunded 96 yuan today.", False)

    def test_whoever_brings_a_matter_online_for_somebody_else_has_shown_nothing_yet(self) -> None:
        brought = public_door.Brought(
            name="周明远",
            contact="13800138000",
            nature="COMPLAINT",
            business="CARD",
            content="父亲的卡被扣费。",
            on_behalf_of="周父",
        )
        complaint, _code = public_door.bring(brought)
        assert not may_hear(complaint)


# --- its doors ---------------------------------------------------------------------------------------------------
@pytest.mark.django_db
@pytest.mark.usefixtures("now")
class TestDoors:
    def test_the_step_records_it_and_keeps_what_was_typed_when_it_is_refused(self, client_for: ClientFor) -> None:
        by = scenes.handler()
        complaint = spoken_for(by)
        door = reverse("complaints:record_authority", args=[complaint.number])
        client = client_for("handler", team=by.team)
        typed = {"authority": "COURT", "seen_on": "2026-01-01", "words": "判决书", "version": complaint.version}
        refused = client.post(door, typed)
        assert refused.status_code == 422
        assert "判决书" in refused.content.decode()
        assert client.post(door, typed | {"seen_on": "2025-09-25"}).status_code == 302
        assert Authority.objects.get().seen_on == datetime.date(2025, 9, 25)
        assert client.post(door, typed | {"seen_on": "2025-09-25"}).status_code == 409  # pressed twice
        page = client.get(reverse("complaints:detail", args=[complaint.number])).content.decode()
        assert "Court decision" in page
        assert "周明远" in page

    def test_strangers_and_other_roles_are_kept_out(self, client_for: ClientFor) -> None:
        by = scenes.handler()
        door = reverse("complaints:record_authority", args=[spoken_for(by).number])
        assert client_for("handler", team=scenes.team()).get(door).status_code == 404
        assert client_for("analyst").get(door).status_code == 403
        mine = reverse("complaints:record_authority", args=[scenes.received(by).number])
        assert client_for("handler", team=by.team).get(mine).status_code == 409

    def test_the_answer_asks_whom_it_was_told_only_while_the_authority_is_missing(self, client_for: ClientFor) -> None:
        by = scenes.handler()
        complaint = ready(by)
        client = client_for("handler", team=by.team)
        door = reverse("complaints:resolve", args=[complaint.number])
        assert 'name="to_customer"' in client.get(door).content.decode()
        data = {"channel": "PHONE", "content": "Refunded 96 yuan.", "decision": "UPHELD", "cause": "FEES"}
        refused = client.post(door, data | {"version": complaint.version})
        assert refused.status_code == 422
        assert "No authority" in refused.content.decode()
        complaint = record(by, complaint)
        assert 'name="to_customer"' not in client.get(door).content.decode()
        assert client.post(door, data | {"version": complaint.version}).status_code == 302

    def test_the_letter_warns_whoever_prints_it(self, client_for: ClientFor) -> None:
        by = scenes.handler()
        complaint = answer(by, ready(by), to_customer=True)
        page = reverse("complaints:letter", args=[complaint.number])
        client = client_for("handler", team=by.team)
        assert "hand this letter to nobody else" in client.get(page).content.decode()
        record(by, complaint)
        assert "hand this letter to nobody else" not in client.get(page).content.decode()

    def test_the_intake_form_takes_representative_and_paper_at_once(self, client_for: ClientFor) -> None:
        client = client_for("handler", team=scenes.team())
        data = intake_form(CustomerFactory().customer_no) | {
            "relation": "GUARDIAN",
            "complainant_name": "周明远",
            "complainant_contact": "13800138000",
            "authority": "GUARDIANSHIP",
            "valid_until": "2026-09-26",
            "recording": "AGREED",
        }
        assert client.post(reverse("complaints:new"), data).status_code == 302
        complaint = Complaint.objects.get()
        assert (complaint.relation, complaint.complainant_name, complaint.recording) == ("GUARDIAN", "周明远", "AGREED")
        assert complaint.authorities.get().seen_on == TODAY
        assert list(complaint.diary.values_list("verb", flat=True)) == ["receive", "classify"]

    @pytest.mark.parametrize(
        ("fields", "words"),
        [
            ({"authority": "MANDATE"}, "Choose who complains for the customer"),
            ({"relation": "AGENT", "complainant_contact": "13800138000"}, "Enter the complainant&#x27;s name"),
        ],
    )
    def test_what_is_missing_is_said_and_nothing_typed_is_lost(
        self, client_for: ClientFor, fields: dict[str, str], words: str
    ) -> None:
        data = intake_form(CustomerFactory().customer_no) | fields | {"content": "扣了两次手续费"}
        page = client_for("handler", team=scenes.team()).post(reverse("complaints:new"), data)
        assert page.status_code == 422
        shown = page.content.decode()
        assert "扣了两次手续费" in shown
        assert words in shown
        assert not Complaint.objects.exists()

    def test_a_call_nobody_asked_about_is_on_record_as_such_and_a_letter_says_nothing(
        self, client_for: ClientFor
    ) -> None:
        client = client_for("handler", team=scenes.team())
        client.post(reverse("complaints:new"), intake_form(CustomerFactory().customer_no))
        client.post(
            reverse("complaints:new"),
            intake_form(CustomerFactory().customer_no) | {"channel": "LETTER", "form_token": "b" * 43},
        )
        assert list(Complaint.objects.order_by("pk").values_list("recording", flat=True)) == ["NOT_ASKED", ""]


def intake_form(customer_no: str) -> dict[str, str]:
    """The plain path: nothing but what every complaint needs."""
    return {
        "customer": customer_no,
        "relation": "SELF",
        "nature": "COMPLAINT",
        "channel": "PHONE",
        "received_at": "2025-09-26 09:30",
        "subject": "Fee taken twice",
        "content": "The fee was taken twice.",
        "source": "DIRECT",
        "owner": "auto",
        "form_token": "a" * 43,
    }


@pytest.mark.django_db
@pytest.mark.usefixtures("now")
def test_the_plain_path_asks_no_more_than_before(client_for: ClientFor) -> None:
    assert (
        client_for("agent", team=scenes.team())
        .post(reverse("complaints:new"), intake_form(CustomerFactory().customer_no))
        .status_code
        == 302
    )
