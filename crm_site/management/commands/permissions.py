"""``manage.py permissions``: write docs/PERMISSIONS.md from the policy table, or check that it is up to date."""

from __future__ import annotations

from typing import Any

from django.core.management.base import CommandParser
from django.utils.translation import gettext as _

from crm_site.env import BASE_DIR
from crm_site.management.base import Answer, JsonCommand, Refused
from crm_site.permissions import render

PAGE = BASE_DIR / "docs" / "PERMISSIONS.md"


class Command(JsonCommand):
    """Writes one file; needs no database."""

    help = "Write docs/PERMISSIONS.md from the policy table."
    requires_system_checks: list[str] = []

    def arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--check", action="store_true", help="write nothing; exit 1 when the file is out of date")

    def answer(self, **options: Any) -> Answer:
        wanted = render()
        current = PAGE.read_text(encoding="utf-8") if PAGE.exists() else ""
        if options["check"]:
            if current != wanted:
                raise Refused(_("docs/PERMISSIONS.md is out of date. Run: manage.py permissions"))
            return {"changed": False}
        PAGE.write_text(wanted, encoding="utf-8")
        return {"changed": current != wanted}
