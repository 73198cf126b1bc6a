"""Causes at two levels, who answers for a complaint, and what must be known before it closes (R6.31; peers row 78)."""

from __future__ import annotations

import datetime
from collections.abc import Callable

import pytest
from django.test import Client
from django.urls import reverse

from complaints.actions import causes, resolution
from complaints.actions.resolution import ending
from complaints.figures import Asked, Period
from complaints.models import CauseDetail, Complaint, RootCause
from complaints.sla import Level
from complaints.tests import scenes
from crm_site.errors import NotAllowed, RuleBroken, Stale
from crm_site.models import AuditEvent, Department
from crm_site.tests.factories import DepartmentFactory, UserFactory

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("now")]
ClientFor = Callable[..., Client]


@pytest.fixture
def kinds() -> CauseDetail:
    """The bank tells two kinds of fees apart."""
    boss = UserFactory(role="supervisor")
    causes.set_detail(by=boss, code="YEARLY", cause="FEES", name="年费", standard_code="0402")
    return causes.set_detail(by=boss, code="TWICE", cause="FEES", name="重复收费")


def close(by: object, complaint: Complaint, **fields: object) -> Complaint:
    return resolution.close(by=by, complaint=complaint, version=complaint.version, outcome="SATISFIED", **fields)  # type: ignore[arg-type]


def test_where_a_cause_has_kinds_a_complaint_names_one_before_it_closes(kinds: CauseDetail) -> None:
    by = scenes.handler()
    complaint = scenes.asked(by, scenes.fed_back(by))
    assert ending.missing(complaint, by, outcome="SATISFIED") == ["cause_detail"]
    with pytest.raises(RuleBroken, match="kind") as refusal:
        close(by, complaint)
    assert refusal.value.field == "cause"
    complaint = close(by, complaint, cause="FEES.TWICE")
    assert complaint.cause_detail == kinds


def test_a_kind_of_another_cause_is_refused(kinds: CauseDetail) -> None:
    by = scenes.handler()
    complaint = scenes.asked(by, scenes.fed_back(by))
    for wrong in ("FUNDS_SECURITY.TWICE", "FEES.NONE", "NONSENSE"):
        with pytest.raises(RuleBroken):
            close(by, complaint, cause=wrong)
    assert kinds.active


def test_kinds_are_chosen_with_the_cause_in_one_field(kinds: CauseDetail, client_for: ClientFor) -> None:
    by = scenes.handler()
    complaint = scenes.received(by)
    client = client_for(by)
    door = reverse("complaints:assess", args=[complaint.number])
    page = client.get(door).content.decode()
    assert 'value="FEES.TWICE"' in page
    assert "重复收费" in page
    sent = {"version": complaint.version, "level": "MODERATE", "deviation_reason": "wide", "cause": "FEES.TWICE"}
    sent |= {"core_issue": "Twice", "desired_outcome": "Refund", "rights": "COURTESY", "people": "1"}
    sent |= {"condition": "CALM", "history": "FIRST", "departments": "1", "publicity": "NONE"}
    answer = client.post(door, sent)
    complaint.refresh_from_db()
    assert (answer.status_code, complaint.cause, complaint.cause_detail) in [(302, "FEES", kinds), (422, "", None)]
    if answer.status_code == 422:
        pytest.fail(answer.content.decode()[:3000])


def test_a_severe_complaint_does_not_close_without_its_root_cause() -> None:
    by = scenes.handler()
    complaint = scenes.asked(by, scenes.fed_back(by, Level.SEVERE))
    assert ending.missing(complaint, by, outcome="SATISFIED") == ["root_cause"]
    with pytest.raises(RuleBroken, match="root cause"):
        close(by, complaint)
    complaint = causes.record_root_cause(by=by, complaint=complaint, version=complaint.version, finding=scenes.FINDING)
    assert close(by, complaint).state == "CLOSED"


def test_a_complaint_without_a_word_whether_it_was_upheld_does_not_close() -> None:
    by = scenes.handler()
    complaint = scenes.asked(by, scenes.fed_back(by))
    complaint.round.feedbacks.update(decision="")
    with pytest.raises(RuleBroken, match="upheld"):
        close(by, complaint)


def test_who_answers_for_it_is_the_first_department_that_kept_the_question_unless_said_otherwise() -> None:
    by = scenes.handler()
    assert close(by, scenes.asked(by, scenes.fed_back(by))).responsible == Department.objects.get(code="IT")
    legal = DepartmentFactory(code="LEGAL")
    complaint = scenes.asked(by, scenes.fed_back(by))
    finding = causes.Finding(cause="FEES", description="The clause is unclear.", systemic=False, responsible=legal)
    complaint = causes.record_root_cause(by=by, complaint=complaint, version=complaint.version, finding=finding)
    assert close(by, complaint).responsible == legal


def test_the_root_cause_is_sealed_audited_and_stands_in_the_diary_without_its_words() -> None:
    by = scenes.handler()
    complaint = scenes.in_work(by)
    complaint = causes.record_root_cause(by=by, complaint=complaint, version=complaint.version, finding=scenes.FINDING)
    row = RootCause.objects.get()
    assert (row.description, row.systemic, row.by) == (scenes.FINDING.description, True, by)
    entry = complaint.diary.latest("pk")
    assert (entry.verb, entry.data["systemic"], entry.cause) == ("root_cause", True, "FEES")
    assert scenes.FINDING.description not in str(AuditEvent.objects.filter(action="complaint.root_cause").values())
    second = causes.Finding(cause="FEES", description="It was the second system.", systemic=False)
    causes.record_root_cause(by=by, complaint=complaint, version=complaint.version, finding=second)
    assert RootCause.objects.get().description == "It was the second system."


def test_a_root_cause_needs_words_the_right_hands_and_the_current_version() -> None:
    by = scenes.handler()
    complaint = scenes.in_work(by)
    short = causes.Finding(cause="FEES", description="bug", systemic=True)
    with pytest.raises(RuleBroken, match="sentence"):
        causes.record_root_cause(by=by, complaint=complaint, version=complaint.version, finding=short)
    for stranger in (UserFactory(role="agent", team=by.team), scenes.handler()):
        with pytest.raises(NotAllowed):
            causes.record_root_cause(
                by=stranger, complaint=complaint, version=complaint.version, finding=scenes.FINDING
            )
    with pytest.raises(Stale):
        causes.record_root_cause(by=by, complaint=complaint, version=complaint.version - 1, finding=scenes.FINDING)
    assert not RootCause.objects.exists()


# --- doors ------------------------------------------------------------------------------------------------------
def test_a_handler_records_it_on_its_page_and_finds_it_on_the_complaint(client_for: ClientFor) -> None:
    by = scenes.handler()
    complaint = scenes.in_work(by)
    client = client_for(by)
    door = reverse("complaints:root_cause", args=[complaint.number])
    department = Department.objects.get(code="IT")
    assert "Technology" in client.get(door).content.decode()
    sent = {"version": complaint.version, "cause": "FEES", "description": "清算报文重复发送。两次都扣了费。"}
    sent |= {"systemic": "1", "responsible": department.pk, "business": "PAYMENT"}
    assert client.post(door, sent | {"description": ""}).status_code == 422
    assert client.post(door, sent).status_code == 302
    assert client.post(door, sent).status_code == 409
    page = client.get(reverse("complaints:detail", args=[complaint.number])).content.decode()
    assert "清算报文重复发送" in page
    assert Complaint.objects.get().business == "PAYMENT"


@pytest.mark.parametrize(("role", "status"), [("agent", 403), ("liaison", 403), ("handler", 404)])
def test_strangers_record_none(client_for: ClientFor, role: str, status: int) -> None:
    complaint = scenes.in_work(scenes.handler())
    answer = client_for(role).post(reverse("complaints:root_cause", args=[complaint.number]), {})
    assert answer.status_code == status
    assert not RootCause.objects.exists()


def test_a_supervisor_keeps_the_kinds_in_the_admin_and_nobody_else(client_for: ClientFor, kinds: CauseDetail) -> None:
    sent = {"code": "SMS", "cause": "FEES", "name": "短信费", "standard_code": "0403", "active": "on"}
    client_for("supervisor").post("/admin/complaints/causedetail/add/", sent)
    assert CauseDetail.objects.get(code="SMS").standard_code == "0403"
    assert AuditEvent.objects.filter(action="cause.set", object_id="SMS").count() == 1
    assert client_for("auditor").post("/admin/complaints/causedetail/add/", sent).status_code == 403
    assert client_for("handler").get("/admin/complaints/causedetail/").status_code == 403
    off = {"name": kinds.name, "standard_code": ""}
    client_for("supervisor").post(f"/admin/complaints/causedetail/{kinds.pk}/change/", off)
    kinds.refresh_from_db()
    assert kinds.active is False


def test_figures_are_split_by_kind_and_by_who_answers_for_it(kinds: CauseDetail, now: datetime.datetime) -> None:
    by = scenes.handler()
    complaint = scenes.asked(by, scenes.fed_back(by))
    close(by, complaint, cause="FEES.TWICE")
    scenes.received(by)
    asked = Asked("received", Period(datetime.date(2025, 9, 1), datetime.date(2025, 9, 30), now))
    assert asked.by("detail") == {"TWICE": 1, None: 1}
    assert asked.by("responsible") == {"IT": 1, None: 1}
    assert asked.named("received", detail="TWICE", responsible="IT").count() == 1
    assert kinds.name == "重复收费"
