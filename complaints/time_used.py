"""Where the time of a promise went: each working day belongs to whom the matter waited for at its end (pure; domain D).

The days add up to the working days used. What departments and people took may overlap and is counted apart.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import NamedTuple

from django.db.models import TextChoices
from django.utils.translation import gettext_lazy as _

from crm_site.workdays import Calendar


class Stage(TextChoices):
    """What a matter waits for; where several hold at once the first one listed is meant."""

    PAUSED = "PAUSED", _("The clock was paused")
    ASSESSMENT = "ASSESSMENT", _("Waiting for assessment")
    PLAN = "PLAN", _("Waiting for approval of the plan")
    DEPARTMENT = "DEPARTMENT", _("With a department")
    OWNER = "OWNER", _("With its owner")
    NOBODY = "NOBODY", _("In nobody's hands")


@dataclass(frozen=True, slots=True)
class Span:
    """From ``began`` until ``ended`` (None: still) the matter waited for this; aware moments. ``who`` by name."""

    stage: Stage
    began: dt.datetime
    ended: dt.datetime | None = None
    who: str = ""

    def holds(self, at: dt.datetime) -> bool:
        """Whether it still held at this moment; a span ends with its last moment."""
        return self.began < at and (self.ended is None or self.ended >= at)


class Use(NamedTuple):
    """So many working days of one kind; ``who`` is "" where nobody is meant, several names where they were asked at
    once."""

    stage: Stage
    who: tuple[str, ...]
    days: int


def time_used(
    spans: Sequence[Span], *, start: dt.date, until: dt.datetime, calendar: Calendar, tz: dt.tzinfo
) -> tuple[Use, ...]:
    """The working days after ``start`` up to ``until`` (aware), each counted once, in the order they began.

    The last day counts up to ``until``; nothing is used on the day of receipt itself.
    """
    counts: dict[tuple[Stage, tuple[str, ...]], int] = {}
    for day in calendar.span(start + dt.timedelta(days=1), until.astimezone(tz).date()):
        if day.working:
            key = _waited_for(spans, min(_end_of(day.date, tz), until))
            counts[key] = counts.get(key, 0) + 1
    return tuple(Use(stage, who, days) for (stage, who), days in counts.items())


def _end_of(day: dt.date, tz: dt.tzinfo) -> dt.datetime:
    return dt.datetime.combine(day + dt.timedelta(days=1), dt.time(), tz)


def _waited_for(spans: Iterable[Span], at: dt.datetime) -> tuple[Stage, tuple[str, ...]]:
    holding = [span for span in spans if span.holds(at)]
    for stage in Stage:
        names = [span.who for span in holding if span.stage == stage]
        if names:
            return stage, tuple(sorted({name for name in names if name}))
    return Stage.NOBODY, ()


def each(spans: Iterable[Span], *, until: dt.datetime, calendar: Calendar, tz: dt.tzinfo) -> tuple[Use, ...]:
    """Working days each department and each person took on their own, from the day after it came to them to the day
    it left them; the longest first."""
    counts: dict[tuple[Stage, str], int] = {}
    for span in spans:
        if span.stage not in (Stage.DEPARTMENT, Stage.OWNER) or not span.who or span.began > until:
            continue
        ended = min(span.ended or until, until)
        days = calendar.between(span.began.astimezone(tz).date(), ended.astimezone(tz).date())
        counts[span.stage, span.who] = counts.get((span.stage, span.who), 0) + max(0, days)
    found = [Use(stage, (who,), days) for (stage, who), days in counts.items()]
    return tuple(sorted(found, key=lambda use: (list(Stage).index(use.stage), -use.days, use.who)))
