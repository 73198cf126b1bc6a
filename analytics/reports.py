"""Figures seen from above, each with what it counts and out of how many (handbook 1/1.1.3–1.1.7; domain K, G.1)."""

from __future__ import annotations

import datetime
from dataclasses import dataclass

from django.db.models import Count, F, Q
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from analytics.statistics import SUPPRESS_BELOW, wilson
from campaigns.models import Answer, Question
from complaints import sla
from complaints.models import Clock, Complaint
from customers.models import Customer, FollowUp, PublishedRun, Standing

PERIOD = datetime.timedelta(days=30)


@dataclass(frozen=True, slots=True)
class Figure:
    """One headline figure; ``value`` is None when there is too little to say, ``detail`` says out of how many."""

    label: str
    value: str | None
    detail: str
    unit: str = ""
    good: bool | None = None


def _rate(hits: int, n: int) -> tuple[str | None, str]:
    """(percent, interval sentence): withheld under five, with a 95 % interval always (domain G.1)."""
    interval = wilson(hits, n)
    if interval is None or n < SUPPRESS_BELOW:
        return None, _("too few to say: %(n)s") % {"n": n}
    span = _("95%% interval %(low)s–%(high)s%%") % {
        "low": round(interval.low * 100),
        "high": round(interval.high * 100),
    }
    return f"{100 * hits / n:.1f}", f"{hits} / {n} · {span}"


def open_complaints(now: datetime.datetime) -> Figure:
    """How many matters are open now, and how many of their leading promises have passed."""
    counts = Complaint.objects.open().aggregate(n=Count("pk"), late=Count("pk", filter=Q(leading__due_at__lte=now)))
    late = ngettext("%(late)s past its date", "%(late)s past their date", counts["late"]) % {"late": counts["late"]}
    return Figure(_("Open complaints"), str(counts["n"]), late, good=counts["late"] == 0)


def feedback_on_time(now: datetime.datetime) -> Figure:
    """Feedback promises due in the last 30 days, those still open included, and how many were kept in time."""
    due = Clock.objects.filter(
        kind=sla.Kind.FEEDBACK, follow_up__due_at__gt=now - PERIOD, follow_up__due_at__lte=now
    ).exclude(follow_up__state=FollowUp.State.CANCELLED)
    counts = due.aggregate(n=Count("pk"), met=Count("pk", filter=Q(follow_up__kept_at__lt=F("follow_up__due_at"))))
    value, detail = _rate(counts["met"], counts["n"])
    return Figure(_("Feedback on time, 30 days"), value, detail, unit="%")


def satisfaction(now: datetime.datetime) -> Figure:
    """Share of satisfaction answers of 4 or 5 in the last 30 days (CSAT)."""
    answers = Answer.objects.filter(
        question__kind=Question.Kind.CSAT5, response__at__gt=now - PERIOD, response__at__lte=now
    )
    counts = answers.aggregate(n=Count("pk"), good=Count("pk", filter=Q(value__gte=4)))
    value, detail = _rate(counts["good"], counts["n"])
    return Figure(_("Satisfied customers, 30 days"), value, detail, unit="%")


def loyal_customers() -> Figure:
    """Share of loyal among classified customers in the published run."""
    run = PublishedRun.objects.filter(pk=1).first()
    if run is None or not run.run_no:
        return Figure(_("Loyal customers"), None, _("no night has been published yet"))
    counts = Standing.objects.at(run.run_no).aggregate(n=Count("pk"), loyal=Count("pk", filter=Q(loyalty="LOYAL")))
    everybody = Customer.objects.living().count()
    share = f"{100 * counts['loyal'] / counts['n']:.1f}" if counts["n"] else None
    detail = _("%(loyal)s of %(n)s classified, %(all)s on file · data to %(day)s") % {
        "loyal": counts["loyal"],
        "n": counts["n"],
        "all": everybody,
        "day": run.as_of,
    }
    return Figure(_("Loyal customers"), share, detail, unit="%")


def dashboard(now: datetime.datetime | None = None) -> list[Figure]:
    """The four figures of the dashboard, in the order shown."""
    moment = now or timezone.now()
    return [open_complaints(moment), feedback_on_time(moment), satisfaction(moment), loyal_customers()]


@dataclass(frozen=True, slots=True)
class Share:
    """One bar of a distribution."""

    label: str
    count: int


def grades() -> list[Share]:
    """Customers by value grade in the published run, A to E, and those without a score."""
    rows = dict(Standing.objects.published().values_list("grade").annotate(n=Count("pk")).order_by())
    named = [Share(grade, rows.get(grade, 0)) for grade in "ABCDE"]
    return [*named, Share(_("no score"), rows.get("", 0))] if rows else []


def open_by_level(now: datetime.datetime) -> list[tuple[str, int, int]]:
    """(level, open, overdue) of everything open, most severe first; not yet assessed last."""
    rows = (
        Complaint.objects.open()
        .values("level")
        .annotate(n=Count("pk"), late=Count("pk", filter=Q(leading__due_at__lte=now)))
        .order_by(F("level").desc(nulls_last=True))
    )
    labels = dict(Complaint.Level.choices)
    return [
        (
            str(labels.get(row["level"], _("Not assessed yet"))) if row["level"] else _("Not assessed yet"),
            row["n"],
            row["late"],
        )
        for row in rows
    ]
