"""What the gate asks about the task force of a severe complaint: who sits, what is missing, whose step it is.

Handbook 6/1.1.30(3); domain C.6.1, INV-7, INV-17, J.5. The rule itself is in complaints/taskforce.py.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING

from django.utils.translation import gettext_lazy as _

from complaints import taskforce
from complaints.models import Complaint, Milestone, Participation, Seat, TaskForce
from complaints.models.seat import SeatQuerySet
from complaints.models.taskforce import MilestoneQuerySet
from complaints.taskforce import Capacity, Gap, Seated
from crm_site.errors import NotAllowed, RuleBroken
from crm_site.models import Department
from crm_site.roles import Role

if TYPE_CHECKING:
    from crm_site.models import User

SIT = (Role.AGENT, Role.SENIOR, Role.HANDLER, Role.LIAISON, Role.TFMEMBER, Role.SUPERVISOR)
"""Roles whose people can open a complaint at all, and so sit in a task force."""


def may_sit(person: User) -> bool:
    """Whether this person may be asked: at work, of a role that opens complaints. Whom it concerns the verb asks."""
    return person.is_active and person.status == person.Status.ACTIVE and person.has_role(*SIT)


def force_of(complaint: Complaint) -> TaskForce | None:
    """The task force that stands."""
    return TaskForce.objects.standing().filter(complaint=complaint).first()


def held(complaint: Complaint) -> SeatQuerySet:
    """Seats of the force that stands, proposed, asked or taken."""
    return Seat.objects.held().filter(task_force__complaint=complaint)


def own(complaint: Complaint, user: User) -> Seat | None:
    """The seat this person was asked to take here."""
    return Seat.objects.asked().of(user).filter(task_force__complaint=complaint).first()


def sits(complaint: Complaint, user: User) -> bool:
    """Whether this person has taken a seat here."""
    return Seat.objects.accepted().of(user).filter(task_force__complaint=complaint).exists()


def leads(complaint: Complaint, user: User) -> bool:
    """Whether this person leads the force here, and has accepted to."""
    return Seat.objects.accepted().of(user).filter(task_force__complaint=complaint, leads=True).exists()


def concerned(complaint: Complaint) -> list[Department]:
    """The departments it concerns: asked in the latest round and not sent back; before that round has asked anybody,
    those of the round before (domain N.1(16))."""
    for round_ in complaint.rounds.order_by("-no")[:2]:
        asked = Participation.objects.filter(round=round_)
        if asked.exists():
            keys = asked.filter(bounced_at=None).values("department")
            return list(Department.objects.filter(pk__in=keys).order_by("code"))
    return []


def gaps(complaint: Complaint) -> list[Gap]:
    """What is missing in its task force now."""
    return taskforce.gaps(seated(held(complaint)), [department.code for department in concerned(complaint)])


def seated(seats: SeatQuerySet) -> list[Seated]:
    """Seats as the rule looks at them; whoever has left the bank sits nowhere."""
    found = seats.select_related("person", "department")
    here = [seat for seat in found if seat.person.is_active and seat.person.status != seat.person.Status.LEFT]
    headed = _headed(here)
    return [
        Seated(
            capacity=Capacity(seat.capacity),
            departments={seat.department.code, *headed.get(seat.person_id, ())},
            leads=seat.leads,
            accepted=seat.accepted_at is not None,
        )
        for seat in here
    ]


def _headed(seats: Iterable[Seat]) -> dict[int, set[str]]:
    """Who heads several departments speaks for each of them; a deputy only for their own."""
    heads = [seat.person_id for seat in seats if seat.capacity == Capacity.DEPT_HEAD and not seat.deputises]
    found: dict[int, set[str]] = {}
    if heads:
        for head, code in Department.objects.filter(head__in=heads).values_list("head", "code"):
            found.setdefault(head, set()).add(code)
    return found


def names() -> dict[str, str]:
    """Departments by code."""
    return dict(Department.objects.values_list("code", "name"))


def require_complete(complaint: Complaint) -> None:
    """Raises RuleBroken that names all that is missing (INV-7, TV-69); nothing is asked of what is not severe."""
    if complaint.level != Complaint.Level.SEVERE:
        return
    found = gaps(complaint)
    if found:
        raise RuleBroken(f"taskforce.{found[0].code}", taskforce.sentence(found, names()))


# --- whose step it is --------------------------------------------------------------------------------------------
PROPOSE, FORM, LEAD = "propose_force", "form_force", "name_lead"
ACCEPT, DECLINE = "accept_seat", "decline_seat"
MEET, SET, REACH = "hold_meeting", "set_milestone", "meet_milestone"


def open_milestones(complaint: Complaint, user: User, *, handles: bool) -> MilestoneQuerySet:
    """Milestones this person may call reached: their own; any where they handle the complaint or lead the force."""
    owed = Milestone.objects.owed(complaint).select_related("owner", "follow_up")
    return owed if handles or leads(complaint, user) else owed.of(user)


MAY_ACT: dict[str, Callable[[Complaint, User, bool], bool]] = {
    PROPOSE: lambda complaint, user, handles: handles,
    FORM: lambda complaint, user, handles: handles,
    LEAD: lambda complaint, user, handles: handles,
    ACCEPT: lambda complaint, user, handles: own(complaint, user) is not None,
    DECLINE: lambda complaint, user, handles: own(complaint, user) is not None,
    MEET: lambda complaint, user, handles: handles or sits(complaint, user),
    SET: lambda complaint, user, handles: handles or leads(complaint, user),
    REACH: lambda complaint, user, handles: open_milestones(complaint, user, handles=handles).exists(),
    "write_plan": lambda complaint, user, handles: handles or sits(complaint, user),
    "submit_plan": lambda complaint, user, handles: handles or sits(complaint, user),
}
"""Steps of the task force, and those its members share with whoever handles the complaint (domain J.5)."""


def _unconfirmed(complaint: Complaint, by: User) -> None:
    """A proposal is only made where nobody was asked yet."""
    force = force_of(complaint)
    if force is not None and force.confirmed_at is not None:
        raise RuleBroken("taskforce.confirmed", _("The members were asked already. A supervisor may change them."))


def _confirmed(complaint: Complaint, by: User) -> None:
    """A force whose members were asked."""
    force = force_of(complaint)
    if force is None or force.confirmed_at is None:
        raise RuleBroken("taskforce.none", _("There is no task force yet."))


def _unanswered(complaint: Complaint, by: User) -> None:
    seat = own(complaint, by)
    if seat is None or seat.accepted_at is not None:
        raise NotAllowed("taskforce.seat", _("No seat waits for your answer."))


def _complete(complaint: Complaint, by: User) -> None:
    require_complete(complaint)


CHECKS: dict[str, Callable[[Complaint, User], None]] = {
    PROPOSE: _unconfirmed,
    LEAD: _confirmed,
    ACCEPT: _unanswered,
    MEET: _confirmed,
    SET: _confirmed,
    "start_work": _complete,
}
"""What is asked of a step beside state, role and hands."""
