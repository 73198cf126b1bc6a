"""Words exchanged about a complaint, written into the customer's past (handbook 4/1.1.20(3); house §2)."""

from __future__ import annotations

import datetime
from typing import TYPE_CHECKING, Any

from django.utils.translation import gettext_lazy as _
from django.utils.translation import gettext_noop

from complaints.models import Complaint
from complaints.models.complaint import ABOUT
from crm_site.errors import RuleBroken
from customers.actions import interactions
from customers.models import Interaction

if TYPE_CHECKING:
    from complaints.actions.turning import Turn

RATING_WEIGHT = 50  # percent: asked by our own people, half a survey's word (domain F.2)
RATING_STEP = 25  # points from one mark of 1–5 to the next, on 0–100

_BUSINESS, _TOPIC = Complaint.Business, Interaction.Topic
_TOPICS = {
    _BUSINESS.SAVINGS.value: _TOPIC.ACCOUNT,
    _BUSINESS.CARD.value: _TOPIC.ACCOUNT,
    _BUSINESS.PAYMENT.value: _TOPIC.TRANSFER,
    _BUSINESS.LOAN.value: _TOPIC.LOAN,
    _BUSINESS.WEALTH.value: _TOPIC.WEALTH,
    _BUSINESS.E_BANKING.value: _TOPIC.DIGITAL,
}


def moment(at: datetime.datetime | None, now: Turn) -> datetime.datetime:
    """When it was said: now unless given. Raises RuleBroken for the future, or before this round was received."""
    if at is None:
        return now.at
    if at > now.at:
        raise RuleBroken("complaint.future", _("This time is still to come. Enter when it happened."), field="at")
    if at < now.round.received_at:
        raise RuleBroken("complaint.before", _("This is before the complaint was received."), field="at")
    return at


def received(now: Turn) -> Interaction:
    """What the customer said when they brought the matter."""
    complaint = now.complaint
    return _record(
        now,
        channel=complaint.channel,
        direction=Interaction.Direction.IN,
        topic=_TOPICS.get(complaint.business, _TOPIC.OTHER),
        title=complaint.subject,
        summary=complaint.content,
        outcome=Interaction.Outcome.COMPLAINT,
        at=now.round.received_at,
    )


def said_again(now: Turn, *, channel: str, summary: str) -> Interaction:
    """What the customer said when they came back."""
    return _record(
        now,
        channel=channel,
        direction=Interaction.Direction.IN,
        title=gettext_noop("Not satisfied with the result"),
        summary=summary,
        outcome=Interaction.Outcome.COMPLAINT,
        at=now.round.received_at,
    )


def brought(now: Turn, *, channel: str, at: datetime.datetime, title: str, summary: str) -> Interaction:
    """What the customer added while the matter was open."""
    return _record(now, channel=channel, direction=Interaction.Direction.IN, title=title, summary=summary, at=at)


def outward(
    now: Turn,
    *,
    channel: str,
    at: datetime.datetime,
    title: str,
    summary: str,
    solved: bool = False,
    satisfaction: int | None = None,
) -> Interaction:
    """What we told or asked the customer. ``satisfaction`` is their mark of 1–5."""
    return _record(
        now,
        channel=channel,
        direction=Interaction.Direction.OUT,
        title=title,
        summary=summary,
        outcome=Interaction.Outcome.RESOLVED if solved else Interaction.Outcome.NOTED,
        at=at,
        rating_points=None if satisfaction is None else (satisfaction - 1) * RATING_STEP,
        rating_weight=None if satisfaction is None else RATING_WEIGHT,
    )


def internal(now: Turn, *, title: str, summary: str) -> Interaction:
    """What was settled among ourselves; it never reaches a message to the customer."""
    channel, nowhere = Interaction.Channel.SYSTEM, Interaction.Direction.NONE
    return _record(now, channel=channel, direction=nowhere, title=title, summary=summary, at=now.at)


def _record(now: Turn, **said: Any) -> Interaction:
    """Said about this complaint; about how it stands unless the words say otherwise."""
    complaint = now.complaint
    about: dict[str, Any] = {"about_kind": ABOUT, "about_no": complaint.number, "restricted": complaint.restricted}
    values: dict[str, Any] = {"topic": _TOPIC.PROGRESS, **said, **about}
    return interactions.record(by=now.by, customer=complaint.customer, **values)
