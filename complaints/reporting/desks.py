"""Work by who handles it (domain K.4): counts in no order of merit, for those who lead, not for a wall."""

from __future__ import annotations

from collections.abc import Mapping

from complaints.figures import Asked, Period
from complaints.reporting.lines import Line, code_of, rate, split_rate

FIGURES = ("received", "closed", "open", "overdue")
MOST = 200


def desks(period: Period, only: Mapping[str, str]) -> list[Line]:
    """For each owner: received, ended, open, overdue; solved on the spot, and answered in time."""
    asked = Asked("received", period, only)
    minor, due = asked.named("minor"), asked.named("sla_due")
    lines = [rate("totals", "on_the_spot_rate", asked.named("on_the_spot"), minor)]
    lines.append(rate("totals", "sla_rate", asked.named("sla_met"), due))
    counts = {name: asked.named(name).by("owner") for name in FIGURES}
    for owner in sorted({code_of(value) for found in counts.values() for value in found})[:MOST]:
        for name, found in counts.items():
            n = found.get(None if owner == "-" else owner, 0)
            lines.append(Line("owner", name, n, n=n, figure=name, only={"owner": owner}))
    lines += split_rate("on_the_spot_rate", asked.named("on_the_spot"), minor, "owner")
    return lines + split_rate("sla_rate", asked.named("sla_met"), due, "owner")
