"""What a number says and what its list holds, for everybody who is shown both; restricted and merged ones (0028)."""

from __future__ import annotations

import datetime
import re
from collections.abc import Callable
from html import unescape

import pytest
from django.http import QueryDict
from django.test import Client
from django.urls import reverse

from complaints import figures
from complaints.actions import escalation, merging, recusing
from complaints.figures import FIGURES, Period
from complaints.models import Clock, Complaint, Escalation
from complaints.sla import Level
from complaints.tests import scenes
from complaints.tests.test_figures import TOTAL, tiles
from complaints.views.queue import VIEWS, Asked, counting
from crm_site.models import Team, User
from crm_site.tests.factories import UserFactory
from customers.tests.factories import CustomerFactory

pytestmark = pytest.mark.django_db
ClientFor = Callable[..., Client]
LISTERS = ("agent", "senior", "handler", "supervisor", "auditor", "liaison", "tfmember")
TAB = re.compile(r'<a[^>]*href="(\?view=[\w-]+)"[^>]*>.*?<span class="n">([\d,]+)</span>', re.S)
ROW = re.compile(r'id="r-(TS-[\d-]+)"')


@pytest.fixture
def ours(now: datetime.datetime) -> Team:
    return scenes.team()


@pytest.fixture
def reader(ours: Team) -> User:
    """A supervisor some of this is about."""
    return UserFactory(role="supervisor", team=ours)


@pytest.fixture
def matters(now: datetime.datetime, ours: Team, reader: User) -> dict[str, Complaint]:
    """Late and not, of two teams, somebody's and nobody's; one about the reader, one restricted without a name."""
    clerk, other = scenes.handler(ours), scenes.handler()
    earlier = now - datetime.timedelta(days=30)
    found = {
        "plain": scenes.in_work(clerk, Level.SEVERE),
        "late": scenes.in_work(clerk, received_at=earlier),
        "nobody's": scenes.received(clerk, owner=None, received_at=earlier),
        "theirs": scenes.in_work(other, Level.SEVERE, received_at=earlier),
        "about the reader": scenes.in_work(other, Level.SEVERE, received_at=earlier),
        "restricted": scenes.assessed(clerk, Level.SEVERE, received_at=earlier),
    }
    for name, accused in (("about the reader", reader), ("restricted", None)):
        row = found[name]
        by = row.owner
        found[name] = recusing.restrict(
            by=by, complaint=row, version=row.version, reason="rude at the counter", accused=accused
        )
    return found


def numbers(text: str) -> list[str]:
    return sorted(ROW.findall(text))


# --- figures and the lists behind them ---------------------------------------------------------------------------
@pytest.mark.parametrize("name", ["received", "open", "overdue", "sla_missed"])
def test_a_figure_for_a_reader_is_the_list_of_that_reader(
    name: str, matters: dict[str, Complaint], reader: User, client_for: ClientFor, now: datetime.datetime
) -> None:
    period = Period(now.date() - datetime.timedelta(days=60), now.date(), now)
    whole = figures.Asked(name, period)
    for person, hidden in ((reader, 1), (UserFactory(role="supervisor"), 0)):
        shown = figures.Asked(name, period, reader=person)
        text = client_for(person).get(shown.url).content.decode()
        assert TOTAL.findall(text) == [str(shown.count())]
        assert shown.count() == whole.count() - hidden
        assert (matters["about the reader"].number in text) == (not hidden)
        assert sum(shown.by("level").values()) == shown.count()


def test_every_tile_of_the_dashboard_is_its_list_for_whom_a_complaint_is_about(
    matters: dict[str, Complaint], reader: User, client_for: ClientFor
) -> None:
    for person in (reader, UserFactory(role="supervisor"), UserFactory(role="auditor")):
        client = client_for(person)
        page = client.get(reverse("analytics:dashboard")).content.decode()
        assert "complaints that you may open" in page
        found = list(tiles(page))
        assert len(found) > 15
        for address, n in found:
            assert TOTAL.findall(client.get(address).content.decode()) == [str(n)], (person.roles, address)
    assert len(matters) == 6


def test_an_analyst_is_shown_the_whole_centre_and_told_so(matters: dict[str, Complaint], client_for: ClientFor) -> None:
    page = client_for("analyst").get(reverse("analytics:dashboard")).content.decode()
    assert "restricted ones included" in page
    assert f'<div class="c-stat__v">{len(matters)}</div>' in page
    assert not list(tiles(page))


def test_a_report_says_that_it_counts_the_whole_centre(client_for: ClientFor, matters: dict[str, Complaint]) -> None:
    page = client_for("supervisor").get(reverse("analytics:report", args=["complaint-summary"])).content.decode()
    assert matters
    assert "Complaints of the whole centre are counted, restricted ones included." in page


# --- the views of the queue --------------------------------------------------------------------------------------
@pytest.mark.parametrize("role", LISTERS)
def test_the_number_of_every_view_is_the_number_of_its_rows(
    role: str, matters: dict[str, Complaint], ours: Team, client_for: ClientFor
) -> None:
    client = client_for(role, team=ours)
    text = client.get("/complaints/?view=open").content.decode()
    found = [(unescape(address), int(n)) for address, n in TAB.findall(text)]
    assert found
    for address, n in found:
        assert len(numbers(client.get(f"/complaints/{address}").content.decode())) == n, (role, address)
    assert matters


def test_the_numbers_of_views_leave_out_what_is_about_the_reader(
    matters: dict[str, Complaint], reader: User, now: datetime.datetime
) -> None:
    for view in VIEWS:
        if view == "closed":
            continue
        asked = Asked(reader, QueryDict(f"view={view}"), now)
        counts = counting.counts(asked)
        held = set(asked.rows().values_list("number", flat=True))
        assert counts["shown"] == len(held)
        assert counting.count_of(counts, view) in (len(held), None), view
        assert matters["about the reader"].number not in held


# --- merged ones -------------------------------------------------------------------------------------------------
@pytest.fixture
def merged(now: datetime.datetime) -> Complaint:
    """Brought twice, both late; the second was merged into the first."""
    by, customer = scenes.handler(), CustomerFactory()
    earlier = now - datetime.timedelta(days=30)
    first, second = (scenes.assessed(by, customer=customer, received_at=earlier) for _n in range(2))
    return merging.merge(
        by=by, complaint=second, version=second.version, target=first, reason="The same fee", no_new_facts=True
    )


def test_a_merged_complaint_stands_in_no_view_of_the_queue(merged: Complaint, now: datetime.datetime) -> None:
    for person in (UserFactory(role="supervisor"), merged.owner):
        for view in VIEWS:
            held = set(Asked(person, QueryDict(f"view={view}"), now).rows().values_list("number", flat=True))
            assert (merged.number in held) == (view == "closed"), view  # it ended, and its number is still found


@pytest.mark.parametrize("name", FIGURES)
def test_no_figure_counts_a_merged_complaint(name: str, merged: Complaint, now: datetime.datetime) -> None:
    period = Period(now.date() - datetime.timedelta(days=60), now.date(), now)
    rows = set(figures.Asked(name, period).rows().values_list("number", flat=True))
    assert merged.number not in rows - _missed_before(name, merged)
    if name in ("received", "open", "overdue"):
        assert rows == {merged.duplicate_of.number}


def _missed_before(name: str, merged: Complaint) -> set[str]:
    """What was missed before the merger stays missed (domain D.5)."""
    return {merged.number} if name in ("sla_due", "sla_missed", "sla_due_gross", "reg_due", "reg_missed") else set()


def test_a_month_that_was_over_before_the_merger_counts_both(now: datetime.datetime, merged: Complaint) -> None:
    day = now.date() - datetime.timedelta(days=30)
    before = now - datetime.timedelta(minutes=1)
    Complaint.objects.update(registered_at=before - datetime.timedelta(hours=1))
    asked = figures.Asked("received", Period(day, day, before, live=False))
    assert (asked.count(), figures.Asked("received", Period(day, day, now)).count()) == (2, 1)


def test_nobody_is_warned_of_a_merged_complaint(merged: Complaint, now: datetime.datetime) -> None:
    escalation.climb(now=now)
    warned = set(Escalation.objects.values_list("clock__round__complaint__number", flat=True))
    assert warned == {merged.duplicate_of.number}
    assert not Clock.objects.filter(round__complaint=merged, ladder_at__isnull=False).exists()
