"""Who may be given complaints by whom, and how much each has already (domain J.5; R6.23)."""

from __future__ import annotations

import datetime
from collections.abc import Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING

from django.db.models import Count, Q
from django.utils.translation import gettext as _

from complaints.actions import gate
from complaints.models import Complaint
from complaints.models.complaint import ComplaintQuerySet
from crm_site.models import Team, User
from crm_site.roles import Role
from customers.models import FollowUp

if TYPE_CHECKING:
    from django.db.models import QuerySet


@dataclass(frozen=True, slots=True)
class Load:
    """What one person has in hand."""

    user: User
    open: int
    overdue: int = 0
    today: int = 0

    @property
    def words(self) -> str:
        """The name with the number, for a list to choose from."""
        return _("%(name)s (%(n)s open)") % {"name": self.user.display_name, "n": self.open}


def people(giver: User, complaints: Iterable[Complaint] = ()) -> list[Load]:
    """To whom this person may give at least one of these complaints: who may have all first, then who has least."""
    rows = list(complaints)
    lacking = {user: sum(not gate.may_own(user, complaint) for complaint in rows) for user in colleagues(giver)}
    found = [user for user, lacks in lacking.items() if not rows or lacks < len(rows)]
    counted = _open_by_owner(found)
    made = [Load(user, counted.get(user.pk, 0)) for user in found]
    return sorted(made, key=lambda load: (lacking[load.user], load.open, load.user.display_name))


def colleagues(giver: User) -> list[User]:
    """A supervisor gives to anybody who may own, a team leader within the team."""
    rows = User.objects.active().select_related("team").order_by("employee_no")
    if not giver.has_role(Role.SUPERVISOR):
        rows = rows.filter(team=giver.team, team__isnull=False)
    return [user for user in rows if gate.owns_complaints(user)]


def _open_by_owner(users: list[User]) -> dict[int, int]:
    led = FollowUp.objects.filter(leads=True, owner__in=users).order_by()
    return dict(led.values_list("owner").annotate(n=Count("pk")))


def loads(
    users: Iterable[User], rows: ComplaintQuerySet, *, now: datetime.datetime, ends: datetime.datetime
) -> list[Load]:
    """Of these complaints, how many each person has open, late and due before ``ends`` today; one query."""
    mine = rows.led().filter(owner__in=list(users)).order_by()
    counted = {
        owner: counts
        for owner, *counts in mine.values_list("owner").annotate(
            n=Count("pk"),
            n_late=Count("pk", filter=Q(leading__due_at__lte=now)),
            n_today=Count("pk", filter=Q(leading__due_at__gt=now, leading__due_at__lte=ends)),
        )
    }
    made = [Load(user, *counted.get(user.pk, (0, 0, 0))) for user in users]
    return sorted(made, key=lambda load: (-load.overdue, -load.open, load.user.display_name))


def teams() -> QuerySet[Team]:
    """Teams that take complaints in."""
    return Team.objects.filter(purpose__in=gate.OWNING_TEAMS).order_by("code")
