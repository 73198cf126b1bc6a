"""The formal letter with the result: what it says, in the complainant's language (domain D.7; handbook 6/1.1.30).

Of the matter it names the kind of business and the day only; the words in it are those the complainant was told.
"""

from __future__ import annotations

import datetime
from dataclasses import dataclass

from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import override

from complaints import reach
from complaints.models import Complaint, Feedback, Payment
from complaints.models.authority import may_hear
from crm_site import bank
from crm_site.wording import date_words


@dataclass(frozen=True, slots=True)
class Letter:
    """Words ready to be set."""

    locale: str
    sender: str
    team: str
    name: str
    today: datetime.date
    title: str
    opening: str
    decision: str
    feedback: Feedback
    paid_on: datetime.date | None
    routes: list[str]


def of(complaint: Complaint) -> Letter | None:
    """The letter about the latest answer; None where none was given."""
    given = Feedback.objects.given().filter(round__complaint=complaint).select_related("round")
    feedback = given.order_by("-at", "-pk").first()
    if feedback is None:
        return None
    locale = reach.locale(complaint)
    with override(locale):
        return Letter(
            locale=locale,
            sender=bank.name(locale),
            team=complaint.team.name if complaint.team is not None else _("our service centre"),
            name=_name(complaint),
            today=timezone.localdate(),
            title=_("The result of your matter"),
            opening=_opening(complaint, feedback),
            decision=feedback.get_decision_display() if feedback.decision else _("Explained"),
            feedback=feedback,
            paid_on=_paid_on(feedback),
            routes=_routes(complaint),
        )


def _paid_on(feedback: Feedback) -> datetime.date | None:
    """The day the redress of this answer was paid; None while it is not."""
    paid = Payment.objects.paid().filter(plan__round=feedback.round).order_by("paid_at").last()
    return None if paid is None or paid.paid_at is None else timezone.localdate(paid.paid_at)


def _name(complaint: Complaint) -> str:
    """Who complained: for themselves, or for somebody else whose authority was seen; else the customer."""
    itself = complaint.relation == Complaint.Relation.SELF and complaint.customer is not None
    if itself and complaint.customer is not None:
        return complaint.customer.full_name
    if complaint.customer is not None and not may_hear(complaint):
        return complaint.customer.full_name
    return complaint.complainant_name or (complaint.customer.full_name if complaint.customer else _("customer"))


def _opening(complaint: Complaint, feedback: Feedback) -> str:
    """When they came to us, about which business, and by which way."""
    facts = {
        "day": date_words(feedback.round.received_at, "long"),
        "nature": complaint.get_nature_display(),
        "business": complaint.get_business_display() or _("Our service"),
        "channel": complaint.get_channel_display(),
    }
    return _("On %(day)s you turned to us (%(channel)s; %(nature)s: %(business)s). We have looked into it.") % facts


def _routes(complaint: Complaint) -> list[str]:
    """What is open to them; only a complaint has more than a second look by ourselves."""
    again = _("Within 30 days you may ask us to look at it again.")
    if complaint.nature != Complaint.Nature.COMPLAINT:
        return [again]
    return [
        again,
        _("You may ask the mediation body of the industry to mediate."),
        _("Where it was agreed, you may turn to arbitration."),
        _("You may go to court."),
        _("You may turn to the financial regulator."),
    ]
