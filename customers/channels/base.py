"""What a gateway is given, and the three clear answers it may give; no answer is a fourth (reliability 2.4)."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from typing import Protocol

from django.conf import settings
from django.utils.module_loading import import_string


@dataclass(frozen=True, slots=True)
class Letter:
    """One message to one address. ``uuid`` is the client reference by which a provider can recognise a repeat;
    ``masked`` is the only form of the address that may be logged. ``subject`` is "" where the channel has none."""

    uuid: str
    channel: str
    address: str
    masked: str
    subject: str
    body: str


class Refused(Exception):
    """The provider will never take this message: a wrong address, a blocked number. Its words carry no address."""


class TryLater(Exception):
    """The provider did not take it now, and surely did not send it."""


class Gateway(Protocol):
    """Delivers a letter. Any exception but Refused and TryLater means that nobody knows whether it left."""

    def send(self, letter: Letter) -> str:
        """Hand over; returns the provider's reference, or "". Must answer within seconds."""
        ...


@cache
def _made(dotted: str) -> Gateway:
    gateway: Gateway = import_string(dotted)()
    return gateway


def gateway(channel: str) -> Gateway:
    """The gateway settings.CRM_CHANNELS names for a channel. Raises KeyError when it names none."""
    return _made(settings.CRM_CHANNELS[channel])
