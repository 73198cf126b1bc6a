"""Who could sit in the task force of a complaint: a proposal to start from, and whom a form offers (peers row 72).

Proposed are people of the service department near the matter, the head of every department it concerns or somebody of
it who can stand in, and whoever knows most about its cause; never anybody it concerns (INV-17).
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field

from django.db.models import Q

from complaints import taskforce
from complaints.actions import seats
from complaints.actions.taskforce import Named
from complaints.models import Complaint, Seat, TaskForce
from complaints.taskforce import Capacity
from crm_site.models import Department, User
from crm_site.roles import Role

_LEADING = (Role.SENIOR, Role.SUPERVISOR)


def starting(complaint: Complaint) -> list[Named]:
    """What the form begins with: the seats that are held; else those of the force before; else a fresh proposal."""
    standing = list(seats.held(complaint).select_related("person"))
    if standing:
        return [_again(seat) for seat in standing]
    before = TaskForce.objects.filter(complaint=complaint).order_by("-pk").first()
    kept = (
        before.seats.exclude(accepted_at=None).filter(declined_at=None, left_at=None) if before else Seat.objects.none()
    )
    again = [_again(seat) for seat in kept.select_related("person") if _eligible(complaint, seat.person)]
    return again or proposal(complaint)


def _again(seat: Seat) -> Named:
    return Named(person=seat.person, capacity=seat.capacity, deputises=seat.deputises, leads=seat.leads)


@dataclass(slots=True)
class _Draft:
    """A proposal as it grows; a person is proposed once."""

    complaint: Complaint
    named: list[Named] = field(default_factory=list)

    def add(
        self, people: Iterable[User | None], capacity: str, *, deputises: bool = False, leads: bool = False
    ) -> bool:
        """The first of these who may sit and does not yet."""
        taken = {one.person.pk for one in self.named}
        for person in people:
            if person is not None and person.pk not in taken and _eligible(self.complaint, person):
                self.named.append(Named(person=person, capacity=capacity, deputises=deputises, leads=leads))
                return True
        return False


def _eligible(complaint: Complaint, person: User) -> bool:
    return seats.may_sit(person) and not complaint.concerns(person)


def proposal(complaint: Complaint) -> list[Named]:
    """A fresh proposal; what nobody can be found for is left out, and the page says that it is missing."""
    draft = _Draft(complaint)
    service = list(_service(complaint))
    leading = [person for person in service if person.has_role(*_LEADING)]
    draft.add([*leading, *service], Capacity.SERVICE, leads=True)
    if complaint.owner in service:
        draft.add([complaint.owner], Capacity.SERVICE)
    for department in seats.concerned(complaint):
        if not draft.add([department.head], Capacity.DEPT_HEAD):
            draft.add(_deputies(department), Capacity.DEPT_HEAD, deputises=True)
    draft.add(_specialists(complaint), Capacity.SPECIALIST)
    return draft.named


def _service(complaint: Complaint) -> Iterator[User]:
    """People of the service department: who leads the team it lies with, its owner, then leaders anywhere."""
    ours = (
        User.objects.active().filter(team__department__kind=Department.Kind.SERVICE).select_related("team__department")
    )
    team = complaint.team
    if team is not None:
        yield from ours.filter(leads=team)
    if complaint.owner is not None:
        yield from ours.filter(pk=complaint.owner.pk)
    for person in ours.order_by("employee_no"):
        if person.has_role(*_LEADING):
            yield person


def _deputies(department: Department) -> list[User]:
    """Who may stand in for a head: those who lead a team of the department, then its liaisons."""
    people = User.objects.active().filter(team__department=department).select_related("team__department")
    found = list(people.order_by("employee_no"))
    leaders = [person for person in found if person.team is not None and person.team.leader_id == person.pk]
    return [*leaders, *(person for person in found if person.has_role(Role.LIAISON)), *found]


def _specialists(complaint: Complaint) -> list[User]:
    """Who has a field of knowledge: the one the cause asks for first, then anybody of a department it concerns."""
    wanted = taskforce.wanted_skill(complaint.cause)
    near = {department.pk for department in seats.concerned(complaint)}
    skilled = [person for person in _skilled() if person.team is not None]
    return sorted(
        skilled,
        key=lambda person: (
            wanted not in person.skills,
            person.team is None or person.team.department_id not in near,
            person.employee_no,
        ),
    )


def _skilled() -> list[User]:
    return list(User.objects.active().exclude(skills=[]).select_related("team__department").order_by("employee_no"))


def candidates(complaint: Complaint) -> list[User]:
    """Whom the form offers: service teams near it, heads and people of the departments it concerns, specialists,
    members of task forces, and whoever is named already."""
    wanted = seats.concerned(complaint)
    near = Q(team__department__in=wanted) | Q(heads__in=wanted) | Q(pk=complaint.owner_id)
    near |= Q(team=complaint.team) if complaint.team_id else Q(pk__in=[])
    near |= ~Q(skills=[]) | Q(roles__icontains=str(Role.TFMEMBER)) | Q(roles__icontains=str(Role.SUPERVISOR))
    near |= Q(pk__in=[one.person.pk for one in starting(complaint)])
    found = User.objects.active().filter(near).select_related("team__department").distinct()
    return [person for person in found.order_by("team", "employee_no") if _eligible(complaint, person)]
