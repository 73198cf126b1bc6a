"""Complaints about staff: closed to those they are about and to their line (domain R6.24, INV-17; decision 0022)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.utils.translation import gettext_lazy as _

from complaints.actions import clocks, gate, taskforce
from complaints.actions.turning import Turn, turn
from complaints.models import Accused, Complaint
from complaints.models.complaint import ABOUT
from crm_site import audit
from crm_site.errors import RuleBroken
from crm_site.models import Team
from customers.actions import interactions

if TYPE_CHECKING:
    from crm_site.models import User

REASON_MIN = 5


def restrict(*, by: User, complaint: Complaint, version: int, reason: str, accused: User | None = None) -> Complaint:
    """Only assigned people and supervisors see it from now on; ``accused``, whom it is about, and their line nothing.

    It leaves the hands of whoever it is about, with its promises. The reason is sealed with the name and stands in no
    diary. Raises RuleBroken without a reason, for somebody named already, and where nothing would change.
    """
    if len(reason.strip()) < REASON_MIN:
        raise RuleBroken("state.reason", _("Say why, in a sentence."), field="reason")
    _require_change(complaint, accused)
    with turn("restrict", by=by, complaint=complaint, version=version, changes={"restricted": True}) as now:
        if accused is not None:
            Accused.objects.create(
                complaint=now.complaint, person=accused, reason=reason.strip(), named_by=by, named_at=now.at
            )
            _take_out_of_hands(now, accused)
            taskforce.take_out_concerned(now)
        interactions.close_off(about_kind=ABOUT, about_no=now.complaint.number, restricted=True)
        now.facts["named"] = now.complaint.accused.standing().count()
    return now.complaint


def _require_change(complaint: Complaint, accused: User | None) -> None:
    if accused is None:
        if complaint.restricted:
            raise RuleBroken("restrict.already", _("It is restricted already. Name whom it is about."), field="accused")
        return
    if complaint.accused.standing().filter(person=accused).exists():
        raise RuleBroken("restrict.named", _("This person is named already."), field="accused")


def _take_out_of_hands(now: Turn, accused: User) -> None:
    """Neither the person nor their line owns it; where it waited with their own team it goes to another one."""
    complaint, changes = now.complaint, dict[str, Any]()
    if complaint.owner is not None and complaint.concerns(complaint.owner):
        changes["owner"] = None
    if complaint.team_id is not None and complaint.team_id == accused.team_id:
        changes |= {"owner": None, "team": _another_team(complaint)}
    if not changes:
        return
    Complaint.objects.filter(pk=complaint.pk).update(**changes)
    for name, value in changes.items():
        setattr(complaint, name, value)
    clocks.hand_over(complaint, by=now.person)


def _another_team(complaint: Complaint) -> Team | None:
    teams = Team.objects.filter(purpose=Team.Purpose.COMPLAINT).order_by("code")
    return next((team for team in teams if team.pk != complaint.team_id), complaint.team)


def unrestrict(*, by: User, complaint: Complaint, version: int, reason: str) -> Complaint:
    """Open again to all who see its team's matters; whoever was named is named no longer."""
    with turn(
        "unrestrict", by=by, complaint=complaint, version=version, reason=reason, changes={"restricted": False}
    ) as now:
        now.facts["named"] = now.complaint.accused.standing().update(lifted_at=now.at)
        interactions.close_off(about_kind=ABOUT, about_no=now.complaint.number, restricted=False)
    return now.complaint


def turned_away(*, by: User, number: str) -> None:
    """Somebody asked for a restricted complaint that is not theirs to see: on record, and told nothing."""
    complaint = Complaint.objects.filter(number=number, restricted=True).first()
    if complaint is not None:
        concerned = gate.concerned(complaint, by)
        audit.record(by=by, action="complaint.turned_away", obj=complaint, after={"concerned": concerned})
