"""How promises were kept (domain K.2): by what fell due, net and gross of pauses, with what stands beside it."""

from __future__ import annotations

from collections.abc import Mapping

from complaints.figures import Asked, Period
from complaints.reporting.lines import Line, counted, rate, split_rate

SPLIT_BY = ("level", "responsible", "team", "owner", "cause", "product", "channel")


def attainment(period: Period, only: Mapping[str, str]) -> list[Line]:
    """First rounds' answers that fell due, in time and not; what was served, given more time, and the regulators'."""
    due = Asked("sla_due", period, only)
    met = due.named("sla_met")
    lines = [rate("net", "sla_rate", met, due), counted("net", due.named("sla_missed"))]
    lines.append(rate("gross", "sla_rate_gross", due.named("sla_met_gross"), due.named("sla_due_gross")))
    lines += [counted("beside", due.named(name)) for name in ("served", "extended", "overdue")]
    lines.append(rate("beside", "reopened_rate", due.named("reopened"), due.named("fed_back")))
    lines.append(rate("regulator", "reg_rate", due.named("reg_met"), due.named("reg_due")))
    for dimension in SPLIT_BY:
        lines += split_rate("sla_rate", met, due, dimension)
    return lines
