"""Looking back: a version scores the bank as it was six months ago, and what came after is counted (domain F.11).

Facts are derived anew as they stood then, never taken from a later night. A large bank is asked by a sample spread
evenly over its customers (docs/decisions/0050).
"""

from __future__ import annotations

import datetime
from collections.abc import Iterator
from typing import Any

import numpy as np
from django.db.models import Count, Min
from django.utils import timezone
from django.utils.translation import gettext as _

from analytics import backtesting, reading
from analytics.actions.scoring_run import reference_date
from analytics.backtesting import FEWEST, Half
from analytics.calibrating import calibrate
from analytics.fixedpoint import Ints
from analytics.reading import FACTS, Facts
from analytics.scoring import score
from analytics.scoring_model import CODEBOOKS, ScoreModel, Unit
from complaints.models import Complaint
from crm_site.columns import Column
from crm_site.errors import RuleBroken
from crm_site.wording import date_words
from customers.actions import activity_reading, activity_rows
from customers.activity_math import Standpoint, first_of_month, month_end, month_number
from customers.models import Customer, MonthlyActivity, MonthlyBalance, Product

MONTHS = 6  # how long is looked at
BEFORE = 12  # months a score needs behind it
SAMPLE = 20_000
_CHUNK = 2_000
_BOOKS = {
    "occupation": CODEBOOKS[Unit.OCCUPATION],
    "rating": CODEBOOKS[Unit.RATING],
    "stated_need": tuple(Product.Family.values),
}


def back_test(model: ScoreModel) -> dict[str, Any]:
    """What a back-test of this version finds, as JSON. Raises RuleBroken("backtest.history") with the reason when the
    bank's history does not allow one."""
    on = reference_date(timezone.localdate() - datetime.timedelta(days=1))
    then = month_end(first_of_month(month_number(on) - MONTHS))
    _require_history(then)
    asked = Customer.objects.filter(kind=Customer.Kind.INDIVIDUAL).count()
    half = _half(model, on=on, then=then, every=-(-asked // SAMPLE) or 1)
    if len(half) < FEWEST:
        text = _("Only %(n)s customers have a score of %(day)s and a balance after it; at least %(least)s are needed.")
        raise _no_history(text % {"n": len(half), "day": date_words(then.isoformat()), "least": FEWEST})
    found = backtesting.to_json(backtesting.report(half))
    return {"then": then.isoformat(), "on": on.isoformat(), "months": MONTHS, "asked": asked, **found}


def _no_history(text: str) -> RuleBroken:
    return RuleBroken("backtest.history", text)


def _require_history(then: datetime.date) -> None:
    """Twelve months before the score and six after it. Raises RuleBroken."""
    earliest = [
        day
        for rows in (MonthlyActivity.objects, MonthlyBalance.objects)
        if (day := rows.aggregate(first=Min("month"))["first"]) is not None
    ]
    if not earliest:
        raise _no_history(_("There are no balances or transactions yet to look back at."))
    needed = first_of_month(month_number(then) - BEFORE + 1)
    if min(earliest) > needed:
        text = _("The bank's history begins in %(first)s. A back-test needs it from %(needed)s on.")
        raise _no_history(text % {"first": f"{min(earliest):%Y-%m}", "needed": f"{needed:%Y-%m}"})


def _half(model: ScoreModel, *, on: datetime.date, then: datetime.date, every: int) -> Half:
    """Everybody of the sample who had a score then and balances after: both, side by side."""
    past = Standpoint(then.replace(day=1), then, then)
    present = Standpoint(on.replace(day=1), on, on)
    parts = [(_facts(ids, past), activity_reading.after(ids, present, months=MONTHS)) for ids in _sampled(every)]
    if not parts:
        none = np.zeros(0, dtype=np.int64)
        return Half(none, none, none, none.astype(bool), none)
    facts = _joined([facts for facts, _after in parts])
    earned = _one([after.contribution_fen for _facts_, after in parts])
    closed = np.concatenate([after.closed for _facts_, after in parts])
    here = facts["opened_on"].known & (facts["closed"].values != 1)  # were customers then
    facts, earned, closed = facts.take(np.flatnonzero(here)), earned.take(here), closed[here]
    inputs = reading.inputs(facts, reading.answers(facts, model, on=then, until=then), on=then)
    scores = score(inputs, model, calibrate(inputs, model, on=then))
    kept = np.flatnonzero(scores.scored & earned.known)
    complaints = _complaints(facts.ids[kept], then, on)
    return Half(scores.score_e8[kept], scores.grade[kept], earned.values[kept], ~closed[kept], complaints)


def _sampled(every: int) -> Iterator[list[int]]:
    """Individuals, every so many-th, by the chunk."""
    rows = Customer.objects.filter(kind=Customer.Kind.INDIVIDUAL).order_by("pk")
    last, seen = 0, 0
    while ids := list(rows.filter(pk__gt=last).values_list("pk", flat=True)[: _CHUNK * every]):
        chosen = ids[-seen % every :: every]
        last, seen = ids[-1], seen + len(ids)
        if chosen:
            yield chosen


def _facts(ids: list[int], view: Standpoint) -> Facts:
    """Facts as reading gives them, derived for an earlier day."""
    found = activity_reading.facts(ids, view)
    values = {name: _coded(name, found[name]) for name in FACTS}
    everybody = np.ones(len(ids), dtype=bool)
    return Facts(np.array(ids, dtype=np.int64), everybody, everybody, values)


def _coded(name: str, column: Column) -> Column:
    """Texts as the places scoring knows them by."""
    if name not in _BOOKS:
        return column
    return Column.of_codes(activity_rows.texts(name, column), _BOOKS[name])


def _joined(parts: list[Facts]) -> Facts:
    values = {name: _one([part[name] for part in parts]) for name in FACTS}
    ids = np.concatenate([part.ids for part in parts])
    everybody = np.ones(len(ids), dtype=bool)
    return Facts(ids, everybody, everybody, values)


def _one(parts: list[Column]) -> Column:
    return Column(np.concatenate([part.values for part in parts]), np.concatenate([part.missing for part in parts]))


def _complaints(ids: Ints, then: datetime.date, on: datetime.date) -> Ints:
    """How many complaints each of them brought in between."""
    first = timezone.make_aware(datetime.datetime.combine(then, datetime.time())) + datetime.timedelta(days=1)
    last = timezone.make_aware(datetime.datetime.combine(on, datetime.time())) + datetime.timedelta(days=1)
    brought = Complaint.objects.filter(nature=Complaint.Nature.COMPLAINT, received_at__gte=first, received_at__lt=last)
    rows = brought.filter(customer_id__among=set(ids.tolist()))
    counted = dict(rows.order_by().values_list("customer_id").annotate(Count("pk")))
    return np.array([counted.get(pk, 0) for pk in ids.tolist()], dtype=np.int64)
