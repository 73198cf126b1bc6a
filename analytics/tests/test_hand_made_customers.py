"""Customers on, just below and just above every limit of E.1–E.5, through one whole night (handbook 3/1.1.13).

The night is that of 31 October 2026: the window is November 2025 to October 2026.
"""

from __future__ import annotations

import datetime
from collections.abc import Callable
from typing import Any

import pytest

from analytics.tests.hand_made import OLD, Bank, D, Person, differences, month, months
from customers.classes import GROUP_OF, Occupation

pytestmark = pytest.mark.django_db
NIGHT = D(2026, 10, 31)
SUMMER, LATELY = D(2026, 6, 1), D(2026, 10, 20)
Table = dict[str, dict[str, Any]]
DAY = datetime.timedelta(days=1)


@pytest.fixture
def bank() -> Bank:
    return Bank(NIGHT)


def judged(bank: Bank, expected: Table) -> dict[str, dict[str, tuple[Any, Any]]]:
    """What stands after the night and should not; everybody of the table and nobody else was made."""
    assert set(bank.people) >= set(expected)
    return differences(bank.night(NIGHT), expected)


# --- E.1 assets -------------------------------------------------------------------------------------------------------
def test_assets(bank: Bank) -> None:
    for name, yuan in (
        ("nothing", 0), ("below-gold", "49999.99"), ("gold", 50_000), ("below-mid", "499999.99"), ("mid", 500_000),
        ("below-high", "5999999.99"), ("high", 6_000_000), ("overdrawn", -100),
    ):  # fmt: skip
        bank.person(name).holds(kept={0: yuan})
    two = bank.person("two-products")
    two.holds(kept={0: "250000.00"})
    two.holds("WEALTH", kept={0: "250000.00"})
    one_fen = bank.person("a-fen-is-lacking")
    one_fen.holds(kept={0: "250000.00"})
    one_fen.holds("INVESTMENT", kept={0: "249999.99"})
    in_debt = bank.person("a-loan-is-no-asset")
    in_debt.holds(kept={0: "499999.99"})
    in_debt.holds("LOAN", kept={0: 9_000_000})
    bank.person("in-custody").holds("INVESTMENT", counts=False, kept={0: 9_000_000})
    bank.person("seen-in-august").holds(kept={2: 7_000_000})
    bank.person("seen-in-july").holds(kept={3: 7_000_000})
    bank.person("holds-nothing")
    bank.person("gone").holds(closed_on=D(2026, 10, 30), kept={1: 7_000_000})
    bank.person("gone-but-for-one").holds(closed_on=D(2026, 10, 30), kept={1: 7_000_000})
    bank.people["gone-but-for-one"].holds("WEALTH", kept={0: 6_000_000})
    expected: Table = {
        "nothing": {"asset_class": "ORDINARY", "GOLD": False, "asset_watch": 0},
        "below-gold": {"asset_class": "ORDINARY", "GOLD": False},
        "gold": {"asset_class": "ORDINARY", "GOLD": True},
        "below-mid": {"asset_class": "ORDINARY", "GOLD": True},
        "mid": {"asset_class": "MID", "GOLD": False},
        "below-high": {"asset_class": "MID"},
        "high": {"asset_class": "HIGH", "asset_watch": 0},
        "overdrawn": {"asset_class": "ORDINARY", "GOLD": False},
        "two-products": {"asset_class": "MID"},
        "a-fen-is-lacking": {"asset_class": "ORDINARY"},
        "a-loan-is-no-asset": {"asset_class": "ORDINARY"},
        "in-custody": {"asset_class": "ORDINARY"},
        "seen-in-august": {"asset_class": "UNKNOWN"},  # the last month is the one that is judged
        "seen-in-july": {"asset_class": "UNKNOWN"},
        "holds-nothing": {"asset_class": "UNKNOWN"},
        "gone": {"asset_class": "ORDINARY", "loyalty": "LOST"},
        "gone-but-for-one": {"asset_class": "HIGH", "loyalty": "POTENTIAL"},
    }
    assert judged(bank, expected) == {}


# --- E.2 age, E.3 occupation ------------------------------------------------------------------------------------------
def test_ages(bank: Bank) -> None:
    ages = {
        "eighteen-tomorrow": (D(2008, 11, 1), "MINOR", False),
        "eighteen-today": (D(2008, 10, 31), "YOUNG", False),
        "thirtysix-tomorrow": (D(1990, 11, 1), "YOUNG", False),
        "thirtysix-today": (D(1990, 10, 31), "MIDDLE", False),
        "sixty-tomorrow": (D(1966, 11, 1), "MIDDLE", False),
        "sixty-today": (D(1966, 10, 31), "SENIOR", False),
        "65-tomorrow": (D(1961, 11, 1), "SENIOR", False),
        "65-today": (D(1961, 10, 31), "SENIOR", True),
        "131-tomorrow": (D(1895, 11, 1), "SENIOR", True),
        "131-today": (D(1895, 10, 31), "UNKNOWN", False),
        "born-today": (D(2026, 10, 31), "MINOR", False),
        "born-tomorrow": (D(2026, 11, 1), "UNKNOWN", False),
        "nobody-knows": (None, "UNKNOWN", False),
    }
    for name, (born, _band, _special) in ages.items():
        bank.person(name, birth_date=born)
    expected = {name: {"age_band": band, "SUITABILITY_65": special} for name, (_born, band, special) in ages.items()}
    assert judged(bank, expected) == {}


def test_the_29th_of_february_completes_on_the_first_of_march_of_a_common_year() -> None:
    bank = Bank(D(2026, 2, 28))
    bank.person("leap-18", birth_date=D(2008, 2, 29))
    bank.person("leap-36", birth_date=D(1990, 3, 1))
    bank.person("leap-60", birth_date=D(1966, 2, 28))
    first = bank.night(D(2026, 2, 28))
    assert [first[name].age_band for name in bank.people] == ["MINOR", "YOUNG", "SENIOR"]
    second = bank.night(D(2026, 3, 1))
    assert [second[name].age_band for name in bank.people] == ["YOUNG", "MIDDLE", "SENIOR"]


def test_in_a_leap_year_it_completes_on_the_day_itself() -> None:
    bank = Bank(D(2028, 2, 28))
    bank.person("leap-60", birth_date=D(1968, 2, 29))
    assert bank.night(D(2028, 2, 28))["leap-60"].age_band == "MIDDLE"
    assert bank.night(D(2028, 2, 29))["leap-60"].age_band == "SENIOR"


def test_every_occupation_stands_in_its_group(bank: Bank) -> None:
    for code in Occupation.values:
        bank.person(code, occupation=code)
    bank.person("nothing-said", occupation="")
    expected = {code: {"occupation_group": str(GROUP_OF.get(code, "UNKNOWN"))} for code in Occupation.values}
    expected["nothing-said"] = {"occupation_group": "UNKNOWN"}
    assert expected["REFUSED"] == {"occupation_group": "UNKNOWN"}
    assert judged(bank, expected) == {}


# --- E.4 need ---------------------------------------------------------------------------------------------------------
def earns(person: Person, yuan: int) -> None:
    person.moves(D(2026, 3, 10), kind="DEPOSIT", way="IN", yuan=yuan)


def spends(person: Person, yuan: Any) -> None:
    person.moves(D(2026, 3, 20), kind="CARD_SPEND", yuan=yuan)


def buys(person: Person, times: int, first: datetime.date = SUMMER) -> None:
    person.moves(*(first + place * DAY for place in range(times)), kind="PURCHASE")


def needy(bank: Bank) -> Table:
    """Each on a limit of the points 30, of the ten between the two strongest, or of a term that cannot be measured."""
    example = bank.person("tv-42", annual_income=200_000)
    example.holds(kept={0: 120_000} | {back: 120_000 for back in months(1, 8)} | {9: 200_000, 10: 300_000, 11: 400_000})
    example.holds("WEALTH", kept={back: 180_000 for back in months(0, 2)})
    buys(example, 2)
    earns(example, 240_000)
    spends(example, 60_000)

    bank.person("three-bought")
    buys(bank.people["three-bought"], 3)
    buys(bank.person("two-bought"), 2)
    buys(bank.person("bought-too-early"), 3, first=D(2026, 4, 28))  # one of them before the six months
    for name, yuan in (("spends-18", 1_800), ("spends-17.99", "1799.00")):
        earns(bank.person(name), 10_000)
        spends(bank.people[name], yuan)
    for name, stable in (("clear-by-ten", 8), ("mixed-by-less", 9)):
        # deposits that were steady and are emptied now: nothing is kept, so first terms are nothing
        saver = bank.person(name)
        saver.holds(kept={0: 0, 1: 0, 2: 0} | {back: 1_000 for back in months(3, 3 + stable)})
        buys(saver, 3)
    no_inflow = bank.person("owes-half-income", annual_income=200_000)
    no_inflow.holds("LOAN", kept={0: 100_000})
    both = bank.person("owes-and-earns", annual_income=200_000)
    both.holds("LOAN", kept={0: 100_000})  # 40 of 40, nothing spent of 60
    earns(both, 10_000)
    owes_less = bank.person("owes-less", annual_income=200_000)
    owes_less.holds("LOAN", kept={0: "74900"})  # 29.96
    earns(owes_less, 10_000)
    no_income = bank.person("owes-no-income")
    no_income.holds("LOAN", kept={0: 100_000})
    bank.person("saves").holds(kept={back: 100 for back in months(0, 12)})
    bank.person("saves-56-invests")  # 70 % against 30 %: 61.25 and 42
    bank.people["saves-56-invests"].holds(kept={0: 70})
    bank.people["saves-56-invests"].holds("WEALTH", kept={0: 30})
    bank.person("half-and-half")  # 60 % against 40 %: 52.5 and 56
    bank.people["half-and-half"].holds(kept={0: 60})
    bank.people["half-and-half"].holds("WEALTH", kept={0: 40})
    bank.person("nothing-known")
    return {
        "tv-42": {"need_type": "INVESTMENT"},
        "three-bought": {"need_type": "INVESTMENT"},  # 30 points exactly
        "two-bought": {"need_type": "UNKNOWN"},
        "bought-too-early": {"need_type": "UNKNOWN"},
        "spends-18": {"need_type": "CONSUMPTION"},  # 30 exactly; income is not known and left out
        "spends-17.99": {"need_type": "UNKNOWN"},
        "clear-by-ten": {"need_type": "INVESTMENT"},  # 30 against 20
        "mixed-by-less": {"need_type": "MIXED"},  # 30 against 22.5
        "owes-half-income": {"need_type": "CONSUMPTION"},  # nothing came in: debt alone stands for both
        "owes-and-earns": {"need_type": "CONSUMPTION"},  # 40
        "owes-less": {"need_type": "UNKNOWN"},
        "owes-no-income": {"need_type": "UNKNOWN"},  # neither term can be measured
        "saves": {"need_type": "SAVINGS"},
        "saves-56-invests": {"need_type": "SAVINGS"},
        "half-and-half": {"need_type": "MIXED"},
        "nothing-known": {"need_type": "UNKNOWN"},
    }


def stated(bank: Bank) -> Table:
    """Savers, who said what they want: of strength 4, within the twelve months, not taken back."""
    began = D(2025, 11, 1)
    said: dict[str, tuple[list[tuple[str, dict[str, Any]]], str]] = {
        "said-strongly": ([("WEALTH", {})], "INVESTMENT"),
        "said-weakly": ([("WEALTH", {"strength": 3})], "SAVINGS"),
        "said-a-year-ago": ([("WEALTH", {"day": began})], "INVESTMENT"),
        "said-before-that": ([("WEALTH", {"day": began - DAY})], "SAVINGS"),
        "guessed": ([("WEALTH", {"basis": "INFERRED", "strength": 5})], "SAVINGS"),
        "met": ([("WEALTH", {"status": "MET"})], "INVESTMENT"),
        "nobody-followed": ([("LOAN", {"status": "EXPIRED", "day": D(2025, 12, 1)})], "CONSUMPTION"),
        "taken-back": ([("WEALTH", {"status": "DECLINED"})], "SAVINGS"),
        "changed-their-mind": ([("WEALTH", {}), ("CARD", {"day": D(2026, 10, 30)})], "CONSUMPTION"),
        "wants-something": ([("OTHER", {})], "SAVINGS"),
    }
    for name, (words, _need) in said.items():
        person = bank.person(name)
        person.holds(kept={back: 100_000 for back in months(0, 12)})
        for family, fields in words:
            person.wants(family, fields.get("day", D(2026, 9, 1)), **{k: v for k, v in fields.items() if k != "day"})
    return {name: {"need_type": need} for name, (_words, need) in said.items()}


def test_needs(bank: Bank) -> None:
    expected = needy(bank) | stated(bank)
    assert judged(bank, expected) == {}


# --- E.5 loyalty ------------------------------------------------------------------------------------------------------
def flat(yuan: Any, recent: Any | None = None) -> dict[int, Any]:
    """Sixteen months of the same average, the last three otherwise."""
    return {back: yuan if recent is None or back > 2 else recent for back in months(0, 15)}


def faithful(
    bank: Bank,
    name: str,
    *,
    opened: datetime.date = OLD,
    families: int = 3,
    active: int = 12,
    last: datetime.date = LATELY,
    recent: Any = 100_000,
    repeat: bool = True,
    balances: bool = True,
) -> Person:
    """Somebody who has all five signs; the arguments take away. Active once a month, and on the last day given."""
    person = bank.person(name, opened_on=opened)
    held = ["DEPOSIT", "WEALTH", "CARD"][:families]
    for place, family in enumerate(held):
        again = repeat and place == families - 1 and families > 1
        kept = flat(100_000, recent) if balances and family == "DEPOSIT" else {}
        person.holds(family, kept=kept, opened_on=D(2025, 3, 1) if again else opened)
    days = [month(NIGHT, back) + 9 * DAY for back in range(active)]
    person.moves(*(day for day in days if day < last), last)
    return person


def referral(bank: Bank, person: Person, opened: datetime.date) -> None:
    bank.person(f"by-{person.row.customer_no}"[:20], referred_by=person.row, opened_on=opened)


def signs(bank: Bank) -> Table:
    """Four signs of five on their limits, and the sixty days."""
    faithful(bank, "five-signs")
    faithful(bank, "sixty-days", last=D(2026, 9, 1))
    faithful(bank, "sixtyone-days", last=D(2026, 8, 31))
    faithful(bank, "no-repeat", repeat=False)
    faithful(bank, "two-families", families=2)
    faithful(bank, "two-and-no-repeat", families=2, repeat=False)
    faithful(bank, "nine-months", repeat=False, active=9)
    faithful(bank, "eight-months", repeat=False, active=8)
    faithful(bank, "kept-90", repeat=False, recent=90_000)
    faithful(bank, "kept-less", repeat=False, recent="89999.99")
    for name, opened in (("two-years", D(2024, 10, 31)), ("a-day-less", D(2024, 11, 1))):
        referral(bank, faithful(bank, name, opened=opened, families=1), D(2025, 1, 1))
    for name, opened in (("referred-in-24", D(2024, 11, 1)), ("referred-before", D(2024, 10, 31))):
        referral(bank, faithful(bank, name, families=2, repeat=False), opened)
    faithful(bank, "four-families", repeat=False).holds("LOAN", kept={0: 5})
    return {
        "five-signs": {"loyalty": "LOYAL", "AT_RISK": False, "NEW": False},
        "sixty-days": {"loyalty": "LOYAL"},
        "sixtyone-days": {"loyalty": "POTENTIAL"},
        "no-repeat": {"loyalty": "LOYAL"},  # four are enough
        "two-families": {"loyalty": "LOYAL"},
        "two-and-no-repeat": {"loyalty": "POTENTIAL"},
        "nine-months": {"loyalty": "LOYAL"},
        "eight-months": {"loyalty": "POTENTIAL"},
        "kept-90": {"loyalty": "LOYAL"},
        "kept-less": {"loyalty": "POTENTIAL"},
        "two-years": {"loyalty": "LOYAL"},
        "a-day-less": {"loyalty": "POTENTIAL"},
        "referred-in-24": {"loyalty": "LOYAL"},
        "referred-before": {"loyalty": "POTENTIAL"},
        "four-families": {"loyalty": "LOYAL"},
    }


def newcomers(bank: Bank) -> Table:
    """Six months, whatever else."""
    faithful(bank, "six-months", opened=D(2026, 4, 30), balances=False, repeat=False)
    faithful(bank, "a-day-short", opened=D(2026, 5, 1), balances=False, repeat=False)
    faithful(bank, "since-today", opened=D(2026, 10, 31), balances=False, repeat=False)
    bank.person("new-and-gone", opened_on=D(2026, 8, 1)).holds(closed_on=D(2026, 9, 1))
    bank.person("no-day-known", opened_on=None)
    return {
        "six-months": {"NEW": False, "loyalty": "POTENTIAL"},
        "a-day-short": {"NEW": True, "loyalty": "POTENTIAL"},
        "since-today": {"NEW": True, "loyalty": "POTENTIAL"},
        "new-and-gone": {"NEW": False, "loyalty": "LOST"},
        "no-day-known": {"NEW": False, "loyalty": "UNKNOWN", "asset_class": "UNKNOWN", "AT_RISK": False},
    }


SILENT = D(2026, 5, 4)  # 180 days before the close of the window


def lost(bank: Bank) -> Table:
    """Silence of 180 days, and a fifth of the best month or less than 1,000."""

    def still(name: str, last: datetime.date, yuan: Any, before: Any = 100_000) -> Person:
        person = bank.person(name)
        person.holds(kept=flat(before, yuan))
        person.moves(last)
        return person

    still("180-and-a-fifth", SILENT, 20_000)
    still("179-and-a-fifth", SILENT + DAY, 20_000)
    still("180-and-a-fen-more", SILENT, "20000.01")
    still("below-1000", SILENT, "999.99", before=1_000)
    still("just-1000", SILENT, 1_000, before=1_001)
    still("called-us", SILENT, 20_000).speaks(SILENT + DAY)
    still("we-called", SILENT, 20_000).speaks(D(2026, 9, 1), way="OUT")
    still("bank-moved", SILENT, 20_000).moves(D(2026, 9, 1), own=False, kind="INTEREST", way="IN")
    still("nobody-fed-assets", SILENT, 20_000).holds("CARD")
    bank.person("silent-no-balance").holds()
    bank.people["silent-no-balance"].moves(SILENT)
    return {
        "180-and-a-fifth": {"loyalty": "LOST"},
        "179-and-a-fifth": {"loyalty": "POTENTIAL"},
        "180-and-a-fen-more": {"loyalty": "POTENTIAL"},
        "below-1000": {"loyalty": "LOST"},
        "just-1000": {"loyalty": "POTENTIAL"},
        "called-us": {"loyalty": "POTENTIAL"},
        "we-called": {"loyalty": "LOST"},
        "bank-moved": {"loyalty": "LOST"},
        "nobody-fed-assets": {"loyalty": "LOST"},
        "silent-no-balance": {"loyalty": "UNKNOWN"},  # silent, and nobody knows what is left
    }


def depositors(bank: Bank) -> Table:
    """Nothing but term deposits, and nothing moves until they mature."""
    began = D(2024, 6, 1)
    for name, matures, left in (
        ("unmatured", D(2027, 6, 1), 1_000), ("unmatured-little", D(2027, 6, 1), "999.99"),
        ("matures-tomorrow", D(2026, 11, 1), 1_000), ("matured-today", D(2026, 10, 31), 1_000),
        ("matured-179", SILENT + DAY, 1_000), ("matured-180", SILENT, 1_000),
    ):  # fmt: skip
        bank.person(name).holds(opened_on=began, maturity_on=matures, kept=flat(100_000, left))
    return {
        "unmatured": {"loyalty": "POTENTIAL"},
        "unmatured-little": {"loyalty": "LOST"},
        "matures-tomorrow": {"loyalty": "POTENTIAL"},
        "matured-today": {"loyalty": "POTENTIAL"},
        "matured-179": {"loyalty": "POTENTIAL"},
        "matured-180": {"loyalty": "LOST"},
    }


def at_risk(bank: Bank) -> Table:
    """Each warning on its limit. (A complaint without agreement: docs/decisions/0014.)"""
    faithful(bank, "assets-70", recent=70_000)
    faithful(bank, "assets-less", recent="69999.99")
    for name, recently in (("half-the-days", 7), ("a-day-more", 8)):
        busy = faithful(bank, name, balances=False)  # 3 of 90 days before, 4 now
        busy.moves(*(D(2026, 6, 15) + place * DAY for place in range(19)))  # 22 before
        busy.moves(*(D(2026, 9, 15) + place * DAY for place in range(recently)))  # 11, 12 now
    for name, day in (("paid-in-september", D(2026, 9, 1)), ("paid-in-august", D(2026, 8, 31))):
        faithful(bank, name).moves(day, kind="SALARY", way="IN", own=False, yuan=9_000)
    faithful(bank, "two-stars").speaks(D(2026, 9, 2), mark=25, hour=0)
    faithful(bank, "two-stars-too-old").speaks(D(2026, 9, 1), mark=25, hour=15)  # an hour before midnight
    faithful(bank, "three-stars").speaks(D(2026, 10, 15), mark=26)
    faithful(bank, "one-star-yesterday").speaks(D(2026, 10, 30), mark=0)
    gone = bank.person("gone-and-angry")
    gone.holds(closed_on=D(2026, 10, 1))
    gone.speaks(D(2026, 10, 1), mark=0)
    risky = {"assets-less", "half-the-days", "paid-in-august", "two-stars", "one-star-yesterday"}
    names = ("assets-70", "assets-less", "half-the-days", "a-day-more", "paid-in-september", "paid-in-august",
             "two-stars", "two-stars-too-old", "three-stars", "one-star-yesterday", "gone-and-angry")  # fmt: skip
    return {name: {"AT_RISK": name in risky} for name in names}


@pytest.mark.parametrize("made", [signs, newcomers, lost, depositors, at_risk])
def test_loyalty(bank: Bank, made: Callable[[Bank], Table]) -> None:
    expected = made(bank)
    assert judged(bank, expected) == {}
