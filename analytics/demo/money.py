"""Holdings, month-end balances and movements of one invented person over the last twelve months (amounts in fen)."""

from __future__ import annotations

import datetime
from dataclasses import dataclass, field
from random import Random

from analytics.demo.people import Person

PRODUCTS = (
    # code, name, family, counts as assets, risk
    ("CUR", "活期存款", "DEPOSIT", True, ""),
    ("TD12", "一年定期存款", "DEPOSIT", True, ""),
    ("WM180", "稳享180天理财", "WEALTH", True, "R2"),
    ("FUND-EQ", "成长混合基金", "INVESTMENT", True, "R4"),
    ("FUND-BD", "纯债基金", "INVESTMENT", True, "R2"),
    ("CARD-CR", "信用卡", "CARD", False, ""),
    ("LOAN-MTG", "住房贷款", "LOAN", False, ""),
    ("LOAN-CONS", "消费贷款", "LOAN", False, ""),
    ("INS-SAV", "储蓄型保险", "INSURANCE", True, ""),
)
_SCALE = (18_000_00, 120_000_00, 900_000_00, 7_500_000_00)
_TREND = {"loyal": 1.02, "steady": 1.0, "fading": 0.90, "lost": 0.55}
_VISITS = {"loyal": 9, "steady": 5, "fading": 2, "lost": 0}


@dataclass(slots=True)
class Contract:
    """One holding with its monthly (average, end) balances, oldest first."""

    code: str
    opened_on: datetime.date
    maturity_on: datetime.date | None = None
    balances: list[tuple[datetime.date, int, int]] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class Movement:
    """One transaction on the holding at this place in the list."""

    contract: int
    on: datetime.date
    fen: int
    incoming: bool
    type: str
    own: bool = True


def months_before(today: datetime.date, count: int) -> list[datetime.date]:
    """First days of the ``count`` complete months before today, oldest first."""
    first = today.replace(day=1)
    found = []
    for _step in range(count):
        first = (first - datetime.timedelta(days=1)).replace(day=1)
        found.append(first)
    return found[::-1]


def _codes(random: Random, person: Person) -> list[str]:
    codes = ["CUR"]
    for code, chance in (("TD12", 0.45), ("WM180", 0.30), ("FUND-EQ", 0.14), ("FUND-BD", 0.12), ("INS-SAV", 0.08)):
        if random.random() < chance * (0.6 + 0.45 * person.wealth):
            codes.append(code)
    for code, chance in (("CARD-CR", 0.5), ("LOAN-MTG", 0.16), ("LOAN-CONS", 0.09)):
        if random.random() < chance:
            codes.append(code)
    return codes


def contracts(random: Random, person: Person, today: datetime.date) -> list[Contract]:
    """What this person holds, with fourteen months of balances that follow their spirit."""
    made = []
    total = int(_SCALE[person.wealth] * random.lognormvariate(0, 0.55))
    for place, code in enumerate(_codes(random, person)):
        latest = max(40, (today - person.opened_on).days)
        opened = person.opened_on if place == 0 else today - datetime.timedelta(days=random.randrange(30, latest))
        contract = Contract(code, opened)
        if code == "TD12":
            contract.maturity_on = today + datetime.timedelta(days=random.randrange(-20, 340))
        share = 0.25 if code == "CUR" else random.uniform(0.15, 0.7)
        amount = total * share * (2.0 if code == "LOAN-MTG" else 1.0)
        if code != "CARD-CR":
            _fill(random, contract, amount, _TREND[person.spirit], today)
        made.append(contract)
    return made


def _fill(random: Random, contract: Contract, amount: float, trend: float, today: datetime.date) -> None:
    months = months_before(today, 14)
    level = amount / trend ** len(months)
    for month in months:
        level *= trend * random.uniform(0.97, 1.03)
        if month >= contract.opened_on.replace(day=1):
            end = int(level * random.uniform(0.9, 1.1))
            contract.balances.append((month, int(level), end))


def movements(random: Random, person: Person, held: list[Contract], today: datetime.date) -> list[Movement]:
    """Twelve months of movements: salary, card payments, transfers, purchases, repayments."""
    made: list[Movement] = []
    by_code = {contract.code: place for place, contract in enumerate(held)}
    quiet = today - datetime.timedelta(days=200) if person.spirit == "lost" else today
    for month in [*months_before(today, 12), today.replace(day=1)]:
        for on, movement in _month(random, person, by_code, month):
            if max(person.opened_on, held[movement.contract].opened_on) <= on < min(today, quiet):
                made.append(movement)
    return made


def _month(
    random: Random, person: Person, by_code: dict[str, int], month: datetime.date
) -> list[tuple[datetime.date, Movement]]:
    def day() -> datetime.date:
        return month + datetime.timedelta(days=random.randrange(28))

    made: list[Movement] = []
    if person.income and person.occupation not in ("BUSINESS_OWNER", "FREELANCER", "FARMER", "STUDENT"):
        made.append(
            Movement(0, month + datetime.timedelta(days=9), person.income * 100 // 12, True, "SALARY", own=False)
        )
    for _visit in range(random.randrange(_VISITS[person.spirit] + 1) + (person.spirit == "loyal")):
        fen = int(random.lognormvariate(11.2, 1.1))
        kind = random.choice(("TRANSFER", "WITHDRAWAL", "DEPOSIT"))
        made.append(Movement(0, day(), fen, kind == "DEPOSIT", kind))
    if "CARD-CR" in by_code and person.spirit != "lost":
        made += [
            Movement(by_code["CARD-CR"], day(), int(random.lognormvariate(9.8, 0.9)), False, "CARD_SPEND")
            for _payment in range(random.randrange(5))
        ]
    if "WM180" in by_code and random.random() < 0.18:
        made.append(Movement(by_code["WM180"], day(), random.randrange(1, 20) * 1_000_000, False, "PURCHASE"))
    for code in ("LOAN-MTG", "LOAN-CONS"):
        if code in by_code:
            made.append(
                Movement(by_code[code], day(), random.randrange(2000, 9000) * 100, False, "REPAYMENT", own=False)
            )
    return [(movement.on, movement) for movement in made]
