"""Complaints put together: group complaints and mass incidents, and one result for all (domain R6.26; peers 80)."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from complaints.actions import intake, resolution
from complaints.actions.resolution import Told
from complaints.actions.turning import load, turn
from complaints.models import Complaint, Gathering, Membership
from complaints.models.gathering import REPRESENTATIVES
from crm_site import audit, masking
from crm_site.errors import NotAllowed, RuleBroken
from crm_site.roles import Role

if TYPE_CHECKING:
    from crm_site.models import User

PREFIXES = {Gathering.Kind.GROUP.value: "TG", Gathering.Kind.INCIDENT.value: "TM"}
LEADERS = (Role.SENIOR, Role.SUPERVISOR)


@transaction.atomic
def begin(*, by: User, complaint: Complaint, version: int, kind: str, title: str, speaks: bool = False) -> Complaint:
    """A new group or incident, with this complaint as its first."""
    # its row first, as in every step: the other way round two at once wait for each other, one with row, one with log
    Complaint.objects.select_for_update().filter(pk=complaint.pk).first()
    made = found(by=by, kind=kind, title=title, cause=complaint.cause, names=complaint.names)
    return link(by=by, complaint=complaint, version=version, gathering=made, speaks=speaks)


@transaction.atomic
def found(*, by: User, kind: str, title: str, cause: str = "", names: Iterable[str] = ()) -> Gathering:
    """A new group or incident, with nothing in it yet. The title stands in lists: no numbers, none of ``names``."""
    if not title.strip():
        raise RuleBroken("gathering.title", _("Say in a few words what it is about."), field="title")
    if masking.carries_personal_data(title, *names):
        text = _("Leave names, numbers and addresses of people out of this line; it is shown in lists.")
        raise RuleBroken("gathering.title_personal", text, field="title")
    now = timezone.now()
    made = Gathering.objects.create(
        number=intake.next_number(timezone.localdate(now), PREFIXES[kind]),
        kind=kind,
        title=title.strip(),
        cause=cause,
        opened_by=by,
        opened_at=now,
    )
    audit.record(by=by, action="gathering.begin", obj=made, after={"kind": kind})
    return made


def link(*, by: User, complaint: Complaint, version: int, gathering: Gathering, speaks: bool = False) -> Complaint:
    """Put a complaint into a group; ``speaks``: its complainant is one of at most five who speak for all.

    Raises RuleBroken for one that is in it, for a settled one, and for the sixth representative.
    """
    require_free(gathering, belongs=gathering.memberships.filter(complaint=complaint).exists())
    with turn("link", by=by, complaint=complaint, version=version) as now:
        Membership.objects.create(
            gathering=gathering,
            complaint=now.complaint,
            representative_no=_free_place(gathering) if speaks else None,
            linked_by=by,
            linked_at=now.at,
        )
        now.facts["gathering"] = gathering.number
    return now.complaint


def require_free(gathering: Gathering, *, belongs: bool) -> None:
    """Raises RuleBroken for a settled one, and for a complaint that ``belongs`` to it."""
    if gathering.settled_at is not None:
        raise RuleBroken("gathering.settled", _("It is settled already."), field="gathering")
    if belongs:
        raise RuleBroken("gathering.twice", _("It belongs to it already."), field="gathering")


def _free_place(gathering: Gathering) -> int:
    taken = set(gathering.memberships.values_list("representative_no", flat=True))
    place = next((n for n in range(1, REPRESENTATIVES + 1) if n not in taken), None)
    if place is None:
        raise RuleBroken("gathering.speakers", _("A group has five representatives at most."), field="speaks")
    return place


def unlink(*, by: User, complaint: Complaint, version: int, gathering: Gathering, reason: str) -> Complaint:
    """Take a complaint out of a group; it goes on by itself."""
    with turn("unlink", by=by, complaint=complaint, version=version, reason=reason) as now:
        if not gathering.memberships.filter(complaint=complaint).delete()[0]:
            raise RuleBroken("gathering.none", _("It does not belong to it."), field="gathering")
        now.facts["gathering"] = gathering.number
    return now.complaint


def require_settler(by: User) -> None:
    """One text for many customers is a leader's word."""
    if not by.has_role(*LEADERS):
        raise NotAllowed("state.role", _("Your role may not take this step. Ask your team leader."))


def settle(*, by: User, gathering: Gathering, told: Told) -> tuple[int, int]:
    """One approved text as the result of every linked complaint this person sees; (told, refused).

    Each complaint is told through its own verb in a transaction of its own, with a notice of its own: a refusal says
    why and stops no other. Once all are told the group is settled. Asked again, only the refused are tried again.
    """
    require_settler(by)
    if gathering.memberships.count() < 2:
        raise RuleBroken("gathering.alone", _("It needs at least two complaints."))
    seen = Complaint.objects.visible_to(by).values("pk")
    rows = list(gathering.memberships.filter(told_at=None, complaint__in=seen).order_by("pk"))
    done = sum(_tell(by, row, told) for row in rows)
    if not gathering.memberships.filter(told_at=None).exists():
        Gathering.objects.filter(pk=gathering.pk, settled_at=None).update(settled_at=timezone.now())
    facts = {"told": done, "refused": len(rows) - done}
    audit.record(by=by, action="gathering.settle", obj=gathering, after=facts)
    return done, len(rows) - done


def _tell(by: User, row: Membership, told: Told) -> bool:
    """All of one row or nothing of it."""
    try:
        with transaction.atomic():
            complaint = load(row.complaint_id)
            resolution.feed_back(by=by, complaint=complaint, version=complaint.version, told=told)
            Membership.objects.filter(pk=row.pk).update(told_at=timezone.now(), refused="")
    except RuleBroken as broken:
        Membership.objects.filter(pk=row.pk).update(refused=str(broken)[:300])
        return False
    return True
