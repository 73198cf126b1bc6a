"""An artificial bank of a given size, loaded as fast as the database takes it. Numbers, not plausibility."""

from __future__ import annotations

import datetime
import io
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from random import Random
from typing import Any

from django.db import connection, models, transaction
from django.utils import timezone

from crm_site.encryption import encrypt
from crm_site.models import Department, Team, User
from customers import keys as hashes
from customers.models import Activity, ContactPoint, Customer, CustomerSearchKey, FollowUp

SURNAMES = "王李张刘陈杨赵黄周吴徐孙胡朱高林何郭马罗"
GIVEN = (
    "伟强磊洋勇军杰娟艳涛明超秀霞平刚桂芳敏静丽英华玉兰红玲芬建国"
    "文斌宇浩凯健俊帆帅旭宁龙林欢阳晨曦梦瑶思雨欣怡佳琪诗涵子轩博"
)
TEAMS = 20
BATCH = 20_000


@dataclass(frozen=True)
class Bank:
    """What the cases need to know of the bank they run on."""

    size: int
    viewer: User
    team: Team
    sample: list[int]  # primary keys spread over the customers


def _cell(value: Any) -> str:
    if value is None:
        return r"\N"
    value = getattr(value, "adapted", value)  # psycopg2 wraps bytes
    if isinstance(value, bytes | memoryview):
        return r"\\x" + value.hex()
    if isinstance(value, bool):
        return "t" if value else "f"
    return str(value)


def load(model: type[models.Model], columns: Sequence[str], rows: Iterable[Sequence[Any]]) -> None:
    """COPY on PostgreSQL, executemany on SQLite; every column without a value must have been named."""
    table, names = model._meta.db_table, ", ".join(f'"{column}"' for column in columns)
    with transaction.atomic(), connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            for chunk in _chunks(rows):
                text = io.StringIO("".join("\t".join(map(_cell, row)) + "\n" for row in chunk))
                cursor.cursor.copy_expert(f'COPY "{table}" ({names}) FROM STDIN', text)
        else:
            marks = ", ".join(["%s"] * len(columns))
            for chunk in _chunks(rows):
                cursor.executemany(f'INSERT INTO "{table}" ({names}) VALUES ({marks})', chunk)  # noqa: S608


def _chunks(rows: Iterable[Sequence[Any]]) -> Iterator[list[Sequence[Any]]]:
    chunk: list[Sequence[Any]] = []
    for row in rows:
        chunk.append(row)
        if len(chunk) == BATCH:
            yield chunk
            chunk = []
    if chunk:
        yield chunk


def columns_of(model: type[models.Model], *, without: Sequence[str] = ("id",)) -> list[models.Field[Any, Any]]:
    """Concrete fields in order, but those the database fills."""
    return [field for field in model._meta.concrete_fields if field.name not in without]


def rows_of(objects: Iterable[models.Model], fields: Sequence[models.Field[Any, Any]]) -> Iterator[list[Any]]:
    """Database values of unsaved objects, encrypted and adapted as save() would."""
    for made in objects:
        yield [field.get_db_prep_save(getattr(made, field.attname), connection) for field in fields]


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
            yield Activity(
                customer_id=pk,
                window_end=month.replace(day=1),
                count_12m=count,
                amount_12m_fen=count * 123_456,
                inflow_12m_fen=count * 200_000,
                last_active_on=month - datetime.timedelta(days=random.randrange(300)) if count else None,
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


def _complaints(size: int, teams: list[Team], viewer: User, random: Random) -> None:
    from complaints.models import Complaint

    now = timezone.now()
    ids = list(Customer.objects.order_by("pk").values_list("pk", flat=True))
    content = encrypt("x", place="complaints.complaint.content")
    made = []
    for n in range(size):
        received = now - datetime.timedelta(days=3 + n % 700)
        is_open = n % 33 == 0
        made.append(
            Complaint(
                number=f"TS-BENCH-{n:08d}",
                nature="COMPLAINT",
                state="IN_PROGRESS" if is_open else "CLOSED",
                level=1 + n % 3,
                customer_id=ids[n % len(ids)],
                channel="PHONE",
                received_at=received,
                registered_at=received,
                subject="bench",
                team=teams[n % TEAMS],
                closed_at=None if is_open else received + datetime.timedelta(days=2),
            )
        )
    fields = columns_of(Complaint)
    load(Complaint, [str(field.column) for field in fields], rows_of(made, fields))
    Complaint.objects.update(content=content)
    _promises(random, now)


def _promises(random: Random, now: datetime.datetime) -> None:
    from complaints.models import Complaint

    waiting = list(Complaint.objects.open().order_by("pk"))
    promises = []
    for complaint in waiting:
        for extra in range(3):
            due = now + datetime.timedelta(hours=random.randrange(-100, 300) + 30 * extra)
            promises.append(
                FollowUp(
                    customer_id=complaint.customer_id,
                    kind="CLOCK",
                    title="Give feedback",
                    due_on=due.date(),
                    due_at=due,
                    team_id=complaint.team_id,
                    promised_at=now,
                    about_kind="complaint",
                    about_no=complaint.number,
                    about_level=complaint.level,
                )
            )
    FollowUp.objects.bulk_create(promises, batch_size=500)
    first = {}
    for promise in FollowUp.objects.filter(about_kind="complaint").order_by("-due_at").only("pk", "about_no"):
        first[promise.about_no] = promise.pk
    for complaint in waiting:
        complaint.leading_id = first[complaint.number]
    Complaint.objects.bulk_update(waiting, ["leading"], batch_size=500)
    FollowUp.objects.filter(pk__in=Complaint.objects.open().values("leading")).update(leads=True)


def fill(size: int) -> Bank:
    """The bank: ``size`` customers and as many complaints, one in 33 open."""
    random = Random(7)
    viewer, teams = _staff()
    _customers(size, random)
    _keys_and_contacts()
    _activity(random)
    _complaints(size, teams, viewer, random)
    with connection.cursor() as cursor:  # what a server does by itself after a load
        cursor.execute("VACUUM ANALYZE" if connection.vendor == "postgresql" else "ANALYZE")
    ids = list(Customer.objects.order_by("pk").values_list("pk", flat=True))
    return Bank(size, viewer, teams[0], ids[:: max(1, size // 100)][:100])
