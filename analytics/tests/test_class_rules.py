"""Rules of the classes are versions two persons put in force; the next night goes by them (R3.2, R3.8; domain E)."""

from __future__ import annotations

import datetime
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from django.core.management import CommandError, call_command
from django.test import Client

from analytics import class_rule_book as book
from analytics.actions import class_rules, class_simulation, rules
from analytics.models import ClassMove, ClassRules, ScoreRun
from analytics.tests import nights
from crm_site.errors import NotAllowed, RuleBroken, Stale
from crm_site.models import User
from crm_site.tests.factories import UserFactory
from customers.models import Activity, Customer, Standing

pytestmark = pytest.mark.django_db
ClientFor = Callable[..., Client]
NIGHTS = [nights.AS_OF + datetime.timedelta(days=n) for n in range(1, 9)]


def person(no: int, **facts: Any) -> Customer:
    """A customer with these facts and no others."""
    customer = Customer.objects.create(
        customer_no=f"C-2026-{no:06d}", kind="INDIVIDUAL", status="ACTIVE", full_name="林晓彤", name_bidx=bytes(32)
    )
    Activity.objects.create(customer=customer, changed_at=nights.BUILT, **facts)
    return customer


def standing(customer: Customer) -> Standing:
    return Standing.objects.published().get(customer=customer)


def night(as_of: datetime.date) -> ScoreRun:
    nights.night(as_of)
    return ScoreRun.objects.get(as_of=as_of)


def in_force(analyst: User, boss: User, dimension: str, **data: Any) -> ClassRules:
    row, new = class_rules.put_in_force(by=analyst, approve_by=boss, dimension=dimension, data=data, note="Board 7")
    assert new
    return row


# --- what rules must satisfy --------------------------------------------------------------------------------------
def test_the_product_comes_with_the_handbooks_rules_in_force() -> None:
    active = ClassRules.objects.filter(state="ACTIVE")
    assert set(active.values_list("dimension", "version")) == {(name, 1) for name in (*book.NIGHTLY, "RFM")}
    assert {row.dimension: row.rules for row in active} == {name: book.default(name) for name in (*book.NIGHTLY, "RFM")}


@pytest.mark.parametrize(
    ("dimension", "data", "problem"),
    [
        ("ASSET", {"mid_fen": 600_000_000}, "asset limits must rise"),
        ("ASSET", {"mid_fen": 5_000_000}, "asset limits must rise"),
        ("ASSET", {"high_fen": "lots"}, "high_fen must be a whole number"),
        ("ASSET", {"high_fen": True}, "high_fen must be a whole number"),
        ("ASSET", {"high_fen": 10**20}, "high_fen must be a whole number"),
        ("ASSET", {"top_fen": 5}, "Nothing is known of: top_fen"),
        ("AGE", {"middle": 60}, "age limits must rise"),
        ("AGE", {"middle": 40}, "Nobody is looked at again at the age of 40"),
        ("AGE", {"preset": "MARS"}, "There is no preset MARS"),
        ("OCCUPATION", {"groups": {"ASTRONAUT": "PUBLIC"}}, "There is no occupation ASTRONAUT"),
        ("OCCUPATION", {"groups": {"FARMER": "HEROES"}}, "There is no group HEROES"),
        ("OCCUPATION", {"groups": ["FARMER"]}, "Groups are written as"),
        ("NEED", {"least": 0}, "least must be at least 1"),
        ("LOYALTY", {"silent_days": -1}, "silent_days must be at least 1"),
        ("MOOD", {}, "There is no classification MOOD"),
    ],
)
def test_rules_that_contradict_themselves_are_refused_with_the_reason(
    analyst: User, dimension: str, data: dict[str, Any], problem: str
) -> None:
    with pytest.raises(RuleBroken, match=problem):
        class_rules.draft(by=analyst, dimension=dimension, data=data)
    assert not ClassRules.objects.exclude(version=1).exists()


@pytest.mark.parametrize(
    ("preset", "limits"), [("CN", (18, 36, 60)), ("POPULAR_WHO", (18, 45, 60)), ("UN", (15, 25, 60))]
)
def test_age_has_three_presets(preset: str, limits: tuple[int, int, int]) -> None:
    found = book.read("AGE", {"preset": preset})
    assert tuple(found.content[name] for name in ("young", "middle", "senior")) == limits
    assert not found.problems
    assert book.preset_of(found.content) == preset


def test_what_a_file_leaves_out_is_the_handbooks() -> None:
    assert book.read("ASSET", {"dimension": "ASSET", "high_months": 4}).content == {
        **book.default("ASSET"),
        "high_months": 4,
    }
    groups = book.read("OCCUPATION", {"groups": {"FARMER": "OWNER"}}).content["groups"]
    assert (groups["FARMER"], groups["MANAGER"], len(groups)) == ("OWNER", "EMPLOYEE", 16)


def test_two_who_draft_at_once_get_a_version_each_or_are_told(
    analyst: User, boss: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert class_rules.draft(by=analyst, dimension="AGE", data={"preset": "UN"}).version == 2
    assert class_rules.draft(by=boss, dimension="AGE", data={"preset": "UN"}).version == 3
    written = rules.draft

    def overtaken(**said: Any) -> ClassRules:
        ClassRules.objects.create(dimension="AGE", version=said["row"].version, rules={}, content_hash="0" * 64)
        return written(**said)

    monkeypatch.setattr(rules, "draft", overtaken)
    with pytest.raises(Stale):
        class_rules.draft(by=analyst, dimension="AGE", data={"preset": "UN"})


# --- simulation -----------------------------------------------------------------------------------------------------
def test_a_simulation_shows_from_where_to_where_and_who_matters_most(analyst: User) -> None:
    rich, poor, other = (person(n, aum_fen=fen) for n, fen in enumerate((700_000_000, 40_000_000, 55_000_000)))
    night(nights.AS_OF)
    row = class_rules.draft(by=analyst, dimension="ASSET", data={"mid_fen": 30_000_000, "high_fen": 650_000_000})
    before = Standing.objects.count()
    found = class_rules.simulate(by=analyst, row=row).simulation
    assert found is not None
    assert (found["customers"], found["moved"], Standing.objects.count()) == (3, 1, before)
    assert found["matrix"] == [[1, 0, 0, 0], [0, 1, 0, 0], [0, 1, 0, 0], [0, 0, 0, 0]]
    assert [(mover["customer"], mover["was"], mover["became"]) for mover in found["top"]] == [
        (poor.customer_no, "ORDINARY", "MID")
    ]
    assert found["top"][0]["figures"] == {"before": None, "now": 40_000_000, "limit": 30_000_000}
    assert standing(rich).asset_class == "HIGH"
    assert standing(other).asset_class == "MID"


def test_a_simulation_is_the_same_by_however_small_ranges(analyst: User, monkeypatch: pytest.MonkeyPatch) -> None:
    nights.build(50)
    night(nights.AS_OF)
    row = class_rules.draft(by=analyst, dimension="NEED", data={"least": 100_000, "clear_by": 10_000})
    whole = class_simulation.simulate("NEED", row.rules, None)
    monkeypatch.setattr("crm_site.arrays.shard_rows", lambda: 7)
    parts = class_simulation.simulate("NEED", row.rules, None)
    assert whole | {"at": ""} == parts | {"at": ""}
    assert whole["moved"] > 0
    assert [sum(line) for line in whole["matrix"]]


def test_an_empty_bank_can_be_simulated(analyst: User) -> None:
    row = class_rules.draft(by=analyst, dimension="LOYALTY", data={"signs_needed": 3})
    found = class_rules.simulate(by=analyst, row=row).simulation
    assert found is not None
    assert (found["customers"], found["moved"], found["top"]) == (0, 0, [])


def test_the_simulation_tells_what_the_next_night_does(analyst: User, boss: User) -> None:
    nights.build(60)
    night(nights.AS_OF)
    for dimension, data in (
        ("NEED", {"least": 500_000}),
        ("AGE", {"preset": "UN"}),
        ("ASSET", {"mid_fen": 20_000_000}),
    ):
        row = in_force(analyst, boss, dimension, **data)
        done = night(NIGHTS.pop(0))
        moves = ClassMove.objects.filter(run_no=done.no, dimension=dimension)
        assert row.simulation is not None
        assert moves.count() == row.simulation["moved"] > 0


def test_what_was_compared_with_other_rules_is_simulated_again(analyst: User, boss: User) -> None:
    old = class_rules.draft(by=analyst, dimension="AGE", data={"preset": "UN"})
    old = class_rules.simulate(by=analyst, row=old)
    in_force(analyst, boss, "AGE", preset="POPULAR_WHO")
    with pytest.raises(RuleBroken, match="simulate it again"):
        class_rules.submit(by=analyst, row=old)
    assert class_rules.submit(by=analyst, row=class_rules.simulate(by=analyst, row=old)).state == "SUBMITTED"


# --- the night ------------------------------------------------------------------------------------------------------
def test_new_rules_make_a_full_night_and_the_run_says_which(analyst: User, boss: User) -> None:
    child, adult = person(1, age_step=15), person(2, age_step=25)
    first = night(nights.AS_OF)
    quiet = night(NIGHTS[0])
    assert (first.full, quiet.full, quiet.changed) == (True, False, 0)
    row = in_force(analyst, boss, "AGE", preset="UN")
    full = night(NIGHTS[1])
    assert full.full
    assert full.class_rules["AGE"] == {"id": row.pk, "version": 2, "hash": row.content_hash}
    assert quiet.class_rules["AGE"]["version"] == 1
    assert (standing(child).age_band, standing(adult).age_band) == ("YOUNG", "MIDDLE")
    assert not night(NIGHTS[2]).full


def test_rules_of_the_same_content_move_nobody(analyst: User, boss: User) -> None:
    person(1, aum_fen=70_000_000, age_step=25)
    night(nights.AS_OF)
    in_force(analyst, boss, "ASSET", high_fen=700_000_000)
    assert night(NIGHTS[0]).changed == 0  # everybody is read, and nobody's row says anything else
    in_force(analyst, boss, "ASSET")
    assert night(NIGHTS[1]).changed == 0


def test_whoever_the_new_limits_raise_goes_up_at_once_and_who_falls_below_is_watched(analyst: User, boss: User) -> None:
    up, down = person(1, aum_fen=40_000_000), person(2, aum_fen=610_000_000)
    night(nights.AS_OF)
    in_force(analyst, boss, "ASSET", mid_fen=30_000_000, high_fen=650_000_000)
    night(NIGHTS[0])
    assert standing(up).asset_class == "MID"
    assert (standing(down).asset_class, standing(down).asset_watch) == ("HIGH", 1)
    night(NIGHTS[1])
    assert standing(down).asset_watch == 1  # a second night of the month counts no second time


def test_occupation_groups_are_rules(analyst: User, boss: User) -> None:
    farmer = person(1, occupation="FARMER")
    night(nights.AS_OF)
    assert standing(farmer).occupation_group == "AGRICULTURE"
    in_force(analyst, boss, "OCCUPATION", groups={"FARMER": "OWNER"})
    night(NIGHTS[0])
    assert standing(farmer).occupation_group == "OWNER"


# --- the command ----------------------------------------------------------------------------------------------------
def command(capsys: pytest.CaptureFixture[str], *words: str) -> dict[str, Any]:
    call_command("policy", *words, "--json")
    return dict(json.loads(capsys.readouterr().out))


def test_an_operator_puts_a_file_in_force_by_two_persons(
    analyst: User, boss: User, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "rules.json"
    path.write_text(json.dumps([{"dimension": "AGE", "preset": "UN"}, {"dimension": "ASSET", "high_fen": 800_000_000}]))
    people = ["--by", analyst.username, "--approve-by", boss.username]
    found = command(capsys, "apply", "classification", str(path), *people)
    assert [(one["name"], one["version"], one["state"], one["new"]) for one in found["applied"]] == [
        ("AGE", 2, "ACTIVE", True),
        ("ASSET", 2, "ACTIVE", True),
    ]
    assert found["applied"][1]["changed"] == [
        {"what": "High net worth from", "old": "¥6,000,000", "new": "¥8,000,000"},
    ]
    again = command(capsys, "apply", "classification", str(path), *people)
    assert [one["new"] for one in again["applied"]] == [False, False]
    shown = command(capsys, "show", "classification", "--name", "AGE")
    assert [(row["version"], row["state"]) for row in shown["versions"]] == [(1, "RETIRED"), (2, "ACTIVE")]
    path.write_text(json.dumps(shown["active"]))
    assert command(capsys, "apply", "classification", str(path), *people)["applied"][0]["new"] is False


def test_a_file_is_taken_whole_or_not_at_all(analyst: User, boss: User, tmp_path: Path) -> None:
    path = tmp_path / "rules.json"
    for broken in ({"dimension": "ASSET", "mid_fen": 1}, {"limits": 3}):
        path.write_text(json.dumps([{"dimension": "AGE", "preset": "UN"}, broken]))
        with pytest.raises((CommandError, RuleBroken)):
            call_command(
                "policy", "apply", "classification", str(path), "--by", analyst.username, "--approve-by", boss.username
            )
        assert not ClassRules.objects.exclude(version=1).exists()


def test_an_analyst_approves_nothing(analyst: User, tmp_path: Path) -> None:
    other = UserFactory(role="analyst")
    with pytest.raises(NotAllowed):
        class_rules.put_in_force(by=analyst, approve_by=other, dimension="AGE", data={"preset": "UN"})
