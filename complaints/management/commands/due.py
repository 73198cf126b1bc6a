"""``manage.py due``: the date a complaint would be due, with every day that counts (contracts: docs/COMMANDS.md)."""

from __future__ import annotations

import csv
import datetime
import io
from pathlib import Path
from typing import Any

from django.core.management.base import CommandParser
from django.utils import timezone
from django.utils.translation import gettext as _

from complaints import sla
from complaints.models import Complaint, SlaRuleSet
from complaints.models.complaint import LIVE_CHANNELS
from complaints.sla import Kind, Level
from crm_site.management.base import Answer, JsonCommand, Misused, Refused
from crm_site.models import CalendarDay
from customers.models import Interaction

_COMPLAINT = str(Complaint.Nature.COMPLAINT)
_COLUMNS = ("received", "level", "due_on", "due_at", "provisional", "error")


def moment(text: str) -> datetime.datetime:
    """An instant; without a zone it is one of the bank's. Raises ValueError."""
    found = datetime.datetime.fromisoformat(text.strip())
    return timezone.make_aware(found) if timezone.is_naive(found) else found


def level_of(text: str) -> Level:
    """minor, moderate or severe. Raises ValueError."""
    return Level(text.strip().upper())


class Command(JsonCommand):
    """Asks the same rule as the verbs; saves nothing. A year without an official calendar answers "provisional"."""

    help = "Say when a complaint of a level, received at a moment, is due, and why."

    def arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--level", help="minor, moderate or severe")
        parser.add_argument("--received", help="2025-09-26T10:00, the bank's time unless it names a zone")
        parser.add_argument("--channel", default="phone", help="how it came; default: phone")
        parser.add_argument("--policy", default=sla.HANDBOOK_CN.name, help="rule set; default: HANDBOOK_CN")
        parser.add_argument("--source", default="direct", help="where it came from: direct, regulator, hotline …")
        parser.add_argument("--batch", type=Path, metavar="FILE.csv", help="columns received,level; writes CSV")

    def answer(self, **options: Any) -> Answer:
        rules = SlaRuleSet.objects.rulebook()
        channel, profile = self._settings(options, rules)
        live = channel in LIVE_CHANNELS
        if options["batch"]:
            return self._batch(options["batch"], profile, live)
        if not options["level"] or not options["received"]:
            raise Misused(_("Give --level and --received, or --batch FILE.csv."))
        try:
            level, received_at = level_of(options["level"]), moment(options["received"])
        except ValueError as error:
            message = _("Write the level as minor, moderate or severe and the time as 2025-09-26T10:00.")
            raise Misused(message) from error
        due = _due(profile, level, received_at, live)
        regulators = [] if _is_regulators(profile) else rules.beside(options["source"].upper())
        return {
            "due_on": due.on.isoformat(),
            "due_at": due.at.isoformat(),
            "provisional": due.provisional,
            "calendar": due.calendar_version,
            "policy": f"{due.profile} {due.profile_version}",
            "days": due.trace_json(),
            "regulator": [_regulators_limit(rule, level, received_at, live) for rule in regulators],
        }

    def _settings(self, options: dict[str, Any], rules: sla.Rulebook) -> tuple[str, sla.Profile]:
        channel = options["channel"].upper()
        if channel not in Interaction.Channel.values:
            raise Misused(_("There is no channel %(name)s.") % {"name": options["channel"]})
        profile = rules.named(options["policy"]) or _latest(options["policy"])
        if profile is None:
            message = _("There is no rule set %(name)s. Known: %(known)s.")
            known = SlaRuleSet.objects.order_by("name").values_list("name", flat=True).distinct()
            raise Misused(message % {"name": options["policy"], "known": ", ".join(known)})
        return channel, profile

    def _batch(self, path: Path, profile: sla.Profile, live: bool) -> Answer:
        """One line of CSV a row on standard output; rows that cannot be read say why. The answer is the count."""
        if not path.is_file():
            raise Misused(_("There is no file %(path)s.") % {"path": path})
        with path.open(encoding="utf-8-sig", newline="") as file:
            rows = list(csv.DictReader(file))
        if rows and not {"received", "level"} <= set(rows[0]):
            raise Refused(_("The file needs the columns received and level."))
        lines = [_row(row, profile, live) for row in rows]
        refused = sum(bool(line["error"]) for line in lines)
        return {"rows": len(rows), "refused": refused, "lines": lines}

    def text(self, answer: Answer) -> str:
        """CSV for a batch; the date and its days for one."""
        if "lines" in answer:
            written = io.StringIO()
            writer = csv.DictWriter(written, _COLUMNS, lineterminator="\n")
            writer.writeheader()
            writer.writerows(answer["lines"])
            return written.getvalue()
        return super().text(answer)


def _row(row: dict[str, str], profile: sla.Profile, live: bool) -> dict[str, Any]:
    line: dict[str, Any] = {"received": row["received"], "level": row["level"], "error": ""}
    try:
        due = _due(profile, level_of(row["level"] or ""), moment(row["received"] or ""), live)
    except ValueError:
        return line | {"due_on": "", "due_at": "", "provisional": "", "error": _("cannot be read")}
    return line | {"due_on": due.on.isoformat(), "due_at": due.at.isoformat(), "provisional": due.provisional}


def _latest(name: str) -> sla.Profile | None:
    """The newest version of a rule set that is not in force: what it would say."""
    row = SlaRuleSet.objects.filter(name=name).order_by("-version").first()
    return row.profile if row else None


def _is_regulators(profile: sla.Profile) -> bool:
    return all(rule.kind == Kind.REG_FINAL for rule in profile.rules)


def _due(profile: sla.Profile, level: Level, received_at: datetime.datetime, live: bool) -> sla.Due:
    return sla.due(
        profile=profile,
        kind=Kind.REG_FINAL if _is_regulators(profile) else Kind.FEEDBACK,
        level=level,
        nature=_COMPLAINT,
        received_at=received_at,
        live_channel=live,
        calendar=CalendarDay.objects.calendar(),
        tz=timezone.get_default_timezone(),
    )


def _regulators_limit(profile: sla.Profile, level: Level, received_at: datetime.datetime, live: bool) -> dict[str, Any]:
    due = _due(profile, level, received_at, live)
    return {
        "policy": f"{due.profile} {due.profile_version}",
        "due_on": due.on.isoformat(),
        "due_at": due.at.isoformat(),
        "provisional": due.provisional,
    }
