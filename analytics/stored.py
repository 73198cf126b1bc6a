"""From a score row back to what explanations take."""

from __future__ import annotations

import datetime
from dataclasses import dataclass, replace

from analytics.calibration import Calibration as Frozen
from analytics.explanation import Explanation, StoredScore, explain
from analytics.explanation_text import held_sentence, sentences
from analytics.models import Score, ScoreRun
from analytics.scoring_model import INDICATORS, ScoreModel, from_json
from crm_site.columns import MISSING
from customers.models import Customer, PublishedRun, Standing


@dataclass(frozen=True, slots=True)
class Value:
    """A customer's published score with its reasons; ``previous`` is the one it replaced, in tenths."""

    row: Score
    model: ScoreModel
    explanation: Explanation
    as_of: datetime.date
    data_to: datetime.date
    medians: tuple[int, ...]
    previous: int | None
    raw_grade: str
    held_months: int

    @property
    def sentences(self) -> tuple[str, ...]:
        """The explanation in the reader's language."""
        found = sentences(self.explanation, self.model, data_to=self.data_to)
        held = held_sentence(self.explanation.grade, self.raw_grade, self.held_months)
        return (found[0], held, *found[1:]) if held else found


def stored_score(row: Score) -> StoredScore:
    """The columns of a row; −1 becomes None."""

    def known(value: int) -> int | None:
        return None if value == MISSING else value

    metrics = [
        field.name for field in Score._meta.concrete_fields if field.name[0] in "cslgk" and field.name[1:].isdigit()
    ]
    return StoredScore(
        score_e8=known(row.score_e8),
        tenths=known(row.score_tenths),
        grade=row.grade,
        coverage=row.coverage,
        confidence=row.confidence,
        provisional=row.provisional,
        indicators=tuple(getattr(row, f"i_{key.lower()}") for key in INDICATORS),
        coverages=tuple(getattr(row, f"cov_{key.lower()}") for key in INDICATORS),
        metrics={name: known(getattr(row, name)) for name in metrics},
    )


def value_of(customer: Customer) -> Value | None:
    """The published score of one customer, or None before their first night."""
    row = Score.objects.published().select_related("calibration__model").filter(customer=customer).first()
    if row is None:
        return None
    model, frozen = from_json(row.calibration.model.spec), Frozen.from_json(row.calibration.data)
    older = Score.objects.filter(customer=customer, run_from__lt=row.run_from).order_by("-run_from")
    before = older.values_list("score_tenths", flat=True).first()
    as_of = PublishedRun.objects.values_list("as_of", flat=True).get(pk=1)
    shown = Standing.objects.filter(customer=customer, run_from=row.run_from).values_list("grade", "grade_months")
    grade, months = shown.first() or (row.grade, 0)
    run = ScoreRun.objects.filter(no=row.run_from).values_list("as_of", flat=True).first()
    return Value(
        row=row,
        model=model,
        explanation=explain(replace(stored_score(row), grade=grade), model, frozen),
        as_of=as_of or frozen.on,
        data_to=run or frozen.on,
        medians=frozen.medians.get("ALL", (0, 0, 0, 0, 0)),
        previous=None if before in (None, MISSING) else before,
        raw_grade=row.grade,
        held_months=months,
    )
