"""The code with which somebody looks up their own matter: shown once, used once, kept as a hash (domain R9.7)."""

from __future__ import annotations

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _

from complaints.models.complaint import Complaint


class AccessCode(models.Model):
    """One code for one complaint."""

    complaint = models.ForeignKey(Complaint, models.CASCADE, related_name="access_codes")
    code_hash = models.CharField(max_length=64)
    issued_at = models.DateTimeField(_("issued"))
    issued_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+")
    expires_at = models.DateTimeField(_("valid until"))
    used_at = models.DateTimeField(_("used"), null=True)

    class Meta:
        verbose_name = _("access code")
        verbose_name_plural = _("access codes")
        ordering = ["-pk"]

    def __str__(self) -> str:
        return f"{self.complaint_id} {self.issued_at:%Y-%m-%d}"
