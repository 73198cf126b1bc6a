"""What staff say to one another about a complaint (handbook 6/1.1.36; domain R6.22). Never for the customer's eyes."""

from __future__ import annotations

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _

from complaints.models.complaint import Complaint
from crm_site.encryption import EncryptedTextField

LONGEST = 4_000  # characters of a comment


class Comment(models.Model):
    """One internal remark, as it was written. No message, letter or public page reads this table."""

    complaint = models.ForeignKey(Complaint, models.CASCADE, related_name="comments")
    by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    at = models.DateTimeField(_("at"))
    text = EncryptedTextField(_("comment"))
    mentioned = models.ManyToManyField(settings.AUTH_USER_MODEL, related_name="+", blank=True)

    class Meta:
        verbose_name = _("internal comment")
        verbose_name_plural = _("internal comments")
        ordering = ["at", "pk"]

    def __str__(self) -> str:
        return f"{self.complaint_id} {self.at:%Y-%m-%d %H:%M}"
