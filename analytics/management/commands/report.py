"""``manage.py report``: the reports on screen, as JSON, CSV or XLSX (contracts: docs/COMMANDS.md)."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from django.core.management.base import CommandParser
from django.utils import timezone
from django.utils.translation import gettext as _

from analytics.actions import reporting
from analytics.reports import REPORTS
from complaints import figures
from complaints.reporting import label
from crm_site.management.base import Answer, JsonCommand, Misused, a_date
from crm_site.tables import csv_lines, write_csv, write_xlsx


class Command(JsonCommand):
    """Figures of a period as of now, or as of a day that has passed: then the run is kept and reprinted as it was."""

    help = "Print a report; --list names them."

    def arguments(self, parser: CommandParser) -> None:
        """Which report, of which days, narrowed to what, as what."""
        parser.add_argument("name", nargs="?", help="which report")
        parser.add_argument("--list", action="store_true", help="name every report")
        parser.add_argument("--from", dest="first", type=a_date, help="first day; default: first of this month")
        parser.add_argument("--to", dest="last", type=a_date, help="last day; default: today")
        parser.add_argument("--as-of", dest="as_of", help="a day, meaning its end, or a moment: as it stood then")
        parser.add_argument("--filter", action="append", default=[], metavar="K=V", help="level, cause, product …")
        parser.add_argument("--format", choices=("json", "csv", "xlsx"), default="json")
        parser.add_argument("--out", type=Path, help="the file to write; needed for xlsx")

    def answer(self, **options: Any) -> Answer:
        """The report, or the list of reports."""
        if options["list"]:
            return {"reports": [{"name": name, "label": str(known.label)} for name, known in REPORTS.items()]}
        self.format = options["format"]
        report = self._report(options)
        if options["out"] is not None or self.format == "xlsx":
            return self._write(report, options["out"])
        if self.format == "csv":
            self.csv = "".join(csv_lines(reporting.header(), reporting.rows(report)))
        return _plain(report)

    def _report(self, options: dict[str, Any]) -> reporting.Printed:
        if options["name"] not in REPORTS:
            raise Misused(_("Known reports: %(names)s.") % {"names": ", ".join(REPORTS)})
        today = timezone.localdate()
        asked = {"figure": "received", "as_of": options["as_of"] or ""}
        asked["from"] = (options["first"] or today.replace(day=1)).isoformat()
        asked["to"] = (options["last"] or today).isoformat()
        found = figures.from_params({**asked, **_only(options["filter"])}, timezone.now())
        unread = options["as_of"] and figures.moment(options["as_of"]) is None
        if found is None or unread:
            raise Misused(_("Write days as 2026-03-31, the first not after the last, three years at most."))
        return reporting.printed(options["name"], found.period, found.only)

    def _write(self, report: reporting.Printed, out: Path | None) -> Answer:
        if out is None:
            raise Misused(_("Name the file with --out."))
        write = write_xlsx if self.format == "xlsx" else write_csv
        n = write(out, reporting.header(), reporting.rows(report))
        return {"file": str(out), "rows": n, "hash": report.content_hash}

    def text(self, answer: Answer) -> str:
        """CSV where it was asked for; else JSON that people can read."""
        return getattr(self, "csv", "") or super().text(answer)


def _only(given: list[str]) -> dict[str, str]:
    only = {}
    for pair in given:
        name, equals, value = pair.partition("=")
        if not equals or name not in figures.LABELS or not value:
            known = ", ".join(figures.LABELS)
            raise Misused(_("Write a filter as name=value. Known names: %(names)s.") % {"names": known})
        only[name] = value
    return only


def _plain(report: reporting.Printed) -> dict[str, Any]:
    period = report.period
    return {
        "name": report.name,
        "from": period.first.isoformat(),
        "to": period.last.isoformat(),
        "as_of": timezone.localtime(period.at).isoformat(timespec="seconds"),
        "live": period.live,
        "filters": dict(report.only),
        "made_at": timezone.localtime(report.made_at).isoformat(timespec="seconds"),
        "stored": report.stored,
        "hash": report.content_hash,
        "lines": [line | {"label": label(line)} for line in report.lines],
    }
