"""Every step with everything it asks for, so that only the gate can refuse it."""

from __future__ import annotations

import datetime
from collections.abc import Callable
from typing import Any

from django.db import transaction
from django.utils import timezone

from complaints import states
from complaints.actions import (
    assessment,
    assigning,
    authority,
    causes,
    complexity,
    facts,
    gate,
    gathering,
    handling,
    intake,
    merging,
    milestones,
    participations,
    pauses,
    plans,
    recovery,
    recusing,
    redress,
    referring,
    resolution,
    returning,
    seats,
    taskforce,
)
from complaints.actions.authority import Paper
from complaints.actions.referring import Referral
from complaints.actions.resolution import Asked, Solution, ending
from complaints.models import ActionItem, Complaint, Gathering, Milestone, Participation, Payment, Seat
from complaints.sla import Level
from complaints.tests import scenes
from crm_site.errors import RuleBroken
from crm_site.models import CalendarDay, User
from crm_site.tests.factories import DepartmentFactory, UserFactory

Act = Callable[[User, Complaint], Complaint]


def _with(verb: Callable[..., Complaint], **fields: Any) -> Act:
    return lambda by, complaint: verb(by=by, complaint=complaint, version=complaint.version, **fields)


def _classify(by: User, complaint: Complaint) -> Complaint:
    nature = "INQUIRY" if complaint.nature != "INQUIRY" else "SUGGESTION"
    return _with(intake.classify, nature=nature, reason="why")(by, complaint)


def _assess(by: User, complaint: Complaint) -> Complaint:
    level = Level.MODERATE if states.assessors(Level.MODERATE) & set(by.roles) else Level.MINOR
    return _with(assessment.assess, judgement=scenes.judgement(level))(by, complaint)


def _feed_back(by: User, complaint: Complaint) -> Complaint:
    decision = {"INQUIRY": "ANSWERED", "SUGGESTION": "ADOPTED"}.get(complaint.nature, "UPHELD")
    return _with(resolution.feed_back, told=scenes.told(decision=decision), reason="why")(by, complaint)


def _close(by: User, complaint: Complaint) -> Complaint:
    possible = ending.outcomes(complaint, by) or ["SATISFIED"]
    act = _with(resolution.close, outcome=possible[0], cause="FEES", position_final=True, routes_told=True)
    return act(by, complaint)


def _change_level(by: User, complaint: Complaint) -> Complaint:
    level = Level.MODERATE if complaint.level != Complaint.Level.MODERATE else Level.SEVERE
    return _with(assessment.change_level, level=level, reason="why")(by, complaint)


def _start_work(by: User, complaint: Complaint) -> Complaint:
    asked = (
        [] if complaint.level == Complaint.Level.SEVERE else [scenes.department()]
    )  # a severe one's are asked before
    return _with(handling.start_work, plan=scenes.PLAN, departments=asked)(by, complaint)


def _write_plan(by: User, complaint: Complaint) -> Complaint:
    return _with(plans.write, draft=scenes.draft(by))(by, complaint)


def _complete(by: User, complaint: Complaint) -> Complaint:
    item = gate.open_actions(complaint, by).first() or ActionItem()
    return _with(plans.complete, item=item, evidence="Seen in the ledger.")(by, complaint)


def _pay(by: User, complaint: Complaint) -> Complaint:
    owed = gate.open_payments(complaint, by).exclude(granted_by=by).first() or Payment(amount_fen=1)
    return _with(redress.pay, payment=owed, reference="CB-7")(by, complaint)


def _propose(by: User, complaint: Complaint) -> Complaint:
    return _with(taskforce.propose, named=scenes.named(by, complaint))(by, complaint)


def _form(by: User, complaint: Complaint) -> Complaint:
    return _with(taskforce.form, named=scenes.named(by, complaint))(by, complaint)


def _lead(by: User, complaint: Complaint) -> Complaint:
    return _with(taskforce.name_lead, seat=seats.held(complaint).first() or Seat(person=by))(by, complaint)


def _meeting(by: User, complaint: Complaint) -> Complaint:
    there = list(seats.held(complaint)) or [Seat()]
    return _with(milestones.hold_meeting, held_at=timezone.now(), present=there, note="The logs were read.")(
        by, complaint
    )


def _milestone(by: User, complaint: Complaint) -> Complaint:
    """Owned by whoever has accepted; a force where nobody has yet gets somebody who does at once."""
    taken = seats.held(complaint).exclude(accepted_at=None).first()
    waiting = None if taken else seats.held(complaint).exclude(asked_at=None).first()
    if waiting is not None:
        Seat.objects.filter(pk=waiting.pk).update(accepted_at=timezone.now())
    on = timezone.localdate() + datetime.timedelta(days=2)
    return _with(milestones.set_milestone, text="The logs are read", seat=taken or waiting or Seat(), due_on=on)(
        by, complaint
    )


def _reach(by: User, complaint: Complaint) -> Complaint:
    owed = seats.open_milestones(complaint, by, handles=gate.handles(complaint, by)).first() or Milestone()
    return _with(milestones.meet, milestone=owed)(by, complaint)


def _pause(by: User, complaint: Complaint) -> Complaint:
    return scenes.paused(by, complaint)


def _explain_late(by: User, complaint: Complaint) -> Complaint:
    on = CalendarDay.objects.calendar().next_working(timezone.localdate())
    said = {"why": "OVERLOAD", "until": on, "channel": "PHONE", "told": "We answer by then."}
    return _with(recovery.explain_late, **said)(by, complaint)


def _asked(by: User, complaint: Complaint) -> Participation:
    return gate.open_questions(complaint, by).first() or Participation(department=scenes.department())


def _answer(by: User, complaint: Complaint) -> Complaint:
    return _with(participations.answer, participation=_asked(by, complaint), text="The file was read.")(by, complaint)


def _bounce(by: User, complaint: Complaint) -> Complaint:
    return _with(participations.bounce, participation=_asked(by, complaint), reason="not ours")(by, complaint)


def _invite(by: User, complaint: Complaint) -> Complaint:
    asked = set(complaint.round.participations.waiting().values_list("department__code", flat=True))
    code = next(code for code in (f"X{n}" for n in range(99)) if code not in asked)
    return _with(participations.invite, departments=[DepartmentFactory(code=code)], task="What do the logs say?")(
        by, complaint
    )


def _assign(by: User, complaint: Complaint) -> Complaint:
    to = UserFactory(role="handler", team=by.team)
    return _with(assigning.assign, to=to, reason="why")(by, complaint)


def twin(complaint: Complaint) -> Complaint:
    """A complaint of the same customer that is as grave and in the same hands: one that is there, else a new one."""
    like = {name: getattr(complaint, name) for name in ("customer", "nature", "level", "team", "restricted")}
    there = Complaint.objects.open().filter(**like).exclude(pk=complaint.pk).first() if complaint.customer_id else None
    if there is not None:
        return there
    boss = UserFactory(role="supervisor", team=complaint.team)
    contact = complaint.complainant_contact
    whose = {"customer": complaint.customer, "complainant_name": "周明远", "complainant_contact": contact}
    if complaint.level is None:
        made = scenes.received(boss, nature=complaint.nature, **whose)
    else:
        made = scenes.assessed(boss, Level[Complaint.Level(complaint.level).name], **whose)
    return _with(recusing.restrict, reason="as the other")(boss, made) if complaint.restricted else made


def _merge(by: User, complaint: Complaint) -> Complaint:
    return _with(merging.merge, target=twin(complaint), reason="why", no_new_facts=True)(by, complaint)


def _unlink(by: User, complaint: Complaint) -> Complaint:
    held = complaint.memberships.first()
    found = held.gathering if held else Gathering(number="none")
    return _with(gathering.unlink, gathering=found, reason="why")(by, complaint)


def _restrict(by: User, complaint: Complaint) -> Complaint:
    return _with(recusing.restrict, reason="rude at the counter", accused=UserFactory())(by, complaint)


ACTS: dict[str, Act] = {
    "claim": lambda by, complaint: handling.claim(by=by, complaint=complaint),
    "classify": _classify,
    "assess": _assess,
    "resolve": _with(resolution.resolve, solution=Solution(cause="FEES", told=scenes.told())),
    "start_work": _start_work,
    "progress": _with(handling.tell_progress, channel="PHONE", summary="Half done"),
    "feed_back": _feed_back,
    "satisfaction": _with(resolution.record_satisfaction, asked=Asked(channel="PHONE", satisfaction=5, accepted=True)),
    "close": _close,
    "reopen": _with(resolution.reopen, reason="why", level=Level.SEVERE),
    "ask_review": _with(resolution.ask_review, said="The fee was taken all the same."),
    "confirm_result": _with(
        resolution.confirm_result, channel="PHONE", content="The result stands: the contract says so.", routes_told=True
    ),
    "grant_review": _with(resolution.grant_review, reason="why", level=Level.SEVERE),
    "change_level": _change_level,
    "root_cause": _with(causes.record_root_cause, finding=scenes.FINDING),
    "write_plan": _write_plan,
    "submit_plan": _with(plans.send),
    "approve_plan": _with(plans.approve),
    "return_plan": _with(plans.send_back, reason="why"),
    "revise_plan": _with(plans.revise, reason="why"),
    "complete_action": _complete,
    "consent_redress": _with(redress.agree),
    "refuse_redress": _with(redress.refuse, reason="why"),
    "pay_redress": _pay,
    "propose_force": _propose,
    "form_force": _form,
    "name_lead": _lead,
    "accept_seat": lambda by, complaint: taskforce.accept(by=by, complaint=complaint),
    "decline_seat": lambda by, complaint: taskforce.decline(by=by, complaint=complaint, reason="Away for a month."),
    "hold_meeting": _meeting,
    "set_milestone": _milestone,
    "meet_milestone": _reach,
    "set_complexity": _with(
        complexity.set_complexity, complexity="COMPLEX", channel="PHONE", told="It takes longer.", reason="why"
    ),
    "invite": _invite,
    "answer": _answer,
    "bounce": _bounce,
    "explain_late": _explain_late,
    "pause": _pause,
    "sign_pause": _with(pauses.sign),
    "resume": _with(pauses.resume),
    "record_authority": _with(authority.record_authority, paper=Paper(kind="MANDATE")),
    "new_facts": _with(facts.new_facts, channel="PHONE", text="A second receipt was found."),
    "merge": _merge,
    "unmerge": _with(merging.unmerge),
    "split": _with(facts.split, subject="Second fee", content="And another fee.", reason="another team"),
    "link": _with(gathering.begin, kind="GROUP", title="Fees taken twice"),
    "unlink": _unlink,
    "accept_referral": _with(referring.accept, who="Ms Chen, reference 88-1"),
    "come_back": _with(returning.come_back, reason="why"),
    "restrict": _restrict,
    "unrestrict": _with(recusing.unrestrict, reason="why"),
    "refer_out": _with(referring.refer_out, referral=Referral(target="Operator", told_how="By phone", reason="why")),
    "assign": _assign,
    "withdraw": _with(resolution.withdraw, reason="why", read_back=True),
}


class _Undo(Exception):
    """Takes an attempt back."""


def lets_through(verb: str, by: User, complaint: Complaint) -> bool:
    """Whether the verb acts when it is given everything it asks for; the attempt is taken back."""
    try:
        with transaction.atomic():
            ACTS[verb](by, complaint)
            raise _Undo
    except _Undo:
        return True
    except RuleBroken:
        return False
