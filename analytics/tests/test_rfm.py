"""Recency, frequency and monetary value: quintiles or limits, boxes in their order, frozen a month (domain F.9)."""

from __future__ import annotations

import csv
import datetime
import json
import math
import statistics
from collections import Counter, defaultdict
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from django.core.management import call_command
from django.test import Client
from django.urls import reverse
from hypothesis import given
from hypothesis import strategies as st

from analytics import rfm
from analytics.actions import class_rules
from analytics.models import ClassRules, RfmMark, RfmRun
from crm_site import jobs
from crm_site.errors import RuleBroken
from crm_site.tests.factories import UserFactory
from customers.actions import activity
from customers.actions.imports import run_import
from customers.models import Customer, MonthlyActivity
from customers.tests.factories import CustomerFactory

D = datetime.date
AS_OF = D(2026, 8, 31)
# Two tables of boxes of the rfm package for R (what rfm_segment's pages show, of 0.2 and of 0.3): ranges of R, F and M;
# the first that fits counts.
README = {
    "Champions": "45 45 45",
    "Loyal Customers": "25 35 35",
    "Potential Loyalist": "35 13 13",
    "New Customers": "45 11 11",
    "Promising": "34 11 11",
    "Need Attention": "23 23 23",
    "About To Sleep": "23 12 12",
    "At Risk": "12 25 25",
    "Can't Lose Them": "11 45 45",
    "Lost": "12 12 12",
}
FINE = {
    "Champions": "55 55 55",
    "Potential Loyalist": "35 35 25",
    "Loyal Customers": "24 24 24",
    "Promising": "34 13 35",
    "New Customers": "45 13 15",
    "Can't Lose Them": "12 34 45",
    "At Risk": "12 25 45",
    "Need Attention": "13 35 35",
    "About To Sleep": "23 13 14",
    "Lost": "11 15 15",
}
PUBLISHED = {
    "Potential Loyalist": 342,
    "Loyal Customers": 170,
    "New Customers": 104,
    "About To Sleep": 102,
    "Can't Lose Them": 47,
    "Champions": 35,
    "Promising": 9,
    "Lost": 148,
    "At Risk": 28,
    "Need Attention": 10,
}


def boxes(table: dict[str, str]) -> list[dict[str, Any]]:
    spans = {name: [[int(end) for end in span] for span in text.split()] for name, text in table.items()}
    return [
        {"code": name, "label": {"en": name, "zh": name}, "r": r, "f": f, "m": m} for name, (r, f, m) in spans.items()
    ]


def bought(rows: list[tuple[int, int, int]]) -> rfm.Bought:
    columns = np.array(rows, dtype=np.int64).reshape(-1, 3).T
    return rfm.Bought(*columns)


def rules(**changed: Any) -> dict[str, Any]:
    found = rfm.content(changed)
    assert list(rfm.problems(found)) == []
    return found


def test_quintiles_by_mid_rank_count_ties_half() -> None:
    found = rfm.marks(bought([(n, n, n) for n in (10, 20, 20, 20, 50)]), rules())
    assert found.f.tolist() == [1, 3, 3, 3, 5]  # P = 10, 50, 50, 50, 90
    assert found.r.tolist() == [5, 3, 3, 3, 1]


def test_quantiles_are_those_of_type_7() -> None:
    values = np.array([1, 2, 4, 8, 16, 32], dtype=np.int64)
    assert [cut / 5 for cut in rfm.quantiles(values).tolist()] == [2, 4, 8, 16]
    assert [cut / 5 for cut in rfm.quantiles(np.array([0, 10])).tolist()] == [2, 4, 6, 8]
    found = rfm.marks(bought([(int(n), int(n), int(n)) for n in values]), rules(method="QUANTILE"))
    assert found.m.tolist() == [1, 2, 3, 4, 5, 5]  # a value on the limit belongs above it
    assert found.r.tolist() == [5, 4, 3, 2, 1, 1]


def test_limits_of_the_banks_own() -> None:
    cuts = {"r": [30, 60, 90, 180], "f": [2, 4, 8, 16], "m": [100, 1_000, 10_000, 100_000]}
    found = rfm.marks(bought([(29, 1, 99), (30, 2, 100), (180, 16, 100_000)]), rules(method="CUTS", cuts=cuts))
    assert (found.r.tolist(), found.f.tolist(), found.m.tolist()) == ([5, 4, 1], [1, 2, 5], [1, 2, 5])


@pytest.mark.parametrize(
    ("r", "f", "m", "box"),
    [
        (5, 5, 5, "CHAMPIONS"),
        (2, 4, 4, "BIG_SILENT"),
        (3, 4, 1, "LOYAL"),
        (5, 2, 1, "POTENTIAL"),
        (3, 3, 3, "NEED_ATTENTION"),
        (1, 1, 1, "HIBERNATING"),
        (5, 1, 1, "OTHERS"),
        (3, 1, 5, "OTHERS"),
    ],
)
def test_the_first_box_that_fits_has_the_customer(r: int, f: int, m: int, box: str) -> None:
    limits = [2, 3, 4, 5]
    own = rules(method="CUTS", cuts={"r": limits, "f": limits, "m": limits})
    found = rfm.marks(bought([(6 - r, f, m)]), own)
    assert (found.r[0], found.f[0], found.m[0]) == (r, f, m)
    assert rfm.codes(own)[found.box[0]] == box


@pytest.mark.parametrize(
    ("changed", "said"),
    [
        ({"method": "GUESS"}, "The method is one of"),
        ({"window_months": -1}, "The window is"),
        ({"window_months": "12"}, "The window is"),
        ({"method": "CUTS", "cuts": {"r": [1, 2, 3, 4], "f": [1, 2, 2, 4], "m": [1, 2, 3, 4]}}, "rising limits for F"),
        ({"boxes": [{"code": "A", "label": {"en": "A"}, "r": [1, 6], "f": [1, 5], "m": [1, 5]}]}, "Box 1 needs"),
        ({"boxes": [{"code": "A", "label": {"en": "A"}, "r": [5, 1], "f": [1, 5], "m": [1, 5]}]}, "Box 1 needs"),
        ({"boxes": [{"code": "OTHERS"}]}, "a code of its own"),
    ],
)
def test_rules_that_cannot_count_are_refused(changed: dict[str, Any], said: str) -> None:
    assert any(said in problem for problem in rfm.problems(rfm.content(changed)))


ROWS = st.lists(st.tuples(st.integers(0, 4_000), st.integers(1, 500), st.integers(0, 10**13)), max_size=40)


@given(ROWS, st.randoms(use_true_random=False), st.sampled_from(["MIDRANK", "QUANTILE"]))
def test_the_order_of_the_rows_does_not_matter(rows: list[tuple[int, int, int]], random: Any, method: str) -> None:
    def spelled(some: list[tuple[int, int, int]]) -> list[tuple[Any, ...]]:
        found = rfm.marks(bought(some), rules(method=method))
        return sorted(zip(some, found.r.tolist(), found.f.tolist(), found.m.tolist(), found.box.tolist(), strict=True))

    mixed = list(rows)
    random.shuffle(mixed)
    found = spelled(rows)
    assert found == spelled(mixed)
    assert all(1 <= mark <= 5 for _row, *marks, _box in found for mark in marks)


# --- the night ------------------------------------------------------------------------------------------------------
def marked(as_of: D) -> dict[str, int]:
    run = jobs.run_job(job="rfm", path="analytics.tasks.rfm", business_date=as_of, force=True)
    return dict(run.counts) if run else {}


def spent(count: int, fen: int, last_on: D) -> Customer:
    made: Customer = CustomerFactory()
    month = last_on.replace(day=1)
    MonthlyActivity.objects.create(customer=made, month=month, count=count, amount_fen=fen, last_on=last_on)
    return made


@pytest.mark.django_db
def test_the_night_marks_a_month_once(client_for: Callable[..., Client]) -> None:
    people = [spent(n, n * 100, D(2026, 8, 3 * n)) for n in range(1, 6)]
    spent(9, 900, D(2025, 8, 31))  # before the window
    assert marked(AS_OF) == {"customers": 5}
    marks = dict(RfmMark.objects.values_list("customer_id", "box"))
    assert marks[people[4].pk] == "CHAMPIONS"
    assert marks[people[0].pk] == "HIBERNATING"
    spent(1, 1, D(2026, 8, 31))
    assert marked(D(2026, 9, 1)) == {"customers": 0}  # frozen until the month is over
    assert marked(D(2026, 9, 30)) == {"customers": 6}
    assert RfmRun.objects.count() == 1
    page = client_for("analyst").get(reverse("analytics:rfm")).content.decode()
    assert "Champions" in page
    card = client_for("supervisor").get(reverse("analytics:value", args=[people[4].customer_no])).content.decode()
    assert "R4 F5 M5" in card
    assert client_for("agent").get(reverse("analytics:rfm")).status_code == 403


@pytest.mark.django_db
def test_a_bank_without_purchases_is_marked_too(client_for: Callable[..., Client]) -> None:
    assert client_for("analyst").get(reverse("analytics:rfm")).status_code == 200
    assert marked(AS_OF) == {"customers": 0}
    assert "Nobody began" in client_for("analyst").get(reverse("analytics:rfm")).content.decode()
    spent(1, 100, D(2026, 8, 31))
    assert marked(D(2026, 9, 1)) == {"customers": 1}


@pytest.mark.django_db
def test_new_rules_are_simulated_approved_and_mark_anew(client_for: Callable[..., Client]) -> None:
    for n in range(1, 6):
        spent(n, n * 100, D(2026, 8, 3 * n))
    marked(AS_OF)
    analyst, boss = UserFactory(role="analyst"), UserFactory(role="supervisor")
    with pytest.raises(RuleBroken, match="The method is one of"):
        class_rules.draft(by=analyst, dimension="RFM", data={"method": "GUESS"})
    row, new = class_rules.put_in_force(
        by=analyst, approve_by=boss, dimension="RFM", data={"boxes": boxes(README), "method": "QUANTILE"}
    )
    assert new
    assert row.simulation is not None
    assert row.simulation["customers"] == 5
    page = client_for("analyst").get(reverse("analytics:class_rules", args=["RFM", row.version]))
    assert "Potential Loyalist" in page.content.decode()
    assert marked(D(2026, 9, 1)) == {"customers": 5}
    assert RfmRun.current() is not None
    assert RfmRun.objects.get().rules == row
    assert ClassRules.objects.get(dimension="RFM", version=1).state == "RETIRED"


# --- published data -------------------------------------------------------------------------------------------------
def profile(folder: Path, kind: str, columns: dict[str, Any], **more: Any) -> Path:
    path = folder / f"{kind}.json"
    content = {"name": kind, "kind": kind, "source_system": "RFM", "columns": columns, "names": "as_given", **more}
    path.write_text(json.dumps(content))
    return path


def purchases(folder: Path, rows: list[tuple[str, str, str]]) -> None:
    """Customers, an account each, and what they bought, by the import; rows of (who, day, amount)."""
    numbers = {who: f"P{n:05d}" for n, who in enumerate(sorted({row[0] for row in rows}), start=1)}
    people, orders = folder / "people.csv", folder / "orders.csv"
    with people.open("w", encoding="utf-8", newline="") as handle:
        csv.writer(handle).writerows([["number", "name"], *((number, number) for number in numbers.values())])
    with orders.open("w", encoding="utf-8", newline="") as handle:
        csv.writer(handle).writerows([["number", "day", "amount"], *((numbers[row[0]], *row[1:]) for row in rows)])
    at = profile(folder, "customers", {"customer_no": "number", "full_name": "name"}, defaults={"status": "ACTIVE"})
    run_import(by=None, kind="customers", path=people, profile=at)
    held = {"source_id": "number", "customer_no": "number"}
    more: dict[str, Any] = {"defaults": {"product": "SHOP", "opened_on": "1990-01-01"}}
    more["products"] = {"SHOP": {"name": "Shop", "family": "CARD"}}
    run_import(by=None, kind="holdings", path=people, profile=profile(folder, "holdings", held, **more))
    moved = {"account": "number", "posted_on": "day", "amount": "amount"}
    more = {"key": ["number", "day", "amount"], "defaults": {"type": "CARD_SPEND", "direction": "OUT"}}
    result = run_import(
        by=None, kind="transactions", path=orders, profile=profile(folder, "transactions", moved, **more)
    )
    assert (result["created"], result["rejected"]) == (len(rows), 0)


def inside(mark: int, span: str) -> bool:
    return int(span[0]) <= mark <= int(span[1])


def one_by_one(rows: list[tuple[str, str, str]], table: dict[str, str]) -> tuple[dict[str, list[int]], Counter[str]]:
    """Limits and boxes counted here customer by customer: the package's limits lie one unit above the quintiles."""
    of: dict[str, list[tuple[D, int]]] = defaultdict(list)
    for who, day, amount in rows:
        of[who].append((D.fromisoformat(day), int(amount)))
    measured = [
        ((D(2006, 12, 31) - max(day for day, _n in own)).days, len(own), sum(n for _day, n in own))
        for own in of.values()
    ]
    columns = zip(*measured, strict=True)
    limits = [[cut + 1 for cut in statistics.quantiles(column, n=5, method="inclusive")] for column in columns]
    spans, found = {name: text.split() for name, text in table.items()}, Counter[str]()
    for person in measured:
        above = [sum(value >= cut for cut in cuts) for value, cuts in zip(person, limits, strict=True)]
        marks = (5 - above[0], 1 + above[1], 1 + above[2])
        found[next((name for name, text in spans.items() if all(map(inside, marks, text))), rfm.OTHERS)] += 1
    units = {"r": 1, "f": 1, "m": 100}
    cuts = {mark: [math.ceil(cut * units[mark]) for cut in own] for mark, own in zip("rfm", limits, strict=True)}
    return cuts, found


@pytest.mark.realdata
@pytest.mark.slow
@pytest.mark.django_db
def test_published_orders_come_out_as_counted_one_by_one_and_as_published(realdata: Path, tmp_path: Path) -> None:
    with (realdata / "purchase" / "rfm_data_orders.csv").open(encoding="utf-8", newline="") as handle:
        rows = [(row["customer_id"], row["order_date"], row["revenue"]) for row in csv.DictReader(handle)]
    purchases(tmp_path, rows)
    activity.roll(D(2006, 12, 31))
    analyst, boss = UserFactory(role="analyst"), UserFactory(role="supervisor")
    people = ("--by", analyst.username, "--approve-by", boss.username)
    path = tmp_path / "rfm.json"
    expected: Counter[str] = Counter()
    for table, day in ((README, D(2006, 12, 31)), (FINE, D(2007, 1, 1))):
        cuts, expected = one_by_one(rows, table)
        own = {"dimension": "RFM", "method": "CUTS", "cuts": cuts, "window_months": 0, "boxes": boxes(table)}
        path.write_text(json.dumps(own))
        call_command("policy", "apply", "classification", str(path), *people, "--json")
        assert marked(day) == {"customers": 995}
        assert Counter(RfmMark.objects.values_list("box", flat=True)) == expected
    assert expected == PUBLISHED
    assert RfmRun.objects.get().boxes == {**PUBLISHED, rfm.OTHERS: 0}


@pytest.mark.realdata
@pytest.mark.slow
@pytest.mark.django_db
def test_the_cdnow_sample_has_its_customers_and_repeats(realdata: Path, tmp_path: Path) -> None:
    lines = (realdata / "purchase" / "CDNOW_sample.txt").read_text().splitlines()
    cells = [line.split() for line in lines if line.strip()]
    rows = [(who, f"{day[:4]}-{day[4:6]}-{day[6:]}", amount) for who, _id, day, _n, amount in cells]
    with (realdata / "purchase" / "cdnow_customers_summary.csv").open(encoding="utf-8", newline="") as handle:
        summary = list(csv.DictReader(handle))
    first_half = [row for row in rows if row[1] <= "1997-09-30"]
    days = {(who, day) for who, day, _amount in first_half}
    once_a_day = [(who, day, "1.00") for who, day in sorted(days)]
    purchases(tmp_path, once_a_day)
    analyst, boss = UserFactory(role="analyst"), UserFactory(role="supervisor")
    class_rules.put_in_force(by=analyst, approve_by=boss, dimension="RFM", data={"window_months": 0})
    assert marked(D(1997, 9, 30)) == {"customers": 2357}
    counts = RfmMark.objects.order_by("customer__customer_no").values_list("count", flat=True)
    assert sum(count - 1 for count in counts) == 2457 == sum(int(row["frequency"]) for row in summary)
