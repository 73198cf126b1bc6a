"""What Activity is derived from, read for a chunk of customers in a dozen set queries and turned into columns."""

from __future__ import annotations

import datetime
from collections import defaultdict
from collections.abc import Sequence
from decimal import Decimal
from typing import Any, NamedTuple

import numpy as np
from django.db.models import Count, F, Max, Min, Q
from django.utils import timezone

from crm_site import bank_day
from customers.activity_math import (
    ACTIVITY_MONTHS,
    BALANCE_MONTHS,
    MARKED_DAYS,
    Array,
    Held,
    MonthBalances,
    MonthSums,
    Products,
    Standpoint,
    active_days,
    age_step,
    balance_columns,
    contribution,
    month_number,
    movement_columns,
    products,
)
from customers.models import (
    CreditRecord,
    Customer,
    Holding,
    Interaction,
    MonthlyActivity,
    MonthlyBalance,
    Need,
    Product,
)

Columns = dict[str, Sequence[Any]]

_FAMILIES = {family: number for number, family in enumerate(Product.Family.values)}
_OWED = (Product.Family.LOAN, Product.Family.CARD)
_SMALL_DEPOSIT_FEN = 100_000
QUALIFIED_STRENGTH, STATED_STRENGTH = 3, 4


class _Account(NamedTuple):
    """A holding as its balances see it: the row of its customer, and what its balance counts as."""

    pk: int
    row: int
    asset: bool
    deposit: bool
    owed: bool


def facts(ids: list[int], view: Standpoint) -> Columns:
    """Every field of Activity but key, window and stamp, as columns in the order of ``ids`` (ascending)."""
    position = {pk: number for number, pk in enumerate(ids)}
    held, accounts = _products(position, view)
    sums, last_on = _movements(position, view)
    contacts, last_contact = _contacts(ids, view)
    balances = _balances(position, view, held, accounts)
    movement = movement_columns(sums)
    counts = np.array([contacts.get(pk, 0) for pk in ids], dtype=np.int64)
    columns: Columns = {
        **movement,
        **active_days(sums, view.window_close),
        **balance_columns(balances, np.array(movement["fee_12m_fen"], dtype=np.int64), counts),
        **_people(ids, view, held, movement["salary_12m_fen"]),
        **_credit(ids, view),
        **_needs(ids, view),
    }
    marks = _marks(ids, view)
    columns["worst_mark_60d"] = [marks.get(pk) for pk in ids]
    columns["last_active_on"] = [
        max((day for day in (last_on.get(pk), last_contact.get(pk), held[pk].last_change_on) if day), default=None)
        for pk in ids
    ]
    referred = _referrals(ids, view)
    columns["referrals_24m"] = [referred.get(pk, 0) for pk in ids]
    for name in ("open_holdings", "ever_holdings", "families_mask", "families_6m_new", "contracts_24m"):
        columns[name] = [getattr(held[pk], name) for pk in ids]
    columns["unmatured_deposit"] = [held[pk].unmatured_deposit for pk in ids]
    columns["closed"] = [held[pk].closed for pk in ids]
    return columns


class After(NamedTuple):
    """What came of some customers by a standpoint: net contribution of the last months (fen), and whether all their
    products are closed."""

    contribution_fen: list[int | None]
    closed: list[bool]


def after(ids: list[int], view: Standpoint, *, months: int) -> After:
    """What these customers (ascending) brought in during the last ``months`` of the window, and who is gone."""
    position = {pk: number for number, pk in enumerate(ids)}
    held, accounts = _products(position, view)
    sums, _last_on = _movements(position, view)
    contacts, _last_contact = _contacts(ids, view, months=months)
    counts = np.array([contacts.get(pk, 0) for pk in ids], dtype=np.int64)
    fees = sums.fee[:, :months].sum(1)
    earned = contribution(_balances(position, view, held, accounts), fees, counts, months=months)
    return After(earned, [held[pk].closed for pk in ids])


def _products(position: dict[int, int], view: Standpoint) -> tuple[dict[int, Products], list[_Account]]:
    """What each customer's holdings come to, and the accounts whose balances matter."""
    fields = ("pk", "customer_id", "product__family", "product__counts_in_aum", "opened_on", "closed_on")
    rows = list(
        Holding.objects.filter(customer_id__among=position).order_by("pk").values_list(*fields, "status", "maturity_on")
    )
    small = _small({pk for pk, *_rest, maturity_on in rows if maturity_on and maturity_on > view.window_close}, view)
    found: dict[int, list[Held]] = defaultdict(list)
    accounts = []
    for pk, customer_id, family, counts, opened_on, closed_on, status, maturity_on in rows:
        deposit = family == Product.Family.DEPOSIT
        closed = status == Holding.Status.CLOSED
        held = Held(_FAMILIES[family], opened_on, closed_on, closed, maturity_on, deposit and pk not in small)
        found[customer_id].append(held)
        accounts.append(_Account(pk, position[customer_id], counts, counts and deposit, not counts and family in _OWED))
    return {pk: products(found[pk], view) for pk in position}, accounts


def _small(holdings: set[int], view: Standpoint) -> set[int]:
    """Those whose last balance of the window is so small that a fixed term does not matter."""
    month = MonthlyBalance.objects.filter(holding_id__among=holdings, month=view.window_end)
    return set(month.filter(end_fen__lt=_SMALL_DEPOSIT_FEN).values_list("holding_id", flat=True)) if holdings else set()


def _movements(position: dict[int, int], view: Standpoint) -> tuple[MonthSums, dict[int, datetime.date]]:
    rows = MonthlyActivity.objects.filter(customer_id__among=position)
    names = ("count", "amount_fen", "inflow_fen", "card_spend_fen", "salary_fen", "fee_fen", "purchases", "days_mask")
    window = rows.filter(month__gte=view.months_back(ACTIVITY_MONTHS), month__lte=view.window_end)
    matrix = np.zeros((len(names), len(position), ACTIVITY_MONTHS), dtype=np.int64)
    _fill(matrix, list(window.values_list("customer_id", "month", *names)), position, view)
    seen = rows if view.bound is None else rows.filter(last_on__lte=view.bound)
    last_on = dict(seen.order_by().values_list("customer_id").annotate(Max("last_on")))
    return MonthSums(*matrix), last_on


def _fill(matrix: Array, rows: list[tuple[Any, ...]], position: dict[int, int], view: Standpoint) -> None:
    """Put rows of (customer, month, values …) into a matrix of (value, customer, month)."""
    end = month_number(view.window_end)
    at = np.array([(position[row[0]], end - month_number(row[1])) for row in rows], dtype=np.int64).reshape(-1, 2)
    values = np.array([row[2:] for row in rows], dtype=np.int64).reshape(-1, len(matrix))
    matrix[:, at[:, 0], at[:, 1]] = values.T


def _balances(
    position: dict[int, int], view: Standpoint, held: dict[int, Products], accounts: list[_Account]
) -> MonthBalances:
    """Summed here and not by the database, whose planner may go through every balance of the bank for a few people."""
    rows = MonthlyBalance.objects.filter(
        holding_id__among={account.pk for account in accounts},
        month__gte=view.months_back(BALANCE_MONTHS),
        month__lte=view.window_end,
    )
    end = month_number(view.window_end)
    stored = [
        (pk, end - month_number(month), fen) for pk, month, fen in rows.values_list("holding", "month", "average_fen")
    ]
    of, column, average = np.array(stored, dtype=np.int64).reshape(-1, 3).T
    known_as = np.array(accounts, dtype=np.int64).reshape(-1, len(_Account._fields)).T
    row, asset, deposit, owed = known_as[1:, np.searchsorted(known_as[0], of)]
    at, kept = (row, column), np.maximum(average, 0)
    assets, deposits, loans = np.zeros((3, len(position), BALANCE_MONTHS), dtype=np.int64)
    np.add.at(assets, at, kept * asset)
    np.add.at(deposits, at, kept * deposit)
    # an overdraft is owed; it does not lessen what is kept elsewhere
    np.add.at(loans, at, average * owed + (kept - average) * asset)
    known = np.zeros(assets.shape, dtype=np.bool_)
    known[at] = True
    for pk, row in position.items():
        closed_on = held[pk].closed_on
        if closed_on is not None:  # nothing can be kept here after the last product is closed
            known[row, : max(0, month_number(view.window_end) - month_number(closed_on))] = True
    return MonthBalances(assets, deposits, loans, known)


def _contacts(ids: list[int], view: Standpoint, *, months: int = 12) -> tuple[dict[int, int], dict[int, datetime.date]]:
    """(contacts in so many months that cost an agent's time, last day the customer came to us)."""
    rows = Interaction.objects.filter(customer_id__among=set(ids), undone_at=None).exclude(
        channel=Interaction.Channel.SYSTEM
    )
    period = Q(at__gte=bank_day.begins(view.months_back(months)), at__lt=bank_day.ends(view.window_close))
    spoken = rows.exclude(direction=Interaction.Direction.NONE).filter(period)
    counts = dict(spoken.order_by().values_list("customer_id").annotate(Count("pk")))
    came = rows.filter(direction=Interaction.Direction.IN)
    if view.bound is not None:
        came = came.filter(at__lt=bank_day.ends(view.bound))
    last = came.order_by().values_list("customer_id").annotate(Max("at"))
    return counts, {pk: timezone.localdate(at) for pk, at in last}


def _marks(ids: list[int], view: Standpoint) -> dict[int, int]:
    """The lowest rating of 60 days; what was given after the window's close counts as new."""
    since = bank_day.begins(view.window_close - datetime.timedelta(days=MARKED_DAYS - 1))
    rows = Interaction.objects.filter(
        customer_id__among=set(ids), rating_points__isnull=False, undone_at=None, at__gte=since
    )
    if view.bound is not None:
        rows = rows.filter(at__lt=bank_day.ends(view.bound))
    return dict(rows.order_by().values_list("customer_id").annotate(Min("rating_points")))


def _people(ids: list[int], view: Standpoint, held: dict[int, Products], payroll: Sequence[int | None]) -> Columns:
    fields = ("pk", "opened_on", "occupation", "birth_date", "annual_income")
    people: dict[int, tuple[Any, ...]] = {
        row[0]: row[1:] for row in Customer.objects.filter(pk__among=set(ids)).values_list(*fields)
    }
    names = ("opened_on", "occupation", "age_step", "age_check_from", "income_fen")
    rows: list[tuple[Any, ...]] = []
    for pk, paid in zip(ids, payroll, strict=True):
        opened_on, occupation, birth_date, income = people[pk]
        known = [day for day in (opened_on, held[pk].opened_on) if day is not None and view.sees(day)]
        step, check_from = age_step(birth_date, view.as_of)
        stated = int(Decimal(income) * 100) if income is not None else None
        income_fen = stated if stated is not None else paid or None
        rows.append((min(known, default=None), occupation, step, check_from, income_fen))
    return dict(zip(names, zip(*rows, strict=True), strict=True))


def _credit(ids: list[int], view: Standpoint) -> Columns:
    rows = CreditRecord.objects.filter(customer_id__among=set(ids)).order_by("as_of")
    if view.bound is not None:
        rows = rows.filter(as_of__lte=view.bound)
    latest = {
        pk: rest for pk, *rest in rows.values_list("customer_id", "max_dpd_24m", "debt_service_bp", "internal_rating")
    }
    found = [latest.get(pk, (None, None, "")) for pk in ids]
    return {
        "dpd_24m": [row[0] for row in found],
        "debt_service_bp": [row[1] for row in found],
        "rating": [row[2] for row in found],
    }


def _needs(ids: list[int], view: Standpoint) -> Columns:
    rows = Need.objects.filter(customer_id__among=set(ids))
    if view.bound is not None:
        rows = rows.filter(recorded_at__lt=bank_day.ends(view.bound))
    fresh = rows.filter(
        status=Need.Status.OPEN, strength__gte=QUALIFIED_STRENGTH, recorded_at__gte=bank_day.begins(view.months_back(6))
    )
    counts = dict(fresh.order_by().values_list("customer_id").annotate(Count("pk")))
    stated = rows.filter(
        basis=Need.Basis.STATED,
        status__in=[Need.Status.OPEN, Need.Status.MET],
        strength__gte=STATED_STRENGTH,
        recorded_at__gte=bank_day.begins(view.months_back(12)),
    ).order_by("recorded_at", "pk")
    wanted = dict(stated.values_list("customer_id", "family"))
    return {"new_needs_6m": [counts.get(pk, 0) for pk in ids], "stated_need": [wanted.get(pk, "") for pk in ids]}


def _referrals(ids: list[int], view: Standpoint) -> dict[int, int]:
    """Customers these people brought in 24 months who have become active; nobody brings themselves."""
    rows = Customer.objects.filter(
        referred_by_id__among=set(ids), status=Customer.Status.ACTIVE, opened_on__gte=view.months_back(24)
    ).exclude(pk=F("referred_by_id"))
    if view.bound is not None:
        rows = rows.filter(opened_on__lte=view.bound)
    return dict(rows.order_by().values_list("referred_by_id").annotate(Count("pk")))
