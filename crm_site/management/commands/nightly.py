"""``manage.py nightly --as-of DATE``: the night of one business date, in this process."""

from __future__ import annotations

from typing import Any

from django.core.management.base import CommandParser
from django.utils.translation import gettext as _

from crm_site.management.base import Answer, JsonCommand, Refused, a_date
from crm_site.models.jobs import JobRun
from crm_site.nights import Outcome, run_night


class Command(JsonCommand):
    """Repeating it changes nothing; a night that was cut off goes on where it stopped."""

    help = "Run every nightly job of a business date once, in order."

    def arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--as-of", type=a_date, required=True, help="the business date, as YYYY-MM-DD")

    def answer(self, **options: Any) -> Answer:
        as_of = options["as_of"]
        outcomes = run_night(as_of)
        answer = {"as_of": str(as_of), "jobs": [_line(outcome) for outcome in outcomes]}
        failed = [outcome.run for outcome in outcomes if outcome.run.state != JobRun.State.OK]
        if failed:
            reasons = "; ".join(f"{run.job}: {run.error}" for run in failed)
            reason = _("The night of %(date)s is not complete. %(reasons)s") % {"date": as_of, "reasons": reasons}
            raise Refused(reason, **answer)
        return answer

    def text(self, answer: Answer) -> str:
        lines = [_("Night of %(date)s") % {"date": answer["as_of"]}]
        for job in answer["jobs"]:
            counts = ", ".join(f"{name} {number}" for name, number in job["counts"].items())
            lines.append(f"  {job['job']:<20} {_('done') if job['ran'] else _('was done before')}  {counts}")
            if job["warning"]:
                lines.append(f"  {'':<20} {job['warning']}")
        return "\n".join(lines)


def _line(outcome: Outcome) -> dict[str, Any]:
    run = outcome.run
    return {
        "job": run.job,
        "state": run.state,
        "ran": outcome.ran,
        "attempts": run.attempts,
        "counts": run.counts,
        "warning": run.warning,
        "error": run.error,
    }
