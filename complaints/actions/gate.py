"""Whether this person may take this step on this complaint now: asked by every verb, and by the page that offers it.

The table of transitions answers for state, nature, level and role; here is added what it cannot know: in whose hands
the matter is, whether somebody owns it already, and how long ago the customer was answered (domain C.6.1, J.5).
"""

from __future__ import annotations

import datetime
from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING

from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from complaints import heard, states
from complaints.actions import gate_intake, gate_review, granting, plan_gate, seats
from complaints.models import ActionItem, Clock, Complaint, Merger
from complaints.models.participation import ParticipationQuerySet
from complaints.models.plan import ActionItemQuerySet
from complaints.models.redress import PaymentQuerySet
from complaints.profiles import Complexity, Kind
from complaints.states import State
from crm_site.errors import NotAllowed, RuleBroken
from crm_site.models import Team
from crm_site.roles import Role
from crm_site.states import Transition
from customers.models import FollowUp

if TYPE_CHECKING:
    from crm_site.models import User

CLAIM, ASSIGN, TAKE_BACK, TAKE_IN = "claim", "assign", "take_back", "take_in"
VERBS = tuple(dict.fromkeys([CLAIM, *(row.name for row in states.TABLE.transitions)]))
"""Every step there is, in table order."""

_HANDLING = (Role.HANDLER, Role.SENIOR, Role.SUPERVISOR)
_CLAIMERS = frozenset(map(str, (Role.AGENT, Role.SENIOR, Role.HANDLER, Role.SUPERVISOR)))
_CLAIM = Transition(CLAIM, frozenset(map(str, set(State) - states.TERMINAL)), None, _CLAIMERS)
_TAKE_BACK = Transition(TAKE_BACK, _CLAIM.sources, None, _CLAIMERS)  # only from the undo of a batch, by its author
_TAKE_IN = Transition(TAKE_IN, _CLAIM.sources, None, frozenset(map(str, _HANDLING)))  # the other half of a merger
_SPOKEN = "spoken"  # stands for a reason while it is only asked whether a step is open


def level_name(complaint: Complaint) -> str:
    """The level as the table of transitions knows it; "" before assessment."""
    return str(complaint.sla_level or "")


def in_hand(complaint: Complaint, user: User) -> bool:
    """Whether the matter is this person's to act on: theirs, their team's, a leader's, or nobody's yet."""
    if user.has_role(Role.SENIOR, Role.SUPERVISOR) or complaint.owner_id == user.pk:
        return True
    if complaint.team_id is not None:
        return complaint.team_id == user.team_id
    return complaint.owner_id is None


OWNING_TEAMS = (Team.Purpose.SERVICE, Team.Purpose.COMPLAINT, Team.Purpose.KEY_ACCOUNTS)
"""Teams that take complaints in."""
_HEAVY = (Complaint.Level.MODERATE, Complaint.Level.SEVERE)


def owns_complaints(person: User) -> bool:
    """Whether this person is at work and of a role that has complaints in hand."""
    at_work = person.is_active and person.status == person.Status.ACTIVE
    return at_work and person.has_role(Role.AGENT, *_HANDLING)


def may_own(person: User, complaint: Complaint) -> bool:
    """Whether the matter may be given to this person: moderate and severe ones are a handler's (domain C.6.1), none is
    of whom it concerns (INV-17)."""
    able = owns_complaints(person) and (complaint.level not in _HEAVY or person.has_role(*_HANDLING))
    return able and not complaint.concerns(person)


def concerned(complaint: Complaint, person: User) -> bool:
    """Whether it is about this person or somebody they lead; such a person takes no part in it (R6.24, INV-17)."""
    return complaint.concerns(person)


def require_unconcerned(complaint: Complaint, *people: User) -> None:
    """Raises NotAllowed where one of them must have no part in it: as owner, approver, member of a task force."""
    if any(complaint.concerns(person) for person in people):
        text = _("This complaint is about the person or somebody they lead. Choose somebody else.")
        raise NotAllowed("complaint.recused", text)


def _may_act(verb: str, complaint: Complaint, user: User) -> bool:
    """In this person's hands; or theirs to speak for, as the answer of a department that was asked or an own action."""
    if verb == "complete_action":
        return open_actions(complaint, user).exists()
    if verb == "pay_redress":
        return handles(complaint, user) or open_payments(complaint, user).exists()
    if verb in ("consent_redress", "refuse_redress"):
        return True  # asked of this person or not: that is said in its own words
    if verb in seats.MAY_ACT:
        return seats.MAY_ACT[verb](complaint, user, handles(complaint, user))
    if verb not in ("answer", "bounce"):
        return in_hand(complaint, user)
    return handles(complaint, user) or complaint.round.participations.of(user).exists()


def handles(complaint: Complaint, user: User) -> bool:
    """Whether this person is one who handles complaints, and this one is in their hands."""
    return user.has_role(*_HANDLING) and in_hand(complaint, user)


def open_questions(complaint: Complaint, user: User) -> ParticipationQuerySet:
    """Questions this person may answer: their department's, or any where they handle the complaint."""
    waiting = complaint.round.participations.waiting().select_related("department", "follow_up")
    return waiting if handles(complaint, user) else waiting.of(user)


def open_actions(complaint: Complaint, user: User) -> ActionItemQuerySet:
    """Actions this person may call done: their own, or any where they handle the complaint."""
    owed = ActionItem.objects.owed(complaint).select_related("owner", "follow_up")
    return owed if handles(complaint, user) else owed.of(user)


def open_payments(complaint: Complaint, user: User) -> PaymentQuerySet:
    """Redress this person may record as paid: what they promised, or any where they handle the complaint."""
    return granting.owed(complaint, user, handles=handles(complaint, user))


def _asked(complaint: Complaint, by: User) -> None:
    """A question that is this person's to answer."""
    if not open_questions(complaint, by).exists():
        raise RuleBroken("participation.none", _("No department owes an answer."))


def _sent_back_twice(complaint: Complaint, by: User) -> None:
    """Two departments said it is not theirs: whom to ask next is decided above (R6.5)."""
    if not by.has_role(Role.SUPERVISOR) and complaint.round.participations.exclude(bounced_at=None).count() > 1:
        text = _("Two departments sent this back: a supervisor decides whom to ask.")
        raise NotAllowed("participation.bounced", text)


def require(verb: str, complaint: Complaint, by: User | None, *, reason: str = "") -> Transition:
    """The transition this verb makes.

    Raises NotAllowed for the wrong role or hands; RuleBroken ``state.forbidden`` when the step is not open now,
    ``state.reason`` when a reason is missing.
    """
    if by is None:
        return _ask_timetable(verb, complaint)
    require_unconcerned(complaint, by)
    return _require(verb, complaint, by, reason)


def _require(verb: str, complaint: Complaint, by: User, reason: str) -> Transition:
    """As require(), of somebody the matter does not concern."""
    if verb == TAKE_BACK:
        return _in_reach(complaint)
    if verb == TAKE_IN:
        return _taking_in(complaint, by)
    if verb == CLAIM:
        row = _claimable(complaint, by)
    else:
        row = _ask_table(verb, complaint, by, _SPOKEN)
    if not _may_act(verb, complaint, by):
        raise _in_other_hands(complaint)
    if verb == "unmerge":
        merger_of(complaint, by)
    if verb == "invite":
        _sent_back_twice(complaint, by)
    if verb in _OF_PERSON:
        _OF_PERSON[verb](complaint, by)
    check = _EXTRA.get(verb)
    if check is not None:
        check(complaint, timezone.now())
    return row if verb == CLAIM else _ask_table(verb, complaint, by, reason)


def may(verb: str, complaint: Complaint, user: User) -> bool:
    """Whether the step is open to this person now."""
    return bool(open_to(user, complaint, [verb]))


def open_to(user: User, complaint: Complaint, verbs: Iterable[str]) -> list[str]:
    """Those of these steps that are open to this person now; whether it concerns them is asked once for all."""
    if concerned(complaint, user):
        return []
    return [verb for verb in verbs if _is_open(verb, complaint, user)]


def _is_open(verb: str, complaint: Complaint, user: User) -> bool:
    try:
        _require(verb, complaint, user, _SPOKEN)
    except RuleBroken:
        return False
    return True


def _ask_table(verb: str, complaint: Complaint, by: User, reason: str) -> Transition:
    return states.TABLE.require(
        verb, complaint.state, by.roles, nature=complaint.nature, level=level_name(complaint), reason=reason
    )


def _ask_timetable(verb: str, complaint: Complaint) -> Transition:
    row = states.TABLE.get(verb, complaint.state, nature=complaint.nature, level=level_name(complaint))
    if verb not in states.BY_ITSELF:
        raise NotAllowed("state.role", _("Your role may not take this step. Ask your team leader."))
    check = _EXTRA.get(verb)
    if check is not None:
        check(complaint, timezone.now())
    return row


def _not_now() -> RuleBroken:
    return RuleBroken("state.forbidden", _("This step is not possible now. Reload the page to see what is."))


def _in_other_hands(complaint: Complaint) -> NotAllowed:
    return NotAllowed("complaint.hands", _("This matter is in other hands. Ask its owner or their team leader."))


def taken_by(complaint: Complaint) -> NotAllowed:
    """Somebody owns it already; says who."""
    text = _("Taken by %(name)s.")
    owner = complaint.owner
    return NotAllowed("complaint.taken", text % {"name": owner.display_name} if owner else _("Taken by a colleague."))


def _in_reach(complaint: Complaint) -> Transition:
    """Taking back asks who did it, which the batch knows; here only whether the matter still runs."""
    if not _TAKE_BACK.fits(complaint.state, complaint.nature):
        raise _not_now()
    return _TAKE_BACK


def _taking_in(complaint: Complaint, by: User) -> Transition:
    if not _TAKE_IN.fits(complaint.state, complaint.nature):
        raise RuleBroken("merge.ended", _("The other one has ended. Reopen it, or handle this one by itself."))
    if not _TAKE_IN.roles & set(by.roles) or not in_hand(complaint, by):
        raise _in_other_hands(complaint)
    return _TAKE_IN


def merger_of(complaint: Complaint, by: User) -> Merger:
    """The merger this person may still take back; raises NotAllowed where there is none."""
    merger = complaint.mergers.filter(undone_at=None).select_related("target").first()
    if merger is None or not merger.may_be_undone(by, timezone.now()):
        text = _("Only who merged them takes it back, within ten minutes and before somebody goes on with the other.")
        raise NotAllowed("merge.late", text)
    return merger


def _claimable(complaint: Complaint, by: User) -> Transition:
    if not _CLAIM.fits(complaint.state, complaint.nature):
        raise _not_now()
    if not _CLAIM.roles & set(by.roles):
        raise NotAllowed("state.role", _("Your role may not take this step. Ask your team leader."))
    if complaint.owner_id is not None:
        raise taken_by(complaint)
    return _CLAIM


def _spot(complaint: Complaint, now: datetime.datetime) -> None:
    """A minor matter assessed and not begun has one step for its result, "solved on the spot"."""
    if complaint.state == State.ASSESSED:
        raise _not_now()


def _still_reopens(complaint: Complaint, now: datetime.datetime) -> None:
    """Thirty calendar days after the answer, or after the withdrawal; later it is a new matter (domain C.6.1). Who said
    so online in time is in time."""
    last = complaint.round
    answered = last.fed_back_at or last.closed_at
    if answered is None:  # somebody has reopened it since it was looked at
        raise _not_now()
    said = heard.unsatisfied(complaint)
    day = timezone.localdate(said.at if said else now)
    if not states.may_reopen(timezone.localdate(answered), day):
        raise RuleBroken(
            "complaint.reopen_late",
            _("More than 30 days have passed since the answer. Register a new complaint and name this number in it."),
        )


def _running(complaint: Complaint, now: datetime.datetime) -> None:
    """Nothing is decided while the clock stands still: first it runs again."""
    if complaint.paused_at is not None:
        raise RuleBroken("complaint.paused", _("The clock is paused. Resume it first."))


def _answerable(complaint: Complaint, now: datetime.datetime) -> None:
    _running(complaint, now)
    _spot(complaint, now)


def _pausable(complaint: Complaint, now: datetime.datetime) -> None:
    _running(complaint, now)
    if complaint.is_anonymous:
        raise RuleBroken("complaint.nobody_told", _("Nobody can be told of a pause of an anonymous complaint."))


def _paused(complaint: Complaint, now: datetime.datetime) -> None:
    if complaint.paused_at is None:
        raise RuleBroken("complaint.not_paused", _("The clock is not paused."))


def _linked(complaint: Complaint, now: datetime.datetime) -> None:
    if not complaint.memberships.exists():
        raise RuleBroken("gathering.none", _("It does not belong to it."))


def _restricted(complaint: Complaint, now: datetime.datetime) -> None:
    if not complaint.restricted:
        raise RuleBroken("complaint.not_restricted", _("It is not restricted."))


def _late(complaint: Complaint, now: datetime.datetime) -> None:
    if not Clock.objects.unexplained(now).filter(round=complaint.round).exists():
        raise RuleBroken("lateness.none", _("No late answer waits for a reason."))


def _extendable(complaint: Complaint, now: datetime.datetime) -> None:
    """A limit is made longer while it runs and while somebody can be told (domain D.12: before day 15)."""
    _running(complaint, now)
    if complaint.is_anonymous:
        raise RuleBroken("complaint.nobody_told", _("Nobody can be told of a longer limit of an anonymous complaint."))
    limits = complaint.round.clocks.filter(kind=Kind.REG_FINAL, follow_up__state=FollowUp.State.OPEN)
    if not limits.filter(follow_up__due_at__gt=now).exists():
        raise RuleBroken("complaint.no_limit", _("No regulator's limit is running, or it has passed already."))
    if complaint.round.complexity == Complexity.VERY_COMPLEX:
        raise RuleBroken("complaint.longest", _("The limit is the longest already."))


_OF_PERSON: dict[str, Callable[[Complaint, User], None]] = {
    **seats.CHECKS,
    "answer": _asked,
    "bounce": _asked,
    **dict.fromkeys(("confirm_result", "grant_review"), gate_review.fresh_eyes),
    "submit_plan": plan_gate.sendable,
    "approve_plan": plan_gate.approvable,
    "return_plan": plan_gate.decidable,
    "consent_redress": granting.require_asked,
    "refuse_redress": granting.require_asked,
    "pay_redress": granting.require_another_pays,
}
_EXTRA: dict[str, Callable[[Complaint, datetime.datetime], None]] = {
    "feed_back": _answerable,
    "change_level": _running,
    "withdraw": _running,
    "merge": _running,
    "set_complexity": _extendable,
    "explain_late": _late,
    "pause": _pausable,
    "resume": _paused,
    "sign_pause": _paused,
    "reopen": _still_reopens,
    "ask_review": gate_review.askable,
    "unrestrict": _restricted,
    "unlink": _linked,
    "record_authority": gate_intake.represented,
    "accept_referral": gate_intake.referred,
}
