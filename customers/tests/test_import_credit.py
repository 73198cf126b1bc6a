"""Credit records of the risk system, taken in: longest delay, debt service, rating (domain C.2; docs/IMPORT.md)."""

from __future__ import annotations

import datetime
from typing import Any

import pytest

from customers.models import Activity, CreditRecord, Customer
from customers.tests.factories import CustomerFactory
from customers.tests.test_import import Import, counts, refused, take

__all__ = ["take"]

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("now")]
D = datetime.date
CREDIT: dict[str, Any] = {
    "name": "Risk: credit records",
    "kind": "credit",
    "source_system": "RISK",
    "columns": {
        "customer_no": "who", "as_of": "day", "max_dpd_24m": "late", "debt_service": "share",
        "internal_rating": "mark",
    },
}  # fmt: skip


@pytest.fixture
def known() -> Customer:
    return CustomerFactory(customer_no="C1")


def table(*rows: str) -> str:
    return "who,day,late,share,mark\n" + "".join(f"{row}\n" for row in rows)


def facts(customer: Customer) -> tuple[int | None, int | None, str]:
    row = Activity.objects.get(pk=customer.pk)
    return row.dpd_24m, row.debt_service_bp, row.rating


def test_the_latest_record_is_what_the_night_goes_by(take: Import, known: Customer) -> None:
    text = table("C1,2025-07-31,45,32.5,C", "C1,2025-08-31,0,,")
    result = take(CREDIT, text)
    assert counts(result) == (2, 0, 0, 0, 0)
    assert result["control"] == {"late": 1, "rated": 1, "debt_service_bp": 3_250}
    assert facts(known) == (0, None, "")  # what the later one leaves out is not known
    assert set(CreditRecord.objects.values_list("source", flat=True)) == {"RISK"}
    before = Activity.objects.get(pk=known.pk).changed_at
    assert counts(take(CREDIT, text)) == (0, 0, 2, 0, 0)
    assert Activity.objects.get(pk=known.pk).changed_at == before
    assert counts(take(CREDIT, text.replace(",0,,", ",12,80%,E"))) == (0, 1, 1, 0, 0)
    assert facts(known) == (12, 8_000, "E")


@pytest.mark.parametrize(
    ("row", "column"),
    [
        ("C9,2025-08-31,0,,", "who"),
        (",2025-08-31,0,,", "who"),
        ("C1,2025-09-27,0,,", "day"),
        ("C1,,0,,", "day"),
        ("C1,2025-08-31,-1,,", "late"),
        ("C1,2025-08-31,40000,,", "late"),
        ("C1,2025-08-31,1.5,,", "late"),
        ("C1,2025-08-31,,-3,", "share"),
        ("C1,2025-08-31,,0.325x,", "share"),
        ("C1,2025-08-31,,10001,", "share"),
        ("C1,2025-08-31,,,F", "mark"),
        ("C1,2025-08-31,,,a", "mark"),
        ("C1,2025-08-31,,,", "mark"),
    ],
)
def test_a_flawed_record_is_refused_at_the_column(take: Import, known: Customer, row: str, column: str) -> None:
    result = take(CREDIT, table(row))
    assert counts(result) == (0, 0, 0, 0, 1)
    assert refused(result)[0]["column"] == column
    assert not CreditRecord.objects.exists()


def test_a_rehearsal_counts_the_same_and_keeps_nothing(take: Import, known: Customer) -> None:
    rehearsed = take(CREDIT, table("C1,2025-08-31,45,32.5,C"), dry_run=True)
    assert (counts(rehearsed), rehearsed["control"]["late"]) == ((1, 0, 0, 0, 0), 1)
    assert not CreditRecord.objects.exists()
