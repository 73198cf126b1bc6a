"""The regulator's return (domain K.13): counts by standard code, time buckets, results, redress."""

from __future__ import annotations

from collections.abc import Mapping

from django.db.models import Count

from complaints import figures
from complaints.figures import Asked, Period
from complaints.reporting.lines import COUNT, PERCENT, Line, code_of, counted, rate, redress, split


def regulator_return(period: Period, only: Mapping[str, str]) -> list[Line]:
    """Complaints received by cause and standard code, business and source; answers within 15, 30 and 60 days."""
    asked = Asked("received", period, {**only, "nature": "COMPLAINT"})
    lines = [counted("totals", asked), counted("totals", asked.named("fed_back"))]
    lines.append(rate("totals", "upheld_rate", asked.named("upheld"), asked.named("decided")))
    lines += redress(asked)
    lines += _codes(asked) + _buckets(asked)
    for dimension in ("business", "source", "channel"):
        lines += split(asked, dimension)
    return lines


def _codes(asked: Asked) -> list[Line]:
    """One line a code; what has no kind is counted under its cause."""
    rows, paths = figures.standing(asked.rows(), asked.period)
    grouped = rows.order_by().values_list(paths["cause"], "cause_detail__code", "cause_detail__standard_code")
    return [
        Line(
            "codes",
            "received",
            n,
            COUNT,
            n,
            figure="received",
            only={"cause": code_of(cause), "detail": code_of(detail)},
            key=standard or "",
        )
        for cause, detail, standard, n in grouped.annotate(n=Count("pk", distinct=True)).order_by(paths["cause"], "-n")
    ]


def _buckets(asked: Asked) -> list[Line]:
    taken = figures.spread(asked, "took_calendar_days")
    of = sum(taken.values())
    lines = []
    for low, high, n in figures.buckets(taken):
        value = figures.share(n, of)
        key = f"{low}–{high}" if high is not None else f">{low - 1}"
        lines.append(Line("buckets", "bucket", None if value is None else str(value), PERCENT, n, of, key=key))
    return lines
