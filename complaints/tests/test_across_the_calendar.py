"""The clockwork across days the calendar bends: no run skipped or doubled, no notice outside working time (FI-11)."""

from __future__ import annotations

import datetime
from collections import Counter
from collections.abc import Iterable
from zoneinfo import ZoneInfo

import pytest
import time_machine
from django.conf import settings
from django.utils import timezone

from complaints.models import Escalation
from complaints.tests import scenes
from crm_site import bell, celery, jobs, office_hours
from crm_site.models import CalendarDay, JobRun, Notice
from crm_site.tests.factories import TeamFactory, UserFactory

pytestmark = pytest.mark.django_db
TZ = ZoneInfo("Asia/Shanghai")
OURS = tuple(celery.job(name) for name in ("complaint_clocks", "complaints_due_today", "complaints_due_next"))
QUARTER = datetime.timedelta(minutes=15)


def moments(first: str, last: str, step: datetime.timedelta = QUARTER) -> list[datetime.datetime]:
    """Ticks from the first to the last, in Shanghai."""
    at, ends, found = scenes.local(first), scenes.local(last), []
    while at <= ends:
        found.append(at)
        at += step
    return found


def tick(ticks: Iterable[datetime.datetime]) -> None:
    """What the bell rings for at each of these moments is done."""
    for moment in ticks:
        with time_machine.travel(moment, tick=False):
            for due in bell.missing(celery.due(timezone.now(), OURS)):
                path = due.job.task
                run = jobs.run_job(job=due.job.name, path=path, business_date=due.business_date, slot=due.slot)
                assert run is not None and run.state == JobRun.State.OK, run and run.error


def ran(name: str) -> list[str]:
    rows = JobRun.objects.filter(job=name).order_by("business_date", "slot")
    return [f"{row.business_date} {row.slot}".strip() for row in rows]


def quarters(ticks: Iterable[datetime.datetime]) -> list[str]:
    return sorted({f"{at.astimezone(TZ):%Y-%m-%d %H:%M}" for at in ticks})


def all_is_well() -> None:
    """Each run was one attempt, each person was told a thing once and in working time, each rung was reached once."""
    assert not JobRun.objects.exclude(attempts=1).exists()
    calendar, hours = CalendarDay.objects.calendar(), office_hours.parse(settings.OFFICE_HOURS)
    for notice in Notice.objects.all():
        assert office_hours.is_open(notice.deliver_at, calendar, TZ, hours), notice.deliver_at
        assert notice.deliver_at >= notice.at
    told = Counter(Notice.objects.values_list("to", "dedupe_key"))
    assert set(told.values()) <= {1}
    assert set(Counter(Escalation.objects.values_list("clock", "threshold", "week")).values()) <= {1}


def registered(*receipts: str) -> None:
    """Moderate complaints in work, received then, in a team with a leader."""
    team = TeamFactory(code="C1")
    by = UserFactory(role="handler", team=team)
    UserFactory(role="senior", team=team)
    for text in receipts:
        with time_machine.travel(scenes.local(text), tick=False):
            scenes.in_work(by)


def late_at(name: str) -> list[str]:
    rows = Escalation.objects.filter(threshold=name, clock__kind="FEEDBACK").order_by("at")
    return [f"{row.at.astimezone(TZ):%Y-%m-%d %H:%M}" for row in rows]


def test_from_the_last_of_december_into_january() -> None:
    registered("2026-12-24 10:00")  # due Thursday 31 December
    ticks = moments("2026-12-31 08:00", "2027-01-01 12:00")
    tick(ticks)
    assert ran("complaint_clocks") == quarters(ticks)
    assert ran("complaints_due_today") == ["2026-12-31", "2027-01-01"]
    assert late_at("B0") == ["2027-01-01 00:00"]
    all_is_well()
    assert min(Notice.objects.filter(dedupe_key__contains=":B0:").values_list("deliver_at", flat=True)) == scenes.local(
        "2027-01-04 09:00"
    )  # New Year's Day and the weekend rest


def test_through_the_spring_festival_with_its_two_saturdays_that_work() -> None:
    registered("2026-02-10 10:00", "2026-02-13 10:00", "2026-02-14 10:00")  # due 24, 27 and 28 February
    ticks = moments("2026-02-13 12:00", "2026-03-01 12:00", datetime.timedelta(hours=3))
    tick(ticks)
    assert len(ran("complaint_clocks")) == len(ticks)
    days = [datetime.date(2026, 2, 13) + datetime.timedelta(days=n) for n in range(17)]
    assert ran("complaints_due_next") == [f"{day}" for day in days[:-1]]
    assert late_at("B0") == ["2026-02-25 00:00", "2026-02-28 00:00", "2026-03-01 00:00"]
    delivered = {moment.astimezone(TZ).date() for moment in Notice.objects.values_list("deliver_at", flat=True)}
    assert datetime.date(2026, 2, 14) in delivered and datetime.date(2026, 2, 28) in delivered
    assert not delivered & {datetime.date(2026, 2, day) for day in range(15, 24)}
    all_is_well()


@pytest.mark.parametrize("hours", [2, -2])
def test_a_clock_that_jumps_two_hours_runs_nothing_twice_and_forgets_no_warning(hours: int) -> None:
    registered("2025-09-26 10:00")
    jump = datetime.timedelta(hours=hours)
    before, after = moments("2025-10-09 06:00", "2025-10-09 10:00"), moments("2025-10-09 10:00", "2025-10-09 14:00")
    ticks = [*before, *(moment + jump for moment in after)]
    tick(ticks)
    assert ran("complaint_clocks") == quarters(ticks)
    assert ran("complaints_due_today") == ["2025-10-09"]
    assert late_at("T3") == ["2025-10-09 09:00"]
    all_is_well()


def test_a_night_without_the_bell_is_caught_up_by_the_newest_run_alone() -> None:
    registered("2025-09-26 10:00")
    tick(moments("2025-10-09 17:00", "2025-10-09 18:00"))
    tick(moments("2025-10-11 09:00", "2025-10-11 09:15"))  # a day and a half later: T4 and B0 were slept through
    sweeps = [run for run in ran("complaint_clocks") if run.startswith("2025-10-1")]
    assert sweeps == ["2025-10-11 09:00", "2025-10-11 09:15"]
    assert late_at("B0") == ["2025-10-11 09:00"]
    assert list(Escalation.objects.filter(threshold="T4").values_list("state", flat=True)) == ["SKIPPED"]
    all_is_well()
