"""A plan before it is sent and before it is agreed: what the gate asks (handbook 6/1.1.30; INV-8)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from complaints import planning
from complaints.actions import granting, seats
from complaints.models import Complaint, Plan
from crm_site.errors import NotAllowed, RuleBroken

if TYPE_CHECKING:
    from crm_site.models import User


def drafted(complaint: Complaint) -> Plan | None:
    """The plan that is written and not sent."""
    return complaint.round.plans.filter(status=Plan.Status.DRAFT).first()


def waiting(complaint: Complaint) -> Plan | None:
    """The plan that waits for approval."""
    return complaint.round.plans.waiting().first()


def plan_gaps(complaint: Complaint, plan: Plan) -> list[str]:
    """What is missing in a plan before it may be sent, as codes of planning.GAPS."""
    actions = list(plan.actions.values_list("due_on", "done_at"))
    facts = planning.Facts(
        severe=complaint.level == Complaint.Level.SEVERE,
        measures=plan.measures,
        findings=plan.findings,
        cause_text=plan.cause_text,
        customer_message=plan.customer_message,
        actions=len(actions),
        due=[due_on for due_on, done_at in actions if done_at is None],
    )
    return planning.missing_to_submit(facts, timezone.localdate())


def sendable(complaint: Complaint, by: User) -> None:
    """A draft with nothing missing."""
    plan = drafted(complaint)
    if plan is None:
        raise RuleBroken("plan.none", _("No plan is written. Write it first."))
    gaps = plan_gaps(complaint, plan)
    if gaps:
        raise RuleBroken(f"plan.{gaps[0]}", planning.GAPS[gaps[0]], field=gaps[0])
    granting.require_whom(complaint, plan, by)


def decidable(complaint: Complaint, by: User) -> None:
    """A plan that waits, and was written by others (domain INV-8)."""
    plan = waiting(complaint)
    if plan is None:
        raise RuleBroken("plan.not_sent", _("No plan waits for approval."))
    if plan.writers.filter(pk=by.pk).exists():
        raise NotAllowed("plan.own", _("You wrote in this plan. Somebody else has to approve it."))


def approvable(complaint: Complaint, by: User) -> None:
    """As decidable; complete, of a complete task force, and within what this person may grant (domain D.10, INV-7)."""
    decidable(complaint, by)
    seats.require_complete(complaint)
    plan = waiting(complaint)
    assert plan is not None  # noqa: S101 - decidable asked
    gaps = [gap for gap in plan_gaps(complaint, plan) if gap != "past"]  # late is not wrong: it is promised late
    if gaps:
        raise RuleBroken(f"plan.{gaps[0]}", planning.GAPS[gaps[0]])
    granting.require_granted(plan, by)
