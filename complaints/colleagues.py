"""Whom a comment may call upon: those who can open the complaint anyway."""

from __future__ import annotations

from django.db.models import Q, QuerySet

from complaints.models import Complaint, Seat
from complaints.models.complaint import ABOUT
from crm_site.models import User
from customers.models import FollowUp


def of(complaint: Complaint) -> QuerySet[User]:
    """Owner, team and its leader, the task force, and whoever owes something about it; active people, by name."""
    owed = FollowUp.objects.open().filter(about_kind=ABOUT, about_no=complaint.number)
    near = Q(pk=complaint.owner_id) | Q(pk__in=owed.exclude(owner=None).values("owner"))
    near |= Q(team__in=owed.exclude(team=None).values("team"))
    near |= Q(pk__in=Seat.objects.asked().filter(task_force__complaint=complaint).values("person"))
    if complaint.team is not None and not complaint.restricted:
        near |= Q(team=complaint.team) | Q(pk=complaint.team.leader_id)
    return User.objects.active().filter(near).exclude(roles=[]).order_by("display_name", "pk")


def called_by_name(text: str, colleagues: QuerySet[User]) -> list[User]:
    """Those the text calls as "@name". Of two names that begin alike the longer one counts."""
    found, rest = [], text
    for person in sorted(colleagues, key=lambda person: -len(person.display_name)):
        call = f"@{person.display_name}"
        if person.display_name and call in rest:
            found.append(person)
            rest = rest.replace(call, "")
    return found
