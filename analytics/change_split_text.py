"""The change of a score in words and as a bar, and the metrics behind each indicator (domain F.7); never a cause."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from django.utils.translation import gettext as _

from analytics.change_split import Moved
from analytics.charts import SplitChart, percent, split_chart
from analytics.explanation import Explanation, IndicatorPart
from analytics.explanation_text import metric_phrase, signed
from analytics.scoring_model import ScoreModel
from analytics.wording import PROFILE


def moved_words(found: Moved) -> str:
    """One sentence: the change, and its two parts where they are known."""
    values = {"total": _points(found.tenths), "day": found.since.isoformat()}
    if found.customer_e8 is None:
        return (
            _(
                "%(total)s since %(day)s. Facts have arrived since the night; "
                "how it divides is known after the next one."
            )
            % values
        )
    values |= {"customer": _points(found.customer_tenths), "model": _points(found.model_tenths)}
    if found.old_version != found.new_version:
        values |= {"old": found.old_version, "new": found.new_version}
        return (
            _(
                "%(total)s since %(day)s: the customer moved %(customer)s, the model %(model)s (%(new)s after %(old)s, "
                "and the other customers)."
            )
            % values
        )
    return (
        _("%(total)s since %(day)s: the customer moved %(customer)s, the model %(model)s (the other customers).")
        % values
    )


def moved_chart(found: Moved) -> SplitChart | None:
    """Both parts by their size; None where there is nothing to divide."""
    parts = (found.customer_tenths, found.model_tenths)
    if found.customer_e8 is None or not any(parts):
        return None
    labels = (_("The customer moved"), _("The model moved"))
    sized = [(label, abs(part), _points(part)) for label, part in zip(labels, parts, strict=True)]
    return split_chart(sized, key="moved", title=_("What the change consists of"), caption="", name=_("Part"))


def levels(explanation: Explanation, model: ScoreModel) -> list[dict[str, Any]]:
    """Every indicator with its metrics against the average, each with a bar; the profile always stands last."""
    parts = [part for indicator in explanation.indicators for part in indicator.metrics]
    widest = max((abs(part.contribution) for part in parts), default=Decimal(0)) or Decimal(1)
    return [_level(indicator, model, widest) for indicator in explanation.indicators]


def _level(indicator: IndicatorPart, model: ScoreModel, widest: Decimal) -> dict[str, Any]:
    metrics = sorted(indicator.metrics, key=lambda part: (part.key == PROFILE, -abs(part.contribution)))
    return {
        "label": indicator.label,
        "contribution": signed(indicator.contribution),
        "metrics": [
            {
                "words": metric_phrase(part, model),
                "contribution": signed(part.contribution),
                **_bar(part.contribution, widest),
            }
            for part in metrics
        ],
    }


def _bar(value: Decimal, widest: Decimal) -> dict[str, str]:
    """From the middle to the right above the average, to the left below it."""
    width = 50 * abs(value) / widest
    left = Decimal(50) if value >= 0 else 50 - width
    return {"x": percent(left), "width": percent(width), "shade": "f1" if value >= 0 else "f3"}


def _points(tenths: int) -> str:
    return signed(Decimal(tenths).scaleb(-1))
