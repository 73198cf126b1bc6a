"""Tuning the value score: from a draft to the next night, by two persons (handbook 3/1.1.15; domain F.11, R3.16)."""

from __future__ import annotations

import datetime
import json
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import time_machine
from django.core.management import call_command
from django.core.management.base import CommandError
from django.utils import translation

from analytics import reading
from analytics.actions import tuning, whatif
from analytics.calibrating import calibrate
from analytics.default_model import DEFAULT_V1
from analytics.models import Score, ScoreRun, ScoringModel
from analytics.scoring import score
from analytics.scoring_model import ScoreModel, Transform
from analytics.stored import value_of
from analytics.tests import nights
from crm_site.errors import NotAllowed, RuleBroken, Stale
from crm_site.models import AuditEvent, User
from crm_site.tests.factories import UserFactory
from customers.models import Customer, Standing

pytestmark = pytest.mark.django_db
HEAVIER = replace(DEFAULT_V1, weights=(2_000, 1_500, 2_000, 3_000, 1_500))


@pytest.fixture(autouse=True)
def _english() -> Iterator[None]:
    with translation.override("en"):
        yield


@pytest.fixture
def bank() -> Iterator[None]:
    """Sixty customers and a published night, the evening after."""
    with time_machine.travel(datetime.datetime(2026, 11, 15, 18, 0, tzinfo=datetime.UTC), tick=False):
        nights.build()
        nights.night()
        yield


def with_metric(name: str, **changes: Any) -> ScoreModel:
    metrics = tuple(replace(metric, **changes) if metric.key == name else metric for metric in DEFAULT_V1.metrics)
    return replace(DEFAULT_V1, metrics=metrics)


def approved(analyst: User, boss: User, spec: ScoreModel = HEAVIER) -> ScoringModel:
    row = tuning.simulate(by=analyst, row=tuning.draft(by=analyst, spec=spec, note="Growth counts more"))
    return tuning.approve(by=boss, row=tuning.submit(by=analyst, row=row))


# --- drafts -----------------------------------------------------------------------------------------------------
def test_a_draft_begins_with_the_rules_in_force_under_the_next_number(analyst: User) -> None:
    first, second = tuning.draft(by=analyst), tuning.draft(by=analyst)
    active = ScoringModel.objects.get(state="ACTIVE")
    assert (first.version, second.version) == ("v2", "v3")
    assert first.content_hash == active.content_hash
    assert first.spec == {**active.spec, "version": "v2"}


def test_faulty_rules_are_refused_with_their_places(analyst: User) -> None:
    with pytest.raises(tuning.FaultyModel, match="must add up to 1") as refused:
        tuning.draft(by=analyst, spec=replace(DEFAULT_V1, weights=(1, 1, 1, 1, 1)))
    assert [problem.where for problem in refused.value.found] == ["C"]
    with pytest.raises(tuning.FaultyModel) as refused:
        tuning.draft(by=analyst, spec=with_metric("c1", weight=4_000))
    assert [problem.where for problem in refused.value.found] == ["c1"]
    assert not ScoringModel.objects.exclude(version="v1").exists()


def test_weights_are_stored_exact(analyst: User) -> None:
    row = tuning.draft(by=analyst, spec=replace(DEFAULT_V1, weights=(3_500, 1_500, 2_000, 1_500, 1_501)))
    assert sum(row.spec["weights"].values()) == 10_000


def test_writing_over_what_another_wrote_meanwhile_is_refused(analyst: User) -> None:
    row = tuning.draft(by=analyst)
    tuning.revise(by=analyst, row=row, spec=HEAVIER, note="", seen=row.content_hash)
    fresh = ScoringModel.objects.get(pk=row.pk)
    with pytest.raises(Stale):
        tuning.revise(by=analyst, row=fresh, spec=DEFAULT_V1, note="", seen=row.content_hash)
    with pytest.raises(Stale):
        tuning.revise(by=analyst, row=row, spec=DEFAULT_V1, note="")


@pytest.mark.parametrize("role", ["agent", "senior", "handler", "planner", "auditor", "sysadmin"])
def test_strangers_tune_nothing(role: str, analyst: User) -> None:
    row, stranger = tuning.draft(by=analyst), UserFactory(role=role)
    for act in (
        lambda: tuning.draft(by=stranger),
        lambda: tuning.simulate(by=stranger, row=row),
        lambda: tuning.backtest(by=stranger, row=row),
        lambda: tuning.waive_backtest(by=stranger, row=row, reason="why"),
        lambda: tuning.activate(by=stranger, row=row),
        lambda: tuning.put_in_force(by=stranger, approve_by=stranger, data={}),
    ):
        with pytest.raises(NotAllowed):
            act()


# --- whom it moves ----------------------------------------------------------------------------------------------
def individuals() -> reading.Facts:
    facts = reading.facts(reading.rows(0, 10**9))
    return facts.take(np.flatnonzero(facts.scorable))


def anew(spec: ScoreModel) -> dict[int, int | None]:
    """Every individual's tenths by this version, the whole bank measured at once."""
    everybody = individuals()
    reference = everybody.take(np.flatnonzero(everybody.reference))
    on = nights.ON
    frozen = calibrate(reading.inputs(reference, reading.answers(reference, spec, on=on), on=on), spec, on=on)
    found = score(reading.inputs(everybody, reading.answers(everybody, spec, on=on), on=on), spec, frozen)
    tenths = [tenths if scored else None for tenths, scored in zip(found.tenths, found.scored, strict=True)]
    return dict(zip(everybody.ids.tolist(), tenths, strict=True))


@pytest.mark.parametrize(
    "draft",
    [
        HEAVIER,
        with_metric("c2", transform=Transform.MINMAX, tail=100),
        with_metric("l3", cap=2_000),
        replace(DEFAULT_V1, answer_window_days=90),
        with_metric("g1", steps=((18, 100), (60, 0))),
    ],
    ids=["weights", "transform", "cap", "window", "lookup"],
)
def test_what_if_agrees_with_the_night_and_with_measuring_everybody_at_once(
    bank: None, draft: ScoreModel, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(whatif.arrays, "shard_rows", lambda: 7)
    monkeypatch.setattr(whatif, "MOVERS", nights.SIZE)
    found = whatif.what_if(draft)
    old = {row.customer_id: row.score_tenths for row in Score.objects.published() if row.score_tenths >= 0}
    new = {pk: tenths for pk, tenths in anew(draft).items() if tenths is not None}
    assert sum(map(sum, found["matrix"])) == found["customers"] == len(individuals().ids)
    assert [sum(row) for row in found["matrix"]][:5] == [
        Score.objects.published().filter(grade=grade).count() for grade in "ABCDE"
    ]
    assert found["means"] == [round(sum(side.values()) / len(side) / 10, 2) for side in (old, new)]
    moved = {pk: (old[pk], new[pk]) for pk in old.keys() & new.keys() if old[pk] != new[pk]}
    listed = {mover["customer"]: (mover["old"], mover["new"]) for mover in found["movers"]}
    assert moved.items() <= listed.items()
    assert all(listed[pk] == (old[pk], new[pk]) for pk in listed)


def test_a_draft_like_the_version_in_force_moves_nobody(bank: None) -> None:
    found = whatif.what_if(DEFAULT_V1)
    assert (found["moved"], found["movers"], found["psi_grades"], found["psi_deciles"]) == (0, [], 0.0, 0.0)
    assert (found["rank_correlation"], found["model"], found["run"]) == (1.0, "v1", 1)


def test_the_mover_names_the_indicator_that_moved_them_furthest(bank: None) -> None:
    found = whatif.what_if(replace(DEFAULT_V1, weights=(2_500, 1_500, 2_000, 2_500, 1_500)))
    assert {mover["indicator"] for mover in found["movers"]} <= {"C", "G"}
    assert all((mover["moved_e8"] > 0) == (mover["points_e8"] > 0) for mover in found["movers"])
    distances = [abs(mover["moved_e8"]) for mover in found["movers"]]
    assert distances == sorted(distances, reverse=True)


def test_how_the_bank_is_cut_changes_nothing(bank: None, monkeypatch: pytest.MonkeyPatch) -> None:
    whole = whatif.what_if(HEAVIER)
    monkeypatch.setattr(whatif.arrays, "shard_rows", lambda: 5)
    assert whatif.what_if(HEAVIER) == whole


def test_before_the_first_night_and_without_a_customer_there_is_a_what_if(analyst: User) -> None:
    assert whatif.what_if(HEAVIER)["customers"] == 0
    with time_machine.travel(datetime.datetime(2026, 11, 15, 18, 0, tzinfo=datetime.UTC), tick=False):
        nights.build(9)
        found = whatif.what_if(HEAVIER)
    assert (found["customers"], found["run"]) == (8, 0)


# --- two persons ------------------------------------------------------------------------------------------------
def test_without_a_back_test_or_a_waiver_it_does_not_come_into_force(analyst: User, boss: User) -> None:
    row = approved(analyst, boss)
    with pytest.raises(RuleBroken, match="Run the back-test first"):
        tuning.activate(by=boss, row=row)
    with pytest.raises(RuleBroken, match="no balances or transactions yet"):
        tuning.backtest(by=analyst, row=row)
    with pytest.raises(NotAllowed):
        tuning.waive_backtest(by=analyst, row=row, reason="I am sure")
    with pytest.raises(RuleBroken, match="Say why"):
        tuning.waive_backtest(by=boss, row=row, reason=" ")
    row = tuning.activate(by=boss, row=tuning.waive_backtest(by=boss, row=row, reason="The bank is new"))
    assert (row.state, row.backtest_waived) == ("ACTIVE", "The bank is new")
    assert ScoringModel.objects.get(version="v1").state == "RETIRED"
    assert AuditEvent.objects.filter(action="scoringmodel.waive_backtest", reason="The bank is new").exists()


def test_a_supervisor_does_not_waive_for_their_own_draft(boss: User) -> None:
    with pytest.raises(NotAllowed, match="Somebody else"):
        tuning.waive_backtest(by=boss, row=tuning.draft(by=boss), reason="why")


def test_the_next_night_uses_the_new_version_and_old_scores_keep_theirs(bank: None, analyst: User, boss: User) -> None:
    row = tuning.waive_backtest(by=boss, row=approved(analyst, boss), reason="New bank")
    tuning.activate(by=boss, row=row)
    old = dict(Score.objects.values_list("customer", "score_tenths"))
    nights.night(nights.AS_OF + datetime.timedelta(days=1))
    run = ScoreRun.objects.latest("no")
    assert (run.model, run.full) == (row, True)
    rows = Score.objects.published()
    assert set(rows.values_list("calibration__model__version", flat=True)) == {row.version}
    fresh = {pk: tenths for pk, tenths in anew(HEAVIER).items() if tenths is not None}
    assert {row.customer_id: row.score_tenths for row in rows if row.score_tenths >= 0} == fresh
    before = Score.objects.filter(calibration__model__version="v1")
    assert dict(before.values_list("customer", "score_tenths")) == old


# --- from a file ------------------------------------------------------------------------------------------------
def applied(path: Path, analyst: User, boss: User, *more: str, capsys: Any) -> dict[str, Any]:
    people = ["--by", analyst.username, "--approve-by", boss.username]
    call_command("policy", "apply", "scoring", str(path), *people, "--json", *more)
    found: dict[str, Any] = json.loads(capsys.readouterr().out)
    return found


def test_policy_shows_a_model_and_puts_one_in_force(
    bank: None, analyst: User, boss: User, tmp_path: Path, capsys: Any
) -> None:
    call_command("policy", "show", "scoring", "--json")
    shown = json.loads(capsys.readouterr().out)
    rules = shown["active"][0]
    assert (shown["versions"][0]["version"], rules["weights"]["C"]) == ("v1", 3_500)
    path = tmp_path / "model.json"
    path.write_text(json.dumps(rules), encoding="utf-8")
    assert applied(path, analyst, boss, capsys=capsys)["applied"][0]["new"] is False

    rules["weights"] = {"C": 10_000, "S": 0, "L": 0, "G": 0, "K": 0}
    path.write_text(json.dumps(rules), encoding="utf-8")
    with pytest.raises((CommandError, SystemExit)):
        applied(path, analyst, boss, "--note", "Only contribution", capsys=capsys)
    rules["waivers"].append("WEIGHT_CAP")
    path.write_text(json.dumps(rules), encoding="utf-8")
    with pytest.raises((CommandError, SystemExit)):
        applied(path, analyst, boss, capsys=capsys)
    assert "Give --note" in "".join(capsys.readouterr())
    assert ScoringModel.objects.count() == 1
    found = applied(path, analyst, boss, "--note", "Only contribution", capsys=capsys)["applied"][0]
    assert (found["version"], found["state"], found["new"]) == ("v2", "ACTIVE", True)
    assert found["backtest_waived"] == "Only contribution"
    assert {"what": "weight.C", "old": 3_500, "new": 10_000} in found["changed"]


def test_with_all_weight_on_contribution_the_ranking_is_its_own(
    bank: None, analyst: User, boss: User, tmp_path: Path, capsys: Any
) -> None:
    metrics = tuple(
        replace(metric, weight=10_000 if metric.key == "c2" else 0) if metric.indicator == "C" else metric
        for metric in DEFAULT_V1.metrics
    )
    only = replace(
        DEFAULT_V1,
        weights=(10_000, 0, 0, 0, 0),
        metrics=metrics,
        waivers=(*DEFAULT_V1.waivers, "WEIGHT_CAP"),
    )
    tuning.put_in_force(by=analyst, approve_by=boss, data=tuning.to_json(only), note="Turnover alone")
    nights.night(nights.AS_OF + datetime.timedelta(days=1))
    rows = Standing.objects.published().filter(score_tenths__isnull=False)
    found = list(rows.values_list("score_tenths", "customer__activity__amount_12m_fen"))
    assert len(found) > 20
    ordered = [tenths for tenths, _amount in sorted(found, key=lambda pair: (pair[1], pair[0]))]
    assert ordered == sorted(ordered)


# --- the shown grade --------------------------------------------------------------------------------------------
def test_a_grade_just_missed_is_held_and_the_page_says_so(bank: None, analyst: User, boss: User) -> None:
    row = Score.objects.published().filter(grade="C", score_tenths__lt=590).order_by("pk")[0]
    bands = (("A", 750), ("B", 600), ("C", row.score_tenths + 3), ("D", 100))
    tuning.put_in_force(
        by=analyst, approve_by=boss, data=tuning.to_json(replace(DEFAULT_V1, bands=bands)), note="Higher limits"
    )
    nights.night(nights.AS_OF + datetime.timedelta(days=1))
    standing = Standing.objects.published().get(customer=row.customer_id)
    assert (standing.score_tenths, standing.grade, standing.raw_grade) == (row.score_tenths, "C", "D")
    assert standing.grade_months == 0  # no month has closed
    value = value_of(Customer.objects.get(pk=row.customer_id))
    assert value is not None
    assert value.explanation.grade == "C"
    assert value.sentences[1].startswith("By the score alone the grade would be D. C is kept until")
    clear = Standing.objects.published().filter(grade="D", raw_grade="D", score_tenths__lt=row.score_tenths - 7)
    assert clear.exists()
