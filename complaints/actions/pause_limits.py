"""The end of a pause comes near, or has come: said to whoever handles the matter (domain D.3, D.6 last lines).

While a clock stands still nobody is warned of its deadline; this is the one thing that is said. A customer who let the
time pass is reminded twice before the result is served in writing (D.7): two promises of whoever handles it.
"""

from __future__ import annotations

import datetime

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext_noop

from complaints.actions.chain import Chain
from complaints.actions.turning import Turn
from complaints.models import Pause
from complaints.models.complaint import ABOUT
from crm_site import bank_day
from crm_site.actions import notices
from crm_site.models import CalendarDay
from customers.actions import followups
from customers.models import FollowUp

KIND = "pause"
NEAR = gettext_noop("The pause ends by itself after %(day)s: ask again for what is missing, or take the work up")
UNSIGNED = gettext_noop("The pause ends by itself after %(day)s and is not signed: it gives two working days at most")
FIRST = gettext_noop("Remind the customer of what is missing, first time")
SECOND = gettext_noop("Remind the customer of what is missing, second time")
UNSIGNED_DAYS = 2  # what a pause gives without a leader's word
SECOND_AFTER = 3  # working days after the pause
BATCH = 200


def announce(*, now: datetime.datetime) -> int:
    """Say once, on the working day before the last one, that a pause will end; a sweep. How many pauses."""
    coming = CalendarDay.objects.calendar().next_working(timezone.localdate(now))
    near = Pause.objects.filter(ended_at=None, warned_at=None, until__lte=coming, round__complaint__closed_at=None)
    joined = near.select_related("round__complaint__owner", "round__complaint__team__leader")
    chain = Chain()
    return sum(_announce(paused, chain, now) for paused in list(joined.order_by("until", "pk")[:BATCH]))


@transaction.atomic
def _announce(paused: Pause, chain: Chain, now: datetime.datetime) -> bool:
    """Whether it was ours to say. A leader who has still to sign is told as well."""
    if Pause.objects.filter(pk=paused.pk, ended_at=None, warned_at=None).update(warned_at=now) != 1:
        return False
    complaint = paused.round.complaint
    leaders = chain.leaders(complaint)
    unsigned = paused.signed_by_id is None and _is_long(paused)
    people = [complaint.owner] if complaint.owner else leaders
    notices.tell(
        to=people + leaders if unsigned else people,
        kind=KIND,
        title=UNSIGNED if unsigned else NEAR,
        values={"day": paused.until.isoformat()},
        about_kind=ABOUT,
        about_no=complaint.number,
        dedupe=f"pause:{paused.pk}",
        at=now,
    )
    return True


def _is_long(paused: Pause) -> bool:
    """Whether it would give more than an unsigned pause may."""
    began = timezone.localdate(paused.began_at)
    return CalendarDay.objects.calendar().between(began, paused.until) > UNSIGNED_DAYS


def remind_customer(now: Turn, paused: Pause) -> None:
    """The time for the customer is over: two reminders are owed, each by the end of its day."""
    calendar, today = CalendarDay.objects.calendar(), timezone.localdate(now.at)
    complaint = now.complaint
    first = calendar.next_working(today)
    for title, on in ((FIRST, first), (SECOND, calendar.add(first, SECOND_AFTER))):
        followups.promise(
            by=now.by,
            customer=complaint.customer,
            kind=FollowUp.Kind.CALLBACK,
            title=title,
            due_on=on,
            due_at=bank_day.ends(on),
            owner=complaint.owner,
            team=complaint.team,
            about_kind=ABOUT,
            about_no=complaint.number,
            about_level=complaint.level,
            dedupe_key=f"reminder:{paused.pk}:{on.isoformat()}",
        )
