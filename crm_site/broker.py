"""The Redis transport of the bell, with one mend: an acknowledgement that fails does not cost the worker its place.

Kombu counts a message as taken until its acknowledgement got through. When Redis does not answer just then, the error
is logged and the place stays taken for good: after as many failures as the worker has places it fetches nothing any
more and looks healthy. Here the place is given back. Redis hands the message out again after ``visibility_timeout``;
by then it has expired, and receiving one twice costs a query (see ``crm_site.tasks``).
"""

from __future__ import annotations

from kombu.transport import TRANSPORT_ALIASES, redis, virtual


class QoS(redis.QoS):
    """The messages that a worker has taken and not yet acknowledged."""

    def ack(self, delivery_tag: str) -> None:
        """Acknowledge in Redis; when that fails, forget the message here and raise what went wrong."""
        try:
            super().ack(delivery_tag)
        except Exception:
            virtual.QoS.ack(self, delivery_tag)
            raise

    def reject(self, delivery_tag: str, requeue: bool = False) -> None:
        """Give back to Redis, or throw away; when that fails, forget the message here and raise what went wrong."""
        try:
            super().reject(delivery_tag, requeue)
        except Exception:
            virtual.QoS.ack(self, delivery_tag)
            raise


class Channel(redis.Channel):
    """A channel that counts its messages as above."""

    QoS = QoS


class Transport(redis.Transport):
    """What ``redis://`` and ``rediss://`` mean to the bell."""

    Channel = Channel


def install() -> None:
    """Let kombu resolve the two schemes to this transport; before the first connection."""
    for scheme in ("redis", "rediss"):
        TRANSPORT_ALIASES[scheme] = "crm_site.broker:Transport"
