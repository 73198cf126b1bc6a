"""Filters of the list: each narrows, several of one kind widen, all stand in the URL and come off one by one."""

from __future__ import annotations

import datetime
import html
import re
from collections.abc import Callable
from typing import Any

import pytest
from django.http import QueryDict
from django.test import Client

from complaints.actions import escalation
from complaints.models import Complaint
from complaints.sla import Level
from complaints.tests import scenes
from complaints.views.queue import Asked, counting
from complaints.views.queue.filters import FILTERS
from crm_site.models import User
from crm_site.tests.factories import UserFactory
from customers.models import Product

pytestmark = pytest.mark.django_db
ClientFor = Callable[..., Client]


@pytest.fixture
def matters(now: datetime.datetime) -> dict[str, Complaint]:
    """One of each kind, of one team, by a short name."""
    by = scenes.handler()
    card, _made = Product.objects.get_or_create(code="CARD1", defaults={"name": "金卡", "family": "CARD"})
    return {
        "severe": scenes.in_work(by, Level.SEVERE),
        "minor": scenes.assessed(by, Level.MINOR, received_at=now - datetime.timedelta(days=9), channel="WECHAT"),
        "new": scenes.received(by, subject="ATM吞卡", source="HOTLINE", product=card),
        "nobody's": scenes.received(by, owner=None, nature="INQUIRY", received_at=now - datetime.timedelta(days=30)),
        "paused": scenes.paused(by, scenes.in_work(by)),
    }


def found(matters: dict[str, Complaint], question: str, user: User) -> set[str]:
    asked = Asked(user, QueryDict(question), datetime.datetime.now(datetime.UTC))
    names = {complaint.pk: name for name, complaint in matters.items()}
    rows = set(asked.rows().values_list("pk", flat=True))
    assert counting.counts(asked)["shown"] == len(rows)
    return {names[pk] for pk in rows}


@pytest.mark.parametrize(
    ("question", "names"),
    [
        ("level=3", {"severe"}),
        ("level=3&level=1", {"severe", "minor"}),
        ("level=0", {"new", "nobody's"}),
        ("level=9", {"severe", "minor", "new", "nobody's", "paused"}),
        ("state=ASSESSED&state=CLASSIFIED", {"minor", "new", "nobody's"}),
        ("nature=INQUIRY", {"nobody's"}),
        ("owner=none", {"nobody's"}),
        ("department=IT", {"severe", "paused"}),
        ("department=LEGAL", set()),
        ("product=CARD1", {"new"}),
        ("cause=FEES", {"severe", "minor", "paused"}),
        ("channel=WECHAT", {"minor"}),
        ("source=HOTLINE&source=MEDIA", {"new"}),
        ("paused=yes", {"paused"}),
        ("paused=no&state=IN_PROGRESS", {"severe"}),
        ("received_to=2025-09-20", {"minor", "nobody's"}),
        ("received_from=2025-09-01&received_to=2025-09-20", {"minor"}),
        ("received_from=yesterday", {"severe", "minor", "new", "nobody's", "paused"}),
        ("q=吞卡", {"new"}),
        ("due=overdue", {"minor", "nobody's"}),
        ("due=overdue&paused=no&channel=WECHAT", {"minor"}),
    ],
)
def test_each_filter_narrows_and_values_of_one_filter_widen(
    matters: dict[str, Complaint], question: str, names: set[str]
) -> None:
    leader = UserFactory(role="supervisor", team=matters["new"].team)
    assert found(matters, f"view=open&{question}", leader) == names


def test_escalated_ones_are_those_with_a_warned_promise_still_open(
    matters: dict[str, Complaint], now: datetime.datetime
) -> None:
    leader = UserFactory(role="supervisor", team=matters["new"].team)
    assert found(matters, "view=open&escalated=yes", leader) == set()
    escalation.climb(now=now)
    assert found(matters, "view=open&escalated=yes", leader) == {"minor"}
    assert found(matters, "view=open&escalated=no", leader) == {"severe", "new", "nobody's", "paused"}
    assert found(matters, "view=open&escalated=perhaps&level=1&level=3", leader) == {"severe", "minor"}
    scenes.resolved(leader, matters["minor"])
    assert found(matters, "view=open&escalated=yes", leader) == set()


def test_mine_and_a_colleagues_are_told_apart(matters: dict[str, Complaint]) -> None:
    clerk = matters["new"].owner
    leader = UserFactory(role="supervisor", team=clerk.team)
    assert found(matters, "view=open&owner=me", clerk) == {"severe", "minor", "new", "paused"}
    assert found(matters, f"view=open&owner={clerk.employee_no}", leader) == {"severe", "minor", "new", "paused"}
    assert found(matters, "view=open&owner=me", leader) == set()


def test_the_url_keeps_everything_and_a_chip_takes_one_value_off(
    client_for: ClientFor, matters: dict[str, Complaint]
) -> None:
    client = client_for(matters["new"].owner)
    text = client.get("/complaints/?view=open&level=3&level=1&cause=FEES&q=fee&sort=level").content.decode()
    links = [html.unescape(link) for link in re.findall(r'class="c-fchip">[^<]*<a href="([^"]*)"', text)]
    assert links == [
        "?view=open&level=1&cause=FEES&q=fee&sort=level",
        "?view=open&level=3&cause=FEES&q=fee&sort=level",
        "?view=open&level=3&level=1&q=fee&sort=level",
        "?view=open&level=3&level=1&cause=FEES&sort=level",
    ]
    assert matters["severe"].number in text
    assert matters["new"].number not in text


def test_the_panel_offers_every_filter_with_what_is_set_ticked(
    client_for: ClientFor, matters: dict[str, Complaint]
) -> None:
    client = client_for("supervisor")
    text = client.get("/complaints/filter/?view=open&level=3&owner=none").content.decode()
    assert all(f'name="{name}"' in text for name in FILTERS)
    assert re.search(r'name="level" value="3" checked', text)
    assert re.search(r'name="owner" value="none" checked', text)
    assert not re.search(r'name="level" value="1" checked', text)


@pytest.mark.parametrize("role", ["planner", "trainer", "sysadmin", "privacy"])
def test_who_has_no_list_has_no_filters(client_for: ClientFor, role: str) -> None:
    assert client_for(role).get("/complaints/filter/").status_code == 403


def test_more_than_are_counted_say_so(
    client_for: ClientFor, matters: dict[str, Complaint], monkeypatch: pytest.MonkeyPatch
) -> None:
    from complaints.views.queue import page, paging

    for module in (counting, paging, page):
        monkeypatch.setattr(module, "MOST", 3)
    text = client_for("supervisor").get("/complaints/?view=open").content.decode()
    assert '<span class="n">3+</span>' in text
    assert "The list shows the first" in text


def test_filters_cost_no_question_of_their_own(
    client_for: ClientFor, matters: dict[str, Complaint], django_assert_max_num_queries: Any
) -> None:
    client = client_for("supervisor")
    client.get("/complaints/")
    assert matters
    with django_assert_max_num_queries(8):
        client.get("/complaints/?view=open&level=1&level=2&cause=FEES&page=1")
