"""Every department is told on time, once, of what concerned it, and answers what it will do (6/1.1.31(2); R6.16)."""

from __future__ import annotations

import datetime
from collections.abc import Callable
from typing import Any

import pytest
import time_machine
from django.test import Client
from django.urls import reverse

from complaints import tasks
from complaints.actions import summaries
from complaints.models import SummaryReport
from complaints.tests import scenes
from complaints.tests.test_figures import tell
from crm_site.errors import NotAllowed, RuleBroken, Stale
from crm_site.models import Department, JobRun, Notice, User
from crm_site.tests.factories import DepartmentFactory, TeamFactory, UserFactory
from customers.models import FollowUp
from customers.tests.factories import CustomerFactory

pytestmark = pytest.mark.django_db
ClientFor = Callable[..., Client]
D = datetime.date


def at(text: str) -> Any:
    return time_machine.travel(scenes.local(text), tick=False)


@pytest.fixture
def week(db: None) -> tuple[Department, User]:
    """A week of March 2026: technology is asked about one complaint; legal about none. Returns technology's liaison."""
    it = DepartmentFactory(code="IT", name="Technology", kind=Department.Kind.IT)
    DepartmentFactory(code="LEGAL", name="Legal", kind=Department.Kind.LEGAL)
    DepartmentFactory(code="OUT", kind=Department.Kind.EXTERNAL)
    liaison = UserFactory(role="liaison", team=TeamFactory(code="IT1", department=it))
    with at("2026-03-03 09:00"):
        by = scenes.handler()
        complaint = scenes.planned(by, customer=CustomerFactory(full_name="欧阳娜娜"))
        scenes.received(by)
    with at("2026-03-05 09:00"):
        tell(by, complaint)
    return it, liaison


def issue(text: str) -> int:
    with at(text):
        today = scenes.local(text).date()
        run = JobRun(job="summaries", business_date=today)
        return tasks.issue_summaries(run, today)["issued"]


def totals(summary: SummaryReport) -> dict[str, Any]:
    return {line["measure"]: line["value"] for line in summary.lines if line["section"] == "totals"}


@pytest.mark.usefixtures("week")
def test_on_monday_every_department_is_told_of_its_week_once_and_nil_is_said_too() -> None:
    departments = Department.objects.exclude(kind=Department.Kind.EXTERNAL).count()
    assert issue("2026-03-09 08:00") == 3 * departments  # the week; month and quarter before were never sent
    assert issue("2026-03-09 08:15") == 0
    mine, legal = (SummaryReport.objects.get(kind="WEEKLY", department__code=code) for code in ("IT", "LEGAL"))
    assert (mine.first, mine.last, mine.nil) == (D(2026, 3, 2), D(2026, 3, 8), False)
    assert totals(mine)["received"] == 1
    assert (legal.nil, legal.lines) == (True, [])
    centre = SummaryReport.objects.filter(kind="WEEKLY", department__kind="SERVICE").first()
    assert centre is not None
    assert totals(centre)["received"] == 2


@pytest.mark.parametrize(
    ("today", "kinds"),
    [
        (D(2026, 3, 9), {("WEEKLY", D(2026, 3, 2)), ("MONTHLY", D(2026, 2, 1)), ("QUARTERLY", D(2025, 10, 1))}),
        (D(2026, 10, 7), {("WEEKLY", D(2026, 9, 28))}),  # the holiday still runs
        (D(2026, 10, 8), {("WEEKLY", D(2026, 9, 28)), ("MONTHLY", D(2026, 9, 1)), ("QUARTERLY", D(2026, 7, 1))}),
    ],
)
def test_month_and_quarter_are_due_from_the_first_working_day(
    today: datetime.date, kinds: set[tuple[str, datetime.date]]
) -> None:
    assert {(kind, first) for kind, first, _last in summaries.due(today)} == kinds


@pytest.mark.usefixtures("week")
def test_a_summary_shows_the_week_as_it_stood_whenever_it_is_made() -> None:
    issue("2026-03-09 08:00")
    on_time = SummaryReport.objects.get(kind="WEEKLY", department__code="IT")
    SummaryReport.objects.all().delete()
    with at("2026-03-11 09:00"):
        scenes.received(scenes.handler())
    issue("2026-03-12 08:00")  # the machine was down for three days
    late = SummaryReport.objects.get(kind="WEEKLY", department__code="IT")
    assert (late.lines, late.content_hash) == (on_time.lines, on_time.content_hash)


@pytest.mark.usefixtures("week")
def test_cases_carry_no_name_and_no_number() -> None:
    issue("2026-03-09 08:00")
    summary = SummaryReport.objects.get(kind="WEEKLY", department__code="IT")
    assert [case["decision"] for case in summary.cases] == ["UPHELD"]
    assert "欧阳" not in str(summary.cases)
    assert "TS-" not in str(summary.cases)


def test_its_liaison_is_told_and_promises_an_answer_in_five_working_days(week: tuple[Department, User]) -> None:
    it, liaison = week
    issue("2026-03-09 08:00")
    summary = SummaryReport.objects.get(kind="WEEKLY", department=it)
    notice = Notice.objects.get(to=liaison, about_no=summary.number)
    assert notice.url == reverse("complaints:summary", args=[summary.number])
    promise = FollowUp.objects.get(about_no=summary.number)
    assert (promise.due_on, promise.team, promise.state) == (D(2026, 3, 16), liaison.team, "OPEN")


def test_the_answer_says_what_will_be_done_and_is_given_once(week: tuple[Department, User]) -> None:
    it, liaison = week
    issue("2026-03-09 08:00")
    summary = SummaryReport.objects.get(kind="WEEKLY", department=it)
    with at("2026-03-10 09:00"):
        with pytest.raises(RuleBroken, match="will do"):
            summaries.acknowledge(by=liaison, summary=summary, actions=" ")
        with pytest.raises(NotAllowed):
            summaries.acknowledge(by=UserFactory(role="liaison"), summary=summary, actions="We change it all")
        done = summaries.acknowledge(by=liaison, summary=summary, actions="清算查重本月上线，联系13812345678")
        with pytest.raises(Stale):
            summaries.acknowledge(by=liaison, summary=summary, actions="Again and again")
    assert done.acknowledged_by == liaison
    assert "13812345678" not in done.actions
    assert FollowUp.objects.get(about_no=summary.number).state == "KEPT"


def test_a_nil_summary_is_acknowledged_without_actions(week: tuple[Department, User]) -> None:
    issue("2026-03-09 08:00")
    summary = SummaryReport.objects.get(kind="WEEKLY", department__code="LEGAL")
    head = UserFactory(role="liaison", team=TeamFactory(code="L1", department=summary.department))
    with at("2026-03-10 09:00"):
        assert summaries.acknowledge(by=head, summary=summary, actions="").acknowledged_at is not None
    assert week[1].is_active


# --- doors ------------------------------------------------------------------------------------------------------
def test_the_liaison_reads_and_answers_on_its_page_and_finds_no_other_department_s(
    week: tuple[Department, User], client_for: ClientFor
) -> None:
    it, liaison = week
    issue("2026-03-09 08:00")
    mine, other = (SummaryReport.objects.get(kind="WEEKLY", department__code=code) for code in ("IT", "LEGAL"))
    with at("2026-03-10 09:00"):
        client = client_for(liaison)
        assert mine.number in client.get(reverse("complaints:summaries")).content.decode()
        assert other.number not in client.get(reverse("complaints:summaries") + "?view=all").content.decode()
        page, door = (reverse(f"complaints:{name}", args=[mine.number]) for name in ("summary", "summary_acknowledge"))
        assert "Technology" in client.get(page).content.decode()
        assert client.post(door, {"actions": ""}).status_code == 422
        assert client.post(door, {"actions": "We check files twice."}).status_code == 302
        assert client.post(door, {"actions": "We check files twice."}).status_code == 409
        assert "We check files twice." in client.get(page).content.decode()
        assert client.get(reverse("complaints:summary", args=[other.number])).status_code == 404
        assert client.post(reverse("complaints:summary_acknowledge", args=[other.number]), {}).status_code == 404
        assert client_for("agent").get(reverse("complaints:summaries")).status_code == 403
    assert it.active
