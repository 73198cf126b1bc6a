"""A list as a file: the rows of the list, covered, with a purpose in the register; a large one needs two persons."""

from __future__ import annotations

import csv
import datetime
import io
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from django.db import IntegrityError, transaction
from django.http import QueryDict
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from complaints import listing
from complaints.actions import exports
from complaints.models import Complaint, Export
from complaints.sla import Level
from complaints.tests import scenes
from complaints.tests.scenes import handler
from complaints.views.queue import Asked
from crm_site import tables
from crm_site.errors import NotAllowed, RuleBroken, Stale
from crm_site.models import AccessRecord, AuditEvent, User
from crm_site.tests.factories import UserFactory
from customers.tests.factories import CustomerFactory

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("now")]
ClientFor = Callable[..., Client]


@pytest.fixture
def leader() -> User:
    """A leader whose team has four matters, one of them somebody's whose name and number stand in its subject."""
    leader = handler(role="senior")
    for days, level in enumerate((Level.SEVERE, Level.MODERATE, Level.MINOR)):
        scenes.assessed(leader, level, received_at=timezone.now() - datetime.timedelta(days=2 * days))
    lin = CustomerFactory(full_name="林晓彤")
    old = scenes.received(leader, customer=lin)
    Complaint.objects.filter(pk=old.pk).update(subject="=1+1 林晓彤 13912344821 手续费")  # taken over from before
    return leader


def asked(by: User, rows: int = 5000, **fields: Any) -> Export:
    values = {"query": "view=open", "file_format": "csv", "purpose": "ANALYSIS", "reason": "Causes of the quarter"}
    return exports.ask(by=by, rows=rows, **(values | fields))


def url(query: str = "view=open") -> str:
    return f"{reverse('complaints:export')}?{query}"


def text_of(answer: Any) -> str:
    return b"".join(answer.streaming_content).decode("utf-8")


def rows_of(answer: Any) -> list[list[str]]:
    return list(csv.reader(io.StringIO(text_of(answer).lstrip("\ufeff"))))


# --- the file ----------------------------------------------------------------------------------------------------
@pytest.mark.parametrize("query", ["view=open", "view=open&level=3&level=1", "view=open&sort=received", "view=overdue"])
def test_the_file_has_exactly_the_rows_of_the_list_in_its_order(
    client_for: ClientFor, leader: User, query: str
) -> None:
    answer = client_for(leader).post(url(query), {"file_format": "csv", "purpose": "HANDLING"})
    wanted = list(Asked(leader, QueryDict(query), timezone.now()).rows().values_list("number", flat=True))
    assert [row[0] for row in rows_of(answer)[1:]] == wanted


def test_names_are_covered_formulas_are_text_and_chinese_is_read_by_a_spreadsheet(
    client_for: ClientFor, leader: User
) -> None:
    text = text_of(client_for(leader).post(url(), {"file_format": "csv", "purpose": "HANDLING"}))
    assert text.startswith("\ufeff")
    assert "手续费" in text
    assert "林晓彤" not in text
    assert "13912344821" not in text
    assert "'=1+1" in text
    assert "each fee was taken twice" not in text


def test_a_workbook_holds_the_same(client_for: ClientFor, leader: User, tmp_path: Path) -> None:
    client = client_for(leader)
    sheet = tmp_path / "list.xlsx"
    answer = client.post(url(), {"file_format": "xlsx", "purpose": "HANDLING"})
    assert answer["Content-Disposition"].endswith('.xlsx"')
    sheet.write_bytes(b"".join(answer.streaming_content))
    plain = rows_of(client.post(url(), {"file_format": "csv", "purpose": "HANDLING"}))
    found = tables.read(sheet)
    assert [row.cells[0] for row in found] == [row[0] for row in plain[1:]]
    assert found.header == plain[0]


def test_rows_are_read_a_few_at_a_time(leader: User, django_assert_max_num_queries: Any) -> None:
    lines = listing.lines(Asked(leader, QueryDict("view=open"), timezone.now()).rows(), leader)
    with django_assert_max_num_queries(1):
        assert len(list(lines)) == 4


# --- the register --------------------------------------------------------------------------------------------------
def test_a_small_list_goes_at_once_and_stands_in_the_register_and_the_access_log(
    client_for: ClientFor, leader: User
) -> None:
    client_for(leader).post(url("view=open&level=3"), {"file_format": "csv", "purpose": "HANDLING"})
    entry = Export.objects.get()
    assert (entry.state, entry.rows, entry.by, entry.query) == ("FETCHED", 1, leader, "view=open&level=3")
    look = AccessRecord.objects.get(kind="EXPORT")
    assert (look.actor_id, look.results, look.purpose, look.object_id) == (leader.pk, 1, "HANDLING", entry.ref)
    assert AuditEvent.objects.filter(action="complaint_export.fetch").count() == 1


def test_without_a_purpose_nothing_leaves(client_for: ClientFor, leader: User) -> None:
    assert client_for(leader).post(url(), {"file_format": "csv"}).status_code == 422
    assert not Export.objects.exists()


def test_an_empty_list_is_no_file(leader: User) -> None:
    with pytest.raises(RuleBroken):
        asked(leader, rows=0)


def test_a_large_one_needs_a_reason_and_a_second_person(
    client_for: ClientFor, leader: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    from complaints.views import exports as pages

    for module in (exports, pages):
        monkeypatch.setattr(module, "FREE_ROWS", 3)
    client, second = client_for(leader), client_for("supervisor")
    sent = {"file_format": "csv", "purpose": "ANALYSIS"}
    assert client.post(url(), sent).status_code == 422
    assert client.post(url(), sent | {"reason": "Causes"})["Location"] == reverse("complaints:exports")
    entry = Export.objects.get()
    fetch = reverse("complaints:export_fetch", args=[entry.ref])
    decide = reverse("complaints:export_decide", args=[entry.ref])
    assert client.post(fetch).status_code == 409
    assert decide in second.get(reverse("complaints:exports")).content.decode()
    second.post(decide, {"granted": "1"})
    assert second.post(fetch).status_code == 403
    assert len(rows_of(client.post(fetch))) == 5
    assert client.post(fetch).status_code == 409


@pytest.mark.parametrize("role", ["supervisor", "privacy"])
def test_a_supervisor_or_the_privacy_officer_grants_it(leader: User, role: str) -> None:
    granted = exports.decide(by=UserFactory(role=role), export=asked(leader), granted=True)
    assert granted.ready(timezone.now())
    with pytest.raises(Stale):
        exports.decide(by=UserFactory(role=role), export=granted, granted=False)


def test_nobody_grants_their_own_and_the_database_would_not_keep_it(leader: User) -> None:
    supervisor = UserFactory(role="supervisor")
    entry = asked(supervisor)
    for person in (supervisor, leader, UserFactory(role="auditor"), UserFactory(role="agent")):
        with pytest.raises(NotAllowed):
            exports.decide(by=person, export=entry, granted=True)
    for changes in ({"decided_by": supervisor}, {"state": "APPROVED"}):
        with pytest.raises(IntegrityError), transaction.atomic():
            Export.objects.filter(pk=entry.pk).update(**changes)


def test_what_was_not_granted_or_lay_too_long_is_not_fetched(leader: User, time_machine: Any) -> None:
    refused = exports.decide(by=UserFactory(role="supervisor"), export=asked(leader), granted=False)
    granted = exports.decide(by=UserFactory(role="supervisor"), export=asked(leader), granted=True)
    with pytest.raises(Stale):
        exports.fetch(by=leader, export=refused, rows=5000)
    with pytest.raises(RuleBroken):
        exports.fetch(by=leader, export=granted, rows=9000)
    time_machine.move_to(timezone.now() + datetime.timedelta(hours=25))
    with pytest.raises(Stale):
        exports.fetch(by=leader, export=granted, rows=5000)


def test_the_register_shows_leaders_their_own_and_the_auditor_all(client_for: ClientFor, leader: User) -> None:
    asked(leader)
    address = reverse("complaints:exports")
    assert "Analysis of causes" in client_for(leader).get(address).content.decode()
    assert "Analysis of causes" in client_for("auditor").get(address).content.decode()
    assert "Analysis of causes" not in client_for("senior").get(address).content.decode()


@pytest.mark.parametrize("role", ["agent", "handler", "liaison", "planner", "analyst", "sysadmin", "privacy"])
def test_others_take_no_list_out(client_for: ClientFor, role: str) -> None:
    assert client_for(role).get(url()).status_code == 403


def test_a_foreign_entry_is_not_found(client_for: ClientFor, leader: User) -> None:
    entry = asked(leader)
    assert client_for("senior").post(reverse("complaints:export_fetch", args=[entry.ref])).status_code == 404
