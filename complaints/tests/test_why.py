"""Why a date is what it is, and where the time of a late answer went (peers rows 67, 74)."""

from __future__ import annotations

import datetime
import io
import json
from collections.abc import Callable
from typing import Any
from zoneinfo import ZoneInfo

import pytest
import time_machine
from django.core.management import call_command
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from complaints import clock_face, why
from complaints.actions import applying, assessment, participations, pauses, recalculation
from complaints.actions.recalculation import Choice
from complaints.models import Complaint
from complaints.sla import Level
from complaints.tests import scenes
from complaints.tests.scenes import assessed, handler, in_work, local, promises
from complaints.time_used import Span, Stage, each, time_used
from crm_site.actions import calendar
from crm_site.calendar_seed import read_seed
from crm_site.models import User
from crm_site.tests.factories import DepartmentFactory, TeamFactory, UserFactory

ClientFor = Callable[..., Client]
CALENDAR, TZ = read_seed().calendar(), ZoneInfo("Asia/Shanghai")
D = datetime.date


def span(stage: Stage, began: str, ended: str | None = None, who: str = "") -> Span:
    return Span(stage, local(began), local(ended) if ended else None, who)


OWNER = span(Stage.OWNER, "2026-03-02 10:00", None, "He Jing")
IT = span(Stage.DEPARTMENT, "2026-03-03 11:00", "2026-03-05 16:00", "IT")
CARD = span(Stage.DEPARTMENT, "2026-03-04 11:00", "2026-03-06 16:00", "Card")


@pytest.mark.parametrize(
    ("spans", "start", "until", "parts"),
    [
        ([], "2026-03-02", "2026-03-02 18:00", []),  # nothing is used on the day of receipt
        ([], "2026-03-02", "2026-03-03 18:00", [("NOBODY", "", 1)]),
        ([OWNER], "2026-03-02", "2026-03-09 15:00", [("OWNER", "He Jing", 5)]),
        ([OWNER, IT], "2026-03-02", "2026-03-06 15:00", [("DEPARTMENT", "IT", 2), ("OWNER", "He Jing", 2)]),
        (
            [OWNER, IT, CARD],
            "2026-03-02",
            "2026-03-06 18:00",
            [
                ("DEPARTMENT", "IT", 1),
                ("DEPARTMENT", "Card, IT", 1),
                ("DEPARTMENT", "Card", 1),
                ("OWNER", "He Jing", 1),
            ],
        ),
        (
            [OWNER, span(Stage.ASSESSMENT, "2026-03-02 10:00", "2026-03-04 09:00"), IT],
            "2026-03-02",
            "2026-03-05 18:00",
            [("ASSESSMENT", "", 1), ("DEPARTMENT", "IT", 1), ("OWNER", "He Jing", 1)],
        ),
        (
            [OWNER, span(Stage.PAUSED, "2026-03-03 10:00", "2026-03-06 09:00"), IT],
            "2026-03-02",
            "2026-03-06 18:00",
            [("PAUSED", "", 3), ("OWNER", "He Jing", 1)],
        ),
        (
            [OWNER, span(Stage.PLAN, "2026-03-03 10:00", "2026-03-05 09:00")],
            "2026-03-02",
            "2026-03-05 18:00",
            [("PLAN", "", 2), ("OWNER", "He Jing", 1)],
        ),
        ([OWNER], "2025-09-26", "2025-10-09 09:00", [("NOBODY", "", 4)]),  # Sunday 28 September works, eight days rest
        ([OWNER], "2026-03-06", "2026-03-08 09:00", []),  # over a weekend no working day is used
    ],
)
def test_every_working_day_belongs_to_whom_it_was_waited_for(
    spans: list[Span], start: str, until: str, parts: list[tuple[str, str, int]]
) -> None:
    used = time_used(spans, start=D.fromisoformat(start), until=local(until), calendar=CALENDAR, tz=TZ)
    assert [(str(use.stage), ", ".join(use.who), use.days) for use in used] == parts
    assert sum(use.days for use in used) == max(
        0, CALENDAR.between(D.fromisoformat(start), local(until).astimezone(TZ).date())
    )


def test_what_departments_and_people_took_may_overlap() -> None:
    again = span(Stage.DEPARTMENT, "2026-03-06 11:00", "2026-03-09 16:00", "IT")
    found = each([OWNER, IT, CARD, again], until=local("2026-03-10 12:00"), calendar=CALENDAR, tz=TZ)
    assert [(use.who[0], use.days) for use in found] == [("IT", 3), ("Card", 2), ("He Jing", 6)]


# --- a late complaint -------------------------------------------------------------------------------------------
def late() -> tuple[User, Complaint]:
    """Moderate on Monday 2 March; IT takes until Friday, then the customer is waited for; answered on 18 March."""
    by = handler(role="senior")
    with time_machine.travel(local("2026-03-02 10:00"), tick=False):
        complaint = scenes.received(by)
    with time_machine.travel(local("2026-03-04 09:00"), tick=False):
        judged = scenes.judgement(Level.MODERATE)
        complaint = assessment.assess(by=by, complaint=complaint, version=complaint.version, judgement=judged)
        complaint = scenes.agreed(by, scenes.begun(by, complaint))
    with time_machine.travel(local("2026-03-06 16:00"), tick=False):
        question = complaint.round.participations.get()
        liaison = UserFactory(role="liaison", team=TeamFactory(code="IT9", department=question.department))
        complaint = participations.answer(
            by=liaison, complaint=complaint, version=complaint.version, participation=question, text="Read twice."
        )
        complaint = scenes.paused(by, complaint, until=D(2026, 3, 10))
    with time_machine.travel(local("2026-03-10 15:00"), tick=False):
        complaint = pauses.resume(by=by, complaint=complaint, version=complaint.version)
    with time_machine.travel(local("2026-03-18 10:00"), tick=False):
        complaint = scenes.resolution.feed_back(
            by=by, complaint=complaint, version=complaint.version, told=scenes.told()
        )
    return by, complaint


@pytest.mark.django_db
def test_a_late_answer_says_where_its_days_went() -> None:
    by, complaint = late()
    with time_machine.travel(local("2026-03-20 10:00"), tick=False):
        found = why.used(complaint.round, local("2026-03-20 10:00"))
    parts = [(str(use.stage), use.days) for use in found.parts]
    assert parts == [("ASSESSMENT", 1), ("DEPARTMENT", 2), ("PAUSED", 2), ("OWNER", 7)]
    assert found.total == 12
    assert {use.who[0]: use.days for use in found.each} == {"Technology": 2, by.display_name: 10}


@pytest.mark.django_db
def test_a_date_that_moved_tells_when_by_whom_and_why() -> None:
    by, complaint = late()
    feedback = next(s for s in why.stories(complaint.round, local("2026-03-20 10:00")) if s.clock.kind == "FEEDBACK")
    (move,) = feedback.moves
    assert (move.old, move.new, move.who) == (D(2026, 3, 9), D(2026, 3, 10), by.display_name)
    assert (feedback.first, feedback.late, feedback.kept_at) == (D(2026, 3, 9), True, local("2026-03-18 10:00"))


@pytest.mark.django_db
def test_a_recalculation_stands_in_the_story_with_its_batch_and_who_approved() -> None:
    one, other = UserFactory(role="supervisor"), UserFactory(role="supervisor", display_name="顾清")
    by = handler(role="senior")
    with time_machine.travel(local("2026-07-13 10:00"), tick=False):
        complaint = assessed(by)
        complaint = assessment.change_level(
            by=by, complaint=complaint, version=complaint.version, level=Level.SEVERE, reason="Many customers"
        )
        calendar.set_day(by=one, date=D(2026, 7, 15), is_working=False, kind="HOLIDAY", name="Typhoon")
        batch = recalculation.propose(by=one, choice=Choice(), reason="Typhoon day")
        recalculation.approve(by=other, batch=batch)
        applying.apply_due()
        feedback = next(
            s for s in why.stories(complaint.round, local("2026-07-13 11:00")) if s.clock.kind == "FEEDBACK"
        )
    moves = [(str(m.old), str(m.new), m.reason, m.batch, m.approver) for m in feedback.moves]
    assert moves == [
        ("2026-07-20", "2026-07-27", "Many customers", "", ""),
        ("2026-07-27", "2026-07-28", "Typhoon day", batch.number, "顾清"),
    ]
    assert str(feedback.first) == "2026-07-20"


@pytest.mark.django_db
def test_the_command_explains_the_same() -> None:
    _by, complaint = late()
    out = io.StringIO()
    with time_machine.travel(local("2026-03-20 10:00"), tick=False):
        call_command("explain", "due", complaint.number, "--json", stdout=out)
    answer: dict[str, Any] = json.loads(out.getvalue())
    promise = next(p for p in answer["promises"] if p["kind"] == "FEEDBACK" and p["state"] == "KEPT")
    assert (promise["late"], promise["first_promised_for"], promise["given_by_pauses"]) == (True, "2026-03-09", 1)
    assert promise["moves"][0]["old"] == "2026-03-09"
    (used,) = answer["time_used"]
    assert used["working_days"] == 12
    assert {"what": "DEPARTMENT", "who": ["Technology"], "days": 2} in used["waited_for"]


# --- two clocks at once -----------------------------------------------------------------------------------------
@pytest.mark.django_db
def test_where_the_regulator_comes_first_both_clocks_are_shown_and_why(client_for: ClientFor) -> None:
    with time_machine.travel(local("2026-02-10 10:00"), tick=False):
        complaint = in_work(handler(), Level.SEVERE)
        client = client_for("supervisor")
        page = client.get(reverse("complaints:detail", args=[complaint.number])).content.decode()
        sent = {"nature": "COMPLAINT", "level": "SEVERE", "channel": "PHONE", "source": "DIRECT"}
        sent |= {"received_at": "2026-02-10T10:00"}
        preview = client.post(reverse("complaints:due_preview"), sent).content.decode()
    for text in (page, preview):
        assert "the earlier date rules" in text
        assert "2 Mar" in text and "25 Feb" in text and "15 calendar days" in text


@pytest.mark.django_db
def test_where_the_handbook_comes_first_nothing_is_said(now: datetime.datetime) -> None:
    opened = promises(assessed(handler()))
    faces = {kind: clock_face.of_clock(promise.clock, now) for kind, promise in opened.items()}
    assert clock_face.conflict(faces["FEEDBACK"], [faces["REG_FINAL"]]) == ""
    assert clock_face.conflict(None, [faces["REG_FINAL"]]) == ""


# --- the page ---------------------------------------------------------------------------------------------------
def url(complaint: Complaint) -> str:
    return reverse("complaints:why", args=[complaint.number])


@pytest.mark.django_db
def test_the_page_tells_rules_days_moves_and_time(client_for: ClientFor) -> None:
    _by, complaint = late()
    with time_machine.travel(local("2026-03-20 10:00"), tick=False):
        client = client_for("supervisor")
        assert url(complaint) in client.get(reverse("complaints:detail", args=[complaint.number])).content.decode()
        page = client.get(url(complaint)).content.decode()
    for text in ("HANDBOOK_CN 1", "First promised for", "How the date moved", "Technology", "12 working days", "late"):
        assert text in page


@pytest.mark.django_db
def test_the_page_asks_the_same_however_many_departments_helped(client_for: ClientFor, now: datetime.datetime) -> None:
    by = handler(role="senior")
    complaint = in_work(by)
    client, counts = client_for("supervisor"), []
    client.get(url(complaint))
    for code in ("LEGAL", "CARD"):
        with CaptureQueriesContext(connection) as asked:
            client.get(url(complaint))
        counts.append(len(asked))
        complaint = participations.invite(
            by=by,
            complaint=complaint,
            version=complaint.version,
            departments=[DepartmentFactory(code=code)],
            task="What do the logs say?",
        )
    assert counts[0] == counts[1]


@pytest.mark.django_db
def test_whoever_does_not_find_the_complaint_does_not_find_its_reasons(client_for: ClientFor) -> None:
    _by, complaint = late()
    assert client_for("agent").get(url(complaint)).status_code == 404
    assert client_for("analyst").get(url(complaint)).status_code == 403
