"""A report as it was issued: reprinted word for word, whatever happened since (domain K, peers row 118)."""

from __future__ import annotations

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _


class ReportRun(models.Model):
    """Lines of one report of one period as of one moment, with their hash. Triggers refuse UPDATE and DELETE."""

    APPEND_ONLY = True

    name = models.CharField(_("report"), max_length=40)
    first = models.DateField(_("from"))
    last = models.DateField(_("to"))
    as_of = models.DateTimeField(_("as of"))
    only = models.JSONField(_("narrowed to"), default=dict)
    lines = models.JSONField(_("lines"), default=list)
    content_hash = models.CharField(_("hash"), max_length=64)
    made_at = models.DateTimeField(_("made"))
    made_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+")
    key = models.CharField(max_length=200, unique=True)

    class Meta:
        verbose_name = _("report run")
        verbose_name_plural = _("report runs")
        ordering = ["-made_at", "-pk"]

    def __str__(self) -> str:
        return f"{self.name} {self.first}–{self.last}"

    @property
    def public_number(self) -> str:
        """What names it in the audit log."""
        return f"{self.name}:{self.content_hash[:12]}"
