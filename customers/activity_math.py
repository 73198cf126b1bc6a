"""The arithmetic behind Activity: windows of months, tenure of products, age steps, the estimated contribution.

Pure: plain values and arrays in, plain values out; no clock, no database. docs/ACTIVITY.md defines every field.
Money in fen, ratios in 1/10,000. None means "not known".
"""

from __future__ import annotations

import calendar
import datetime
from dataclasses import dataclass

import numpy as np

from crm_site.columns import Bools, Column, Ints
from customers.classes import AGE_STEPS

Columns = dict[str, Column]

ACTIVITY_MONTHS = 24  # column k of a matrix is the k-th month before the end of the window; column 0 is its last month
BALANCE_MONTHS = 15
ACTIVE_DAYS = 90  # how long a stretch of days is compared with the one before it
MARKED_DAYS = 60  # how long a low mark counts
OLDEST = 130  # years; a birth date before that is doubted
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


_DAY_ZERO = datetime.date(1970, 1, 1)


def months_of(days: Ints) -> Ints:
    """``month_number`` of many days, given as ordinals."""
    since = (days - _DAY_ZERO.toordinal()).astype("datetime64[D]")
    return since.astype("datetime64[M]").astype(np.int64) + month_number(_DAY_ZERO)


def first_days(months: Ints) -> Ints:
    """Ordinals of the first days of months given by their numbers."""
    since = (months - month_number(_DAY_ZERO)).astype("datetime64[M]")
    return since.astype("datetime64[D]").astype(np.int64) + _DAY_ZERO.toordinal()


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


def _any(where: Bools) -> Bools:
    """Whether any month of each customer is marked."""
    found: Bools = np.any(where, axis=1)
    return found


# --- sums over months -------------------------------------------------------------------------------------------
def _rounded(numerator: Ints, denominator: Ints | int) -> Ints:
    """Division of integers, halves up."""
    result: Ints = (2 * numerator + denominator) // (2 * np.asarray(denominator))
    return result


@dataclass(frozen=True, slots=True)
class MonthSums:
    """Matrices (customer × month) of the monthly activity, newest month first."""

    count: Ints
    amount: Ints
    inflow: Ints
    card_spend: Ints
    salary: Ints
    fee: Ints
    purchases: Ints
    days: Ints


@dataclass(frozen=True, slots=True)
class MonthBalances:
    """Matrices (customer × month) of monthly daily averages, newest first; ``known``: the bank fed that month."""

    aum: Ints
    deposits: Ints
    loans: Ints
    known: Bools


def movement_columns(sums: MonthSums) -> Columns:
    """The fields that come from transactions alone."""
    year, prior = slice(0, 12), slice(12, 24)
    paid = sums.salary > 0
    salary, before = sums.salary[:, year].sum(1), sums.salary[:, prior].sum(1)
    comparable = (paid[:, year].sum(1) >= MIN_PAID_MONTHS) & (paid[:, prior].sum(1) >= MIN_PAID_MONTHS)
    growth = _rounded((salary - before) * 10_000, np.where(comparable, before, 1))
    return {
        "count_12m": Column.full(sums.count[:, year].sum(1)),
        "amount_12m_fen": Column.full(sums.amount[:, year].sum(1)),
        "inflow_12m_fen": Column.full(sums.inflow[:, year].sum(1)),
        "card_spend_12m_fen": Column.full(sums.card_spend[:, year].sum(1)),
        "salary_12m_fen": Column.full(salary),
        "salary_prior_12m_fen": Column.full(before),
        "fee_12m_fen": Column.full(sums.fee[:, year].sum(1)),
        "purchases_6m": Column.full(sums.purchases[:, :6].sum(1)),
        "active_months_12m": Column.full((sums.count[:, year] > 0).sum(1)),
        "months_since_salary": Column(paid.argmax(1), ~_any(paid)),
        "income_growth_bp": Column(np.clip(growth, -10_000, 1_000_000), ~comparable),
    }


def active_days(sums: MonthSums, close: datetime.date) -> Columns:
    """Days on which the customer began something: of the 90 up to ``close``, the window's last, and of the 90 before.

    Not known where a month of transactions was kept before its days were.
    """
    unknown = (sums.count > 0) & (sums.days == 0)
    found = Columns()
    for name, skipped in (("active_days_90d", 0), ("active_days_prior_90d", ACTIVE_DAYS)):
        masks = _day_masks(close - datetime.timedelta(days=skipped), close)
        total = sum(np.bitwise_count(sums.days[:, column] & mask).astype(np.int64) for column, mask in masks.items())
        found[name] = Column(np.asarray(total), _any(unknown[:, list(masks)]))
    return found


def _day_masks(last: datetime.date, close: datetime.date) -> dict[int, int]:
    """Column of the month → the bits of its days among the 90 that end with ``last``."""
    masks: dict[int, int] = {}
    for back in range(ACTIVE_DAYS):
        day = last - datetime.timedelta(days=back)
        column = month_number(close) - month_number(day)
        masks[column] = masks.get(column, 0) | 1 << (day.day - 1)
    return masks


def balance_columns(balances: MonthBalances, fees: Ints, contacts: Ints) -> Columns:
    """The fields that come from monthly balances. ``fees`` (fen) and ``contacts`` are those of the 12 months."""
    known, year = balances.known, slice(0, 12)
    recent = _any(known[:, :3])
    stable = (
        known[:, :12]
        & known[:, 1:13]
        & (balances.deposits[:, :12] > 0)
        & (20 * balances.deposits[:, :12] >= 19 * balances.deposits[:, 1:13])
    )
    best = np.where(known[:, year], balances.aum[:, year], np.iinfo(np.int64).min).max(1)
    return {
        "aum_fen": Column(balances.aum[:, 0], ~known[:, 0]),
        "aum_3m_fen": _average(balances.aum, known, 0, needed=1),
        "aum_3m_prior_fen": _average(balances.aum, known, 3, needed=1),
        "aum_3m_year_ago_fen": _average(balances.aum, known, 12, needed=3),
        "aum_best_12m_fen": Column(best, ~_any(known[:, year])),
        "aum_year_ago_fen": Column(balances.aum[:, 12], ~known[:, 12]),
        "deposits_3m_fen": _average(balances.deposits, known, 0, needed=1),
        "loans_fen": Column(balances.loans[:, 0], ~known[:, 0]),
        "deposit_stable_months": Column(stable.sum(1), ~recent),
        "contribution_fen": contribution(balances, fees, contacts, months=12),
    }


def contribution(balances: MonthBalances, fees: Ints, contacts: Ints, *, months: int) -> Column:
    """Estimated net contribution (fen) of the newest so many months; not known where no balance of them is."""
    part = slice(0, months)
    margin = (balances.deposits[:, part] * DEPOSIT_MARGIN + balances.loans[:, part] * LOAN_MARGIN).sum(1)
    earned = _rounded(margin, 12 * 10_000) + fees - contacts * COST_PER_CONTACT_FEN
    return Column(earned, ~_any(balances.known[:, part]))


def _average(values: Ints, known: Bools, start: int, *, needed: int) -> Column:
    """Mean of the known ones of three months; not known when fewer than ``needed`` are."""
    part, seen = values[:, start : start + 3], known[:, start : start + 3]
    count = seen.sum(1)
    mean = _rounded(np.where(seen, part, 0).sum(1), np.maximum(count, 1))
    return Column(mean, count < needed)


# --- products ---------------------------------------------------------------------------------------------------
@dataclass(frozen=True, slots=True)
class Held:
    """Holdings as the arithmetic sees them, one entry each. ``row`` is the place of the customer, ``family`` the number
    of the product family, days are ordinals; ``worth_keeping``: a deposit whose last balance is not known to be below
    1,000 yuan."""

    row: Ints
    family: Ints
    opened_on: Ints
    closed_on: Column
    closed: Bools
    maturity_on: Column
    worth_keeping: Bools

    def take(self, rows: Bools) -> Held:
        """Some of them."""
        closed_on, maturity_on = self.closed_on.take(rows), self.maturity_on.take(rows)
        plain = (self.row[rows], self.family[rows], self.opened_on[rows])
        return Held(*plain, closed_on, self.closed[rows], maturity_on, self.worth_keeping[rows])


@dataclass(frozen=True, slots=True)
class Products:
    """What the holdings of each customer come to at a standpoint; days are ordinals."""

    open_holdings: Ints
    ever_holdings: Ints
    families_mask: Ints
    families_6m_new: Ints
    contracts_24m: Ints
    unmatured_deposit: Bools
    closed: Bools
    opened_on: Column
    closed_on: Column  # of the last one, when all are closed
    last_opened_on: Column
    last_change_on: Column  # opened, closed or matured


def products(holdings: Held, view: Standpoint, *, n: int) -> Products:
    """Count products, families and new contracts of ``n`` customers among the holdings opened so far."""
    held = holdings if view.bound is None else holdings.take(holdings.opened_on <= view.bound.toordinal())
    closed = _is_closed(held, view)
    left, ever = ~closed, np.bincount(held.row, minlength=n)
    open_holdings = np.bincount(held.row[left], minlength=n)
    first = _earliest(held.row, held.opened_on, n)
    ended = closed & held.closed_on.known
    last_end = _latest(held.row[ended], held.closed_on.values[ended], n)
    matured = held.maturity_on.known & (held.maturity_on.values <= view.window_close.toordinal())
    last_opened = _latest(held.row, held.opened_on, n)
    last_matured = _latest(held.row[matured], held.maturity_on.values[matured], n)
    kept = left & held.worth_keeping & held.maturity_on.known & ~matured
    gone = (ever > 0) & (open_holdings == 0)
    return Products(
        open_holdings=open_holdings,
        ever_holdings=ever,
        families_mask=_families(held.row[left], held.family[left], n),
        families_6m_new=_new_families(held, view, n),
        contracts_24m=_repeats(held, first, view, n),
        unmatured_deposit=np.bincount(held.row[kept], minlength=n) > 0,
        closed=gone,
        opened_on=first,
        closed_on=Column(last_end.values, last_end.missing | ~gone),
        last_opened_on=last_opened,
        last_change_on=latest_of(last_end, last_opened, last_matured),
    )


def _is_closed(held: Held, view: Standpoint) -> Bools:
    dated = held.closed_on.known
    if view.bound is None:
        return dated | held.closed
    return np.where(dated, held.closed_on.values <= view.bound.toordinal(), held.closed)


def _families(row: Ints, family: Ints, n: int) -> Ints:
    masks = np.zeros(n, dtype=np.int64)
    np.bitwise_or.at(masks, row, np.int64(1) << family)
    return masks


def _new_families(held: Held, view: Standpoint, n: int) -> Ints:
    """Families whose first product was opened in the last six months."""
    width = int(held.family.max(initial=0)) + 1
    first = _earliest(held.row * width + held.family, held.opened_on, n * width)
    new = first.known & (first.values >= view.months_back(6).toordinal())
    return new.reshape(n, width).sum(1)


def _repeats(held: Held, first: Column, view: Standpoint, n: int) -> Ints:
    """Contracts of two years; the first one makes a customer, only those after it are repeats."""
    since = view.months_back(24).toordinal()
    recent = np.bincount(held.row[held.opened_on >= since], minlength=n)
    return recent - (first.known & (first.values >= since))


def _earliest(row: Ints, days: Ints, n: int) -> Column:
    found = np.full(n, np.iinfo(np.int64).max)
    np.minimum.at(found, row, days)
    return Column(found, found == np.iinfo(np.int64).max)


def _latest(row: Ints, days: Ints, n: int) -> Column:
    found = np.zeros(n, dtype=np.int64)
    np.maximum.at(found, row, days)
    return Column(found, found == 0)


def latest_of(*days: Column) -> Column:
    """The latest known day of each customer."""
    found = np.maximum.reduce([column.filled(0) for column in days])
    return Column(found, found == 0)


# --- age --------------------------------------------------------------------------------------------------------
def age_steps(born: Column, on: datetime.date) -> tuple[Column, Column]:
    """(lower bound of the age step reached, first day of the month in which the next one is reached), as ordinals.

    Kept in clear so that nights find birthdays without opening the sealed birth date. Not known for no birth date, one
    still to come, or an age above 130. An age is completed on the birthday; 29 February completes on 1 March of a
    common year (domain E.2).
    """
    month = months_of(born.values)
    into = born.values - first_days(month)
    unknown = born.missing | (born.values > on.toordinal())
    unknown |= first_days(month + 12 * (OLDEST + 1)) + into <= on.toordinal()
    days = np.stack([first_days(month + 12 * step) + into for step in AGE_STEPS])
    reached = np.maximum((days <= on.toordinal()).sum(0) - 1, 0)
    later = np.minimum(reached + 1, len(AGE_STEPS) - 1)
    check_from = first_days(months_of(np.take_along_axis(days, later[np.newaxis], axis=0)[0]))
    last = reached == len(AGE_STEPS) - 1
    return Column(np.array(AGE_STEPS, dtype=np.int64)[reached], unknown), Column(check_from, unknown | last)
