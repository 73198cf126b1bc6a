"""Task forces of the demonstration bank: departments asked, members named, accepted within hours, met, milestones."""

from __future__ import annotations

import datetime
from collections.abc import Generator

from django.utils import timezone

from analytics.demo.stories import Story
from complaints.actions import milestones, participations, proposing, seats, taskforce
from complaints.models import Complaint, Milestone
from crm_site.models import CalendarDay, Department, User


def formed(
    complaint: Complaint, story: Story, *, by: User, boss: User
) -> Generator[datetime.timedelta, None, Complaint]:
    """Asked, proposed, formed by the supervisor; each member accepts some hours later."""
    complaint = participations.invite(
        by=by,
        complaint=complaint,
        version=complaint.version,
        departments=Department.objects.filter(code__in=story.departments),
        task=story.plan or story.subject,
    )
    named = proposing.proposal(complaint)
    complaint = taskforce.propose(by=by, complaint=complaint, version=complaint.version, named=named)
    yield datetime.timedelta(hours=1)
    complaint = taskforce.form(
        by=boss, complaint=complaint, version=complaint.version, named=proposing.starting(complaint)
    )
    for seat in list(seats.held(complaint).select_related("person")):
        yield datetime.timedelta(minutes=40)
        complaint = taskforce.accept(by=seat.person, complaint=complaint)
    return complaint


def met(complaint: Complaint, *, by: User) -> Complaint:
    """The first meeting, and two milestones."""
    there = list(seats.held(complaint).select_related("person"))
    complaint = milestones.hold_meeting(
        by=by,
        complaint=complaint,
        version=complaint.version,
        held_at=timezone.now() - datetime.timedelta(minutes=30),
        present=there,
        note="各部门通报初步核查情况，确认影响范围和责任环节。",
        decisions="先完成数据核对，再统一口径答复客户。",
    )
    calendar, today = CalendarDay.objects.calendar(), timezone.localdate()
    for text, seat, days in (("完成数据核对", there[-1], 2), ("形成统一答复口径", there[0], 4)):
        complaint = milestones.set_milestone(
            by=by,
            complaint=complaint,
            version=complaint.version,
            text=text,
            seat=seat,
            due_on=calendar.add(today, days),
        )
    return complaint


def reached(complaint: Complaint) -> Complaint:
    """What the force wanted to have reached by now is reached."""
    for owed in list(Milestone.objects.owed(complaint).select_related("owner", "follow_up")):
        complaint = milestones.meet(
            by=owed.owner, complaint=complaint, version=complaint.version, milestone=owed, note="已完成，见会议记录"
        )
    return complaint
