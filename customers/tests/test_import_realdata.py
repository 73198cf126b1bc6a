"""Real banks through the profiles we ship: counts their publishers give, sums made here from the raw files."""

from __future__ import annotations

import csv
import datetime
import re
from collections import Counter, defaultdict
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from django.db.models import Count, Sum

from crm_site.testing import table_hash
from customers.actions import activity, rebuilding
from customers.actions.imports import run_import
from customers.models import Activity, Customer, Holding, MonthlyActivity, StandingOrder, Transaction

pytestmark = [pytest.mark.realdata, pytest.mark.django_db, pytest.mark.slow]
PROFILES = Path("docs/profiles")
D = datetime.date


def raw(path: Path, delimiter: str) -> list[dict[str, str]]:
    """The file as Python's own reader sees it."""
    with path.open(encoding="utf-8", newline="") as handle:
        return list(csv.DictReader(handle, delimiter=delimiter))


def take(kind: str, path: Path, profile: str, **options: Any) -> dict[str, Any]:
    return run_import(by=None, kind=kind, path=path, profile=PROFILES / f"{profile}.json", **options)


def twice(kind: str, path: Path, profile: str, rows: int) -> dict[str, Any]:
    """Rehearse, import, import again; the second time nothing is created, updated or refused."""
    rehearsed = take(kind, path, profile, dry_run=True)
    first = take(kind, path, profile)
    before = table_hash(leave_out=["customers_importbatch"])
    second = take(kind, path, profile)
    assert first | {"batch": None} == rehearsed
    assert (first["rows"], first["created"], first["rejected"]) == (rows, rows, 0)
    assert (second["created"], second["updated"], second["unchanged"], second["rejected"]) == (0, 0, rows, 0)
    assert second["control"] == first["control"]
    assert table_hash(leave_out=["customers_importbatch"]) == before
    return first["control"]


def test_berka_comes_in_whole_and_agrees_with_the_raw_files(realdata: Path) -> None:
    folder = realdata / "berka"
    sexes = twice("customers", folder / "client.asc", "berka_client", 5369)
    assert sexes == {"female": 2645, "male": 2724}
    _clients_agree(raw(folder / "client.asc", ";"))

    assert twice("holdings", folder / "account.asc", "berka_account", 4500) == {"open": 4500}
    owners = {row["account_id"]: row["client_id"] for row in raw(folder / "disp.asc", ";") if row["type"] == "OWNER"}
    held = Holding.objects.values_list("source_id", "customer__customer_no")
    assert dict(held) == {account: f"BERKA-{client}" for account, client in owners.items()}

    orders = raw(folder / "order.asc", ";")
    control = twice("orders", folder / "order.asc", "berka_order", 6471)
    assert control == {"amount_fen": sum(int(Decimal(row["amount"]) * 100) for row in orders)}
    purposes = StandingOrder.objects.order_by().values_list("purpose").annotate(Count("pk"))
    assert dict(purposes)["household"] == sum(row["k_symbol"] == "SIPO" for row in orders)

    movements = raw(folder / "trans_first5pct.csv", ",")
    control = twice("transactions", folder / "trans_first5pct.csv", "berka_trans", 52816)
    came_in = sum(int(row["amount"]) * 100 for row in movements if row["type"] == "credit")
    assert control == {"in_fen": came_in, "out_fen": sum(int(row["amount"]) * 100 for row in movements) - came_in}
    _months_agree(movements, owners)
    assert rebuilding.rebuild() == 0
    _april_1994_agrees(movements, owners, raw(folder / "account.asc", ";"))


def _clients_agree(clients: list[dict[str, str]]) -> None:
    born = dict(Customer.objects.values_list("customer_no", "birth_date"))
    for row in clients:
        year, month, day = re.findall("..", row["birth_number"])
        month_number = int(month) - 50 if int(month) > 12 else int(month)
        assert born[f"BERKA-{row['client_id']}"] == D(1900 + int(year), month_number, int(day))
    assert Activity.objects.count() == len(clients)


def _months_agree(movements: list[dict[str, str]], owners: dict[str, str]) -> None:
    came_in: dict[tuple[str, D], int] = defaultdict(int)
    for row in movements:
        client = owners[str(int(row["account_id"][1:]))]
        if row["type"] == "credit":
            came_in[(f"BERKA-{client}", D.fromisoformat(row["date"]).replace(day=1))] += int(row["amount"]) * 100
    stored = MonthlyActivity.objects.exclude(inflow_fen=0)
    assert {
        (number, month): amount
        for number, month, amount in stored.values_list("customer__customer_no", "month", "inflow_fen")
    } == {key: amount for key, amount in came_in.items() if amount}


def _april_1994_agrees(movements: list[dict[str, str]], owners: dict[str, str], accounts: list[dict[str, str]]) -> None:
    """The night of 30 April 1994 sees twelve months, the accounts opened by then, and nothing that came later."""
    activity.roll(D(1994, 4, 30))
    assert set(Activity.objects.values_list("window_end", flat=True)) == {D(1994, 4, 1)}
    numbers = Counter(
        f"BERKA-{owners[str(int(row['account_id'][1:]))]}"
        for row in movements
        if row["date"] >= "1993-05-01"
        and (row["k_symbol"] in ("", "household", "insurrance_pmt", "loan_pmt"))
        and row["operation"] != "collection_from_another_bank"
    )
    rows = Activity.objects.values_list("customer__customer_no", "count_12m", "open_holdings", "aum_fen")
    assert {number: count for number, count, _open, _aum in rows if count} == dict(numbers)
    opened = sum(row["date"] <= "940430" for row in accounts)
    assert sum(open_holdings for _number, _count, open_holdings, _aum in rows) == opened
    assert {aum for *_rest, aum in rows} == {None}  # no averages are fed, so none are known
    assert activity.roll(D(1994, 4, 30)) == 0


@pytest.mark.parametrize("again", [False, True], ids=["whole", "cut in two and overlapping"])
def test_berka_transactions_land_once_however_they_are_cut(realdata: Path, tmp_path: Path, again: bool) -> None:
    folder = realdata / "berka"
    take("customers", folder / "client.asc", "berka_client")
    take("holdings", folder / "account.asc", "berka_account")
    lines = (folder / "trans_first5pct.csv").read_text(encoding="utf-8").splitlines(keepends=True)
    if again:
        # whole days overlap, as when a bank delivers a week twice
        cut = next(number for number, line in enumerate(lines) if ",1993-06-01," in line)
        overlap = next(number for number, line in enumerate(lines) if ",1993-05-20," in line)
        for name, part in (("a.csv", lines[1:cut]), ("b.csv", lines[overlap:])):
            (tmp_path / name).write_text("".join([lines[0], *part]), encoding="utf-8")
            take("transactions", tmp_path / name, "berka_trans")
    else:
        take("transactions", folder / "trans_first5pct.csv", "berka_trans")
    total = sum(int(line.split(",")[4]) * 100 for line in lines[1:])
    assert Transaction.objects.aggregate(count=Count("pk"), total=Sum("amount_fen")) == {
        "count": 52816,
        "total": total,
    }


def test_the_bank_of_the_telephone_campaigns_comes_in_by_its_rows(realdata: Path) -> None:
    twice("customers", realdata / "bank_marketing" / "bank.csv", "bank_marketing", 4521)
    jobs = Counter(row["job"] for row in raw(realdata / "bank_marketing" / "bank.csv", ";"))
    kept = dict(Customer.objects.order_by().values_list("occupation").annotate(Count("pk")))
    assert (kept["MANAGER"], kept["RETIRED"], kept[""]) == (jobs["management"], jobs["retired"], jobs["unknown"])
    assert sum(kept.values()) == 4521
    assert Customer.objects.filter(customer_no="BM-00001", occupation="UNEMPLOYED").exists()


def test_the_bank_that_loses_customers_comes_in_by_its_numbers(realdata: Path) -> None:
    path = realdata / "churn" / "Churn_Modelling.csv"
    control = twice("customers", path, "churn_modelling", 10_000)
    rows = raw(path, ",")
    assert control == {
        "male": sum(r["Gender"] == "Male" for r in rows),
        "female": sum(r["Gender"] == "Female" for r in rows),
    }  # noqa: E501
    assert Customer.objects.filter(status="CLOSED").count() == sum(row["Exited"] == "1" for row in rows)
    incomes = dict(Customer.objects.values_list("customer_no", "annual_income"))
    assert all(incomes[row["CustomerId"]] == Decimal(row["EstimatedSalary"]) for row in rows)


def test_blanks_in_a_column_that_is_needed_are_refused_by_row(realdata: Path, tmp_path: Path) -> None:
    path = realdata / "churn" / "dirty_Churn_45_blanks.csv"
    blank = sum(not row["Gender"].strip() for row in raw(path, ","))
    strict = (PROFILES / "churn_modelling.json").read_text(encoding="utf-8")
    (tmp_path / "p.json").write_text(strict.replace('"on_duplicate"', '"required": ["sex"], "on_duplicate"'))
    result = run_import(by=None, kind="customers", path=path, profile=tmp_path / "p.json")
    assert (result["created"], result["rejected"]) == (10_000 - blank, blank)
    assert blank == 24
