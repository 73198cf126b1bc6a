"""Whose matter it is: given to a person, passed to a team, taken back (domain R4.3, R6.23, J.5)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.utils.translation import gettext_lazy as _
from django.utils.translation import gettext_noop

from complaints.actions import clocks, gate, words
from complaints.actions.turning import Turn, turn
from complaints.models import Complaint
from crm_site.errors import NotAllowed, RuleBroken
from crm_site.roles import Role

if TYPE_CHECKING:
    from crm_site.models import Team, User

NOTE = gettext_noop("Handover note")


def assign(
    *,
    by: User,
    complaint: Complaint,
    version: int,
    to: User | None = None,
    team: Team | None = None,
    reason: str = "",
    note: str = "",
) -> Complaint:
    """Give the matter to a person, or pass it to a team whose members may take it; its open promises go with it.

    A transfer, from somebody's hands or from one team to another, needs a reason. ``note`` is what the next person
    should know. Raises RuleBroken for a person who may not own it, NotAllowed for another team's person.
    """
    check(by=by, complaint=complaint, to=to, team=team, reason=reason)
    where = (to.team if to else team) or complaint.team
    with turn(
        gate.ASSIGN,
        by=by,
        complaint=complaint,
        version=version,
        reason=reason,
        changes={"owner": to, "team": where},
    ) as now:
        clocks.hand_over(now.complaint, by=by)
        if note.strip():
            words.internal(now, title=NOTE, summary=note.strip())
        _tell(now, complaint)
    return now.complaint


def check(*, by: User, complaint: Complaint, to: User | None, team: Team | None, reason: str) -> None:
    """What stands against it, said without doing it. Asks the database nothing."""
    gate.require(gate.ASSIGN, complaint, by)
    if (to is None) == (team is None):
        raise RuleBroken("assign.whom", _("Choose a person or a team."), field="to")
    if to is not None:
        _may_be_given(by, complaint, to)
    elif team is not None:
        _may_be_passed(complaint, team)
    if _is_transfer(complaint, to, team) and not reason.strip():
        raise RuleBroken("state.reason", _("Say why it changes hands, in a sentence."), field="reason")


def _may_be_given(by: User, complaint: Complaint, to: User) -> None:
    gate.require_unconcerned(complaint, to)
    if not gate.may_own(to, complaint):
        text = _("%(name)s may not own this: on leave, or without the right for its level.")
        raise RuleBroken("assign.owner", text % {"name": to.display_name}, field="to")
    if not by.has_role(Role.SUPERVISOR) and to.team_id != by.team_id:
        text = _("%(name)s is of another team. Pass it to that team; its leader decides who takes it.")
        raise NotAllowed("assign.other_team", text % {"name": to.display_name})
    if complaint.owner_id == to.pk:
        raise RuleBroken("assign.same", _("%(name)s has it already.") % {"name": to.display_name}, field="to")


def _may_be_passed(complaint: Complaint, team: Team) -> None:
    if team.purpose not in gate.OWNING_TEAMS:
        raise RuleBroken("assign.team", _("This team takes no complaints."), field="team")
    if complaint.owner_id is None and complaint.team_id == team.pk:
        text = _("It waits with %(team)s already.") % {"team": team.name}
        raise RuleBroken("assign.same", text, field="team")


def _is_transfer(complaint: Complaint, to: User | None, team: Team | None) -> bool:
    where = to.team_id if to is not None else team.pk if team is not None else None
    moved = complaint.team_id is not None and where is not None and where != complaint.team_id
    return complaint.owner_id is not None or moved


def take_back(*, by: User, complaint: Complaint, owner: User | None, team: Team | None) -> Complaint:
    """Put it into the hands it was in before: only what undoes a batch calls this, for the batch's author."""
    changes = {"owner": owner, "team": team}
    with turn(gate.TAKE_BACK, by=by, complaint=complaint, version=complaint.version, changes=changes) as now:
        clocks.hand_over(now.complaint, by=by)
        _tell(now, complaint)
    return now.complaint


def _tell(now: Turn, before: Complaint) -> None:
    """Staff numbers and team codes for diary and audit."""
    after = now.complaint
    now.facts["from"] = before.owner.employee_no if before.owner else ""
    now.facts["to"] = after.owner.employee_no if after.owner else ""
    now.facts["team"] = after.team.code if after.team else ""
