"""The register of exports: who took which list out, why, with whose consent (J.5; peers 124)."""

from __future__ import annotations

import datetime
from typing import TYPE_CHECKING, ClassVar

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from complaints.models.batch import new_ref
from crm_site.encryption import EncryptedTextField
from crm_site.roles import Role

if TYPE_CHECKING:
    from crm_site.models import User

FREE_ROWS = 1000
"""Up to so many rows one person decides alone (domain J.5)."""


class ExportQuerySet(models.QuerySet["Export"]):
    """Entries of the register."""

    def visible_to(self, user: User) -> ExportQuerySet:
        """All for those who answer for the register, one's own for others."""
        return self if user.has_role(Role.SUPERVISOR, Role.PRIVACY, Role.AUDITOR) else self.filter(by=user)


class Export(models.Model):
    """A list that was, or is to be, taken out as a file. Downloaded once."""

    class Format(models.TextChoices):
        CSV = "csv", _("CSV")
        XLSX = "xlsx", _("Excel workbook")

    class Purpose(models.TextChoices):
        HANDLING = "HANDLING", _("Handling of these complaints")
        ANALYSIS = "ANALYSIS", _("Analysis of causes")
        REPORT = "REPORT", _("Report to management")
        REGULATOR = "REGULATOR", _("Request of a regulator")
        AUDIT = "AUDIT", _("Audit")

    class State(models.TextChoices):
        ASKED = "ASKED", _("Waits for consent")
        APPROVED = "APPROVED", _("Ready to be fetched")
        REFUSED = "REFUSED", _("Not granted")
        FETCHED = "FETCHED", _("Fetched")

    ref = models.CharField(max_length=16, unique=True, default=new_ref, editable=False)  # stands in URLs
    by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    query = models.CharField(_("query"), max_length=1000)
    format = models.CharField(_("format"), max_length=4, choices=Format.choices)
    purpose = models.CharField(_("purpose"), max_length=10, choices=Purpose.choices)
    reason = EncryptedTextField(_("reason"), blank=True)
    rows = models.PositiveIntegerField(_("rows"))
    state = models.CharField(_("state"), max_length=8, choices=State.choices)
    asked_at = models.DateTimeField(_("asked"))
    decided_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+")
    decided_at = models.DateTimeField(_("decided"), null=True)
    expires_at = models.DateTimeField(_("to be fetched before"), null=True)
    fetched_at = models.DateTimeField(_("fetched"), null=True)

    objects: ClassVar[ExportQuerySet] = ExportQuerySet.as_manager()  # type: ignore[assignment]

    class Meta:
        verbose_name = _("export of a list")
        verbose_name_plural = _("exports of lists")
        ordering = ["-pk"]
        indexes = [models.Index(fields=["by", "-id"], name="export_by")]
        constraints = [
            models.CheckConstraint(
                condition=Q(decided_by__isnull=True) | ~Q(decided_by=F("by")), name="nobody_grants_an_export_to_oneself"
            ),
            models.CheckConstraint(
                condition=Q(rows__lte=FREE_ROWS) | Q(state="ASKED") | Q(decided_by__isnull=False),
                name="a_large_export_was_granted",
            ),
        ]

    def __str__(self) -> str:
        return self.ref

    @property
    def public_number(self) -> str:
        """The reference that may stand in a URL and in the audit log."""
        return self.ref

    def ready(self, now: datetime.datetime) -> bool:
        """Whether it can be fetched now."""
        return self.state == self.State.APPROVED and self.expires_at is not None and now < self.expires_at
