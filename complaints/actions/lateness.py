"""The answer is late: what the customer was promised instead (handbook 6/1.1.33(3); domain D.6 B0)."""

from __future__ import annotations

import datetime

from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from django.utils.translation import gettext_noop

from complaints.actions import clocks
from complaints.actions.turning import Turn
from complaints.models import Complaint
from complaints.models.complaint import ABOUT
from complaints.sla import Kind
from crm_site import bank_day
from crm_site.errors import RuleBroken
from customers.actions import followups
from customers.models import FollowUp

_ANSWERS = (Kind.FEEDBACK, Kind.ANSWER, Kind.OUTCOME)


def is_late(complaint: Complaint) -> bool:
    """Whether the answer was promised for a day that has passed."""
    return any(clock.follow_up.due_at <= timezone.now() for clock in clocks.running(complaint.round, _ANSWERS))


def promise_instead(now: Turn, day: datetime.date) -> FollowUp:
    """The new day, as a promise of its own: the missed one keeps its date and stays counted.

    Raises RuleBroken while the first day still stands, and for a day that is not to come.
    """
    if not is_late(now.complaint):
        text = _("The day that was promised has not passed: it still stands.")
        raise RuleBroken("complaint.not_late", text, field="promised_on")
    if day <= timezone.localdate(now.at):
        raise RuleBroken("complaint.promised_on", _("Choose a day after today."), field="promised_on")
    now.facts["promised_on"] = day.isoformat()
    return followups.promise(
        by=now.by,
        customer=now.complaint.customer,
        kind=FollowUp.Kind.PROMISE,
        title=gettext_noop("Answer on the day promised instead"),
        due_on=day,
        due_at=bank_day.ends(day),
        owner=now.complaint.owner,
        team=now.complaint.team,
        about_kind=ABOUT,
        about_no=now.complaint.number,
        about_level=now.complaint.level,
    )
