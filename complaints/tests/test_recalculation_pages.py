"""The pages on which dates are proposed to move, looked through, and decided by a second person."""

from __future__ import annotations

import datetime
from collections.abc import Callable, Iterator

import pytest
import time_machine
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from complaints.actions import applying
from complaints.models import RecalcBatch
from complaints.tests.scenes import assessed, handler, local, promises
from complaints.tests.test_recalculation import OFF, approved, day_off, propose, supervisor
from crm_site.testing import table_hash

pytestmark = pytest.mark.django_db
ClientFor = Callable[..., Client]
NEW = "complaints:recalculation_new"


@pytest.fixture(autouse=True)
def july() -> Iterator[None]:
    with time_machine.travel(local("2026-07-13 10:00"), tick=False):
        yield


def page(batch: RecalcBatch, name: str = "recalculation") -> str:
    return reverse(f"complaints:{name}", args=[batch.number])


def text(answer: object) -> str:
    return answer.content.decode()  # type: ignore[attr-defined, no-any-return]


def test_one_supervisor_proposes_sees_old_and_new_and_another_approves(client_for: ClientFor) -> None:
    complaint = assessed(handler())
    one, other = client_for("supervisor"), client_for("supervisor")
    day_off()
    form = one.get(reverse(NEW))
    token = form.context["form"]["form_token"].value()
    sent = {"form_token": token, "scope": "ALL", "rule_set": "", "first": "", "last": "", "reason": "台风停业一天"}
    first, second = one.post(reverse(NEW), sent), one.post(reverse(NEW), sent)
    batch = RecalcBatch.objects.get()
    assert first.url == second.url == page(batch)
    shown = text(one.get(page(batch)))
    assert "台风停业一天" in shown and complaint.number in shown
    assert "does not count any more: " in shown and "15 Jul" in shown
    assert "Approve: move these dates" not in shown and "Take back" in shown
    assert one.post(page(batch, "recalculation_decide"), {"act": "approve", "note": ""}).status_code == 422
    assert "Approve: move these dates" in text(other.get(page(batch)))
    assert other.post(page(batch, "recalculation_decide"), {"act": "approve", "note": "同意"}).status_code == 302
    assert other.post(page(batch, "recalculation_decide"), {"act": "approve", "note": ""}).status_code == 409
    assert "still to be moved" in text(other.get(page(batch)))
    applying.apply_due()
    assert promises(complaint)["FEEDBACK"].due_on == datetime.date(2026, 7, 21)
    assert "Applied" in text(other.get(page(batch)))
    story = text(client_for("supervisor").get(reverse("complaints:detail", args=[complaint.number])))
    assert "Due dates recalculated" in story and batch.number in story


def test_a_refused_proposal_keeps_what_was_typed(client_for: ClientFor) -> None:
    client = client_for("supervisor")
    token = {"form_token": "a" * 43}
    answer = client.post(
        reverse(NEW), token | {"scope": "DATES", "first": "", "last": "2026-07-20", "reason": "Typhoon"}
    )
    assert answer.status_code == 422
    assert "Enter the first and the last day" in text(answer) and "Typhoon" in text(answer)
    nothing = client.post(reverse(NEW), token | {"scope": "ALL", "reason": "Typhoon"})
    assert "No date would move" in text(nothing)


def test_rejecting_asks_why(client_for: ClientFor) -> None:
    assessed(handler())
    day_off()
    batch, client = propose(), client_for("supervisor")
    answer = client.post(page(batch, "recalculation_decide"), {"act": "reject", "note": ""})
    assert answer.status_code == 422 and "Say why the dates stay" in text(answer)
    assert (
        client.post(page(batch, "recalculation_decide"), {"act": "reject", "note": "Not official"}).status_code == 302
    )
    assert "Not official" in text(client.get(page(batch)))


def test_what_was_left_says_why(client_for: ClientFor) -> None:
    complaint = assessed(handler())
    day_off()
    batch = approved()
    day_off(datetime.date(2026, 7, 16))
    applying.apply_due()
    assert promises(complaint)["FEEDBACK"].due_on == datetime.date(2026, 7, 20)
    assert "Calendar or rules changed again since" in text(client_for("supervisor").get(page(batch)))


def test_the_list_asks_the_same_however_many_there_are(client_for: ClientFor) -> None:
    assessed(handler())
    day_off()
    client = client_for("supervisor")
    counts = []
    client.get(reverse("complaints:recalculations"))
    for more in (1, 2):
        for _n in range(more):
            propose()
        with CaptureQueriesContext(
            connection,
        ) as asked:
            client.get(reverse("complaints:recalculations"))
        counts.append(len(asked))
    assert counts[0] == counts[1]


@pytest.mark.parametrize("role", ["agent", "senior", "handler", "liaison", "sysadmin", "analyst"])
def test_others_find_neither_the_list_nor_a_batch(client_for: ClientFor, role: str) -> None:
    assessed(handler())
    day_off()
    batch, client = propose(), client_for(role)
    before = table_hash()
    for url in (reverse("complaints:recalculations"), reverse(NEW), page(batch)):
        assert client.get(url).status_code == 403
    assert client.post(page(batch, "recalculation_decide"), {"act": "approve"}).status_code == 403
    assert table_hash() == before


def test_an_auditor_reads_and_decides_nothing(client_for: ClientFor) -> None:
    assessed(handler())
    day_off()
    batch, client = propose(), client_for("auditor")
    shown = text(client.get(page(batch)))
    assert "Typhoon day" in shown and "move these dates" not in shown
    assert client.post(page(batch, "recalculation_decide"), {"act": "approve"}).status_code == 403


def test_editing_the_calendar_offers_a_recalculation(client_for: ClientFor) -> None:
    client = client_for("supervisor")
    sent = {"date": OFF.isoformat(), "kind": "HOLIDAY", "name": "台风"}
    answer = client.post(reverse("admin:crm_site_calendarday_add"), sent, follow=True)
    assert reverse(NEW) in text(answer)
    assert supervisor().has_role("supervisor")
    assert not RecalcBatch.objects.exists()
