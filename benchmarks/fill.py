"""An artificial bank of a given size, loaded as fast as the database takes it. Numbers, not plausibility."""

from __future__ import annotations

import datetime
from collections.abc import Iterator
from dataclasses import dataclass
from random import Random
from typing import Any

from django.db import connection
from django.utils import timezone

from benchmarks import matters
from benchmarks.loading import columns_of, load, rows_of
from complaints.models import Complaint
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
    fields = columns_of(Customer)
    day = datetime.date(2020, 1, 1)
    made = (
        Customer(
            customer_no=f"C-{n:09d}",
            status="ACTIVE",
            full_name=name_of(random),
            name_bidx=hashes.name(str(n)),
            opened_on=day,
            created_at=now,
            updated_at=now - datetime.timedelta(seconds=n),
        )
        for n in range(size)
    )
    load(Customer, [str(field.column) for field in fields], rows_of(made, fields))


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


def _activity(random: Random) -> None:
    now = timezone.now()
    fields = columns_of(Activity, without=())
    month = timezone.localdate().replace(day=1) - datetime.timedelta(days=1)

    def made() -> Iterator[Activity]:
        for pk in Customer.objects.order_by("pk").values_list("pk", flat=True).iterator(5000):
            aum = int(random.lognormvariate(15, 1.5))
            count = int(random.lognormvariate(2, 1)) if random.random() > 0.1 else 0
            last = month - datetime.timedelta(days=random.randrange(300)) if count else None
            yield Activity(
                customer_id=pk,
                window_end=month.replace(day=1),
                count_12m=count,
                amount_12m_fen=count * 123_456,
                inflow_12m_fen=count * 200_000,
                last_active_on=last,
                last_transaction_on=last,
                opened_on=datetime.date(2015, 1, 1) + datetime.timedelta(days=random.randrange(3500)),
                open_holdings=1 + count % 3,
                ever_holdings=1 + count % 3,
                families_mask=1 + count % 7,
                active_months_12m=min(12, count),
                aum_fen=aum,
                aum_3m_fen=aum,
                aum_3m_prior_fen=aum * 9 // 10,
                aum_3m_year_ago_fen=aum * 8 // 10,
                aum_best_12m_fen=aum,
                aum_year_ago_fen=aum * 8 // 10,
                deposits_3m_fen=aum // 2,
                contribution_fen=aum // 100,
                occupation=random.choice(("MANAGER", "WORKER", "RETIRED", "")),
                age_step=random.choice((18, 25, 35, 36, 45, 55, 60, 65)),
                dpd_24m=random.choice((None, 0, 0, 20)),
                rating=random.choice(("", "A", "B")),
                changed_at=now - datetime.timedelta(days=400),
            )

    load(Activity, [str(field.column) for field in fields], rows_of(made(), fields))


def fill(size: int, complaints: int | None = None) -> Bank:
    """The bank: ``size`` customers, and as many complaints unless told otherwise, one in 33 open."""
    random = Random(7)
    viewer, teams = _staff()
    _customers(size, random)
    _keys_and_contacts()
    _activity(random)
    ids = list(Customer.objects.order_by("pk").values_list("pk", flat=True))
    bank = Bank(size, viewer, teams[0], ids[:: max(1, size // 100)][:100], matters.centre(teams))
    return grow(bank, size if complaints is None else complaints)


def grow(bank: Bank, complaints: int) -> Bank:
    """The same bank with so many complaints."""
    matters.add(bank.centre, Complaint.objects.count(), complaints)
    with connection.cursor() as cursor:  # what a server does by itself after a load
        cursor.execute("VACUUM ANALYZE" if connection.vendor == "postgresql" else "ANALYZE")
    return bank
