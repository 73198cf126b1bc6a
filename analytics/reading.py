"""Reading what scoring needs as whole numbers, one array a fact: the only place that names Activity's columns in SQL.

Dates come as ordinals, codes as places in their code book, unknown values as ``arrays.UNKNOWN``.
"""

from __future__ import annotations

import datetime
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass
from datetime import UTC
from functools import lru_cache

import numpy as np

from analytics.answers import AnswerSums, aggregate
from analytics.calibration import elapsed_days
from analytics.fixedpoint import WHOLE, Bools, Ints
from analytics.scoring import Inputs
from analytics.scoring_model import CODEBOOKS, ScoreModel, Unit
from crm_site import arrays
from crm_site.arrays import Number, Parameter, Rows
from crm_site.columns import Column
from customers.models import Activity, Customer, Product

_DATES = ("opened_on", "last_active_on", "last_transaction_on")
_BOOK = {
    "occupation": CODEBOOKS[Unit.OCCUPATION],
    "rating": CODEBOOKS[Unit.RATING],
    "stated_need": tuple(Product.Family.values),
}
_PLAIN = tuple(
    str(field.column)
    for field in Activity._meta.concrete_fields
    if field.name not in ("customer", "window_end", "age_check_from", "changed_at", *_DATES, *_BOOK)
)
FACTS = (*_PLAIN, *_DATES, *_BOOK)
# What ``inputs`` looks at.
SCORED = (
    "contribution_fen amount_12m_fen count_12m families_mask contracts_24m referrals_24m opened_on aum_3m_fen "
    "aum_3m_year_ago_fen last_active_on age_step occupation income_growth_bp new_needs_6m families_6m_new aum_fen "
    "aum_year_ago_fen dpd_24m debt_service_bp rating ever_holdings"
).split()


_REFERENCE, _SCORABLE, _FIRST = 1, 2, 3  # places in what is read: two marks behind the key, then the facts


@dataclass(frozen=True, eq=False)
class Facts:
    """Facts about ``n`` customers in id order. ``reference`` marks active individuals, ``scorable`` all individuals."""

    ids: Ints
    reference: Bools
    scorable: Bools
    values: Mapping[str, Column]

    @property
    def n(self) -> int:
        """How many customers."""
        return len(self.ids)

    def __getitem__(self, name: str) -> Column:
        return self.values[name]

    def take(self, rows: Ints | Bools) -> Facts:
        """The facts about some of them."""
        values = {name: column.take(rows) for name, column in self.values.items()}
        return Facts(self.ids[rows], self.reference[rows], self.scorable[rows], values)


@lru_cache(maxsize=4)
def _numbers(reference: str, scorable: str) -> tuple[Number, ...]:
    marks = [Number(f"CASE WHEN {condition} THEN 1 ELSE 0 END", bits=1) for condition in (reference, scorable)]
    facts = [arrays.number_of(Activity, name, alias="a", book=_BOOK.get(name)) for name in FACTS]
    return (Number("a.customer_id"), *marks, *facts)


def rows(first_id: int, last_id: int) -> Rows:
    """Customers in an id range (both ends included); see ``facts``."""
    individual = f"c.kind = '{Customer.Kind.INDIVIDUAL}'"
    active = f"c.status = '{Customer.Status.ACTIVE}' AND {individual}"
    source = (
        "FROM customers_activity a JOIN customers_customer c ON c.id = a.customer_id "
        "WHERE a.customer_id BETWEEN %s AND %s AND c.id BETWEEN %s AND %s"  # PostgreSQL does not infer the second range
    )
    return arrays.fetch(_numbers(active, individual), source, [first_id, last_id, first_id, last_id]).ordered()


def moved(since: datetime.datetime, among: tuple[int, int] | None = None) -> Rows:
    """Those (of an id range) whose facts moved since. Nobody is marked as of the reference population.

    Only the organisations among customers are looked up, since opening every customer's page for one word cost more
    than reading the facts.
    """
    organisation = f"c.id = a.customer_id AND c.kind = '{Customer.Kind.ORGANISATION}'"
    within = "" if among is None else " AND a.customer_id BETWEEN %s AND %s"
    source = (
        f"FROM customers_activity a LEFT JOIN customers_customer c ON {organisation} WHERE a.changed_at > %s{within}"
    )
    # put in order here: asked for an order, PostgreSQL goes through everybody by key where it expects many
    return arrays.fetch(_numbers("1 = 0", "c.id IS NULL"), source, [arrays.moment(since), *(among or ())]).ordered()


def facts(found: Rows) -> Facts:
    """All the facts about customers that were read."""
    return _facts(found.column, FACTS)


def population(found: Collection[Rows]) -> Facts:
    """Who others are measured against: active individuals, or every individual in a bank that marks nobody active.

    Only what ``inputs`` looks at.
    """
    mark = _REFERENCE if any(part.column(_REFERENCE).any() for part in found) else _SCORABLE
    chosen = [_marked(part.column(mark)) for part in found]
    nobody = np.zeros(0, dtype=np.int64)

    def column(place: int) -> Ints:
        return np.concatenate([nobody, *(part.column(place)[at] for part, at in zip(found, chosen, strict=True))])

    return _facts(column, SCORED)


def _marked(mark: Ints) -> Ints | slice:
    """Whose mark is set; everybody is named without a number each."""
    return slice(None) if mark.all() else np.flatnonzero(mark)


def _facts(column: Callable[[int], Ints], names: Collection[str]) -> Facts:
    numbers = {name: column(place) for place, name in enumerate(FACTS, start=_FIRST) if name in names}
    values = {name: Column(found, found == arrays.UNKNOWN) for name, found in numbers.items()}
    return Facts(column(0), column(_REFERENCE) == 1, column(_SCORABLE) == 1, values)


def moved_since(moment: datetime.datetime, among: tuple[int, int]) -> Ints:
    """Keys of the customers of an id range whose facts moved since, in order."""
    source = "FROM customers_activity WHERE changed_at > %s AND customer_id BETWEEN %s AND %s"
    return np.sort(arrays.read(["customer_id"], source, [arrays.moment(moment), *among])[0])


def rows_of(table: str, ids: Ints, condition: str, *, newest: str) -> tuple[str, list[Parameter]]:
    """What to read FROM, as ``found``, for at most a row a customer: the one that meets a condition, which is the last
    of theirs by ``newest``."""
    if arrays.dense(ids):
        source = f"{table} AS found WHERE customer_id BETWEEN %s AND %s AND {condition}"
        return source, [int(ids[0]), int(ids[-1])]
    source, parameter = arrays.found_by_key(table, "customer_id", ids, condition, newest=newest)
    return source, [parameter]


def answers(facts: Facts, model: ScoreModel, *, on: datetime.date, until: datetime.date | None = None) -> AnswerSums:
    """Sums of the rated contacts of these customers, measured at the calibration's date; later ones count as new.

    ``until`` is the last day whose answers are known, where the past is looked at as it was.
    """
    if not facts.n:
        return AnswerSums.none(0)
    condition, parameters = arrays.whose("customer_id", facts.ids)
    since = datetime.datetime.combine(on - datetime.timedelta(days=model.answer_window_days + 2), datetime.time(), UTC)
    source = (
        f"FROM customers_interaction WHERE {condition} AND rating_points IS NOT NULL AND undone_at IS NULL AND at >= %s"
    )
    parameters.append(arrays.moment(since))
    if until is not None:
        source += f" AND {arrays.local_day('at')} <= %s"
        parameters.append(until.toordinal())
    columns = ["customer_id", "rating_points", "rating_weight", arrays.local_day("at")]
    found = arrays.read(columns, source, parameters)
    place = np.searchsorted(facts.ids, found[0])
    asked = (place < facts.n) & (facts.ids[np.minimum(place, facts.n - 1)] == found[0])
    who, points, weight, day = place[asked], *found[1:, asked]
    return aggregate(who, points, weight, day, n=facts.n, on=on, model=model)


def ratio(part: Column, whole: Column, *, less: int = 0, down: bool = False) -> Column:
    """part / whole − less in 1/10,000, missing where either is unknown or the whole is not positive.

    Rounded half up; ``down`` cuts off, so that what is below a limit by a fen stays below it.
    """
    missing = part.missing | whole.missing | (whole.values <= 0)
    safe = np.where(missing, np.int64(1), whole.values)
    values = (np.where(missing, np.int64(0), part.values) * WHOLE + (0 if down else safe // 2)) // safe - less
    return Column(values, missing)


def _plus(one: Column, other: Column) -> Column:
    """Their sum, missing where either is."""
    return Column(one.values + other.values, one.missing | other.missing)


def families(mask: Column) -> Column:
    bits = sum(((mask.values >> bit) & 1 for bit in range(len(Product.Family.values))), np.zeros(len(mask), np.int64))
    return Column(bits, mask.missing)


def inputs(facts: Facts, sums: AnswerSums, *, on: datetime.date) -> Inputs:
    """The metrics of the score model out of the facts. Who never held anything has no contribution, not a zero one."""
    never = facts["ever_holdings"].values == 0

    def held(column: Column) -> Column:
        return Column(column.values, column.missing | never)

    columns = {
        "c1": held(facts["contribution_fen"]),
        "c2": held(facts["amount_12m_fen"]),
        "c3": held(facts["count_12m"]),
        "c4": held(families(facts["families_mask"])),
        "l1": held(facts["contracts_24m"]),
        "l2": held(facts["referrals_24m"]),
        "l3": elapsed_days(facts["opened_on"], on),
        "l4": ratio(facts["aum_3m_fen"], facts["aum_3m_year_ago_fen"]),
        "l5": elapsed_days(facts["last_active_on"], on),
        "g1": facts["age_step"],
        "g2": facts["occupation"],
        "g3": facts["income_growth_bp"],
        "g4": held(_plus(facts["new_needs_6m"], facts["families_6m_new"])),
        "g5": ratio(facts["aum_fen"], facts["aum_year_ago_fen"], less=WHOLE),
        "k1": facts["dpd_24m"],
        "k2": facts["debt_service_bp"],
        "k3": facts["rating"],
    }
    return Inputs(facts.n, columns, sums)
