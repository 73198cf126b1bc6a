"""The outbox: the database is the record of intent; every message ends in one visible state (reliability 2.4)."""

from __future__ import annotations

import datetime
import uuid
from typing import ClassVar

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from crm_site import masking
from crm_site.encryption import EncryptedTextField
from customers.models.contact import ContactPoint
from customers.models.customer import Customer

ADDRESS_KINDS = {"SMS": "MOBILE", "EMAIL": "EMAIL", "WECHAT": "WECHAT"}
"""The kind of contact point each channel needs."""


class MessageQuerySet(models.QuerySet["Message"]):
    """Messages to customers."""

    def about(self, kind: str, number: str) -> MessageQuerySet:
        """What was written about one matter, newest first."""
        return self.filter(about_kind=kind, about_no=number).select_related("contact_point").order_by("-pk")

    def due(self, now: datetime.datetime) -> MessageQuerySet:
        """Waiting ones whose time has come, oldest first so that one bad row never blocks the rest."""
        return self.filter(state=Message.State.PENDING, not_before__lte=now).order_by("not_before", "pk")


class Message(models.Model):
    """One message. To a customer it goes by a contact point, looked up at sending; ``address`` is for who is none."""

    class State(models.TextChoices):
        PENDING = "PENDING", _("Waiting")
        SENDING = "SENDING", _("Being sent")
        SENT = "SENT", _("Sent")
        FAILED = "FAILED", _("Failed")
        UNKNOWN = "UNKNOWN", _("Outcome unknown")
        SUPPRESSED = "SUPPRESSED", _("Held back")
        EXPIRED = "EXPIRED", _("Too late to send")
        CANCELLED = "CANCELLED", _("Cancelled")

    class Purpose(models.TextChoices):
        SERVICE = "SERVICE", _("Service")
        SURVEY = "SURVEY", _("Survey")
        CARE = "CARE", _("Care")
        MARKETING = "MARKETING", _("Marketing")

    class Channel(models.TextChoices):
        SMS = "SMS", _("SMS")
        EMAIL = "EMAIL", _("E-mail")
        WECHAT = "WECHAT", _("WeChat")

    uuid = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    dedupe_key = models.CharField(max_length=120, unique=True)
    customer = models.ForeignKey(Customer, models.CASCADE, null=True, related_name="messages")
    contact_point = models.ForeignKey(ContactPoint, models.SET_NULL, null=True, related_name="messages")
    address = EncryptedTextField(_("address"), blank=True)  # of somebody who is no customer, by the channel's kind
    about_kind = models.CharField(max_length=20, blank=True)  # as Interaction's: names a page, not a table
    about_no = models.CharField(max_length=30, blank=True)
    channel = models.CharField(_("channel"), max_length=8, choices=Channel.choices)
    purpose = models.CharField(_("purpose"), max_length=10, choices=Purpose.choices)
    template = models.CharField(_("template"), max_length=40)
    locale = models.CharField(_("language"), max_length=10)
    values = EncryptedTextField(default="{}")  # JSON of merge fields; may hold a survey link
    state = models.CharField(_("state"), max_length=10, choices=State.choices, default=State.PENDING)
    reason = models.CharField(_("reason"), max_length=120, blank=True)
    not_before = models.DateTimeField(_("not before"))
    expires_at = models.DateTimeField(_("not after"), null=True, blank=True)
    attempts = models.PositiveSmallIntegerField(_("attempts"), default=0)
    lease_owner = models.CharField(max_length=80, blank=True)
    lease_until = models.DateTimeField(null=True, blank=True)
    provider_ref = models.CharField(max_length=80, blank=True)
    created_at = models.DateTimeField(_("created"))
    finished_at = models.DateTimeField(_("finished"), null=True, blank=True)

    objects: ClassVar[MessageQuerySet] = MessageQuerySet.as_manager()  # type: ignore[assignment]

    class Meta:
        verbose_name = _("message")
        verbose_name_plural = _("messages")
        indexes = [
            models.Index(fields=["not_before", "id"], condition=Q(state="PENDING"), name="message_due"),
            models.Index(fields=["lease_until"], condition=Q(state="SENDING"), name="message_leases"),
            models.Index(fields=["about_no", "id"], condition=~Q(about_no=""), name="message_about"),
        ]

    def __str__(self) -> str:
        return f"{self.template} {self.state}"

    @property
    def masked_address(self) -> str:
        """Where it goes, as pages and logs may show it; "" where there is nothing."""
        if self.address:
            return masking.contact(ADDRESS_KINDS[self.channel], self.address)
        point = self.contact_point
        return masking.contact(point.type, point.value) if point else ""

    @property
    def public_number(self) -> str:
        """The reference that may stand in a log and that the provider was given."""
        return str(self.uuid)
