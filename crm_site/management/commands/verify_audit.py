"""``manage.py verify_audit``: read the visitors' book from its first page and name the first row tampered with."""

from __future__ import annotations

import argparse
from typing import Any

from django.core.management.base import CommandParser
from django.utils.translation import gettext as _

from crm_site.management.base import Answer, JsonCommand, Refused
from crm_site.verification import Anchor, verify


def an_anchor(text: str) -> Anchor:
    """Argument type: a head noted elsewhere, as SEQ:HASH."""
    seq, _colon, digest = text.partition(":")
    if not seq.isdigit() or len(digest) != 64:
        raise argparse.ArgumentTypeError(_("Write the head as it was logged: number, colon, 64 hex digits."))
    return Anchor(int(seq), digest)


class Command(JsonCommand):
    """Exit 1 with the first bad sequence number when anything is not as it was written."""

    help = "Verify the audit chain, its head, the seals of access records, and the append-only triggers."

    def arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--anchor", type=an_anchor, help="SEQ:HASH of a head noted outside the database")

    def answer(self, **options: Any) -> Answer:
        report = verify(anchor=options["anchor"], progress=lambda checked: self.say(f"{checked}…"))
        if report.first_bad is not None:
            message = _("Row %(seq)s of the audit log: %(finding)s.") % {
                "seq": report.first_bad,
                "finding": _(report.finding),
            }
            raise Refused(message, **report.as_dict())
        if report.missing_triggers:
            names = ", ".join(report.missing_triggers)
            raise Refused(_("Triggers are missing: %(names)s.") % {"names": names}, **report.as_dict())
        return report.as_dict()

    def text(self, answer: Answer) -> str:
        return (
            _("%(checked)s rows and %(seals)s seals are as they were written. Head: %(head_seq)s:%(head_hash)s")
            % answer
        )
