"""The complaint summary (domain K.1): for the centre, or for one department."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping

from django.db.models import Count
from django.utils import timezone

from complaints import figures, recurring
from complaints.figures import CONCERNED, Asked, Period
from complaints.improving import Status
from complaints.models import Complaint, Improvement
from complaints.reporting.lines import COUNT, DAYS, Line, code_of, counted, rate, redress, split
from complaints.reporting.referrals import referrals

TOP = 5
SPLIT_BY = ("level", "nature", "cause", "product", "channel", "branch", "source", "responsible")


def summary(period: Period, only: Mapping[str, str]) -> list[Line]:
    """What came, what was answered, how long it took, what it was about, what comes again and what is done about it."""
    received = Asked("received", period, only)
    lines = [counted("totals", received.named(name)) for name in ("received", "closed", "open", "overdue")]
    lines += _rates(received)
    lines += redress(received)
    lines += referrals(received)
    lines += days(received)
    lines += top_causes(received)
    for dimension in SPLIT_BY:
        lines += split(received, dimension)
    return lines + recurring_causes(period, only) + improvement_status(period, only)


def _rates(asked: Asked) -> list[Line]:
    pairs = (
        ("sla_rate", "sla_met", "sla_due"),
        ("reopened_rate", "reopened", "fed_back"),
        ("unsatisfied_rate", "unsatisfied", "asked"),
        ("upheld_rate", "upheld", "decided"),
        ("on_the_spot_rate", "on_the_spot", "minor"),
        ("vulnerable_share", "vulnerable", "received"),
    )
    return [rate("totals", measure, asked.named(hits), asked.named(of)) for measure, hits, of in pairs]


def days(asked: Asked) -> list[Line]:
    """Mean, middle and ninth of ten, in working and in calendar days."""
    lines = []
    for kind, field in (("working", "took_days"), ("calendar", "took_calendar_days")):
        taken = figures.days(figures.spread(asked, field))
        for name, value in (("mean", taken.mean), ("median", taken.median), ("p90", taken.p90)):
            lines.append(Line("days", f"{kind}_{name}", None if value is None else str(value), DAYS, taken.n))
    return lines


def top_causes(received: Asked) -> list[Line]:
    """The five most frequent causes, and how many there were of each in the period before."""
    before = Asked("received", received.period.before(), received.only).by("cause")
    lines = []
    for cause, n in [pair for pair in received.by("cause").items() if pair[0]][:TOP]:
        lines.append(Line("top", "received", n, COUNT, n, figure="received", only={"cause": cause}))
        lines.append(Line("top", "previous", before.get(cause, 0), COUNT, before.get(cause, 0), only={"cause": cause}))
    return lines


def recurring_causes(period: Period, only: Mapping[str, str]) -> list[Line]:
    """Causes that came three times in the last thirty days, or twice their monthly mean."""
    end = min(period.last, timezone.localdate(period.at))
    rows = figures.narrowed(Complaint.objects.all(), period, only)
    lines = []
    for one in recurring.recurring(end, among=rows)[:TOP]:
        said = {"cause": one.cause, "product": code_of(one.product)}
        lines.append(Line("recurring", "received", one.recent, COUNT, one.recent, only=said))
        lines.append(Line("recurring", "half_year", one.before, COUNT, one.before, only=said))
    return lines


def improvement_status(period: Period, only: Mapping[str, str]) -> list[Line]:
    """Improvements proposed by the end of the period, by where they stand."""
    rows = Improvement.objects.filter(period.by_end("proposed_at"))
    if CONCERNED in only:
        rows = rows.filter(department__code=only[CONCERNED])
    stand = Counter(dict(rows.order_by().values_list("status").annotate(n=Count("pk"))))
    return [
        Line("improvements", "improvements", stand[status], key=status) for status in Status.values if stand[status]
    ]
