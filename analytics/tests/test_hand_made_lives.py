"""Ten month-ends in the lives of customers made by hand: patience, counts, and ways back (domain E.1, E.2, E.5).

Every month-end is a whole night; a life is written as it stands after each: a class, and how many months it is watched.
"""

from __future__ import annotations

import datetime
from collections.abc import Callable
from typing import Any

import pytest

from analytics.tests.hand_made import Bank, D, Person, said
from customers.activity_math import month_end
from customers.models import Holding, Standing

pytestmark = pytest.mark.django_db
ENDS = [month_end(D(2026, number, 1)) for number in range(1, 11)]
JAN, FEB, MAR, APR, MAY, JUN, JUL, AUG, SEP, OCT = ENDS
Lives = dict[str, list[str]]
Happens = Callable[[datetime.date], None]


class Months:
    """The bank from month-end to month-end, with what happens before each."""

    def __init__(self) -> None:
        self.bank = Bank(JAN)
        self._happens: list[Happens] = []

    def person(self, name: str, **fields: Any) -> Person:
        return self.bank.person(name, **fields)

    def monthly(self, happens: Happens) -> None:
        """Called before every month's night with its last day."""
        self._happens.append(happens)

    def lives(self, tell: Callable[[Standing], str]) -> Lives:
        """What is told of everybody after each month-end."""
        found: Lives = {name: [] for name in self.bank.people}
        for end in ENDS:
            for happens in self._happens:
                happens(end)
            standings = self.bank.night(end)
            for name, story in found.items():
                story.append(tell(standings[name]))
        return found


@pytest.fixture
def months() -> Months:
    return Months()


# --- E.1 --------------------------------------------------------------------------------------------------------------
# averages in millions of yuan, and how each month-end leaves the customer
ASSETS: dict[str, tuple[list[str | None], str]] = {
    "tv-38": (
        ["6", "5.9", "5.8", "5.7", "5.6", "5.5", "5.4", "5.4", "5.4", "5.4"],
        "HIGH, HIGH 1, HIGH 2, HIGH 3, HIGH 4, HIGH 5, MID, MID, MID, MID",
    ),
    "tv-39": (
        ["0.5", "0.45", "0.48", "0.52", "0.47", "0.45", "0.4", "0.4", "0.5", "0.4"],
        "MID, MID 1, MID 2, MID, MID 1, MID 2, ORDINARY, ORDINARY, MID, MID 1",
    ),
    "highest-was-mid": (
        ["6", "0.1", "0.7", "0.1", "0.1", "0.3", "0.1", "0.1", "0.1", "0.1"],
        "HIGH, HIGH 1, HIGH 2, HIGH 3, HIGH 4, HIGH 5, MID, MID 1, MID 2, ORDINARY",
    ),
    "highest-a-fen-less": (
        ["6", "0.1", "0.49999999", "0.1", "0.1", "0.3", "0.1", "0.1", "0.1", "0.1"],
        "HIGH, HIGH 1, HIGH 2, HIGH 3, HIGH 4, HIGH 5, ORDINARY, ORDINARY, ORDINARY, ORDINARY",
    ),
    "the-last-was-mid": (
        ["6", "0.1", "0.1", "0.1", "0.1", "0.1", "0.5", "0.5", "0.5", "0.5"],
        "HIGH, HIGH 1, HIGH 2, HIGH 3, HIGH 4, HIGH 5, MID, MID, MID, MID",
    ),
    "saved-in-the-fifth": (
        ["6", "5.9", "5.9", "5.9", "5.9", "6", "5.99999999", "6", "5.9", "5.9"],
        "HIGH, HIGH 1, HIGH 2, HIGH 3, HIGH 4, HIGH, HIGH 1, HIGH, HIGH 1, HIGH 2",
    ),
    "up-at-once": (
        ["0.49999999", "0.5", "5.99999999", "6", "6", "6", "6", "6", "6", "6"],
        "ORDINARY, MID, MID, HIGH, HIGH, HIGH, HIGH, HIGH, HIGH, HIGH",
    ),
    "up-while-watched": (
        ["0.5", "0.4", "0.4", "6", "0.1", "0.1", "0.1", "0.1", "0.1", "0.1"],
        "MID, MID 1, MID 2, HIGH, HIGH 1, HIGH 2, HIGH 3, HIGH 4, HIGH 5, ORDINARY",
    ),
    "one-month-not-fed": (
        ["0.5", "0.4", None, "0.4", "0.4", "0.4", "0.4", "0.4", "0.4", "0.4"],
        "MID, MID 1, MID 1, MID 2, ORDINARY, ORDINARY, ORDINARY, ORDINARY, ORDINARY, ORDINARY",
    ),
    "three-months-not-fed": (
        ["6", "5.9", None, None, None, None, "5.9", "5.9", "5.9", "5.9"],
        "HIGH, HIGH 1, HIGH 1, HIGH 1, UNKNOWN, UNKNOWN, MID, MID, MID, MID",
    ),
    "not-fed-till-march": (
        [None, None, "0.1", "0.1", "0.1", "0.1", "0.1", "0.1", "0.1", "0.1"],
        "UNKNOWN, UNKNOWN, ORDINARY, ORDINARY, ORDINARY, ORDINARY, ORDINARY, ORDINARY, ORDINARY, ORDINARY",
    ),
    "closes-in-april": (
        ["6", "5.9", "5.9", None, None, None, None, None, None, None],
        "HIGH, HIGH 1, HIGH 2, ORDINARY, ORDINARY, ORDINARY, ORDINARY, ORDINARY, ORDINARY, ORDINARY",
    ),
}


def kept(person: Person, held: Holding, averages: list[str | None]) -> Happens:
    def happens(end: datetime.date) -> None:
        average = averages[ENDS.index(end)]
        if average is not None:
            person.keeps(held, end.replace(day=1), float(average) * 1_000_000)
        if person.row.customer_no.startswith("closes") and end == APR:
            Holding.objects.filter(pk=held.pk).update(closed_on=D(2026, 4, 29), status="CLOSED")
            person.bank.touched.add(person.row.pk)

    return happens


def assets_of(row: Standing) -> str:
    return f"{row.asset_class} {row.asset_watch}" if row.asset_watch else row.asset_class


def test_assets_rise_at_once_and_fall_with_patience(months: Months) -> None:
    for name, (averages, _story) in ASSETS.items():
        person = months.person(name)
        months.monthly(kept(person, person.holds(), averages))
    assert months.lives(assets_of) == {name: story.split(", ") for name, (_averages, story) in ASSETS.items()}


def test_a_night_inside_a_month_counts_for_none() -> None:
    bank = Bank(MAR)
    person = bank.person("watched")
    held = person.holds(kept={1: 6_000_000, 0: 5_900_000})
    stories = [assets_of(bank.night(FEB)["watched"]), assets_of(bank.night(MAR)["watched"])]
    for day in (D(2026, 4, 1), D(2026, 4, 15), D(2026, 4, 29)):
        stories.append(assets_of(bank.night(day)["watched"]))
    person.keeps(held, D(2026, 4, 1), 5_900_000)
    stories.append(assets_of(bank.night(APR)["watched"]))
    assert stories == ["HIGH", "HIGH 1", "HIGH 1", "HIGH 1", "HIGH 1", "HIGH 2"]


# --- E.5 --------------------------------------------------------------------------------------------------------------
def loyalty_of(row: Standing) -> str:
    flags = [flag for flag in ("NEW", "WON_BACK") if said(row, flag)]
    watched = [str(row.loyalty_missed)] if row.loyalty_missed else []
    return " ".join([row.loyalty, *watched, *flags])


def story(*parts: tuple[str, int]) -> list[str]:
    """A life in stretches: ("LOYAL", 3), ("LOST", 7)."""
    return [words for words, times in parts for _time in range(times)]


def fed(months: Months, person: Person, held: Holding, yuan: Any, until: datetime.date = OCT) -> None:
    """The same average every month, up to one."""

    def happens(end: datetime.date) -> None:
        if end <= until:
            person.keeps(held, end.replace(day=1), yuan)

    months.monthly(happens)


def once(months: Months, when: datetime.date, what: Callable[[], Any]) -> None:
    months.monthly(lambda end: what() if end == when else None)


def faithful(months: Months, name: str, *quiet: datetime.date) -> Person:
    """Four signs that stay: tenure, families, assets, a repeat purchase; active on the tenth but in quiet months."""
    person = months.person(name)
    account = person.holds(kept=dict.fromkeys(range(1, 16), 100_000))
    person.holds("WEALTH")
    person.holds("CARD", opened_on=D(2025, 6, 1))
    fed(months, person, account, 100_000)
    months.monthly(lambda end: None if end in quiet else person.moves(end.replace(day=10)))
    return person


def closes_everything(person: Person, day: datetime.date) -> None:
    Holding.objects.filter(customer=person.row, closed_on=None).update(closed_on=day, status="CLOSED")
    person.bank.touched.add(person.row.pk)


def silent(months: Months, name: str, yuan: Any = 5_000) -> tuple[Person, Holding]:
    """Silent since June 2025, with a small part of what was kept the summer before: lost in January."""
    person = months.person(name)
    account = person.holds(kept={back: 100_000 if back > 2 else yuan for back in range(1, 16)})
    person.moves(D(2025, 6, 10))
    fed(months, person, account, yuan)
    return person, account


def test_loyal_is_left_after_two_month_ends_and_lost_at_once(months: Months) -> None:
    """Sixty days: who moved on 10 February is 49 days away at the end of March, 79 at the end of April."""
    faithful(months, "stays")
    faithful(months, "quiet-since-march", MAR, APR, MAY, JUN, JUL, AUG, SEP, OCT)
    faithful(months, "good-between", MAR, APR, JUN, JUL, AUG)
    leaver = faithful(months, "closes-in-march")
    once(months, MAR, lambda: closes_everything(leaver, D(2026, 3, 20)))
    newcomer = months.person("new-in-january", opened_on=D(2026, 1, 10))
    fed(months, newcomer, newcomer.holds(), 1_000)
    assert months.lives(loyalty_of) == {
        "stays": story(("LOYAL", 10)),
        # silence alone is not lost: the assets are there
        "quiet-since-march": story(("LOYAL", 3), ("LOYAL 1", 1), ("POTENTIAL", 6)),
        # missed in April, met in May, missed in July and in August; active again from September
        "good-between": story(
            ("LOYAL", 3), ("LOYAL 1", 1), ("LOYAL", 2), ("LOYAL 1", 1), ("POTENTIAL", 1), ("LOYAL", 2)
        ),
        "closes-in-march": story(("LOYAL", 2), ("LOST", 8)),
        "new-in-january": story(("POTENTIAL NEW", 6), ("POTENTIAL", 4)),
    }


def test_the_way_back_from_lost_takes_a_transaction_and_a_thousand(months: Months) -> None:
    silent(months, "stays-away")
    caller, _account = silent(months, "calls-in-march")
    once(months, MAR, lambda: caller.speaks(D(2026, 3, 10)))
    mover, _account = silent(months, "moves-in-march")
    once(months, MAR, lambda: mover.moves(D(2026, 3, 10)))
    both, _account = silent(months, "calls-then-moves")
    once(months, MAR, lambda: both.speaks(D(2026, 3, 10)))
    once(months, MAY, lambda: both.moves(D(2026, 5, 10)))
    for name, yuan in (("moves-with-1000", 1_000), ("moves-with-less", "999.99")):
        person, _account = silent(months, name, yuan)
        once(months, MAR, lambda person=person: person.moves(D(2026, 3, 10)))
    saver, _account = silent(months, "opens-a-deposit")
    once(months, MAR, lambda: saver.holds(opened_on=D(2026, 3, 10), maturity_on=D(2027, 3, 10)))
    moved_by_bank, _account = silent(months, "bank-moves")
    once(months, MAR, lambda: moved_by_bank.moves(D(2026, 3, 10), own=False, kind="INTEREST", way="IN"))
    assert months.lives(loyalty_of) == {
        "stays-away": story(("LOST", 10)),
        "calls-in-march": story(("LOST", 10)),
        # silent again for 180 days on 6 September; in October the great months are out of the window, and yet only
        # who moves something comes back
        "moves-in-march": story(("LOST", 2), ("POTENTIAL WON_BACK", 6), ("LOST", 2)),
        "calls-then-moves": story(("LOST", 4), ("POTENTIAL WON_BACK", 6)),
        "moves-with-1000": story(("LOST", 2), ("POTENTIAL WON_BACK", 6), ("LOST", 2)),
        "moves-with-less": story(("LOST", 10)),
        "opens-a-deposit": story(("LOST", 2), ("POTENTIAL WON_BACK", 8)),
        "bank-moves": story(("LOST", 10)),
    }


def test_won_back_is_said_until_the_next_class(months: Months) -> None:
    person = months.person("back-for-good")
    account = person.holds(kept=dict.fromkeys(range(1, 16), 100_000))
    fed(months, person, account, 100_000, until=JAN)
    once(months, FEB, lambda: closes_everything(person, D(2026, 2, 10)))

    def returns() -> None:
        opened = D(2026, 4, 10)
        for family in ("DEPOSIT", "WEALTH", "CARD"):
            held = person.holds(family, opened_on=opened)
            if family == "DEPOSIT":
                fed(months, person, held, 100_000)
        person.moves(opened)

    once(months, APR, returns)
    months.monthly(lambda end: person.moves(end.replace(day=10)) if end > APR else None)
    lives = months.lives(loyalty_of)
    assert lives == {
        "back-for-good": story(("POTENTIAL", 1), ("LOST", 2), ("POTENTIAL WON_BACK", 1), ("LOYAL", 6)),
    }


# --- E.2 --------------------------------------------------------------------------------------------------------------
def test_a_birthday_moves_the_band_in_its_month(months: Months) -> None:
    for name, born in (("18-in-june", D(2008, 6, 30)), ("36-in-july", D(1990, 7, 1)), ("60-in-may", D(1966, 5, 31))):
        months.person(name, birth_date=born)
    assert months.lives(lambda row: row.age_band) == {
        "18-in-june": story(("MINOR", 5), ("YOUNG", 5)),
        "36-in-july": story(("YOUNG", 6), ("MIDDLE", 4)),
        "60-in-may": story(("MIDDLE", 4), ("SENIOR", 6)),
    }
