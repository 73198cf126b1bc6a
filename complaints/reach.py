"""Where somebody who brought a matter can be written to: customers at their own address, others where they said."""

from __future__ import annotations

from dataclasses import dataclass

from complaints.models import Complaint
from crm_site import masking
from customers import reaching, texts
from customers.actions import messaging
from customers.models import ContactPoint, Customer, Message
from customers.models.message import ADDRESS_KINDS
from customers.reaching import Address

_WRITTEN = (None, Message.Channel.SMS, Message.Channel.EMAIL)
_CHANNELS = {kind: channel for channel, kind in ADDRESS_KINDS.items() if channel != Message.Channel.WECHAT}


@dataclass(frozen=True, slots=True)
class Way:
    """One address. ``customer``: it is the customer's own; ``address``: it was given with the matter."""

    channel: str
    masked: str
    locale: str
    customer: Customer | None = None
    address: Address | None = None

    @property
    def channel_words(self) -> str:
        """SMS or e-mail, in words."""
        return str(Message.Channel(self.channel).label)


def way(complaint: Complaint) -> Way | None:
    """How to write to the complainant; None for the anonymous, and where nothing usable is on record.

    Who complains for somebody else is written to at the address given, never the customer behind their back.
    """
    if complaint.is_anonymous:
        return None
    given = reaching.address_in(complaint.complainant_contact) if complaint.complainant_contact else None
    customer = complaint.customer
    if customer is not None and (complaint.relation == Complaint.Relation.SELF or not complaint.complainant_contact):
        point = _written_point(customer)
        if point is not None:
            masked = masking.contact(point.type, point.value)
            return Way(_CHANNELS[point.type], masked, customer.language, customer=customer)
    if given is None:
        return None
    return Way(_CHANNELS[given.kind], masking.contact(given.kind, given.value), locale(complaint), address=given)


def locale(complaint: Complaint) -> str:
    """The complainant's language, as far as it is known."""
    if complaint.language:
        return complaint.language
    return complaint.customer.language if complaint.customer is not None else texts.FALLBACK


def _written_point(customer: Customer) -> ContactPoint | None:
    """The contact point liked best among those that take short messages or e-mail."""
    points = (messaging.reachable(customer, channel) for channel in _WRITTEN)
    return next((point for point in points if point is not None and point.type in _CHANNELS), None)
