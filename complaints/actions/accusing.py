"""Staff accused in the very words a complaint is brought with: closed to them from its first minute (domain R6.24)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from django.utils.translation import gettext_lazy as _

from complaints.actions import recusing
from complaints.models import Complaint
from crm_site.errors import RuleBroken

if TYPE_CHECKING:
    from crm_site.models import User


@dataclass(frozen=True, slots=True, kw_only=True)
class Accusation:
    """Whom it is about, and what is said of them; ``said`` is sealed."""

    person: User
    said: str


def require_said(accusation: Accusation | None) -> None:
    """Raises RuleBroken without words on the person."""
    if accusation is not None and len(accusation.said.strip()) < recusing.REASON_MIN:
        raise RuleBroken("accused.said", _("Say what the person is said to have done."), field="accused_said")


def require_apart(by: User, accusation: Accusation | None, *, field: str) -> None:
    """Whoever it is about, or leads them, may write it down and nothing more. Raises RuleBroken beside ``field``."""
    if accusation is not None and leads_or_is(by, accusation.person):
        text = _("It is about you or somebody you lead. Register it without deciding; others will.")
        raise RuleBroken("accused.own", text, field=field)


def leads_or_is(user: User, person: User) -> bool:
    """Whether they are one, or the first is the next superior of the second (docs/decisions/0022)."""
    if user.pk == person.pk:
        return True
    team = person.team
    if team is None:
        return False
    if team.leader_id not in (None, person.pk):
        return team.leader_id == user.pk
    return team.department.head_id == user.pk


def name(complaint: Complaint, by: User | None, accusation: Accusation | None) -> Complaint:
    """Named as the last part of the receipt, by the same verb as later; nothing where nobody is accused."""
    if accusation is None or by is None:
        return complaint
    return recusing.restrict(
        by=by, complaint=complaint, version=complaint.version, accused=accusation.person, reason=accusation.said
    )
