"""The later pages of a complaint and their doors."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from complaints.models import Complaint
from complaints.sla import Level
from complaints.tests import scenes
from complaints.tests.scenes import assessed, fed_back, handler, in_work, received
from crm_site.testing import table_hash
from crm_site.tests.factories import UserFactory
from customers.tests.factories import FollowUpFactory

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("now")]

TOKEN = "t" * 43
ClientFor = Callable[..., Client]


def url(name: str, complaint: Complaint) -> str:
    return reverse(f"complaints:{name}", args=[complaint.number])


def page(answer: Any) -> str:
    return answer.content.decode()


@pytest.mark.parametrize(
    ("make", "verb", "role", "status"),
    [
        (received, "feed_back", "handler", 409),
        (in_work, "feed_back", "handler", 409),
        (in_work, "approve_plan", "senior", 409),
        (in_work, "change_level", "handler", 403),
        (received, "assess", "liaison", 403),
        (assessed, "start_work", "agent", 403),
    ],
)
def test_a_step_that_is_not_open_is_403_or_409_and_touches_nothing(
    client_for: ClientFor, make: Callable[..., Complaint], verb: str, role: str, status: int
) -> None:
    team = scenes.team()
    complaint = make(handler(team))
    client = client_for(UserFactory(role=role, team=team))
    before = table_hash()
    assert client.get(url(verb, complaint)).status_code == status
    assert client.post(url(verb, complaint), {"version": complaint.version}).status_code == status
    assert table_hash() == before


def test_every_step_that_is_offered_opens(client_for: ClientFor) -> None:
    from complaints import next_steps
    from complaints.tests.test_next_steps import SCENES

    boss = handler(role="supervisor")
    client = client_for(boss)
    for name, make in SCENES.items():
        complaint = make(boss)
        for step in next_steps.offer(complaint, boss).steps:
            if step.method == "get":
                assert client.get(step.url).status_code == 200, (name, step.verb)


def test_claiming_leads_back_to_the_list_and_the_second_is_told(client_for: ClientFor) -> None:
    team = scenes.team()
    complaint = received(handler(team), owner=None)
    first, second = handler(team), handler(team)
    back = "/complaints/?view=unassigned"
    assert client_for(first).post(url("claim", complaint), {"next": back})["Location"] == back
    refused = client_for(second).post(url("claim", complaint), {"next": "https://evil.example/"})
    assert refused.status_code == 403
    assert first.display_name in page(refused)


def test_no_one_is_sent_off_the_site(client_for: ClientFor) -> None:
    team = scenes.team()
    complaint = received(handler(team), owner=None)
    answer = client_for(handler(team)).post(url("claim", complaint), {"next": "https://evil.example/"})
    assert answer["Location"] == url("detail", complaint)


# --- lists ------------------------------------------------------------------------------------------------------
@pytest.mark.parametrize(
    ("query", "shown"),
    [
        ("view=my-open", {"mine"}),
        ("view=team", {"mine", "free"}),
        ("view=unassigned", {"free"}),
        ("view=open", {"mine", "free"}),
        ("view=closed", {"done"}),
        ("view=open&level=2", {"mine"}),
        ("view=open&nature=INQUIRY", {"free"}),
        ("view=open&q=nothing like it", set()),
        ("view=open&due=later", {"mine"}),
        ("view=open&due=overdue", set()),
        ("view=nonsense&sort=nonsense&level=9&team=x&due=?&page=-3", {"mine"}),
    ],
)
def test_the_url_is_the_list(client_for: ClientFor, query: str, shown: set[str]) -> None:
    team = scenes.team()
    clerk = handler(team)
    rows = {
        "mine": assessed(clerk),
        "free": received(clerk, owner=None, nature="INQUIRY"),
        "done": scenes.closed(clerk, Level.MINOR),
        "foreign": received(handler()),
    }
    text = page(client_for(clerk).get(f"/complaints/?{query}"))
    assert {name for name, complaint in rows.items() if f"r-{complaint.number}" in text} == shown


def test_the_way_from_row_to_row_follows_the_list(client_for: ClientFor) -> None:
    clerk = handler()
    first, second = assessed(clerk), received(clerk)
    client = client_for(clerk)
    text = page(client.get(url("detail", first), {"list": "view=my-open&sort=received"}))
    assert second.number in text
    assert "view=my-open" in text


@pytest.mark.parametrize("address", ["/complaints/?view=open", "/"])
def test_a_list_asks_as_many_questions_for_three_rows_as_for_one(
    client_for: ClientFor, address: str, django_assert_max_num_queries: Any
) -> None:
    clerk = handler()
    client = client_for(clerk)

    def asked() -> int:
        with django_assert_max_num_queries(30) as counted:
            assert client.get(address).status_code == 200
        return len(counted)

    fed_back(clerk)
    FollowUpFactory(owner=clerk)
    asked()
    one = asked()
    in_work(clerk)
    received(clerk, owner=None)
    FollowUpFactory(owner=clerk)
    assert asked() == one


def test_the_queue_asks_at_most_eight_questions(client_for: ClientFor, django_assert_max_num_queries: Any) -> None:
    clerk = handler()
    received(clerk)
    client = client_for(clerk)
    client.get("/complaints/")
    with django_assert_max_num_queries(8):
        client.get("/complaints/?view=team&level=2")


def test_each_badge_of_the_rail_is_counted_once_a_page(client_for: ClientFor) -> None:
    client = client_for(handler())
    client.get("/complaints/")
    with CaptureQueriesContext(connection) as asked:
        client.get("/complaints/")
    badges = [query["sql"] for query in asked if '"read_at" IS NULL' in query["sql"]]
    assert len(badges) == 1
    assert "customers_followup" in badges[0] and "complaints_complaint" in badges[0]


@pytest.mark.parametrize("role", ["agent", "senior", "handler", "supervisor", "planner", "liaison", "auditor"])
def test_everybody_has_a_today(client_for: ClientFor, role: str) -> None:
    assert client_for(role).get("/").status_code == 200


def test_today_shows_what_is_late_first_and_one_button_a_row(client_for: ClientFor) -> None:
    clerk = handler()
    complaint = assessed(clerk, received_at=scenes.local("2025-09-01 09:00"))
    text = page(client_for(clerk).get("/"))
    assert text.index("c-chip--over") < text.index('class="lead1"')
    assert url("start_work", complaint) in text


@pytest.mark.parametrize(
    ("role", "own_team", "sees"),
    [
        ("supervisor", False, True),
        ("auditor", False, True),
        ("handler", True, True),
        ("handler", False, False),
        ("agent", True, True),
        ("agent", False, False),
        ("senior", False, False),
        ("liaison", False, False),
        ("liaison", True, True),
        ("planner", True, False),
        ("sysadmin", False, False),
    ],
)
def test_whose_rows_are_visible_to_whom(role: str, own_team: bool, sees: bool) -> None:
    team = scenes.team()
    complaint = received(handler(team))
    person = UserFactory(role=role, team=team if own_team else scenes.team())
    assert Complaint.objects.visible_to(person).filter(pk=complaint.pk).exists() is sees
