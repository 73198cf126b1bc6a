"""``manage.py rebuild``: everybody's kept figures against the raw rows, now."""

from __future__ import annotations

import secrets
from typing import Any

from django.core.management.base import CommandParser
from django.utils import timezone
from django.utils.translation import gettext as _

from crm_site import jobs
from crm_site.errors import RuleBroken
from crm_site.management.base import Answer, JsonCommand, Refused
from crm_site.models import JobRun
from customers.actions import rebuilding

JOB = "rebuild"


class Command(JsonCommand):
    """A second call goes on with what an earlier one left unfinished; a third finds nothing to mend."""

    help = "Derive every customer's figures from raw rows, compare them with those kept, and put right what differs."

    def arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--check", action="store_true", help="only look: report differences and mend nothing")

    def answer(self, **options: Any) -> Answer:
        look = options["check"]
        before = _unfinished(look)
        if before is not None:
            self.say(_("Going on with the run of %(begun)s.") % {"begun": before.started_at})
        run = jobs.run_job(
            job=JOB,
            path=f"{rebuilding.__name__}.by_hand_{'check' if look else 'mend'}",
            business_date=before.business_date if before else timezone.localdate(),
            slot=before.slot if before else f"{_prefix(look)} {secrets.token_hex(4)}",
            force=True,
        )
        if run is None:
            raise RuleBroken("rebuild.busy", _("Another process is at this. Try again when it has ended."))
        answer = {
            "mended": not look,
            "customers": run.counts.get("customers", 0),
            "differences": run.counts.get("differences", 0),
            "columns": rebuilding.differences(run.counts),
        }
        if run.state != JobRun.State.OK:
            raise Refused(_("The comparison is not complete: %(error)s") % {"error": run.error}, **answer)
        return answer

    def text(self, answer: Answer) -> str:
        head = _("%(customers)s customers compared with the raw rows, %(differences)s differences") % answer
        lines = [f"  {name:<40} {number}" for name, number in sorted(answer["columns"].items())]
        if lines:
            lines.append(_("They were put right.") if answer["mended"] else _("Nothing was changed."))
        return "\n".join([head, *lines])


def _prefix(look: bool) -> str:
    return "check" if look else "hand"


def _unfinished(look: bool) -> JobRun | None:
    """A run by hand that was cut off or failed: its ranges that are done need not be done again."""
    left = JobRun.objects.filter(job=JOB, slot__startswith=_prefix(look)).exclude(state=JobRun.State.OK)
    return left.order_by("-started_at").first()
