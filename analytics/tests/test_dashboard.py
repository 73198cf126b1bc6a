"""The dashboard: every number of complaints opens exactly what it counts (peers row 115)."""

from __future__ import annotations

import datetime
import re
from collections.abc import Callable

import pytest
import time_machine
from django.test import Client
from django.urls import reverse

from complaints.sla import Level
from complaints.tests import scenes
from complaints.tests.test_figures import TOTAL, tell, tiles

pytestmark = pytest.mark.django_db


@pytest.fixture
def weeks() -> None:
    """Three weeks of work, answered, late and lying there."""
    with time_machine.travel(scenes.local("2026-03-02 09:00"), tick=False):
        by = scenes.handler()
        matters = [scenes.planned(by, level) for level in (Level.MODERATE, Level.SEVERE, Level.MODERATE)]
        scenes.closed(by, Level.MINOR)
    with time_machine.travel(scenes.local("2026-03-05 09:00"), tick=False):
        tell(by, matters[0])
    with time_machine.travel(scenes.local("2026-03-20 08:00"), tick=False):
        scenes.received(scenes.handler(), owner=None)
        scenes.assessed(by, Level.MINOR)


@pytest.mark.usefixtures("weeks")
@pytest.mark.parametrize("period", ["", "12w", "month", "last-month", "nonsense"])
def test_every_tile_of_the_dashboard_opens_exactly_what_it_counts(
    client_for: Callable[..., Client], period: str
) -> None:
    with time_machine.travel(scenes.local("2026-03-20 12:00"), tick=False):
        client = client_for("supervisor")
        page = client.get(reverse("analytics:dashboard"), {"period": period}).content.decode()
        found = list(tiles(page))
        assert len(found) > 20
        for address, number in found:
            assert TOTAL.findall(client.get(address).content.decode()) == [str(number)], address


@pytest.mark.usefixtures("weeks")
def test_no_number_of_complaints_on_the_dashboard_is_without_its_list(client_for: Callable[..., Client]) -> None:
    with time_machine.travel(scenes.local("2026-03-20 12:00"), tick=False):
        page = client_for("supervisor").get(reverse("analytics:dashboard")).content.decode()
        assert not re.findall(r'<span class="num">\d+</span>', page)
        bare = client_for("analyst").get(reverse("analytics:dashboard")).content.decode()
        assert not list(tiles(bare))  # an analyst opens no complaint, so there is no list to lead to


@pytest.mark.usefixtures("weeks")
def test_the_dashboard_asks_no_more_for_more_complaints(
    client_for: Callable[..., Client], django_assert_max_num_queries: Callable[..., object]
) -> None:
    with time_machine.travel(scenes.local("2026-03-20 12:00"), tick=False):
        client = client_for("supervisor")
        client.get(reverse("analytics:dashboard"))
        for _n in range(3):
            scenes.in_work(scenes.handler(), received_at=datetime.datetime.now(datetime.UTC))
        with django_assert_max_num_queries(75):
            client.get(reverse("analytics:dashboard"))
