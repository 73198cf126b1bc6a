"""Plans of the demonstration bank: written by the handler, approved by a leader, done by those who promised."""

from __future__ import annotations

import datetime
from collections.abc import Mapping
from random import Random

from django.utils import timezone

from analytics.demo.stories import Story
from complaints.actions import plans
from complaints.models import ActionItem, Complaint, Plan
from crm_site.models import User


def agreed(staff: Mapping[str, User], complaint: Complaint, story: Story, *, by: User) -> Complaint:
    """The plan with its actions, sent by the handler and approved by a leader."""
    today, severe = timezone.localdate(), story.level == 3
    people = [staff["liaison"] if code == "IT" else by for code in story.departments] or [by]
    actions = [("核查业务记录并书面说明", person, 1) for person in people]
    actions.append(("整理答复并告知客户", by, 8 if severe else 4))
    draft = plans.Draft(
        findings=f"经核查，客户反映的“{story.subject}”情况属实。",
        cause_text="环节之间缺少复核，未能及时发现。",
        measures=story.plan or "核查经办情况，向客户说明并致歉。",
        redress_type=Plan.Redress.APOLOGY if severe else Plan.Redress.CORRECTION,
        customer_message=story.answer,
        steps=[
            plans.Step(text=text, owner=person, due_on=today + datetime.timedelta(days=wait))
            for text, person, wait in actions
        ],
    )
    complaint = plans.write(by=by, complaint=complaint, version=complaint.version, draft=draft, submit=True)
    leader = staff["supervisor" if severe else "senior"]
    return plans.approve(by=leader, complaint=complaint, version=complaint.version)


def done(random: Random, complaint: Complaint) -> Complaint:
    """What the plan asked for is done, nine times in ten."""
    for item in list(ActionItem.objects.owed(complaint).select_related("owner", "follow_up")):
        if random.random() < 0.9:
            complaint = plans.complete(
                by=item.owner, complaint=complaint, version=complaint.version, item=item, evidence="已完成，见工单附件"
            )
    return complaint
