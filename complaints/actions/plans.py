"""The plan of a complaint: written, sent, agreed or sent back, revised; its actions done (handbook 6/1.1.30; R6.13).

A version that was decided on stays as it was; the next one is another row. From approval on every action is a promise
of its owner, which may outlive the answer to the customer (domain N.1(3)).
"""

from __future__ import annotations

import datetime
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from django.db import transaction
from django.db.models import Q
from django.utils.translation import gettext_lazy as _
from django.utils.translation import gettext_noop

from complaints import planning
from complaints.actions import clocks, gate, plan_gate, redress, seats
from complaints.actions.turning import Turn, turn, unsealed
from complaints.models import ActionItem, Complaint, Plan, Round
from complaints.models.complaint import ABOUT
from complaints.models.plan import DECISION_MAX
from complaints.sla import Kind
from crm_site import bank_day
from crm_site.errors import RuleBroken, Stale
from crm_site.models import User
from crm_site.roles import Role
from customers.actions import followups
from customers.models import FollowUp

Status = Plan.Status


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """One action as it is written."""

    text: str
    owner: User | None
    due_on: datetime.date | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Draft:
    """A plan as it is written. ``redress_fen`` in fen."""

    measures: str
    findings: str = ""
    cause_text: str = ""
    redress_type: str = Plan.Redress.NONE
    redress_fen: int = 0
    customer_message: str = ""
    steps: Sequence[Step] = ()


def first_draft(now: Turn, measures: str) -> Plan:
    """Inside the turn that begins the work: what was said then is the first version."""
    plan = Plan(round=now.round, version=1, author=now.person, written_at=now.at, measures=measures)
    plan.save(force_insert=True)
    plan.writers.add(now.person)
    return plan


def write(*, by: User, complaint: Complaint, version: int, draft: Draft, submit: bool = False) -> Complaint:
    """Write or change the plan; one that was sent already is taken back. ``submit`` sends it in the same act.

    A version sent back stays; what is written after it is the next. Raises RuleBroken for what does not fit.
    """
    _require_draft(draft)
    for step in draft.steps:
        _require_step(complaint, step)
    with transaction.atomic():
        with turn("write_plan", by=by, complaint=complaint, version=version) as now:
            plan = _version_to_write(now)
            _fill(plan, draft, now)
            now.facts |= {"plan": plan.version, "actions": len(draft.steps), "redress_fen": draft.redress_fen}
        if submit:
            return send(by=by, complaint=now.complaint, version=now.complaint.version)
    return now.complaint


def _require_draft(draft: Draft) -> None:
    if len(draft.measures.strip()) < planning.MEASURES_MIN:
        raise RuleBroken("plan.measures", planning.GAPS["measures"], field="measures")
    if draft.redress_fen < 0:
        raise RuleBroken("complaint.redress", _("Redress cannot be negative."), field="redress")
    if draft.redress_fen and draft.redress_type == Plan.Redress.NONE:
        raise RuleBroken("plan.redress_type", _("Choose what the money is for."), field="redress_type")


def _require_step(complaint: Complaint, step: Step) -> None:
    """What, who and by when; by somebody who can open the complaint and call it done."""
    if not step.text.strip():
        raise RuleBroken("plan.action", _("Write what is done in every action, or leave its row empty."))
    if step.owner is None or step.due_on is None:
        raise RuleBroken("plan.owner_due", _("Say of every action who does it and by when."))
    gate.require_unconcerned(complaint, step.owner)
    if not may_do(complaint, step.owner):
        text = _("%(name)s cannot do this: choose somebody of this team or of a department that takes part.")
        raise RuleBroken("plan.owner", text % {"name": step.owner.display_name})


def may_do(complaint: Complaint, person: User) -> bool:
    """Whether an action may be given to this person: at work, let into the complaint by it, and not whom it is about
    or who leads them (INV-17)."""
    if not person.is_active or person.status != person.Status.ACTIVE or complaint.concerns(person):
        return False
    ours = person.team_id is not None and person.team_id == complaint.team_id and person.has_role(*_OURS)
    if ours or complaint.owner_id == person.pk or person.has_role(*_ANYWHERE):
        return True
    return seats.own(complaint, person) is not None


_OURS = (Role.AGENT, Role.SENIOR)
_ANYWHERE = (Role.HANDLER, Role.LIAISON, Role.TFMEMBER, Role.SUPERVISOR)


def doers(complaint: Complaint) -> list[User]:
    """Whom a form offers for an action: this team, people and heads of the departments that take part, members of the
    task force."""
    asked = complaint.round.participations.values("department")
    near = Q(team=complaint.team) if complaint.team_id else Q(pk__in=[])
    near |= Q(pk=complaint.owner_id) | Q(team__department__in=asked) | Q(heads__in=asked)
    near |= Q(pk__in=ActionItem.objects.filter(plan__round__complaint=complaint).values("owner"))
    near |= Q(pk__in=seats.held(complaint).values("person"))
    found = User.objects.active().filter(near).select_related("team__department").distinct()
    return [person for person in found.order_by("team", "employee_no") if may_do(complaint, person)]


def _version_to_write(now: Turn) -> Plan:
    """The draft of this round, or the next version."""
    standing = now.round.plans.standing().first()
    if standing is not None:
        return standing
    last = now.round.plans.order_by("-version").first()
    return Plan(round=now.round, version=last.version + 1 if last else 1, author=now.person)


def _fill(plan: Plan, draft: Draft, now: Turn) -> None:
    if plan.status == Status.SUBMITTED:
        redress.lapse(plan, reason=gettext_noop("The plan was written anew"))
    plan.status, plan.submitted_at, plan.written_at = Status.DRAFT, None, now.at
    plan.measures, plan.customer_message = draft.measures.strip(), draft.customer_message.strip()
    plan.findings, plan.cause_text = draft.findings.strip(), draft.cause_text.strip()
    plan.redress_type, plan.redress_fen = draft.redress_type, draft.redress_fen
    plan.save()
    plan.writers.add(now.person)
    done = list(plan.actions.exclude(done_at=None))
    plan.actions.filter(done_at=None).delete()
    _add(plan, draft.steps, begin=max((item.place for item in done), default=0) + 1)


def _add(plan: Plan, steps: Iterable[Step], *, begin: int) -> None:
    ActionItem.objects.bulk_create(_item(plan, place, step) for place, step in enumerate(steps, begin))


def _item(plan: Plan, place: int, step: Step) -> ActionItem:
    assert step.owner is not None and step.due_on is not None  # noqa: S101, PT018 - write() asked
    department = step.owner.team.department if step.owner.team else None
    return ActionItem(
        plan=plan, place=place, text=step.text.strip(), owner=step.owner, department=department, due_on=step.due_on
    )


def send(*, by: User, complaint: Complaint, version: int) -> Complaint:
    """Send the draft for approval. Raises RuleBroken for what is still missing in it."""
    with turn("submit_plan", by=by, complaint=complaint, version=version) as now:
        plan = plan_gate.drafted(now.complaint)
        assert plan is not None  # noqa: S101 - the gate asked
        plan.status, plan.submitted_at = Status.SUBMITTED, now.at
        plan.save(update_fields=["status", "submitted_at"])
        plan.writers.add(by)
        now.facts["plan"] = plan.version
        redress.ask_next(now, plan)
    return now.complaint


def approve(*, by: User, complaint: Complaint, version: int) -> Complaint:
    """Agree to the plan: it rules from now on, and each action is promised by its owner.

    Raises NotAllowed for whoever wrote in it, and for redress beyond this person's authority (domain D.10, INV-8);
    RuleBroken where somebody has to agree first, and says who.
    """
    with turn("approve_plan", by=by, complaint=complaint, version=version) as now:
        plan = _decided(now)
        plan.status = Status.APPROVED
        plan.save(update_fields=["status", "decided_by", "decided_at"])
        clocks.keep(now.round, Kind.PLAN, by=by, at=now.at)
        for item in plan.actions.filter(done_at=None).select_related("owner__team"):
            _promise(now, item)
        redress.owe(now, plan)
        now.facts |= {"plan": plan.version, "redress_fen": plan.redress_fen}
    return now.complaint


def send_back(*, by: User, complaint: Complaint, version: int, reason: str) -> Complaint:
    """Not agreed: back to its authors with the reason; the version stays readable."""
    with turn("return_plan", by=by, complaint=complaint, version=version, reason=reason) as now:
        plan = _decided(now)
        plan.status = Status.RETURNED
        plan.decision_reason = unsealed(now.complaint, reason)[:DECISION_MAX]
        redress.lapse(plan, reason=gettext_noop("The plan was sent back"))
        plan.save(update_fields=["status", "decided_by", "decided_at", "decision_reason"])
        now.facts["plan"] = plan.version
    return now.complaint


def _decided(now: Turn) -> Plan:
    """The plan that waits, with this person's name under it."""
    plan = plan_gate.waiting(now.complaint)
    assert plan is not None  # noqa: S101 - the gate asked
    plan.decided_by, plan.decided_at = now.person, now.at
    return plan


def revise(*, by: User, complaint: Complaint, version: int, reason: str) -> Complaint:
    """The agreed plan does not hold: work goes on with the next version, which begins as a copy; what is done stays."""
    with turn("revise_plan", by=by, complaint=complaint, version=version, reason=reason) as now:
        replace(now, reason=reason)
    return now.complaint


def replace(now: Turn, *, reason: str) -> None:
    """Inside a turn: the approved version of this round gives way to a draft with the same words."""
    old = now.round.plans.approved().get()
    old.status = Status.SUPERSEDED
    old.save(update_fields=["status"])
    let_go(now.round, by=now.by, reason=reason)
    items = list(old.actions.all())
    fresh = Plan(
        round=now.round,
        version=old.version + 1,
        author=now.person,
        written_at=now.at,
        **{name: getattr(old, name) for name in _COPIED},
    )
    fresh.save(force_insert=True)
    fresh.writers.add(now.person)
    for item in items:
        item.pk, item.plan, item.follow_up = None, fresh, None
    ActionItem.objects.bulk_create(items)
    now.facts["plan"] = fresh.version


_COPIED = ("findings", "cause_text", "measures", "redress_type", "redress_fen", "customer_message")


def complete(*, by: User, complaint: Complaint, version: int, item: ActionItem, evidence: str = "") -> Complaint:
    """An action is done, with where it can be seen; keeps its owner's promise, at any time until it is done."""
    with turn("complete_action", by=by, complaint=complaint, version=version) as now:
        changed = ActionItem.objects.owed(now.complaint).filter(pk=item.pk)
        if changed.update(done_at=now.at, done_by=by, evidence=evidence.strip()) != 1:
            raise Stale("action.stale", _("This action was done or replaced in the meantime."))
        assert item.follow_up is not None  # noqa: S101 - owed() asks for an open promise
        followups.keep(by=None, follow_up=item.follow_up, at=now.at)
        now.facts["place"] = item.place
    return now.complaint


def _promise(now: Turn, item: ActionItem) -> None:
    complaint = now.complaint
    item.follow_up = followups.promise(
        by=now.by,
        customer=complaint.customer,
        kind=FollowUp.Kind.ACTION,
        title=unsealed(complaint, item.text),
        due_on=item.due_on,
        due_at=bank_day.ends(item.due_on),
        owner=item.owner,
        about_kind=ABOUT,
        about_no=complaint.number,
        about_level=complaint.level,
    )
    item.save(update_fields=["follow_up"])


def let_go(round_: Round, *, by: User | None, reason: str) -> None:
    """What was promised in this round's plan and is not done or paid falls away."""
    why = reason or gettext_noop("The plan was replaced")
    redress.let_go(round_, reason=why)
    owed = ActionItem.objects.owed(round_.complaint).filter(plan__round=round_).select_related("follow_up")
    for item in owed:
        assert item.follow_up is not None  # noqa: S101 - owed() asks for an open promise
        followups.cancel(by=None, follow_up=item.follow_up, reason=why)
