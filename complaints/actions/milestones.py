"""What a task force meets about and wants to have reached by when: notes of meetings, and dated milestones (R6.12).

Both are internal. A milestone is a promise of the member who owns it, beside the clocks of the complaint.
"""

from __future__ import annotations

import datetime
from collections.abc import Iterable
from typing import TYPE_CHECKING

from django.db.models import Max
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from django.utils.translation import gettext_noop

from complaints.actions import seats
from complaints.actions.turning import Turn, turn, unsealed
from complaints.models import Complaint, Meeting, Milestone, Seat, TaskForce
from complaints.models.complaint import ABOUT
from complaints.taskforce import NOTE_MIN
from crm_site import bank_day
from crm_site.errors import RuleBroken, Stale
from customers.actions import followups
from customers.models import FollowUp

if TYPE_CHECKING:
    from crm_site.models import User

Result = Milestone.Result


def hold_meeting(
    *,
    by: User,
    complaint: Complaint,
    version: int,
    held_at: datetime.datetime,
    present: Iterable[Seat],
    note: str,
    decisions: str = "",
) -> Complaint:
    """The note of a meeting, kept as it was written. Raises RuleBroken for one to come, without people or words."""
    there = list(present)
    if len(note.strip()) < NOTE_MIN:
        raise RuleBroken("meeting.note", _("Write what was discussed."), field="note")
    if not there:
        raise RuleBroken("meeting.present", _("Tick who was there."), field="present")
    if held_at > timezone.now():
        raise RuleBroken("meeting.future", _("This time is still to come. Enter when it happened."), field="held_at")
    with turn(seats.MEET, by=by, complaint=complaint, version=version) as now:
        force = _force(now)
        if any(seat.task_force_id != force.pk for seat in there):
            raise Stale("meeting.stale", _("Somebody ticked does not sit in this task force any more."))
        made = Meeting.objects.create(
            task_force=force, held_at=held_at, note=note.strip(), decisions=decisions.strip(), by=by, at=now.at
        )
        made.present.set([seat.person_id for seat in there])
        now.facts |= {"held_at": held_at.isoformat(), "present": len(there)}
    return now.complaint


def set_milestone(
    *, by: User, complaint: Complaint, version: int, text: str, seat: Seat, due_on: datetime.date
) -> Complaint:
    """Something to have reached by a day, promised by the member who owns it. Raises RuleBroken for a day that passed,
    and for a seat that is not taken."""
    if len(text.strip()) < NOTE_MIN:
        raise RuleBroken("milestone.text", _("Write what is to be reached."), field="text")
    with turn(seats.SET, by=by, complaint=complaint, version=version) as now:
        force = _force(now)
        if not Seat.objects.accepted().filter(pk=seat.pk, task_force=force).exists():
            raise RuleBroken("milestone.owner", _("Choose a member who has accepted the seat."), field="seat")
        place = (force.milestones.aggregate(last=Max("place"))["last"] or 0) + 1
        Milestone.objects.create(
            task_force=force,
            place=place,
            text=text.strip(),
            owner=seat.person,
            follow_up=_promise(now, text, seat.person, due_on),
        )
        now.facts |= {"place": place, "due_on": due_on.isoformat()}
    return now.complaint


def _promise(now: Turn, text: str, owner: User, due_on: datetime.date) -> FollowUp:
    return followups.promise(
        by=now.by,
        customer=now.complaint.customer,
        kind=FollowUp.Kind.MILESTONE,
        title=unsealed(now.complaint, text),
        due_on=due_on,
        due_at=bank_day.ends(due_on),
        owner=owner,
        about_kind=ABOUT,
        about_no=now.complaint.number,
        about_level=now.complaint.level,
    )


def meet(
    *, by: User, complaint: Complaint, version: int, milestone: Milestone, result: str = Result.MET, note: str = ""
) -> Complaint:
    """A milestone is reached, or not needed any more, which wants a reason; ends its owner's promise."""
    dropped = result == Result.DROPPED
    if dropped and len(note.strip()) < NOTE_MIN:
        raise RuleBroken("state.reason", _("Say why, in a sentence."), field="note")
    with turn(seats.REACH, by=by, complaint=complaint, version=version) as now:
        said = {"note": note.strip()} if dropped else {"note": note.strip(), "met_at": now.at, "met_by": by}
        owed = Milestone.objects.owed(now.complaint).filter(pk=milestone.pk)
        if Milestone.objects.filter(pk__in=owed.values("pk")).update(**said) != 1:
            raise Stale("milestone.stale", _("This milestone was reached or dropped in the meantime."))
        if dropped:
            followups.cancel(by=None, follow_up=milestone.follow_up, reason=gettext_noop("Not needed any more"))
        else:
            followups.keep(by=None, follow_up=milestone.follow_up, at=now.at)
        now.facts |= {"place": milestone.place, "result": str(result)}
    return now.complaint


def pass_on(now: Turn, seat: Seat) -> None:
    """Inside a turn: what a member owed who sits no longer is the lead's, else the owner's of the complaint; with
    neither it falls away."""
    owed = Milestone.objects.owed(now.complaint).of(seat.person).select_related("follow_up")
    lead = Seat.objects.accepted().filter(task_force=seat.task_force_id, leads=True).exclude(pk=seat.pk).first()
    heir = lead.person if lead is not None else now.complaint.owner
    for milestone in owed:
        if heir is None or heir.pk == seat.person_id:
            followups.cancel(
                by=None, follow_up=milestone.follow_up, reason=gettext_noop("Its owner left the task force")
            )
            continue
        followups.assign(by=None, follow_up=milestone.follow_up, owner=heir, team=heir.team)
        Milestone.objects.filter(pk=milestone.pk).update(owner=heir)


def let_go(now: Turn) -> None:
    """Inside a turn: what is not reached when the force is dissolved falls away."""
    for milestone in Milestone.objects.owed(now.complaint).select_related("follow_up"):
        followups.cancel(by=None, follow_up=milestone.follow_up, reason=gettext_noop("The task force was dissolved"))


def _force(now: Turn) -> TaskForce:
    force = seats.force_of(now.complaint)
    assert force is not None  # noqa: S101 - the gate asked
    return force
