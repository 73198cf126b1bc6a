"""The facts of severity that intake already knows, and the level they speak for (domain D.10, ux 6(3))."""

from __future__ import annotations

import datetime

from django.db.models import Count, Q
from django.utils import timezone

from complaints import severity
from complaints.models import Complaint, Membership, Round
from complaints.models.complaint import contact_key
from complaints.severity import Condition, Factors, History, Publicity, Rights
from customers.models import Customer

REPEAT_WINDOW = datetime.timedelta(days=90)
_CAUSE = Complaint.Cause
_RIGHTS = {
    _CAUSE.INFORMATION_SECURITY.value: Rights.DATA_FUNDS,
    _CAUSE.FUNDS_SECURITY.value: Rights.DATA_FUNDS,
    _CAUSE.MARKETING_METHOD.value: Rights.SELLING_DISCLOSURE,
    _CAUSE.INFORMATION_DISCLOSURE.value: Rights.SELLING_DISCLOSURE,
    _CAUSE.FREE_CHOICE.value: Rights.SELLING_DISCLOSURE,
    _CAUSE.SERVICE_ATTITUDE_QUALITY.value: Rights.COURTESY,
}
_PUBLICITY = {"HOTLINE": Publicity.HOTLINE, "REGULATOR": Publicity.REGULATOR, "MEDIA": Publicity.MEDIA}


def factors(
    *,
    customer: Customer | None,
    cause: str,
    source: str,
    disputed_fen: int | None,
    vulnerable: bool,
    departments: int,
    contact: str = "",
    people: int = 1,
    leave_out: Complaint | None = None,
) -> Factors:
    """What is known before anybody assesses; repeats are counted over ninety days."""
    return Factors(
        loss_fen=disputed_fen or 0,
        rights=_RIGHTS.get(cause, Rights.FEE_SERVICE if cause else Rights.COURTESY),
        condition=Condition.VULNERABLE if vulnerable else Condition.CALM,
        history=_history(customer, contact, leave_out),
        departments=departments,
        people=people,
        publicity=_PUBLICITY.get(source, Publicity.NONE),
    )


def known(complaint: Complaint) -> Factors:
    """The same for a complaint that is registered."""
    return factors(
        customer=complaint.customer,
        cause=complaint.cause,
        source=complaint.source,
        disputed_fen=complaint.disputed_fen,
        vulnerable=complaint.vulnerable,
        departments=0,
        contact=complaint.complainant_contact,
        people=_people(complaint),
        leave_out=complaint,
    )


def _people(complaint: Complaint) -> int:
    """How many complain of the same: the largest group or incident it belongs to (domain R6.26)."""
    groups = Membership.objects.filter(gathering__memberships__complaint=complaint)
    sizes = groups.values("gathering").annotate(n=Count("complaint", distinct=True)).values_list("n", flat=True)
    return max(sizes, default=1)


def _history(customer: Customer | None, contact: str, leave_out: Complaint | None) -> History:
    """How often the same customer, or the same contact, complained; a merged one was no second time."""
    same, key = Q(customer=customer) if customer is not None else Q(pk__in=[]), contact_key(contact)
    same |= Q(contact_bidx=key) if key is not None else Q(pk__in=[])
    if leave_out is not None and leave_out.rounds.filter(reason=Round.Reason.REOPEN).count() > 1:
        return History.REOPENED_TWICE
    since = timezone.now() - REPEAT_WINDOW
    earlier = Complaint.objects.filter(
        same, nature=Complaint.Nature.COMPLAINT, received_at__gte=since, duplicate_of=None
    )
    if leave_out is not None:
        earlier = earlier.exclude(pk=leave_out.pk)
    return (History.FIRST, History.SECOND, History.THIRD)[min(earlier.count(), 2)]


def reasons(suggestion: severity.Suggestion) -> list[str]:
    """Why, in words, heaviest first."""
    return [str(severity.REASONS[code]) for code in suggestion.reasons]
