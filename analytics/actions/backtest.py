"""Looking back: a version scores the bank as it was six months ago, and what came after is counted (domain F.11).

Facts are derived anew as they stood then, never taken from a later night. A large bank is asked by a sample spread
evenly over its customers (docs/decisions/0050).
"""

from __future__ import annotations

import datetime
from typing import Any

import numpy as np
from django.db.models import Count
from django.utils import timezone
from django.utils.translation import gettext as _

from analytics import backtesting, reading
from analytics.actions import past
from analytics.actions.scoring_run import reference_date
from analytics.backtesting import FEWEST, Half
from analytics.calibrating import calibrate
from analytics.fixedpoint import Ints
from analytics.scoring import score
from analytics.scoring_model import ScoreModel
from complaints.models import Complaint
from crm_site.errors import RuleBroken
from crm_site.wording import date_words
from customers.actions import activity_reading

MONTHS = 6  # how long is looked at
SAMPLE = 20_000


def back_test(model: ScoreModel) -> dict[str, Any]:
    """What a back-test of this version finds, as JSON. Raises RuleBroken("backtest.history") with the reason when the
    bank's history does not allow one."""
    on = reference_date(timezone.localdate() - datetime.timedelta(days=1))
    then = past.months_before(on, MONTHS)
    _require_history(then)
    asked = past.individuals()
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
    earliest = past.begins()
    if earliest is None:
        raise _no_history(_("There are no balances or transactions yet to look back at."))
    needed = past.needed(then)
    if earliest > needed:
        text = _("The bank's history begins in %(first)s. A back-test needs it from %(needed)s on.")
        raise _no_history(text % {"first": f"{earliest:%Y-%m}", "needed": f"{needed:%Y-%m}"})


def _half(model: ScoreModel, *, on: datetime.date, then: datetime.date, every: int) -> Half:
    """Everybody of the sample who had a score then and balances after: both, side by side."""
    before, now = past.standpoint(then), past.standpoint(on)
    parts = [(past.facts(ids, before), activity_reading.after(ids, now, months=MONTHS)) for ids in past.sampled(every)]
    if not parts:
        none = np.zeros(0, dtype=np.int64)
        return Half(none, none, none, none.astype(bool), none)
    facts = past.joined([facts for facts, _after in parts])
    earned = past.one([after.contribution_fen for _facts_, after in parts])
    closed = np.concatenate([after.closed for _facts_, after in parts])
    here = facts["opened_on"].known & (facts["closed"].values != 1)  # were customers then
    facts, earned, closed = facts.take(np.flatnonzero(here)), earned.take(here), closed[here]
    inputs = reading.inputs(facts, reading.answers(facts, model, on=then, until=then), on=then)
    scores = score(inputs, model, calibrate(inputs, model, on=then))
    kept = np.flatnonzero(scores.scored & earned.known)
    complaints = _complaints(facts.ids[kept], then, on)
    return Half(scores.score_e8[kept], scores.grade[kept], earned.values[kept], ~closed[kept], complaints)


def _complaints(ids: Ints, then: datetime.date, on: datetime.date) -> Ints:
    """How many complaints each of them brought in between."""
    first = timezone.make_aware(datetime.datetime.combine(then, datetime.time())) + datetime.timedelta(days=1)
    last = timezone.make_aware(datetime.datetime.combine(on, datetime.time())) + datetime.timedelta(days=1)
    brought = Complaint.objects.filter(nature=Complaint.Nature.COMPLAINT, received_at__gte=first, received_at__lt=last)
    rows = brought.filter(customer_id__among=set(ids.tolist()))
    counted = dict(rows.order_by().values_list("customer_id").annotate(Count("pk")))
    return np.array([counted.get(pk, 0) for pk in ids.tolist()], dtype=np.int64)
