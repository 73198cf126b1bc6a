"""A change of a score divided into the customer's part and the model's: exact, and honest when nobody can say."""

from __future__ import annotations

import datetime
from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import Any

import pytest
import time_machine
from django.urls import reverse
from django.utils import timezone, translation

from analytics.actions import tuning
from analytics.change_split import Moved, moved
from analytics.change_split_text import levels, moved_words
from analytics.default_model import DEFAULT_V1
from analytics.models import Score
from analytics.stored import value_of
from analytics.tests import nights
from crm_site.tests.factories import UserFactory
from customers.models import Activity, Customer

pytestmark = pytest.mark.django_db
HEAVIER = replace(DEFAULT_V1, weights=(2_000, 1_500, 2_000, 3_000, 1_500))


@pytest.fixture(autouse=True)
def _bank() -> Iterator[None]:
    """A published night by v1; tomorrow's goes by v2."""
    with time_machine.travel(datetime.datetime(2026, 11, 15, 18, 0, tzinfo=datetime.UTC), tick=False):
        with translation.override("en"):
            nights.build(30)
            nights.night()
            author, boss = UserFactory(role="analyst"), UserFactory(role="supervisor")
            data = tuning.to_json(HEAVIER)
            tuning.put_in_force(by=author, approve_by=boss, data=data, note="Growth counts more")
            yield


def scored() -> Any:
    return Score.objects.published().select_related("calibration__model").filter(score_e8__gte=0).order_by("pk")


def next_night() -> None:
    nights.night(nights.AS_OF + datetime.timedelta(days=1))


def test_before_a_second_calibration_there_is_nothing_to_divide() -> None:
    assert moved(scored()[0]) is None


def test_where_no_fact_moved_the_model_moved_it_all() -> None:
    before = dict(scored().values_list("customer", "score_e8"))
    next_night()
    rows = list(scored())
    for row in rows:
        found = moved(row)
        assert found is not None
        assert (found.customer_e8, found.model_e8) == (0, row.score_e8 - before[row.customer_id])
        assert (found.old_version, found.new_version) == ("v1", "v2")
    assert any(moved(row).tenths for row in rows)  # type: ignore[union-attr]


def test_both_parts_add_up_without_a_remainder() -> None:
    row = scored()[0]
    before = row.score_e8
    Activity.objects.filter(pk=row.customer_id).update(contribution_fen=9_999_999, changed_at=timezone.now())
    next_night()
    after = scored().get(customer=row.customer_id)
    found = moved(after)
    assert found is not None
    assert found.customer_e8 is not None
    assert found.model_e8 is not None
    assert found.customer_e8 != 0
    assert found.customer_e8 + found.model_e8 == after.score_e8 - before
    assert found.customer_tenths + found.model_tenths == after.score_tenths - row.score_tenths
    assert "the customer moved +" in moved_words(found)
    assert "v2 after v1" in moved_words(found)


def test_facts_that_no_night_has_scored_leave_it_open() -> None:
    next_night()
    row = scored()[0]
    Activity.objects.filter(pk=row.customer_id).update(contribution_fen=9_999_999, changed_at=timezone.now())
    found = moved(row)
    assert found is not None
    assert found.customer_e8 is None
    assert "after the next one" in moved_words(found)


@pytest.mark.parametrize(
    ("tenths", "customer", "model", "shown"),
    [
        (3, 14_999_999, 15_000_001, (1, 2)),
        (-5, -24_999_999, -25_000_001, (-2, -3)),
        (0, 6_000_000, -6_000_000, (1, -1)),
    ],
)
def test_what_is_shown_adds_up_too(tenths: int, customer: int, model: int, shown: tuple[int, int]) -> None:
    found = Moved(nights.ON, tenths, customer, model, "v1", "v1")
    assert (found.customer_tenths, found.model_tenths) == shown


def test_the_page_names_version_change_and_metrics(client_for: Callable[..., Any]) -> None:
    next_night()
    row = scored()[0]
    number = Customer.objects.get(pk=row.customer_id).customer_no
    page = client_for("supervisor").get(reverse("analytics:value", args=[number]), headers={"Accept-Language": "en"})
    text = page.content.decode()
    assert all(words in text for words in ("Scored by version v2", "the customer moved 0.0", "Behind each indicator"))


def test_the_profile_never_leads() -> None:
    for row in scored():
        value = value_of(Customer.objects.get(pk=row.customer_id))
        assert value is not None
        for level in levels(value.explanation, value.model):
            assert all("personal profile" not in metric["words"] for metric in level["metrics"][:-1])
