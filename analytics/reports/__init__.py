"""Every report by its name: what it says, what it counts, and how its lines are made (domain K; docs/COMMANDS.md)."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from django.utils.translation import gettext_lazy as _

from complaints import reporting
from complaints.figures import Period
from complaints.reporting import Line
from crm_site.errors import Text

Build = Callable[[Period, Mapping[str, str]], list[Line]]


@dataclass(frozen=True, slots=True)
class Report:
    """One report. Its figures' definitions stand with the figures."""

    label: Text
    definition: Text
    build: Build


REPORTS: Mapping[str, Report] = {
    "complaint-summary": Report(
        _("Complaint summary"),
        _("What came, what was answered and how, how long it took, what it was about, what comes again."),
        reporting.summary,
    ),
    "sla-attainment": Report(
        _("Answers in time"),
        _("By the day answers fell due, open overdue ones included; first rounds; with and without pauses."),
        reporting.attainment,
    ),
    "desks": Report(
        _("Work by owner"),
        _("Received, ended, open and overdue by owner; solved on the spot; in no order of merit."),
        reporting.desks,
    ),
    "regulator-return": Report(
        _("Regulator's return"),
        _("Complaints by cause and standard code, answers within 15, 30 and 60 calendar days, results, redress."),
        reporting.regulator_return,
    ),
}
"""Names stand in addresses, commands and stored runs."""
