"""A cause that comes again is proposed, changed, and counted until it comes less (handbook 6/1.1.31(3); R6.17)."""

from __future__ import annotations

import datetime
import re
from collections.abc import Callable
from html import unescape
from typing import Any

import pytest
import time_machine
from django.test import Client
from django.urls import reverse

from complaints import improving, tasks
from complaints.actions import improvements
from complaints.improving import Status
from complaints.models import Improvement
from complaints.sla import Level
from complaints.tests import scenes
from crm_site.errors import NotAllowed, RuleBroken, Stale
from crm_site.models import AuditEvent, Department, JobRun, User
from crm_site.tests.factories import DepartmentFactory, TeamFactory, UserFactory
from customers.models import FollowUp

pytestmark = pytest.mark.django_db
ClientFor = Callable[..., Client]
D = datetime.date


def at(text: str) -> Any:
    return time_machine.travel(scenes.local(text), tick=False)


@pytest.mark.parametrize(
    ("recent", "before", "again"),
    [(3, 0, True), (2, 0, False), (2, 6, True), (2, 7, False), (1, 1, False), (0, 0, False), (4, 60, True)],
)
def test_three_in_thirty_days_or_twice_the_monthly_mean_is_recurring(recent: int, before: int, again: bool) -> None:
    assert improving.recurs(recent, before) is again


def test_the_day_of_the_change_belongs_to_neither_window() -> None:
    before, after = improving.windows(D(2026, 3, 10), 30)
    assert before == (D(2026, 2, 8), D(2026, 3, 9))
    assert after == (D(2026, 3, 11), D(2026, 4, 9))


@pytest.fixture
def boss(db: None) -> User:
    made: User = UserFactory(role="supervisor")
    return made


def complain(by: User, times: int) -> None:
    for _n in range(times):
        scenes.assessed(by, Level.MODERATE)


def proposed(boss: User, **fields: Any) -> Improvement:
    idea = improvements.Idea(
        title="清算报文查重", cause="FEES", change="Check for duplicates before booking.", **fields
    )
    return improvements.propose(by=boss, idea=idea)


def done(boss: User, owner: User) -> Improvement:
    """In effect since 10 March 2026."""
    with at("2026-03-01 09:00"):
        made = proposed(boss)
        made = improvements.approve(by=boss, improvement=made, version=made.version, owner=owner, due_on=D(2026, 3, 15))
        made = improvements.start(by=owner, improvement=made, version=made.version)
    with at("2026-03-10 18:00"):
        return improvements.finish(by=owner, improvement=made, version=made.version)


# --- the detector -----------------------------------------------------------------------------------------------
def test_the_detector_proposes_one_improvement_for_a_cause_that_recurs_and_only_one(boss: User) -> None:
    with at("2026-03-05 09:00"):
        complain(scenes.handler(), 3)
    with at("2026-03-06 02:00"):
        run = JobRun(job="recurring_causes", business_date=D(2026, 3, 5))
        assert tasks.recurring_causes(run, D(2026, 3, 5)) == {"proposed": 1}
        assert tasks.recurring_causes(run, D(2026, 3, 5)) == {"proposed": 0}
        assert improvements.detect(today=D(2026, 3, 6)) == 0
    found = Improvement.objects.get()
    assert (found.cause, found.status, found.proposed_by, found.complaints.count()) == ("FEES", "PROPOSED", None, 3)
    assert AuditEvent.objects.filter(action="improvement.propose").count() == 1
    with at("2026-03-07 09:00"):  # turned down: not proposed again for thirty days, whatever comes
        improvements.reject(by=boss, improvement=found, version=found.version, reason="Known and accepted")
        complain(scenes.handler(), 1)
        assert improvements.detect(today=D(2026, 3, 7)) == 0
    with at("2026-04-20 09:00"):
        complain(scenes.handler(), 3)
        assert improvements.detect(today=D(2026, 4, 20)) == 1


def test_two_of_a_cause_are_no_pattern_and_other_causes_do_not_add_up() -> None:
    with at("2026-03-05 09:00"):
        by = scenes.handler()
        complain(by, 2)
        complaint = scenes.received(by)
        judgement = scenes.judgement(Level.MODERATE, cause="CONTRACT_TERMS")
        scenes.assessment.assess(by=by, complaint=complaint, version=complaint.version, judgement=judgement)
        scenes.received(by)
        assert improvements.detect(today=D(2026, 3, 5)) == 0


# --- its life ---------------------------------------------------------------------------------------------------
def test_an_approved_improvement_is_a_promise_of_its_owner_kept_when_it_is_in_effect(boss: User) -> None:
    owner = scenes.handler()
    made = done(boss, owner)
    promise = FollowUp.objects.get(about_kind="improvement", about_no=made.number)
    assert (made.status, promise.owner, promise.due_on, promise.state) == (Status.DONE, owner, D(2026, 3, 15), "KEPT")


def test_an_improvement_ends_only_when_it_is_counted_that_it_happens_less(boss: User) -> None:
    by = scenes.handler()
    with at("2026-02-20 09:00"):
        complain(by, 4)
    made = done(boss, by)
    with at("2026-03-20 09:00"):
        complain(by, 2)
    with at("2026-04-09 23:00"), pytest.raises(RuleBroken, match="2026-04-10"):
        improvements.verify(by=boss, improvement=made, version=made.version)
    with at("2026-04-10 09:00"):
        with pytest.raises(NotAllowed, match="Somebody else"):
            improvements.verify(by=by, improvement=made, version=made.version)
        made = improvements.verify(by=boss, improvement=made, version=made.version)
    assert (made.status, made.metric_before, made.metric_after, made.verified_by) == ("VERIFIED", 4, 2, boss)


def test_one_that_did_not_help_is_not_closed_but_taken_up_again(boss: User) -> None:
    by = scenes.handler()
    with at("2026-02-20 09:00"):
        complain(by, 2)
    made = done(boss, by)
    with at("2026-03-20 09:00"):
        complain(by, 2)
    with at("2026-04-10 09:00"):
        with pytest.raises(RuleBroken, match="2 complaints after the change, 2 before"):
            improvements.verify(by=boss, improvement=made, version=made.version)
        made = improvements.again(by=boss, improvement=made, version=made.version, reason="Other channel too")
    assert (made.status, made.metric_before, made.metric_after, made.done_at) == ("IN_PROGRESS", 2, 2, None)


def test_steps_are_taken_in_order_by_whom_they_are_for_and_once(boss: User) -> None:
    owner = scenes.handler()
    with at("2026-03-01 09:00"):
        made = proposed(boss)
        with pytest.raises(RuleBroken):
            improvements.start(by=owner, improvement=made, version=made.version)
        due = {"owner": owner, "due_on": D(2026, 3, 15)}
        with pytest.raises(NotAllowed):
            improvements.approve(by=owner, improvement=made, version=made.version, **due)
        with pytest.raises(RuleBroken, match="to come"):
            improvements.approve(by=boss, improvement=made, version=made.version, owner=owner, due_on=D(2026, 2, 1))
        improvements.approve(by=boss, improvement=made, version=made.version, **due)
        with pytest.raises(Stale):
            improvements.approve(by=boss, improvement=made, version=made.version, **due)
        assert FollowUp.objects.count() == 1
        again = Improvement.objects.get()
        with pytest.raises(NotAllowed):
            improvements.start(by=scenes.handler(), improvement=again, version=again.version)


def test_names_and_numbers_of_people_stay_out_of_it(boss: User) -> None:
    idea = improvements.Idea(title="张三 13812345678 被重复收费", cause="FEES", change="Call 13812345678 first please")
    made = improvements.propose(by=boss, idea=idea)
    assert "13812345678" not in made.title + made.change


# --- doors ------------------------------------------------------------------------------------------------------
def test_the_list_and_the_page_show_it_and_its_effect_leads_to_the_counted(boss: User, client_for: ClientFor) -> None:
    by = scenes.handler()
    with at("2026-02-20 09:00"):
        complain(by, 3)
    made = done(boss, by)
    with at("2026-03-20 09:00"):
        complain(by, 1)
    with at("2026-04-12 09:00"):
        client = client_for(boss)
        assert made.title in client.get(reverse("complaints:improvements")).content.decode()
        page = client.get(reverse("complaints:improvement", args=[made.number])).content.decode()
        links = re.findall(r'<a class="num" href="(/complaints/\?[^"]+)">(\d+)</a>', page)
        assert [int(n) for _url, n in links] == [3, 1]
        for address, n in links:
            assert f"data-total>{n}<" in client.get(unescape(address)).content.decode()
        door = reverse("complaints:improvement_step", args=[made.number, "verify"])
        assert client.post(door, {"version": made.version}).status_code == 302
        assert client.post(door, {"version": made.version}).status_code == 409
        assert "3 → 1" in client.get(reverse("complaints:improvements") + "?status=VERIFIED").content.decode()


def test_one_is_proposed_from_a_complaint_once_for_two_presses(client_for: ClientFor) -> None:
    with at("2026-03-05 09:00"):
        by = scenes.handler()
        complaint = scenes.assessed(by)
        client = client_for(by)
        door = reverse("complaints:improvement_new")
        assert complaint.number in client.get(door, {"complaint": complaint.number}).content.decode()
        sent = {"form_token": "t" * 43, "title": "重复收费查重", "cause": "FEES", "complaint": complaint.number}
        assert client.post(door, sent | {"complaint": "TS-20990101-0001"}).status_code == 422
        first, second = (client.post(door, sent) for _n in range(2))
    assert first["Location"] == second["Location"]
    assert list(Improvement.objects.get().complaints.all()) == [complaint]


def test_a_department_sees_its_own_and_no_other(boss: User, client_for: ClientFor) -> None:
    it = DepartmentFactory(code="IT")
    with at("2026-03-05 09:00"):
        mine, other = proposed(boss, department=it), proposed(boss, department=DepartmentFactory(code="LEGAL"))
        client = client_for("liaison", team=TeamFactory(department=it))
        page = client.get(reverse("complaints:improvements")).content.decode()
        assert mine.number in page
        assert other.number not in page
        assert client.get(reverse("complaints:improvement", args=[other.number])).status_code == 404
        door = reverse("complaints:improvement_step", args=[mine.number, "approve"])
        assert client.post(door, {}).status_code == 403
        assert client_for("agent").get(reverse("complaints:improvements")).status_code == 403
        assert client.get(reverse("complaints:improvement_step", args=[mine.number, "nonsense"])).status_code == 404
    assert Department.objects.count() >= 2


@pytest.mark.parametrize("n", [1, 3])
def test_the_list_asks_the_same_for_one_and_for_three(
    n: int, boss: User, client_for: ClientFor, django_assert_max_num_queries: Callable[..., Any]
) -> None:
    with at("2026-03-05 09:00"):
        for _n in range(n):
            proposed(boss, department=DepartmentFactory())
        client = client_for(boss)
        client.get(reverse("complaints:improvements"))
        with django_assert_max_num_queries(12):
            client.get(reverse("complaints:improvements"))
