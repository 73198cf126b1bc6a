"""A complaint as a row of a file: what its list shows, in words, names covered (domain J.3)."""

from __future__ import annotations

import datetime
from collections.abc import Iterator

from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from complaints import persons
from complaints.models import Complaint
from complaints.models.complaint import ComplaintQuerySet
from complaints.states import State
from crm_site import masking
from crm_site.errors import Text
from crm_site.models import User
from crm_site.tables import Cell

CHUNK = 500  # rows held at a time
RELATED = ("customer", "owner", "team", "leading", "product")
COLUMNS: tuple[Text, ...] = (
    _("Number"),
    _("Nature"),
    _("Level"),
    _("Stage"),
    _("Due"),
    _("Paused"),
    _("Subject"),
    _("Customer"),
    _("Owner"),
    _("Team"),
    _("Received"),
    pgettext_lazy("complaint", "Closed on"),
    _("Channel"),
    _("Source"),
    _("Product"),
    _("Cause"),
)
_BODIES = ("content", "desired_outcome", "core_issue", "complainant_contact")


def header() -> list[str]:
    """The names of the columns in the reader's language."""
    return [str(name) for name in COLUMNS]


def lines(rows: ComplaintQuerySet, user: User) -> Iterator[list[Cell]]:
    """Each complaint as a row, a few hundred in memory at a time; the words of the customer stay where they are."""
    found = rows.select_related(*RELATED).defer(*_BODIES)
    for complaint in found.iterator(chunk_size=CHUNK):
        yield line(complaint, user)


def line(complaint: Complaint, user: User) -> list[Cell]:
    """One row."""
    return [
        complaint.number,
        complaint.get_nature_display(),
        str(complaint.get_level_display() or ""),
        str(State(complaint.state).label),
        complaint.leading.due_on if complaint.leading else None,
        str(_("Yes")) if complaint.paused_at else "",
        masking.redact(complaint.subject, *complaint.names),
        persons.name_of(complaint, user, masked=True),
        complaint.owner.display_name if complaint.owner else "",
        complaint.team.name if complaint.team else "",
        _local(complaint.received_at),
        _local(complaint.closed_at),
        complaint.get_channel_display(),
        complaint.get_source_display(),
        complaint.product.name if complaint.product else "",
        complaint.get_cause_display(),
    ]


def _local(moment: datetime.datetime | None) -> datetime.datetime | None:
    """The bank's own time, as a spreadsheet knows no zones."""
    return None if moment is None else timezone.localtime(moment).replace(tzinfo=None, microsecond=0)
