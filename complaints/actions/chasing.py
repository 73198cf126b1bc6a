"""Reminders beside the ladder: a department that stays silent, and what falls due (handbook 6/1.1.30(2); R6.11)."""

from __future__ import annotations

import datetime

from django.conf import settings
from django.db import transaction
from django.db.models import Count, Q
from django.utils import timezone
from django.utils.translation import gettext_noop

from complaints.actions.chain import Chain
from complaints.models import Participation
from complaints.models.complaint import ABOUT
from crm_site import bank_day, office_hours
from crm_site.actions import notices
from crm_site.models import CalendarDay, User
from crm_site.workdays import Calendar
from customers.models import FollowUp

SILENT = gettext_noop("Your department's answer was due %(day)s and is missing")
SILENT_FOR_US = gettext_noop("%(department)s has not answered; it was due %(day)s")
TOMORROW = gettext_noop("Tomorrow %(due)s of your complaints fall due; %(late)s are late")
NEXT_DAY = gettext_noop("On the next working day, %(day)s, %(due)s of your complaints fall due; %(late)s are late")
TODAY = gettext_noop("Today %(due)s of your complaints fall due; %(late)s are late")
DIGEST_AT = datetime.time(16, 0)
BATCH = 200


def remind_departments(*, now: datetime.datetime) -> int:
    """Departments silent for a working day after their limit are reminded once, and who handles the matter is told; a
    sweep. How many departments."""
    before = _working_day_before(timezone.localdate(now), CalendarDay.objects.calendar())
    silent = Participation.objects.waiting().filter(
        chased_at=None,
        follow_up__state=FollowUp.State.OPEN,
        follow_up__kind=FollowUp.Kind.ANSWER,
        follow_up__due_on__lt=before,
        round__complaint__paused_at=None,
    )
    joined = silent.select_related(
        "department", "follow_up", "round__complaint__owner", "round__complaint__team__leader"
    )
    chain = Chain()
    return sum(_remind(participation, chain, now) for participation in list(joined.order_by("pk")[:BATCH]))


@transaction.atomic
def _remind(participation: Participation, chain: Chain, now: datetime.datetime) -> bool:
    """Whether it was ours to remind."""
    mine = Participation.objects.waiting().filter(pk=participation.pk, chased_at=None)
    if mine.update(chased_at=now) != 1:
        return False
    complaint, department = participation.round.complaint, participation.department
    values = {"day": participation.follow_up.due_on.isoformat(), "department": department.name}
    key, ours = f"silent:{participation.pk}", [complaint.owner] if complaint.owner else chain.leaders(complaint)
    speakers = chain.speakers([department])
    notices.tell_all(
        [
            notices.Telling(speakers, "silent", SILENT, values, ABOUT, complaint.number, key, needs_ack=True),
            notices.Telling(ours, "silent", SILENT_FOR_US, values, ABOUT, complaint.number, f"{key}:us"),
        ],
        at=now,
    )
    return True


def _working_day_before(today: datetime.date, calendar: Calendar) -> datetime.date:
    """The last working day before today: what was due before it has been silent for a whole one."""
    day = today - datetime.timedelta(days=1)
    while not calendar.is_working(day):
        day -= datetime.timedelta(days=1)
    return day


# --- what falls due ---------------------------------------------------------------------------------------------
def digest(*, now: datetime.datetime) -> int:
    """Once in the morning each owner hears how many of their complaints fall due today, once in the afternoon how many
    on the next working day; how many heard something new. Nobody hears that nothing falls due, or outside work."""
    calendar, tz = CalendarDay.objects.calendar(), timezone.get_default_timezone()
    if not office_hours.is_open(now, calendar, tz, office_hours.parse(settings.OFFICE_HOURS)):
        return 0
    local = timezone.localtime(now, tz)
    today = local.date()
    if local.time() < DIGEST_AT:
        return _digest(today, now, TODAY, "today")
    following = calendar.next_working(today)
    if following - today == datetime.timedelta(days=1):
        return _digest(following, now, TOMORROW, "tomorrow")
    return _digest(following, now, NEXT_DAY, "soon")


def _digest(day: datetime.date, now: datetime.datetime, title: str, bucket: str) -> int:
    rows = _falling_due(day, now)
    people = User.objects.active().in_bulk(rows)
    return notices.tell_all(
        [
            notices.Telling(
                to=[person],
                kind="digest",
                title=title,
                values={"day": day.isoformat(), "due": rows[pk][0], "late": rows[pk][1]},
                about_kind=f"complaints_{bucket}",
                about_no="",
                dedupe=f"digest:{day.isoformat()}:{bucket}",
            )
            for pk, person in people.items()
        ],
        at=now,
    )


def _falling_due(day: datetime.date, now: datetime.datetime) -> dict[int, tuple[int, int]]:
    """By owner, how many of their complaints fall due on this day and how many are late; whose none falls due, is left
    out. Asked of the leading promises, as the queue is."""
    ends = bank_day.ends(day)
    leading = FollowUp.objects.filter(leads=True, due_at__lte=ends, leads_complaints__paused_at=None)
    falling, overdue = Count("pk", Q(due_on=day, due_at__gt=now)), Count("pk", Q(due_at__lte=now))
    counted = leading.exclude(owner=None).values_list("owner").annotate(falling=falling, overdue=overdue).order_by()
    return {owner: (due, late) for owner, due, late in counted if due}
