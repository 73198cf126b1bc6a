"""Complaints of an artificial bank by the hundred thousand: rows, rounds, promises and clocks, copied in as they stand.

One in 33 is open, with three promises of which the earliest leads; a closed one has its kept answer. Everything about
a complaint follows from its number, so a bank can grow and stay the same bank.
"""

from __future__ import annotations

import datetime
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from django.core.management.color import no_style
from django.db import connection, models
from django.utils import timezone

from benchmarks.loading import columns_of, load, rows_of
from complaints.models import Clock, Complaint, Participation, Round
from crm_site.models import Department, Team, User
from customers.models import Customer, FollowUp, Product

OPEN_EVERY = 33
PROMISES = 3  # of an open one
PEOPLE = 5  # in a team
# keys of the further promises lie above those that are counted from one, so that a bank can grow
EXTRA_FROM, QUESTIONS_FROM = 1_000_000_000, 2_000_000_000
STATES = ("CLASSIFIED", "ASSESSED", "IN_PROGRESS", "IN_PROGRESS", "IN_PROGRESS", "FED_BACK")
CAUSES = [str(cause) for cause in Complaint.Cause.values]
CHANNELS = ("PHONE", "PHONE", "PHONE", "BRANCH", "APP", "WECHAT", "WEBFORM", "LETTER")
SOURCES = ("DIRECT",) * 18 + ("REGULATOR", "HOTLINE")
SUBJECTS = (
    "转账手续费重复收取",
    "信用卡年费减免未生效",
    "网点排队超过一小时",
    "手机银行无法登录",
    "ATM 吞卡",
    "提前还款违约金",
)


@dataclass(frozen=True)
class Centre:
    """Who the complaints belong to."""

    teams: list[Team]
    people: list[list[User]]  # by team
    departments: list[Department]
    products: list[Product]
    now: datetime.datetime


def centre(teams: list[Team]) -> Centre:
    """Handlers for each team, departments that help, products."""
    made = [
        User(
            username=f"bench-{team.code}-{n}",
            employee_no=f"{team.code}-{n}",
            display_name=f"Bench {team.code} {n}",
            team=team,
            roles=["senior" if n == 0 else "handler"],
        )
        for team in teams
        for n in range(PEOPLE)
    ]
    User.objects.bulk_create(made)
    people = [list(User.objects.filter(team=team).exclude(username="bench").order_by("pk")) for team in teams]
    departments = [Department.objects.create(code=f"D{n}", name=f"D{n}", kind="BUSINESS") for n in range(6)]
    products = [Product.objects.create(code=f"P{n}", name=f"P{n}", family="CARD") for n in range(10)]
    return Centre(teams, people, departments, products, timezone.now())


def is_open(n: int) -> bool:
    """Whether the complaint of this number still runs."""
    return n % OPEN_EVERY == 0


def _mix(n: int) -> int:
    """A number that looks like chance and is the same every time."""
    return (n * 2_654_435_761 >> 7) & 0xFFFFFF


class _Rows:
    """Database values of rows like one example, with some columns set anew for each: no model object a row."""

    def __init__(self, example: models.Model) -> None:
        self.model = type(example)
        self.fields = columns_of(self.model, without=())
        (self.values,) = rows_of([example], self.fields)
        self.at = {field.attname: place for place, field in enumerate(self.fields)}

    def row(self, **changes: Any) -> list[Any]:
        made = self.values.copy()
        for name, value in changes.items():
            made[self.at[name]] = value
        return made

    def load(self, rows: Iterator[list[Any]]) -> None:
        load(self.model, [str(field.column) for field in self.fields], rows)


def add(centre_: Centre, first: int, last: int) -> None:
    """The complaints with the numbers from ``first`` up to ``last``."""
    customers = list(Customer.objects.order_by("pk").values_list("pk", flat=True))
    numbers = range(first, last)
    opened = [n for n in numbers if is_open(n)]
    _load_promises(centre_, numbers, customers)
    _load_complaints(centre_, numbers, customers)
    _load_rounds(centre_, numbers)
    _load_clocks(centre_, numbers)
    _load_extra_promises(centre_, opened, customers)
    _reset_sequences()
    _ask_departments(centre_, opened)


def _received(centre_: Centre, n: int) -> datetime.datetime:
    days = n % 12 if is_open(n) else 3 + n % 700
    return centre_.now - datetime.timedelta(days=days, minutes=_mix(n) % 600)


def _hands(centre_: Centre, n: int) -> tuple[int, int | None]:
    """Team and owner; every tenth open one is nobody's yet."""
    place = n // OPEN_EVERY % len(centre_.teams) if is_open(n) else n % len(centre_.teams)
    free = is_open(n) and _mix(n) % 10 == 0
    return centre_.teams[place].pk, None if free else centre_.people[place][_mix(n) % PEOPLE].pk


def _due(centre_: Centre, n: int) -> datetime.datetime:
    return centre_.now + datetime.timedelta(hours=_mix(n) % 400 - 60, minutes=n % 60)


def _load_complaints(centre_: Centre, numbers: Sequence[int], customers: list[int]) -> None:
    example = Complaint(
        number="",
        nature="COMPLAINT",
        channel="PHONE",
        subject="",
        content="转账收取了两次手续费，希望退还并说明原因。",
        desired_outcome="退费",
        received_at=centre_.now,
        registered_at=centre_.now,
    )
    rows = _Rows(example)

    def made() -> Iterator[list[Any]]:
        for n in numbers:
            received, (team, owner) = _received(centre_, n), _hands(centre_, n)
            yield rows.row(
                id=n + 1,
                number=f"TS-BENCH-{n:08d}",
                state=STATES[_mix(n) % len(STATES)] if is_open(n) else "CLOSED",
                level=1 + _mix(n) % 3,
                customer_id=customers[n % len(customers)],
                channel=CHANNELS[_mix(n) % len(CHANNELS)],
                source=SOURCES[_mix(n) % len(SOURCES)],
                cause=CAUSES[_mix(n) % len(CAUSES)],
                product_id=centre_.products[n % len(centre_.products)].pk,
                subject=SUBJECTS[_mix(n) % len(SUBJECTS)],
                received_at=received,
                registered_at=received,
                registered_by_id=owner,
                team_id=team,
                owner_id=owner,
                leading_id=n + 1 if is_open(n) else None,
                closed_at=None if is_open(n) else received + datetime.timedelta(days=2),
            )

    rows.load(made())


def _promise(centre_: Centre) -> _Rows:
    example = FollowUp(
        kind="CLOCK",
        title="Give feedback",
        due_on=centre_.now.date(),
        due_at=centre_.now,
        promised_at=centre_.now,
        about_kind="complaint",
    )
    return _Rows(example)


def _load_promises(centre_: Centre, numbers: Sequence[int], customers: list[int]) -> None:
    rows = _promise(centre_)

    def made() -> Iterator[list[Any]]:
        for n in numbers:
            team, owner = _hands(centre_, n)
            running = is_open(n)
            due = _due(centre_, n) if running else _received(centre_, n) + datetime.timedelta(days=7)
            yield rows.row(
                id=n + 1,
                ref=f"b{n:09d}",
                customer_id=customers[n % len(customers)],
                due_on=due.date(),
                due_at=due,
                state="OPEN" if running else "KEPT",
                kept_at=None if running else due - datetime.timedelta(days=5),
                owner_id=owner,
                team_id=team,
                about_no=f"TS-BENCH-{n:08d}",
                about_level=1 + _mix(n) % 3,
                leads=running,
            )

    rows.load(made())


def _load_extra_promises(centre_: Centre, opened: list[int], customers: list[int]) -> None:
    """The later promises of what is open; their keys lie far above the others."""
    rows = _promise(centre_)

    def made() -> Iterator[list[Any]]:
        for n in opened:
            team, owner = _hands(centre_, n)
            for extra in range(1, PROMISES):
                due = _due(centre_, n) + datetime.timedelta(hours=30 * extra)
                yield rows.row(
                    id=EXTRA_FROM + n * PROMISES + extra,
                    ref=f"b{n:09d}-{extra}",
                    customer_id=customers[n % len(customers)],
                    due_on=due.date(),
                    due_at=due,
                    owner_id=owner,
                    team_id=team,
                    about_no=f"TS-BENCH-{n:08d}",
                    about_level=1 + _mix(n) % 3,
                )

    rows.load(made())


def _load_rounds(centre_: Centre, numbers: Sequence[int]) -> None:
    rows = _Rows(Round(no=1, complaint_id=1, received_at=centre_.now))

    def made() -> Iterator[list[Any]]:
        for n in numbers:
            received = _received(centre_, n)
            ended = None if is_open(n) else received + datetime.timedelta(days=2)
            yield rows.row(
                id=n + 1,
                complaint_id=n + 1,
                received_at=received,
                level=1 + _mix(n) % 3,
                fed_back_at=ended,
                closed_at=ended,
                outcome="" if ended is None else "SATISFIED",
            )

    rows.load(made())


def _load_clocks(centre_: Centre, numbers: Sequence[int]) -> None:
    example = Clock(
        round_id=1,
        follow_up_id=1,
        kind="FEEDBACK",
        profile="HANDBOOK_CN",
        profile_version="1",
        calendar_version="1",
        unit="WD",
        n=5,
        original_due_on=centre_.now.date(),
    )
    rows = _Rows(example)
    rows.load(rows.row(id=n + 1, round_id=n + 1, follow_up_id=n + 1) for n in numbers)


def _reset_sequences() -> None:
    with connection.cursor() as cursor:
        for statement in connection.ops.sequence_reset_sql(no_style(), [Complaint, FollowUp, Round, Clock]):
            cursor.execute(statement)


def _ask_departments(centre_: Centre, opened: list[int]) -> None:
    """A question to a department in every fourth open one, with a promise of its own."""
    asked = [n for n in opened if n // OPEN_EVERY % 4 == 0]
    every: Callable[[int], Department] = lambda n: centre_.departments[_mix(n) % len(centre_.departments)]  # noqa: E731
    promises = [
        FollowUp(
            pk=QUESTIONS_FROM + n,
            kind="ANSWER",
            title="Answer the complaints team",
            due_on=_due(centre_, n).date(),
            due_at=_due(centre_, n),
            promised_at=centre_.now,
            about_kind="complaint",
            about_no=f"TS-BENCH-{n:08d}",
        )
        for n in asked
    ]
    FollowUp.objects.bulk_create(promises, batch_size=2000)
    Participation.objects.bulk_create(
        (
            Participation(
                round_id=n + 1,
                department=every(n),
                follow_up=promise,
                task="请核对账务",
                invited_by=centre_.people[0][0],
                invited_at=centre_.now,
            )
            for n, promise in zip(asked, promises, strict=True)
        ),
        batch_size=2000,
    )
