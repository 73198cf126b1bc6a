"""Figures: each has one definition, and what a tile says is what its list holds (domain K; peers 115–118)."""

from __future__ import annotations

import datetime
import re
from collections.abc import Callable, Iterator
from html import unescape
from typing import Any

import pytest
import time_machine
from django.test import Client
from django.urls import reverse

from complaints import figures
from complaints.actions import assessment, pauses, resolution
from complaints.figures import FIGURES, Asked, Period
from complaints.models import Clock, Complaint
from complaints.sla import Level
from complaints.tests import scenes
from crm_site.models import CalendarDay, CalendarYear, User
from crm_site.tests.factories import UserFactory

pytestmark = pytest.mark.django_db
D = datetime.date
local = scenes.local


def at(text: str) -> Any:
    return time_machine.travel(local(text), tick=False)


def count(name: str, first: str, last: str, as_of: str = "", **only: str) -> int:
    now = datetime.datetime.now(datetime.UTC)
    period = Period(D.fromisoformat(first), D.fromisoformat(last), local(as_of) if as_of else now, not as_of)
    return Asked(name, period, only).count()


MARCH = ("2026-03-01", "2026-03-31")


@pytest.fixture
def march() -> User:
    """March 2026: five complaints, each with its own fate. 1 March is a Sunday, all weekdays work."""
    with at("2026-03-02 09:00"):
        by = scenes.handler()
        quick = scenes.planned(by)
        late = scenes.planned(by)
        lying = scenes.planned(by)
        gone = scenes.planned(by)
        scenes.closed(by, Level.MINOR)
    with at("2026-03-05 10:00"):
        quick = tell(by, quick, redress_fen=9600)
        gone = resolution.withdraw(by=by, complaint=gone, version=gone.version, reason="Settled", read_back=True)
    with at("2026-03-11 10:00"):  # due on the 9th
        late = tell(by, late, decision="NOT_UPHELD")
    with at("2026-03-12 10:00"):
        quick = scenes.asked(by, quick)
        resolution.close(by=by, complaint=quick, version=quick.version, outcome="SATISFIED")
        late = scenes.asked(by, late, satisfaction=1, accepted=False)
        resolution.reopen(by=by, complaint=late, version=late.version, reason="Still wrong")
    assert lying.number
    return by


def tell(by: User, complaint: Complaint, **fields: Any) -> Complaint:
    return resolution.feed_back(by=by, complaint=complaint, version=complaint.version, told=scenes.told(**fields))


COUNTED = {
    "received": 5,
    "closed": 3,
    "open": 2,
    "overdue": 2,
    "sla_due": 4,  # the minor one, the quick, the late, the one that lies there; not the withdrawn
    "sla_met": 2,
    "sla_missed": 2,
    "sla_due_gross": 4,
    "sla_met_gross": 2,
    "fed_back": 3,
    "reopened": 1,
    "asked": 3,
    "unsatisfied": 1,
    "decided": 3,
    "upheld": 2,
    "redressed": 1,
    "minor": 1,
    "on_the_spot": 1,
    "served": 0,
    "extended": 0,
}


@pytest.mark.usefixtures("march")
def test_a_month_is_counted_by_its_definitions() -> None:
    with at("2026-04-15 12:00"):
        assert {name: count(name, *MARCH) for name in COUNTED} == COUNTED


@pytest.mark.usefixtures("march")
def test_the_rate_is_of_what_fell_due_so_what_lies_there_counts_against_it() -> None:
    with at("2026-03-20 12:00"):
        met, due = count("sla_met", *MARCH), count("sla_due", *MARCH)
    answered = Complaint.objects.filter(rounds__fed_back_at__isnull=False).distinct().count()
    assert (met, due, answered) == (2, 4, 3)  # of the answered 2 in 3 would have looked better


@pytest.mark.usefixtures("march")
def test_a_promise_counts_once_its_moment_has_passed() -> None:
    with at("2026-03-09 23:59"):
        assert count("sla_due", *MARCH) == 1  # the minor one of the 2nd
    with at("2026-03-10 00:00"):
        assert count("sla_due", *MARCH) == 4


def test_what_was_missed_before_the_withdrawal_stays_missed() -> None:
    with at("2026-03-02 09:00"):
        by = scenes.handler()
        complaint = scenes.planned(by)
    with at("2026-03-10 09:00"):
        resolution.withdraw(by=by, complaint=complaint, version=complaint.version, reason="Tired", read_back=True)
        assert (count("sla_due", *MARCH), count("sla_missed", *MARCH)) == (1, 1)


def test_a_level_change_hides_no_missed_date_and_counts_the_matter_once() -> None:
    with at("2026-03-02 09:00"):
        by = scenes.handler()
        complaint = scenes.planned(by)
    with at("2026-03-10 09:00"):
        leader = UserFactory(role="senior", team=by.team)
        complaint = assessment.change_level(
            by=leader, complaint=complaint, version=complaint.version, level=Level.SEVERE, reason="Wider"
        )
        complaint = scenes.agreed(by, complaint)
        tell(by, complaint)
    with at("2026-04-02 09:00"):
        assert (count("sla_due", *MARCH), count("sla_missed", *MARCH)) == (1, 1)
        assert count("extended", *MARCH) == 1


def test_pauses_are_shown_gross_and_net() -> None:
    with at("2026-03-02 09:00"):
        by = scenes.handler()
        complaint = scenes.planned(by)
    with at("2026-03-03 15:00"):
        complaint = scenes.paused(by, complaint, until=D(2026, 3, 6))
    with at("2026-03-06 11:00"):
        complaint = pauses.resume(by=by, complaint=complaint, version=complaint.version)
    clock = Clock.objects.get(round=complaint.round, kind="FEEDBACK", follow_up__state="OPEN")
    assert (clock.shift, clock.gross_at) == (2, local("2026-03-10 00:00"))
    with at("2026-03-10 11:00"):  # after the plain date, before the one the pause gave
        tell(by, complaint)
    with at("2026-03-20 09:00"):
        found = {name: count(name, *MARCH) for name in ("sla_due", "sla_met", "sla_due_gross", "sla_met_gross")}
    assert found == {"sla_due": 1, "sla_met": 1, "sla_due_gross": 1, "sla_met_gross": 0}


def test_one_whose_clock_stands_still_is_not_late_but_without_pauses_it_would_be() -> None:
    with at("2026-03-02 09:00"):
        by = scenes.handler()
        complaint = scenes.planned(by)
    with at("2026-03-09 15:00"):
        scenes.paused(by, complaint, until=D(2026, 3, 11))
    with at("2026-03-10 09:00"):
        assert (count("sla_due", *MARCH), count("sla_due_gross", *MARCH)) == (0, 1)


def test_a_notice_in_writing_counts_in_time_and_is_named_beside() -> None:
    with at("2026-03-02 09:00"):
        by = scenes.handler()
        complaint = scenes.planned(by)
    for day in ("03", "04", "05"):
        with at(f"2026-03-{day} 09:00"):
            complaint = tell(by, complaint, reached=False)
    with at("2026-03-06 09:00"):
        tell(by, complaint, reached=False, served=True, channel="LETTER")
    with at("2026-03-20 09:00"):
        assert (count("sla_met", *MARCH), count("served", *MARCH)) == (1, 1)


@pytest.mark.usefixtures("march")
def test_days_to_the_answer_with_mean_middle_and_ninth_of_ten() -> None:
    with at("2026-04-15 12:00"):
        asked = Asked("fed_back", Period(D(2026, 3, 1), D(2026, 3, 31), local("2026-04-15 12:00")))
        assert figures.spread(asked) == {0: 1, 3: 1, 7: 1}
        assert figures.spread(asked, "took_calendar_days") == {0: 1, 3: 1, 9: 1}
        taken = figures.days(figures.spread(asked))
        assert (taken.n, str(taken.mean), taken.median, taken.p90) == (3, "3.3", 3, 7)
        assert figures.redress_fen(asked) == 9600
        assert [n for _low, _high, n in figures.buckets({0: 1, 15: 2, 16: 3, 30: 1, 61: 5})] == [3, 4, 0, 5]


# --- as of then -------------------------------------------------------------------------------------------------
def every_figure(as_of: str) -> dict[str, Any]:
    """All figures of March as of a moment, split by what later steps change."""
    period = Period(D(2026, 3, 1), D(2026, 3, 31), local(as_of), live=False)
    found: dict[str, Any] = {}
    for name in FIGURES:
        asked = Asked(name, period)
        found[name] = (asked.count(), asked.by("level"), asked.by("cause"), asked.by("nature"))
    taken = Asked("fed_back", period)
    return found | {"days": figures.spread(taken), "redress": figures.redress_fen(taken)}


def test_a_month_that_is_over_counts_the_same_after_everything_that_came_later(march: User) -> None:
    with at("2026-03-31 10:00"):
        fresh = scenes.received(march)  # not assessed yet when the month ends
    with at("2026-04-01 00:00"):
        before = every_figure("2026-04-01 00:00")
        assert before["received"][1][None] == 1
    with at("2026-04-02 10:00"):
        judgement = scenes.judgement(Level.SEVERE, cause="FUNDS_SECURITY")
        assessment.assess(by=march, complaint=fresh, version=fresh.version, judgement=judgement)
        for complaint in Complaint.objects.filter(state__in=("IN_PROGRESS", "PLAN_AGREED")):
            tell(march, complaint if complaint.state == "PLAN_AGREED" else scenes.agreed(march, complaint))
        done = Complaint.objects.filter(state="CLOSED", level=2).get()
        resolution.reopen(by=march, complaint=done, version=done.version, reason="New letter")
        scenes.received(march)
    with at("2026-04-03 10:00"):
        CalendarDay.objects.create(date=D(2026, 3, 4), is_working=False, kind="HOLIDAY", name="Late notice")
        CalendarYear.objects.filter(year=2026).update(revision=99)
        assert every_figure("2026-04-01 00:00") == before


def test_day_boundaries_are_the_bank_s_own() -> None:
    for moment in ("2026-03-31 23:59", "2026-04-01 00:00"):  # in UTC both are 31 March
        with at(moment):
            scenes.received(scenes.handler())
    with at("2026-04-15 12:00"):
        assert count("received", *MARCH) == 1
        assert count("received", "2026-04-01", "2026-04-30") == 1


# --- tile = list ------------------------------------------------------------------------------------------------
TILE = re.compile(r'<a[^>]*href="(/complaints/\?[^"]*figure=[^"]*)"[^>]*>\s*(\d+)\s*</a>')
TOTAL = re.compile(r"data-total>(\d+)<")


def tiles(text: str) -> Iterator[tuple[str, int]]:
    """Every number on a page that leads to a list of a figure."""
    for address, number in TILE.findall(text):
        yield unescape(address), int(number)


def test_every_tile_of_my_day_opens_exactly_what_it_counts(march: User, client_for: Callable[..., Client]) -> None:
    with at("2026-03-20 12:00"):
        client = client_for(march)
        found = list(tiles(client.get("/").content.decode()))
        assert found
        for address, number in found:
            text = client.get(address).content.decode()
            assert TOTAL.findall(text) == [str(number)], address
            assert text.count("data-href=") == number


@pytest.mark.usefixtures("march")
def test_the_list_of_a_figure_holds_exactly_the_counted(client_for: Callable[..., Client]) -> None:
    with at("2026-03-20 12:00"):
        client = client_for("supervisor")
        for name in FIGURES:
            asked = Asked(name, Period(D(2026, 3, 1), D(2026, 3, 31), local("2026-03-20 12:00")))
            text = client.get(asked.url).content.decode()
            assert TOTAL.findall(text) == [str(asked.count())], name
            shown = sorted(re.findall(r'id="r-(TS-[\d-]+)"', text))
            assert shown == sorted(asked.rows().values_list("number", flat=True)), name


@pytest.mark.usefixtures("march")
def test_a_list_shows_no_row_its_reader_may_not_see(client_for: Callable[..., Client]) -> None:
    with at("2026-03-20 12:00"):
        stranger = client_for("handler")
        text = stranger.get(reverse("complaints:list") + "?figure=received&from=2026-03-01&to=2026-03-31")
        assert TOTAL.findall(text.content.decode()) == ["0"]


WRONG = (
    "figure=nonsense",
    "figure=received&from=2026-13-40&to=x",
    "figure=received&level=abc&as_of=never",
    "figure=received&from=2026-03-31&to=2026-03-01",
    "figure=received&from=1026-03-31",
    "figure=open&team=1e9",
)


@pytest.mark.usefixtures("march")
def test_an_address_that_is_wrong_breaks_nothing(client_for: Callable[..., Client]) -> None:
    with at("2026-03-20 12:00"):
        client = client_for("supervisor")
        found = {query: client.get(f"{reverse('complaints:list')}?{query}").status_code for query in WRONG}
        assert found == dict.fromkeys(WRONG, 200)
