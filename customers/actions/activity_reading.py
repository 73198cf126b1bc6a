"""What Activity is derived from, read for a chunk of customers in a dozen set queries and turned into columns."""

from __future__ import annotations

import datetime
from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import NamedTuple

import numpy as np
from django.db.models import Q

from crm_site import arrays, bank_day
from crm_site.arrays import Number, Parameter
from crm_site.columns import Bools, Column, Ints
from customers.actions import monthly_sums
from customers.actions.monthly_sums import Months
from customers.activity_math import (
    ACTIVITY_MONTHS,
    BALANCE_MONTHS,
    MARKED_DAYS,
    Columns,
    Held,
    MonthBalances,
    MonthSums,
    Products,
    Standpoint,
    active_days,
    age_steps,
    balance_columns,
    contribution,
    latest_of,
    month_number,
    months_of,
    movement_columns,
    products,
)
from customers.classes import Occupation
from customers.models import CreditRecord, Customer, Holding, Interaction, Need, Product

_FAMILIES = tuple(Product.Family.values)
BOOKS = {"occupation": tuple(Occupation.values), "stated_need": _FAMILIES}  # what places in code columns stand for
_OWED = (Product.Family.LOAN, Product.Family.CARD)
_SMALL_DEPOSIT_FEN = 100_000
QUALIFIED_STRENGTH, STATED_STRENGTH = 3, 4
_NO_DAY = 0  # what a missing day reads as: no day has this ordinal


@dataclass(frozen=True, eq=False)
class _Asked:
    """The customers of a chunk, by ascending keys; what is read about them is laid beside their places."""

    ids: Ints

    def places(self, keys: Ints) -> tuple[Ints, Bools]:
        """Where each key stands among ours, and whether it is ours at all."""
        at = np.minimum(np.searchsorted(self.ids, keys), len(self.ids) - 1)
        return at, self.ids[at] == keys

    def read(
        self,
        numbers: Sequence[Number],
        table: str,
        condition: str = "",
        parameters: Sequence[Parameter] = (),
        *,
        key: str = "customer_id",
        before: Sequence[Parameter] = (),
    ) -> tuple[Ints, list[Ints]]:
        """(place of the customer, the numbers) of each row about one of them. ``condition`` follows the one that finds
        them; ``before`` are parameters of the numbers."""
        mine, given = arrays.whose(key, self.ids)
        source = f"FROM {table} WHERE {mine} {condition}"  # noqa: S608 - our own names
        found = arrays.fetch([Number(key), *numbers], source, [*before, *given, *parameters])
        at, here = self.places(found.column(0))
        columns = [found.column(place) for place in range(1, 1 + len(numbers))]
        if here.all():
            return at, columns
        return at[here], [column[here] for column in columns]

    def laid(self, at: Ints, values: Ints, *, missing: int | None = None) -> Column:
        """A column out of at most one value a customer; who has none, or the one that says so, is unknown."""
        found = Column.none(len(self.ids))
        found.values[at] = values
        found.missing[at] = False if missing is None else values == missing
        return found


def facts(ids: Sequence[int] | Ints, view: Standpoint, sums: Months | None = None) -> Columns:
    """Every field of Activity but key, window and stamp, as columns in the order of ``ids`` (ascending, not none).

    Days are ordinals, texts places in ``BOOKS``, the rating the code of its letter. ``sums`` are the monthly sums of
    (at least) these customers, all of them, where the caller has them.
    """
    asked = _Asked(np.asarray(ids, dtype=np.int64))
    held, accounts = _products(asked, view)
    months, last_move = _movements(asked, view, sums)
    contacts = _contacts(asked, view)
    balances = _balances(asked, view, held, accounts)
    movement = movement_columns(months)
    return {
        **movement,
        **active_days(months, view.window_close),
        **balance_columns(balances, movement["fee_12m_fen"].values, contacts.number),
        **_people(asked, view, held, movement["salary_12m_fen"]),
        **_credit(asked, view),
        **_needs(asked, view),
        "worst_mark_60d": contacts.worst_mark,
        "last_active_on": latest_of(last_move, contacts.came_on, held.last_change_on),
        "last_transaction_on": latest_of(last_move, held.last_opened_on),
        "referrals_24m": _referrals(asked, view),
        "open_holdings": Column.full(held.open_holdings),
        "ever_holdings": Column.full(held.ever_holdings),
        "families_mask": Column.full(held.families_mask),
        "families_6m_new": Column.full(held.families_6m_new),
        "contracts_24m": Column.full(held.contracts_24m),
        "unmatured_deposit": Column.full(held.unmatured_deposit.astype(np.int64)),
        "closed": Column.full(held.closed.astype(np.int64)),
    }


class After(NamedTuple):
    """What came of some customers by a standpoint: net contribution of the last months (fen), and whether all their
    products are closed."""

    contribution_fen: Column
    closed: Bools


def after(ids: Sequence[int] | Ints, view: Standpoint, *, months: int) -> After:
    """What these customers (ascending) brought in during the last ``months`` of the window, and who is gone."""
    asked = _Asked(np.asarray(ids, dtype=np.int64))
    held, accounts = _products(asked, view)
    sums, _last_on = _movements(asked, view, None)
    contacts = _contacts(asked, view, months=months)
    fees = sums.fee[:, :months].sum(1)
    earned = contribution(_balances(asked, view, held, accounts), fees, contacts.number, months=months)
    return After(earned, held.closed)


# --- products and balances --------------------------------------------------------------------------------------
@dataclass(frozen=True, eq=False)
class _Accounts:
    """Holdings as their balances see them, by ascending keys: whose they are, and what their balance counts as."""

    pk: Ints
    row: Ints
    asset: Bools
    deposit: Bools
    owed: Bools

    def take(self, order: Ints) -> _Accounts:
        """The same in another order."""
        return _Accounts(self.pk[order], self.row[order], self.asset[order], self.deposit[order], self.owed[order])


def _products(asked: _Asked, view: Standpoint) -> tuple[Products, _Accounts]:
    """What each customer's holdings come to, and the accounts whose balances matter."""
    numbers = [
        Number("id"),
        Number("product_id"),
        Number(arrays.ordinal("opened_on"), bits=arrays.DAY_BITS),
        Number(arrays.ordinal("closed_on"), _NO_DAY, arrays.DAY_BITS),
        Number(arrays.ordinal("maturity_on"), _NO_DAY, arrays.DAY_BITS),
        Number(f"CASE WHEN status = '{Holding.Status.CLOSED}' THEN 1 ELSE 0 END", bits=1),
    ]
    row, (pk, product, opened, closed_on, maturity, closed) = asked.read(numbers, Holding._meta.db_table)
    family, counts = _offers(product)
    deposit = family == _FAMILIES.index(Product.Family.DEPOSIT)
    fixed = maturity > view.window_close.toordinal()
    worth = deposit.copy()
    worth[fixed] &= ~np.isin(pk[fixed], _small(pk[fixed], view))
    dates = (Column(closed_on, closed_on == _NO_DAY), Column(maturity, maturity == _NO_DAY))
    held = Held(row, family, opened, dates[0], closed == 1, dates[1], worth)
    owed = np.isin(family, [_FAMILIES.index(code) for code in _OWED])
    order = np.argsort(pk)
    accounts = _Accounts(pk, row, counts, counts & deposit, ~counts & owed).take(order)
    return products(held, view, n=len(asked.ids)), accounts


def _offers(products_held: Ints) -> tuple[Ints, Bools]:
    """(number of the family, whether it counts as assets) of each product held."""
    rows = list(Product.objects.order_by("pk").values_list("pk", "family", "counts_in_aum"))
    known = np.array([(pk, _FAMILIES.index(family), counts) for pk, family, counts in rows], dtype=np.int64)
    keys, family, counts = known.reshape(-1, 3).T
    at = np.searchsorted(keys, products_held)
    return family[at], counts[at] == 1


def _small(holdings: Ints, view: Standpoint) -> Ints:
    """Those whose last balance of the window is so small that a fixed term does not matter."""
    if not len(holdings):
        return holdings
    mine, keys = arrays.among("holding_id", holdings)
    source = f"FROM customers_monthlybalance WHERE {mine} AND month = %s AND end_fen < %s"  # noqa: S608 - our own names
    return arrays.read(["holding_id"], source, [keys, view.window_end.isoformat(), _SMALL_DEPOSIT_FEN])[0]


def _balances(asked: _Asked, view: Standpoint, held: Products, accounts: _Accounts) -> MonthBalances:
    """Summed here and not by the database, whose planner may go through every balance of the bank for a few people."""
    end = month_number(view.window_end)
    row, column, average, of = _averages(accounts, view)
    at, kept = (row, column), np.maximum(average, 0)
    assets, deposits, loans = np.zeros((3, len(asked.ids), BALANCE_MONTHS), dtype=np.int64)
    known = np.zeros(assets.shape, dtype=np.bool_)
    if len(of):
        np.add.at(assets, at, kept * accounts.asset[of])
        np.add.at(deposits, at, kept * accounts.deposit[of])
        # an overdraft is owed; it does not lessen what is kept elsewhere
        np.add.at(loans, at, average * accounts.owed[of] + (kept - average) * accounts.asset[of])
        known[at] = True
    # nothing can be kept here after the last product is closed
    empty = np.where(held.closed_on.missing, 0, end - months_of(held.closed_on.values))
    known |= np.arange(BALANCE_MONTHS) < empty[:, np.newaxis]
    return MonthBalances(assets, deposits, loans, known)


def _averages(accounts: _Accounts, view: Standpoint) -> tuple[Ints, Ints, Ints, Ints]:
    """(customer's place, months before the window's last, daily average, place of the account) of each balance."""
    if not len(accounts.pk):
        return (np.zeros(0, dtype=np.int64),) * 4
    mine, given = arrays.whose("holding_id", accounts.pk)
    source = f"FROM customers_monthlybalance WHERE {mine} AND month BETWEEN %s AND %s"  # noqa: S608 - our own names
    columns = ["holding_id", arrays.ordinal("month"), "average_fen"]
    parameters = [*given, view.months_back(BALANCE_MONTHS).isoformat(), view.window_end.isoformat()]
    holding, month, average = arrays.read(columns, source, parameters)
    of = np.minimum(np.searchsorted(accounts.pk, holding), len(accounts.pk) - 1)
    here = accounts.pk[of] == holding
    back = month_number(view.window_end) - months_of(month)
    return accounts.row[of[here]], back[here], average[here], of[here]


# --- movements --------------------------------------------------------------------------------------------------
def _movements(asked: _Asked, view: Standpoint, sums: Months | None) -> tuple[MonthSums, Column]:
    """The sums of 24 months, and the last day on which each customer began something."""
    if sums is None:
        last_on = _last_move(asked, view)
        sums = monthly_sums.of_window(asked.ids, view.months_back(ACTIVITY_MONTHS), view.window_end)
    else:
        last_on = _last_of(asked, view, sums)
    at, here = asked.places(sums.customers)
    back = month_number(view.window_end) - months_of(sums.months)
    here &= (back >= 0) & (back < ACTIVITY_MONTHS)
    matrix = np.zeros((len(monthly_sums.VALUES) - 1, len(asked.ids), ACTIVITY_MONTHS), dtype=np.int64)
    cell = at[here] * ACTIVITY_MONTHS + back[here]
    for values, cells in zip(sums.values, matrix.reshape(len(matrix), -1), strict=False):
        cells[cell] = values[here]
    return MonthSums(*matrix), last_on


def _last_move(asked: _Asked, view: Standpoint) -> Column:
    seen, given = ("", []) if view.bound is None else ("AND last_on <= %s ", [view.bound.isoformat()])
    last = Number(arrays.ordinal("MAX(last_on)"), _NO_DAY)
    at, (day,) = asked.read([last], "customers_monthlyactivity", f"{seen}GROUP BY customer_id", given)
    return asked.laid(at, day, missing=_NO_DAY)


def _last_of(asked: _Asked, view: Standpoint, sums: Months) -> Column:
    at, here = asked.places(sums.customers)
    last = sums.values[-1]
    here &= last <= (datetime.date.max if view.bound is None else view.bound).toordinal()
    found = np.zeros(len(asked.ids), dtype=np.int64)
    np.maximum.at(found, at[here], last[here])
    return Column(found, found == _NO_DAY)


def _until(column: str, view: Standpoint) -> tuple[str, list[Parameter]]:
    """A further condition that the moment lies before the end of what is known, and its parameters."""
    return ("", []) if view.bound is None else (f"AND {column} < %s", [arrays.moment(bank_day.ends(view.bound))])


# --- contacts ---------------------------------------------------------------------------------------------------
class _Contacts(NamedTuple):
    """Contacts that cost an agent's time, the last day the customer came to us, and the lowest rating of 60 days."""

    number: Ints
    came_on: Column
    worst_mark: Column


def _contacts(asked: _Asked, view: Standpoint, *, months: int = 12) -> _Contacts:
    """Of so many months. What was rated after the window's close counts as new."""
    known, until = _until("at", view)
    spoken = f"channel <> '{Interaction.Channel.SYSTEM}'"
    period = [arrays.moment(bank_day.begins(view.months_back(months))), arrays.moment(bank_day.ends(view.window_close))]
    marked = arrays.moment(bank_day.begins(view.window_close - datetime.timedelta(days=MARKED_DAYS - 1)))
    both = f"{spoken} AND direction <> '{Interaction.Direction.NONE}' AND at >= %s AND at < %s"
    came = f"MAX(at) FILTER (WHERE {spoken} AND direction = '{Interaction.Direction.IN}' {known})"
    numbers = [
        Number(f"COUNT(*) FILTER (WHERE {both})"),
        Number(arrays.local_day(came), _NO_DAY),
        Number(f"MIN(rating_points) FILTER (WHERE rating_points IS NOT NULL AND at >= %s {known})", arrays.UNKNOWN),
    ]
    before = [*period, *until, marked, *until]
    condition = "AND undone_at IS NULL GROUP BY customer_id"
    at, (number, day, mark) = asked.read(numbers, Interaction._meta.db_table, condition, before=before)
    counted = asked.laid(at, number).filled(0)
    return _Contacts(counted, asked.laid(at, day, missing=_NO_DAY), asked.laid(at, mark, missing=arrays.UNKNOWN))


# --- the person -------------------------------------------------------------------------------------------------
def _people(asked: _Asked, view: Standpoint, held: Products, payroll: Column) -> Columns:
    numbers = [arrays.number_of(Customer, name, book=BOOKS.get(name)) for name in ("opened_on", "occupation")]
    at, (opened, occupation) = asked.read(numbers, Customer._meta.db_table, key="id")
    born, income = _sealed(asked)
    step, check_from = age_steps(born, view.as_of)
    paid = payroll.values
    income_fen = Column(np.where(income.missing, paid, income.values), income.missing & (paid == 0))
    return {
        "opened_on": _opened(asked.laid(at, opened, missing=arrays.UNKNOWN), held.opened_on, view),
        "occupation": asked.laid(at, occupation, missing=arrays.UNKNOWN),
        "age_step": step,
        "age_check_from": check_from,
        "income_fen": income_fen,
    }


def _opened(stated: Column, first_product: Column, view: Standpoint) -> Column:
    """The earlier of both days, where it lies behind us."""
    never = datetime.date.max.toordinal()
    seen = never if view.bound is None else view.bound.toordinal() + 1
    days = [
        np.where(column.missing | (column.values >= seen), never, column.values) for column in (stated, first_product)
    ]
    first = np.minimum(*days)
    return Column(first, first == never)


def _sealed(asked: _Asked) -> tuple[Column, Column]:
    """(ordinal of the birth date, stated yearly income in fen), opened only where there is something to open."""
    told = Q(birth_date__isnull=False) | Q(annual_income__isnull=False)
    rows = Customer.objects.filter(told, pk__gte=int(asked.ids[0]), pk__lte=int(asked.ids[-1]))
    if not arrays.dense(asked.ids):
        rows = Customer.objects.filter(told, pk__among=asked.ids.tolist())
    found = list(rows.values_list("pk", "birth_date", "annual_income"))
    at, here = asked.places(np.array([pk for pk, _born, _income in found], dtype=np.int64))
    days = Column.of(born.toordinal() if born else None for _pk, born, _income in found)
    fen = Column.of(None if income is None else int(Decimal(income) * 100) for _pk, _born, income in found)

    def laid(column: Column) -> Column:
        return asked.laid(at[here], column.filled(arrays.UNKNOWN)[here], missing=arrays.UNKNOWN)

    return laid(days), laid(fen)


def _credit(asked: _Asked, view: Standpoint) -> Columns:
    """Of the latest record."""
    names = {"dpd_24m": "max_dpd_24m", "debt_service_bp": "debt_service_bp", "rating": "internal_rating"}
    numbers = [arrays.number_of(CreditRecord, name) for name in ("as_of", *names.values())]
    known, given = ("", []) if view.bound is None else ("AND as_of <= %s", [view.bound.isoformat()])
    at, (day, *found) = asked.read(numbers, CreditRecord._meta.db_table, known, given)
    last = _last_of_each(at, day)
    values = zip(names, found, strict=True)
    return {name: asked.laid(at[last], column[last], missing=arrays.UNKNOWN) for name, column in values}


def _needs(asked: _Asked, view: Standpoint) -> Columns:
    """Open ones of six months that are worth a call, and the family of the latest that was stated in twelve.

    What was said counts for its year though nobody followed it, so that it expired; not when it was taken back.
    """
    known, until = (
        ("", []) if view.bound is None else ("AND recorded_at < %s", [arrays.moment(bank_day.ends(view.bound))])
    )
    half, year = (arrays.moment(bank_day.begins(view.months_back(months))) for months in (6, 12))
    qualified = f"status = '{Need.Status.OPEN}' AND strength >= {QUALIFIED_STRENGTH} AND recorded_at >= %s"
    stated = f"basis = '{Need.Basis.STATED}' AND status <> '{Need.Status.DECLINED}' AND strength >= {STATED_STRENGTH}"
    numbers = [
        arrays.number_of(Need, "family", book=_FAMILIES),
        *(Number(f"CASE WHEN {condition} THEN 1 ELSE 0 END", bits=1) for condition in (qualified, stated)),
    ]
    condition = f"AND recorded_at >= %s {known} ORDER BY recorded_at, id"
    table = Need._meta.db_table
    at, (family, fresh, said) = asked.read(numbers, table, condition, [year, *until], before=[half])
    counts = np.bincount(at[fresh == 1], minlength=len(asked.ids))
    told = np.flatnonzero(said == 1)
    last = told[_last_of_each(at[told], told)]
    wanted = asked.laid(at[last], family[last], missing=arrays.UNKNOWN)
    return {"new_needs_6m": Column.full(counts), "stated_need": wanted}


def _last_of_each(at: Ints, order: Ints) -> Ints:
    """Of each customer's rows the one that is last by ``order``."""
    rows = np.lexsort((order, at))
    ends = np.flatnonzero(np.r_[at[rows][1:] != at[rows][:-1], True]) if len(rows) else rows
    return rows[ends]


def _referrals(asked: _Asked, view: Standpoint) -> Column:
    """Customers these people brought in 24 months who have become active; nobody brings themselves."""
    known, given = ("", []) if view.bound is None else ("AND opened_on <= %s ", [view.bound.isoformat()])
    condition = (
        f"AND status = '{Customer.Status.ACTIVE}' AND id <> referred_by_id AND opened_on >= %s {known}"
        "GROUP BY referred_by_id"
    )
    table, given = Customer._meta.db_table, [view.months_back(24).isoformat(), *given]
    at, (number,) = asked.read([Number("COUNT(*)")], table, condition, given, key="referred_by_id")
    return Column.full(asked.laid(at, number).filled(0))
