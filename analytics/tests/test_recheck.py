"""Once a week everybody is read and must be found as the nights of moved customers left them (decision 0040)."""

from __future__ import annotations

import datetime
from random import Random
from typing import Any

import pytest
from django.utils import timezone

from analytics.models import Score, ScoreRun
from analytics.night_results import unmarked_words
from analytics.tests import nights
from analytics.tests.nights import AS_OF, DAY, night
from crm_site.models import JobRun
from customers.actions import activity
from customers.models import Activity, Customer, PublishedRun, Standing

pytestmark = pytest.mark.django_db


def results() -> list[tuple[Any, ...]]:
    """What readers see of everybody that does not remember earlier months, whichever night wrote it."""
    standing = ("age_band", "occupation_group", "need_type", "score_tenths", "confidence")
    own = ("id", "run_from", "customer_id", "grade")  # the grade shown remembers the one before it
    score = [f.attname for f in Score._meta.concrete_fields if f.attname not in own]
    standings = Standing.objects.published().order_by("customer__customer_no")
    scores = Score.objects.published().order_by("customer__customer_no")
    return [*standings.values_list("customer", *standing), *scores.values_list("customer", *score)]


def some_move(random: Random) -> None:
    """News about a few customers, some of them organisations; an answer from one."""
    for customer in random.sample(list(Customer.objects.order_by("pk")), 6):
        Activity.objects.filter(pk=customer.pk).update(changed_at=timezone.now(), **nights.facts(random))
    nights.answered(customer, points=random.choice([0, 50, 100]), ago=random.randrange(60))


@pytest.mark.parametrize("seed", range(4))
def test_a_week_of_moved_customers_ends_where_one_full_night_ends(clock: Any, seed: int) -> None:
    nights.build(seed=seed)
    random = Random(seed)
    for number in range(7):
        run = night(AS_OF + number * DAY)
        assert run.state == JobRun.State.OK, run.error
        assert run.counts["full"] == (number == 0)
        clock.shift(DAY)
        some_move(random)
    run = night(AS_OF + 7 * DAY)
    assert (run.state, run.counts["full"], run.counts["customers"]) == (JobRun.State.OK, 1, nights.SIZE), run.error
    assert (run.counts["drifted"], run.warning) == (0, "")
    assert 0 < run.counts["changed"] <= 6
    incremental = results()
    nights.forget(keep_calibration=True)
    assert night(AS_OF + 7 * DAY).counts["full"] == 1
    assert results() == incremental


def test_a_night_after_a_full_one_reads_only_who_moved_again(clock: Any) -> None:
    nights.build()
    for number, full in enumerate([1, 0, 0, 0, 0, 0, 0, 1, 0]):
        assert night(AS_OF + number * DAY).counts["full"] == full
        clock.shift(DAY)
    assert list(ScoreRun.objects.filter(recheck=True).values_list("no", flat=True)) == [8]


def test_a_missed_night_does_not_lose_the_week(clock: Any) -> None:
    nights.build()
    night()
    clock.shift(12 * DAY)
    assert night(AS_OF + 12 * DAY).counts == {"customers": 60, "changed": 0, "run": 2, "full": 1, "drifted": 0}


def test_what_moved_unmarked_is_found_mended_and_said(clock: Any) -> None:
    nights.build()
    night()
    lost = Customer.objects.filter(kind=Customer.Kind.INDIVIDUAL).order_by("pk")[3]
    Activity.objects.filter(pk=lost.pk).update(count_12m=900, amount_12m_fen=9_000_000, ever_holdings=2)
    clock.shift(DAY)
    assert night(AS_OF + DAY).counts["changed"] == 0
    clock.shift(6 * DAY)
    run = night(AS_OF + 7 * DAY)
    assert run.counts == {"customers": nights.SIZE, "changed": 1, "run": 3, "full": 1, "drifted": 1}
    assert "1 customers" in run.warning
    words = unmarked_words(ScoreRun.objects.get(no=3))
    assert words == "1 customer was scored otherwise than the nights before had left them, and no fact had moved."
    assert unmarked_words(ScoreRun.objects.get(no=2)) == ""
    assert Score.objects.published().get(customer=lost).run_from == 3
    assert PublishedRun.current() == 3


def test_a_new_month_is_no_recheck_and_nobody_has_drifted(clock: Any) -> None:
    nights.build()
    night()
    clock.shift(20 * DAY)
    run = night(AS_OF + 20 * DAY)
    assert (run.counts["full"], "drifted" in run.counts) == (1, False)
    assert not ScoreRun.objects.filter(recheck=True).exists()


def test_who_reaches_an_age_step_is_found_by_the_date(clock: Any) -> None:
    """From the sealed birth date to the age band readers see, on the night of the birthday and not before."""
    nights.build()
    people = list(Customer.objects.filter(kind=Customer.Kind.INDIVIDUAL).order_by("pk")[:8])
    for number, customer in enumerate(people):
        born = datetime.date(1961, 11, 14) + number * DAY  # 65 from the 14th on, one a day
        Customer.objects.filter(pk=customer.pk).update(birth_date=born)
    activity.touch([customer.pk for customer in people])
    activity.settle()
    seen = []
    for number in range(8):
        as_of = AS_OF + number * DAY
        activity.settle()
        activity.roll(as_of)
        activity.refresh_ages(as_of)
        run = night(as_of)
        assert run.counts.get("drifted", 0) == 0
        flagged = Standing.objects.published().filter(customer__in=people, flags__contains="SUITABILITY_65")
        seen.append(flagged.count())
        clock.shift(DAY)
    assert seen == [2, 3, 4, 5, 6, 7, 8, 8]
