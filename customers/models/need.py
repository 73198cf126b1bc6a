"""What the customer wants, stated or inferred (handbook 2/1.1.8(2)(3))."""

from __future__ import annotations

from typing import ClassVar

from django.conf import settings
from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from crm_site.encryption import EncryptedTextField
from customers.models.customer import Customer
from customers.models.holding import Product


class NeedQuerySet(models.QuerySet["Need"]):
    """Wants."""

    def open(self) -> NeedQuerySet:
        """Still to be met, the strongest and then the newest first."""
        return self.filter(status=Need.Status.OPEN).order_by("-strength", "-recorded_at", "-pk")

    def past(self) -> NeedQuerySet:
        """Met, no longer wanted or expired, the latest first."""
        return self.exclude(status=Need.Status.OPEN).order_by("-settled_at", "-pk")


class Need(models.Model):
    """One want with a life of its own: open until it is met, no longer wanted, or 180 days old without movement."""

    class Basis(models.TextChoices):
        STATED = "STATED", _("Stated by the customer")
        INFERRED = "INFERRED", _("Inferred")

    class Status(models.TextChoices):
        OPEN = "OPEN", pgettext_lazy("need", "Open")
        MET = "MET", _("Met")
        DECLINED = "DECLINED", _("No longer wanted")
        EXPIRED = "EXPIRED", _("Expired")

    customer = models.ForeignKey(Customer, models.CASCADE, related_name="needs")
    family = models.CharField(_("product family"), max_length=10, choices=Product.Family.choices)
    basis = models.CharField(_("basis"), max_length=8, choices=Basis.choices)
    strength = models.PositiveSmallIntegerField(
        _("strength"), validators=[MinValueValidator(1), MaxValueValidator(5)], default=3
    )
    text = EncryptedTextField(_("in the customer's words"), blank=True)
    status = models.CharField(_("status"), max_length=8, choices=Status.choices, default=Status.OPEN)
    owner = models.ForeignKey(settings.AUTH_USER_MODEL, models.SET_NULL, null=True, blank=True)
    recorded_at = models.DateTimeField(_("recorded"))
    expires_on = models.DateField(_("expires"))
    settled_at = models.DateTimeField(_("settled"), null=True, blank=True)  # met, declined or expired
    how = EncryptedTextField(_("how it was settled"), blank=True)

    objects: ClassVar[NeedQuerySet] = NeedQuerySet.as_manager()  # type: ignore[assignment]

    class Meta:
        verbose_name = _("need")
        verbose_name_plural = _("needs")

    def __str__(self) -> str:
        return f"{self.get_family_display()}"
