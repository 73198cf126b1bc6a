"""The explanation as sentences in the reader's language (domain F.7). They compare; they never say "because"."""

from __future__ import annotations

import datetime
from decimal import ROUND_HALF_UP, Decimal
from functools import reduce

from django.utils.translation import gettext as _

from analytics.damping import MARGIN
from analytics.explanation import Explanation, IndicatorPart, MetricPart
from analytics.fixedpoint import as_decimal
from analytics.scoring_model import ScoreModel, Transform
from analytics.wording import INDICATOR_WORDS, PROFILE, metric_word

TENTH = Decimal("0.1")
ANSWERS = "s1"


def sentences(explanation: Explanation, model: ScoreModel, *, data_to: datetime.date) -> tuple[str, ...]:
    """The explanation, one sentence an entry. ``data_to`` is the last day whose facts were used."""
    lines = [_score_line(explanation)]
    if explanation.score is not None:
        lines += [_above(explanation, model), _below(explanation, model)]
    lines += _missing_lines(explanation)
    if explanation.provisional:
        lines.append(_("Provisional: a customer for less than three months."))
    lines.append(_("Data coverage %(percent)s%%.") % {"percent": percent(explanation.coverage)})
    lines.append(_("Model %(version)s, data to %(date)s.") % {"version": model.version, "date": data_to.isoformat()})
    return tuple(lines)


def held_sentence(shown: str, raw: str, months: int) -> str:
    """That the shown grade is held against what the score alone says (domain F.5); "" where they agree."""
    if shown == raw or not shown or not raw:
        return ""
    words = _(
        "By the score alone the grade would be %(raw)s. %(shown)s is kept until the score lies %(margin)s beyond the "
        "limit, or stays beyond it for two month-ends (so far %(months)s)."
    )
    return words % {"raw": raw, "shown": shown, "margin": as_decimal(MARGIN, 1), "months": months}


def sentence(explanation: Explanation, model: ScoreModel, *, data_to: datetime.date) -> str:
    """The whole explanation as one paragraph."""
    lines = sentences(explanation, model, data_to=data_to)
    return reduce(lambda first, rest: _("%(first)s %(rest)s") % {"first": first, "rest": rest}, lines)


def metric_phrase(part: MetricPart, model: ScoreModel) -> str:
    """How a metric stands: "net contribution at percentile 90", "new needs: none", "repayment on time 70 of 100"."""
    if part.key == PROFILE or part.points is None:
        return part.label
    metric = model.metric(part.key)
    values = {"metric": part.label, "points": str(part.points.quantize(Decimal(1), ROUND_HALF_UP))}
    if metric.zero_is_zero and part.points == 0:
        return _("%(metric)s: none") % values
    if metric.transform is Transform.PERCENTILE:
        return _("%(metric)s at percentile %(points)s") % values
    return _("%(metric)s %(points)s of 100") % values


def signed(value: Decimal) -> str:
    """One decimal with its sign: +14.0, −4.4, 0.0."""
    shown = value.quantize(TENTH, ROUND_HALF_UP)
    return f"+{shown}" if shown > 0 else f"−{-shown}" if shown < 0 else "0.0"


def percent(share: Decimal) -> str:
    """A share of 1 in per cent, without needless decimals: 100, 74.5, 91.75."""
    return f"{(share * 100).normalize():f}"


def _score_line(explanation: Explanation) -> str:
    if explanation.shown is None:
        return _("Not enough data for a score.")
    average = explanation.baseline.quantize(TENTH, ROUND_HALF_UP)
    return _("Score %(score)s (%(grade)s), average %(average)s.") % {
        "score": explanation.shown,
        "grade": explanation.grade,
        "average": average,
    }


def _above(explanation: Explanation, model: ScoreModel) -> str:
    parts = [part for part in explanation.indicators if signed(part.contribution).startswith("+")]
    if not parts:
        return _("Nothing is above average.")
    parts.sort(key=lambda part: -part.contribution)
    return _("Above average: %(parts)s.") % {"parts": _listed(parts, model)}


def _below(explanation: Explanation, model: ScoreModel) -> str:
    parts = [part for part in explanation.indicators if signed(part.contribution).startswith("−")]
    if not parts:
        return _("Nothing is below average.")
    parts.sort(key=lambda part: part.contribution)
    return _("Below average: %(parts)s.") % {"parts": _listed(parts, model)}


def _listed(parts: list[IndicatorPart], model: ScoreModel) -> str:
    """The first indicator with the metric that stands out most in it, the others with their number alone."""
    words = []
    for place, part in enumerate(parts):
        values = {"indicator": INDICATOR_WORDS[part.key], "points": signed(part.contribution)}
        telling = _telling(part) if place == 0 else None
        if telling is None:
            words.append(_("%(indicator)s (%(points)s)") % values)
        else:
            detail = metric_phrase(telling, model)
            words.append(_("%(indicator)s (%(points)s: %(detail)s)") % {**values, "detail": detail})
    return _joined(words)


def _telling(part: IndicatorPart) -> MetricPart | None:
    sign = 1 if part.contribution > 0 else -1
    same = [metric for metric in part.metrics if metric.key != PROFILE and metric.contribution * sign > 0]
    return max(same, key=lambda metric: metric.contribution * sign, default=None)


def _missing_lines(explanation: Explanation) -> list[str]:
    lines = []
    if ANSWERS in explanation.missing:
        lines.append(_("No survey answer: the average is used."))
    others = [metric_word(key) for key in explanation.missing if key != ANSWERS]
    if others:
        lines.append(_("Not known: %(parts)s.") % {"parts": _joined(others)})
    neutral = [str(INDICATOR_WORDS[part.key]) for part in explanation.indicators if part.neutral and part.key != "S"]
    if neutral:
        lines.append(_("Too little is known, so the middle is used: %(parts)s.") % {"parts": _joined(neutral)})
    return lines


def _joined(words: list[str]) -> str:
    return reduce(lambda first, rest: _("%(first)s, %(rest)s") % {"first": first, "rest": rest}, words)
