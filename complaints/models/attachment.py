"""Files kept with a complaint: letters, pictures, tables (handbook 6/1.1.28(2); domain C.5; docs/decisions/0035)."""

from __future__ import annotations

import uuid

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _

from complaints.models.complaint import Complaint
from crm_site import uploads
from crm_site.encryption import EncryptedTextField

NOTE_LENGTH = 200  # characters


class Attachment(models.Model):
    """One file: its name and size. What is in it stands in a row of its own, read only when somebody opens it."""

    class Kind(models.TextChoices):
        PDF = uploads.PDF, "PDF"
        JPEG = uploads.JPEG, "JPEG"
        PNG = uploads.PNG, "PNG"
        TEXT = uploads.TEXT, _("Text")
        DOCX = uploads.DOCX, "Word"
        XLSX = uploads.XLSX, "Excel"

    complaint = models.ForeignKey(Complaint, models.CASCADE, related_name="attachments")
    uuid = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    at = models.DateTimeField(_("at"))
    name = EncryptedTextField(_("file name"))
    note = EncryptedTextField(_("what it shows"), blank=True)
    kind = models.CharField(_("kind of file"), max_length=4, choices=Kind.choices)
    size = models.PositiveIntegerField(_("bytes"))
    digest = models.CharField("SHA-256", max_length=64)

    class Meta:
        verbose_name = _("attachment")
        verbose_name_plural = _("attachments")
        ordering = ["at", "pk"]
        constraints = [
            models.UniqueConstraint(fields=["complaint", "digest"], name="a_file_is_kept_once_with_a_complaint")
        ]

    def __str__(self) -> str:
        return str(self.uuid)

    @property
    def public_number(self) -> str:
        """What may stand in a URL and in the audit log."""
        return str(self.uuid)


class AttachmentContent(models.Model):
    """The bytes of a file, as base64, sealed like every text about a person and rotated with the same keys."""

    attachment = models.OneToOneField(Attachment, models.CASCADE, primary_key=True, related_name="content")
    sealed = EncryptedTextField(_("content"))

    class Meta:
        verbose_name = _("content of an attachment")
        verbose_name_plural = _("contents of attachments")

    def __str__(self) -> str:
        return str(self.attachment_id)
