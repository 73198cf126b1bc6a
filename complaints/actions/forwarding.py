"""What a regulator, hotline or paper said when it sent a matter on: its reference, its day, its own limit (R6.33)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from complaints import given
from complaints.models import Complaint
from crm_site.errors import RuleBroken

if TYPE_CHECKING:
    from complaints.actions.intake import Statement


def require(statement: Statement) -> None:
    """Raises RuleBroken, field by field, where the days cannot be."""
    sent, due = statement.forwarded_on, statement.their_due_on
    if sent is None and due is None:
        return
    if statement.source == Complaint.Source.DIRECT:
        raise RuleBroken("forwarded.source", _("Choose who forwarded it."), field="source")
    came = timezone.localdate(statement.received_at)
    if sent is not None and sent > came:
        raise RuleBroken(
            "forwarded.later", _("It was forwarded before it reached us, not after."), field="forwarded_on"
        )
    if due is None:
        return
    if due < (sent or came - given.LONGEST):
        text = _("Their date lies before the day they forwarded it.")
        raise RuleBroken("forwarded.due", text, field="their_due_on")
    if due > came + given.LONGEST:
        text = _("Their date lies more than a year ahead. Check it.")
        raise RuleBroken("forwarded.due", text, field="their_due_on")
