"""How a customer is reached, and how they wish to be (handbook 5/1.1.25(3); domain C.2)."""

from __future__ import annotations

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from crm_site.encryption import BlindIndexField, EncryptedTextField
from customers.models.customer import Customer


class ContactPoint(models.Model):
    """One phone number, address or account; sealed, with blind indexes of the whole and of the last four."""

    class Type(models.TextChoices):
        MOBILE = "MOBILE", _("Mobile")
        LANDLINE = "LANDLINE", _("Landline")
        EMAIL = "EMAIL", _("E-mail")
        WECHAT = "WECHAT", _("WeChat")
        ADDRESS = "ADDRESS", _("Address")

    class Status(models.TextChoices):
        OK = "OK", _("In use")
        BOUNCED = "BOUNCED", _("Bounced")
        INVALID = "INVALID", _("Invalid")

    customer = models.ForeignKey(Customer, models.CASCADE, related_name="contact_points")
    type = models.CharField(_("kind"), max_length=8, choices=Type.choices)
    value = EncryptedTextField(_("value"))
    value_bidx = BlindIndexField(db_index=True)
    last4_bidx = BlindIndexField(db_index=True, null=True)
    label = models.CharField(_("label"), max_length=20, blank=True)
    preferred = models.BooleanField(_("preferred"), default=False)
    status = models.CharField(_("status"), max_length=8, choices=Status.choices, default=Status.OK)
    verified_at = models.DateTimeField(_("verified"), null=True, blank=True)

    class Meta:
        verbose_name = _("contact point")
        verbose_name_plural = _("contact points")
        constraints = [models.UniqueConstraint(fields=["customer", "type", "value_bidx"], name="one_contact_point")]

    def __str__(self) -> str:
        return f"{self.get_type_display()}"


class ContactPreference(models.Model):
    """When and how this customer wants to be contacted."""

    customer = models.OneToOneField(Customer, models.CASCADE, related_name="contact_preference")
    best_time = models.CharField(_("best time"), max_length=60, blank=True)
    channel = models.CharField(_("preferred channel"), max_length=8, choices=ContactPoint.Type.choices, blank=True)
    no_proactive_contact = models.BooleanField(_("no proactive contact"), default=False)

    def __str__(self) -> str:
        return self.best_time


class IdentityDocument(models.Model):
    """A document that proves who the customer is; its number is sealed and unique among living customers."""

    class Type(models.TextChoices):
        RESIDENT_ID = "RESIDENT_ID", _("Resident identity card")
        HK_MACAU_PERMIT = "HK_MACAU_PERMIT", _("Hong Kong and Macau permit")
        TAIWAN_PERMIT = "TAIWAN_PERMIT", _("Taiwan permit")
        RESIDENCE_PERMIT = "RESIDENCE_PERMIT_HMT", _("Residence permit")
        PASSPORT = "PASSPORT", _("Passport")
        FOREIGN_PR_ID = "FOREIGN_PR_ID", _("Foreign permanent resident card")
        MILITARY_ID = "MILITARY_ID", _("Military card")
        USCC = "USCC", _("Unified social credit code")
        OTHER = "OTHER", _("Other document")

    customer = models.ForeignKey(Customer, models.CASCADE, related_name="identity_documents")
    type = models.CharField(_("kind"), max_length=20, choices=Type.choices)
    number = EncryptedTextField(_("number"))
    number_bidx = BlindIndexField()
    last4_bidx = BlindIndexField(db_index=True)
    valid_to = models.DateField(_("valid until"), null=True, blank=True)
    verified_at = models.DateTimeField(_("verified"), null=True, blank=True)
    primary = models.BooleanField(_("primary"), default=True)

    class Meta:
        verbose_name = _("identity document")
        verbose_name_plural = _("identity documents")
        constraints = [
            models.UniqueConstraint(fields=["number_bidx", "type"], name="one_owner_of_a_document"),
            models.UniqueConstraint(fields=["customer"], condition=Q(primary=True), name="one_primary_document"),
        ]

    def __str__(self) -> str:
        return f"{self.get_type_display()}"
