"""The wall: every number is the number of rows behind its link; the most urgent ones are given away in place."""

from __future__ import annotations

import datetime
import html
import re
from collections.abc import Callable
from typing import Any

import pytest
from django.http import QueryDict
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from complaints.models import Complaint
from complaints.sla import Level
from complaints.tests import scenes
from complaints.tests.scenes import handler
from complaints.views.queue import Asked
from crm_site.models import User

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("now")]
ClientFor = Callable[..., Client]
WALL = "/complaints/wall/"


@pytest.fixture
def leader() -> User:
    """Two teams with matters late, due, asked about, and nobody's."""
    leader = handler(role="senior")
    for by in (leader, handler()):
        colleague = handler(by.team)
        scenes.in_work(colleague, Level.SEVERE, received_at=timezone.now() - datetime.timedelta(days=30))
        scenes.assessed(colleague, Level.MINOR)
        scenes.received(by, owner=None)
    return leader


@pytest.mark.parametrize("role", ["senior", "supervisor"])
def test_every_number_on_the_wall_is_the_number_of_its_list(client_for: ClientFor, leader: User, role: str) -> None:
    client = client_for(leader if role == "senior" else role)
    text = client.get(WALL).content.decode()
    links = re.findall(r'<a (?:class="c-hit num" )?href="/complaints/\?([^"]*)">(\d+)</a>', text)
    assert len(links) > 8
    for query, n in links:
        asked = Asked(client.user, QueryDict(html.unescape(query)), timezone.now())  # type: ignore[attr-defined]
        assert asked.rows().count() == int(n), query
    assert {int(n) for _query, n in links} > {0}


def test_it_is_given_away_in_place_and_the_wall_stays(client_for: ClientFor, leader: User) -> None:
    client = client_for(leader)
    complaint = Complaint.objects.get(owner=None, team=leader.team)
    clerk = handler(leader.team)
    text = client.get(WALL).content.decode()
    give = reverse("complaints:assign", args=[complaint.number])
    assert f'action="{give}"' in text
    sent = {"version": complaint.version, "to": clerk.employee_no, "next": WALL}
    assert client.post(give, sent)["Location"] == WALL
    complaint.refresh_from_db()
    assert complaint.owner == clerk


def test_a_reason_that_is_missing_is_asked_for_and_nothing_changes_hands(client_for: ClientFor, leader: User) -> None:
    late = Complaint.objects.filter(team=leader.team, level=3).get()
    sent = {"version": late.version, "to": handler(leader.team).employee_no, "next": WALL}
    answer = client_for(leader).post(reverse("complaints:assign", args=[late.number]), sent)
    assert answer.status_code == 422
    assert "Say why it changes hands" in answer.content.decode()


def test_no_way_leads_to_another_host(client_for: ClientFor, leader: User) -> None:
    complaint = Complaint.objects.get(owner=None, team=leader.team)
    sent = {"version": complaint.version, "to": leader.employee_no, "next": "https://example.com/"}
    answer = client_for(leader).post(reverse("complaints:assign", args=[complaint.number]), sent)
    assert answer["Location"] == reverse("complaints:detail", args=[complaint.number])


def test_the_wall_asks_as_much_for_many_as_for_few(
    client_for: ClientFor, leader: User, django_assert_max_num_queries: Any
) -> None:
    client = client_for(leader)
    client.get(WALL)
    with django_assert_max_num_queries(20) as few:
        client.get(WALL)
    for _n in range(3):
        scenes.received(leader, owner=None)
    with django_assert_max_num_queries(len(few)):
        client.get(WALL)


@pytest.mark.parametrize("role", ["agent", "handler", "liaison", "planner", "sysadmin"])
def test_others_have_no_wall(client_for: ClientFor, role: str) -> None:
    assert client_for(role).get(WALL).status_code == 403
