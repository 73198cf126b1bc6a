"""What is valid at a run lies among the rows written since the last change of basis (decision 0056)."""

from __future__ import annotations

import datetime
import json
from random import Random
from typing import Any

import pytest
from django.db import connection
from django.utils import timezone

from analytics.models import ScoreRun, ScoringModel
from analytics.scoring_model import content_hash, from_json
from analytics.tests import nights
from analytics.tests.nights import AS_OF, DAY, night
from crm_site.models import JobRun
from customers.models import FOREVER, Activity, Customer, PublishedRun, Standing

pytestmark = pytest.mark.django_db


def heavier(indicator: str) -> None:
    """From the next night on a model is in force that weighs one indicator more."""
    old = ScoringModel.objects.get(state=ScoringModel.State.ACTIVE)
    spec = json.loads(json.dumps(old.spec))
    spec["weights"][indicator] += 500
    spec["weights"]["C"] -= 500
    new_version(old, spec)


def new_version(old: ScoringModel, spec: dict[str, Any]) -> None:
    ScoringModel.objects.filter(pk=old.pk).update(state=ScoringModel.State.RETIRED)
    said = content_hash(from_json(spec))
    state = ScoringModel.State.ACTIVE
    ScoringModel.objects.create(version=f"{old.version}+", spec=spec, content_hash=said, state=state)


def back_to_the_first() -> None:
    """The model that came with the product is in force again."""
    ScoringModel.objects.filter(state=ScoringModel.State.ACTIVE).update(state=ScoringModel.State.RETIRED)
    first = ScoringModel.objects.order_by("pk").values("pk")[:1]
    ScoringModel.objects.filter(pk__in=first).update(state=ScoringModel.State.ACTIVE)


def somebody_moves(random: Random) -> None:
    for customer in random.sample(list(Customer.objects.order_by("pk")), 5):
        Activity.objects.filter(pk=customer.pk).update(changed_at=timezone.now(), **nights.facts(random))


def everybody_is_there() -> None:
    """Each published run shows everybody once, found among the rows since its basis as among all."""
    for run in ScoreRun.objects.filter(state=ScoreRun.State.PUBLISHED):
        found = sorted(Standing.objects.at(run.no, run.since_no).values_list("customer", flat=True))
        assert found == sorted(Customer.objects.values_list("pk", flat=True)), run
        assert Standing.objects.at(run.no).count() == len(found)
    assert Standing.objects.filter(run_to=FOREVER).count() == Customer.objects.count()
    last = ScoreRun.objects.filter(state=ScoreRun.State.PUBLISHED).latest("no")
    assert PublishedRun.span() == (last.since_no, last.no)


def since() -> list[int]:
    return list(ScoreRun.objects.order_by("no").values_list("since_no", flat=True))


def test_nights_of_those_who_moved_keep_looking_back_to_the_full_one(bank: None, clock: Any) -> None:
    random = Random(3)
    for number in range(9):  # the eighth reads everybody once more
        assert night(AS_OF + number * DAY).state == JobRun.State.OK
        clock.shift(DAY)
        somebody_moves(random)
    assert since() == [0] * 9
    everybody_is_there()


def test_a_new_month_writes_everybody_anew_and_nothing_older_is_looked_at(bank: None, clock: Any) -> None:
    days = [AS_OF, AS_OF + DAY, datetime.date(2026, 12, 5), datetime.date(2026, 12, 6), datetime.date(2027, 1, 3)]
    random = Random(4)
    for day in days:
        assert night(day).state == JobRun.State.OK
        clock.shift(DAY)
        somebody_moves(random)
    assert since() == [0, 0, 3, 3, 5]
    everybody_is_there()


def test_another_model_writes_everybody_anew_and_the_same_under_another_name_does_not(bank: None, clock: Any) -> None:
    night()
    clock.shift(DAY)
    heavier("S")
    assert night(AS_OF + DAY).counts["changed"] == nights.SIZE
    clock.shift(DAY)
    old = ScoringModel.objects.get(state=ScoringModel.State.ACTIVE)
    new_version(old, old.spec)
    run = night(AS_OF + 2 * DAY)
    assert (run.counts["full"], run.counts["changed"]) == (1, 0)
    assert since() == [0, 2, 2]
    everybody_is_there()


def test_after_a_cut_off_night_its_rows_are_found(bank: None, clock: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    night()
    clock.shift(DAY)
    heavier("S")
    nights.cut_off(monkeypatch, AS_OF + DAY)
    clock.shift(DAY)
    assert night(AS_OF + 2 * DAY).counts["changed"] < nights.SIZE  # some were written by the night before
    assert since() == [0, 2, 2]
    everybody_is_there()


def test_what_a_cut_off_night_wrote_by_another_model_is_written_over(
    bank: None, clock: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It was left, the model taken back: nobody keeps a score of it."""
    night()
    before = list(Standing.objects.published().order_by("customer").values_list("customer", "fingerprint"))
    clock.shift(DAY)
    heavier("S")
    nights.cut_off(monkeypatch, AS_OF + DAY)
    clock.shift(DAY)
    back_to_the_first()
    assert night(AS_OF + 2 * DAY).counts["full"] == 1
    assert list(Standing.objects.published().order_by("customer").values_list("customer", "fingerprint")) == before
    assert since() == [0, 2, 0]
    everybody_is_there()


def test_ending_a_row_touches_no_index() -> None:
    with connection.cursor() as cursor:
        found = connection.introspection.get_constraints(cursor, Standing._meta.db_table)
    columns = [one["columns"] for one in found.values() if one["index"] or one["unique"] or one["primary_key"]]
    assert ["run_from", "customer_id"] in columns
    assert not any("run_to" in names for names in columns)
