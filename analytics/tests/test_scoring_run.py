"""The night scores everybody once, then only who moved, and publishes all of it or nothing (decisions 0003, 0004)."""

from __future__ import annotations

import datetime
from typing import Any

import pytest

from analytics.models import Calibration, Score, ScoreRun
from analytics.tests import nights
from analytics.tests.nights import AS_OF, DAY, FIRST, ON, night
from crm_site.models import JobRun
from crm_site.testing import table_hashes
from customers.models import FOREVER, Activity, Customer, PublishedRun, Standing

pytestmark = pytest.mark.django_db


def moved(customer: Customer, **facts: object) -> None:
    """New facts about a customer, noted now."""
    from django.utils import timezone

    Activity.objects.filter(pk=customer.pk).update(changed_at=timezone.now(), **facts)


def individual(n: int = 0) -> Customer:
    return Customer.objects.filter(kind=Customer.Kind.INDIVIDUAL, status=Customer.Status.ACTIVE).order_by("pk")[n]


def test_a_night_classifies_everybody_and_scores_every_individual(bank: None) -> None:
    run = night()
    assert run.state == JobRun.State.OK, run.error
    assert run.counts == {"customers": nights.SIZE, "changed": nights.SIZE, "run": 1, "full": 1}
    assert Standing.objects.published().count() == nights.SIZE
    organisations = Standing.objects.published().filter(customer__kind=Customer.Kind.ORGANISATION)
    assert organisations.count() == 6
    assert set(organisations.values_list("score_tenths", "grade")) == {(None, "")}
    individuals = Score.objects.published().filter(customer__kind=Customer.Kind.INDIVIDUAL)
    assert individuals.filter(score_e8__gte=0).count() > nights.SIZE // 2
    for row in individuals.exclude(score_e8=-1):
        standing = Standing.objects.published().get(customer=row.customer_id)
        assert (standing.score_tenths, standing.grade) == (row.score_tenths, row.grade)
        assert row.score_tenths == (row.score_e8 + 5_000_000) // 10_000_000


def test_before_the_first_night_nobody_has_a_standing(bank: None) -> None:
    assert not Standing.objects.published().exists()
    assert PublishedRun.current() == 0


def test_the_population_is_measured_on_active_individuals(bank: None) -> None:
    night()
    stored = Calibration.objects.get()
    assert stored.on == ON
    active = Customer.objects.filter(kind=Customer.Kind.INDIVIDUAL, status=Customer.Status.ACTIVE)
    assert stored.population == active.count()


def test_repeating_a_night_changes_no_byte(bank: None) -> None:
    night()
    before = table_hashes()
    assert night() is None  # what is done stays done
    JobRun.objects.update(state=JobRun.State.FAILED)
    before["crm_site_jobrun"] = table_hashes()["crm_site_jobrun"]
    again = night()
    assert again.state == JobRun.State.OK, again.error
    after = table_hashes()
    del before["crm_site_jobrun"], after["crm_site_jobrun"]
    assert after == before


def test_a_second_night_without_news_writes_nothing(bank: None, clock: Any) -> None:
    night()
    before = nights.dump()
    clock.shift(DAY)
    run = night(AS_OF + DAY)
    assert run.counts == {"customers": 0, "changed": 0, "run": 2, "full": 0}
    assert nights.dump() == before
    assert PublishedRun.objects.get().as_of == AS_OF + DAY
    assert Calibration.objects.count() == 1


def test_a_second_night_touches_only_who_moved(bank: None, clock: Any) -> None:
    night()
    clock.shift(DAY)
    one, other = individual(0), individual(5)
    moved(one, contribution_fen=9_000_000, count_12m=500, ever_holdings=2)
    moved(other)  # noted, but nothing that counts is different
    run = night(AS_OF + DAY)
    assert run.counts == {"customers": 2, "changed": 1, "run": 2, "full": 0}
    assert list(Score.objects.filter(run_from=2).values_list("customer", flat=True)) == [one.pk]
    assert list(Standing.objects.filter(run_from=2).values_list("customer", flat=True)) == [one.pk]
    assert list(Standing.objects.filter(run_to=2).values_list("customer", "run_from")) == [(one.pk, 1)]
    assert Score.objects.published().get(customer=one).run_from == 2
    assert Score.objects.published().count() == nights.SIZE
    assert Standing.objects.published().count() == nights.SIZE


def test_an_answer_moves_the_score_of_who_gave_it(bank: None, clock: Any) -> None:
    night()
    clock.shift(DAY)
    customer = individual(3)
    before = Score.objects.published().get(customer=customer)
    nights.answered(customer, points=0)
    moved(customer)
    assert night(AS_OF + DAY).counts["changed"] == 1
    after = Score.objects.published().get(customer=customer)
    assert after.i_s < before.i_s
    assert after.i_c == before.i_c


def test_an_answer_taken_back_does_not_count(bank: None, clock: Any) -> None:
    night()
    clock.shift(DAY)
    customer = individual(3)
    nights.answered(customer, points=0)
    customer.interactions.update(undone_at=FIRST)
    moved(customer)
    night(AS_OF + DAY)
    after = Score.objects.published().get(customer=customer)
    assert after.cov_s == 0


def test_a_new_month_brings_a_new_calibration_and_scores_everybody(bank: None, clock: Any) -> None:
    night()
    clock.shift(20 * DAY)
    run = night(datetime.date(2026, 12, 5))
    assert run.counts["full"] == 1
    assert run.counts["customers"] == nights.SIZE
    assert list(Calibration.objects.order_by("on").values_list("on", flat=True)) == [ON, datetime.date(2026, 11, 30)]
    assert set(Score.objects.published().values_list("calibration__on", flat=True)) == {datetime.date(2026, 11, 30)}


def test_an_earlier_business_date_is_refused_and_nothing_moves(bank: None) -> None:
    night()
    before = nights.dump()
    run = night(AS_OF - DAY)
    assert run.state == JobRun.State.FAILED
    assert "newer night" in run.error
    assert nights.dump() == before
    assert PublishedRun.current() == 1


def test_a_night_cut_off_and_overtaken_cannot_come_back(
    bank: None, clock: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Its late shards would end rows that readers see."""
    nights.cut_off(monkeypatch)
    clock.shift(DAY)
    assert night(AS_OF + DAY).state == JobRun.State.OK
    for customer in Customer.objects.all():  # so that a late shard would have something to write
        moved(customer, count_12m=7, amount_12m_fen=7, ever_holdings=1)
    before = nights.dump()
    late = night(AS_OF)
    assert late.state == JobRun.State.FAILED
    assert "newer night" in late.error
    assert nights.dump() == before
    assert Standing.objects.published().count() == nights.SIZE
    assert ScoreRun.objects.get(no=1).state == ScoreRun.State.FAILED


def test_lifetimes_of_a_customer_meet_end_to_end(bank: None, clock: Any) -> None:
    customer = individual()
    for step in range(4):
        moved(customer, count_12m=50 * step, amount_12m_fen=1_000 * step, ever_holdings=1)
        night(AS_OF + step * DAY)
        clock.shift(DAY)
    lives = list(customer.standings.order_by("run_from").values_list("run_from", "run_to"))
    assert len(lives) > 2
    assert lives[0][0] == 1
    assert lives[-1][1] == FOREVER
    assert [end for _begin, end in lives[:-1]] == [begin for begin, _end in lives[1:]]
    scores = customer.scores.order_by("run_from").values_list("run_from", flat=True)
    assert list(scores) == [begin for begin, _end in lives]


def test_a_bank_without_customers_has_an_empty_night(clock: Any) -> None:
    run = night()
    assert run.state == JobRun.State.OK, run.error
    assert run.counts == {"customers": 0, "changed": 0, "run": 1, "full": 1}


def test_without_an_active_model_the_night_says_so(bank: None) -> None:
    from analytics.models import ScoringModel

    ScoringModel.objects.update(state=ScoringModel.State.RETIRED)
    run = night()
    assert run.state == JobRun.State.FAILED
    assert "Activate one" in run.error
