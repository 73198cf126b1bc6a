"""Who else has the page open: a hint that costs little, tells only colleagues, and is gone when they have left."""

from __future__ import annotations

import datetime
from collections.abc import Callable, Iterator
from typing import Any

import pytest
import time_machine
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from complaints import tasks
from complaints.actions import presence
from complaints.models import Complaint, Presence
from complaints.tests import scenes
from crm_site import sessions
from crm_site.models import AccessRecord, AuditEvent, JobRun, User
from crm_site.tests.factories import UserFactory

pytestmark = pytest.mark.django_db
ClientFor = Callable[..., Client]
BEGAN = scenes.local("2025-09-26 10:00")
SECOND = datetime.timedelta(seconds=1)


@pytest.fixture
def clock() -> Iterator[Any]:
    """A clock that is put on by hand."""
    with time_machine.travel(BEGAN, tick=False) as moved:
        yield moved


@pytest.fixture
def clerk(clock: Any) -> User:
    return UserFactory(role="handler", team=scenes.team(), display_name="陈静")


@pytest.fixture
def colleague(clerk: User) -> User:
    return UserFactory(role="handler", team=clerk.team, display_name="李伟")


@pytest.fixture
def complaint(clerk: User) -> Complaint:
    return scenes.in_work(clerk)


def now() -> datetime.datetime:
    return datetime.datetime.now(tz=datetime.UTC)


def meet(by: User, complaint: Complaint, *, writing: bool = False) -> list[tuple[str, bool]]:
    return [(here.name, here.writing) for here in presence.meet(by=by, complaint=complaint, writing=writing, now=now())]


def poll(client: Client, complaint: Complaint, known: str = "") -> Any:
    headers = {"HX-Request": "true", "X-Poll": "1"}
    sent = {"known": known}
    return client.post(reverse("complaints:presence", args=[complaint.number]), sent, headers=headers)


def page(client: Client, complaint: Complaint, name: str = "detail") -> str:
    return client.get(reverse(f"complaints:{name}", args=[complaint.number])).content.decode()


# --- the verb ---------------------------------------------------------------------------------------------------
def test_the_second_sees_the_first_and_nobody_sees_themselves(
    clerk: User, colleague: User, complaint: Complaint
) -> None:
    assert meet(clerk, complaint) == []
    assert meet(colleague, complaint) == [("陈静", False)]
    assert meet(clerk, complaint) == [("李伟", False)]


def test_who_has_a_form_open_stands_first_until_the_step_is_taken(
    clerk: User, colleague: User, complaint: Complaint
) -> None:
    third = UserFactory(role="senior", team=clerk.team, display_name="阿宝")
    meet(third, complaint)
    meet(clerk, complaint, writing=True)
    assert meet(colleague, complaint) == [("陈静", True), ("阿宝", False)]
    meet(clerk, complaint)  # another tab of theirs shows the complaint
    assert ("陈静", True) in meet(colleague, complaint)
    presence.put_down(by=clerk, complaint=complaint)
    assert ("陈静", False) in meet(colleague, complaint)


@pytest.mark.parametrize(("seconds", "there"), [(119, True), (120, False)])
def test_whoever_was_not_heard_of_for_two_minutes_has_left(
    clerk: User, colleague: User, complaint: Complaint, clock: Any, seconds: int, there: bool
) -> None:
    meet(clerk, complaint, writing=True)
    clock.shift(seconds * SECOND)
    assert meet(colleague, complaint) == ([("陈静", True)] if there else [])


def test_a_page_that_asks_every_25_seconds_writes_at_most_once_a_minute(
    clerk: User, complaint: Complaint, clock: Any
) -> None:
    writes = []
    for _n in range(24):  # ten minutes
        with CaptureQueriesContext(
            connection,
        ) as asked:
            meet(clerk, complaint)
        writes += [query for query in asked if query["sql"].startswith(("INSERT", "UPDATE"))]
        assert len(asked) <= 4  # its savepoint included
        clock.shift(25 * SECOND)
    assert 0 < len(writes) <= 10
    assert Presence.objects.count() == 1


def test_an_auditor_looks_on_unseen(clerk: User, complaint: Complaint) -> None:
    auditor = UserFactory(role="auditor")
    meet(clerk, complaint)
    assert meet(auditor, complaint) == [("陈静", False)]
    assert meet(clerk, complaint) == []


def test_the_sweep_forgets_who_has_left_and_nobody_else(
    clerk: User, colleague: User, complaint: Complaint, clock: Any
) -> None:
    meet(clerk, complaint)
    clock.shift(100 * SECOND)
    meet(colleague, complaint)
    clock.shift(30 * SECOND)
    assert [tasks.sweep(JobRun(), BEGAN.date())["left"] for _n in range(2)] == [1, 0]
    assert Presence.objects.get().user == colleague


# --- the page ---------------------------------------------------------------------------------------------------
def test_without_a_script_the_page_says_who_is_there(
    client_for: ClientFor, clerk: User, colleague: User, complaint: Complaint
) -> None:
    first, second = client_for(clerk), client_for(colleague)
    assert "looking at this complaint" not in page(first, complaint)
    assert "陈静 is looking at this complaint too." in page(second, complaint)
    assert "李伟 is looking at this complaint too." in page(first, complaint)


def test_a_form_says_that_a_colleague_has_one_open_and_what_happens_then(
    client_for: ClientFor, clerk: User, colleague: User, complaint: Complaint
) -> None:
    first, second = client_for(clerk), client_for(colleague)
    page(first, complaint, "progress")
    text = page(second, complaint, "progress")
    assert "陈静 has a form of this complaint open." in text
    assert "nothing typed is lost" in text
    sent = {"version": str(complaint.version), "channel": "PHONE", "words": "Half of it is done"}
    assert first.post(reverse("complaints:progress", args=[complaint.number]), sent).status_code == 302
    assert "陈静 is looking at this complaint too." in page(second, complaint)


def test_the_poll_answers_only_when_somebody_came_or_went(
    client_for: ClientFor, clerk: User, colleague: User, complaint: Complaint, clock: Any
) -> None:
    first, second = client_for(clerk), client_for(colleague)
    assert poll(first, complaint, known="").status_code == 204
    page(second, complaint, "progress")
    text = poll(first, complaint, known="").content.decode()
    assert "李伟 has a form of this complaint open." in text
    assert "<html" not in text
    assert poll(first, complaint, known=f"{colleague.employee_no}*").status_code == 204
    clock.shift(121 * SECOND)
    assert "李伟" not in poll(first, complaint, known=f"{colleague.employee_no}*").content.decode()


def test_a_poll_is_no_look_no_deed_and_no_activity(
    client_for: ClientFor, clerk: User, complaint: Complaint, clock: Any
) -> None:
    client = client_for(clerk)
    page(client, complaint)
    looks, deeds, left = AccessRecord.objects.count(), AuditEvent.objects.count(), sessions.seconds_left(client.session)
    clock.shift(300 * SECOND)
    assert poll(client, complaint).status_code == 204
    assert (AccessRecord.objects.count(), AuditEvent.objects.count()) == (looks, deeds)
    assert sessions.seconds_left(client.session) == left - 300


def test_a_page_left_open_does_not_outlive_its_session(
    client_for: ClientFor, clerk: User, complaint: Complaint, clock: Any, settings: Any
) -> None:
    client = client_for(clerk)
    page(client, complaint)
    answers = []
    for _n in range(settings.SESSION_IDLE_SECONDS // 25 + 4):
        clock.shift(25 * SECOND)
        answers.append(poll(client, complaint).status_code)
    assert answers[0] == 204
    assert answers[-1] == 401


# --- the stranger -----------------------------------------------------------------------------------------------
def test_who_does_not_see_the_complaint_learns_nothing_and_is_not_noted(
    client_for: ClientFor, clerk: User, complaint: Complaint
) -> None:
    meet(clerk, complaint)
    other = client_for("handler", team=scenes.team())
    assert poll(other, complaint).status_code == 404
    Complaint.objects.update(restricted=True, owner=None)
    assert poll(client_for("agent", team=clerk.team), complaint).status_code == 404
    assert list(Presence.objects.values_list("user", flat=True)) == [clerk.pk]
    assert not AuditEvent.objects.filter(action="complaint.turned_away").exists()


@pytest.mark.parametrize("role", ["planner", "trainer", "sysadmin", "privacy"])
def test_who_reads_no_complaints_is_refused(client_for: ClientFor, complaint: Complaint, role: str) -> None:
    assert poll(client_for(role), complaint).status_code == 403


def test_the_line_is_fetched_by_no_get(client_for: ClientFor, clerk: User, complaint: Complaint) -> None:
    assert client_for(clerk).get(reverse("complaints:presence", args=[complaint.number])).status_code == 405
