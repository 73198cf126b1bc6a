"""The notices of a complaint as its page shows them: what was written, where to, and what became of it (peers 75)."""

from __future__ import annotations

import datetime
from dataclasses import dataclass

from django.utils.translation import gettext_lazy as _

from complaints.models import Complaint
from complaints.models.complaint import ABOUT
from crm_site.errors import Text
from customers import message_kinds
from customers.models import Message

State = Message.State
SHOWN = 20
_TONES = {
    State.PENDING: ("info", "clock"),
    State.SENDING: ("info", "send"),
    State.SENT: ("ok", "check2"),
    State.FAILED: ("danger", "x-octagon"),
    State.UNKNOWN: ("warn", "question-circle"),
}
_REASONS: dict[str, Text] = {
    "no_contact_point": _("No mobile number or e-mail address is on record."),
    "may_repeat": _("It may have left before; it is sent once more."),
    "not_living": _("The customer is not living."),
    "text": _("There is no text for it."),
}


@dataclass(frozen=True, slots=True)
class Notice:
    """One line of evidence."""

    title: Text
    channel: str
    address: str
    state: str
    tone: str
    icon: str
    at: datetime.datetime
    reason: Text


def notices(complaint: Complaint) -> list[Notice]:
    """Newest first."""
    return [_notice(row) for row in Message.objects.about(ABOUT, complaint.number)[:SHOWN]]


def _notice(row: Message) -> Notice:
    tone, icon = _TONES.get(State(row.state), ("line", "dash-circle"))
    return Notice(
        title=message_kinds.title_of(row.template),
        channel=row.get_channel_display(),
        address=row.masked_address,
        state=row.get_state_display(),
        tone=tone,
        icon=icon,
        at=row.finished_at or row.created_at,
        reason=_REASONS.get(row.reason, ""),
    )
