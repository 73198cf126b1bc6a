"""Causes at their second level, and what lay behind a complaint (handbook 6/1.1.31(3); domain C.5, D.9, R6.31)."""

from __future__ import annotations

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from complaints.models.complaint import Complaint
from crm_site.encryption import EncryptedTextField


class CauseDetail(models.Model):
    """One kind of a cause, as the bank tells them apart. Where a cause has any, a complaint of it names one."""

    cause = models.CharField(_("cause"), max_length=30, choices=Complaint.Cause.choices)
    code = models.CharField(_("code"), max_length=20, unique=True)
    name = models.CharField(_("name"), max_length=60)
    standard_code = models.CharField(_("code of the statistics standard"), max_length=20, blank=True)
    active = models.BooleanField(_("active"), default=True)

    class Meta:
        verbose_name = _("cause, second level")
        verbose_name_plural = _("causes, second level")
        ordering = ["cause", "code"]
        constraints = [models.CheckConstraint(condition=~Q(code=""), name="a_cause_has_a_code")]

    def __str__(self) -> str:
        return self.name

    @property
    def public_number(self) -> str:
        """The code that may stand in the audit log."""
        return self.code


class RootCause(models.Model):
    """What really lay behind a complaint, and whether it will come again by itself."""

    complaint = models.OneToOneField(Complaint, models.CASCADE, related_name="root_cause")
    description = EncryptedTextField(_("what lay behind it"))
    systemic = models.BooleanField(_("systemic"))
    by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    at = models.DateTimeField(_("at"))

    class Meta:
        verbose_name = _("root cause")
        verbose_name_plural = _("root causes")

    def __str__(self) -> str:
        return str(self.complaint_id)
