"""What the gate asks about intake: who speaks for whom, and where a matter was sent."""

from __future__ import annotations

import datetime

from django.utils.translation import gettext_lazy as _

from complaints.models import Complaint
from crm_site.errors import RuleBroken


def represented(complaint: Complaint, now: datetime.datetime) -> None:
    """Somebody speaks for the customer."""
    if not complaint.on_behalf:
        raise RuleBroken("authority.none", _("The customer complains in person; no authority is needed."))
