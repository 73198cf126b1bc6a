"""The clock stands still and runs again: what that gives, who decides, and what never waits (domain D.3, D.4)."""

from __future__ import annotations

import datetime
from collections.abc import Callable
from typing import Any

import pytest
import time_machine
from django.test import Client
from django.urls import reverse
from django.utils.translation import override

from complaints import narrative, tasks
from complaints.actions import assessment, pauses
from complaints.models import Clock, Complaint, Pause
from complaints.sla import Level
from complaints.tests import scenes
from crm_site.errors import NotAllowed, RuleBroken, Stale
from crm_site.models import AuditEvent, JobRun, User
from crm_site.tests.factories import UserFactory
from customers.actions import interactions
from customers.models import FollowUp, Interaction

pytestmark = pytest.mark.django_db
ClientFor = Callable[..., Client]
DAY = datetime.timedelta(days=1)


def at(text: str) -> time_machine.travel:
    """The present, in Shanghai, for a ``with``."""
    return time_machine.travel(scenes.local(text), tick=False)


def paused(by: User, complaint: Complaint, until: str | datetime.date = "2026-03-10", **changes: Any) -> Complaint:
    """Paused for the customer, who was told on the phone."""
    return scenes.paused(by, complaint, **{"until": datetime.date.fromisoformat(str(until))} | changes)


def resumed(by: User, complaint: Complaint) -> Complaint:
    return pauses.resume(by=by, complaint=complaint, version=complaint.version)


def signed(complaint: Complaint, by: User | None = None) -> Complaint:
    by = by or UserFactory(role="senior", team=complaint.team)
    return pauses.sign(by=by, complaint=complaint, version=complaint.version)


def due(complaint: Complaint, kind: str = "FEEDBACK") -> str:
    return scenes.promises(complaint)[kind].due_on.isoformat()


@pytest.fixture
def march() -> tuple[User, Complaint]:
    """A moderate complaint of Monday 2 March 2026, in work; its answer is due on Monday 9 March."""
    with at("2026-03-02 10:00"):
        by = scenes.handler()
        complaint = scenes.planned(by)
    assert due(complaint) == "2026-03-09"
    return by, complaint


# --- what a pause gives ------------------------------------------------------------------------------------------
def test_the_worked_example_two_whole_days_between_are_given(march: tuple[User, Complaint]) -> None:
    by, complaint = march
    with at("2026-03-03 15:00"):
        complaint = paused(by, complaint, until="2026-03-09")
    assert due(complaint) == "2026-03-09"
    with at("2026-03-06 11:00"):
        complaint = resumed(by, complaint)
        clock = scenes.promises(complaint)["FEEDBACK"].clock
    assert due(complaint) == "2026-03-11"
    assert (clock.shift, clock.original_due_on.isoformat(), clock.missed) == (2, "2026-03-09", False)
    assert [day["n"] for day in clock.trace if day["why"] == "shift"] == [6, 7]
    assert clock.replaces.follow_up.state == "CANCELLED"


@pytest.mark.parametrize(
    ("began", "ended", "days"),
    [
        ("2026-03-03 09:00", "2026-03-03 17:00", 0),
        ("2026-03-03 15:00", "2026-03-04 09:00", 0),
        ("2026-03-06 15:00", "2026-03-09 09:00", 0),  # a weekend between
        ("2026-02-27 15:00", "2026-03-02 09:00", 1),  # Saturday 28 February works
        ("2026-03-03 15:00", "2026-03-05 09:00", 1),
        ("2026-03-03 15:00", "2026-03-09 09:00", 2),  # three between, two without a signature
    ],
)
def test_only_whole_working_days_between_its_ends_count(began: str, ended: str, days: int) -> None:
    with at("2026-02-26 10:00"):
        by = scenes.handler()
        complaint = scenes.planned(by, Level.SEVERE)
    with at(began):
        complaint = paused(by, complaint, until="2026-03-09", why="EXTERNAL_APPRAISAL")
    with at(ended):
        complaint = resumed(by, complaint)
    assert complaint.round.pauses.get().days == days


def test_a_leader_s_signature_lets_it_give_more_than_two_days(march: tuple[User, Complaint]) -> None:
    by, complaint = march
    with at("2026-03-03 15:00"):
        complaint = signed(paused(by, complaint))
    with at("2026-03-09 11:00"):
        complaint = resumed(by, complaint)
    assert due(complaint) == "2026-03-12"


def test_nobody_signs_their_own_pause_and_nobody_twice(march: tuple[User, Complaint]) -> None:
    by, complaint = march
    leader = UserFactory(role="senior", team=complaint.team)
    with at("2026-03-03 15:00"):
        own = paused(leader, complaint)
        with pytest.raises(NotAllowed, match="Somebody else"):
            signed(own, by=leader)
        complaint = signed(own)
        with pytest.raises(RuleBroken, match="signed already"):
            signed(complaint)


def test_ten_days_are_all_that_pauses_give_in_a_round() -> None:
    with at("2026-03-02 10:00"):
        by = scenes.handler()
        complaint = scenes.planned(by, Level.SEVERE)
    appraisal = {"why": "EXTERNAL_APPRAISAL"}
    with at("2026-03-03 10:00"):
        complaint = signed(paused(by, complaint, until="2026-03-16", **appraisal))
    with at("2026-03-13 10:00"):
        complaint = resumed(by, complaint)
    assert complaint.round.pauses.get().days == 7
    with at("2026-03-16 10:00"):
        with pytest.raises(RuleBroken, match="2026-03-19"):
            paused(by, complaint, until="2026-03-20", **appraisal)
        complaint = signed(paused(by, complaint, until="2026-03-19", **appraisal))
    with at("2026-03-26 10:00"):
        complaint = resumed(by, complaint)
    assert pauses.given(complaint.round) == 10
    with at("2026-03-27 10:00"), pytest.raises(RuleBroken):
        paused(by, complaint, until="2026-03-30", **appraisal)


def test_a_date_that_passes_while_the_clock_stands_still_is_not_missed_one_before_was(
    march: tuple[User, Complaint],
) -> None:
    by, complaint = march
    with at("2026-03-09 15:00"):
        complaint = paused(by, complaint, until="2026-03-13")
    with at("2026-03-12 10:00"):
        complaint = resumed(by, complaint)
        assert due(complaint) == "2026-03-11"
        assert not Clock.objects.filter(missed=True).exists()
        complaint = paused(by, complaint, until="2026-03-18")
    with at("2026-03-17 10:00"):
        complaint = resumed(by, complaint)
    assert Clock.objects.filter(missed=True, kind="FEEDBACK").count() == 1


def test_a_change_of_level_keeps_what_a_pause_gave(march: tuple[User, Complaint]) -> None:
    by, complaint = march
    leader = UserFactory(role="senior", team=complaint.team)
    with at("2026-03-03 15:00"):
        complaint = paused(by, complaint, until="2026-03-09")
    with at("2026-03-06 11:00"):
        complaint = resumed(by, complaint)
        change = {"level": Level.SEVERE, "reason": "More customers"}
        complaint = assessment.change_level(by=leader, complaint=complaint, version=complaint.version, **change)
    assert due(complaint) == "2026-03-18"  # ten days from 2 March are 16 March, and two more


# --- the regulator ----------------------------------------------------------------------------------------------
def test_the_regulator_s_limit_goes_on_while_only_the_customer_is_waited_for(march: tuple[User, Complaint]) -> None:
    by, complaint = march
    before = due(complaint, "REG_FINAL")
    with at("2026-03-03 15:00"):
        complaint = paused(by, complaint, until="2026-03-09")
    with at("2026-03-06 11:00"):
        complaint = resumed(by, complaint)
    assert due(complaint, "REG_FINAL") == before


def test_an_outside_appraisal_moves_the_regulator_s_limit_by_calendar_days(march: tuple[User, Complaint]) -> None:
    by, complaint = march
    before = datetime.date.fromisoformat(due(complaint, "REG_FINAL"))
    with at("2026-03-05 15:00"):
        complaint = signed(paused(by, complaint, until="2026-03-12", why="EXTERNAL_APPRAISAL"))
    with at("2026-03-11 11:00"):
        complaint = resumed(by, complaint)
    assert due(complaint, "REG_FINAL") == (before + 5 * DAY).isoformat()
    assert due(complaint) == "2026-03-12"


# --- what a pause asks for ---------------------------------------------------------------------------------------
@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"told": "  "}, "told"),
        ({"why": "BUSY"}, "why"),
        ({"reason": " "}, "reason"),
        ({"until": datetime.date(2026, 3, 3)}, "until"),
        ({"until": datetime.date(2026, 3, 11)}, "until"),
    ],
)
def test_a_pause_without_what_it_needs_is_refused(
    march: tuple[User, Complaint], changes: dict[str, Any], field: str
) -> None:
    by, complaint = march
    with at("2026-03-03 15:00"), pytest.raises(RuleBroken) as refusal:
        paused(by, complaint, **changes)
    assert refusal.value.field == field
    assert not Pause.objects.exists()


def test_while_it_stands_still_nothing_is_decided(march: tuple[User, Complaint]) -> None:
    by, complaint = march
    leader = UserFactory(role="supervisor", team=complaint.team)
    with at("2026-03-03 15:00"):
        complaint = paused(by, complaint)
        seen = {"complaint": complaint, "version": complaint.version}
        for act in (
            lambda: scenes.resolution.feed_back(by=by, told=scenes.told(), **seen),
            lambda: scenes.resolution.withdraw(by=by, reason="x", read_back=True, **seen),
            lambda: assessment.change_level(by=leader, level=Level.SEVERE, reason="x", **seen),
            lambda: paused(by, complaint),
        ):
            with pytest.raises(RuleBroken, match="paused"):
                act()
        with pytest.raises(Stale):
            pauses.resume(by=by, complaint=complaint, version=complaint.version - 1)


def test_nobody_is_told_of_a_pause_of_an_anonymous_complaint() -> None:
    with at("2026-03-02 10:00"):
        by = scenes.handler()
        complaint = scenes.in_work(by, relation="ANONYMOUS", complainant_name="")
        with pytest.raises(RuleBroken, match="anonymous"):
            paused(by, complaint, until="2026-03-04")


def test_the_pause_is_in_the_customer_s_past_the_diary_and_the_audit_log(march: tuple[User, Complaint]) -> None:
    by, complaint = march
    with at("2026-03-03 15:00"):
        complaint = paused(by, complaint)
    told = Interaction.objects.filter(about_no=complaint.number).latest("pk")
    assert (told.summary, told.direction) == ("We wait for your receipt.", "OUT")
    entry = complaint.diary.latest("pk")
    assert (entry.verb, entry.data["until"]) == ("pause", "2026-03-10")
    assert AuditEvent.objects.filter(action="complaint.pause").count() == 1


# --- by itself --------------------------------------------------------------------------------------------------
def sweep() -> dict[str, int]:
    counts: dict[str, int] = tasks.sweep(JobRun(), datetime.date(2026, 3, 1))
    return counts


def test_after_its_last_day_it_runs_again_by_itself_once(march: tuple[User, Complaint]) -> None:
    by, complaint = march
    with at("2026-03-03 15:00"):
        paused(by, complaint)
    with at("2026-03-10 23:59"):
        assert sweep()["limit"] == 0
    with at("2026-03-11 00:01"):
        assert sweep()["limit"] == 1
        assert sweep()["limit"] == 0
    complaint.refresh_from_db()
    ended = complaint.round.pauses.get()
    assert (complaint.paused_at, ended.ended, ended.days) == (None, "LIMIT", 2)
    assert complaint.diary.latest("pk").by is None
    assert due(complaint) == "2026-03-11"


def test_what_the_customer_says_about_it_ends_the_waiting(march: tuple[User, Complaint]) -> None:
    by, complaint = march
    with at("2026-03-03 15:00"):
        complaint = paused(by, complaint)
    with at("2026-03-04 09:00"):
        interactions.record(by=by, customer=complaint.customer, channel="PHONE", topic="ACCOUNT", summary="Balance?")
        assert sweep()["arrived"] == 0
        interactions.record(by=by, customer=complaint.customer, channel="PHONE", topic="PROGRESS", summary="Sent it.")
        assert sweep()["arrived"] == 1
    assert complaint.round.pauses.get().ended == "ARRIVED"


def test_a_minor_matter_nobody_solved_becomes_moderate_counted_from_receipt() -> None:
    with at("2026-03-02 10:00"):
        by = scenes.handler()
        complaint = scenes.assessed(by, Level.MINOR)
        solved = scenes.fed_back(by, Level.MINOR)
    with at("2026-03-02 23:59"):
        assert sweep()["raised"] == 0
    with at("2026-03-03 00:01"):
        assert sweep()["raised"] == 1
        assert sweep()["raised"] == 0
    complaint.refresh_from_db()
    solved.refresh_from_db()
    assert (complaint.level, solved.level) == (Level.MODERATE.rank, Level.MINOR.rank)
    assert due(complaint) == "2026-03-09"
    assert due(complaint, "ASSESS") == "2026-03-04"
    assert complaint.owner == by
    assert Clock.objects.filter(round__complaint=complaint, kind="FEEDBACK", missed=True).count() == 1
    assert complaint.diary.latest("pk").reason == "Not solved on the spot in time"


def test_the_timetable_gives_its_reason_in_the_readers_language() -> None:
    with at("2026-03-02 10:00"):
        by = scenes.handler()
        complaint = scenes.assessed(by, Level.MINOR)
    with at("2026-03-03 00:01"):
        sweep()
    with override("zh-hans"):
        bodies = [item["body"] for item in narrative.items(complaint)]
    assert any("未能当场解决" in body for body in bodies)


def test_an_open_matter_that_promises_nothing_is_found_and_promises_its_end() -> None:
    with at("2026-03-02 10:00"):
        by = scenes.handler()
        complaint, closed = scenes.planned(by), scenes.closed(by)
        FollowUp.objects.filter(clock__round__complaint=complaint).update(state="CANCELLED", leads=False)
        Complaint.objects.filter(pk=complaint.pk).update(leading=None)
        assert [sweep()["led"], sweep()["led"]] == [1, 0]
    complaint.refresh_from_db()
    closed.refresh_from_db()
    assert complaint.leading is not None
    assert (complaint.leading.leads, complaint.leading.title, closed.leading) == (True, "Bring to an end", None)


# --- doors ------------------------------------------------------------------------------------------------------
def test_a_handler_pauses_and_resumes_on_the_page(client_for: ClientFor, now: datetime.datetime) -> None:
    client = client_for("handler", team=scenes.team())
    complaint = scenes.planned(client.user)  # type: ignore[attr-defined]
    page = reverse("complaints:detail", args=[complaint.number])
    form = client.get(reverse("complaints:pause", args=[complaint.number]))
    assert form.status_code == 200
    sent = {"version": complaint.version, "why": "WAITING_CUSTOMER", "until": "2025-09-29", "channel": "PHONE"}
    short = client.post(reverse("complaints:pause", args=[complaint.number]), sent | {"reason": "Receipt", "told": ""})
    assert short.status_code == 422
    assert "Receipt" in short.content.decode()
    sent |= {"reason": "Receipt", "told": "We wait."}
    assert client.post(reverse("complaints:pause", args=[complaint.number]), sent).status_code == 302
    shown = client.get(page).content.decode()
    assert "It stands still until" in shown
    assert reverse("complaints:resume", args=[complaint.number]) in shown
    assert reverse("complaints:feed_back", args=[complaint.number]) not in shown
    assert "Paused" in client.get(reverse("complaints:list")).content.decode()
    again = {"version": complaint.version + 1, "because": "ARRIVED"}
    assert client.post(reverse("complaints:resume", args=[complaint.number]), again).status_code == 302
    assert "It stands still until" not in client.get(page).content.decode()


@pytest.mark.parametrize("role", ["agent", "auditor", "liaison"])
def test_who_does_not_handle_complaints_pauses_none(client_for: ClientFor, now: datetime.datetime, role: str) -> None:
    team = scenes.team()
    complaint = scenes.planned(scenes.handler(team))
    answer = client_for(role, team=team).post(reverse("complaints:pause", args=[complaint.number]), {})
    assert answer.status_code == 403
    assert not Pause.objects.exists()
