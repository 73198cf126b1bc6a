"""``manage.py policy show|apply KIND``: rules through the verbs of the screens (contracts: docs/COMMANDS.md)."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from django.core.management.base import CommandParser
from django.db import transaction
from django.utils.translation import gettext as _

from analytics.policies import KINDS
from crm_site.management.base import Answer, JsonCommand, Misused, Refused
from crm_site.models import User


class Command(JsonCommand):
    """Author and approver are two persons, each with the right the screen asks for."""

    help = "Show a kind of rules, or put those of a file in force by two persons."

    def arguments(self, parser: CommandParser) -> None:
        parser.add_argument("act", choices=["show", "apply"])
        parser.add_argument("kind", choices=sorted(KINDS))
        parser.add_argument("file", nargs="?", type=Path, metavar="FILE.json", help="apply: one rule set, or a list")
        parser.add_argument("--name", default="", help="show: only this rule set")
        parser.add_argument("--by", help="apply: who drafts and submits")
        parser.add_argument("--approve-by", help="apply: who approves and activates; another person")
        parser.add_argument("--note", default="", help="apply: why, in a sentence")

    def answer(self, **options: Any) -> Answer:
        kind = KINDS[options["kind"]]
        if options["act"] == "show":
            return {"kind": options["kind"], **kind.show(options["name"])}
        if not (options["file"] and options["by"] and options["approve_by"]):
            raise Misused(_("Give FILE.json, --by USER and --approve-by OTHER."))
        rule_sets = _read(options["file"])
        by, approve_by = _person(options["by"]), _person(options["approve_by"])
        if by == approve_by:
            raise Refused(_("Author and approver are two persons."), code="policy.two_persons")
        with transaction.atomic():
            applied = [kind.apply(rules, by, approve_by, options["note"]) for rules in rule_sets]
        return {"kind": options["kind"], "applied": applied}


def _read(path: Path) -> list[dict[str, Any]]:
    if not path.is_file():
        raise Misused(_("There is no file %(path)s.") % {"path": path})
    try:
        data = json.loads(path.read_text(encoding="utf-8-sig"))
    except ValueError as error:
        raise Refused(_("The file is not JSON: %(why)s.") % {"why": error}, code="policy.json") from error
    found = data if isinstance(data, list) else [data]
    if not found or not all(isinstance(rules, dict) for rules in found):
        raise Refused(_("The file holds no rule set."), code="policy.empty")
    return found


def _person(name: str) -> User:
    person = User.objects.filter(username=name, is_active=True).first()
    if person is None:
        raise Misused(_("There is nobody called %(name)s.") % {"name": name})
    return person
