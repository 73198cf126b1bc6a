"""``manage.py import KIND FILE --profile PROFILE.json``: a file of the bank, taken in."""

from __future__ import annotations

import argparse
import time
from pathlib import Path
from typing import Any

from django.core.management.base import CommandParser
from django.utils.translation import gettext as _

from complaints.actions.imports import KINDS as OF_COMPLAINTS
from crm_site.management.base import Answer, JsonCommand, Misused, Refused
from crm_site.models import User
from customers.actions.imports import KINDS as OF_CUSTOMERS
from customers.actions.imports import run_import

KINDS = OF_CUSTOMERS | OF_COMPLAINTS
"""What can be imported. The command stands on the top step, because only that sees every app."""

_SAY_EVERY = 5.0  # seconds


def _a_total(text: str) -> tuple[str, int]:
    name, _sign, total = text.partition("=")
    if not name or not total.lstrip("-").isdecimal():
        message = _("“%(text)s” is not a total; write it as rows=5369.") % {"text": text}
        raise argparse.ArgumentTypeError(message)
    return name, int(total)


class Command(JsonCommand):
    """Running it again finishes what was cut off and changes nothing that is there."""

    help = (
        "Import customers, their holdings and movements, or complaints from a CSV, TSV or XLSX file (docs/IMPORT.md)."
    )

    def arguments(self, parser: CommandParser) -> None:
        parser.add_argument("kind", metavar="KIND", help=", ".join(KINDS))
        parser.add_argument("file", metavar="FILE", type=Path)
        parser.add_argument("--profile", type=Path, required=True, help="the JSON file that says what the columns mean")
        parser.add_argument("--dry-run", action="store_true", help="count and list refused rows; save nothing")
        parser.add_argument("--by", metavar="USER", help="the supervisor in whose name this is done")
        parser.add_argument(
            "--expect",
            metavar="NAME=TOTAL",
            action="append",
            type=_a_total,
            default=[],
            help="a count or control sum as the source states it",
        )
        parser.add_argument("--joins", type=Path, metavar="FOLDER", help="where joined files are, if not beside FILE")

    def answer(self, **options: Any) -> Answer:
        kind = options["kind"]
        if kind not in KINDS:
            message = _("This release imports %(kinds)s; %(kind)s is not among them.")
            raise Misused(message % {"kinds": ", ".join(KINDS), "kind": kind})
        for path in (options["file"], options["profile"]):
            if not path.is_file():
                raise Misused(_("There is no file %(path)s.") % {"path": path})
        by = User.objects.active().filter(username=options["by"]).first() if options["by"] else None
        if options["by"] and by is None:
            raise Misused(_("There is no user %(name)s.") % {"name": options["by"]})
        self._said = time.monotonic()
        answer = run_import(
            by=by,
            kind=kind,
            path=options["file"],
            profile=options["profile"],
            dry_run=options["dry_run"],
            beside=options["joins"],
            progress=self._progress,
            kinds=KINDS,
            expected=dict(options["expect"]),
        )
        if answer.get("disagree"):
            wrong = ", ".join(f"{name} {one['found']} ≠ {one['expected']}" for name, one in answer["disagree"].items())
            raise Refused(_("The totals are not those of the source: %(totals)s") % {"totals": wrong}, **answer)
        return answer

    def _progress(self, done: int, total: int) -> None:
        if time.monotonic() - self._said > _SAY_EVERY:
            self._said = time.monotonic()
            self.say(_("%(done)s of %(total)s rows") % {"done": done, "total": total})

    def text(self, answer: Answer) -> str:
        lines = [
            _("%(rows)s rows: %(created)s created, %(updated)s updated, %(unchanged)s unchanged") % answer,
            _("%(duplicates)s duplicates, %(rejected)s refused") % answer,
        ]
        if answer["control"]:
            lines.append(
                _("Control sums:") + " " + ", ".join(f"{key} {value}" for key, value in answer["control"].items())
            )
        if answer["errors_file"]:
            lines.append(_("Refused rows, to be mended and imported again: %(errors_file)s") % answer)
        if answer["batch"] is None:
            lines.append(_("This was a dry run; nothing was saved."))
        return "\n".join(lines)
