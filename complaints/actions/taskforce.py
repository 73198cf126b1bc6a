"""The task force of a severe complaint: proposed, formed, its seats answered, dissolved (handbook 6/1.1.30(3)).

A handler proposes, a supervisor forms and asks the members, each member answers alone. The promise to form it is kept
when enough of them have accepted, not before (R6.12; decision 0015).
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from django.db.models import Q
from django.utils.translation import gettext_lazy as _
from django.utils.translation import gettext_noop

from complaints.actions import clocks, gate, milestones, seats
from complaints.actions.chain import Chain
from complaints.actions.turning import Turn, turn
from complaints.models import Complaint, Round, Seat, TaskForce
from complaints.models.complaint import ABOUT
from complaints.sla import Kind
from complaints.taskforce import NOTE_MIN, Capacity
from crm_site.actions import notices
from crm_site.errors import NotAllowed, RuleBroken, Stale
from crm_site.models import Department

if TYPE_CHECKING:
    from crm_site.models import User

Because = TaskForce.Because
ASKED: str = gettext_noop("You are asked to sit in a task force")
PROPOSED: str = gettext_noop("A task force is proposed and waits to be formed")
DECLINED: str = gettext_noop("%(who)s does not sit in the task force")


@dataclass(frozen=True, slots=True, kw_only=True)
class Named:
    """Who shall sit for what. ``deputises``: sent by the head of their own department."""

    person: User
    capacity: str
    deputises: bool = False
    leads: bool = False


# --- named -------------------------------------------------------------------------------------------------------
def propose(*, by: User, complaint: Complaint, version: int, named: Sequence[Named]) -> Complaint:
    """Propose who sits in it, in place of an earlier proposal; a supervisor is told, the people are not yet.

    Raises NotAllowed for somebody it concerns (INV-17), RuleBroken for whoever cannot sit for what is said.
    """
    require_named(complaint, named)
    with turn(seats.PROPOSE, by=by, complaint=complaint, version=version) as now:
        _name(now, named, ask=False)
        notices.tell(
            to=_supervisors(complaint, but=by),
            kind="force_proposed",
            title=PROPOSED,
            values={},
            about_kind=ABOUT,
            about_no=complaint.number,
            dedupe=f"force:{complaint.number}:{complaint.version}",
        )
    return now.complaint


def _supervisors(complaint: Complaint, *, but: User) -> list[User]:
    """Who may form it: every supervisor it does not concern, but for whoever speaks."""
    return [person for person in Chain().supervisors if person.pk != but.pk and not complaint.concerns(person)]


def form(*, by: User, complaint: Complaint, version: int, named: Sequence[Named]) -> Complaint:
    """Say who sits in it and ask them; also changes one that stands. Who had accepted and stays need not again.

    Raises as propose().
    """
    require_named(complaint, named)
    with turn(seats.FORM, by=by, complaint=complaint, version=version) as now:
        _name(now, named, ask=True)
        settle(now)
    return now.complaint


def require_named(complaint: Complaint, named: Sequence[Named]) -> None:
    """What has to be right of people whoever names them."""
    if not named:
        raise RuleBroken("taskforce.nobody", _("Name at least one member."))
    people = [one.person for one in named]
    if len({person.pk for person in people}) < len(people):
        raise RuleBroken("taskforce.twice", _("A person sits in it once. Choose somebody else."))
    if sum(one.leads for one in named) > 1:
        raise RuleBroken("taskforce.leads", _("One of them leads."))
    gate.require_unconcerned(complaint, *people)
    for one in named:
        _require_fit(one)


def _require_fit(one: Named) -> None:
    if not seats.may_sit(one.person):
        text = _("%(name)s is not at work, or has no role that opens complaints. Choose somebody else.")
        raise RuleBroken("taskforce.person", text % {"name": one.person.display_name})
    if _department_of(one) is None or (one.deputises and one.capacity != Capacity.DEPT_HEAD):
        raise RuleBroken("taskforce.capacity", _UNFIT[Capacity(one.capacity)] % {"name": one.person.display_name})


_UNFIT = {
    Capacity.SERVICE: _("%(name)s is not of the service department."),
    Capacity.DEPT_HEAD: _("%(name)s heads no department. A deputy is named as one, and belongs to a department."),
    Capacity.SPECIALIST: _("No field of knowledge is recorded of %(name)s."),
}


def _department_of(one: Named, wanted: Iterable[Department] = ()) -> Department | None:
    """The department this person sits for, those it concerns first; None where they cannot sit for it."""
    person = one.person
    own = person.team.department if person.team is not None else None
    if one.capacity == Capacity.SERVICE:
        return own if own is not None and own.kind == Department.Kind.SERVICE else None
    if one.capacity == Capacity.SPECIALIST:
        return own if person.skills else None
    if one.deputises:
        return own
    headed = list(person.heads.order_by("code"))
    concerned = [department for department in headed if department in wanted]
    return next(iter([*concerned, *headed]), None)


def _name(now: Turn, named: Sequence[Named], *, ask: bool) -> None:
    """Make the seats what was said; rows of those who stay as they are stay."""
    force, wanted = _force(now), seats.concerned(now.complaint)
    standing = {seat.person_id: seat for seat in Seat.objects.held().filter(task_force=force)}
    asked = []
    Seat.objects.filter(pk__in=[seat.pk for seat in standing.values()]).update(leads=False)
    for one in named:
        seat = _seat(now, force, one, wanted, standing.pop(one.person.pk, None))
        if ask and seat.asked_at is None:
            seat.asked_at = now.at
            asked.append(one.person)
        seat.leads = one.leads
        seat.save()
    for gone in standing.values():
        _take_out(now, gone)
    if ask:
        TaskForce.objects.filter(pk=force.pk).update(confirmed_by=now.by, confirmed_at=now.at)
    _tell_asked(now, asked)
    now.facts |= {"seats": len(named), "asked": len(asked), "out": len(standing)}


def _force(now: Turn) -> TaskForce:
    standing = seats.force_of(now.complaint)
    if standing is not None:
        return standing
    return TaskForce.objects.create(complaint=now.complaint, proposed_by=now.person, proposed_at=now.at)


def _seat(now: Turn, force: TaskForce, one: Named, wanted: Iterable[Department], old: Seat | None) -> Seat:
    """The seat this person has for the same thing, or a new one."""
    department = _department_of(one, wanted)
    assert department is not None  # noqa: S101 - require_named asked
    told: dict[str, Any] = {"capacity": one.capacity, "department": department, "deputises": one.deputises}
    if old is not None:
        if all(getattr(old, name) == value for name, value in told.items()):
            return old
        _take_out(now, old, keeps_milestones=True)
    return Seat(task_force=force, person=one.person, named_by=now.person, named_at=now.at, **told)


def _take_out(now: Turn, seat: Seat, *, keeps_milestones: bool = False) -> None:
    seat.left_at, seat.leads = now.at, False
    seat.save(update_fields=["left_at", "leads"])
    if not keeps_milestones:
        milestones.pass_on(now, seat)


def _tell_asked(now: Turn, people: Sequence[User]) -> None:
    notices.tell(
        to=[person for person in people if person.pk != now.person.pk],
        kind="seat",
        title=ASKED,
        values={},
        about_kind=ABOUT,
        about_no=now.complaint.number,
        dedupe=f"seat:{now.complaint.number}:{now.complaint.version}",
    )


def name_lead(*, by: User, complaint: Complaint, version: int, seat: Seat) -> Complaint:
    """Another of its members leads. Raises Stale where that seat is not held any more."""
    with turn(seats.LEAD, by=by, complaint=complaint, version=version) as now:
        held = Seat.objects.asked().filter(task_force__complaint=now.complaint)
        held.filter(leads=True).update(leads=False)
        if Seat.objects.filter(pk__in=held.filter(pk=seat.pk).values("pk")).update(leads=True) != 1:
            raise _gone()
        now.facts["to"] = seat.person.employee_no
        settle(now)
    return now.complaint


# --- answered ----------------------------------------------------------------------------------------------------
def accept(*, by: User, complaint: Complaint) -> Complaint:
    """The member takes the seat; the last one needed keeps the promise to form the task force.

    Others may answer at the same moment. Raises NotAllowed without a seat, Stale when it was taken back meanwhile.
    """
    with turn(seats.ACCEPT, by=by, complaint=complaint, only_if=Q(closed_at=None)) as now:
        seat = _answer(now, accepted_at=now.at)
        now.facts |= _said(seat)
        settle(now)
    return now.complaint


def decline(*, by: User, complaint: Complaint, reason: str) -> Complaint:
    """The member does not sit, or does no longer; supervisors are told that somebody has to be found.

    The reason is sealed with the seat and stands in no diary. Raises RuleBroken without one.
    """
    if len(reason.strip()) < NOTE_MIN:
        raise RuleBroken("state.reason", _("Say why, in a sentence."), field="reason")
    with turn(seats.DECLINE, by=by, complaint=complaint, only_if=Q(closed_at=None)) as now:
        seat = _answer(now, declined_at=now.at, leads=False, reason=reason.strip())
        milestones.pass_on(now, seat)
        now.facts |= _said(seat)
        notices.tell(
            to=_supervisors(complaint, but=by),
            kind="seat_declined",
            title=DECLINED,
            values={"who": by.display_name},
            about_kind=ABOUT,
            about_no=complaint.number,
            dedupe=f"declined:{seat.pk}",
        )
    return now.complaint


def _answer(now: Turn, **changes: Any) -> Seat:
    """Of an answer and a dissolution at once one is first."""
    seat = seats.own(now.complaint, now.person)
    if seat is None:
        raise _gone()
    unanswered = Q(accepted_at=None) if "accepted_at" in changes else Q()
    standing = Seat.objects.filter(unanswered, pk=seat.pk, declined_at=None, left_at=None)
    if standing.update(**changes) != 1:
        raise _gone()
    seat.refresh_from_db()
    return seat


def _gone() -> Stale:
    return Stale("taskforce.stale", _("This seat was answered, or taken back, in the meantime."))


def _said(seat: Seat) -> dict[str, str]:
    return {"capacity": seat.capacity, "department": seat.department.code}


def settle(now: Turn) -> None:
    """Inside a turn: once nothing is missing the force is formed, and the promise of that is kept."""
    force = seats.force_of(now.complaint)
    if force is None or force.confirmed_at is None or seats.gaps(now.complaint):
        return
    TaskForce.objects.filter(pk=force.pk, formed_at=None).update(formed_at=now.at)
    clocks.keep(now.round, Kind.FORM_TASKFORCE, by=None, at=now.at)  # a member is not its owner


def promise_again(now: Turn) -> None:
    """Inside a turn that makes a running complaint severe, or opens another round: a force that is not complete is
    promised anew."""
    if now.complaint.level == Complaint.Level.SEVERE and seats.gaps(now.complaint):
        clocks.start(now.round, Kind.FORM_TASKFORCE, by=now.by, anchor_at=now.at)


# --- ended -------------------------------------------------------------------------------------------------------
BECAUSE_OF = {
    Round.Outcome.WITHDRAWN: Because.WITHDRAWN,
    Round.Outcome.MERGED: Because.MERGED,
}
"""Why it is dissolved, by how the round ended; closed in every other case."""


def dissolve(now: Turn, because: str) -> None:
    """Inside the turn that ends the complaint or makes it less grave: nobody sits any more, open milestones fall."""
    force = seats.force_of(now.complaint)
    if force is None:
        return
    milestones.let_go(now)
    TaskForce.objects.filter(pk=force.pk).update(dissolved_at=now.at, dissolved_because=because)
    now.facts["dissolved"] = str(because)


def restore(now: Turn) -> None:
    """Inside the turn that takes a merger back: the force it dissolved stands again."""
    last = TaskForce.objects.filter(complaint=now.complaint, dissolved_because=Because.MERGED).order_by("-pk").first()
    if last is not None and seats.force_of(now.complaint) is None:
        TaskForce.objects.filter(pk=last.pk).update(dissolved_at=None, dissolved_because="")


def take_out_concerned(now: Turn) -> None:
    """Inside the turn that names whom it is about: they and their line sit in it no longer (R6.24, INV-17)."""
    for seat in seats.held(now.complaint).select_related("person", "task_force"):
        if now.complaint.concerns(seat.person):
            _take_out(now, seat)


def require_seat(complaint: Complaint, user: User) -> Seat:
    """The seat this person holds here; raises NotAllowed where there is none."""
    seat = seats.own(complaint, user)
    if seat is None:
        raise NotAllowed("taskforce.seat", _("No seat waits for your answer."))
    return seat
