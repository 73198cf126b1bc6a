"""Why a score is not what it was: how much of the change lies in the customer's facts, and how much in the measuring.

The same facts, by the calibration and version the earlier score went by, give the score in between: up to it the
customer moved, from it on the model did (other population, other reference date, perhaps another version). Whole
numbers of 1e-8 that add up without a remainder (peers row 36; domain F.3; docs/decisions/0052).
"""

from __future__ import annotations

import datetime
from dataclasses import dataclass

import numpy as np

from analytics import reading
from analytics.calibration import Calibration as Frozen
from analytics.fixedpoint import signed_divide
from analytics.models import Calibration, Score
from analytics.scoring import TENTH, score
from analytics.scoring_model import from_json


@dataclass(frozen=True, slots=True)
class Moved:
    """The change since the last score of an earlier calibration, in 1e-8; ``tenths`` is that of the shown scores.

    ``customer_e8`` and ``model_e8`` are None while facts have arrived that no night has scored: then nobody can say.
    """

    since: datetime.date
    tenths: int
    customer_e8: int | None
    model_e8: int | None
    old_version: str
    new_version: str

    @property
    def customer_tenths(self) -> int:
        """The customer's part as it is shown."""
        return signed_divide(self.customer_e8 or 0, TENTH)

    @property
    def model_tenths(self) -> int:
        """The model's part as it is shown: what is left, so that both add up to the shown change."""
        return self.tenths - self.customer_tenths


def moved(row: Score) -> Moved | None:
    """How a published score came from the one of the calibration before; None when there is none, or no score."""
    rows = Score.objects.filter(customer=row.customer_id, run_from__lt=row.run_from)
    before = (
        rows.exclude(calibration=row.calibration_id).select_related("calibration__model").order_by("-run_from").first()
    )
    if before is None or before.score_e8 < 0 or row.score_e8 < 0:
        return None
    now, between = _scored(row.customer_id, row.calibration), _scored(row.customer_id, before.calibration)
    known = now == row.score_e8 and between is not None
    return Moved(
        since=before.calibration.on,
        tenths=row.score_tenths - before.score_tenths,
        customer_e8=between - before.score_e8 if known and between is not None else None,
        model_e8=row.score_e8 - between if known and between is not None else None,
        old_version=before.calibration.model.version,
        new_version=row.calibration.model.version,
    )


def _scored(customer: int, calibration: Calibration) -> int | None:
    """What the customer's present facts score by this calibration, in 1e-8; None without a score."""
    facts = reading.facts(reading.rows(customer, customer))
    if not facts.n:
        return None
    spec, frozen = from_json(calibration.model.spec), Frozen.from_json(calibration.data)
    sums = reading.answers(facts, spec, on=frozen.on)
    found = score(reading.inputs(facts, sums, on=frozen.on), spec, frozen)
    return int(found.score_e8[0]) if np.all(found.scored) else None
