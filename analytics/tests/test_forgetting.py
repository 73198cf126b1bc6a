"""Lifetimes that no kept night shows are forgotten, and nothing anybody can still ask for (domain F.8)."""

from __future__ import annotations

import datetime
from collections.abc import Iterator
from typing import Any

import pytest
import time_machine

from analytics.actions import forgetting
from analytics.models import Score, ScoreRun
from analytics.stored import value_of
from analytics.tests import nights
from analytics.tests.nights import night
from crm_site import arrays, jobs
from crm_site.celery import job, jobs_of_night
from crm_site.models import JobRun
from customers.models import FOREVER, Activity, Customer, Standing

pytestmark = pytest.mark.django_db

OCTOBER, NOVEMBER, DECEMBER = (datetime.date(2026, month, 1) for month in (10, 11, 12))
LAST = datetime.date(2026, 12, 11)
NIGHTS = [
    *(OCTOBER.replace(day=day) for day in (13, 14, 20, 30)),
    *(NOVEMBER.replace(day=day) for day in (2, 4, 5, 6, 20)),  # the 6th is the 35th day before the last night
    *(DECEMBER.replace(day=day) for day in (9, 10)),
    LAST,
]
DAY = datetime.timedelta(days=1)
SIZE = 9


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Iterator[Any]:
    """The evening of the first night, and ranges so small that there are several."""
    monkeypatch.setattr(arrays, "shard_rows", lambda: 4)
    with time_machine.travel(_evening(NIGHTS[0]), tick=False) as traveller:
        yield traveller


def _evening(day: datetime.date) -> datetime.datetime:
    return datetime.datetime.combine(day, datetime.time(18), datetime.UTC)


@pytest.fixture
def history(clock: Any) -> Customer:
    """Nights before each of which one customer moved, and another before the first two alone; the busy one."""
    nights.build(SIZE)
    busy, calm = Customer.objects.filter(kind=Customer.Kind.INDIVIDUAL).order_by("pk")[:2]
    for step, day in enumerate(NIGHTS):
        clock.move_to(_evening(day))
        moves(busy, step)
        if step < 2:
            moves(calm, step)
        assert night(day).state == JobRun.State.OK
    return busy


def moves(customer: Customer, step: int) -> None:
    from django.utils import timezone

    facts = {"ever_holdings": 1, "families_mask": 2**step - 1 if step % 2 else 1, "contracts_24m": step % 4}
    Activity.objects.filter(pk=customer.pk).update(changed_at=timezone.now(), **facts)


def forget(as_of: datetime.date) -> jobs.Counts:
    run = jobs.run_job(job="forget_lifetimes", path="analytics.tasks.forget_lifetimes", business_date=as_of, force=True)
    assert run is not None
    assert run.state == JobRun.State.OK, run.error
    return run.counts


def bank_at(run_no: int) -> tuple[list[Any], list[Any]]:
    """Every standing and score valid at a run."""
    standings = Standing.objects.at(run_no).order_by("customer_id")
    scores = [Score.objects.get(customer=one.customer_id, run_from=one.run_from).score_e8 for one in standings]
    return list(standings.values_list("customer_id", "run_from", "asset_class", "grade", "fingerprint")), scores


def test_kept_are_the_nights_of_35_days_and_the_last_of_every_month_before(history: Customer) -> None:
    kept = forgetting.kept_runs(LAST)
    by_no = dict(ScoreRun.objects.values_list("no", "as_of"))
    assert by_no[kept.since] == LAST - datetime.timedelta(days=35)
    assert [by_no[no] for no in kept.month_ends] == [OCTOBER.replace(day=30)]


def test_what_a_kept_night_shows_stays_and_everything_else_goes(history: Customer) -> None:
    kept = forgetting.kept_runs(LAST)
    asked = [*kept.month_ends, *range(kept.since, len(NIGHTS) + 1)]
    before = {no: bank_at(no) for no in asked}
    lives = set(Standing.objects.values_list("customer_id", "run_from", "run_to"))
    gone = forget(LAST)["lifetimes"]
    left = set(Standing.objects.values_list("customer_id", "run_from", "run_to"))
    assert {no: bank_at(no) for no in asked} == before
    shown = {life for life in lives if any(life[1] <= no < life[2] for no in asked)}
    present = {(customer, begin) for customer, begin, end in lives if end == FOREVER}
    replaced = {life for life in lives if (life[0], life[2]) in present}
    assert left == shown | replaced
    assert gone == len(lives) - len(left) > 4
    scores = set(Score.objects.values_list("customer_id", "run_from"))
    assert scores == {(customer, begin) for customer, begin, _end in left}


def test_the_page_says_what_the_present_score_replaced_however_long_ago(history: Customer) -> None:
    before = {customer.pk: value_of(customer) for customer in Customer.objects.all()}
    forget(LAST)
    for customer in Customer.objects.all():
        now, then = value_of(customer), before[customer.pk]
        assert (now and now.previous) == (then and then.previous)


def test_forgetting_again_finds_nothing(history: Customer) -> None:
    assert forget(LAST)["lifetimes"] > 0
    assert forgetting.run(died_at_the_end(JobRun.objects.get(job="forget_lifetimes")), LAST) == {"lifetimes": 0}


def died_at_the_end(run: JobRun) -> JobRun:
    """The same run, as if its worker had not lived to say that it was done."""
    JobRun.objects.filter(pk=run.pk).update(state=JobRun.State.RUNNING, lease_until=None)
    run.refresh_from_db()
    return run


def test_after_36_months_the_ends_of_months_go_too(history: Customer, clock: Any) -> None:
    lives = Standing.objects.filter(run_to__lt=FOREVER).count()
    later = datetime.date(2030, 1, 1)
    clock.move_to(_evening(later))
    assert forgetting.kept_runs(later).month_ends == ()
    forget(later)
    closed = Standing.objects.filter(run_to__lt=FOREVER)
    assert 0 < closed.count() < lives
    assert set(closed.values_list("run_to", flat=True)) <= set(
        Standing.objects.filter(run_to=FOREVER).values_list("run_from", flat=True)
    )


def test_a_night_staged_and_not_published_loses_nothing(history: Customer) -> None:
    """What it closed is what readers still see."""
    Standing.objects.filter(customer=history, run_to=FOREVER).update(run_to=len(NIGHTS) + 1)
    present = bank_at(len(NIGHTS))
    forget(LAST)
    assert bank_at(len(NIGHTS)) == present
    assert Standing.objects.filter(customer=history, run_to=len(NIGHTS)).exists()


def test_a_bank_without_a_night_has_nothing_to_forget(clock: Any) -> None:
    assert forget(NIGHTS[0]) == {"lifetimes": 0}


def test_it_is_done_on_sundays_after_the_scoring() -> None:
    line = job("forget_lifetimes")
    assert line.after == ("score",)
    assert [day.isoweekday() for day in (NIGHTS[0] + n * DAY for n in range(7)) if line in jobs_of_night(day)] == [7]
