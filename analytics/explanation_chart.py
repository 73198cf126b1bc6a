"""The explanation of a score as five bars (ux.md §6.2)."""

from __future__ import annotations

from collections.abc import Sequence

from django.utils.translation import gettext as _

from analytics.charts import ValueChart, ValueRow, value_chart
from analytics.explanation import Explanation
from analytics.fixedpoint import WHOLE, as_decimal, divide
from analytics.scoring_model import ScoreModel


def explanation_chart(explanation: Explanation, medians: Sequence[int], model: ScoreModel, *, key: str) -> ValueChart:
    """Earned points, the most possible, and the median of everybody (``medians`` in points of 1e-8)."""
    middles = [divide(weight * median, WHOLE) for weight, median in zip(model.weights, medians, strict=True)]
    rows = [
        ValueRow(part.label, part.earned, part.most, as_decimal(middle, 8))
        for part, middle in zip(explanation.indicators, middles, strict=True)
    ]
    caption = _("Bar = points, pale track = most possible (weight), tick = median of all customers")
    return value_chart(rows, key=key, title=_("Five value indicators"), caption=caption)
