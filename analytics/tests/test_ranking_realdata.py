"""Berka's turnover scored by turnover alone: the ranking of the score is the ranking of the sums in the raw file."""

from __future__ import annotations

import csv
import datetime
import json
from collections import defaultdict
from dataclasses import replace
from pathlib import Path

import pytest
import time_machine
from django.core.management import call_command

from analytics.default_model import DEFAULT_V1
from analytics.model_checks import WAIVE_WEIGHT
from analytics.scoring_model import to_json
from analytics.tests import nights
from crm_site.tests.factories import UserFactory
from customers.actions import activity
from customers.actions.imports import run_import
from customers.models import Activity, Standing

pytestmark = [pytest.mark.realdata, pytest.mark.django_db, pytest.mark.slow]
AS_OF = datetime.date(1994, 4, 30)
NOT_THEIRS = ("collection_from_another_bank",)


def test_with_all_weight_on_turnover_the_ranking_is_that_of_the_raw_file(realdata: Path, tmp_path: Path) -> None:
    folder = realdata / "berka"
    for kind, file, profile in (
        ("customers", "client.asc", "berka_client"),
        ("holdings", "account.asc", "berka_account"),
        ("transactions", "trans_first5pct.csv", "berka_trans"),
    ):
        run_import(by=None, kind=kind, path=folder / file, profile=Path("docs/profiles") / f"{profile}.json")
    metrics = tuple(
        replace(metric, weight=10_000 if metric.key == "c2" else 0) if metric.indicator == "C" else metric
        for metric in DEFAULT_V1.metrics
    )
    waivers = (*DEFAULT_V1.waivers, WAIVE_WEIGHT)
    only = replace(DEFAULT_V1, weights=(10_000, 0, 0, 0, 0), metrics=metrics, waivers=waivers)
    path = tmp_path / "turnover.json"
    path.write_text(json.dumps(to_json(only)), encoding="utf-8")
    author, boss = UserFactory(role="analyst"), UserFactory(role="supervisor")
    with time_machine.travel(datetime.datetime(1994, 5, 1, 2, 0, tzinfo=datetime.UTC), tick=False):
        people = ["--by", author.username, "--approve-by", boss.username, "--note", "Turnover alone"]
        call_command("policy", "apply", "scoring", str(path), *people)
        activity.roll(AS_OF)
        nights.night(AS_OF)
    rows = Standing.objects.published().filter(score_tenths__isnull=False)
    scored = dict(rows.values_list("customer__customer_no", "score_tenths"))
    raw = turnover(folder)
    amounts = dict(Activity.objects.values_list("customer__customer_no", "amount_12m_fen"))
    assert {number: amount for number, amount in amounts.items() if amount} == raw
    assert len(scored) > 1_000
    pairs = sorted((raw.get(number, 0), tenths) for number, tenths in scored.items())
    ordered = [tenths for _amount, tenths in pairs]
    assert ordered == sorted(ordered)
    assert len(set(ordered)) > 200


def turnover(folder: Path) -> dict[str, int]:
    """Fen a customer moved in the twelve months to April 1994, straight out of the file."""
    with (folder / "disp.asc").open(encoding="utf-8") as handle:
        owners = {
            row["account_id"]: row["client_id"]
            for row in csv.DictReader(handle, delimiter=";")
            if row["type"] == "OWNER"
        }
    found: dict[str, int] = defaultdict(int)
    with (folder / "trans_first5pct.csv").open(encoding="utf-8", newline="") as handle:
        for row in csv.DictReader(handle):
            own = (
                row["k_symbol"] in ("", "household", "insurrance_pmt", "loan_pmt")
                and row["operation"] not in NOT_THEIRS
            )
            if own and "1993-05-01" <= row["date"] <= "1994-04-30":
                found[f"BERKA-{owners[str(int(row['account_id'][1:]))]}"] += int(row["amount"]) * 100
    return {number: amount for number, amount in found.items() if amount}
