"""Reports: the list, one of them on screen or paper, and as a file."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from itertools import groupby
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

from django.http import Http404, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone

from analytics.actions import reporting
from analytics.reports import REPORTS
from complaints import figures
from complaints.reporting import label, shown
from complaints.reporting.lines import SECTIONS
from crm_site.errors import RuleBroken
from crm_site.request import StaffRequest
from crm_site.tables import csv_lines, write_xlsx
from crm_site.views import errors

_XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"


def index(request: StaffRequest) -> HttpResponse:
    """Every report."""
    reports = [
        {"label": known.label, "definition": known.definition, "url": reverse("analytics:report", args=[name])}
        for name, known in REPORTS.items()
    ]
    return render(request, "analytics/report_list.html", {"reports": reports})


def report(request: StaffRequest, name: str) -> HttpResponse:
    """One report with the list behind every number."""
    found = _printed(request, name)
    if isinstance(found, HttpResponse):
        return found
    query = _query(found)
    context = {
        "report": found,
        "known": REPORTS[name],
        "sections": list(_sections(found)),
        "narrowing": figures.Asked("received", found.period, found.only).narrowing,
        "levels": figures.codes("level"),
        "exports": [(kind, f"{reverse('analytics:report_export', args=[name, kind])}?{query}") for kind in _WRITE],
        "frozen_url": _frozen(found),
    }
    return render(request, "analytics/report.html", context)


def _printed(request: StaffRequest, name: str) -> reporting.Printed | HttpResponse:
    if name not in REPORTS:
        raise Http404
    now = timezone.now()
    asked = {key: str(value) for key, value in request.GET.items()} | {"figure": "received"}
    asked.setdefault("from", timezone.localdate(now).replace(day=1).isoformat())
    found = figures.from_params(asked, now) or figures.Asked("received", figures.of_day(timezone.localdate(now), now))
    try:
        return reporting.printed(name, found.period, found.only, by=request.user)
    except RuleBroken as broken:
        return errors.refused(request, broken)


def _query(found: reporting.Printed) -> str:
    params = figures.Asked("received", found.period, found.only).params
    return urlencode({key: value for key, value in params.items() if key != "figure"})


def _frozen(found: reporting.Printed) -> str:
    """The address of this period as it stood at its end; "" while it runs, or where that is shown already."""
    if not (found.period.live and found.period.over):
        return ""
    as_of = timezone.localtime(found.period.stop).isoformat(timespec="seconds")
    return f"?{urlencode({'as_of': as_of})}&{_query(found)}"


def _sections(found: reporting.Printed) -> Iterator[dict[str, Any]]:
    for section, lines in groupby(found.lines, key=lambda line: line["section"]):
        yield {"label": SECTIONS.get(section, section), "lines": [_line(found, line) for line in lines]}


def _line(found: reporting.Printed, line: dict[str, Any]) -> dict[str, Any]:
    only = {**found.only, **line["only"]}
    links = {
        part: figures.Asked(line[name], found.period, only).url if line[name] else ""
        for part, name in (("n_url", "figure"), ("of_url", "of_figure"))
    }
    return {"label": label(line), "value": shown(line), "n": line["n"], "of": line["of"], **links}


def export(request: StaffRequest, name: str, kind: str) -> HttpResponse:
    """The report as a file; who took it is on record."""
    if kind not in _WRITE:
        raise Http404
    found = _printed(request, name)
    if isinstance(found, HttpResponse):
        return found
    reporting.exported(by=request.user, report=found, kind=kind)
    content, media = _WRITE[kind](found)
    response = HttpResponse(content, content_type=media)
    filename = f"{name}-{found.period.first}-{found.period.last}.{kind}"
    response["Content-Disposition"] = f'attachment; filename="{filename}"'
    return response


def _csv(found: reporting.Printed) -> tuple[bytes, str]:
    text = "".join(csv_lines(reporting.header(), reporting.rows(found)))
    return text.encode("utf-8-sig"), "text/csv; charset=utf-8"


def _xlsx(found: reporting.Printed) -> tuple[bytes, str]:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "report.xlsx"
        write_xlsx(path, reporting.header(), reporting.rows(found), sheet=found.name)
        return path.read_bytes(), _XLSX


_WRITE = {"csv": _csv, "xlsx": _xlsx}
