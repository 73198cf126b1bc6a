"""Many complaints put into one incident from the queue: previewed, linked row by row, taken back as a whole (R6.26)."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from complaints.actions import batches, gathering
from complaints.models import Batch, BatchRow, Complaint, Gathering, Membership
from complaints.tests import scenes
from crm_site.errors import RuleBroken
from crm_site.models import AuditEvent, User
from crm_site.testing import table_hash
from customers.tests.factories import CustomerFactory

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("now")]
ClientFor = Callable[..., Client]
TOKEN = "i" * 43
LINK = "/complaints/bulk/link/"


@pytest.fixture
def clerk() -> User:
    return scenes.handler()


@pytest.fixture
def rows(clerk: User) -> list[Complaint]:
    """Two complaints and an inquiry, which belongs to no incident."""
    return [scenes.in_work(clerk), scenes.assessed(clerk), scenes.received(clerk, nature="INQUIRY")]


def incident(by: User, **fields: Any) -> Gathering:
    return gathering.found(by=by, kind="INCIDENT", title=fields.pop("title", "ATM outage in the north"), **fields)


def done(decision: batches.Decision, by: User, rows: list[Complaint]) -> Batch:
    batch = batches.start(decision, by=by, complaints=rows)
    batches.run(batch)
    return Batch.objects.select_related("gathering").get(pk=batch.pk)


def states(batch: Batch) -> list[str]:
    return list(batch.rows.order_by("pk").values_list("state", flat=True))


def members(found: Gathering | None) -> set[int]:
    return set(Membership.objects.filter(gathering=found).values_list("complaint", flat=True))


def sent(rows: list[Complaint], **fields: str) -> dict[str, Any]:
    numbers = [row.number for row in rows]
    return {"row": numbers, "list": "view=open", "form_token": TOKEN, "go": "1", **fields}


# --- the act -----------------------------------------------------------------------------------------------------
def test_rows_are_put_into_an_incident_that_is_there_and_what_may_not_says_why(
    clerk: User, rows: list[Complaint]
) -> None:
    found = incident(clerk)
    gathering.link(by=clerk, complaint=rows[0], version=rows[0].version, gathering=found)
    batch = done(batches.into(found), clerk, rows)
    assert states(batch) == ["REFUSED", "DONE", "REFUSED"]
    assert members(found) == {rows[0].pk, rows[1].pk}
    assert "already" in batch.rows.get(complaint=rows[0]).because
    assert rows[1].diary.latest("pk").verb == "link"
    assert AuditEvent.objects.filter(action="complaint_batch.link").count() == 1


def test_a_new_incident_is_begun_once_for_all_with_the_cause_they_share(clerk: User, rows: list[Complaint]) -> None:
    batch = done(batches.into(None, " Card fees charged twice "), clerk, rows[:2])
    made = Gathering.objects.get()
    assert batch.gathering == made
    assert (made.kind, made.title, made.cause) == ("INCIDENT", "Card fees charged twice", "FEES")
    assert members(made) == {row.pk for row in rows[:2]}


def test_no_incident_is_begun_for_rows_that_would_all_be_refused(clerk: User, rows: list[Complaint]) -> None:
    before = table_hash()
    with pytest.raises(RuleBroken, match="None of these"):
        batches.start(batches.into(None, "Card fees"), by=clerk, complaints=rows[2:])
    assert table_hash() == before


def test_the_title_of_a_new_one_names_no_customer(clerk: User) -> None:
    row = scenes.assessed(clerk, customer=CustomerFactory(full_name="欧阳娜娜"))
    with pytest.raises(RuleBroken, match="names"):
        batches.start(batches.into(None, "欧阳娜娜的手续费"), by=clerk, complaints=[row])
    assert not Gathering.objects.exists()


def test_what_the_preview_says_is_what_happens_to_each(clerk: User, rows: list[Complaint]) -> None:
    found = incident(clerk)
    gathering.link(by=clerk, complaint=rows[0], version=rows[0].version, gathering=found)
    for decision in (batches.into(found), batches.into(None, "Another outage")):
        fresh = list(Complaint.objects.select_related("customer", "owner", "team").order_by("pk"))
        said = [batches.against(decision, by=clerk, complaint=row) is None for row in fresh]
        assert [state == "DONE" for state in states(done(decision, clerk, fresh))] == said


def test_the_whole_goes_back_once_and_a_row_changed_since_stays(clerk: User, rows: list[Complaint]) -> None:
    batch = done(batches.into(None, "Card fees"), clerk, rows[:2])
    changed = Complaint.objects.select_related("customer", "owner", "team").get(pk=rows[0].pk)
    scenes.sent(clerk, changed)
    assert batches.undo(by=clerk, batch=batch) == (1, 1)
    assert members(batch.gathering) == {rows[0].pk}
    assert states(batch) == ["CHANGED", "UNDONE"]
    assert rows[1].diary.latest("pk").verb == "unlink"
    with pytest.raises(RuleBroken):
        batches.undo(by=clerk, batch=batch)


# --- the door ----------------------------------------------------------------------------------------------------
def test_the_page_shows_where_each_is_and_goes_and_changes_nothing(
    client_for: ClientFor, clerk: User, rows: list[Complaint]
) -> None:
    found = incident(clerk, title="北区ATM停机")
    client = client_for(clerk)
    asked = {"row": [row.number for row in rows], "list": "view=open", "incident": found.number}
    before = table_hash()
    text = client.post(LINK, asked).content.decode()
    assert table_hash() == before
    assert "2 will be done, 1 will be refused" in text
    assert text.count(f"{found.number} · 北区ATM停机") >= 3  # the choice and two rows


def test_it_is_done_once_however_often_it_is_sent_and_leads_to_the_result(
    client_for: ClientFor, clerk: User, rows: list[Complaint]
) -> None:
    client = client_for(clerk)
    first, second = (client.post(LINK, sent(rows, title="Card fees")) for _n in range(2))
    assert first["Location"] == second["Location"]
    assert (Batch.objects.count(), Gathering.objects.count()) == (1, 1)
    text = client.get(first["Location"]).content.decode()
    assert "2 done, 1 refused" in text
    assert reverse("complaints:gathering", args=[Gathering.objects.get().number]) in text
    assert client.post(reverse("complaints:undo", args=[Batch.objects.get().ref])).status_code == 302
    assert not Membership.objects.exists()


def test_a_form_that_names_nothing_is_asked_again_with_what_was_typed(
    client_for: ClientFor, clerk: User, rows: list[Complaint]
) -> None:
    client = client_for(clerk)
    assert client.post(LINK, sent(rows)).status_code == 422
    answer = client.post(LINK, sent(rows, title="Ask 13900008888 about it"))
    assert answer.status_code == 422
    assert "Ask 13900008888 about it" in answer.content.decode()
    assert 'href="#id_title"' in answer.content.decode()
    assert client.post(LINK, sent(rows, incident="TM-19990101-0001")).status_code == 422
    assert not BatchRow.objects.exists()


def test_an_agent_and_another_team_put_nothing_together(
    client_for: ClientFor, clerk: User, rows: list[Complaint]
) -> None:
    assert client_for("agent", team=clerk.team).post(LINK, sent(rows, title="Fees")).status_code == 403
    stranger = client_for("handler", team=scenes.team())
    assert stranger.post(LINK, sent(rows, title="Fees")).status_code == 404
    other = incident(scenes.handler())
    assert client_for(clerk).post(LINK, sent(rows, incident=other.number)).status_code == 422
    assert not Membership.objects.exists()


def test_the_preview_asks_as_much_for_three_rows_as_for_one(
    client_for: ClientFor, clerk: User, rows: list[Complaint], django_assert_max_num_queries: Any
) -> None:
    found, client = incident(clerk), client_for(clerk)

    def asked(some: list[Complaint]) -> int:
        said = {"row": [row.number for row in some], "list": "view=open", "incident": found.number}
        with django_assert_max_num_queries(40) as counted:
            client.post(LINK, said)
        return len(counted)

    asked(rows)
    assert asked(rows[:1]) == asked(rows)
