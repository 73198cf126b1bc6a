"""Versions of the scoring model, and the frozen calibrations its percentiles are measured against (domain F.8)."""

from __future__ import annotations

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy


class ScoringModel(models.Model):
    """One version of weights, metrics, transforms, lookups and bands; at most one is active."""

    class State(models.TextChoices):
        DRAFT = "DRAFT", _("Draft")
        APPROVED = "APPROVED", _("Approved")
        ACTIVE = "ACTIVE", pgettext_lazy("version", "Active")
        RETIRED = "RETIRED", pgettext_lazy("version", "Retired")

    version = models.CharField(_("version"), max_length=20, unique=True)
    state = models.CharField(_("state"), max_length=8, choices=State.choices, default=State.DRAFT)
    spec = models.JSONField(_("rules"))
    content_hash = models.CharField(max_length=64)
    author = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+")
    approver = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+")
    activated_at = models.DateTimeField(_("activated"), null=True)

    class Meta:
        verbose_name = _("scoring model")
        verbose_name_plural = _("scoring models")
        constraints = [
            models.UniqueConstraint(fields=["state"], condition=Q(state="ACTIVE"), name="one_active_model"),
            models.CheckConstraint(
                condition=Q(author__isnull=True) | Q(approver__isnull=True) | ~Q(author=models.F("approver")),
                name="author_is_not_approver",
            ),
        ]

    def __str__(self) -> str:
        return self.version


class Calibration(models.Model):
    """The population frozen at month close: scores are measured against it until the next one (docs/decisions/0003)."""

    model = models.ForeignKey(ScoringModel, models.PROTECT, related_name="calibrations")
    on = models.DateField(_("reference date"))
    population = models.PositiveIntegerField(_("population"))
    data = models.JSONField()

    class Meta:
        verbose_name = _("calibration")
        verbose_name_plural = _("calibrations")
        ordering = ["-on"]
        constraints = [models.UniqueConstraint(fields=["model", "on"], name="one_calibration_a_date")]

    def __str__(self) -> str:
        return f"{self.model_id} {self.on:%Y-%m-%d}"
