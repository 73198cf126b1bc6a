"""An artificial bank of a given size, loaded as fast as the database takes it. Numbers, not plausibility."""

from __future__ import annotations

import datetime
from collections.abc import Iterator
from dataclasses import dataclass
from random import Random
from typing import Any

import numpy as np
from django.db import connection, transaction
from django.utils import timezone

from benchmarks import matters
from benchmarks.loading import columns_of, load, rows_of
from complaints.models import Complaint
from crm_site import arrays
from crm_site.cells import Cells
from crm_site.columns import Ints
from crm_site.encryption import encrypt
from crm_site.models import Department, Team, User
from customers import keys as hashes
from customers.models import Activity, ContactPoint, Customer, CustomerSearchKey

SURNAMES = "王李张刘陈杨赵黄周吴徐孙胡朱高林何郭马罗"
GIVEN = (
    "伟强磊洋勇军杰娟艳涛明超秀霞平刚桂芳敏静丽英华玉兰红玲芬建国"
    "文斌宇浩凯健俊帆帅旭宁龙林欢阳晨曦梦瑶思雨欣怡佳琪诗涵子轩博"
)
TEAMS = 20
PIECE = 100_000
_DIFFERING = ("customer_no", "full_name", "name_bidx", "updated_at")  # in the order of the columns


@dataclass(frozen=True)
class Bank:
    """What the cases need to know of the bank they run on."""

    size: int
    viewer: User
    team: Team
    sample: list[int]  # primary keys spread over the customers
    centre: matters.Centre


def name_of(random: Random) -> str:
    """Two or three characters."""
    return random.choice(SURNAMES) + "".join(random.choices(GIVEN, k=random.choice((1, 2, 2))))


def phone_of(number: int) -> str:
    """A number nobody has."""
    return f"+861980{number:07d}"


def _staff() -> tuple[User, list[Team]]:
    department = Department.objects.create(code="B", name="Bench", kind="SERVICE")
    teams = [
        Team.objects.create(code=f"T{n}", name=f"T{n}", department=department, purpose="SERVICE") for n in range(TEAMS)
    ]
    viewer = User.objects.create(
        username="bench", employee_no="B1", display_name="Bench", team=teams[0], roles=["supervisor"]
    )
    return viewer, teams


def _customers(size: int, random: Random) -> None:
    now = timezone.now()
    day = datetime.date(2020, 1, 1)
    example = Customer(customer_no="", status="ACTIVE", full_name="x", opened_on=day, created_at=now, updated_at=now)
    fields = columns_of(Customer)
    (values,) = rows_of([example], fields)
    own = [(place, field) for place, field in enumerate(fields) if field.name in _DIFFERING]

    def made() -> Iterator[list[Any]]:
        for n in range(size):
            row, seconds = values.copy(), datetime.timedelta(seconds=n)
            given = (f"C-{n:09d}", name_of(random), hashes.name(str(n)), now - seconds)
            for (place, field), value in zip(own, given, strict=True):
                row[place] = field.get_db_prep_save(value, connection)
            yield row

    load(Customer, [str(field.column) for field in fields], made())


def _keys_and_contacts() -> None:
    keys: list[tuple[bytes, int]] = []
    contacts: list[list[Any]] = []
    place = "customers.contactpoint.value"
    for n, (pk, name) in enumerate(Customer.objects.order_by("pk").values_list("pk", "full_name").iterator(5000)):
        keys += [(key, pk) for key in hashes.search_keys(name)]
        phone = phone_of(n)
        last4 = hashes.contact_last4("MOBILE", phone)
        contacts.append(
            [pk, "MOBILE", encrypt(phone, place=place), hashes.contact("MOBILE", phone), last4, "", True, "OK"]
        )
        if len(keys) > 200_000:
            load(CustomerSearchKey, ["key", "customer_id"], keys)
            keys = []
    load(CustomerSearchKey, ["key", "customer_id"], keys)
    names = ["customer_id", "type", "value", "value_bidx", "last4_bidx", "label", "preferred", "status"]
    load(ContactPoint, names, contacts)


def _activity() -> None:
    """By whole columns."""
    ids = np.array(Customer.objects.order_by("pk").values_list("pk", flat=True), dtype=np.int64)
    random = np.random.default_rng(7)
    for first in range(0, len(ids), PIECE):
        with transaction.atomic():
            arrays.write(Activity, _facts(ids[first : first + PIECE], random))


def _facts(ids: Ints, random: np.random.Generator) -> dict[str, Cells]:
    n = len(ids)
    close = timezone.localdate().replace(day=1) - datetime.timedelta(days=1)
    aum = random.lognormal(15, 1.5, n).astype(np.int64)
    count = np.where(random.random(n) > 0.1, random.lognormal(2, 1, n), 0).astype(np.int64)
    nobody = np.ones(n, dtype=bool)
    last = Cells(close.toordinal() - random.integers(0, 300, n), missing=count == 0)
    columns = {
        "customer_id": Cells(ids),
        "window_end": Cells.same(close.replace(day=1).toordinal(), n),
        "changed_at": Cells.at(timezone.now() - datetime.timedelta(days=400), n),
        "count_12m": Cells(count),
        "amount_12m_fen": Cells(count * 123_456),
        "inflow_12m_fen": Cells(count * 200_000),
        "last_active_on": last,
        "last_transaction_on": last,
        "opened_on": Cells(datetime.date(2015, 1, 1).toordinal() + random.integers(0, 3500, n)),
        "open_holdings": Cells(1 + count % 3),
        "ever_holdings": Cells(1 + count % 3),
        "families_mask": Cells(1 + count % 7),
        "active_months_12m": Cells(np.minimum(12, count)),
        "aum_fen": Cells(aum),
        "aum_3m_fen": Cells(aum),
        "aum_3m_prior_fen": Cells(aum * 9 // 10),
        "aum_3m_year_ago_fen": Cells(aum * 8 // 10),
        "aum_best_12m_fen": Cells(aum),
        "aum_year_ago_fen": Cells(aum * 8 // 10),
        "deposits_3m_fen": Cells(aum // 2),
        "contribution_fen": Cells(aum // 100),
        "occupation": Cells(random.integers(0, 4, n), ("MANAGER", "WORKER", "RETIRED", "")),
        "age_step": Cells(np.array((18, 25, 35, 36, 45, 55, 60, 65))[random.integers(0, 8, n)]),
        "dpd_24m": Cells(np.array((0, 0, 20, 0))[(late := random.integers(0, 4, n))], missing=late == 3),
        "rating": Cells(random.integers(0, 3, n), ("", "A", "B")),
    }
    for field in Activity._meta.concrete_fields:
        if field.attname not in columns:
            text = not field.null and field.get_default() == ""
            missing = nobody if field.null else None
            columns[field.attname] = Cells(np.zeros(n, dtype=np.int64), ("",) if text else None, missing)
    return columns


def fill(size: int, complaints: int | None = None) -> Bank:
    """The bank: ``size`` customers, and as many complaints unless told otherwise, one in 33 open."""
    random = Random(7)
    viewer, teams = _staff()
    _customers(size, random)
    _keys_and_contacts()
    _activity()
    ids = list(Customer.objects.order_by("pk").values_list("pk", flat=True))
    bank = Bank(size, viewer, teams[0], ids[:: max(1, size // 100)][:100], matters.centre(teams))
    return grow(bank, size if complaints is None else complaints)


def grow(bank: Bank, complaints: int) -> Bank:
    """The same bank with so many complaints."""
    matters.add(bank.centre, Complaint.objects.count(), complaints)
    with connection.cursor() as cursor:  # what a server does by itself after a load
        cursor.execute("VACUUM ANALYZE" if connection.vendor == "postgresql" else "ANALYZE")
    return bank
