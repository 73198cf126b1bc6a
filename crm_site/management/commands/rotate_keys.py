"""``manage.py rotate_keys [--to KEYID]``: seal every encrypted value with the current key, in one go or many."""

from __future__ import annotations

from typing import Any

from django.core.management.base import CommandParser
from django.utils.translation import gettext as _

from crm_site import audit, keyring, rotation
from crm_site.management.base import Answer, JsonCommand


class Command(JsonCommand):
    """Everything stays readable while it runs. Processes that run with the old key write with it until their restart:
    restart them, then run this again until nothing is left."""

    help = "Re-seal encrypted columns with the current key; --to chooses another key first."

    def arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--to", metavar="KEYID", help="make this key the current one; made if missing (embedded)")

    def answer(self, **options: Any) -> Answer:
        if options["to"]:
            keyring.choose(options["to"])
        done = {}
        for column in rotation.columns():
            self.say(column.place)
            done[column.place] = rotation.reseal(column, progress=lambda sealed: self.say(f"{sealed}…"))
        total = sum(done.values())
        audit.record(by=None, action="keys.rotate", object_id=keyring.current(), after={"resealed": total})
        left = sum(rotation.left(column) for column in rotation.columns())
        return {"key": keyring.current(), "resealed": total, "left": left, "columns": done}

    def text(self, answer: Answer) -> str:
        return _("%(resealed)s values sealed with %(key)s, %(left)s left.") % answer
