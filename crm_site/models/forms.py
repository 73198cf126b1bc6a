"""What a browser needs remembered: one-time form tokens against double submits, and drafts of long forms."""

from __future__ import annotations

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _

from crm_site.encryption import EncryptedTextField


class FormToken(models.Model):
    """A one-time token of a create form; the second submit finds where the first one led. Without a user it was a
    public form."""

    token = models.CharField(max_length=43, unique=True)
    user = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE, null=True)
    form = models.CharField(max_length=40)
    used_at = models.DateTimeField()
    result_url = models.CharField(max_length=200, blank=True)

    def __str__(self) -> str:
        return f"{self.form} {self.used_at:%Y-%m-%d %H:%M}"


class Draft(models.Model):
    """What somebody has typed into a long form and not yet saved; sealed like all personal data."""

    user = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE, related_name="drafts")
    key = models.CharField(max_length=80)
    data = EncryptedTextField()
    saved_at = models.DateTimeField(_("saved at"))

    class Meta:
        constraints = [models.UniqueConstraint(fields=["user", "key"], name="one_draft_per_form")]

    def __str__(self) -> str:
        return self.key
