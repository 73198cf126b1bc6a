"""What the customer allowed and refused: append-only acts, the latest one counts (domain H.2; PIPL 13–16)."""

from __future__ import annotations

import datetime
from typing import ClassVar

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _

from customers.models.customer import Customer


class ConsentQuerySet(models.QuerySet["Consent"]):
    """Acts of consent."""

    def effective(self, customer: Customer, now: datetime.datetime) -> dict[tuple[str, str], Consent]:
        """The act that counts for each (purpose, channel): the latest by its own time, whenever it was entered."""
        latest: dict[tuple[str, str], Consent] = {}
        for act in self.filter(customer=customer, at__lte=now).order_by("at", "pk"):
            latest[(act.purpose, act.channel)] = act
        return latest


class Consent(models.Model):
    """One act: granted, withdrawn or refused. Nothing recorded means no. Triggers refuse UPDATE and DELETE."""

    APPEND_ONLY: ClassVar[bool] = True

    class Purpose(models.TextChoices):
        SERVICE = "SERVICE", _("Data needed for the service")
        MARKETING = "MARKETING", _("Marketing")
        MARKET_RESEARCH = "MARKET_RESEARCH", _("Market research")
        EXPERIENCE = "EXPERIENCE_IMPROVEMENT", _("Improving the service")
        PROFILING = "PROFILING_MARKETING", _("Profiling and scoring")
        SENSITIVE = "SENSITIVE_PROCESSING", _("Sensitive data")
        SHARING = "EXTERNAL_SHARING", _("Sharing outside the bank")
        RECORDING = "RECORDING", _("Call recording")

    class Channel(models.TextChoices):
        ALL = "ALL", _("All channels")
        PHONE = "PHONE", _("Phone")
        SMS = "SMS", _("SMS")
        EMAIL = "EMAIL", _("E-mail")
        WECHAT = "WECHAT", _("WeChat")
        APP = "APP", _("Mobile app")

    class Act(models.TextChoices):
        GRANT = "GRANT", _("Granted")
        WITHDRAW = "WITHDRAW", _("Withdrawn")
        REFUSE = "REFUSE", _("Refused")

    class Evidence(models.TextChoices):
        FORM = "FORM", _("Signed form")
        CALL = "CALL_REC", _("Recorded call")
        SMS_REPLY = "SMS_REPLY", _("SMS reply")
        APP = "APP", _("Mobile app")
        PAPER = "PAPER", _("Letter")

    customer = models.ForeignKey(Customer, models.CASCADE, related_name="consents")
    purpose = models.CharField(_("purpose"), max_length=24, choices=Purpose.choices)
    channel = models.CharField(_("channel"), max_length=8, choices=Channel.choices, default=Channel.ALL)
    act = models.CharField(_("act"), max_length=8, choices=Act.choices)
    at = models.DateTimeField(_("at"))
    expires_at = models.DateTimeField(_("expires"), null=True, blank=True)
    evidence = models.CharField(_("evidence"), max_length=10, choices=Evidence.choices)
    evidence_ref = models.CharField(_("evidence reference"), max_length=60, blank=True)
    text_version = models.CharField(_("wording version"), max_length=20, default="1")
    recorded_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True)
    recorded_at = models.DateTimeField(_("recorded"))

    objects: ClassVar[ConsentQuerySet] = ConsentQuerySet.as_manager()  # type: ignore[assignment]

    class Meta:
        verbose_name = _("consent")
        verbose_name_plural = _("consents")
        indexes = [models.Index(fields=["customer", "purpose", "channel", "-at"])]

    def __str__(self) -> str:
        return f"{self.purpose} {self.channel} {self.act}"

    def allows(self, now: datetime.datetime) -> bool:
        """Whether this act, being the latest, permits the purpose now."""
        return self.act == self.Act.GRANT and (self.expires_at is None or now < self.expires_at)
