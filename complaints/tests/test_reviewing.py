"""A review of the result: asked for in time, decided by somebody without a part in it, told to the customer (R6.32)."""

from __future__ import annotations

import datetime
from collections.abc import Callable
from typing import Any

import pytest
import time_machine
from django.test import Client
from django.urls import reverse

from complaints import figures
from complaints.actions import assigning, gate, resolution
from complaints.figures import Period
from complaints.models import Complaint, Feedback, RootCause, Round
from complaints.profiles import PROFILES, Kind, Profile, Rule, Unit, flaws
from complaints.sla import Level
from complaints.states import may_ask_review
from complaints.tests import scenes
from crm_site.errors import NotAllowed, RuleBroken, Stale
from crm_site.models import AuditEvent, User
from crm_site.testing import table_hash
from crm_site.tests.factories import UserFactory
from customers.models import Interaction, Message

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("now")]
ClientFor = Callable[..., Client]
D = datetime.date
SAID = "The fee was taken all the same."
STANDS = "The result stands: the contract names this fee."


@pytest.fixture
def clerk() -> User:
    return scenes.handler()


@pytest.fixture
def boss(clerk: User) -> User:
    """A supervisor who had no part in it."""
    return UserFactory(role="supervisor")


@pytest.fixture
def closed(clerk: User) -> Complaint:
    return scenes.closed(clerk)


@pytest.fixture
def asked(clerk: User, closed: Complaint) -> Complaint:
    return ask(clerk, closed)


def ask(by: User, complaint: Complaint, **fields: Any) -> Complaint:
    return resolution.ask_review(by=by, complaint=complaint, version=complaint.version, **{"said": SAID, **fields})


def confirm(by: User, complaint: Complaint, **fields: Any) -> Complaint:
    given = {"channel": "PHONE", "content": STANDS, "routes_told": True, **fields}
    return resolution.confirm_result(by=by, complaint=complaint, version=complaint.version, **given)


def grant(by: User, complaint: Complaint, **fields: Any) -> Complaint:
    given = {"reason": "Evidence was not looked at", **fields}
    return resolution.grant_review(by=by, complaint=complaint, version=complaint.version, **given)


def later(days: int) -> time_machine.travel:
    moment = scenes.local("2025-09-26 10:00") + datetime.timedelta(days=days)
    return time_machine.travel(moment, tick=False)


# --- asked for ---------------------------------------------------------------------------------------------------
def test_a_closed_complaint_is_under_review_in_a_round_of_its_own_with_the_date_of_the_rules(
    clerk: User, closed: Complaint
) -> None:
    again = ask(clerk, closed)
    assert (again.state, again.closed_at, again.round.no, again.round.reason) == ("IN_REVIEW", None, 2, "REVIEW")
    [promise] = scenes.promises(again).values()
    assert (promise.clock.kind, promise.due_on) == ("REVIEW", D(2025, 10, 26))  # 30 calendar days
    assert again.leading == promise
    said = Interaction.objects.filter(about_no=again.number).latest("pk")
    assert (said.summary, said.direction) == (SAID, "IN")
    assert again.diary.latest("pk").verb == "ask_review"
    assert AuditEvent.objects.filter(action="complaint.ask_review").count() == 1
    assert SAID not in str(list(AuditEvent.objects.values_list("after", "reason")))


def test_an_answered_one_need_not_be_closed_first(clerk: User) -> None:
    again = ask(clerk, scenes.fed_back(clerk))
    assert again.state == "IN_REVIEW"
    assert list(again.rounds.order_by("no").values_list("outcome", flat=True)) == ["REOPENED", ""]
    assert set(scenes.promises(again)) == {"REVIEW"}


@pytest.mark.parametrize(("days", "late"), [(0, False), (30, False), (31, True)])
def test_it_is_asked_for_within_thirty_days_of_the_answer(
    days: int, late: bool, clerk: User, closed: Complaint
) -> None:
    assert may_ask_review(D(2025, 9, 26), D(2025, 9, 26) + datetime.timedelta(days=days)) == (not late)
    with later(days):
        assert gate.may("ask_review", closed, clerk) == (not late)
        if late:
            with pytest.raises(RuleBroken, match="30 days"):
                ask(clerk, closed)


@pytest.mark.parametrize(
    ("fields", "field"),
    [({"said": "  "}, "said"), ({"received_at": scenes.local("2025-09-27 10:00")}, "received_at"),
     ({"received_at": scenes.local("2025-09-25 10:00")}, "received_at")],
)  # fmt: skip
def test_words_and_a_moment_after_the_answer_are_needed(
    clerk: User, closed: Complaint, fields: dict[str, Any], field: str
) -> None:
    before = table_hash()
    with pytest.raises(RuleBroken) as refused:
        ask(clerk, closed, **fields)
    assert refused.value.field == field
    assert table_hash() == before


def test_of_two_requests_at_once_one_is_taken(clerk: User, closed: Complaint) -> None:
    ask(clerk, closed)
    with pytest.raises(Stale):
        ask(clerk, closed)


# --- decided -----------------------------------------------------------------------------------------------------
def test_a_confirmed_result_is_told_again_and_ends_the_matter(asked: Complaint, boss: User) -> None:
    ended = confirm(boss, asked, written=True)
    assert (ended.state, ended.round.outcome) == ("CLOSED", "CONFIRMED")
    assert ended.closed_at is not None
    told = Feedback.objects.get(round=ended.round)
    assert (told.by, told.decision, told.content, told.routes_told) == (boss, "UPHELD", STANDS, True)
    assert not scenes.promises(ended)
    assert scenes.promises(ended, "KEPT")["REVIEW"].kept_at is not None
    assert Message.objects.filter(about_no=ended.number, template__startswith="complaint_result").count() == 1
    with pytest.raises(RuleBroken, match="confirmed"):
        ask(boss, ended)


def test_a_granted_review_is_another_round_from_today(asked: Complaint, boss: User) -> None:
    with later(3):
        again = grant(boss, asked, level=Level.SEVERE)
        assert (again.state, again.level, again.round.no, again.round.reason) == ("IN_PROGRESS", 3, 3, "REOPEN")
        assert {"FEEDBACK", "PLAN", "PROGRESS"} <= set(scenes.promises(again))
        assert again.round.received_at == scenes.local("2025-09-29 10:00")
    assert list(again.rounds.order_by("no").values_list("outcome", flat=True)) == ["SATISFIED", "REOPENED", ""]


@pytest.mark.parametrize("act", [confirm, grant])
def test_who_had_a_part_in_the_result_does_not_review_it(act: Callable[..., Complaint], asked: Complaint) -> None:
    approver = asked.diary.get(verb="approve_plan").by
    assert approver.has_role("supervisor")
    before = table_hash()
    with pytest.raises(NotAllowed, match="part in this result"):
        act(approver, asked)
    assert table_hash() == before


@pytest.mark.parametrize("role", ["agent", "handler", "senior"])
def test_a_review_is_decided_by_a_supervisor(role: str, asked: Complaint) -> None:
    person = UserFactory(role=role, team=asked.team)
    for verb in ("confirm_result", "grant_review"):
        assert not gate.may(verb, asked, person)
    assert gate.may("confirm_result", asked, UserFactory(role="supervisor"))


@pytest.mark.parametrize(
    ("fields", "field"), [({"content": " no "}, "content"), ({"routes_told": False}, "routes_told")]
)
def test_the_customer_is_told_why_and_where_else_to_go(
    asked: Complaint, boss: User, fields: dict[str, Any], field: str
) -> None:
    with pytest.raises(RuleBroken) as refused:
        confirm(boss, asked, **fields)
    assert refused.value.field == field


def test_it_may_be_given_to_a_reviewer_and_nothing_else_is_decided_meanwhile(
    asked: Complaint, boss: User, clerk: User
) -> None:
    held = assigning.assign(by=boss, complaint=asked, version=asked.version, to=boss, reason="Reviews it")
    assert scenes.promises(held)["REVIEW"].owner == boss
    for verb in ("feed_back", "close", "reopen", "withdraw", "satisfaction"):
        assert not gate.may(verb, held, boss)


def test_the_result_of_a_new_round_may_be_contested_again(asked: Complaint, boss: User) -> None:
    clerk = scenes.handler(asked.team)
    again = scenes.agreed(clerk, grant(boss, asked))
    told = resolution.feed_back(by=clerk, complaint=again, version=again.version, told=scenes.told())
    assert gate.may("ask_review", told, clerk)


def test_a_review_asked_for_is_no_round_of_work_in_the_figures(asked: Complaint, boss: User) -> None:
    def reopened() -> int:
        now = datetime.datetime.now(datetime.UTC)
        return figures.Asked("reopened", Period(D(2025, 9, 1), D(2025, 9, 30), now)).count()

    assert reopened() == 0
    grant(boss, asked)
    assert reopened() == 1


def test_a_severe_one_ends_confirmed_with_its_root_cause_as_it_was(clerk: User, boss: User) -> None:
    asked = ask(clerk, scenes.closed(clerk, Level.SEVERE))
    ended = confirm(boss, asked)
    assert RootCause.objects.get(complaint=ended).description == scenes.FINDING.description


# --- the rules ---------------------------------------------------------------------------------------------------
def test_a_regulators_rules_may_have_a_limit_for_reviews_and_nothing_else_besides() -> None:
    final, review = Rule(Kind.REG_FINAL, Unit.CD, 15), Rule(Kind.REVIEW, Unit.CD, 30)
    assert flaws(Profile("X", "1", (final, review))) == []
    assert flaws(Profile("X", "1", (review,))) == ["regulator:REG_FINAL"]
    assert flaws(Profile("X", "1", (final, Rule(Kind.PLAN, Unit.WD, 3)))) == ["regulator:REG_FINAL"]
    house = PROFILES["HANDBOOK_CN"].rule(Kind.REVIEW, nature="COMPLAINT")
    assert house is not None
    assert (house.n, house.unit) == (30, Unit.CD)


# --- the pages ---------------------------------------------------------------------------------------------------
def url(verb: str, complaint: Complaint) -> str:
    return reverse(f"complaints:{verb}", args=[complaint.number])


def test_it_is_recorded_and_decided_on_pages(client_for: ClientFor, clerk: User, closed: Complaint, boss: User) -> None:
    client, reviewer = client_for(clerk), client_for(boss)
    assert url("ask_review", closed) in client.get(url("detail", closed)).content.decode()
    short = client.post(url("ask_review", closed), {"version": closed.version, "said": "", "channel": "PHONE"})
    assert short.status_code == 422
    sent = {"version": closed.version, "said": "手续费还是扣了。", "channel": "PHONE"}
    assert client.post(url("ask_review", closed), sent).status_code == 302
    text = reviewer.get(url("detail", closed)).content.decode()
    assert "Under review" in text
    assert "Refunded 96 yuan today." in text  # the result that is contested
    assert url("confirm_result", closed) in text
    assert url("confirm_result", closed) not in client.get(url("detail", closed)).content.decode()
    said = {"version": closed.version + 1, "channel": "PHONE", "content": STANDS}
    refused = reviewer.post(url("confirm_result", closed), said)
    assert refused.status_code == 422
    assert STANDS in refused.content.decode()
    assert reviewer.post(url("confirm_result", closed), said | {"routes_told": "on"}).status_code == 302
    assert Round.objects.latest("pk").outcome == "CONFIRMED"
    assert "Result confirmed on review" in client.get(url("detail", closed)).content.decode()


def test_a_stranger_and_other_roles_are_turned_away(client_for: ClientFor, asked: Complaint) -> None:
    assert client_for("handler", team=scenes.team()).get(url("ask_review", asked)).status_code == 404
    for verb in ("confirm_result", "grant_review"):
        assert client_for("senior", team=asked.team).get(url(verb, asked)).status_code == 403
        assert client_for("auditor").get(url(verb, asked)).status_code == 403


def test_it_stands_in_the_queue_by_its_date(client_for: ClientFor, asked: Complaint, boss: User) -> None:
    text = client_for(boss).get("/complaints/?view=open&state=IN_REVIEW").content.decode()
    assert f"r-{asked.number}" in text
    assert "26 Oct" in text
