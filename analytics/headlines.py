"""Figures seen from above, each with what it counts and out of how many (handbook 1/1.1.3–1.1.7; domain K, G.1)."""

from __future__ import annotations

import datetime
from dataclasses import dataclass

from django.db.models import Count, Q
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from analytics.statistics import SUPPRESS_BELOW, wilson
from campaigns.models import Answer, Question
from complaints import figures
from complaints.models import Complaint
from crm_site.errors import Text
from crm_site.models import User
from customers.models import Customer, PublishedRun, Standing

PERIOD = datetime.timedelta(days=30)
AGENTS = 12
PERIODS: dict[str, Text] = {
    "30d": gettext_lazy("Last 30 days"),
    "12w": gettext_lazy("Last 12 weeks"),
    "month": gettext_lazy("This month"),
    "last-month": gettext_lazy("Last month"),
}


@dataclass(frozen=True, slots=True)
class Part:
    """One number and the list that holds exactly what it counts."""

    n: int
    url: str
    label: str = ""


@dataclass(frozen=True, slots=True)
class Headline:
    """One headline figure; ``value`` is None when there is too little to say. ``hits`` and ``of`` say out of how many,
    ``parts`` count pieces of it, each with its list; ``url`` is the list of the value itself."""

    label: str
    value: str | None
    detail: str = ""
    unit: str = ""
    good: bool | None = None
    url: str = ""
    hits: Part | None = None
    of: Part | None = None
    parts: tuple[Part, ...] = ()


def period_of(name: str, now: datetime.datetime) -> figures.Period:
    """The days a choice of PERIODS means today."""
    today = timezone.localdate(now)
    if name == "month":
        return figures.Period(today.replace(day=1), today, now)
    if name == "last-month":
        return figures.Period(*figures.month_of(today.replace(day=1) - datetime.timedelta(days=1)), now)
    days = 84 if name == "12w" else 30
    return figures.Period(today - datetime.timedelta(days=days - 1), today, now)


def part(asked: figures.Asked, label: str = "") -> Part:
    """A figure counted, with its list."""
    return Part(asked.count(), asked.url, label)


def _rate(hits: int, n: int) -> tuple[str | None, str]:
    """(percent, interval sentence): withheld under five, with a 95 % interval always (domain G.1)."""
    interval = wilson(hits, n)
    if interval is None or n < SUPPRESS_BELOW:
        return None, _("too few to say")
    span = _("95%% interval %(low)s–%(high)s%%") % {
        "low": round(interval.low * 100),
        "high": round(interval.high * 100),
    }
    return str(figures.share(hits, n)), span


def rate(label: str, hits: figures.Asked, of: figures.Asked) -> Headline:
    """A share with the two lists behind it."""
    some, everything = part(hits), part(of)
    value, detail = _rate(some.n, everything.n)
    return Headline(label, value, detail, unit="%", hits=some, of=everything)


def open_complaints(now: datetime.datetime, reader: User | None = None) -> Headline:
    """How many matters are open now, how many are late, and what falls due today and tomorrow."""
    today = _open_now(now, reader)
    late = part(today.named("overdue"), _("late"))
    due = part(today.named("due_today"), _("due today"))
    soon = part(today.named("due_tomorrow"), _("due tomorrow"))
    whole = part(today)
    return Headline(_("Open complaints"), str(whole.n), url=whole.url, parts=(late, due, soon), good=late.n == 0)


def _open_now(now: datetime.datetime, reader: User | None) -> figures.Asked:
    return figures.Asked("open", figures.of_day(timezone.localdate(now), now), reader=reader)


def feedback_on_time(period: figures.Period, level: Complaint.Level, reader: User | None = None) -> Headline:
    """Feedback promises of a level due in the period, those still open included, and how many were kept in time."""
    due = figures.Asked("sla_due", period, {"level": str(int(level))}, reader)
    labels = {
        Complaint.Level.MINOR: _("Minor, on the spot"),
        Complaint.Level.MODERATE: _("Moderate, within 5 days"),
        Complaint.Level.SEVERE: _("Severe, within 10 days"),
    }
    return rate(labels[level], due.named("sla_met"), due)


def satisfaction(now: datetime.datetime) -> Headline:
    """Share of satisfaction answers of 4 or 5 in the last 30 days (CSAT)."""
    answers = Answer.objects.filter(
        question__kind=Question.Kind.CSAT5, response__at__gt=now - PERIOD, response__at__lte=now
    )
    counts = answers.aggregate(n=Count("pk"), good=Count("pk", filter=Q(value__gte=4)))
    value, detail = _rate(counts["good"], counts["n"])
    counted = f"{counts['good']} / {counts['n']} · {detail}"
    return Headline(_("Satisfied customers, 30 days"), value, counted, unit="%")


def loyal_customers() -> Headline:
    """Share of loyal among classified customers in the published run."""
    run = PublishedRun.objects.filter(pk=1).first()
    if run is None or not run.run_no:
        return Headline(_("Loyal customers"), None, _("no night has been published yet"))
    rows = Standing.objects.at(run.run_no, run.since_no)
    counts = rows.aggregate(n=Count("pk"), loyal=Count("pk", filter=Q(loyalty="LOYAL")))
    everybody = Customer.objects.living().count()
    share = f"{100 * counts['loyal'] / counts['n']:.1f}" if counts["n"] else None
    detail = _("%(loyal)s of %(n)s classified, %(all)s on file · data to %(day)s") % {
        "loyal": counts["loyal"],
        "n": counts["n"],
        "all": everybody,
        "day": run.as_of,
    }
    return Headline(_("Loyal customers"), share, detail, unit="%")


def dashboard(period: figures.Period, reader: User | None = None) -> list[Headline]:
    """The figures of the dashboard, in the order shown. Complaints are those ``reader`` may open; without one, all."""
    moment = period.at
    level = Complaint.Level
    return [
        feedback_on_time(period, level.MODERATE, reader),
        feedback_on_time(period, level.SEVERE, reader),
        open_complaints(moment, reader),
        satisfaction(moment),
        loyal_customers(),
    ]


def referred(asked: figures.Asked) -> Headline:
    """What was not ours: sent on, taken over there, and come back."""
    sent = part(asked.named("referred_out"))
    taken = part(asked.named("referral_accepted"), _("taken over there"))
    back = part(asked.named("referral_back"), _("came back"))
    return Headline(_("Referred elsewhere"), str(sent.n), url=sent.url, parts=(taken, back))


def work_of_period(period: figures.Period, reader: User | None = None) -> list[Headline]:
    """What came in, what was decided, what came back."""
    received = figures.Asked("received", period, reader=reader)
    came, ended = part(received), part(received.named("closed"))
    return [
        Headline(_("Received"), str(came.n), url=came.url, parts=(Part(ended.n, ended.url, _("brought to an end")),)),
        rate(_("Solved on the spot, of minor ones"), received.named("on_the_spot"), received.named("minor")),
        rate(_("Upheld"), received.named("upheld"), received.named("decided")),
        rate(_("Not satisfied"), received.named("unsatisfied"), received.named("asked")),
        rate(_("Opened again, of answered ones"), received.named("reopened"), received.named("fed_back")),
        referred(received),
    ]


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


@dataclass(frozen=True, slots=True)
class Row:
    """One line of a table of what is open: everything, late, due today."""

    label: str
    open: Part
    late: Part
    today: Part


def _open_by(dimension: str, asked: figures.Asked, most: int) -> list[Row]:
    counts = {name: asked.named(name).by(dimension) for name in ("open", "overdue", "due_today")}
    rows = []
    for value in list(counts["open"])[:most]:
        code = figures.NOTHING if value is None else str(value)
        parts = [
            Part(counts[name].get(value, 0), asked.named(name, **{dimension: code}).url)
            for name in ("open", "overdue", "due_today")
        ]
        rows.append(Row(str(figures.words(dimension, value)), *parts))
    return rows


def open_by_level(now: datetime.datetime, reader: User | None = None) -> list[Row]:
    """What is open by level."""
    return _open_by("level", _open_now(now, reader), 4)


def open_by_owner(now: datetime.datetime, reader: User | None = None) -> list[Row]:
    """What is open by who handles it, the fullest desks first."""
    return _open_by("owner", _open_now(now, reader), AGENTS)
