"""One act on many: previewed, done row by row through the verb of one, told per row, taken back as a whole once."""

from __future__ import annotations

import datetime
import re
from collections.abc import Callable
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from complaints import tasks
from complaints.actions import assigning, batches
from complaints.actions.batches import Decision
from complaints.models import Batch, BatchRow, Complaint
from complaints.sla import Level
from complaints.tests import scenes
from complaints.tests.scenes import handler
from crm_site import jobs
from crm_site.errors import NotAllowed, RuleBroken, Stale
from crm_site.models import AuditEvent, User
from crm_site.testing import table_hash
from crm_site.tests.factories import UserFactory

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("now")]
ClientFor = Callable[..., Client]
TOKEN = "t" * 43
ASSIGN = "/complaints/bulk/assign/"


@pytest.fixture
def leader() -> User:
    return handler(role="senior")


def unowned(leader: User, n: int) -> list[Complaint]:
    return [scenes.received(leader, owner=None) for _n in range(n)]


def done(decision: Decision, by: User, rows: list[Complaint]) -> Batch:
    batch = batches.start(decision, by=by, complaints=rows)
    batches.run(batch)
    batch.refresh_from_db()
    return batch


def states(batch: Batch) -> list[str]:
    return list(batch.rows.order_by("pk").values_list("state", flat=True))


def owners(rows: list[Complaint]) -> list[int | None]:
    return list(
        Complaint.objects.filter(pk__in=[row.pk for row in rows]).order_by("pk").values_list("owner", flat=True)
    )


# --- the act -----------------------------------------------------------------------------------------------------
def test_every_row_goes_through_the_verb_of_one_and_a_refusal_stops_no_other(leader: User) -> None:
    agent = UserFactory(role="agent", team=leader.team)
    rows = [*unowned(leader, 1), scenes.assessed(leader, Level.SEVERE), *unowned(leader, 1)]
    batch = done(Decision("assign", to=agent, reason="Load"), leader, rows)
    assert states(batch) == ["DONE", "REFUSED", "DONE"]
    assert "may not own this" in batch.rows.get(state="REFUSED").because
    assert owners(rows) == [agent.pk, leader.pk, agent.pk]
    assert AuditEvent.objects.filter(action="complaint.assign").count() == 2
    assert AuditEvent.objects.get(action="complaint_batch.assign").after["rows"] == 3


def test_a_row_given_away_in_the_meantime_is_not_touched(leader: User) -> None:
    rows = [scenes.received(handler(leader.team)), *unowned(leader, 1)]
    batch = batches.start(Decision("assign", to=handler(leader.team), reason="Load"), by=leader, complaints=rows)
    other = scenes.team()
    assigning.assign(by=leader, complaint=rows[0], version=rows[0].version, team=other, reason="Their product")
    batches.run(batch)
    assert states(batch) == ["REFUSED", "DONE"]
    assert owners(rows)[0] is None


def test_what_says_no_to_a_row_before_is_what_says_no_when_it_is_done(leader: User) -> None:
    agent = UserFactory(role="agent", team=leader.team)
    rows = [scenes.assessed(leader), scenes.closed(leader), *unowned(leader, 2), scenes.received(agent)]
    for decision in (
        Decision("assign", to=agent, reason="x"),
        Decision("claim"),
        Decision("transfer", team=leader.team),
    ):
        said = [str(batches.against(decision, by=leader, complaint=row) or "") for row in rows]
        batch = batches.start(decision, by=leader, complaints=rows)
        batches.run(batch)
        assert [row.because for row in batch.rows.order_by("pk")] == said
        if batch.rows.filter(state="DONE").exists():
            batch.refresh_from_db()
            batches.undo(by=leader, batch=batch)
        rows = list(
            Complaint.objects.filter(pk__in=[row.pk for row in rows]).select_related("owner", "team").order_by("pk")
        )


def test_nothing_selected_and_too_many_are_refused(leader: User, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(batches, "MOST", 2)
    for rows in ([], unowned(leader, 3)):
        with pytest.raises(RuleBroken):
            batches.start(Decision("claim"), by=leader, complaints=rows)


def test_a_row_another_worker_has_is_left_to_it(leader: User) -> None:
    rows = unowned(leader, 1)
    batch = batches.start(Decision("claim"), by=leader, complaints=rows)
    row = batch.rows.get()
    BatchRow.objects.update(state="DONE")
    batches._do(batch, row)
    assert owners(rows) == [None]


# --- the way back ------------------------------------------------------------------------------------------------
def test_the_whole_batch_goes_back_once_by_its_author_only_and_rows_changed_since_are_left(leader: User) -> None:
    first, second = handler(leader.team), handler(leader.team)
    rows = [*unowned(leader, 1), scenes.received(first), *unowned(leader, 1)]
    batch = done(Decision("assign", to=second, reason="Load"), leader, rows)
    changed = Complaint.objects.get(pk=rows[2].pk)
    assigning.assign(by=leader, complaint=changed, version=changed.version, to=first, reason="Knows it")
    with pytest.raises(NotAllowed):
        batches.undo(by=UserFactory(role="supervisor"), batch=batch)
    assert batches.undo(by=leader, batch=batch) == (2, 1)
    assert owners(rows) == [None, first.pk, first.pk]
    assert states(batch) == ["UNDONE", "UNDONE", "CHANGED"]
    assert {p.owner_id for p in scenes.promises(rows[1]).values()} == {first.pk}
    with pytest.raises(Stale):
        batches.undo(by=leader, batch=batch)
    assert AuditEvent.objects.filter(action="complaint_batch.undo").count() == 1


def test_an_agent_takes_back_what_the_agent_took(leader: User) -> None:
    agent = UserFactory(role="agent", team=leader.team)
    rows = unowned(leader, 2)
    batch = done(Decision("claim"), agent, rows)
    assert owners(rows) == [agent.pk, agent.pk]
    batches.undo(by=agent, batch=batch)
    assert owners(rows) == [None, None]


def test_what_still_runs_is_not_taken_back(leader: User) -> None:
    batch = batches.start(Decision("claim"), by=leader, complaints=unowned(leader, 1))
    with pytest.raises(Stale):
        batches.undo(by=leader, batch=batch)


# --- the sweep ---------------------------------------------------------------------------------------------------
def test_the_sweep_does_what_waits_and_may_run_twice(leader: User) -> None:
    rows = unowned(leader, 3)
    batch = batches.start(Decision("claim"), by=leader, complaints=rows)
    batches._do(batch, batch.rows.order_by("pk")[0])  # broken off after the first
    for slot, looked in (("10:00", 2), ("10:01", 0)):
        run = jobs.claim(
            "complaint_batches", timezone.localdate(), slot=slot, owner=jobs.new_owner(), now=timezone.now()
        )
        assert run is not None
        assert tasks.run_batches(run, timezone.localdate()) == {"rows": looked}
    batch.refresh_from_db()
    assert states(batch) == ["DONE"] * 3
    assert batch.finished_at is not None


# --- the doors ---------------------------------------------------------------------------------------------------
def sent(rows: list[Complaint], **fields: Any) -> dict[str, Any]:
    return {"row": [row.number for row in rows], "list": "view=open", "form_token": TOKEN, **fields}


def test_the_preview_names_what_will_happen_per_row_and_changes_nothing(client_for: ClientFor, leader: User) -> None:
    agent = UserFactory(role="agent", team=leader.team)
    rows = [*unowned(leader, 1), scenes.assessed(leader, Level.SEVERE)]
    client = client_for(leader)
    before = table_hash()
    text = client.post(ASSIGN, sent(rows, to=agent.employee_no, reason="Load")).content.decode()
    assert table_hash() == before
    assert "1 will be done, 1 will be refused" in text
    assert all(row.number in text for row in rows)


def test_it_is_done_once_however_often_it_is_sent_and_offers_its_way_back(client_for: ClientFor, leader: User) -> None:
    clerk, rows = handler(leader.team), unowned(leader, 2)
    client = client_for(leader)
    answers = [client.post(ASSIGN, sent(rows, go="1", to=clerk.employee_no)) for _n in range(2)]
    assert answers[0]["Location"] == answers[1]["Location"]
    batch = Batch.objects.get()
    text = client.get(answers[0]["Location"]).content.decode()
    undo = reverse("complaints:undo", args=[batch.ref])
    assert text.count(f'action="{undo}"') == 2  # in the toast and on the page
    assert client_for("supervisor").post(undo).status_code == 403
    assert client_for("senior", team=scenes.team()).post(undo).status_code == 404
    text = client.post(undo, follow=True).content.decode()
    assert "2 complaints taken back" in text
    assert owners(rows) == [None, None]
    assert client.post(undo).status_code == 409


def test_all_of_a_list_are_more_than_its_page(client_for: ClientFor, leader: User) -> None:
    rows = unowned(leader, 27)
    clerk = handler(leader.team)
    client = client_for(leader)
    assert "All 27 of this list" in client.get("/complaints/?view=unassigned").content.decode()
    data = {"all": "1", "list": "view=unassigned", "go": "1", "to": clerk.employee_no, "form_token": TOKEN}
    client.post(ASSIGN, data)
    assert set(owners(rows)) == {clerk.pk}


def test_more_than_two_hundred_wait_for_the_sweep_with_their_progress(
    client_for: ClientFor, leader: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(batches, "AT_ONCE", 1)
    rows, client = unowned(leader, 2), client_for(leader)
    page = client.post("/complaints/bulk/claim/", sent(rows, go="1"), follow=True).content.decode()
    assert 'data-poll="2000"' in page
    assert "0 / 2" in page
    batch = Batch.objects.get()
    batches.run(batch)
    part = client.get(reverse("complaints:batch", args=[batch.ref]), headers={"hx-request": "true"}).content.decode()
    assert "data-poll" not in part
    assert "2 done, 0 refused" in part


def test_the_bar_offers_what_the_gate_lets_through(client_for: ClientFor, leader: User) -> None:
    unowned(leader, 1)
    offered = {
        role: re.findall(r'formaction="/complaints/bulk/(\w+)/"', page(client_for(role, team=leader.team)))
        for role in ("agent", "handler", "senior", "supervisor", "auditor", "liaison")
    }
    leaders = ["assign", "transfer", "claim", "link"]
    assert offered == {
        "agent": ["claim"],
        "handler": ["claim", "link"],
        "senior": leaders,
        "supervisor": leaders,
        "auditor": [],
        "liaison": [],
    }
    for role, actions in offered.items():
        client = client_for(role, team=leader.team)
        for action in leaders:
            status = client.post(f"/complaints/bulk/{action}/", {"list": "view=open"}).status_code
            assert (status == 200) is (action in actions), (role, action)


def page(client: Client) -> str:
    return client.get("/complaints/?view=open").content.decode()


def test_foreign_rows_are_not_found_and_unknown_acts_neither(client_for: ClientFor, leader: User) -> None:
    client = client_for("senior", team=scenes.team())
    assert client.post(ASSIGN, sent(unowned(leader, 1))).status_code == 404
    assert client.post("/complaints/bulk/close/", sent([])).status_code == 404
    assert client_for("planner").post(ASSIGN, sent([])).status_code == 403


def test_somebody_elses_batch_is_the_supervisors_and_the_auditors_to_read(client_for: ClientFor, leader: User) -> None:
    batch = done(Decision("claim"), leader, unowned(leader, 1))
    address = reverse("complaints:batch", args=[batch.ref])
    seen = {
        role: client_for(role, team=leader.team).get(address).status_code for role in ("supervisor", "auditor", "agent")
    }
    assert seen == {"supervisor": 200, "auditor": 200, "agent": 404}
    assert "Take it all back" not in client_for("supervisor").get(address).content.decode()


def test_an_hour_later_it_can_still_be_taken_back(leader: User, time_machine: Any) -> None:
    rows = unowned(leader, 1)
    batch = done(Decision("claim"), leader, rows)
    time_machine.move_to(timezone.now() + datetime.timedelta(hours=1))
    assert batches.undo(by=leader, batch=batch) == (1, 0)
