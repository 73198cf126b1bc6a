"""The queue: what the promises answer is what the complaints answer."""

from __future__ import annotations

import datetime
import itertools

import pytest
from django.http import QueryDict

from complaints.models import Complaint
from complaints.sla import Level
from complaints.tests import scenes
from complaints.views.queue import VIEWS, Asked, page_rows
from complaints.views.queue.counting import count_of, counts
from crm_site.models import User
from crm_site.tests.factories import UserFactory

pytestmark = pytest.mark.django_db
QUESTIONS = [
    "",
    "level=3",
    "due=overdue",
    "due=today",
    "due=soon",
    "due=later",
    "team={team}",
    "team={team}&level=2&due=soon",
    "due=tomorrow",
    "due=week",
    "due=overdue&due=today",
    "level=1&level=3",
    "level=0",
    "owner=me",
    "owner=none",
    "owner=me&owner=none&level=2",
    "nature=COMPLAINT",
    "q=fee",
]


@pytest.fixture
def leader(now: datetime.datetime) -> User:
    """A supervisor over two teams with matters of every level, one of them nobody's, one at its end."""
    ours, theirs = scenes.handler(), scenes.handler()
    for by in (ours, theirs):
        for days, level in enumerate((Level.SEVERE, Level.MODERATE, Level.MINOR)):
            scenes.assessed(by, level, received_at=now - datetime.timedelta(days=6 * days))
        scenes.received(by, owner=None)
    scenes.asked(ours, scenes.fed_back(ours))
    scenes.closed(ours, Level.MINOR)
    leader: User = UserFactory(role="supervisor", team=ours.team)
    return leader


def test_the_promises_find_the_rows_the_complaints_have(leader: User, now: datetime.datetime) -> None:
    for view, question in itertools.product(VIEWS, QUESTIONS):
        asked = Asked(leader, QueryDict(f"view={view}&{question.format(team=leader.team_id)}"), now)
        found = [row.pk for row in page_rows(asked, 0, 3)]
        assert found == list(asked.rows().values_list("pk", flat=True)[:3]), (view, question)
        assert counts(asked)["shown"] == asked.rows().count(), (view, question)


def test_every_open_matter_is_in_the_queue_and_no_closed_one(leader: User, now: datetime.datetime) -> None:
    asked = Asked(leader, QueryDict("view=open"), now)
    shown = set(Complaint.objects.filter(asked.keys(0, 100)).values_list("pk", flat=True))
    assert shown == set(Complaint.objects.filter(closed_at=None).values_list("pk", flat=True))
    assert len(shown) == count_of(counts(asked), "open") == 9


def test_of_those_due_on_one_day_the_gravest_stands_first(leader: User, now: datetime.datetime) -> None:
    asked = Asked(leader, QueryDict("view=open"), now)
    rows = list(asked.rows().select_related("leading"))
    order = [(row.leading.due_at, -(row.leading.about_level or 0)) for row in rows if row.leading]
    assert order == sorted(order)
    assert len(order) == len(rows)
