"""A silent department is reminded once; owners hear what falls due, in working time (R6.11; peers row 68)."""

from __future__ import annotations

import datetime
from typing import Any

import pytest
import time_machine
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils.module_loading import import_string

from complaints.actions import chasing, handling, participations
from complaints.models import Complaint
from complaints.tests import scenes
from crm_site.celery import job
from crm_site.models import Notice, User
from crm_site.testing import table_hash
from crm_site.tests.factories import JobRunFactory, TeamFactory, UserFactory

pytestmark = pytest.mark.django_db


def remind(text: str) -> int:
    """A sweep at this moment."""
    with time_machine.travel(scenes.local(text), tick=False):
        return chasing.remind_departments(now=scenes.local(text))


def digest(text: str) -> int:
    """The digest at this moment."""
    with time_machine.travel(scenes.local(text), tick=False):
        return chasing.digest(now=scenes.local(text))


@pytest.fixture
def liaison(now: datetime.datetime) -> User:
    made: User = UserFactory(role="liaison", team=TeamFactory(code="IT1", department=scenes.department()))
    return made


def test_a_department_silent_for_a_working_day_is_reminded_once_and_so_is_the_handler(liaison: User) -> None:
    by = scenes.handler()
    complaint = scenes.in_work(by)  # IT owes its answer on Monday 29 September
    assert [remind(day) for day in ("2025-09-30 09:00", "2025-09-30 23:59")] == [0, 0]
    assert [remind(day) for day in ("2025-10-01 00:00", "2025-10-09 09:00")] == [1, 0]
    told = {notice.to: notice for notice in Notice.objects.filter(kind="silent")}
    assert set(told) == {liaison, by}
    assert told[liaison].needs_ack and not told[by].needs_ack
    assert told[liaison].deliver_at == scenes.local("2025-10-09 09:00")  # nobody is there on a holiday
    assert "Technology has not answered" in told[by].text
    assert told[by].about_no == complaint.number


def test_a_department_that_answered_is_left_alone(liaison: User) -> None:
    by = scenes.handler()
    complaint = scenes.in_work(by)
    question = complaint.round.participations.get()
    participations.answer(
        by=liaison, complaint=complaint, version=complaint.version, participation=question, text="Read it."
    )
    assert remind("2025-10-09 09:00") == 0


def test_while_the_clock_stands_still_no_department_is_reminded(liaison: User) -> None:
    by = scenes.handler()
    scenes.paused(by, scenes.in_work(by))
    assert remind("2025-10-09 09:00") == 0


# --- what falls due ---------------------------------------------------------------------------------------------
def due(by: User, received: str, n: int = 1) -> None:
    """Moderate complaints in work, received then; the customer knows of the progress, only the answer is owed."""
    with time_machine.travel(scenes.local(received), tick=False):
        for _n in range(n):
            made = scenes.planned(by)
            handling.tell_progress(
                by=by, complaint=made, version=made.version, channel="PHONE", summary="IT looks at it"
            )


def test_the_owner_hears_in_the_afternoon_what_falls_due_tomorrow(now: datetime.datetime) -> None:
    by = scenes.handler()
    due(by, "2025-09-26 10:00", 2)  # due Friday 10 October
    assert [digest(text) for text in ("2025-10-09 16:00", "2025-10-09 16:15")] == [1, 0]
    notice = Notice.objects.get(to=by, kind="digest")
    assert notice.text == "Tomorrow 2 of your complaints fall due; 0 are late"
    assert notice.url == "/complaints/?view=my-open&due=tomorrow"


def test_in_the_morning_what_falls_due_today_and_after_it_what_is_late(now: datetime.datetime) -> None:
    by = scenes.handler()
    due(by, "2025-09-26 10:00")
    due(by, "2025-09-28 10:00")  # due Saturday 11 October, which works
    assert digest("2025-10-10 09:00") == 1
    assert digest("2025-10-11 09:00") == 1
    assert [notice.text for notice in Notice.objects.filter(kind="digest").order_by("pk")] == [
        "Today 1 of your complaints fall due; 0 are late",
        "Today 1 of your complaints fall due; 1 are late",
    ]


def test_before_days_off_the_next_working_day_is_named(now: datetime.datetime) -> None:
    by = scenes.handler()
    due(by, "2025-09-24 10:00")  # due Tuesday 30 September
    due(by, "2025-09-25 10:00")  # due Thursday 9 October
    assert digest("2025-09-30 16:00") == 1
    notice = Notice.objects.get(kind="digest")
    assert notice.text.startswith("On the next working day, Thu 9 Oct, 1 of your")
    assert notice.url.endswith("due=soon")


@pytest.mark.parametrize("text", ["2025-10-05 16:00", "2025-10-09 08:59", "2025-10-09 20:00"])
def test_outside_working_time_nobody_hears_anything(text: str, now: datetime.datetime) -> None:
    by = scenes.handler()
    due(by, "2025-09-26 10:00")
    assert digest(text) == 0


def test_who_has_nothing_due_or_paused_hears_nothing(now: datetime.datetime) -> None:
    by = scenes.handler()
    due(by, "2025-09-26 10:00")
    Complaint.objects.update(paused_at=now)
    assert digest("2025-10-09 16:00") == 0


def test_the_digest_asks_as_little_for_three_owners_as_for_one(now: datetime.datetime) -> None:
    def queries(text: str) -> int:
        with CaptureQueriesContext(connection) as asked:
            digest(text)
        return len(asked)

    due(scenes.handler(), "2025-09-26 10:00")
    one = queries("2025-10-09 16:00")
    for _n in range(3):
        due(scenes.handler(), "2025-09-26 10:00")
    Notice.objects.all().delete()
    assert queries("2025-10-09 16:00") == one


@pytest.mark.parametrize("name", ["complaints_due_today", "complaints_due_next", "complaint_clocks"])
def test_running_a_job_of_the_ladder_twice_is_running_it_once(name: str, now: datetime.datetime) -> None:
    due(scenes.handler(), "2025-09-26 10:00")
    work: Any = import_string(job(name).task)
    with time_machine.travel(scenes.local("2025-10-10 09:00"), tick=False):
        run = JobRunFactory()
        work(run, datetime.date(2025, 10, 10))
        once = table_hash()
        work(run, datetime.date(2025, 10, 10))
        assert table_hash() == once
