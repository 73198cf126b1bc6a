"""Redress: agreed to by others where it is above the limit, promised with the plan, paid (domain D.10; decision 0016).

The consents are asked for one after another from the moment the plan is sent; each is a promise of the person asked.
Writing on in the plan, sending it back or a refusal lets those of the chain fall that were not used.
"""

from __future__ import annotations

import datetime
from decimal import Decimal
from typing import TYPE_CHECKING

from django.db.models import Sum
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from django.utils.translation import gettext_noop

from complaints import redress
from complaints.actions import granting
from complaints.actions.turning import Turn, turn, unsealed
from complaints.models import Complaint, Consent, Payment, Plan, Round
from complaints.models.complaint import ABOUT
from complaints.models.plan import DECISION_MAX
from crm_site import bank_day
from crm_site.actions import notices
from crm_site.errors import NotAllowed, RuleBroken, Stale
from crm_site.models import CalendarDay
from crm_site.wording import money_words
from customers.actions import followups
from customers.models import FollowUp

if TYPE_CHECKING:
    from crm_site.models import User

State = Consent.State
CONSENT, PAY = gettext_noop("Say whether you agree to a redress"), gettext_noop("Pay the redress")
NOTICE = gettext_noop("A redress of %(amount)s needs your consent by %(day)s")
KIND = "redress"
REASON_MIN = 5


# --- consents ---------------------------------------------------------------------------------------------------
def ask_next(now: Turn, plan: Plan) -> None:
    """Inside a turn: the next person of the chain is asked, by a promise and a notice; nobody where none is needed."""
    given = plan.consents.given().values_list("office", flat=True)
    office = redress.next_needed(plan.redress_fen, list(given))
    if office is None:
        return
    person, department = granting.whom(now.complaint, plan)[office]
    on = redress.consent_by(timezone.localdate(now.at), CalendarDay.objects.calendar())
    made = Consent.objects.create(
        plan=plan,
        office=office,
        department=department,
        person=person,
        asked_at=now.at,
        follow_up=_promise(now, FollowUp.Kind.CONSENT, CONSENT, on, person),
    )
    now.facts["asked"] = str(office)
    notices.tell(
        to=[person],
        kind=KIND,
        title=NOTICE,
        values={"amount": money_words(Decimal(plan.redress_fen) / 100), "day": on.isoformat()},
        about_kind=ABOUT,
        about_no=now.complaint.number,
        dedupe=f"consent:{made.pk}",
        at=now.at,
    )


def _promise(now: Turn, kind: str, title: str, on: datetime.date, owner: User | None) -> FollowUp:
    return followups.promise(
        by=now.by,
        customer=now.complaint.customer,
        kind=kind,
        title=title,
        due_on=on,
        due_at=bank_day.ends(on),
        owner=owner,
        team=None if owner else now.complaint.team,
        about_kind=ABOUT,
        about_no=now.complaint.number,
        about_level=now.complaint.level,
    )


def agree(*, by: User, complaint: Complaint, version: int) -> Complaint:
    """This person agrees to the redress; the next of the chain is asked. Raises NotAllowed for whoever is not asked."""
    with turn("consent_redress", by=by, complaint=complaint, version=version) as now:
        consent = _answered(now, State.GIVEN)
        ask_next(now, consent.plan)
    return now.complaint


def refuse(*, by: User, complaint: Complaint, version: int, reason: str) -> Complaint:
    """They do not agree: the plan goes back to its writers with the reason, and what was agreed before falls."""
    with turn("refuse_redress", by=by, complaint=complaint, version=version, reason=reason) as now:
        consent = _answered(now, State.REFUSED, reason=unsealed(now.complaint, reason)[:DECISION_MAX])
        plan = consent.plan
        plan.status, plan.decided_by, plan.decided_at = Plan.Status.RETURNED, now.person, now.at
        plan.decision_reason = consent.reason
        plan.save(update_fields=["status", "decided_by", "decided_at", "decision_reason"])
    return now.complaint


def _answered(now: Turn, state: str, *, reason: str = "") -> Consent:
    """What this person is asked, answered; of two answers at once one is first."""
    consent = granting.asked_of(now.complaint, now.person)
    changes = {"state": state, "decided_at": now.at, "reason": reason}
    if consent is None or Consent.objects.asked().filter(pk=consent.pk).update(**changes) != 1:
        raise Stale("redress.stale", _("This was answered in the meantime."))
    followups.keep(by=None, follow_up=consent.follow_up, at=now.at)
    now.facts |= {"plan": consent.plan.version, "office": consent.office, "redress_fen": consent.plan.redress_fen}
    consent.reason = reason
    return consent


def lapse(plan: Plan, *, reason: str) -> None:
    """The plan as it was sent counts no more: what is asked falls away, and what was agreed to counts no longer."""
    for consent in plan.consents.standing().select_related("follow_up"):
        if consent.follow_up.state == FollowUp.State.OPEN:
            followups.cancel(by=None, follow_up=consent.follow_up, reason=reason)
        Consent.objects.filter(pk=consent.pk).update(state=State.LAPSED)


def lapse_open(round_: Round, *, reason: str) -> None:
    """The round ends: nobody need agree to anything any more."""
    for plan in round_.plans.filter(status=Plan.Status.SUBMITTED):
        lapse(plan, reason=reason)


# --- payments ---------------------------------------------------------------------------------------------------
def owe(now: Turn, plan: Plan) -> None:
    """Inside the turn that approves: the money becomes a promise to pay, less what this round has paid already."""
    paid = Payment.objects.paid().filter(plan__round=now.round)
    fen = plan.redress_fen - (paid.aggregate(sum=Sum("paid_fen"))["sum"] or 0)
    if fen <= 0:
        return
    on = redress.pay_by(timezone.localdate(now.at), CalendarDay.objects.calendar())
    owner = _payer(now, plan)
    promise = _promise(now, FollowUp.Kind.PAYMENT, PAY, on, owner)
    Payment.objects.create(plan=plan, amount_fen=fen, granted_by=now.person, follow_up=promise)


def _payer(now: Turn, plan: Plan) -> User | None:
    """Its owner, else the plan's author: who did not grant it, and whom the matter does not concern."""
    able = (one for one in (now.complaint.owner, plan.author) if one is not None and one != now.by)
    return next((one for one in able if not now.complaint.concerns(one)), None)


def pay(
    *,
    by: User,
    complaint: Complaint,
    version: int,
    payment: Payment,
    reference: str,
    paid_at: datetime.datetime | None = None,
    paid_fen: int | None = None,
    reason: str = "",
) -> Complaint:
    """The money went out: when and under which reference. It may be less than agreed, or nothing, with the reason.

    Raises NotAllowed for whoever granted it, RuleBroken for what is missing, too much, or a moment to come.
    """
    fen = payment.amount_fen if paid_fen is None else paid_fen
    _require_paid(payment, fen, reference, reason)
    with turn("pay_redress", by=by, complaint=complaint, version=version, reason=reason) as now:
        if payment.granted_by_id == by.pk:
            raise NotAllowed("redress.own", _("You granted this redress. Somebody else records that it was paid."))
        moment = _moment(payment, paid_at, now)
        done: dict[str, object] = {"paid_fen": fen, "paid_at": moment, "paid_by": by, "reference": reference.strip()}
        if Payment.objects.owed(now.complaint).filter(pk=payment.pk).update(**done) != 1:
            raise Stale("redress.paid", _("This was paid or replaced in the meantime."))
        if fen:
            followups.keep(by=None, follow_up=payment.follow_up, at=now.at)
        else:
            followups.cancel(by=None, follow_up=payment.follow_up, reason=gettext_noop("Nothing was to be paid"))
        now.facts |= {"agreed_fen": payment.amount_fen, "paid_fen": fen, "reference": bool(reference.strip())}
    return now.complaint


def _moment(payment: Payment, paid_at: datetime.datetime | None, now: Turn) -> datetime.datetime:
    granted_at = payment.plan.decided_at
    if paid_at is None:
        return now.at
    if paid_at > now.at:
        raise RuleBroken("complaint.future", _("This time is still to come. Enter when it happened."), field="paid_at")
    if granted_at is not None and paid_at < granted_at:
        raise RuleBroken("redress.before", _("This is before it was agreed."), field="paid_at")
    return paid_at


def _require_paid(payment: Payment, fen: int, reference: str, reason: str) -> None:
    if fen < 0:
        raise RuleBroken("complaint.redress", _("Redress cannot be negative."), field="paid")
    if fen > payment.amount_fen:
        raise RuleBroken("redress.more", _("This is more than was agreed."), field="paid")
    if fen and not reference.strip():
        raise RuleBroken("redress.reference", _("Enter the reference of the payment."), field="reference")
    if fen < payment.amount_fen and len(reason.strip()) < REASON_MIN:
        raise RuleBroken("redress.less", _("Say why less is paid than was agreed."), field="reason")


def let_go(round_: Round, *, reason: str) -> None:
    """The plan of this round is replaced, or the matter taken back: what was not paid is not owed by it any more."""
    for payment in Payment.objects.owed(round_.complaint).filter(plan__round=round_).select_related("follow_up"):
        followups.cancel(by=None, follow_up=payment.follow_up, reason=reason)
