"""The past: every word exchanged, on any channel (handbook 2/1.1.8(1)(1), 4/1.1.20(3); house §2)."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from crm_site.encryption import EncryptedTextField
from customers.models.customer import Customer

if TYPE_CHECKING:
    from crm_site.models import User


class InteractionQuerySet(models.QuerySet["Interaction"]):
    """Words exchanged."""

    def visible_to(self, user: User) -> InteractionQuerySet:
        """Those of customers this person may open, and their own about unknown callers."""
        return self.filter(Q(customer__in=Customer.objects.visible_to(user)) | Q(customer=None, agent=user))

    def timeline(self, customer: Customer) -> InteractionQuerySet:
        """Newest first, with who spoke; one indexed query. Words of a restricted matter stand with it alone."""
        return self.filter(customer=customer, restricted=False).select_related("agent").order_by("-at", "-pk")


class Interaction(models.Model):
    """One contact or event. ``rating_*`` feed the satisfaction indicator: points 0–100, weight in 1/100."""

    class Channel(models.TextChoices):
        PHONE = "PHONE", _("Phone")
        BRANCH = "BRANCH", _("Branch")
        WECHAT = "WECHAT", _("WeChat")
        EMAIL = "EMAIL", _("E-mail")
        SMS = "SMS", _("SMS")
        APP = "APP", _("Mobile app")
        WEBFORM = "WEBFORM", _("Online form")
        LETTER = "LETTER", _("Letter")
        VISIT = "VISIT", _("Visit")
        EVENT = "EVENT", _("Event")
        SURVEY = "SURVEY", _("Survey")
        SYSTEM = "SYSTEM", _("System")

    class Direction(models.TextChoices):
        IN = "IN", _("From the customer")
        OUT = "OUT", _("To the customer")
        NONE = "NONE", _("Internal")

    class Outcome(models.TextChoices):
        RESOLVED = "RESOLVED", _("Solved")
        FOLLOW_UP = "FOLLOW_UP", _("Needs follow-up")
        COMPLAINT = "COMPLAINT", _("Became a complaint")
        NOTED = "NOTED", _("Noted")

    class Topic(models.TextChoices):
        ENQUIRY = "ENQUIRY", _("General question")
        ACCOUNT = "ACCOUNT", _("Account and card")
        TRANSFER = "TRANSFER", _("Transfers and payments")
        LOAN = "LOAN", _("Loans")
        WEALTH = "WEALTH", _("Wealth and funds")
        DIGITAL = "DIGITAL", _("Mobile and online banking")
        PROGRESS = "PROGRESS", _("Progress of a complaint")
        CARE = "CARE", _("Care and return visit")
        OTHER = "OTHER", _("Other")

    customer = models.ForeignKey(Customer, models.CASCADE, null=True, blank=True, related_name="interactions")
    channel = models.CharField(_("channel"), max_length=8, choices=Channel.choices)
    direction = models.CharField(_("direction"), max_length=4, choices=Direction.choices, default=Direction.IN)
    topic = models.CharField(_("topic"), max_length=10, choices=Topic.choices, default=Topic.OTHER)
    at = models.DateTimeField(_("at"))
    duration_s = models.PositiveIntegerField(_("seconds"), default=0)
    agent = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True)
    title = models.CharField(_("title"), max_length=120, blank=True)  # no personal data: shown in lists and logs
    summary = EncryptedTextField(_("summary"), blank=True)
    outcome = models.CharField(_("outcome"), max_length=10, choices=Outcome.choices, default=Outcome.NOTED)
    about_kind = models.CharField(max_length=20, blank=True)  # "complaint", "survey" …: names a page, not a table
    about_no = models.CharField(max_length=30, blank=True)
    restricted = models.BooleanField(_("restricted"), default=False)  # shown on the page of its matter alone
    rating_points = models.PositiveSmallIntegerField(_("rating, 0–100"), null=True, blank=True)
    rating_weight = models.PositiveSmallIntegerField(_("weight of the rating, percent"), null=True, blank=True)
    recorded_at = models.DateTimeField(_("recorded"))
    undone_at = models.DateTimeField(_("taken back"), null=True, blank=True)

    objects: ClassVar[InteractionQuerySet] = InteractionQuerySet.as_manager()  # type: ignore[assignment]

    class Meta:
        verbose_name = _("interaction")
        verbose_name_plural = _("interactions")
        indexes = [
            models.Index(fields=["customer", "-at", "-id"], name="interaction_timeline"),
            models.Index(fields=["customer", "at"], condition=Q(rating_points__isnull=False), name="interaction_rated"),
            models.Index(fields=["agent", "-at"], name="interaction_agent"),
        ]
        constraints = [
            models.CheckConstraint(
                condition=Q(rating_points__isnull=True, rating_weight__isnull=True)
                | Q(rating_points__isnull=False, rating_weight__isnull=False),
                name="rating_has_points_and_weight",
            )
        ]

    def __str__(self) -> str:
        return f"{self.get_channel_display()} {self.at:%Y-%m-%d}"
