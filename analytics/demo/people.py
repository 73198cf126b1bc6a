"""Customers of the demonstration bank with contact points, documents, needs and consents.

Numbers cannot belong to anybody: identity numbers carry a region code that does not exist (9991xx), phone numbers
come from one unassigned block (199 0000 xxxx and 198 0000 xxxx).
"""

from __future__ import annotations

import datetime
from collections.abc import Iterator
from dataclasses import dataclass
from random import Random

from analytics.demo import names
from customers.classes import Occupation

_ID_WEIGHTS = (7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2)
_BY_AGE: tuple[tuple[int, tuple[str, ...]], ...] = (
    (23, (Occupation.STUDENT, Occupation.PRIVATE_EMPLOYEE, Occupation.WORKER)),
    (
        59,
        (
            Occupation.PRIVATE_EMPLOYEE,
            Occupation.PRIVATE_EMPLOYEE,
            Occupation.SOE_EMPLOYEE,
            Occupation.PUBLIC_INSTITUTION,
            Occupation.CIVIL_SERVANT,
            Occupation.PROFESSIONAL,
            Occupation.MANAGER,
            Occupation.BUSINESS_OWNER,
            Occupation.FREELANCER,
            Occupation.WORKER,
            Occupation.FARMER,
            Occupation.HOMEMAKER,
        ),
    ),
    (200, (Occupation.RETIRED, Occupation.RETIRED, Occupation.BUSINESS_OWNER)),
)


@dataclass(frozen=True, slots=True)
class Person:
    """One invented customer; ``wealth`` 0–3 decides how much they hold."""

    number: int
    name: str
    female: bool
    born: datetime.date
    occupation: str
    income: int  # CNY a year; 0 = not known
    mobile: str
    email: str
    identity_number: str
    opened_on: datetime.date
    wealth: int
    spirit: str  # "loyal", "steady", "fading" or "lost": how the months behave


def identity_number(region: int, born: datetime.date, sequence: int) -> str:
    """An 18-digit number with a right check character (GB 11643); its 17th digit tells the sex."""
    body = f"{region:06d}{born:%Y%m%d}{sequence:03d}"
    return body + "10X98765432"[sum(int(d) * w for d, w in zip(body, _ID_WEIGHTS, strict=True)) % 11]


def _mobile(number: int) -> str:
    block = "1990000" if number < 10_000 else "1980000"
    return f"+86{block}{(number * 7919 + 1234) % 10_000:04d}"


def _occupation(random: Random, age: int) -> str:
    if random.random() < 0.05:
        return ""
    choices = next(codes for limit, codes in _BY_AGE if age <= limit)
    return str(random.choice(choices))


def people(random: Random, *, count: int, today: datetime.date) -> Iterator[Person]:
    """``count`` people, always the same for the same seed and day."""
    for number in range(1, count + 1):
        female = random.random() < 0.5
        age = min(92, max(16, int(random.gauss(43, 15))))
        born = today - datetime.timedelta(days=age * 365 + random.randrange(365))
        wealth = random.choices((0, 1, 2, 3), (64, 26, 8, 2))[0]
        opened_on = today - datetime.timedelta(days=random.randrange(40, min(4800, max(60, (age - 15) * 365))))
        name = names.minority_name(random) if random.random() < 0.01 else names.full_name(random, female)
        yield Person(
            number=number,
            name=name,
            female=female,
            born=born,
            occupation=_occupation(random, age),
            income=0 if random.random() < 0.25 else int(random.lognormvariate(11.6, 0.5)) // 1000 * 1000,
            mobile=_mobile(number),
            email=f"c{number:05d}@example.com" if random.random() < 0.45 else "",
            identity_number=identity_number(
                999100 + random.randrange(1, 60), born, random.randrange(100, 998) // 2 * 2 + (0 if female else 1)
            ),
            opened_on=opened_on,
            wealth=wealth,
            spirit=random.choices(("loyal", "steady", "fading", "lost"), (34, 46, 12, 8))[0],
        )
