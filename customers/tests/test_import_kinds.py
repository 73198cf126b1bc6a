"""What each kind of import makes of its rows."""

from __future__ import annotations

import datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from crm_site.models import Department
from customers import keys
from customers.models import (
    Activity,
    Customer,
    CustomerSearchKey,
    Holding,
    IdentityDocument,
    MonthlyBalance,
    StandingOrder,
    Transaction,
)
from customers.tests.factories import HoldingFactory, resident_id
from customers.tests.test_import import CUSTOMERS, HOLDINGS, TRANSACTIONS, Import, counts, refused, take

__all__ = ["take"]

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("now")]
D = datetime.date
FULL = CUSTOMERS | {
    "columns": {
        name: name
        for name in (
            "customer_no", "full_name", "document_number", "mobile", "email", "address", "birth_date", "sex",
            "occupation", "annual_income", "region_code", "opened_on", "home_branch",
        )
    },
    "values": {},
}  # fmt: skip


def full(**cells: str) -> str:
    """A table of one customer with these cells; the rest is empty."""
    row = {name: "" for name in FULL["columns"]} | {"customer_no": "C1", "full_name": "王小明"} | cells
    return ",".join(row) + "\n" + ",".join(row.values()) + "\n"


# --- customers --------------------------------------------------------------------------------------------------
def test_a_customer_is_found_by_name_phone_and_document_after_an_import(take: Import) -> None:
    Department.objects.create(code="BR1", name="Branch", kind="BRANCH")
    number = resident_id(7)
    take(
        FULL,
        full(
            document_number=number, mobile="138 0013 8000", email="A@Example.COM", address="世纪大道1号",
            occupation="MANAGER", annual_income="240000.00", region_code="310104", opened_on="2019-05-18",
            home_branch="BR1",
        ),
    )  # fmt: skip
    made = Customer.objects.get()
    assert (made.full_name, bytes(made.name_bidx)) == ("王小明", keys.name("王小明"))
    assert (made.birth_date, made.sex) == (D(1979, 5, 18), 2)  # as the identity number says
    assert (made.annual_income, made.home_branch.code, made.status) == (Decimal("240000.00"), "BR1", "ACTIVE")
    assert {bytes(key.key) for key in made.search_keys.all()} == keys.search_keys("王小明")
    assert {(p.type, p.value) for p in made.contact_points.all()} == {
        ("MOBILE", "+8613800138000"), ("EMAIL", "A@example.com"), ("ADDRESS", "世纪大道1号")
    }  # fmt: skip
    assert made.contact_points.filter(value_bidx=keys.contact("MOBILE", "+8613800138000")).exists()
    assert made.identity_documents.get().number == number
    assert made.completeness == 10 + 15 + 8 + 4 + 8 + 8 + 7 + 5
    assert Activity.objects.get().age_step == 45


def test_an_empty_cell_clears_nothing_agents_have_entered(take: Import) -> None:
    take(FULL, full(mobile="13800138000", occupation="MANAGER"))
    assert counts(take(FULL, full(email="a@example.com"))) == (0, 1, 0, 0, 0)
    made = Customer.objects.get()
    assert made.occupation == "MANAGER"
    assert made.contact_points.count() == 2
    assert counts(take(FULL, full())) == (0, 0, 1, 0, 0)


def test_a_new_name_is_the_only_one_the_customer_is_found_by(take: Import) -> None:
    take(FULL, full(full_name="王小明"))
    take(FULL, full(full_name="林晓彤"))
    assert {bytes(key.key) for key in CustomerSearchKey.objects.all()} == keys.search_keys("林晓彤")
    assert bytes(Customer.objects.get().name_bidx) == keys.name("林晓彤")


def test_a_second_document_becomes_the_primary_one(take: Import) -> None:
    take(FULL, full(document_number=resident_id(7)))
    take(FULL, full(document_number=resident_id(8)))
    papers = IdentityDocument.objects.order_by("pk").values_list("number", "primary")
    assert list(papers) == [(resident_id(7), False), (resident_id(8), True)]


def test_a_document_belongs_to_one_customer_of_the_bank_and_of_the_file(take: Import) -> None:
    take(FULL, full(document_number=resident_id(7)))
    second = take(FULL, full(customer_no="C2", document_number=resident_id(7)))
    assert counts(second) == (0, 0, 0, 0, 1)
    assert "C1" in refused(second)[0]["reason"]
    third = full(customer_no="C3", document_number=resident_id(9))
    row = third.splitlines()[1].replace("C3", "C4")
    for dry_run in (True, False):
        assert counts(take(FULL, third + row + "\n", dry_run=dry_run)) == (1, 0, 0, 0, 1)


@pytest.mark.parametrize(
    ("cells", "column"),
    [
        ({"document_number": resident_id(7)[:-1] + "0"}, "document_number"),
        ({"document_number": "110101900307451"}, "document_number"),
        ({"document_number": resident_id(7), "birth_date": "1980-01-01"}, "birth_date"),
        ({"document_number": resident_id(7), "sex": "1"}, "sex"),
        ({"birth_date": "2025-09-27"}, "birth_date"),
        ({"full_name": "Li4"}, "full_name"),
        ({"full_name": "王" * 61}, "full_name"),
        ({"full_name": ""}, "full_name"),
        ({"customer_no": "C 1"}, "customer_no"),
        ({"customer_no": ""}, "customer_no"),
        ({"customer_no": "../etc"}, "customer_no"),
        ({"mobile": "12345678901"}, "mobile"),
        ({"email": "nobody"}, "email"),
        ({"occupation": "Chief"}, "occupation"),
        ({"annual_income": "-1"}, "annual_income"),
        ({"annual_income": "1.999"}, "annual_income"),
        ({"region_code": "3101"}, "region_code"),
        ({"sex": "F"}, "sex"),
        ({"opened_on": "1.1.2020"}, "opened_on"),
        ({"home_branch": "NOWHERE"}, "home_branch"),
    ],
    ids=str,
)
def test_a_flawed_customer_is_refused_at_the_column(take: Import, cells: dict[str, str], column: str) -> None:
    result = take(FULL, full(**cells))
    assert counts(result) == (0, 0, 0, 0, 1)
    assert refused(result)[0]["column"] == column
    assert not Customer.objects.exists()


@pytest.mark.parametrize("name", ["NA", "Null", "None", "True", "Ng", "O'Brien", "买买提·阿不都", "欧阳娜"])
def test_names_that_look_like_nothing_are_names(take: Import, name: str) -> None:
    take(FULL, full(full_name=name))
    assert Customer.objects.get().full_name == name


def test_made_up_names_are_taken_only_when_the_profile_says_so(take: Import) -> None:
    assert counts(take(FULL | {"names": "as_given"}, full(full_name="Client 7"))) == (1, 0, 0, 0, 0)


def test_a_customer_merged_away_is_not_changed_any_more(take: Import) -> None:
    take(FULL, full())
    Customer.objects.update(status="MERGED")
    assert counts(take(FULL, full(occupation="MANAGER"))) == (0, 0, 0, 0, 1)


# --- holdings ---------------------------------------------------------------------------------------------------
ACCOUNT = HOLDINGS | {
    "columns": {
        name: name
        for name in ("source_id", "customer_no", "opened_on", "closed_on", "maturity_on", "currency", "product")
    }
}


def account(**cells: str) -> str:
    row = {name: "" for name in ACCOUNT["columns"]}
    row |= {"source_id": "A1", "customer_no": "C1", "opened_on": "2020-01-01"} | cells
    return ",".join(row) + "\n" + ",".join(row.values()) + "\n"


def test_an_account_is_found_by_its_number_and_closes_with_its_date(take: Import) -> None:
    take(FULL, full())
    take(ACCOUNT, account())
    made = Holding.objects.get()
    assert (made.account_no, made.status, made.currency, made.product.family) == ("A1", "OPEN", "CNY", "DEPOSIT")
    assert bytes(made.account_bidx) == keys.account("A1")
    assert Activity.objects.get().open_holdings == 1
    assert counts(take(ACCOUNT, account(closed_on="2025-09-01"))) == (0, 1, 0, 0, 0)
    assert Holding.objects.get().status == "CLOSED"
    assert Activity.objects.get().closed


@pytest.mark.parametrize(
    ("cells", "column"),
    [
        ({"customer_no": "C9"}, "customer_no"),
        ({"product": "GOLD"}, "product"),
        ({"opened_on": "2025-09-27"}, "opened_on"),
        ({"closed_on": "2019-12-31"}, "closed_on"),
        ({"maturity_on": "2019-12-31"}, "maturity_on"),
        ({"currency": "USD"}, "currency"),
        ({"source_id": ""}, "source_id"),
    ],
    ids=str,
)
def test_a_flawed_holding_is_refused_at_the_column(take: Import, cells: dict[str, str], column: str) -> None:
    take(FULL, full())
    result = take(ACCOUNT, account(**cells))
    assert refused(result)[0]["column"] == column
    assert not Holding.objects.exists()


def test_an_account_does_not_change_hands(take: Import) -> None:
    take(FULL, full())
    take(FULL, full(customer_no="C2"))
    take(ACCOUNT, account())
    result = take(ACCOUNT, account(customer_no="C2"))
    assert refused(result)[0]["column"] == "customer_no"


def test_owners_come_from_a_joined_file(take: Import, tmp_path: Path) -> None:
    take(FULL, full())
    (tmp_path / "owner.csv").write_text("acc;who;role\nA1;C9;AGENT\nA1;C1;OWNER\n", encoding="utf-8")
    profile = HOLDINGS | {
        "joins": [{"file": "owner.csv", "on": {"source_id": "acc"}, "where": {"role": "OWNER"}, "take": ["who"]}],
        "columns": {"source_id": "source_id", "customer_no": "owner.who", "opened_on": "opened_on"},
    }
    result = take(profile, "source_id,opened_on\nA1,2020-01-01\nA2,2020-01-01\n")
    assert counts(result) == (1, 0, 0, 0, 1)
    assert (refused(result)[0]["column"], refused(result)[0]["value"]) == ("source_id", "A2")


# --- transactions -----------------------------------------------------------------------------------------------
def movements(*rows: str) -> str:
    return "id,acc,day,amount,type\n" + "".join(f"{row}\n" for row in rows)


@pytest.fixture
def own() -> Holding:
    """An account of the source system CORE."""
    return HoldingFactory(source_system="CORE", source_id="A1")


def test_the_sign_says_the_direction_and_amounts_are_positive(take: Import, own: Holding) -> None:
    result = take(TRANSACTIONS, movements("T1,A1,2025-08-01,12.50,DEPOSIT", "T2,A1,2025-08-02,-7,WITHDRAWAL"))
    rows = Transaction.objects.order_by("source_txn_id").values_list("amount_fen", "direction", "customer_id")
    assert list(rows) == [(1250, "IN", own.customer_id), (700, "OUT", own.customer_id)]
    assert result["control"] == {"in_fen": 1250, "out_fen": 700}
    row = Activity.objects.get(pk=own.customer_id)
    assert (row.count_12m, row.amount_12m_fen, row.inflow_12m_fen) == (2, 1950, 1250)


@pytest.mark.parametrize(
    ("row", "column"),
    [
        ("T1,A1,2025-09-27,1,DEPOSIT", "day"),
        ("T1,A1,2025-08-01,1.234,DEPOSIT", "amount"),
        ("T1,A1,2025-08-01,1,Einzahlung", "type"),
        ("T1,A9,2025-08-01,1,DEPOSIT", "acc"),
        ("T1,,2025-08-01,1,DEPOSIT", "acc"),
        (",A1,2025-08-01,1,DEPOSIT", "id"),
    ],
)
def test_a_flawed_transaction_is_refused_at_the_column(take: Import, own: Holding, row: str, column: str) -> None:
    result = take(TRANSACTIONS, movements(row))
    assert refused(result)[0]["column"] == column
    assert not Transaction.objects.exists()


def test_a_number_that_comes_with_another_content_is_kept_apart(take: Import, own: Holding) -> None:
    take(TRANSACTIONS, movements("T1,A1,2025-08-01,12.50,DEPOSIT"))
    again = take(TRANSACTIONS | {"on_duplicate": "update"}, movements("T1,A1,2025-08-01,99,DEPOSIT"))
    assert counts(again) == (0, 0, 0, 0, 1)
    assert Transaction.objects.get().amount_fen == 1250


def test_rows_without_numbers_are_known_by_content_and_count(take: Import, own: Holding) -> None:
    profile: dict[str, Any] = TRANSACTIONS | {
        "key": ["acc", "day", "amount", "type"],
        "columns": {name: source for name, source in TRANSACTIONS["columns"].items() if name != "source_txn_id"},
    }
    row = "x,A1,2025-08-01,12.50,DEPOSIT"
    assert counts(take(profile, movements(row, row, row.replace("12.50", "13")))) == (3, 0, 0, 0, 0)
    assert counts(take(profile, movements(row.replace("12.50", "13"), row, row))) == (0, 0, 3, 0, 0)
    assert counts(take(profile, movements(row, row, row))) == (1, 0, 2, 0, 0)


def test_an_account_may_be_named_by_its_own_number(take: Import, own: Holding) -> None:
    profile = TRANSACTIONS | {"columns": TRANSACTIONS["columns"] | {"account_no": "acc"}}
    del profile["columns"]["account"]
    take(profile, movements(f"T1,{own.account_no},2025-08-01,5,DEPOSIT"))
    assert Transaction.objects.get().holding == own


# --- balances and orders ----------------------------------------------------------------------------------------
BALANCES: dict[str, Any] = {
    "name": "Core: balances",
    "kind": "balances",
    "source_system": "CORE",
    "columns": {"account": "acc", "month": "month", "average": "avg", "end": "end"},
}


def test_balances_make_assets_and_a_corrected_one_counts_again(take: Import, own: Holding) -> None:
    text = "acc,month,avg,end\nA1,2025-08,1000.50,900\nA1,2025-07,-20,0\n"
    result = take(BALANCES, text)
    assert counts(result) == (2, 0, 0, 0, 0)
    assert result["control"] == {"average_fen": 98_050, "end_fen": 90_000}
    assert Activity.objects.get(pk=own.customer_id).aum_fen == 100_050
    assert counts(take(BALANCES, text.replace("1000.50", "2000"))) == (0, 1, 1, 0, 0)
    assert Activity.objects.get(pk=own.customer_id).aum_fen == 200_000
    assert MonthlyBalance.objects.get(month=D(2025, 7, 1)).average_fen == -2_000


@pytest.mark.parametrize(
    ("row", "column"), [("A1,2025-10,1,1", "month"), ("A1,2025-08,,1", "avg"), ("A9,2025-08,1,1", "acc")]
)
def test_a_flawed_balance_is_refused_at_the_column(take: Import, own: Holding, row: str, column: str) -> None:
    assert refused(take(BALANCES, f"acc,month,avg,end\n{row}\n"))[0]["column"] == column


def test_standing_orders_come_in_and_change(take: Import, own: Holding) -> None:
    profile: dict[str, Any] = {
        "name": "Core: orders",
        "kind": "orders",
        "source_system": "CORE",
        "columns": {"source_id": "id", "account": "acc", "amount": "amount", "counterparty_account": "to"},
    }
    text = "id,acc,amount,to\nO1,A1,100.10,87144583\n"
    assert take(profile, text)["control"] == {"amount_fen": 10_010}
    assert counts(take(profile, text)) == (0, 0, 1, 0, 0)
    assert counts(take(profile, text.replace("100.10", "200"))) == (0, 1, 0, 0, 0)
    made = StandingOrder.objects.get()
    assert (made.amount_fen, made.counterparty_account) == (20_000, "87144583")
