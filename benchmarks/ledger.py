"""Raw rows of an artificial bank: one account a customer and fifteen movements a year, copied in by whole columns."""

from __future__ import annotations

import contextlib
import datetime
from collections.abc import Iterator

import numpy as np
from django.db import connection, transaction
from django.utils import timezone

from benchmarks.loading import load
from crm_site import arrays
from crm_site.cells import Cells
from crm_site.columns import Ints
from crm_site.encryption import encrypt
from customers.models import Customer, Holding, Product, Transaction

EACH = 15
DAYS = 700  # how far back movements reach
PIECE = 200_000
KINDS = ("CARD_SPEND", "TRANSFER", "SALARY", "FEE", "PURCHASE", "OTHER")
WAYS = ("OUT", "IN")


@contextlib.contextmanager
def _unchecked() -> Iterator[None]:
    """Without the checks of foreign keys, which for fifteen million rows take longer than the rows."""
    with connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            cursor.execute("SET session_replication_role = replica")
        yield
        if connection.vendor == "postgresql":
            cursor.execute("SET session_replication_role = DEFAULT")


def movements(holdings: Ints, customers: Ints, first: int, last: int) -> dict[str, Cells]:
    """The movements with these numbers, by column; everything about one follows from its number."""
    number = np.arange(first, last, dtype=np.int64)
    chance = (number * 2_654_435_761 >> 7) & 0xFFFFFF
    who = chance % len(customers)
    kind = chance // 7 % len(KINDS)
    inward = (kind == KINDS.index("SALARY")) | (chance % 11 == 0)
    today = timezone.localdate().toordinal()
    names = tuple(f"{n:x}" for n in range(first, last))
    n = len(number)
    return {
        "holding_id": Cells(holdings[who]),
        "customer_id": Cells(customers[who]),
        "posted_on": Cells(today - 1 - chance // 13 % DAYS),
        "amount_fen": Cells(1 + chance % 900_001),
        "direction": Cells(inward.astype(np.int64), WAYS),
        "type": Cells(kind, KINDS),
        "currency": Cells(np.zeros(n, dtype=np.int64), ("CNY",)),
        "customer_initiated": Cells((chance % 5 > 0).astype(np.int64)),
        "source_system": Cells(np.zeros(n, dtype=np.int64), ("BENCH",)),
        "source_txn_id": Cells(number - first, names),
    }


def fill(each: int = EACH) -> int:
    """Accounts and movements for every customer there is; how many movements there are now."""
    customers = np.array(Customer.objects.order_by("pk").values_list("pk", flat=True), dtype=np.int64)
    total = each * len(customers)
    if Transaction.objects.exists():
        return total
    _accounts(customers)
    holdings = np.array(Holding.objects.order_by("customer_id").values_list("pk", flat=True), dtype=np.int64)
    with _unchecked():
        for first in range(0, total, PIECE):
            with transaction.atomic():
                arrays.write(Transaction, movements(holdings, customers, first, min(first + PIECE, total)))
    with connection.cursor() as cursor:
        for model in (Holding, Transaction):
            cursor.execute(f"{'VACUUM ' if connection.vendor == 'postgresql' else ''}ANALYZE {model._meta.db_table}")
    return total


def _accounts(customers: Ints) -> None:
    product = Product.objects.get_or_create(code="LEDGER", defaults={"name": "Current account", "family": "DEPOSIT"})[0]
    number = encrypt("1", place="customers.holding.account_no")
    opened = datetime.date(2019, 1, 1)
    same = (product.pk, number, b"a", b"b", opened, "CNY", "OPEN", "BENCH")
    names = ("product_id", "account_no", "account_bidx", "last4_bidx", "opened_on", "currency", "status")
    rows = ((pk, *same, str(pk)) for pk in customers.tolist())
    load(Holding, ["customer_id", *names, "source_system", "source_id"], rows)
