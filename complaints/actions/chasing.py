"""Reminders beside the ladder: a department that stays silent, and what falls due (handbook 6/1.1.30(2); R6.11)."""

from __future__ import annotations

import datetime

from django.conf import settings
from django.db import transaction
from django.db.models import Count, Q
from django.utils import timezone
from django.utils.translation import gettext_noop

from complaints.actions.chain import Chain
from complaints.models import Complaint, Participation
from complaints.models.complaint import ABOUT
from crm_site import office_hours
from crm_site.actions import notices
from crm_site.models import CalendarDay, User
from crm_site.workdays import Calendar
from customers.models import FollowUp

SILENT = gettext_noop("Your department's answer was due %(day)s and is missing")
SILENT_FOR_US = gettext_noop("%(department)s has not answered; it was due %(day)s")
TOMORROW = gettext_noop("Tomorrow %(due)s of your complaints fall due; %(late)s are late")
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
    about = {"about_kind": ABOUT, "about_no": complaint.number, "kind": "silent", "at": now}
    values = {"day": participation.follow_up.due_on.isoformat(), "department": department.name}
    key = f"silent:{participation.pk}"
    notices.tell(to=chain.speakers([department]), title=SILENT, values=values, dedupe=key, needs_ack=True, **about)
    ours = [complaint.owner] if complaint.owner is not None else chain.leaders(complaint)
    notices.tell(to=ours, title=SILENT_FOR_US, values=values, dedupe=f"{key}:us", **about)
    return True


def _working_day_before(today: datetime.date, calendar: Calendar) -> datetime.date:
    """The last working day before today: what was due before it has been silent for a whole one."""
    day = today - datetime.timedelta(days=1)
    while not calendar.is_working(day):
        day -= datetime.timedelta(days=1)
    return day


# --- what falls due ---------------------------------------------------------------------------------------------
def digest(*, now: datetime.datetime) -> int:
    """Once a working day each owner hears how many of their complaints fall due, in the morning of today and in the
    afternoon of the next working day; how many heard something new. Days on which nothing falls due are silent."""
    calendar, tz = CalendarDay.objects.calendar(), timezone.get_default_timezone()
    if not office_hours.is_open(now, calendar, tz, office_hours.parse(settings.OFFICE_HOURS)):
        return 0
    local = timezone.localtime(now, tz)
    today = local.date()
    if local.time() < DIGEST_AT:
        return _digest(today, now, TODAY, "today")
    return _digest(calendar.next_working(today), now, TOMORROW, "tomorrow")


def _digest(day: datetime.date, now: datetime.datetime, title: str, part: str) -> int:
    due, late = Q(leading__due_on=day, leading__due_at__gt=now), Q(leading__due_at__lte=now)
    mine = Complaint.objects.open().filter(owner__isnull=False, paused_at=None)
    counted = mine.filter(due | late).values("owner").annotate(due=Count("pk", due), late=Count("pk", late))
    rows = {row["owner"]: row for row in counted if row["due"]}
    people = User.objects.active().in_bulk(rows)
    return notices.tell_all(
        [
            notices.Telling(
                to=[people[pk]],
                kind="digest",
                title=title,
                values={"due": row["due"], "late": row["late"]},
                about_kind=f"complaints_due_{part}",
                about_no="",
                dedupe=f"digest:{day.isoformat()}:{part}",
            )
            for pk, row in rows.items()
            if pk in people
        ],
        at=now,
    )
