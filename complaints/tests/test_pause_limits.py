"""The end of a pause is announced to staff, and a customer who let it pass is reminded (domain D.3, D.6)."""

from __future__ import annotations

import datetime

import pytest
import time_machine

from complaints import tasks
from complaints.actions import pauses
from complaints.models import Complaint
from complaints.tests import scenes
from crm_site.models import JobRun, Notice, User
from crm_site.tests.factories import UserFactory
from customers.models import FollowUp

pytestmark = pytest.mark.django_db
D = datetime.date


def at(text: str) -> time_machine.travel:
    """The present, in Shanghai, for a ``with``."""
    return time_machine.travel(scenes.local(text), tick=False)


def sweep() -> dict[str, int]:
    counts: dict[str, int] = tasks.sweep(JobRun(), D(2026, 3, 1))
    return counts


@pytest.fixture
def march() -> tuple[User, Complaint]:
    """A moderate complaint of Monday 2 March 2026 with a plan."""
    with at("2026-03-02 10:00"):
        by = scenes.handler()
        return by, scenes.planned(by)


def told() -> list[tuple[str, str]]:
    rows = Notice.objects.filter(kind="pause").order_by("pk").select_related("to")
    return [(notice.to.username, str(notice.text)) for notice in rows]


def test_the_end_of_a_pause_is_announced_once_on_the_working_day_before_its_last(march: tuple[User, Complaint]) -> None:
    by, complaint = march
    with at("2026-03-03 15:00"):
        complaint = scenes.paused(by, complaint, until=D(2026, 3, 10))  # until Tuesday the 10th
        assert sweep()["announced"] == 0
    with at("2026-03-08 10:00"):  # a Sunday: Monday is not the last day yet
        assert sweep()["announced"] == 0
    with at("2026-03-09 09:00"):
        assert [sweep()["announced"], sweep()["announced"]] == [1, 0]
        [(name, text)] = told()
        assert name == by.username
        assert "not signed" in text
        assert not Notice.objects.exclude(kind="pause").exists()  # nothing else is said while it stands still
    with at("2026-03-10 09:00"):
        assert sweep()["announced"] == 0


def test_a_signed_pause_is_announced_to_its_owner_alone_and_an_ended_one_to_nobody(
    march: tuple[User, Complaint],
) -> None:
    by, complaint = march
    leader = UserFactory(role="senior", team=by.team)
    with at("2026-03-03 15:00"):
        complaint = scenes.paused(by, complaint, until=D(2026, 3, 10))
        complaint = pauses.sign(by=leader, complaint=complaint, version=complaint.version)
    with at("2026-03-09 09:00"):
        sweep()
        [(name, text)] = told()
        assert (name, "not signed" in text) == (by.username, False)
        complaint.refresh_from_db()
        complaint = pauses.resume(by=by, complaint=complaint, version=complaint.version)
    with at("2026-03-09 10:00"):
        scenes.paused(by, complaint, until=D(2026, 3, 11))
    with at("2026-03-09 11:00"):
        complaint.refresh_from_db()
        pauses.resume(by=by, complaint=complaint, version=complaint.version)
    with at("2026-03-11 09:00"):
        assert sweep()["announced"] == 0


def test_a_customer_who_let_the_time_pass_is_reminded_twice_before_the_result_is_served(
    march: tuple[User, Complaint],
) -> None:
    by, complaint = march
    with at("2026-03-03 15:00"):
        scenes.paused(by, complaint, until=D(2026, 3, 10))
    with at("2026-03-11 00:01"):
        sweep()
    owed = FollowUp.objects.open().filter(kind="CALLBACK", about_no=complaint.number).order_by("due_on")
    assert [(promise.due_on.isoformat(), promise.owner) for promise in owed] == [("2026-03-12", by), ("2026-03-17", by)]
    with at("2026-03-11 10:00"):
        complaint.refresh_from_db()
        scenes.resolution.feed_back(by=by, complaint=complaint, version=complaint.version, told=scenes.told())
    assert not owed.all().exists()
