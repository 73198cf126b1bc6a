"""Two published banks through rules written as policy: a band holds whom the raw file says, and outcomes rise with it.

What became of people (credit gone bad, customer gone) is read here alone, to look at the bands; no profile and no rule
sees it. The limits are taken from what the rules mean, as said beside them.
"""

from __future__ import annotations

import csv
import datetime
import json
from collections import Counter
from collections.abc import Mapping
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest
import time_machine
from django.core.management import call_command

from analytics.tests import nights
from crm_site.tests.factories import UserFactory
from customers.actions import activity
from customers.actions.imports import run_import
from customers.models import Standing

pytestmark = [pytest.mark.realdata, pytest.mark.django_db, pytest.mark.slow]
NIGHT = datetime.datetime(2026, 11, 15, 4, 0, tzinfo=datetime.UTC)
CLOSE = "2026-10-31"  # of the last month complete that night
Bands = dict[str, str]
Profile = dict[str, Any]


class Bank:
    """A bank filled from one file, judged by one policy, in one night."""

    def __init__(self, folder: Path, file: Path, common: Profile) -> None:
        self.folder, self.file, self.common = folder, file, common

    def take(self, kind: str, columns: Profile, **more: Any) -> tuple[int, int]:
        """Import the file as this kind of table; how many rows came in, and how many say nothing of it."""
        profile = {"name": f"{self.file.stem} {kind}", "kind": kind, "columns": columns, **self.common, **more}
        path = self.folder / f"{kind}.json"
        path.write_text(json.dumps(profile), encoding="utf-8")
        result = run_import(by=None, kind=kind, path=self.file, profile=path)
        assert (result["updated"], result["unchanged"], result["duplicates"]) == (0, 0, 0)
        return result["created"], result["rejected"]

    def judged(self, column: str, policy: Mapping[str, Any]) -> Bands:
        """The class of every customer after a night by this policy, put in force by two persons."""
        path = self.folder / "policy.json"
        path.write_text(json.dumps(policy), encoding="utf-8")
        writer, boss = UserFactory(role="analyst"), UserFactory(role="supervisor")
        people = ["--by", writer.username, "--approve-by", boss.username]
        call_command("policy", "apply", "classification", str(path), *people)
        activity.roll(NIGHT.date())
        nights.night(NIGHT.date())
        return dict(Standing.objects.published().values_list("customer__customer_no", column))


def shares(bands: Bands, came_true: Mapping[str, bool], order: list[str]) -> dict[str, tuple[int, float]]:
    """Band: how many, and the share of those of whom it came true; the shares must rise in this order."""
    size, true = Counter(bands.values()), Counter(band for who, band in bands.items() if came_true[who])
    found = {band: (size[band], round(true[band] / size[band], 4)) for band in order}
    assert all(less[1] < more[1] for less, more in pairwise(found.values())), found
    return found


# --- German credit: what each attribute says, in facts of the bank -------------------------------------------------
# Ranges by their middle, open ones by the end that is given; what lies with other banks is not known.
CHECKING = {"A11": -100, "A12": 100, "A13": 200}  # A14: no such account
SAVINGS = {"A61": 50, "A62": 300, "A63": 750, "A64": 1_000}  # A65: unknown, or none
LONGEST_DELAY = {"A31": 0, "A32": 0, "A33": 31}  # A30: no credits; A34: critical, or credits of other banks
PER_CENT = {"1": 10, "2": 20, "3": 30, "4": 40}  # instalments against the disposable income, in the four steps given
GERMAN: Profile = {
    "source_system": "GERMAN", "header_row": 0, "delimiter": ",", "book_currency": "DEM", "names": "as_given",
}  # fmt: skip
# A bank that has no ratings, and knows delays by word only, can reach five points: high begins at three of them.
RISK_POLICY = {"dimension": "RISK", "high_points": 3}


def told(attribute: int, meaning: Mapping[str, int]) -> dict[str, Any]:
    """The expression of a profile: what a code means, nothing for any other."""
    return {"lookup": {"column": str(attribute)}, "in": {code: str(n) for code, n in meaning.items()}, "else": ""}


def german_customers(bank: Bank, raw: list[list[str]]) -> None:
    number = {"concat": ["G", {"line": True}]}
    people = {"customer_no": number, "full_name": {"concat": ["Client ", {"line": True}]}}
    assert bank.take("customers", people, defaults={"opened_on": "2020-01-01"}) == (1_000, 0)
    amounts = {row[4] for row in raw}
    for code, attribute, meaning, family in (
        ("C", 1, CHECKING, "DEPOSIT"), ("S", 6, SAVINGS, "DEPOSIT"), ("L", 5, {n: int(n) for n in amounts}, "LOAN"),
    ):  # fmt: skip
        account = {"concat": [code, {"line": True}]}
        there = {"if": [{"empty": told(attribute, meaning)}, "", code]}
        holders = sum(row[attribute - 1] in meaning for row in raw)
        products = {code: {"name": code, "family": family}}
        columns = {"source_id": account, "customer_no": number, "product": there}
        opened = {"opened_on": "2020-01-01"}
        assert bank.take("holdings", columns, defaults=opened, products=products) == (holders, 1_000 - holders)
        kept = {"account": account, "average": told(attribute, meaning), "end": told(attribute, meaning)}
        assert bank.take("balances", kept, defaults={"month": "2026-10"})[0] == holders
    record = {"customer_no": number, "max_dpd_24m": told(3, LONGEST_DELAY), "debt_service": told(8, PER_CENT)}
    assert bank.take("credit", record, defaults={"as_of": CLOSE}) == (1_000, 0)


def german_band(row: list[str]) -> str:
    """The band out of the raw row, by the words of the policy and nothing of the product."""
    delay, burden = LONGEST_DELAY.get(row[2], 0), PER_CENT[row[7]]
    points = (2 if delay >= 31 else 1 if delay >= 1 else 0) + (burden >= 30) + (burden >= 50)
    checking, savings = CHECKING.get(row[0]), SAVINGS.get(row[5])
    if checking is not None or savings is not None:
        assets = max(checking or 0, 0) + (savings or 0)
        owed = int(row[4]) + max(-(checking or 0), 0)
        points += (assets * 100 < owed * 30) + (assets * 100 < owed * 5)
    return "HIGH" if points >= 3 else "MEDIUM" if points >= 2 else "LOW"


def test_the_share_of_bad_credits_rises_with_the_band_of_risk(realdata: Path, tmp_path: Path) -> None:
    file = realdata / "risk" / "german.data"
    raw = [row for row in csv.reader(file.read_text(encoding="ascii").splitlines()) if row]
    with time_machine.travel(NIGHT, tick=False):
        bank = Bank(tmp_path, file, GERMAN)
        german_customers(bank, raw)
        found = bank.judged("credit_risk", RISK_POLICY)
    assert found == {f"G{line}": german_band(row) for line, row in enumerate(raw, start=1)}
    bad = {f"G{line}": row[20] == "2" for line, row in enumerate(raw, start=1)}
    rising = shares(found, bad, ["LOW", "MEDIUM", "HIGH"])
    assert rising == {"LOW": (270, 0.1926), "MEDIUM": (374, 0.3021), "HIGH": (356, 0.3792)}


# --- Churn: one date, so nothing that takes two can be asked -------------------------------------------------------
CHURN: Profile = {"source_system": "CHURN", "delimiter": ",", "book_currency": "EUR", "names": "as_given"}
PRODUCTS = ("DEPOSIT", "CARD", "WEALTH", "LOAN")
# That assets fell cannot be seen, so silence alone makes a customer lost. Of the five signs three can be seen, and all
# are asked for: two years here, a second product, active (once, since the file tells no months). When a product was
# bought it does not tell, so nobody is taken for one who bought again.
LOYALTY_POLICY = {
    "dimension": "LOYALTY", "lost_share": 10_000, "families": 2, "active_months": 1, "repeats": 99, "signs_needed": 3,
}  # fmt: skip


def churn_customers(bank: Bank, raw: list[dict[str, str]]) -> None:
    number, many = {"column": "CustomerId"}, len(raw)
    opened = {"date": [{"subtract": [2026, {"column": "Tenure"}]}, 10, 31]}
    people = {"customer_no": number, "full_name": "Surname", "annual_income": "EstimatedSalary", "opened_on": opened}
    assert bank.take("customers", people) == (many, 0)
    for place, family in enumerate(PRODUCTS):
        holders = sum(int(row["NumOfProducts"]) > place for row in raw)
        there = {"if": [{"greater": [{"column": "NumOfProducts"}, place]}, family, ""]}
        account = {"concat": [number, "-", family]}
        columns = {"source_id": account, "customer_no": number, "product": there, "opened_on": opened}
        products = {family: {"name": family, "family": family}}
        assert bank.take("holdings", columns, products=products) == (holders, many - holders)
    first = {"concat": [number, "-DEPOSIT"]}
    balances = {"account": first, "average": "Balance", "end": "Balance"}
    assert bank.take("balances", balances, defaults={"month": "2026-10"}) == (many, 0)
    active = sum(row["IsActiveMember"] == "1" for row in raw)
    day = {"if": [{"equal": [{"column": "IsActiveMember"}, "1"]}, "2026-10-15", ""]}
    moved = {"source_txn_id": number, "account": first, "posted_on": day}
    defaults = {"amount": "1", "type": "CARD_SPEND", "direction": "OUT"}
    assert bank.take("transactions", moved, defaults=defaults) == (active, many - active)


def churn_class(row: dict[str, str]) -> str:
    """The class out of the raw row, by the words of the policy and nothing of the product."""
    active, years, products = row["IsActiveMember"] == "1", int(row["Tenure"]), int(row["NumOfProducts"])
    if years == 0:
        return "POTENTIAL"  # new
    if not active:
        return "LOST"  # silent since the account was opened, years ago
    return "LOYAL" if years >= 2 and products >= 2 else "POTENTIAL"


def test_the_share_of_those_who_left_rises_with_the_class_of_loyalty(realdata: Path, tmp_path: Path) -> None:
    file = realdata / "churn" / "Churn_Modelling.csv"
    raw = list(csv.DictReader(file.read_text(encoding="utf-8").splitlines()))
    with time_machine.travel(NIGHT, tick=False):
        bank = Bank(tmp_path, file, CHURN)
        churn_customers(bank, raw)
        found = bank.judged("loyalty", LOYALTY_POLICY)
    assert found == {row["CustomerId"]: churn_class(row) for row in raw}
    left = {row["CustomerId"]: row["Exited"] == "1" for row in raw}
    rising = shares(found, left, ["LOYAL", "POTENTIAL", "LOST"])
    assert rising == {"LOYAL": (2_230, 0.0937), "POTENTIAL": (3_115, 0.1862), "LOST": (4_655, 0.2681)}
