"""What is suggested of a customer: by the rule, by a model in force, never of who refused; a person decides."""

from __future__ import annotations

import datetime
import re
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from analytics import next_family, suggesting
from analytics.actions import run_figures, suggestion_answers
from analytics.models import Calibration, ScoreRun, ScoringModel, SuggestionAnswer, SuggestionModel
from analytics.suggestion_table import HOLDS, PLAIN
from analytics.suggestion_words import column_word, said
from analytics.suggestions.learnt import LEAF, Learnt, Points, Trees
from analytics.suggestions.table import Feature
from crm_site.errors import RuleBroken
from crm_site.models import AccessRecord, AuditEvent, User
from crm_site.tests.factories import JobRunFactory, UserFactory
from customers.models import Activity, Customer, FollowUp, Need, Product
from customers.tests.factories import ConsentFactory, CustomerFactory, PublishedRunFactory, StandingFactory

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("now")]
Door = Callable[..., Client]
FAMILIES = tuple(Product.Family.values)
DEPOSIT, WEALTH, CARD = (1 << FAMILIES.index(family) for family in ("DEPOSIT", "WEALTH", "CARD"))


def known(*, risk: int = 0, held: int = DEPOSIT, kind: str = "INDIVIDUAL", **facts: Any) -> Customer:
    """A customer the last night knows; ``risk`` is a bit for each trigger that fired."""
    customer: Customer = CustomerFactory(kind=kind)
    values = {"opened_on": datetime.date(2020, 1, 1), "families_mask": held, "window_end": datetime.date(2025, 8, 1)}
    Activity.objects.create(customer=customer, changed_at=timezone.now(), **values | facts)
    StandingFactory(customer=customer, risk=risk)
    PublishedRunFactory()
    return customer


def night(families: dict[int, int]) -> None:
    """The published night counted who holds what."""
    model = ScoringModel.objects.get(state="ACTIVE")
    on = datetime.date(2025, 8, 31)
    ScoreRun.objects.create(
        no=1,
        as_of=datetime.date(2025, 9, 25),
        job_run=JobRunFactory(),
        model=model,
        calibration=Calibration.objects.create(model=model, on=on, population=1, data={}),
        watermark=timezone.now(),
        started_at=timezone.now(),
        summary={"families": {str(mask): n for mask, n in families.items()}},
    )


def in_force(kind: str, target: str) -> SuggestionModel:
    """A model that judges highly whoever was silent for more than 60 days and has little money."""
    trees = Trees(
        baseline=-3.0,
        roots=np.array([0]),
        feature=np.array([0, LEAF, LEAF]),
        threshold=np.array([60.0, 0, 0]),
        left=np.array([1, 0, 0]),
        right=np.array([2, 0, 0]),
        unknown_left=np.array([True, False, False]),
        value=np.array([0, 0.0, 6.0]),
        count=np.array([100, 90, 10]),
    )
    points = Points(-3.0, (np.array([]), np.array([50_000_000.0])), (np.zeros(2), np.array([6.0, 0, 0])), np.zeros(2))
    features = (Feature("silent_days"), Feature("aum_3m_fen"))
    learnt = Learnt(features, trees, points, {"silent_days": 4.0, "aum_3m_fen": 80_000_000.0})
    top = {"least": 0.6, "n": 40, "mean": 0.7, "hits": 30}
    return SuggestionModel.objects.create(
        kind=kind,
        version=3,
        state="ACTIVE",
        learnt={target: learnt.to_json()},
        content_hash="c" * 64,
        author=UserFactory(role="analyst"),
        approver=UserFactory(role="supervisor"),
        activated_at=timezone.now(),
        simulation={"targets": {target: {"held": {"bands": [top]}}}},
    )


SILENT = {"last_active_on": datetime.date(2025, 6, 1), "aum_3m_fen": 1_000_000}


# --- the rule -------------------------------------------------------------------------------------------------------
COUNTS = {DEPOSIT: 60, DEPOSIT | WEALTH: 30, DEPOSIT | CARD: 20, DEPOSIT | WEALTH | CARD: 10, CARD: 500}


@pytest.mark.parametrize(
    ("counts", "held", "expected"),
    [
        (COUNTS, DEPOSIT, ("WEALTH", 40, 120)),
        (COUNTS | {DEPOSIT | WEALTH: 20}, DEPOSIT | WEALTH, None),  # a third has a card, but of all 86 %
        ({WEALTH: 30, WEALTH | CARD: 20, DEPOSIT: 70}, WEALTH, ("CARD", 20, 50)),
        ({WEALTH: 30, WEALTH | CARD: 20}, WEALTH, None),  # as often as anybody
        (COUNTS, CARD, None),  # 30 of 530 is too small a share
        (COUNTS, 0, None),
        (COUNTS, DEPOSIT | WEALTH | CARD, None),  # ten who hold the same are too few
        ({}, DEPOSIT, None),
    ],
)
def test_the_rule_says_what_others_who_hold_the_same_hold_besides(
    counts: dict[int, int], held: int, expected: tuple[str, int, int] | None
) -> None:
    found = next_family.following(counts, held, len(FAMILIES))
    assert expected == (found and (FAMILIES[found.family], found.also, found.n))


def test_without_a_model_the_rules_speak_and_say_so() -> None:
    customer = known(risk=0b11)
    night(COUNTS)
    leaving, following = suggesting.suggested(customer)
    assert (leaving.kind, leaving.judge, leaving.triggers) == ("LEAVING", "rule", ("ASSETS", "ACTIVITY"))
    assert (following.target, following.judge, following.hits, following.n) == ("WEALTH", "rule", 40, 120)
    words = said(following)
    assert words.often == "Of 120 customers who hold the same, 40 hold Wealth products, too."
    assert words.judge == "By the rule, facts to Sun 31 Aug."


def test_a_night_counts_who_holds_which_families() -> None:
    for held in (DEPOSIT, DEPOSIT, DEPOSIT | CARD, 0):
        known(held=held)
    known(held=DEPOSIT, kind="ORGANISATION")
    assert run_figures._families() == {str(DEPOSIT): 2, str(DEPOSIT | CARD): 1}


# --- a model --------------------------------------------------------------------------------------------------------
def test_a_model_in_force_speaks_of_those_it_judges_as_highly_as_its_top_tenth() -> None:
    in_force("LEAVING", "LEAVING")
    (found,) = suggesting.suggested(known(risk=0b1, **SILENT))
    assert (found.judge, found.hits, found.n, found.triggers) == ("3", 30, 40, ())
    words = said(found)
    assert words.often == "Of 40 customers judged as highly when it was tried, 30 left."
    assert words.why == ("days since the last activity: 91, usual 4", "assets, mean of 3 months: less than usual")
    assert words.judge == "By the model, version 3, facts to Sun 31 Aug."
    assert suggesting.suggested(known(risk=0b1, **SILENT | {"last_active_on": datetime.date(2025, 8, 20)})) == []


def test_what_is_held_already_is_no_next_product() -> None:
    in_force("NEXT", "WEALTH")
    (found,) = suggesting.suggested(known(**SILENT))
    assert (found.kind, found.target) == ("NEXT", "WEALTH")
    assert said(found).often == (
        "Of 40 customers judged as highly when it was tried, 30 opened something of Wealth products."
    )
    assert suggesting.suggested(known(held=DEPOSIT | WEALTH, **SILENT)) == []


@pytest.mark.parametrize("act", ["REFUSE", "WITHDRAW"])
def test_of_who_refused_profiling_nothing_is_suggested(client_for: Door, act: str) -> None:
    customer = known(risk=0b1)
    ConsentFactory(customer=customer, purpose="PROFILING_MARKETING", channel="ALL", act=act)
    assert suggesting.suggested(customer) == []
    html = client_for("senior").get(reverse("analytics:suggested", args=[customer.customer_no])).content.decode()
    assert "The customer refused profiling; nothing is suggested." in html


def test_of_organisations_and_who_has_left_nothing_is_suggested() -> None:
    assert suggesting.suggested(known(risk=0b1, kind="ORGANISATION")) == []
    assert suggesting.suggested(known(risk=0b1, closed=True)) == []
    assert suggesting.suggested(CustomerFactory()) == []


def test_every_column_a_model_may_name_has_a_word() -> None:
    more = ("tenure_days", "silent_days", "assets_quarter", "assets_year", HOLDS + "CARD")
    assert all(column_word(name) for name in (*PLAIN, *more))


# --- a person decides -----------------------------------------------------------------------------------------------
def suggestion(customer: Customer) -> suggesting.Suggested:
    return suggesting.suggested(customer)[0]


def test_accepting_promises_a_talk_or_notes_a_need() -> None:
    agent, customer = UserFactory(role="agent"), known(risk=0b1)
    night(COUNTS)
    for found in suggesting.suggested(customer):
        suggestion_answers.accept(by=agent, customer=customer, found=found)
    promise, need = FollowUp.objects.get(customer=customer), Need.objects.get(customer=customer)
    assert (promise.title, promise.owner, promise.due_on) == (
        "Ask what would make the customer stay",
        agent,
        datetime.date(2025, 10, 10),  # the fifth working day: Sunday the 28th is one, eight days of October are none
    )
    assert (need.family, need.basis, need.owner) == ("WEALTH", "INFERRED", agent)
    kept = SuggestionAnswer.objects.get(kind="LEAVING")
    assert (kept.answer, kept.model, kept.grounds["named"]) == ("ACCEPTED", None, ["ASSETS"])
    assert AuditEvent.objects.filter(action="suggestion.accepted").count() == 2


def test_a_dismissal_needs_a_reason_and_rests_for_ninety_days() -> None:
    agent, customer = UserFactory(role="agent"), known(risk=0b1)
    for reason in ("", "x" * 201, "密码是 123456"):
        with pytest.raises(RuleBroken):
            suggestion_answers.dismiss(by=agent, customer=customer, found=suggestion(customer), reason=reason)
    kept = suggestion_answers.dismiss(by=agent, customer=customer, found=suggestion(customer), reason="On a journey")
    assert (kept.reason, kept.until) == ("On a journey", datetime.date(2025, 12, 25))
    with pytest.raises(RuleBroken, match="decided on this already"):
        suggestion_answers.accept(by=agent, customer=customer, found=suggestion(customer))
    assert not FollowUp.objects.filter(customer=customer).exists()


def fields(html: str, answer: str, **more: str) -> dict[str, str]:
    """What the first form of the card sends."""
    form = re.search(r"<form class=\"no-print\".*?</form>", html, re.DOTALL)
    assert form is not None
    hidden = dict(re.findall(r'type="hidden" name="(\w+)" value="([^"]*)"', form[0]))
    return {name: value for name, value in hidden.items() if name != "csrfmiddlewaretoken"} | {"answer": answer} | more


def test_the_card_is_answered_from_the_customer_page(client_for: Door) -> None:
    client, customer = client_for("senior"), known(risk=0b1)
    at = reverse("analytics:suggested", args=[customer.customer_no])
    assert at in client.get(reverse("customers:detail", args=[customer.customer_no])).content.decode()
    html = client.get(at, headers={"HX-Request": "true"}).content.decode()
    assert "<html" not in html and "May leave within half a year" in html and "By the rule" in html
    door = reverse("analytics:suggested_answer", args=[customer.customer_no])
    refused = client.post(door, fields(html, "DISMISSED", reason=""))
    assert (refused.status_code, "Say why" in refused.content.decode()) == (422, True)
    assert client.post(door, fields(html, "DISMISSED", reason="Moved", judge="2")).status_code == 422  # another judge
    sent = fields(refused.content.decode(), "DISMISSED", reason="Moved abroad")
    assert client.post(door, sent).headers["Location"] == reverse("customers:detail", args=[customer.customer_no])
    html = client.get(at).content.decode()
    assert "Nothing is suggested at the moment." in html and "Moved abroad" in html and "by the rule" in html


def test_looking_is_on_record(client_for: Door) -> None:
    customer = known(risk=0b1)
    client_for("senior").get(reverse("analytics:suggested", args=[customer.customer_no]))
    assert AccessRecord.objects.filter(object_id=customer.customer_no, fields="suggestions").count() == 1


@pytest.mark.parametrize(
    ("role", "reads", "answers"),
    [("supervisor", 200, 422), ("agent", 200, 422), ("handler", 404, 404), ("privacy", 200, 403), ("auditor", 200, 403)]
    + [(role, 403, 403) for role in ("analyst", "planner", "liaison", "sysadmin")],
)
def test_who_serves_the_customer_decides_and_strangers_see_nothing(
    client_for: Door, role: str, reads: int, answers: int
) -> None:
    customer, client = known(risk=0b1), client_for(role)
    assert client.get(reverse("analytics:suggested", args=[customer.customer_no])).status_code == reads
    assert client.post(reverse("analytics:suggested_answer", args=[customer.customer_no])).status_code == answers


def test_the_card_asks_no_more_for_more_answers(client_for: Door) -> None:
    client, customer, agent = client_for("senior"), known(risk=0b1), UserFactory(role="agent")
    at, counts = reverse("analytics:suggested", args=[customer.customer_no]), []
    client.get(at)
    for target in ("CARD", "LOAN", "OTHER"):
        made(customer, target, agent)
        if target != "LOAN":
            with CaptureQueriesContext(connection) as asked:
                client.get(at)
            counts.append(len(asked))
    assert counts[0] == counts[1]


def made(customer: Customer, target: str, by: User) -> SuggestionAnswer:
    until = timezone.localdate() + datetime.timedelta(days=9)
    row = {"kind": "NEXT", "answer": "DISMISSED", "reason": "No", "until": until, "by": by, "at": timezone.now()}
    return SuggestionAnswer.objects.create(customer=customer, target=target, **row)
