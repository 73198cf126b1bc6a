"""Plans of the demonstration bank: written by the handler, approved by a leader, done by those who promised."""

from __future__ import annotations

import datetime
from collections.abc import Mapping
from random import Random

from django.utils import timezone

from analytics.demo.stories import Story
from complaints.actions import plans, recovery, redress, resolution
from complaints.models import ActionItem, Complaint, Payment, Plan
from crm_site.models import User


def agreed(staff: Mapping[str, User], complaint: Complaint, story: Story, *, by: User) -> Complaint:
    """The plan with its actions, sent by the handler and approved by a leader."""
    severe = story.level == 3
    most = min(story.loss, 20_000 if severe else 2_000) * 100 if complaint.round.no == 1 else 0
    complaint = sent(staff, complaint, story, by=by, redress_fen=most)
    leader = staff["supervisor" if severe else "senior"]
    return plans.approve(by=leader, complaint=complaint, version=complaint.version)


def sent(staff: Mapping[str, User], complaint: Complaint, story: Story, *, by: User, redress_fen: int) -> Complaint:
    """The plan, written and waiting for approval."""
    today, severe = timezone.localdate(), story.level == 3
    without = Plan.Redress.APOLOGY if severe else Plan.Redress.CORRECTION
    people = [staff["liaison"] if code == "IT" else by for code in story.departments] or [by]
    actions = [("核查业务记录并书面说明", person, 1) for person in people]
    actions.append(("整理答复并告知客户", by, 8 if severe else 4))
    draft = plans.Draft(
        findings=f"经核查，客户反映的“{story.subject}”情况属实。",
        cause_text="环节之间缺少复核，未能及时发现。",
        measures=story.plan or "核查经办情况，向客户说明并致歉。",
        redress_type=Plan.Redress.COMPENSATION if redress_fen else without,
        redress_fen=redress_fen,
        customer_message=story.answer,
        steps=[
            plans.Step(text=text, owner=person, due_on=today + datetime.timedelta(days=wait))
            for text, person, wait in actions
        ],
    )
    return plans.write(by=by, complaint=complaint, version=complaint.version, draft=draft, submit=True)


def waits(staff: Mapping[str, User], complaint: Complaint, story: Story, *, by: User) -> Complaint:
    """A plan nobody has decided on yet; every fourth asks for more than a supervisor may grant."""
    above = complaint.pk % 4 == 0 and "IT" in story.departments
    return sent(staff, complaint, story, by=by, redress_fen=26_800_00 if above else min(story.loss, 2_000) * 100)


def paid(complaint: Complaint, *, by: User) -> Complaint:
    """The money went out, four times in five."""
    for payment in list(Payment.objects.owed(complaint).select_related("plan", "follow_up")):
        if complaint.pk % 5:
            booked = f"FK{complaint.number[3:].replace('-', '')}"
            complaint = redress.pay(
                by=by, complaint=complaint, version=complaint.version, payment=payment, reference=booked
            )
    return complaint


def explained(complaint: Complaint, *, by: User) -> Complaint:
    """Where the answer was late it is said why, before the end."""
    while recovery.unexplained(complaint, timezone.now()) is not None:
        complaint = recovery.explain_late(by=by, complaint=complaint, version=complaint.version, why="OVERLOAD")
    return complaint


def told(complaint: Complaint, story: Story, *, by: User) -> Complaint:
    """The result with what the plan grants, told by phone."""
    agreed = complaint.round.plans.approved().get().redress_fen
    said = resolution.Told(
        channel="PHONE", content=story.answer, decision="UPHELD", routes_told=True, redress_fen=agreed
    )
    return resolution.feed_back(by=by, complaint=complaint, version=complaint.version, told=said)


def done(random: Random, complaint: Complaint) -> Complaint:
    """What the plan asked for is done, nine times in ten."""
    for item in list(ActionItem.objects.owed(complaint).select_related("owner", "follow_up")):
        if random.random() < 0.9:
            complaint = plans.complete(
                by=item.owner, complaint=complaint, version=complaint.version, item=item, evidence="已完成，见工单附件"
            )
    return complaint
