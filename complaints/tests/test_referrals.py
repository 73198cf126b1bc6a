"""What is not ours is sent on with an explanation, asked after, taken over or comes back, and counted (R6.4)."""

from __future__ import annotations

import datetime
from collections.abc import Callable
from typing import Any

import pytest
import time_machine
from django.db import IntegrityError, transaction
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from complaints import figures, natures, next_steps
from complaints.actions import intake, referring, resolution, returning
from complaints.actions.referring import Referral
from complaints.figures import REFERRED, Asked, Period
from complaints.models import Complaint
from complaints.models import Referral as Row
from complaints.reporting import summary
from complaints.sla import Level
from complaints.tests import scenes
from complaints.tests.scenes import local, received
from crm_site.errors import NotAllowed, RuleBroken
from crm_site.models import User
from crm_site.tests.factories import DepartmentFactory, UserFactory
from customers.models import FollowUp, Message
from customers.tests.factories import CustomerFactory

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("now")]
ClientFor = Callable[..., Client]


def send(by: User, complaint: Complaint | None = None, **fields: Any) -> Complaint:
    complaint = complaint or received(by)
    said = {"told_how": "By phone", "reason": "Not ours", **fields}
    if "department" not in said:
        said.setdefault("target", "支付机构")
    return referring.refer_out(by=by, complaint=complaint, version=complaint.version, referral=Referral(**said))


def accept(by: User, complaint: Complaint, who: str = "对方坐席 2017") -> Complaint:
    return referring.accept(by=by, complaint=complaint, version=complaint.version, who=who)


def period() -> Period:
    today = timezone.localdate()
    return Period(today, today, timezone.now())


# --- the verb ----------------------------------------------------------------------------------------------------
def test_where_it_went_and_how_it_was_told_is_a_row_with_sealed_words() -> None:
    by = scenes.handler()
    complaint = send(by, method="CONTACT", told_how="号码已告知")
    row = Row.objects.get()
    assert (row.target, row.key, row.method, row.told_how) == ("支付机构", "B:支付机构", "CONTACT", "号码已告知")
    assert (row.explanation, row.by, row.accepted_at, row.returned_at) == ("Not ours", by, None, None)
    assert complaint.referred_to == "支付机构"
    with pytest.raises(IntegrityError), transaction.atomic():
        Row.objects.create(complaint=received(by), told_how="x", explanation="y", by=by, at=row.at)


@pytest.mark.parametrize(("to", "day"), [("body", "2025-10-10"), ("department", "2025-09-28")])
def test_somebody_promises_to_ask_whether_it_was_taken_over(to: str, day: str) -> None:
    by = scenes.handler()
    send(by, **({"department": DepartmentFactory(code="LOAN")} if to == "department" else {}))
    promise = Row.objects.get().asking
    assert promise is not None
    assert (promise.kind, promise.owner, promise.state, promise.title) == ("PROMISE", by, "OPEN", referring.ASK)
    assert promise.due_on == datetime.date.fromisoformat(day)  # the 28th is a make-up working day


def test_who_was_put_through_and_taken_over_is_asked_after_by_nobody() -> None:
    send(scenes.handler(), method="TRANSFER")
    row = Row.objects.get()
    assert (row.accepted_at, row.asking) == (row.at, None)
    assert not FollowUp.objects.open().exists()


def test_taken_over_there_keeps_the_promise_once() -> None:
    by = scenes.handler()
    complaint = accept(by, send(by))
    row = Row.objects.get()
    assert row.asking is not None
    assert (row.accepted_ref, row.asking.state) == ("对方坐席 2017", "KEPT")
    assert complaint.state == "REFERRED_OUT"
    assert complaint.diary.latest("pk").verb == "accept_referral"
    with pytest.raises(RuleBroken, match="No referral waits"):
        accept(by, complaint)


def test_it_needs_a_name_there_and_hands_here_and_nobody_is_quicker() -> None:
    by = scenes.handler()
    complaint = send(by)
    with pytest.raises(RuleBroken, match="Write who took it over"):
        accept(by, complaint, who=" ")
    with pytest.raises(NotAllowed):
        accept(scenes.handler(), complaint)
    accept(by, complaint)
    with pytest.raises(RuleBroken):
        accept(by, complaint)
    assert Row.objects.get().accepted_ref == "对方坐席 2017"


def test_what_comes_back_ends_the_promise_and_the_next_referral_is_a_row_of_its_own() -> None:
    by = scenes.handler()
    boss = UserFactory(role="senior", team=by.team)
    away = send(by)
    back = returning.come_back(by=boss, complaint=away, version=away.version, reason="ours")
    first = Row.objects.get()
    assert first.asking is not None
    assert (first.returned_at is not None, first.asking.state) == (True, "CANCELLED")
    send(by, back, target="征信中心")
    assert [(row.target, row.returned_at is None) for row in Row.objects.all()] == [
        ("支付机构", False),
        ("征信中心", True),
    ]


def test_one_that_was_taken_over_may_still_come_back() -> None:
    by = scenes.handler()
    away = accept(by, send(by))
    returning.come_back(by=UserFactory(role="supervisor"), complaint=away, version=away.version, reason="ours")
    assert Row.objects.get().returned_at is not None


@pytest.mark.parametrize(
    ("fields", "field"),
    [
        ({"target": " "}, "target"),
        ({"target": "支付机构", "department": True}, "target"),
        ({"told_how": ""}, "told_how"),
        ({"method": "PIGEON"}, "method"),
    ],
)
def test_a_referral_that_cannot_be_is_refused(fields: dict[str, Any], field: str) -> None:
    if fields.pop("department", False):
        fields["department"] = DepartmentFactory(code="LOAN")
    with pytest.raises(RuleBroken) as caught:
        send(scenes.handler(), **fields)
    assert caught.value.field == field
    assert not Row.objects.exists()


def test_the_notice_to_the_customer_names_the_department() -> None:
    complaint = received(scenes.handler(), customer=CustomerFactory(phone="+8613812344821"))
    send(complaint.owner, complaint, department=DepartmentFactory(code="LOAN", name="信贷部"), written=True)  # type: ignore[arg-type]
    assert "信贷部" in Message.objects.get(template="complaint_referred").values


# --- counted -----------------------------------------------------------------------------------------------------
def test_tile_list_and_report_count_the_same_complaints(client_for: ClientFor) -> None:
    by = scenes.handler()
    boss = UserFactory(role="supervisor")
    accept(by, send(by))
    away = send(by)
    returning.come_back(by=boss, complaint=away, version=away.version, reason="ours")
    send(by, department=DepartmentFactory(code="LOAN", name="Loans"))
    received(by)
    lines = [line for line in summary(period(), {}) if line.measure.startswith("referr")]
    counts = {line.measure: line.value for line in lines if line.section == "totals"}
    assert counts == {"referred_out": 3, "referral_accepted": 1, "referral_back": 1}
    by_target = {line.only[REFERRED]: line.value for line in lines if line.section == REFERRED}
    assert by_target == {"B:支付机构": 2, "D:LOAN": 1}
    client = client_for("supervisor")
    for line in lines:
        asked = Asked(line.measure, period(), line.only)
        page = client.get(asked.url)
        assert page.status_code == 200
        assert asked.count() == line.value
        assert page.content.decode().count('<tr id="r-TS-') == line.value
    assert [str(word) for _label, word in Asked("referred_out", period(), {REFERRED: "D:LOAN"}).narrowing] == ["Loans"]


def test_a_figure_of_yesterday_does_not_know_what_came_later() -> None:
    by = scenes.handler()
    send(by)
    yesterday = period()
    with time_machine.travel(local("2025-09-28 10:00"), tick=False):
        accept(by, Complaint.objects.get())
        then = figures.Period(yesterday.first, yesterday.last, yesterday.at, live=False)
        assert Asked("referral_accepted", then).count() == 0
        assert Asked("referral_accepted", figures.Period(yesterday.first, yesterday.last, timezone.now())).count() == 1


# --- its doors ---------------------------------------------------------------------------------------------------
def test_the_page_shows_every_referral_and_the_step_is_offered_until_it_is_taken_over(client_for: ClientFor) -> None:
    by = scenes.handler()
    complaint = send(by, method="LETTER", told_how="写信告知")
    client = client_for("handler", team=by.team)
    detail = reverse("complaints:detail", args=[complaint.number])
    page = client.get(detail).content.decode()
    assert "支付机构" in page
    assert "写信告知" in page
    assert "we ask by Fri 10 Oct" in page
    assert "accept_referral" in next_steps.offer(complaint, by).verbs
    door = reverse("complaints:accept_referral", args=[complaint.number])
    assert client.post(door, {"who": " ", "version": complaint.version}).status_code == 422
    assert client.post(door, {"who": "陈女士", "version": complaint.version}).status_code == 302
    assert client.post(door, {"who": "陈女士", "version": complaint.version}).status_code == 409
    page = client.get(detail).content.decode()
    assert "taken over Fri 26 Sep" in page
    assert "陈女士" in page
    assert client_for("handler", team=scenes.team()).get(door).status_code == 404
    assert client_for("analyst").get(door).status_code == 403


def test_the_step_takes_a_department_or_a_body(client_for: ClientFor) -> None:
    by = scenes.handler()
    loans = DepartmentFactory(code="LOAN", name="Loans")
    client = client_for("handler", team=by.team)
    complaint = received(by)
    door = reverse("complaints:refer_out", args=[complaint.number])
    data = {"told_how": "By phone", "reason": "Not ours", "version": complaint.version}
    refused = client.post(door, data)
    assert refused.status_code == 422
    assert "Name the department or body it belongs to." in refused.content.decode()
    assert client.post(door, data | {"department": loans.pk, "method": "TRANSFER"}).status_code == 302
    assert Row.objects.get().department == loans


def test_the_intake_form_refers_at_once(client_for: ClientFor) -> None:
    loans = DepartmentFactory(code="LOAN", name="Loans")
    data = {
        "customer": CustomerFactory().customer_no,
        "relation": "SELF",
        "nature": "INQUIRY",
        "channel": "PHONE",
        "received_at": "2025-09-26 09:30",
        "subject": "Pension",
        "content": "养老金没到账",
        "source": "DIRECT",
        "not_ours": "on",
        "told_how": "By phone",
        "referral_reason": "Not a bank matter",
        "form_token": "t" * 43,
    }
    client = client_for("agent", team=scenes.team())
    refused = client.post(reverse("complaints:new"), data)
    assert refused.status_code == 422
    assert "养老金没到账" in refused.content.decode()
    assert client.post(reverse("complaints:new"), data | {"department": loans.pk}).status_code == 302
    assert Row.objects.get().target == "Loans"


# --- what it is, and what it was ---------------------------------------------------------------------------------
def test_every_change_of_nature_stands_with_who_and_why(client_for: ClientFor) -> None:
    by = scenes.handler()
    boss = UserFactory(role="senior", team=by.team)
    complaint = received(by)
    assert natures.history(complaint) == []
    for nature, reason in (("INQUIRY", "Only a question"), ("COMPLAINT", "Unhappy after all")):
        complaint = intake.classify(
            by=boss, complaint=complaint, version=complaint.version, nature=nature, reason=reason
        )
    told = [(change.old, change.new, change.who, change.reason) for change in natures.history(complaint)]
    assert told == [
        (None, "COMPLAINT", by.display_name, ""),
        ("COMPLAINT", "INQUIRY", boss.display_name, "Only a question"),
        ("INQUIRY", "COMPLAINT", boss.display_name, "Unhappy after all"),
    ]
    assert [change.away_from_complaint for change in natures.history(complaint)] == [False, True, False]
    page = client_for("handler", team=by.team).get(reverse("complaints:detail", args=[complaint.number]))
    shown = page.content.decode()
    assert "Changes of its nature" in shown
    assert "no longer a complaint" in shown
    assert "From Complaint to Inquiry" in shown


def test_only_a_leader_makes_a_complaint_something_else_and_says_why() -> None:
    by = scenes.handler()
    complaint = received(by)
    with pytest.raises(NotAllowed):
        intake.classify(by=by, complaint=complaint, version=complaint.version, nature="INQUIRY", reason="why")
    boss = UserFactory(role="senior", team=by.team)
    with pytest.raises(RuleBroken, match="reason|why"):
        intake.classify(by=boss, complaint=complaint, version=complaint.version, nature="INQUIRY", reason=" ")


def test_solved_on_the_spot_it_became_a_complaint() -> None:
    by = scenes.handler()
    asked = received(by, nature="UNCLASSIFIED")
    solution = resolution.Solution(cause="FEES", told=scenes.told())
    solved = resolution.resolve(by=by, complaint=asked, version=asked.version, solution=solution)
    assert solved.level == Complaint.Level[Level.MINOR.name]
    assert natures.history(solved) == []  # chosen once
