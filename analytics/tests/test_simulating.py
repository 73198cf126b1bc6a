"""Simulations of a large bank: asked for by a person, done by the timetable, for classes and scores alike."""

from __future__ import annotations

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from analytics.actions import class_rules, simulating, tuning
from analytics.models import ClassRules, RuleVersion, ScoringModel
from analytics.tests import nights
from crm_site import jobs
from crm_site.errors import NotAllowed
from crm_site.models import JobRun, User
from crm_site.tests.factories import UserFactory

pytestmark = pytest.mark.django_db


@pytest.fixture
def analyst() -> User:
    return UserFactory(role="analyst")


def drafted(kind: type[RuleVersion], by: User) -> RuleVersion:
    """A draft of this kind."""
    if kind is ScoringModel:
        return tuning.draft(by=by)
    return class_rules.draft(by=by, dimension="AGE", data={"preset": "UN"})


def swept(slot: str) -> JobRun:
    """One minute of the timetable."""
    run = jobs.run_job(
        job="simulate_rules",
        path="analytics.tasks.simulate_rules",
        business_date=timezone.localdate(),
        slot=slot,
        force=True,
    )
    assert run is not None
    return run


@pytest.mark.parametrize("kind", [ClassRules, ScoringModel])
def test_a_large_bank_is_simulated_by_the_timetable(kind: type[RuleVersion], analyst: User) -> None:
    nights.build(9)
    row = drafted(kind, analyst)
    asked = simulating.ask(by=analyst, row=row)
    assert (asked.state, asked.asked_by) == ("DRAFT", analyst)
    assert swept("10:00").counts == {"simulated": 1}
    row.refresh_from_db()
    assert (row.state, row.asked_at, row.asked_by) == ("SIMULATED", None, None)
    assert swept("10:01").counts == {"simulated": 0}


@pytest.mark.parametrize("kind", [ClassRules, ScoringModel])
def test_a_small_bank_is_simulated_at_once_and_a_large_one_later(
    kind: type[RuleVersion], analyst: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    nights.build(9)
    assert simulating.simulate_or_ask(by=analyst, row=drafted(kind, analyst)).state == "SIMULATED"
    monkeypatch.setattr(simulating, "WAITS_UP_TO", 5)
    asked = simulating.simulate_or_ask(by=analyst, row=drafted(kind, analyst))
    assert (asked.state, asked.asked_by) == ("DRAFT", analyst)


@pytest.mark.parametrize("kind", [ClassRules, ScoringModel])
def test_who_writes_no_rules_asks_for_none(kind: type[RuleVersion], analyst: User) -> None:
    with pytest.raises(NotAllowed):
        simulating.ask(by=UserFactory(role="agent"), row=drafted(kind, analyst))


def test_a_draft_written_anew_is_asked_for_no_longer(analyst: User) -> None:
    row = simulating.ask(by=analyst, row=class_rules.draft(by=analyst, dimension="AGE", data={"preset": "UN"}))
    row = class_rules.revise(by=analyst, row=row, data={"preset": "CN"}, note="")
    assert (row.asked_at, row.asked_by) == (None, None)


def test_the_page_of_a_large_bank_says_that_it_runs_by_itself(
    analyst: User, client: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(simulating, "WAITS_UP_TO", 5)
    nights.build(9)
    row = tuning.draft(by=analyst)
    client.force_login(analyst)
    step = reverse("analytics:model_step", args=[row.version, "simulate"])
    answer = client.post(step, {"seen": row.content_hash}, follow=True)
    assert "runs by itself" in answer.content.decode()
    assert ScoringModel.objects.get(pk=row.pk).asked_by == analyst


def test_one_that_cannot_be_simulated_any_more_holds_up_nobody(analyst: User) -> None:
    gone = UserFactory(role="analyst")
    stuck = simulating.ask(by=gone, row=class_rules.draft(by=gone, dimension="AGE", data={"preset": "UN"}))
    User.objects.filter(pk=gone.pk).update(roles=["agent"])
    mine = class_rules.draft(by=analyst, dimension="ASSET", data={"gold_fen": 4_000_000})
    simulating.ask(by=analyst, row=mine)
    assert (swept("10:00").state, swept("10:01").counts) == ("OK", {"simulated": 0})
    stuck.refresh_from_db()
    mine.refresh_from_db()
    assert (stuck.state, stuck.asked_at, mine.state) == ("DRAFT", None, "SIMULATED")


def test_what_a_longer_sweep_is_at_the_next_leaves_to_it(analyst: User) -> None:
    row = class_rules.draft(by=analyst, dimension="AGE", data={"preset": "UN"})
    simulating.ask(by=analyst, row=row)
    now = timezone.now()
    jobs.claim("simulate_rules", timezone.localdate(), "10:00", owner="elsewhere:1:a", now=now)
    assert swept("10:01").counts == {"simulated": 0}
    row.refresh_from_db()
    assert row.asked_at is not None
