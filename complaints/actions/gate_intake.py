"""What the gate asks about intake: who speaks for whom, and where a matter was sent."""

from __future__ import annotations

import datetime

from django.utils.translation import gettext_lazy as _

from complaints.models import Complaint, Referral
from crm_site.errors import RuleBroken


def represented(complaint: Complaint, now: datetime.datetime) -> None:
    """Somebody speaks for the customer."""
    if not complaint.on_behalf:
        raise RuleBroken("authority.none", _("The customer complains in person; no authority is needed."))


def referred(complaint: Complaint, now: datetime.datetime) -> None:
    """It was sent on, and nobody there has taken it over yet."""
    waiting_referral(complaint)


def waiting_referral(complaint: Complaint) -> Referral:
    """The referral that waits to be taken over. Raises RuleBroken where none does."""
    row = complaint.referrals.waiting().select_related("asking", "department").first()
    if row is None:
        raise RuleBroken("referral.none", _("No referral waits to be taken over."))
    return row
