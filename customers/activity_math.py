"""The arithmetic behind Activity: windows of months, tenure of products, age steps, the estimated contribution.

Pure: plain values and arrays in, plain values out; no clock, no database. docs/ACTIVITY.md defines every field.
Money in fen, ratios in 1/10,000. None means "not known".
"""

from __future__ import annotations

import calendar
import datetime
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from customers.classes import AGE_STEPS

Array = npt.NDArray[np.int64]
Mask = npt.NDArray[np.bool_]

ACTIVITY_MONTHS = 24  # column k of a matrix is the k-th month before the end of the window; column 0 is its last month
BALANCE_MONTHS = 15
ACTIVE_DAYS = 90  # how long a stretch of days is compared with the one before it
MARKED_DAYS = 60  # how long a low mark counts
MIN_PAID_MONTHS = 10  # a year of payroll is compared with another when at least this many months of each were paid

# Net contribution when the bank feeds none (domain F.2 c1, method ESTIMATED); yearly rates in 1/10,000. The only place
# where they stand: Activity is derived at import, whatever model scores it.
TRANSFER_RATE = 220  # the price at which money moves inside the bank
DEPOSIT_RATE = 120
LENDING_RATE = 420
EXPECTED_LOSS_RATE = 60
DEPOSIT_MARGIN = TRANSFER_RATE - DEPOSIT_RATE
LOAN_MARGIN = LENDING_RATE - TRANSFER_RATE - EXPECTED_LOSS_RATE
COST_PER_CONTACT_FEN = 1_500


# --- months -----------------------------------------------------------------------------------------------------
def month_number(day: datetime.date) -> int:
    """Months since year 0: differences of these are differences of calendar months."""
    return day.year * 12 + day.month - 1


def first_of_month(number: int) -> datetime.date:
    """The first day of a month given by its number."""
    return datetime.date(number // 12, number % 12 + 1, 1)


def month_end(day: datetime.date) -> datetime.date:
    """The last day of the month a day lies in."""
    return day.replace(day=calendar.monthrange(day.year, day.month)[1])


def last_complete_month(as_of: datetime.date) -> datetime.date:
    """First day of the last month that is over at the end of ``as_of``; a month's last day completes it."""
    complete = month_number(as_of) if as_of == month_end(as_of) else month_number(as_of) - 1
    return first_of_month(complete)


@dataclass(frozen=True, slots=True)
class Standpoint:
    """From when a bank is looked at: the last complete month, the day for ages, and the last day facts may carry.

    ``bound`` is None for the living bank, whose facts cannot lie ahead; it cuts when an earlier night is run again.
    """

    window_end: datetime.date
    as_of: datetime.date
    bound: datetime.date | None

    @property
    def window_close(self) -> datetime.date:
        """Last day of the window."""
        return month_end(self.window_end)

    def months_back(self, months: int) -> datetime.date:
        """First day of the period of so many months that ends with the window."""
        return first_of_month(month_number(self.window_end) - months + 1)

    def sees(self, day: datetime.date | None) -> bool:
        """Whether something dated that day has happened yet."""
        return day is not None and (self.bound is None or day <= self.bound)


def standpoint(as_of: datetime.date, *, yesterday: datetime.date) -> Standpoint:
    """The view at the end of ``as_of``; ``yesterday`` is the last business date that is over."""
    window_end = last_complete_month(as_of)
    living = window_end >= last_complete_month(yesterday)
    return Standpoint(window_end, as_of, None if living else as_of)


# --- sums over months -------------------------------------------------------------------------------------------
def _rounded(numerator: Array, denominator: Array | int) -> Array:
    """Division of integers, halves up."""
    result: Array = (2 * numerator + denominator) // (2 * np.asarray(denominator))
    return result


def _column(values: Array, known: npt.NDArray[np.bool_] | np.bool_) -> list[int | None]:
    column = values.astype(object)
    column[np.logical_not(known)] = None
    return list(column.tolist())


@dataclass(frozen=True, slots=True)
class MonthSums:
    """Matrices (customer × month) of the monthly activity, newest month first."""

    count: Array
    amount: Array
    inflow: Array
    card_spend: Array
    salary: Array
    fee: Array
    purchases: Array
    days: Array


@dataclass(frozen=True, slots=True)
class MonthBalances:
    """Matrices (customer × month) of monthly daily averages, newest first; ``known``: the bank fed that month."""

    aum: Array
    deposits: Array
    loans: Array
    known: Mask


def movement_columns(sums: MonthSums) -> dict[str, Sequence[int | None]]:
    """The fields that come from transactions alone."""
    year, prior = slice(0, 12), slice(12, 24)
    paid = sums.salary > 0
    salary, before = sums.salary[:, year].sum(1), sums.salary[:, prior].sum(1)
    comparable = (paid[:, year].sum(1) >= MIN_PAID_MONTHS) & (paid[:, prior].sum(1) >= MIN_PAID_MONTHS)
    growth = _rounded((salary - before) * 10_000, np.where(comparable, before, 1))
    return {
        "count_12m": sums.count[:, year].sum(1).tolist(),
        "amount_12m_fen": sums.amount[:, year].sum(1).tolist(),
        "inflow_12m_fen": sums.inflow[:, year].sum(1).tolist(),
        "card_spend_12m_fen": sums.card_spend[:, year].sum(1).tolist(),
        "salary_12m_fen": salary.tolist(),
        "salary_prior_12m_fen": before.tolist(),
        "fee_12m_fen": sums.fee[:, year].sum(1).tolist(),
        "purchases_6m": sums.purchases[:, :6].sum(1).tolist(),
        "active_months_12m": (sums.count[:, year] > 0).sum(1).tolist(),
        "months_since_salary": _column(paid.argmax(1), paid.any(1)),
        "income_growth_bp": _column(np.clip(growth, -10_000, 1_000_000), comparable),
    }


def active_days(sums: MonthSums, close: datetime.date) -> dict[str, Sequence[int | None]]:
    """Days on which the customer began something: of the 90 up to ``close``, the window's last, and of the 90 before.

    Not known where a month of transactions was kept before its days were.
    """
    unknown = (sums.count > 0) & (sums.days == 0)
    found: dict[str, Sequence[int | None]] = {}
    for name, skipped in (("active_days_90d", 0), ("active_days_prior_90d", ACTIVE_DAYS)):
        masks = _day_masks(close - datetime.timedelta(days=skipped), close)
        total = sum(np.bitwise_count(sums.days[:, column] & mask).astype(np.int64) for column, mask in masks.items())
        found[name] = _column(np.asarray(total), ~unknown[:, list(masks)].any(1))
    return found


def _day_masks(last: datetime.date, close: datetime.date) -> dict[int, int]:
    """Column of the month → the bits of its days among the 90 that end with ``last``."""
    masks: dict[int, int] = {}
    for back in range(ACTIVE_DAYS):
        day = last - datetime.timedelta(days=back)
        column = month_number(close) - month_number(day)
        masks[column] = masks.get(column, 0) | 1 << (day.day - 1)
    return masks


def balance_columns(balances: MonthBalances, fees: Array, contacts: Array) -> dict[str, Sequence[int | None]]:
    """The fields that come from monthly balances. ``fees`` (fen) and ``contacts`` are those of the 12 months."""
    known, year = balances.known, slice(0, 12)
    recent = known[:, :3].any(1)
    stable = (
        known[:, :12]
        & known[:, 1:13]
        & (balances.deposits[:, :12] > 0)
        & (20 * balances.deposits[:, :12] >= 19 * balances.deposits[:, 1:13])
    )
    best = np.where(known[:, year], balances.aum[:, year], np.iinfo(np.int64).min).max(1)
    return {
        "aum_fen": _column(balances.aum[:, 0], known[:, 0]),
        "aum_3m_fen": _average(balances.aum, known, 0, needed=1),
        "aum_3m_prior_fen": _average(balances.aum, known, 3, needed=1),
        "aum_3m_year_ago_fen": _average(balances.aum, known, 12, needed=3),
        "aum_best_12m_fen": _column(best, known[:, year].any(1)),
        "aum_year_ago_fen": _column(balances.aum[:, 12], known[:, 12]),
        "deposits_3m_fen": _average(balances.deposits, known, 0, needed=1),
        "loans_fen": _column(balances.loans[:, 0], known[:, 0]),
        "deposit_stable_months": _column(stable.sum(1), recent),
        "contribution_fen": contribution(balances, fees, contacts, months=12),
    }


def contribution(balances: MonthBalances, fees: Array, contacts: Array, *, months: int) -> list[int | None]:
    """Estimated net contribution (fen) of the newest so many months; not known where no balance of them is."""
    part = slice(0, months)
    margin = (balances.deposits[:, part] * DEPOSIT_MARGIN + balances.loans[:, part] * LOAN_MARGIN).sum(1)
    earned = _rounded(margin, 12 * 10_000) + fees - contacts * COST_PER_CONTACT_FEN
    return _column(earned, balances.known[:, part].any(1))


def _average(values: Array, known: Mask, start: int, *, needed: int) -> list[int | None]:
    """Mean of the known ones of three months; not known when fewer than ``needed`` are."""
    part, seen = values[:, start : start + 3], known[:, start : start + 3]
    count = seen.sum(1)
    mean = _rounded(np.where(seen, part, 0).sum(1), np.maximum(count, 1))
    return _column(mean, count >= needed)


# --- products ---------------------------------------------------------------------------------------------------
@dataclass(frozen=True, slots=True)
class Held:
    """One holding as the arithmetic sees it; ``family`` is the number of its product family."""

    family: int
    opened_on: datetime.date
    closed_on: datetime.date | None
    closed: bool
    maturity_on: datetime.date | None
    worth_keeping: bool  # a deposit whose last balance is not known to be below 1,000 yuan


@dataclass(slots=True)
class Products:
    """What the holdings of one customer come to at a standpoint."""

    open_holdings: int = 0
    ever_holdings: int = 0
    families_mask: int = 0
    families_6m_new: int = 0
    contracts_24m: int = 0
    unmatured_deposit: bool = False
    closed: bool = False
    opened_on: datetime.date | None = None
    closed_on: datetime.date | None = None  # of the last one, when all are closed
    last_change_on: datetime.date | None = None  # opened, closed or matured


def products(holdings: Iterable[Held], view: Standpoint) -> Products:
    """Count products, families and new contracts among the holdings opened so far."""
    result = Products()
    first_of_family: dict[int, datetime.date] = {}
    opened: list[datetime.date] = []
    changes: list[datetime.date] = []
    ends: list[datetime.date] = []
    for held in holdings:
        if not view.sees(held.opened_on):
            continue
        opened.append(held.opened_on)
        changes.append(held.opened_on)
        first_of_family[held.family] = min(held.opened_on, first_of_family.get(held.family, held.opened_on))
        if held.maturity_on and held.maturity_on <= view.window_close:
            changes.append(held.maturity_on)
        if _is_closed(held, view):
            ends += [held.closed_on] if held.closed_on else []
            continue
        result.open_holdings += 1
        result.families_mask |= 1 << held.family
        if held.worth_keeping and held.maturity_on and held.maturity_on > view.window_close:
            result.unmatured_deposit = True
    if opened:
        result.opened_on = min(opened)
        result.ever_holdings = len(opened)
        result.closed = result.open_holdings == 0
        result.closed_on = max(ends, default=None) if result.closed else None
        result.last_change_on = max(changes + ends)
        half_year, two_years = view.months_back(6), view.months_back(24)
        result.families_6m_new = sum(day >= half_year for day in first_of_family.values())
        # the first contract makes a customer, only those after it are repeats
        result.contracts_24m = sum(day >= two_years for day in sorted(opened)[1:])
    return result


def _is_closed(held: Held, view: Standpoint) -> bool:
    if held.closed_on is not None:
        return view.sees(held.closed_on)
    return held.closed


# --- age --------------------------------------------------------------------------------------------------------
def _step_day(born: datetime.date, age: int) -> datetime.date:
    """The day on which an age is completed; 29 February completes on 1 March of a common year (domain E.2)."""
    try:
        return born.replace(year=born.year + age)
    except ValueError:
        return datetime.date(born.year + age, 3, 1)


def age_step(born: datetime.date | None, on: datetime.date) -> tuple[int | None, datetime.date | None]:
    """(lower bound of the age step reached, first day of the month in which the next one is reached).

    Kept in clear so that nights find birthdays without opening the sealed birth date. (None, None) for no birth date,
    one still to come, or an age above 130.
    """
    if born is None or born > on or on.year - born.year > 130:
        return None, None
    reached = max(step for step in AGE_STEPS if _step_day(born, step) <= on)
    later = [step for step in AGE_STEPS if step > reached]
    return reached, _step_day(born, later[0]).replace(day=1) if later else None
