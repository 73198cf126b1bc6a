"""Warnings go up the ladder, each once, to more people each time, and are answered (handbook 6/1.1.30; domain D.6)."""

from __future__ import annotations

import datetime
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import pytest
import time_machine
from django.db import DatabaseError, connection, transaction
from django.test import Client
from django.test.utils import CaptureQueriesContext

from complaints.actions import assessment, escalation, handling, pauses, recovery
from complaints.models import Clock, Complaint, Escalation, Lateness
from complaints.sla import Level
from complaints.tests import scenes
from crm_site.actions import notices
from crm_site.errors import RuleBroken
from crm_site.models import AuditEvent, Notice, Team, User
from crm_site.tests.factories import DepartmentFactory, TeamFactory, UserFactory
from customers.models import FollowUp, Interaction

pytestmark = pytest.mark.django_db
ClientFor = Callable[..., Client]


@contextmanager
def when(text: str) -> Iterator[datetime.datetime]:
    """At a moment in Shanghai."""
    moment = scenes.local(text if " " in text else f"{text} 09:00")
    with time_machine.travel(moment, tick=False):
        yield moment


def climb(text: str) -> dict[str, int]:
    """A sweep at this moment."""
    with when(text) as now:
        return escalation.climb(now=now)


class Staff:
    """Everybody a late complaint is a matter for."""

    def __init__(self, settings: Any) -> None:
        self.head, self.it_head = UserFactory(role="approver"), UserFactory(role="approver")
        service = DepartmentFactory(code="SVC", head=self.head)
        self.team = TeamFactory(code="C1", department=service, purpose=Team.Purpose.COMPLAINT)
        self.owner = UserFactory(role="handler", team=self.team)
        self.leader = UserFactory(role="senior", team=self.team)
        self.manager = UserFactory(role="supervisor", team=self.team)
        it = scenes.department()
        it.head = self.it_head
        it.save()
        self.liaison = UserFactory(role="liaison", team=TeamFactory(code="IT1", department=it))
        self.officer, self.deputy = UserFactory(username="cpo", role="privacy"), UserFactory(username="dgm")
        settings.CONSUMER_PROTECTION_OFFICERS, settings.DEPUTY_GENERAL_MANAGERS = ["cpo", "nobody"], ["dgm"]

    def told(self, name: str) -> set[User]:
        """Who has been told at a rung."""
        return {notice.to for notice in Notice.objects.filter(dedupe_key__contains=f":{name}:").select_related("to")}


@pytest.fixture
def staff(settings: Any, now: datetime.datetime) -> Staff:
    return Staff(settings)


def names(complaint: Complaint, state: str = "SENT") -> list[str]:
    rows = Escalation.objects.filter(clock__round__complaint=complaint, state=state, clock__kind="FEEDBACK")
    return list(rows.values_list("threshold", flat=True))


def test_each_rung_adds_people_and_drops_nobody(staff: Staff) -> None:
    complaint = scenes.planned(staff.owner)
    expected = {staff.owner}
    added = {
        "2025-09-30": ("T2", {staff.leader}),
        "2025-10-09": ("T3", {staff.manager, staff.liaison}),
        "2025-10-10": ("T4", set()),
        "2025-10-11 00:00": ("B0", {staff.head, staff.it_head, staff.officer}),
        "2025-10-14": ("B1", {staff.deputy}),
        "2025-10-16": ("B2", set()),
        "2025-10-23": ("B2", set()),
    }
    for moment, (name, more) in added.items():
        expected |= more
        climb(moment)
        assert staff.told(name) == expected, name
        complaint.refresh_from_db()
        assert complaint.owner == staff.owner
    assert names(complaint) == ["T2", "T3", "T4", "B0", "B1", "B2", "B2"]
    assert names(complaint, "SKIPPED") == []


def test_a_rung_is_told_once_however_often_the_sweep_runs(staff: Staff) -> None:
    scenes.planned(staff.owner)
    assert climb("2025-09-30")["warned"] == 1
    before = Notice.objects.count()
    for moment in ("2025-09-30", "2025-09-30 09:15", "2025-09-30 18:00"):
        assert climb(moment) == {"warned": 0, "passed_over": 0, "notices": 0}
    Clock.objects.filter(kind="FEEDBACK").update(ladder_at=scenes.local("2025-09-30 09:00"))  # a sweep died halfway
    assert climb("2025-09-30 18:15")["warned"] == 0
    assert Notice.objects.count() == before


def test_without_a_plan_the_owner_hears_it_and_with_one_nobody_does(staff: Staff) -> None:
    unplanned, planned = scenes.assessed(staff.owner), scenes.planned(staff.owner)
    climb("2025-09-29")
    assert (names(unplanned), names(planned)) == (["T1"], [])
    assert staff.told("T1") == {staff.owner}


def test_a_scanner_down_three_days_tells_the_highest_and_passes_the_others_over(staff: Staff) -> None:
    complaint = scenes.planned(staff.owner)
    climb("2025-10-14 11:00")
    assert names(complaint) == ["B1"]
    assert names(complaint, "SKIPPED") == ["T2", "T3", "T4", "B0"]
    assert FollowUp.objects.filter(kind="RECOVER", about_no=complaint.number, owner=staff.owner).count() == 1
    assert Notice.objects.filter(to=staff.owner, kind="ladder").exclude(dedupe_key__contains=":P0:").count() == 1


def test_what_is_due_on_a_day_off_is_told_on_the_next_working_morning(staff: Staff) -> None:
    scenes.planned(staff.owner)
    climb("2025-10-10")
    climb("2025-10-11 00:00")  # the Saturday works; nobody is there at midnight
    notice = Notice.objects.get(to=staff.officer)
    assert (notice.at, notice.deliver_at) == (scenes.local("2025-10-11 00:00"), scenes.local("2025-10-11 09:00"))
    with when("2025-10-11 08:59") as now:
        assert not Notice.objects.visible_to(staff.officer).delivered(now).exists()


def test_a_minor_matter_is_red_at_four_and_late_before_it_is_raised(staff: Staff) -> None:
    complaint = scenes.assessed(staff.owner, Level.MINOR)
    climb("2025-09-26 16:00")
    assert names(complaint) == ["T3"]
    with when("2025-09-27 00:00") as now:
        escalation.climb(now=now)
        assert assessment.raise_unsolved(now=now) == 1
    assert names(complaint) == ["T3", "B0"]
    complaint.refresh_from_db()
    assert complaint.level == Complaint.Level.MODERATE
    climb("2025-09-30")
    assert names(complaint)[-1] == "T2"


def test_nobody_is_warned_while_the_clock_stands_still_and_again_afterwards(staff: Staff) -> None:
    complaint = scenes.paused(staff.owner, scenes.planned(staff.owner))
    climb("2025-09-30")
    assert names(complaint) == []
    with when("2025-10-09 10:00"):
        pauses.resume(by=staff.owner, complaint=complaint, version=complaint.version)
    climb("2025-10-10")  # the pause gave two days, one of them the Saturday: due on the 13th
    assert names(complaint) == ["T2"]


def test_once_answered_nobody_is_warned_and_the_recovery_is_kept(staff: Staff) -> None:
    complaint = scenes.planned(staff.owner)
    climb("2025-10-09")
    recover = FollowUp.objects.get(kind="RECOVER")
    assert (recover.owner, recover.due_on) == (staff.owner, datetime.date(2025, 10, 10))
    with when("2025-10-09 15:00"):
        fresh = Complaint.objects.get(pk=complaint.pk)
        scenes.resolution.feed_back(by=staff.owner, complaint=fresh, version=fresh.version, told=scenes.told())
    recover.refresh_from_db()
    assert recover.state == "KEPT"
    climb("2025-10-20")
    assert names(complaint) == ["T3"]


def test_a_late_complaint_owes_a_review_meeting_of_its_leader(staff: Staff) -> None:
    staff.team.leader = staff.leader
    staff.team.save()
    scenes.planned(staff.owner)
    for moment in ("2025-10-14", "2025-10-16"):
        climb(moment)
    meeting = FollowUp.objects.get(kind="REVIEW")
    assert (meeting.owner, meeting.due_on) == (staff.leader, datetime.date(2025, 10, 15))


def test_the_assessment_missing_after_a_working_day_reaches_the_leaders(staff: Staff) -> None:
    scenes.received(staff.owner)
    climb("2025-09-29 00:00")
    assert staff.told("A0") == {staff.owner, staff.leader, staff.manager}


def test_missing_news_is_an_amber_notice_to_the_owner(staff: Staff) -> None:
    scenes.planned(staff.owner)
    climb("2025-10-01 00:00")
    assert staff.told("P0") == {staff.owner}


def test_what_nobody_owns_is_the_leaders_matter(staff: Staff) -> None:
    complaint = scenes.planned(staff.owner)
    Complaint.objects.filter(pk=complaint.pk).update(owner=None)
    climb("2025-09-30")
    assert staff.told("T2") == {staff.leader}
    User.objects.filter(pk=staff.leader.pk).update(status=User.Status.LEFT)
    climb("2025-10-01 00:00")
    assert staff.told("P0") == {staff.manager}


def test_a_rung_once_told_cannot_be_untold(staff: Staff) -> None:
    scenes.planned(staff.owner)
    climb("2025-09-30")
    with pytest.raises(DatabaseError, match="append-only"), transaction.atomic():
        Escalation.objects.update(state="SKIPPED")
    event = AuditEvent.objects.filter(action="complaint.escalate").latest("seq")
    assert event.after == {"T2": [Complaint.objects.get().number]}


def test_a_sweep_that_finds_nothing_asks_one_question(staff: Staff) -> None:
    scenes.planned(staff.owner)
    with when("2025-09-26 10:30") as now, CaptureQueriesContext(connection) as asked:
        escalation.climb(now=now)
    assert len([query for query in asked if query["sql"].startswith("SELECT")]) == 1


def test_a_sweep_asks_as_little_for_three_as_for_one(staff: Staff) -> None:
    def queries() -> int:
        Clock.objects.exclude(kind="FEEDBACK").update(ladder_at=None)
        with when("2025-09-30") as now, CaptureQueriesContext(connection) as asked:
            escalation.climb(now=now)
        return len(asked)

    scenes.planned(staff.owner)
    one = queries()
    for _n in range(3):
        scenes.planned(staff.owner)
    assert queries() <= one


# --- why it was late --------------------------------------------------------------------------------------------
def explain(by: User, complaint: Complaint, **fields: Any) -> Complaint:
    said: dict[str, Any] = {"why": "DEPARTMENT", "until": datetime.date(2025, 9, 30), "channel": "PHONE"}
    said |= {"told": "IT answers on Tuesday; so do we.", "note": "IT was late", **fields}
    return recovery.explain_late(by=by, complaint=complaint, version=complaint.version, **said)


def test_who_is_late_says_why_and_gives_the_customer_a_new_date(staff: Staff) -> None:
    complaint = explain(staff.owner, scenes.late(staff.owner))
    said = Lateness.objects.get()
    assert (said.reason, said.words, said.by) == ("DEPARTMENT", "IT was late", staff.owner)
    assert said.promise is not None
    assert (said.promise.kind, said.promise.due_on) == ("PROMISE", datetime.date(2025, 9, 30))
    assert complaint.diary.latest("pk").data == {"why": "DEPARTMENT", "until": "2025-09-30"}
    assert Interaction.objects.filter(title="Customer told of the delay", about_no=complaint.number).count() == 1
    with pytest.raises(RuleBroken, match="No late answer"):
        explain(staff.owner, complaint)
    scenes.resolution.feed_back(by=staff.owner, complaint=complaint, version=complaint.version, told=scenes.told())
    said.promise.refresh_from_db()
    assert said.promise.state == "KEPT"


@pytest.mark.parametrize(
    ("wrong", "field"),
    [
        ({"why": ""}, "why"),
        ({"why": "WEATHER"}, "why"),
        ({"until": None}, "until"),
        ({"until": datetime.date(2025, 9, 25)}, "until"),
        ({"until": datetime.date(2025, 10, 3)}, "until"),  # a holiday
        ({"until": datetime.date(2026, 9, 25)}, "until"),
        ({"told": "  "}, "told"),
    ],
)
def test_no_reason_no_date_and_no_words_are_no_explanation(staff: Staff, wrong: dict[str, Any], field: str) -> None:
    complaint = scenes.late(staff.owner)
    with pytest.raises(RuleBroken) as refused:
        explain(staff.owner, complaint, **wrong)
    assert refused.value.field == field
    assert not Lateness.objects.exists()


def test_what_is_not_late_is_not_explained(staff: Staff) -> None:
    with pytest.raises(RuleBroken, match="No late answer"):
        explain(staff.owner, scenes.planned(staff.owner))


def test_an_answer_given_late_is_explained_without_a_new_date(staff: Staff) -> None:
    complaint = scenes.late(staff.owner)
    complaint = scenes.resolution.feed_back(
        by=staff.owner, complaint=complaint, version=complaint.version, told=scenes.told()
    )
    explain(staff.owner, complaint, until=None, told="", channel="")
    assert Lateness.objects.get().promise is None


# --- doors ------------------------------------------------------------------------------------------------------
def test_the_page_shows_who_was_told_and_takes_the_acknowledgement(staff: Staff, client_for: ClientFor) -> None:
    complaint = scenes.planned(staff.owner)
    with when("2025-10-09 10:00") as now:
        client = client_for("supervisor", team=staff.team)
        person = client.user  # type: ignore[attr-defined]
        escalation.climb(now=now)
        page = client.get(f"/complaints/{complaint.number}/").content.decode()
        notice = Notice.objects.get(to=person)
        assert "At risk" in page and str(staff.leader) in page
        door = f"/notices/{notice.pk}/acknowledge/"
        assert door in page
        assert client.post(door, {"next": f"/complaints/{complaint.number}/"}).status_code == 302
        page = client.get(f"/complaints/{complaint.number}/").content.decode()
        assert door not in page
        assert AuditEvent.objects.filter(action="notice.acknowledge").count() == 1


def test_the_form_explains_a_delay_and_keeps_what_was_typed(staff: Staff, client_for: ClientFor) -> None:
    complaint = scenes.late(staff.owner)
    client = client_for("handler", team=staff.team)
    door = f"/complaints/{complaint.number}/explain-late/"
    assert door in client.get(f"/complaints/{complaint.number}/").content.decode()
    sent = {"version": complaint.version, "why": "OVERLOAD", "until": "2025-10-03", "channel": "PHONE"}
    refused = client.post(door, sent | {"told": "我们节后答复您"})
    assert refused.status_code == 422
    assert "我们节后答复您" in refused.content.decode()
    for status in (302, 409):
        assert client.post(door, sent | {"told": "我们节后答复您", "until": "2025-09-30"}).status_code == status
    page = client.get(f"/complaints/{complaint.number}/").content.decode()
    assert "Too much work at once" in page and "New date told" in page
    assert Lateness.objects.count() == 1


def test_a_stranger_explains_nothing(staff: Staff, client_for: ClientFor) -> None:
    complaint = scenes.late(staff.owner)
    other = client_for("handler", team=TeamFactory(code="C9"))
    assert other.post(f"/complaints/{complaint.number}/explain-late/", {"why": "OVERLOAD"}).status_code == 404
    assert client_for("analyst").get(f"/complaints/{complaint.number}/explain-late/").status_code == 403


def test_who_is_told_of_a_complaint_finds_it(staff: Staff) -> None:
    """A department's head who is a liaison was never asked for an answer, and is told that it is late."""
    complaint = scenes.planned(staff.owner)
    head = UserFactory(role="liaison", team=TeamFactory(code="L1"))
    assert not Complaint.objects.visible_to(head).exists()
    with when("2025-10-11 09:00") as now:
        notices.tell(
            to=[head],
            kind="ladder",
            title="Late",
            values={},
            about_kind="complaint",
            about_no=complaint.number,
            dedupe="ladder:1:B0:0",
            needs_ack=True,
            at=now,
        )
    assert Complaint.objects.visible_to(head).get() == complaint


def test_progress_told_ends_the_warning_of_missing_news(staff: Staff) -> None:
    complaint = scenes.planned(staff.owner)
    handling.tell_progress(
        by=staff.owner, complaint=complaint, version=complaint.version, channel="PHONE", summary="IT looks at it"
    )
    climb("2025-10-01 00:00")
    assert staff.told("P0") == set()
