"""Redress above what a supervisor grants: consents one after another; the money promised and paid (domain D.10)."""

from __future__ import annotations

import datetime
from typing import Any

import pytest
from django.db import IntegrityError, transaction
from django.utils import timezone

from complaints import figures
from complaints import redress as rule
from complaints.actions import gate, plans, recusing, redress, resolution
from complaints.models import Complaint, Consent, Payment
from complaints.redress import ABOVE_FEN, Office
from complaints.reporting import lines
from complaints.sla import Level
from complaints.tests import scenes
from complaints.tests.scenes import above, granted, handler, in_work, local
from crm_site.errors import NotAllowed, RuleBroken, Stale
from crm_site.models import AuditEvent, Department, Notice, User
from crm_site.tests.factories import DepartmentFactory, UserFactory
from customers.models import FollowUp

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("now")]
D = datetime.date
ABOVE = ABOVE_FEN + 1


@pytest.mark.parametrize(
    ("fen", "given", "following"),
    [
        (ABOVE_FEN, [], None),
        (ABOVE, [], Office.HEAD),
        (ABOVE, ["HEAD"], Office.FINANCE),
        (ABOVE, ["HEAD", "FINANCE"], None),
    ],
)
def test_who_agrees_next(fen: int, given: list[str], following: Office | None) -> None:
    assert rule.next_needed(fen, given) == following


def agree(by: User, complaint: Complaint) -> Complaint:
    return redress.agree(by=by, complaint=complaint, version=complaint.version)


def refuse(by: User, complaint: Complaint, reason: str = "金额缺少依据") -> Complaint:
    return redress.refuse(by=by, complaint=complaint, version=complaint.version, reason=reason)


def approve(by: User, complaint: Complaint) -> Complaint:
    return plans.approve(by=by, complaint=complaint, version=complaint.version)


def pay(by: User, complaint: Complaint, **said: Any) -> Complaint:
    values = {"payment": Payment.objects.owed(complaint).get(), "reference": "CB-20250926-7", **said}
    return redress.pay(by=by, complaint=complaint, version=complaint.version, **values)


def supervisor() -> User:
    made: User = UserFactory(role="supervisor")
    return made


# --- the chain --------------------------------------------------------------------------------------------------
def test_above_the_limit_the_head_agrees_then_finance_then_a_supervisor_approves() -> None:
    complaint, head, money = above(handler())
    boss = supervisor()
    with pytest.raises(RuleBroken, match=head.display_name):
        approve(boss, complaint)
    with pytest.raises(NotAllowed):  # one after another
        agree(money, complaint)
    complaint = agree(head, complaint)
    with pytest.raises(RuleBroken, match=f"Finance.*{money.display_name}"):
        approve(boss, complaint)
    complaint = agree(money, complaint)
    complaint = approve(boss, complaint)
    assert complaint.state == "PLAN_AGREED"
    assert list(Consent.objects.values_list("office", "person", "state")) == [
        ("HEAD", head.pk, "GIVEN"),
        ("FINANCE", money.pk, "GIVEN"),
    ]
    assert AuditEvent.objects.filter(object_id=complaint.number, action="complaint.consent_redress").count() == 2


def test_at_the_limit_a_supervisor_approves_alone_and_a_senior_does_not() -> None:
    by = handler()
    complaint = scenes.sent(by, in_work(by), redress_fen=ABOVE_FEN)
    assert not Consent.objects.exists()
    with pytest.raises(NotAllowed, match="more than you may grant"):
        approve(UserFactory(role="senior"), complaint)
    assert approve(supervisor(), complaint).state == "PLAN_AGREED"


def test_who_is_asked_promises_an_answer_and_is_told_and_may_open_the_complaint() -> None:
    complaint, head, _money = above(handler())
    promise = FollowUp.objects.get(kind="CONSENT")
    assert (promise.owner, promise.due_on, promise.state) == (head, D(2025, 9, 28), "OPEN")  # a make-up working day
    notice = Notice.objects.get(to=head)
    assert "¥20,000.01" in notice.text
    assert notice.about_no == complaint.number
    assert Complaint.objects.visible_to(head).filter(pk=complaint.pk).exists()
    agree(head, complaint)
    promise.refresh_from_db()
    assert promise.state == "KEPT"


def test_a_refusal_says_why_and_sends_the_plan_back() -> None:
    by = handler()
    complaint, head, money = above(by)
    complaint = agree(head, complaint)
    with pytest.raises(RuleBroken, match="Say why"):
        refuse(money, complaint, " ")
    complaint = refuse(money, complaint)
    plan = complaint.round.plans.get()
    assert (plan.status, plan.decided_by, plan.decision_reason) == ("RETURNED", money, "金额缺少依据")
    assert complaint.diary.last().reason == "金额缺少依据"
    with pytest.raises(RuleBroken, match="No plan waits"):
        approve(supervisor(), complaint)
    complaint = scenes.sent(by, complaint, redress_fen=ABOVE)  # the next version is asked about anew
    assert gate.may("consent_redress", complaint, head)


def test_writing_on_or_sending_back_lets_what_was_agreed_to_fall() -> None:
    by = handler()
    complaint, head, _money = above(by)
    complaint = agree(head, complaint)
    complaint = scenes.drafted(by, complaint, redress_fen=ABOVE + 100)
    assert set(Consent.objects.values_list("state", flat=True)) == {"LAPSED"}
    assert set(FollowUp.objects.filter(kind="CONSENT").values_list("state", flat=True)) == {"KEPT", "CANCELLED"}
    complaint = plans.send(by=by, complaint=complaint, version=complaint.version)
    assert gate.may("consent_redress", complaint, head)
    plans.send_back(by=supervisor(), complaint=complaint, version=complaint.version, reason="too much")
    assert not FollowUp.objects.open().filter(kind="CONSENT").exists()


def test_an_end_of_the_round_asks_nobody_any_more() -> None:
    by = handler()
    complaint, _head, _money = above(by)
    resolution.withdraw(by=by, complaint=complaint, version=complaint.version, reason="Settled", read_back=True)
    assert not FollowUp.objects.open().filter(kind="CONSENT").exists()


def test_nobody_else_answers_for_who_is_asked() -> None:
    by = handler()
    complaint, _head, _money = above(by)
    for stranger in (by, supervisor(), handler(by.team), UserFactory(role="agent", team=by.team)):
        with pytest.raises(NotAllowed):
            agree(stranger, complaint)


def test_answered_twice_the_second_is_refused() -> None:
    complaint, head, _money = above(handler())
    agree(head, complaint)
    with pytest.raises(Stale):
        agree(head, complaint)
    with pytest.raises(RuleBroken, match="already"):
        agree(head, Complaint.objects.get())


@pytest.mark.parametrize("missing", ["head", "finance"])
def test_where_nobody_can_be_asked_the_plan_is_not_sent_and_says_who_is_missing(missing: str) -> None:
    by = handler()
    complaint = in_work(by)
    scenes.heads(by)
    code = "IT" if missing == "head" else "FIN"
    Department.objects.filter(code=code).update(head=None)
    with pytest.raises(RuleBroken, match="head" if missing == "head" else "finance") as refused:
        scenes.sent(by, complaint, redress_fen=ABOVE)
    assert refused.value.code == f"redress.no_{missing}"
    assert complaint.round.plans.get().status == "DRAFT"


def test_every_consent_is_another_persons_and_none_of_who_wrote_the_plan() -> None:
    by = handler()
    complaint = in_work(by)
    head, _money = scenes.heads(by)
    Department.objects.filter(code="FIN").update(head=head)
    with pytest.raises(RuleBroken, match="finance"):
        scenes.sent(by, complaint, redress_fen=ABOVE)
    Department.objects.filter(code="IT").update(head=by)
    with pytest.raises(RuleBroken, match="head of a department concerned"):
        scenes.sent(by, complaint, redress_fen=ABOVE)


def test_whom_the_complaint_is_about_is_not_asked_nor_are_those_on_leave() -> None:
    by = handler()
    complaint = in_work(by)
    head, _money = scenes.heads(by)
    complaint = recusing.restrict(
        by=by, complaint=complaint, version=complaint.version, reason="rude at the counter", accused=head
    )
    with pytest.raises(RuleBroken, match="head of a department concerned"):
        scenes.sent(by, complaint, redress_fen=ABOVE)
    branch = DepartmentFactory(code="BR", kind="BRANCH", head=UserFactory(role="liaison", status="LEAVE"))
    Complaint.objects.filter(pk=complaint.pk).update(branch=branch)
    complaint.refresh_from_db()
    with pytest.raises(RuleBroken, match="head of a department concerned"):
        scenes.sent(by, complaint, redress_fen=ABOVE)


def test_a_supervisor_who_agreed_as_head_does_not_approve() -> None:
    by = handler()
    complaint = in_work(by)
    scenes.heads(by)
    head = supervisor()
    Department.objects.filter(code="IT").update(head=head)
    complaint = scenes.sent(by, complaint, redress_fen=ABOVE)
    complaint = agree(head, complaint)
    complaint = agree(Department.objects.get(code="FIN").head, complaint)
    with pytest.raises(NotAllowed, match="Another supervisor"):
        approve(head, complaint)
    assert approve(supervisor(), complaint).state == "PLAN_AGREED"


def test_the_database_holds_one_consent_an_office_and_a_person() -> None:
    complaint, head, money = above(handler())
    agree(head, complaint)
    with pytest.raises(IntegrityError), transaction.atomic():
        Consent.objects.filter(person=money).update(person=head)
    with pytest.raises(IntegrityError), transaction.atomic():
        Consent.objects.filter(person=money).update(office="HEAD")


# --- the money --------------------------------------------------------------------------------------------------
def test_an_agreed_amount_is_promised_and_paid_by_somebody_else_than_granted_it() -> None:
    by = handler()
    complaint, boss = granted(by)
    promise = FollowUp.objects.get(kind="PAYMENT")
    assert (promise.owner, promise.due_on) == (by, D(2025, 10, 10))  # five working days; the holiday does not count
    with pytest.raises(NotAllowed, match="Somebody else"):
        pay(boss, complaint)
    complaint = pay(by, complaint)
    payment = Payment.objects.get()
    assert (payment.paid_fen, payment.paid_by, payment.reference) == (200_00, by, "CB-20250926-7")
    promise.refresh_from_db()
    assert promise.state == "KEPT"
    assert complaint.state == "PLAN_AGREED"
    assert complaint.diary.last().data == {"agreed_fen": 200_00, "paid_fen": 200_00, "reference": True}
    assert not gate.may("pay_redress", complaint, by)
    with pytest.raises(IntegrityError), transaction.atomic():
        Payment.objects.update(paid_by=boss)


def test_an_owner_who_approved_leaves_the_payment_to_the_author() -> None:
    by, boss = handler(), supervisor()
    complaint = scenes.sent(by, in_work(by))
    Complaint.objects.update(owner=boss)
    approve(boss, Complaint.objects.get())
    assert FollowUp.objects.get(kind="PAYMENT").owner == by
    assert complaint.number == FollowUp.objects.get(kind="PAYMENT").about_no


def test_without_money_nothing_is_owed() -> None:
    by = handler()
    complaint = scenes.agreed(by, in_work(by), redress_type="APOLOGY", redress_fen=0)
    assert not Payment.objects.exists()
    with pytest.raises(RuleBroken, match="No redress waits"):
        gate.require("pay_redress", complaint, by)


@pytest.mark.parametrize(
    ("said", "field"),
    [
        ({"reference": " "}, "reference"),
        ({"paid_fen": 200_01}, "paid"),
        ({"paid_fen": -1}, "paid"),
        ({"paid_fen": 100_00}, "reason"),
        ({"paid_fen": 0, "reference": ""}, "reason"),
        ({"paid_at": local("2025-09-26 10:01")}, "paid_at"),
        ({"paid_at": local("2025-09-26 09:00")}, "paid_at"),
    ],
)
def test_a_payment_that_does_not_fit_is_refused_beside_its_field(said: dict[str, Any], field: str) -> None:
    by = handler()
    complaint, _boss = granted(by)
    with pytest.raises(RuleBroken) as refused:
        pay(by, complaint, **said)
    assert refused.value.field == field
    assert Payment.objects.get().paid_at is None


def test_less_is_paid_with_the_reason_and_nothing_where_it_was_declined() -> None:
    by = handler()
    complaint, _boss = granted(by)
    complaint = pay(by, complaint, paid_fen=150_00, reason="Fifty was refunded before")
    assert Payment.objects.get().paid_fen == 150_00
    other, _boss = granted(by)
    pay(by, other, paid_fen=0, reference="", reason="客户谢绝补偿")
    assert FollowUp.objects.get(kind="PAYMENT", about_no=other.number).state == "CANCELLED"
    assert other.diary.last().reason == "客户谢绝补偿"


def test_a_plan_replaced_before_it_was_paid_owes_by_its_next_version_alone() -> None:
    by = handler()
    complaint, _boss = granted(by)
    complaint = plans.revise(by=by, complaint=complaint, version=complaint.version, reason="more")
    assert FollowUp.objects.get(kind="PAYMENT").state == "CANCELLED"
    complaint = scenes.agreed(by, complaint, redress_fen=300_00)
    assert Payment.objects.owed(complaint).get().amount_fen == 300_00
    complaint = pay(by, complaint)
    complaint = plans.revise(by=by, complaint=complaint, version=complaint.version, reason="more")
    complaint = scenes.agreed(by, complaint, redress_fen=350_00)
    assert Payment.objects.owed(complaint).get().amount_fen == 50_00  # what is paid already is not paid again


def test_an_unpaid_redress_outlives_the_answer_and_the_end() -> None:
    by = handler()
    complaint = scenes.closed(by)
    assert complaint.diary.last().data["unpaid_fen"] == 200_00
    assert pay(by, complaint).state == "CLOSED"


def test_what_the_customer_takes_back_is_not_paid() -> None:
    by = handler()
    complaint, _boss = granted(by)
    resolution.withdraw(by=by, complaint=complaint, version=complaint.version, reason="Settled", read_back=True)
    assert FollowUp.objects.get(kind="PAYMENT").state == "CANCELLED"


def test_strangers_record_no_payment() -> None:
    by = handler()
    complaint, _boss = granted(by)
    for stranger in (handler(), UserFactory(role="agent", team=by.team), UserFactory(role="liaison")):
        with pytest.raises(NotAllowed):
            pay(stranger, complaint)
    assert complaint.level == Complaint.Level[Level.MODERATE.name]


def test_what_was_paid_is_counted_beside_what_was_granted() -> None:
    by = handler()
    complaint, _boss = granted(by)
    unpaid, _boss = granted(by)
    for one in (complaint, unpaid):
        told = scenes.told(redress_fen=200_00)
        resolution.feed_back(by=by, complaint=one, version=one.version, told=told)
    pay(by, Complaint.objects.get(pk=complaint.pk), paid_fen=150_00, reason="Fifty was refunded before")
    today = timezone.localdate()
    asked = figures.Asked("received", figures.Period(today, today, timezone.now()), {})
    assert (figures.redress_fen(asked), figures.paid_fen(asked)) == (400_00, 150_00)
    assert list(asked.named("paid").rows()) == [complaint]
    given, paid = lines.redress(asked)
    assert (given.value, given.n, paid.measure, paid.value, paid.n) == (400_00, 2, "redress_paid", 150_00, 1)
    nothing = figures.Asked("paid", figures.Period(D(2025, 9, 1), D(2025, 9, 25), timezone.now()), {})
    assert (nothing.count(), figures.paid_fen(nothing)) == (0, 0)
