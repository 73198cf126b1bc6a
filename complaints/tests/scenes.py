"""Complaints brought to a point of their life by the centre's own verbs, for tests."""

from __future__ import annotations

import datetime
from collections.abc import Callable
from typing import Any

from django.utils import timezone

from complaints import sla
from complaints.actions import (
    assessment,
    causes,
    handling,
    intake,
    milestones,
    participations,
    pauses,
    plans,
    referring,
    resolution,
    seats,
    taskforce,
)
from complaints.actions.assessment import Judgement
from complaints.actions.intake import Statement
from complaints.actions.resolution import Asked, Solution, Told
from complaints.models import Complaint
from complaints.redress import ABOVE_FEN
from complaints.severity import Factors
from crm_site.models import Department, Team, User
from crm_site.tests.factories import DepartmentFactory, TeamFactory, UserFactory
from customers.models import FollowUp
from customers.tests.factories import CustomerFactory

Level = sla.Level
SHANGHAI = datetime.timezone(datetime.timedelta(hours=8))
PLAN = "IT checks the clearing files by Monday; operations refunds by Thursday."


FINDING = causes.Finding(cause="FEES", description="The clearing file is sent twice.", systemic=True)


def local(text: str) -> datetime.datetime:
    """An instant in Shanghai: ``local("2025-09-26 10:00")``."""
    return datetime.datetime.fromisoformat(text).replace(tzinfo=SHANGHAI)


def team(purpose: str = Team.Purpose.COMPLAINT) -> Team:
    """A team."""
    return TeamFactory(purpose=purpose)


def handler(where: Team | None = None, *, role: str = "handler") -> User:
    """Somebody of a complaints team."""
    return UserFactory(role=role, team=where or team())


def statement(**fields: Any) -> Statement:
    """What a customer says on the phone just now."""
    values: dict[str, Any] = {
        "subject": "Transfer fee charged twice",
        "content": "I made two transfers and each fee was taken twice.",
        "channel": "PHONE",
        "received_at": timezone.now(),
        "desired_outcome": "Refund and reason",
        **fields,
    }
    if "customer" not in fields and "complainant_name" not in fields and "relation" not in fields:
        values["customer"] = CustomerFactory()
    return Statement(**values)


def received(by: User, *, nature: str = "COMPLAINT", reason: str = "late", **fields: Any) -> Complaint:
    """Registered, classified unless ``nature="UNCLASSIFIED"``, owned by ``by``."""
    owner = fields.pop("owner", by)
    return intake.receive(by=by, statement=statement(**fields), nature=nature, reason=reason, owner=owner, team=by.team)


def spoken_for(by: User, **fields: Any) -> Complaint:
    """Brought by somebody for the customer, whose authority nobody has seen yet."""
    who = {"relation": "AGENT", "complainant_name": "周明远", "complainant_contact": "13800138000"}
    return received(by, **{"customer": fields.pop("customer", None) or CustomerFactory(), **who, **fields})


def referred(by: User, **fields: Any) -> Complaint:
    """Sent on to a body outside, where nobody has taken it over yet."""
    complaint = received(by, **fields)
    referral = referring.Referral(target="支付机构", told_how="By phone", reason="Not ours")
    return referring.refer_out(by=by, complaint=complaint, version=complaint.version, referral=referral)


def judgement(level: Level, **fields: Any) -> Judgement:
    """A complete judgement."""
    values: dict[str, Any] = {
        "factors": Factors(),
        "level": level,
        "cause": Complaint.Cause.FEES,
        "core_issue": "Fee taken twice",
        "desired_outcome": "Refund and reason",
        "deviation_reason": "Several customers",
        **fields,
    }
    return Judgement(**values)


def assessed(by: User, level: Level = Level.MODERATE, **fields: Any) -> Complaint:
    """Received and assessed."""
    complaint = received(by, **fields)
    return assessment.assess(by=by, complaint=complaint, version=complaint.version, judgement=judgement(level))


def in_work(by: User, level: Level = Level.MODERATE, **fields: Any) -> Complaint:
    """Assessed, and work has begun with one department."""
    complaint = assessed(by, level, **fields)
    return begun(by, complaint)


def late(by: User, level: Level = Level.MODERATE, **fields: Any) -> Complaint:
    """In work with a plan, received so long ago that the answer is late."""
    received_at = timezone.now() - datetime.timedelta(days=30)
    return planned(by, level, **{"received_at": received_at, **fields})


def invited(by: User, complaint: Complaint) -> Complaint:
    """One department has been asked what it knows."""
    return participations.invite(
        by=by, complaint=complaint, version=complaint.version, departments=[department()], task=PLAN
    )


def head(of: Department | None = None) -> User:
    """Who heads a department, the one that helps unless another is given; a liaison of it."""
    asked = of or department()
    if asked.head is None:
        asked.head = UserFactory(role="liaison", team=TeamFactory(code=f"{asked.code}1", department=asked))
        asked.save()
    return asked.head


def specialist() -> User:
    """Somebody who knows about technology and may sit in task forces."""
    found = User.objects.filter(username="specialist").first()
    legal = TeamFactory(code="LEGAL1", department=DepartmentFactory(code="LEGAL", kind=Department.Kind.LEGAL))
    return found or UserFactory(username="specialist", role="tfmember", team=legal, skills=["technology"])


def server(by: User) -> User:
    """Somebody of the service department who may lead: of this person's team."""
    if by.team is not None and by.team.department.kind == Department.Kind.SERVICE:
        return by
    return UserFactory(role="handler")


def named(by: User, complaint: Complaint) -> list[taskforce.Named]:
    """A whole task force led by somebody of the service department."""
    heads = [head(asked) for asked in seats.concerned(complaint)]
    return [
        taskforce.Named(person=server(by), capacity="SERVICE", leads=True),
        *(taskforce.Named(person=person, capacity="DEPT_HEAD") for person in heads),
        taskforce.Named(person=specialist(), capacity="SPECIALIST"),
    ]


def formed(by: User, complaint: Complaint, *, among: list[taskforce.Named] | None = None) -> Complaint:
    """A supervisor has formed the task force and asked its members."""
    boss = by if by.has_role("supervisor") else approver(by)
    return taskforce.form(by=boss, complaint=complaint, version=complaint.version, named=among or named(by, complaint))


def seated(by: User, complaint: Complaint) -> Complaint:
    """The task force is formed, and every member has accepted."""
    complaint = formed(by, complaint)
    for seat in list(seats.held(complaint).filter(accepted_at=None).select_related("person")):
        complaint = taskforce.accept(by=seat.person, complaint=complaint)
    return complaint


def together(by: User, complaint: Complaint) -> Complaint:
    """Its task force is complete; nothing happens where it is, or where none is needed."""
    if complaint.level != Complaint.Level.SEVERE or not seats.gaps(complaint):
        return complaint
    return seated(by, complaint if seats.concerned(complaint) else invited(by, complaint))


def milestone(by: User, complaint: Complaint, **fields: Any) -> Complaint:
    """The task force promises to have something reached in two days; the first of its members owns it."""
    values: dict[str, Any] = {
        "text": "The logs are read",
        "seat": seats.held(complaint).exclude(accepted_at=None).order_by("pk").first(),
        "due_on": timezone.localdate() + datetime.timedelta(days=2),
        **fields,
    }
    return milestones.set_milestone(by=by, complaint=complaint, version=complaint.version, **values)


def begun(by: User, complaint: Complaint) -> Complaint:
    """Work has begun; of a severe one by its task force."""
    if complaint.level == Complaint.Level.SEVERE:
        complaint = together(by, complaint)
        return handling.start_work(by=by, complaint=complaint, version=complaint.version, plan=PLAN)
    return handling.start_work(
        by=by, complaint=complaint, version=complaint.version, plan=PLAN, departments=[department()]
    )


def draft(by: User, **fields: Any) -> plans.Draft:
    """A whole plan with one action of the person who writes it, due in three days."""
    due_on = timezone.localdate() + datetime.timedelta(days=3)
    values: dict[str, Any] = {
        "findings": "The clearing message was sent twice.",
        "cause_text": "A retry without a check.",
        "measures": PLAN,
        "redress_type": "FEE_REFUND",
        "redress_fen": 200_00,
        "customer_message": "We refund the fee that was taken twice.",
        "steps": [plans.Step(text="Refund the fee", owner=by, due_on=due_on)],
        **fields,
    }
    return plans.Draft(**values)


def drafted(by: User, complaint: Complaint, **fields: Any) -> Complaint:
    """The plan is written and not sent yet."""
    return plans.write(by=by, complaint=complaint, version=complaint.version, draft=draft(by, **fields))


def sent(by: User, complaint: Complaint, **fields: Any) -> Complaint:
    """The plan is written and waits for approval."""
    return plans.write(by=by, complaint=complaint, version=complaint.version, draft=draft(by, **fields), submit=True)


def agreed(by: User, complaint: Complaint, **fields: Any) -> Complaint:
    """The plan is written by this person and approved by a supervisor."""
    complaint = sent(by, together(by, complaint), **fields)
    return plans.approve(by=approver(by), complaint=complaint, version=complaint.version)


def approver(by: User) -> User:
    """Another supervisor: of the same team where there is one."""
    others = User.objects.filter(team=by.team, roles__icontains="supervisor").exclude(pk=by.pk)
    return others.first() or UserFactory(role="supervisor")


def heads(by: User) -> tuple[User, User]:
    """The heads of the department that helps and of finance: who agree to redress above the limit."""
    people = []
    for where in (department(), DepartmentFactory(code="FIN", name="Finance", kind=Department.Kind.FINANCE)):
        head = UserFactory(role="liaison", team=TeamFactory(department=where))
        Department.objects.filter(pk=where.pk).update(head=head)
        people.append(head)
    return people[0], people[1]


def above(by: User, **fields: Any) -> tuple[Complaint, User, User]:
    """A plan with redress above what a supervisor grants waits; the head and finance whose consents it needs."""
    complaint = in_work(by, **fields)
    head, money = heads(by)
    return sent(by, complaint, redress_type="COMPENSATION", redress_fen=ABOVE_FEN + 1), head, money


def granted(by: User, **fields: Any) -> tuple[Complaint, User]:
    """A plan with money in it is agreed and not paid yet; and who approved it."""
    complaint = agreed(by, in_work(by, **fields))
    return complaint, complaint.round.plans.approved().get().decided_by


def planned(by: User, level: Level = Level.MODERATE, **fields: Any) -> Complaint:
    """In work with a plan that was agreed."""
    return agreed(by, in_work(by, level, **fields))


def department() -> Department:
    """A department that helps."""
    return DepartmentFactory(code="IT", name="Technology", kind=Department.Kind.IT)


def paused(by: User, complaint: Complaint, **fields: Any) -> Complaint:
    """Paused until tomorrow for the customer, who was told on the phone."""
    values: dict[str, Any] = {
        "why": "WAITING_CUSTOMER",
        "until": timezone.localdate() + datetime.timedelta(days=1),
        "channel": "PHONE",
        "told": "We wait for your receipt.",
        "reason": "The receipt decides",
        **fields,
    }
    return pauses.pause(by=by, complaint=complaint, version=complaint.version, **values)


def told(**fields: Any) -> Told:
    """The result, told on the phone."""
    values = {"channel": "PHONE", "content": "Refunded 96 yuan today.", "decision": "UPHELD", **fields}
    return Told(**values)


def resolved(by: User, complaint: Complaint) -> Complaint:
    """Solved on the spot."""
    solution = Solution(cause=Complaint.Cause.FEES, told=told())
    return resolution.resolve(by=by, complaint=complaint, version=complaint.version, solution=solution)


def fed_back(by: User, level: Level = Level.MODERATE, **fields: Any) -> Complaint:
    """The customer has been told the result."""
    if level == Level.MINOR:
        return resolved(by, assessed(by, level, **fields))
    complaint = planned(by, level, **fields)
    return resolution.feed_back(by=by, complaint=complaint, version=complaint.version, told=told())


def in_review(by: User, level: Level = Level.MODERATE, **fields: Any) -> Complaint:
    """Closed, and the customer asks for a review."""
    complaint = closed(by, level, **fields)
    said = "The fee was taken all the same."
    return resolution.ask_review(by=by, complaint=complaint, version=complaint.version, said=said)


def asked(by: User, complaint: Complaint, **fields: Any) -> Complaint:
    """The customer has been asked; content unless said otherwise."""
    values: dict[str, Any] = {"channel": "PHONE", "satisfaction": 5, "accepted": True, **fields}
    return resolution.record_satisfaction(by=by, complaint=complaint, version=complaint.version, asked=Asked(**values))


def closed(by: User, level: Level = Level.MODERATE, **fields: Any) -> Complaint:
    """Closed to the customer's satisfaction."""
    complaint = asked(by, fed_back(by, level, **fields))
    if level == Level.SEVERE:
        complaint = causes.record_root_cause(by=by, complaint=complaint, version=complaint.version, finding=FINDING)
    return resolution.close(by=by, complaint=complaint, version=complaint.version, outcome="SATISFIED")


def go(verb: Callable[..., Complaint], who: User, complaint: Complaint, **fields: Any) -> Complaint:
    """This step on the complaint as it is stored now."""
    fresh = Complaint.objects.get(pk=complaint.pk)
    return verb(by=who, complaint=fresh, version=fresh.version, **fields)


def promises(complaint: Complaint, state: str = "OPEN") -> dict[str, FollowUp]:
    """Promises of the complaint by clock kind."""
    found = FollowUp.objects.filter(clock__round__complaint=complaint, state=state).select_related("clock")
    return {promise.clock.kind: promise for promise in found}
