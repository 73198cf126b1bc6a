"""The visitors' book: every change in one hash chain, every look at personal data in sealed batches (domain J.6).

Rows hold text and numbers only, no foreign keys, so that live data can be erased without the log stopping it or
following it. Triggers made by a migration refuse UPDATE and DELETE on both databases.
"""

from __future__ import annotations

from django.db import models
from django.utils.translation import gettext_lazy as _


class AuditHead(models.Model):
    """The single row that knows the last sequence number and hash; locked last in every writing transaction."""

    seq = models.BigIntegerField(default=0)
    hash = models.CharField(max_length=64, default="0" * 64)

    def __str__(self) -> str:
        return f"{self.seq}:{self.hash}"


class AuditEvent(models.Model):
    """One change by one verb."""

    seq = models.BigIntegerField(_("number"), unique=True)
    at = models.DateTimeField(_("at"))
    actor_id = models.BigIntegerField(_("actor number"), null=True)
    actor = models.CharField(_("actor"), max_length=60)
    role = models.CharField(_("role"), max_length=80, blank=True)
    action = models.CharField(_("action"), max_length=60)
    object_type = models.CharField(_("kind of object"), max_length=60, blank=True)
    object_id = models.CharField(_("object"), max_length=64, blank=True)
    before = models.JSONField(_("before"), default=dict)
    after = models.JSONField(_("after"), default=dict)
    reason = models.TextField(_("reason"), blank=True)
    request_id = models.CharField(_("request"), max_length=36, blank=True)
    ip = models.CharField(_("address"), max_length=45, blank=True)
    hash_version = models.PositiveSmallIntegerField(default=1)
    prev_hash = models.CharField(max_length=64)
    hash = models.CharField(max_length=64)

    class Meta:
        verbose_name = _("audit event")
        verbose_name_plural = _("audit events")
        ordering = ["-seq"]
        indexes = [
            models.Index(fields=["object_type", "object_id"]),
            models.Index(fields=["actor_id", "-at"]),
            models.Index(fields=["action", "-at"]),
        ]

    def __str__(self) -> str:
        return f"{self.seq} {self.action}"


class AccessRecord(models.Model):
    """One look at personal data: a page opened, a search, a reveal, an export, a print."""

    class Kind(models.TextChoices):
        VIEW = "VIEW", _("Viewed")
        SEARCH = "SEARCH", _("Searched")
        REVEAL = "REVEAL", _("Revealed")
        EXPORT = "EXPORT", _("Exported")
        PRINT = "PRINT", _("Printed")

    at = models.DateTimeField(_("at"), db_index=True)
    actor_id = models.BigIntegerField(_("actor number"))
    actor = models.CharField(_("actor"), max_length=60)
    kind = models.CharField(_("kind"), max_length=8, choices=Kind.choices)
    object_type = models.CharField(_("kind of object"), max_length=60, blank=True)
    object_id = models.CharField(_("object"), max_length=64, blank=True)
    fields = models.CharField(_("fields"), max_length=200, blank=True)
    purpose = models.CharField(_("purpose"), max_length=20, blank=True)
    reason = models.TextField(_("reason"), blank=True)
    term_hash = models.CharField(_("search term, hashed"), max_length=64, blank=True)
    results = models.PositiveIntegerField(_("results"), null=True)
    request_id = models.CharField(_("request"), max_length=36, blank=True)
    ip = models.CharField(_("address"), max_length=45, blank=True)

    class Meta:
        verbose_name = _("access record")
        verbose_name_plural = _("access records")
        ordering = ["-id"]
        indexes = [models.Index(fields=["object_type", "object_id"]), models.Index(fields=["actor_id", "-at"])]

    def __str__(self) -> str:
        return f"{self.kind} {self.object_type} {self.object_id}"


class AccessSeal(models.Model):
    """A batch of access records whose root hash was written into the audit chain; tells where the next batch begins."""

    first_id = models.BigIntegerField()
    last_id = models.BigIntegerField(unique=True)
    count = models.PositiveIntegerField()
    root = models.CharField(max_length=64)
    audit_seq = models.BigIntegerField()

    def __str__(self) -> str:
        return f"{self.first_id}-{self.last_id}"
