"""Berka's turnover scored by turnover alone: the ranking of the score is the ranking of the sums in the raw file.

The version comes into force by two persons and a waiver of the cap; without either it does not.
"""

from __future__ import annotations

import csv
import datetime
import json
from collections import defaultdict
from dataclasses import replace
from itertools import pairwise
from pathlib import Path

import pytest
import time_machine
from django.core.management import CommandError, call_command

from analytics.default_model import DEFAULT_V1
from analytics.model_checks import WAIVE_WEIGHT
from analytics.models import Score, ScoreRun, ScoringModel
from analytics.scoring_model import ScoreModel, to_json
from analytics.tests import nights
from crm_site.models import User
from crm_site.tests.factories import UserFactory
from customers.actions import activity
from customers.actions.imports import run_import
from customers.models import Activity

pytestmark = [pytest.mark.realdata, pytest.mark.django_db, pytest.mark.slow]
AS_OF = datetime.date(1994, 4, 30)
NOT_THEIRS = ("collection_from_another_bank",)


def taken_in(folder: Path) -> None:
    """Customers, accounts and turnover of the bank, through the profiles we ship."""
    for kind, file, profile in (
        ("customers", "client.asc", "berka_client"),
        ("holdings", "account.asc", "berka_account"),
        ("transactions", "trans_first5pct.csv", "berka_trans"),
    ):
        run_import(by=None, kind=kind, path=folder / file, profile=Path("docs/profiles") / f"{profile}.json")


def turnover_alone(*waivers: str) -> ScoreModel:
    """All weight on contribution, and all of that on the metric of the turnover."""
    metrics = tuple(
        replace(metric, weight=10_000 if metric.key == "c2" else 0) if metric.indicator == "C" else metric
        for metric in DEFAULT_V1.metrics
    )
    found = (*DEFAULT_V1.waivers, *waivers)
    return replace(DEFAULT_V1, weights=(10_000, 0, 0, 0, 0), metrics=metrics, waivers=found)


def apply(path: Path, spec: ScoreModel, author: User, approver: User) -> None:
    """Put in force as an operator does."""
    path.write_text(json.dumps(to_json(spec)), encoding="utf-8")
    people = ["--by", author.username, "--approve-by", approver.username, "--note", "Turnover alone"]
    call_command("policy", "apply", "scoring", str(path), *people)


def test_with_all_weight_on_turnover_the_ranking_is_that_of_the_raw_file(realdata: Path, tmp_path: Path) -> None:
    folder, path = realdata / "berka", tmp_path / "turnover.json"
    taken_in(folder)
    author, boss = UserFactory(role="analyst"), UserFactory(role="supervisor")
    with time_machine.travel(datetime.datetime(1994, 5, 1, 2, 0, tzinfo=datetime.UTC), tick=False):
        with pytest.raises(CommandError, match="between 0 and 0.6"):
            apply(path, turnover_alone(), author, boss)
        with pytest.raises(CommandError, match="two persons"):
            apply(path, turnover_alone(WAIVE_WEIGHT), boss, boss)
        assert ScoringModel.objects.get(state="ACTIVE").author is None
        apply(path, turnover_alone(WAIVE_WEIGHT), author, boss)
        activity.roll(AS_OF)
        nights.night(AS_OF)
    active = ScoringModel.objects.get(state="ACTIVE")
    assert (active.author, active.approver, WAIVE_WEIGHT in active.spec["waivers"]) == (author, boss, True)
    assert ScoreRun.objects.get().model == active
    raw = turnover(folder)
    amounts = dict(Activity.objects.values_list("customer__customer_no", "amount_12m_fen"))
    assert {number: amount for number, amount in amounts.items() if amount} == raw
    rows = Score.objects.published().filter(score_e8__gte=0).values_list("customer__customer_no", "score_e8")
    by_amount: dict[int, set[int]] = defaultdict(set)
    for number, exact in rows:
        by_amount[raw.get(number, 0)].add(exact)
    assert len(rows) == len(set(owners(folder).values())) == 4_500  # who has no account has no turnover to be scored
    assert len(by_amount) == len({0, *raw.values()})
    assert all(len(scores) == 1 for scores in by_amount.values())  # whoever moved as much has the same score
    ordered = [scores.pop() for _amount, scores in sorted(by_amount.items())]
    assert all(less < more for less, more in pairwise(ordered))  # and whoever moved more has more


def owners(folder: Path) -> dict[str, str]:
    """Who owns each account."""
    with (folder / "disp.asc").open(encoding="utf-8") as handle:
        rows = csv.DictReader(handle, delimiter=";")
        return {row["account_id"]: row["client_id"] for row in rows if row["type"] == "OWNER"}


def turnover(folder: Path) -> dict[str, int]:
    """Fen a customer moved in the twelve months to April 1994, straight out of the file."""
    owned_by = owners(folder)
    found: dict[str, int] = defaultdict(int)
    with (folder / "trans_first5pct.csv").open(encoding="utf-8", newline="") as handle:
        for row in csv.DictReader(handle):
            own = (
                row["k_symbol"] in ("", "household", "insurrance_pmt", "loan_pmt")
                and row["operation"] not in NOT_THEIRS
            )
            if own and "1993-05-01" <= row["date"] <= "1994-04-30":
                found[f"BERKA-{owned_by[str(int(row['account_id'][1:]))]}"] += int(row["amount"]) * 100
    return {number: amount for number, amount in found.items() if amount}
