"""Reports made, issued once and reprinted, and taken out as files (domain K)."""

from __future__ import annotations

import datetime
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from analytics.models import ReportRun
from analytics.reports import REPORTS
from complaints import reporting
from complaints.figures import Period
from complaints.reporting.lines import SECTIONS, UNITS
from crm_site import audit
from crm_site.errors import RuleBroken
from crm_site.tables import Cell

if TYPE_CHECKING:
    from crm_site.models import User

Stored = list[dict[str, Any]]
EARLIEST = datetime.date(2000, 1, 1)


@dataclass(frozen=True, slots=True)
class Printed:
    """A report as it is shown: its lines, whether they are a stored run, and the hash over them."""

    name: str
    period: Period
    only: Mapping[str, str]
    lines: Stored
    content_hash: str
    made_at: datetime.datetime
    stored: bool


def make(name: str, period: Period, only: Mapping[str, str]) -> Printed:
    """Counted now. Raises RuleBroken for a period that ends before it begins."""
    if period.first > period.last or period.first < EARLIEST:
        raise RuleBroken("report.period", _("The period ends before it begins."), field="to")
    lines = [line.plain() for line in REPORTS[name].build(period, only)]
    return Printed(name, period, only, lines, reporting.content_hash(lines), timezone.now(), stored=False)


def key_of(name: str, period: Period, only: Mapping[str, str]) -> str:
    """What a stored run is found by."""
    said = ",".join(f"{field}={only[field]}" for field in sorted(only))
    moment = period.at.astimezone(datetime.UTC).isoformat(timespec="seconds")
    return f"{name}|{period.first}|{period.last}|{moment}|{said}"[:200]


def printed(name: str, period: Period, only: Mapping[str, str], *, by: User | None = None) -> Printed:
    """The report. As of a moment that has passed it is made once and kept; asked again, the kept one is printed.

    Raises RuleBroken when a kept one is not as it was written.
    """
    if period.live:
        return make(name, period, only)
    kept = ReportRun.objects.filter(key=key_of(name, period, only)).first() or _keep(name, period, only, by)
    if reporting.content_hash(kept.lines) != kept.content_hash:
        raise RuleBroken("report.hash", _("The stored report is not as it was written. Tell the auditor."))
    return Printed(name, period, only, kept.lines, kept.content_hash, kept.made_at, stored=True)


@transaction.atomic
def _keep(name: str, period: Period, only: Mapping[str, str], by: User | None) -> ReportRun:
    """Of two at once the first is kept."""
    made = make(name, period, only)
    key = key_of(name, period, only)
    fresh = ReportRun(
        name=name,
        first=period.first,
        last=period.last,
        as_of=period.at,
        only=dict(only),
        lines=made.lines,
        content_hash=made.content_hash,
        made_at=made.made_at,
        made_by=by,
        key=key,
    )
    ReportRun.objects.bulk_create([fresh], ignore_conflicts=True)
    kept = ReportRun.objects.get(key=key)
    if kept.content_hash == made.content_hash and kept.made_at == made.made_at:
        after = {"from": period.first, "to": period.last, "as_of": period.at, "hash": made.content_hash}
        audit.record(by=by, action="report.keep", obj=kept, after=after)
    return kept


def header() -> list[str]:
    """The columns of an export."""
    return [_("Section"), _("Figure"), _("Value"), _("Unit"), _("Count"), _("Of"), _("Code")]


def rows(report: Printed) -> Iterator[list[Cell]]:
    """The lines of an export, with the counts beside every rate."""
    for line in report.lines:
        section = str(SECTIONS.get(line["section"], line["section"]))
        value: Cell = line["value"]
        unit = str(UNITS.get(line["unit"], line["unit"]))
        if line["unit"] == reporting.lines.FEN and isinstance(value, int):
            value = f"{value / 100:.2f}"
        yield [section, reporting.label(line), value, unit, line["n"], line["of"], line["measure"]]


def exported(*, by: User, report: Printed, kind: str) -> None:
    """Written down: who took which report out, and how much of it."""
    after = {"from": report.period.first, "to": report.period.last, "rows": len(report.lines), "as": kind}
    audit.record(
        by=by, action="report.export", object_type="report", object_id=report.name, after=after | dict(report.only)
    )
