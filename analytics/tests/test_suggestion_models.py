"""Models for suggestions: learnt from the bank's past, better than what is plain or not submitted, decided by two."""

from __future__ import annotations

import datetime
import json
from collections.abc import Callable, Iterator
from io import StringIO
from typing import Any

import numpy as np
import pytest
import time_machine
from django.core.management import call_command
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import translation

from analytics.actions import suggestion_history, suggestion_models
from analytics.models import SuggestionModel
from analytics.suggestions import training
from analytics.suggestions.learnt import from_json
from analytics.tests.test_suggestions import a_model
from crm_site import jobs
from crm_site.errors import NotAllowed, RuleBroken
from crm_site.management.base import Misused, Refused
from crm_site.models import AuditEvent, User
from crm_site.tests.factories import UserFactory
from customers.activity_math import first_of_month, month_end, month_number
from customers.models import Customer, Holding, MonthlyBalance, Product

pytestmark = pytest.mark.django_db
ClientFor = Callable[..., Client]
D = datetime.date
FIRST = D(2024, 11, 1)  # so much is needed to learn from October 2025
LAST = D(2026, 10, 1)
STEP = {"n": 40, "hits": 30, "mean": 0.71234, "least": 0.5}
HELD = {"n": 400, "hits": 60, "auc": 0.8123, "lift": 3.25, "tenths": [STEP], "bands": [STEP]}
FIGURES = {"n": 900, "hits": 120, "held": HELD, "bayes_auc": 0.75, "bayes_lift": 2.0, "rule_auc": 0.61,
           "rule_lift": None, "weights": [{"name": "aum_3m_fen", "lost": 0.123}], "refused": ""}  # fmt: skip


@pytest.fixture(autouse=True)
def _evening() -> Iterator[None]:
    with time_machine.travel(datetime.datetime(2026, 11, 15, 18, 0, tzinfo=datetime.UTC), tick=False):
        with translation.override("en"):
            yield


@pytest.fixture
def analyst() -> User:
    return UserFactory(role="analyst", username="analyst")


def months(first: D = FIRST) -> list[D]:
    return [first_of_month(number) for number in range(month_number(first), month_number(LAST) + 1)]


def bank(people: int, *, first: D = FIRST) -> None:
    """Customers with a deposit. Before some close it, for three months a small one was halved, a large one doubled; of
    those who stay, small ones double for a while and large ones are halved. Deposits of some sizes lead to wealth.
    """
    random = np.random.default_rng(7)
    deposit, wealth = (
        Product.objects.create(code=code, name=code, family=family)
        for code, family in (("CUR", Product.Family.DEPOSIT), ("WM", Product.Family.WEALTH))
    )
    month, balances = months(first), []
    for n in range(people):
        customer = Customer.objects.create(
            customer_no=f"C-2020-{n:06d}", full_name="王小明", name_bidx=bytes(32), opened_on=D(2020, 1, 1)
        )
        level, goes = int(random.integers(1, 60)) * 1_000_000, len(month) - 12 + int(random.integers(1, 36))
        ends = month_end(month[goes]) if goes < len(month) else None
        held = Holding.objects.create(customer=customer, product=deposit, **account(f"{n}", D(2020, 1, 1), ends))
        stays, small = goes >= len(month), level < 30_000_000
        moves = range(start := int(random.integers(6, len(month))) if stays else goes - 3, start + 4)
        for place, day in enumerate(month[: goes + 1]):
            fen = (level // 2 if small != stays else level * 2) if place in moves else level
            balances.append(MonthlyBalance(holding=held, month=day, average_fen=fen, end_fen=fen))
        if level // 10_000_000 % 2 and stays and random.random() < 0.8:
            opened = month_end(month[len(month) - 12 + int(random.integers(0, 12))])
            Holding.objects.create(customer=customer, product=wealth, **account(f"w{n}", opened, None))
    MonthlyBalance.objects.bulk_create(balances, batch_size=2_000)


def account(number: str, opened: D, closed: D | None) -> dict[str, Any]:
    status = "CLOSED" if closed else "OPEN"
    keys = {"account_no": "1", "account_bidx": b"a", "last4_bidx": b"b", "source_system": "T", "source_id": number}
    return {"opened_on": opened, "closed_on": closed, "status": status, **keys}


def trained(by: User, *, kind: str = "LEAVING", refused: str = "", version: int = 1) -> SuggestionModel:
    """A version as the trainer leaves it."""
    learnt = {} if refused else {kind: a_model().to_json()}
    found = {"on": "2026-04-30", "learnt_on": ["2025-10-31"], "every": 1}
    return SuggestionModel.objects.create(
        kind=kind,
        version=version,
        state="SIMULATED",
        learnt=learnt,
        content_hash="a" * 64,
        author=by,
        drafted_at=datetime.datetime.now(datetime.UTC),
        simulation=found | {"targets": {kind: FIGURES | {"refused": refused}}},
    )


# --- history --------------------------------------------------------------------------------------------------------
def test_what_is_learnt_was_over_before_what_is_held_out_began() -> None:
    bank(40)
    found = suggestion_history.gathered(lambda: None)
    assert (found.learnt_on, found.held_on, found.every) == ((D(2025, 10, 31),), D(2026, 4, 30), 1)
    assert found.learnt.n == 40  # nobody had left by then
    gone = Holding.objects.filter(closed_on__gt=D(2025, 10, 31), closed_on__lte=D(2026, 4, 30)).count()
    assert found.learnt.left.sum() == gone > 0
    assert found.held.n == 40 - gone
    wealth = Product.Family.values.index("WEALTH")
    opened = Holding.objects.filter(product__family="WEALTH", opened_on__gt=D(2026, 4, 30)).count()
    assert (found.held.opened >> wealth & 1).sum() == opened > 0


def test_what_happened_later_is_not_known_earlier() -> None:
    bank(40)
    before = suggestion_history.gathered(lambda: None).learnt.table
    MonthlyBalance.objects.filter(month__gt=D(2025, 10, 31)).update(average_fen=90_000_000)
    Holding.objects.filter(product__family="WEALTH").delete()
    after = suggestion_history.gathered(lambda: None).learnt.table
    assert all(np.array_equal(before.columns[name], after.columns[name], equal_nan=True) for name in before.columns)


def test_too_short_a_history_says_what_is_needed() -> None:
    bank(3, first=D(2024, 12, 1))
    with pytest.raises(RuleBroken, match="begins in 2024-12. To learn from it, it must reach back to 2024-11"):
        suggestion_history.gathered(lambda: None)


def test_a_bank_without_any_history_is_told_so() -> None:
    with pytest.raises(RuleBroken, match="no balances or transactions"):
        suggestion_history.gathered(lambda: None)


def test_nothing_about_the_person_is_looked_at() -> None:
    bank(3)
    names = set(suggestion_history.gathered(lambda: None).learnt.table.columns)
    assert not names & {"age_step", "occupation", "income_fen", "rating", "dpd_24m", "debt_service_bp", "sex"}


# --- training -------------------------------------------------------------------------------------------------------
@pytest.mark.ml
def test_the_command_trains_both_kinds_and_shows_their_figures(analyst: User) -> None:
    bank(900)
    for kind, target in (("leaving", "LEAVING"), ("next", "WEALTH")):
        out = StringIO()
        call_command("suggest", "train", kind, "--by", "analyst", "--json", stdout=out)
        said = json.loads(out.getvalue())
        assert (said["version"], said["state"], said["held_out_on"]) == (1, "SIMULATED", "2026-04-30")
        figures = said["targets"][target]
        assert figures["refused"] == "" and figures["held_auc"] > max(figures["bayes_auc"], figures["rule_auc"])
        row = SuggestionModel.objects.get(kind=kind.upper())
        learnt = from_json(row.learnt[target])
        held = suggestion_history.gathered(lambda: None).held
        assert ((0 < (judged := learnt.judge(held.table))) & (judged < 1)).all()
        assert (row.asked_at, row.trouble) == (None, "")
    few = SuggestionModel.objects.get(kind="NEXT").targets["LOAN"]
    assert few == {"refused": "few", "learnt_hits": 0, "held_hits": 0}


@pytest.mark.ml
def test_a_worker_trains_what_was_asked_for_and_says_why_it_cannot(analyst: User) -> None:
    row = suggestion_models.ask(by=analyst, kind="LEAVING")
    run = jobs.run_job(
        job="train_suggestions", path="analytics.tasks.train_suggestions", business_date=D(2026, 11, 16), slot="02:00"
    )
    row.refresh_from_db()
    assert run is not None and (run.state, run.counts) == ("OK", {"trained": 0})
    assert (row.state, row.asked_at, row.trouble[:30]) == ("DRAFT", None, "There are no balances or trans")


def test_without_the_extra_it_waits_and_the_command_says_what_to_install(
    analyst: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(training.importlib.util, "find_spec", lambda name: None)
    row = suggestion_models.ask(by=analyst, kind="LEAVING")
    jobs.run_job(
        job="train_suggestions", path="analytics.tasks.train_suggestions", business_date=D(2026, 11, 16), slot="02:00"
    )
    row.refresh_from_db()
    assert row.asked_at is not None
    with pytest.raises(Refused, match="requirements-ml.txt"):
        call_command("suggest", "train", "next", "--by", "analyst")
    assert SuggestionModel.objects.count() == 1


@pytest.mark.parametrize("words", [["train"], ["train", "leaving"], ["train", "leaving", "--by", "nobody"]])
def test_the_command_is_told_who_and_what(words: list[str]) -> None:
    with pytest.raises(Misused):
        call_command("suggest", *words)


# --- verbs ----------------------------------------------------------------------------------------------------------
def test_only_one_version_of_a_kind_waits(analyst: User) -> None:
    suggestion_models.ask(by=analyst, kind="LEAVING", note="First")
    with pytest.raises(RuleBroken, match="waits for its training already"):
        suggestion_models.ask(by=analyst, kind="LEAVING")
    assert suggestion_models.ask(by=analyst, kind="NEXT").version == 1


def test_two_persons_let_it_speak_in_place_of_the_one_before(analyst: User) -> None:
    boss = UserFactory(role="supervisor")
    for version in (1, 2):
        row = suggestion_models.submit(by=analyst, row=trained(analyst, version=version))
        with pytest.raises(NotAllowed):
            suggestion_models.approve(by=analyst, row=row)
        row = suggestion_models.activate(by=boss, row=suggestion_models.approve(by=boss, row=row))
    assert suggestion_models.in_force("LEAVING") == row
    assert SuggestionModel.objects.get(version=1).state == "RETIRED"
    assert AuditEvent.objects.filter(action="suggestionmodel.activate", object_id="LEAVING 2").exists()


@pytest.mark.parametrize("refused", ["bayes", "rule", "few"])
def test_what_is_no_better_cannot_be_submitted(analyst: User, refused: str) -> None:
    with pytest.raises(RuleBroken, match="no better"):
        suggestion_models.submit(by=analyst, row=trained(analyst, refused=refused))


def test_a_draft_is_its_authors(analyst: User) -> None:
    for other in (UserFactory(role="analyst"), UserFactory(role="agent")):
        with pytest.raises(NotAllowed):
            suggestion_models.ask_again(by=other, row=trained(analyst))
        SuggestionModel.objects.all().delete()


# --- pages ----------------------------------------------------------------------------------------------------------
def test_asked_for_and_decided_through_the_pages(client_for: ClientFor) -> None:
    writer, boss = client_for("analyst"), client_for("supervisor")
    listed = reverse("analytics:suggestion_models")
    assert "the rule; no version is in force" in writer.get(listed).content.decode()
    said = {"kind": "NEXT", "note": "First", "form_token": "t" * 43}
    answer = writer.post(reverse("analytics:suggestion_model_new"), said)
    assert answer.headers["Location"] == reverse("analytics:suggestion_model", args=["NEXT", 1])
    again = writer.post(reverse("analytics:suggestion_model_new"), said | {"form_token": "u" * 43})
    assert (again.status_code, "waits for its training already" in again.content.decode()) == (422, True)
    row = trained(writer.user)  # type: ignore[attr-defined]
    page = reverse("analytics:suggestion_model", args=["LEAVING", 1])
    html = writer.get(page).content.decode()
    for figure in ("0.812", "3.25", "0.750", "0.610", "15.0%", "71.2%", "75.0%", "assets, mean of 3 months"):
        assert figure in html
    act = reverse("analytics:suggestion_model_step", args=["LEAVING", 1])
    assert writer.post(act, {"act": "submit"}).status_code == 302
    assert writer.post(act, {"act": "approve"}).status_code == 403
    assert boss.post(act, {"act": "send_back", "reason": ""}).status_code == 422
    assert [boss.post(act, {"act": name}).status_code for name in ("approve", "activate")] == [302, 302]
    row.refresh_from_db()
    assert row.state == "ACTIVE"
    assert "the rule; no version is in force" in writer.get(listed).content.decode()  # the other kind


def test_what_cannot_be_submitted_says_so_and_offers_no_button(client_for: ClientFor) -> None:
    client = client_for("analyst")
    trained(client.user, refused="rule")  # type: ignore[attr-defined]
    html = client.get(reverse("analytics:suggestion_model", args=["LEAVING", 1])).content.decode()
    assert "no better than the rule" in html
    assert "cannot be submitted" in html
    assert 'value="submit"' not in html


def test_without_the_extra_the_page_says_how_to_install_it(
    client_for: ClientFor, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(training.importlib.util, "find_spec", lambda name: None)
    html = client_for("analyst").get(reverse("analytics:suggestion_models")).content.decode()
    assert "pip install -r requirements-ml.txt" in html


@pytest.mark.parametrize("role", ["agent", "handler", "senior", "planner", "privacy", "sysadmin"])
def test_strangers_find_no_models(client_for: ClientFor, role: str) -> None:
    client = client_for(role)
    assert client.get(reverse("analytics:suggestion_models")).status_code == 403
    assert client.post(reverse("analytics:suggestion_model_new"), {"kind": "NEXT"}).status_code == 403


def test_an_auditor_reads_and_writes_nothing(client_for: ClientFor, analyst: User) -> None:
    client = client_for("auditor")
    trained(analyst)
    assert client.get(reverse("analytics:suggestion_model", args=["LEAVING", 1])).status_code == 200
    act = reverse("analytics:suggestion_model_step", args=["LEAVING", 1])
    assert client.post(act, {"act": "retire"}).status_code == 403
    assert client.get(reverse("analytics:suggestion_model", args=["LEAVING", 9])).status_code == 404


def test_the_list_asks_no_more_for_more_versions(client_for: ClientFor, analyst: User) -> None:
    client, address = client_for("supervisor"), reverse("analytics:suggestion_models")
    client.get(address)
    counts = []
    for version in (1, 2, 3):
        trained(analyst, version=version)
        if version != 2:
            with CaptureQueriesContext(
                connection,
            ) as asked:
                client.get(address)
            counts.append(len(asked))
    assert counts[0] == counts[1]
