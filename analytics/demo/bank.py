"""Customers of the demonstration bank with everything that is imported in a real one, written in bulk."""

from __future__ import annotations

import datetime
from random import Random

from django.utils import timezone

from analytics.demo import money
from analytics.demo.people import Person, people
from crm_site.models import Department, User
from customers import keys, models
from customers.actions import rebuilding

BATCH = 1000
SYSTEM = "demo"
_TEMPLATE_CONSENTS = (
    ("SERVICE", "ALL", 1.0),
    ("MARKETING", "SMS", 0.55),
    ("MARKETING", "PHONE", 0.3),
    ("PROFILING_MARKETING", "ALL", 0.6),
)


def bank(random: Random, *, count: int, today: datetime.date, staff: dict[str, User]) -> list[models.Customer]:
    """All customers, their holdings, balances, movements, consents and credit records; activity derived at the end."""
    persons = list(people(random, count=count, today=today))
    customers = _customers(random, persons, staff)
    _contacts(persons, customers)
    _search_keys(persons, customers)
    _consents(random, persons, customers)
    _credit(random, customers, today)
    _money(random, persons, customers, today)
    rebuilding.rebuild()
    return customers


def _customers(random: Random, persons: list[Person], staff: dict[str, User]) -> list[models.Customer]:
    branches = list(Department.objects.filter(kind=Department.Kind.BRANCH))
    made = [
        models.Customer(
            customer_no=f"C-{person.opened_on.year}-{person.number:06d}",
            status="ACTIVE",
            full_name=person.name,
            name_bidx=keys.name(person.name),
            sex=2 if person.female else 1,
            birth_date=person.born,
            occupation=person.occupation,
            annual_income=person.income or None,
            region_code="310000",
            home_branch=random.choice(branches),
            opened_on=person.opened_on,
            risk_tolerance=random.choice(("", "C1", "C2", "C3", "C4")),
            restricted=person.wealth == 3 and random.random() < 0.3,
            owner=staff["senior"] if person.wealth == 3 else staff["agent"] if random.random() < 0.1 else None,
            completeness=random.randrange(62, 98),
            last_verified_on=timezone.localdate() - datetime.timedelta(days=random.randrange(20, 600)),
            is_demo=True,
        )
        for person in persons
    ]
    return models.Customer.objects.bulk_create(made, batch_size=BATCH)


def _contacts(persons: list[Person], customers: list[models.Customer]) -> None:
    points, documents = [], []
    now = timezone.now()
    for person, customer in zip(persons, customers, strict=True):
        for kind, value in (("MOBILE", person.mobile), ("EMAIL", person.email)):
            if value:
                points.append(
                    models.ContactPoint(
                        customer=customer,
                        type=kind,
                        value=value,
                        value_bidx=keys.contact(kind, value),
                        last4_bidx=keys.contact_last4(kind, value),
                        preferred=kind == "MOBILE",
                        verified_at=now,
                    )
                )
        documents.append(
            models.IdentityDocument(
                customer=customer,
                type="RESIDENT_ID",
                number=person.identity_number,
                number_bidx=keys.document(person.identity_number),
                last4_bidx=keys.document_last4(person.identity_number),
                verified_at=now,
            )
        )
    models.ContactPoint.objects.bulk_create(points, batch_size=BATCH)
    models.IdentityDocument.objects.bulk_create(documents, batch_size=BATCH)


def _search_keys(persons: list[Person], customers: list[models.Customer]) -> None:
    rows = [
        models.CustomerSearchKey(customer=customer, key=key)
        for person, customer in zip(persons, customers, strict=True)
        for key in keys.search_keys(person.name)
    ]
    models.CustomerSearchKey.objects.bulk_create(rows, batch_size=BATCH)


def _consents(random: Random, persons: list[Person], customers: list[models.Customer]) -> None:
    now = timezone.now()
    rows = []
    for person, customer in zip(persons, customers, strict=True):
        for purpose, channel, chance in _TEMPLATE_CONSENTS:
            given = random.random() < chance
            if not given and random.random() < 0.6:
                continue  # never asked: nothing recorded means no
            at = now - datetime.timedelta(days=random.randrange(30, 900))
            rows.append(
                models.Consent(
                    customer=customer,
                    purpose=purpose,
                    channel=channel,
                    act="GRANT" if given else "REFUSE",
                    at=at,
                    evidence="FORM" if person.number % 3 else "APP",
                    recorded_at=at,
                )
            )
    models.Consent.objects.bulk_create(rows, batch_size=BATCH)


def _credit(random: Random, customers: list[models.Customer], today: datetime.date) -> None:
    rows = [
        models.CreditRecord(
            customer=customer,
            as_of=today.replace(day=1),
            max_dpd_24m=random.choices((0, 12, 40, 75, 120), (86, 8, 3, 2, 1))[0],
            debt_service_bp=random.randrange(500, 7500),
            internal_rating=random.choices("ABCDE", (40, 34, 18, 6, 2))[0],
            source=SYSTEM,
        )
        for customer in customers
        if random.random() < 0.45
    ]
    models.CreditRecord.objects.bulk_create(rows, batch_size=BATCH)


def _products() -> dict[str, models.Product]:
    return {
        code: models.Product.objects.create(code=code, name=name, family=family, counts_in_aum=counts, risk=risk)
        for code, name, family, counts, risk in money.PRODUCTS
    }


def _money(random: Random, persons: list[Person], customers: list[models.Customer], today: datetime.date) -> None:
    products = _products()
    holdings: list[models.Holding] = []
    balances: list[models.MonthlyBalance] = []
    movements: list[models.Transaction] = []
    for person, customer in zip(persons, customers, strict=True):
        held = money.contracts(random, person, today)
        rows = [_holding(customer, person, place, contract, products) for place, contract in enumerate(held)]
        holdings += rows
        for row, contract in zip(rows, held, strict=True):
            balances += [
                models.MonthlyBalance(holding=row, month=month, average_fen=average, end_fen=end)
                for month, average, end in contract.balances
            ]
        for move in money.movements(random, person, held, today):
            movements.append(_movement(customer, rows[move.contract], move, len(movements)))
    models.Holding.objects.bulk_create(holdings, batch_size=BATCH)
    models.MonthlyBalance.objects.bulk_create(balances, batch_size=BATCH)
    models.Transaction.objects.bulk_create(movements, batch_size=BATCH)


def _holding(
    customer: models.Customer,
    person: Person,
    place: int,
    contract: money.Contract,
    products: dict[str, models.Product],
) -> models.Holding:
    number = f"6222999{person.number:07d}{place:02d}"
    return models.Holding(
        customer=customer,
        product=products[contract.code],
        account_no=number,
        account_bidx=keys.account(number),
        last4_bidx=keys.account_last4(number),
        opened_on=contract.opened_on,
        maturity_on=contract.maturity_on,
        source_system=SYSTEM,
        source_id=f"H{person.number:06d}-{place}",
    )


def _movement(
    customer: models.Customer, holding: models.Holding, move: money.Movement, number: int
) -> models.Transaction:
    return models.Transaction(
        holding=holding,
        customer=customer,
        posted_on=move.on,
        amount_fen=max(1, move.fen),
        direction="IN" if move.incoming else "OUT",
        type=move.type,
        customer_initiated=move.own,
        source_system=SYSTEM,
        source_txn_id=f"T{number:08d}",
    )
