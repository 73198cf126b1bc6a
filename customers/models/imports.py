"""Files taken in: what came, what it became, and what was refused and why (domain R2.15)."""

from __future__ import annotations

from collections.abc import Collection
from typing import ClassVar

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _


class ImportBatchQuerySet(models.QuerySet["ImportBatch"]):
    """Files taken in."""

    def in_doubt(self, kinds: Collection[str]) -> ImportBatchQuerySet:
        """What these kinds still lack: of each profile the newest file, where it is not taken in whole and agreed."""
        newer = ImportBatch.objects.filter(kind=models.OuterRef("kind"), profile=models.OuterRef("profile"))
        latest = ~models.Exists(newer.filter(pk__gt=models.OuterRef("pk")))
        return self.filter(latest, kind__in=kinds).exclude(state=ImportBatch.State.DONE)


class ImportBatch(models.Model):
    """One file through one profile. created + updated + unchanged + duplicates + rejected = rows."""

    class State(models.TextChoices):
        RUNNING = "RUNNING", _("Running")
        DONE = "DONE", _("Done")
        FAILED = "FAILED", _("Failed")
        DISAGREE = "DISAGREE", _("Totals disagree")

    kind = models.CharField(_("kind"), max_length=20)
    profile = models.CharField(_("profile"), max_length=80)
    file_name = models.CharField(_("file"), max_length=120)
    file_sha256 = models.CharField(max_length=64)
    state = models.CharField(_("state"), max_length=8, choices=State.choices, default=State.RUNNING)
    rows = models.PositiveIntegerField(_("rows"), default=0)
    created = models.PositiveIntegerField(_("created"), default=0)
    updated = models.PositiveIntegerField(_("updated"), default=0)
    unchanged = models.PositiveIntegerField(_("unchanged"), default=0)
    duplicates = models.PositiveIntegerField(_("duplicates"), default=0)
    rejected = models.PositiveIntegerField(_("rejected"), default=0)
    control = models.JSONField(default=dict)
    expected = models.JSONField(default=dict)  # what the source says counts and control sums come to, as far as it does
    errors_file = models.CharField(_("error file"), max_length=200, blank=True)
    started_at = models.DateTimeField(_("started"))
    finished_at = models.DateTimeField(_("finished"), null=True)
    started_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True)

    objects: ClassVar[ImportBatchQuerySet] = ImportBatchQuerySet.as_manager()  # type: ignore[assignment]

    class Meta:
        verbose_name = _("import")
        verbose_name_plural = _("imports")
        ordering = ["-pk"]
        indexes = [models.Index(fields=["kind", "profile"])]

    def __str__(self) -> str:
        return f"{self.kind} {self.file_name}"
