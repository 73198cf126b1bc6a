"""Versions of the classifications and of the value score, and the calibrations of the latter (domain E, F.8).

Rules are rows: an analyst drafts and simulates, a supervisor approves, the next night goes by them (decision 0044).
"""

from __future__ import annotations

from typing import Any, ClassVar

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy


class RuleState(models.TextChoices):
    """Where a version of rules stands."""

    DRAFT = "DRAFT", _("Draft")
    SIMULATED = "SIMULATED", _("Simulated")
    SUBMITTED = "SUBMITTED", _("Submitted")
    APPROVED = "APPROVED", _("Approved")
    ACTIVE = "ACTIVE", pgettext_lazy("version", "Active")
    RETIRED = "RETIRED", pgettext_lazy("version", "Retired")


def another_approves(name: str) -> list[models.BaseConstraint]:
    """Four eyes, in the database: author and approver differ, and rules in force were approved.

    Rules that came with the product have neither.
    """
    return [
        models.CheckConstraint(
            condition=Q(author__isnull=True) | Q(approver__isnull=True) | ~Q(author=F("approver")),
            name=f"another_approves_{name}",
        ),
        models.CheckConstraint(
            condition=~Q(state__in=["APPROVED", "ACTIVE"]) | Q(author__isnull=True) | Q(approver__isnull=False),
            name=f"no_{name}_unapproved",
        ),
    ]


class RuleVersion(models.Model):
    """One version of some rules. From its submission on they never change; ``simulation`` says what it would move."""

    State = RuleState

    state = models.CharField(_("state"), max_length=10, choices=RuleState.choices, default=RuleState.DRAFT)
    content_hash = models.CharField(_("fingerprint"), max_length=64)
    note = models.CharField(_("note"), max_length=300, blank=True)
    author = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+", verbose_name=_("author")
    )
    approver = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+", verbose_name=_("approver")
    )
    simulation = models.JSONField(_("simulation"), null=True, blank=True)
    # a bank too large to be simulated while somebody waits: asked for, done by the timetable
    asked_at = models.DateTimeField(_("simulation asked for"), null=True)
    asked_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+", verbose_name=_("simulation asked for by")
    )
    drafted_at = models.DateTimeField(_("drafted"), null=True)
    simulated_at = models.DateTimeField(_("simulated on"), null=True)
    submitted_at = models.DateTimeField(_("submitted on"), null=True)
    approved_at = models.DateTimeField(_("approved on"), null=True)
    activated_at = models.DateTimeField(_("activated"), null=True)
    retired_at = models.DateTimeField(_("retired on"), null=True)

    RULES: ClassVar[str]  # the name of the column that holds the rules

    class Meta:
        abstract = True

    @property
    def content(self) -> dict[str, Any]:
        """The rules as JSON."""
        found: dict[str, Any] = getattr(self, self.RULES)
        return found

    @property
    def public_number(self) -> str:
        """What names it in the audit log."""
        return str(self)


class ScoringModel(RuleVersion):
    """One version of weights, metrics, transforms, lookups and bands; at most one is active.

    It is activated with a back-test, or with the words by which one was waived.
    """

    RULES = "spec"

    version = models.CharField(_("version"), max_length=20, unique=True)
    spec = models.JSONField(_("rules"))
    backtest = models.JSONField(_("back-test"), null=True, blank=True)
    backtest_waived = models.CharField(_("back-test waived because"), max_length=300, blank=True)

    class Meta:
        verbose_name = _("scoring model")
        verbose_name_plural = _("scoring models")
        ordering = ["-pk"]
        constraints = [
            models.UniqueConstraint(fields=["state"], condition=Q(state="ACTIVE"), name="one_active_model"),
            *another_approves("model"),
        ]

    def __str__(self) -> str:
        return self.version


class ClassRules(RuleVersion):
    """One version of the rules of one classification; at most one of each dimension is active."""

    RULES = "rules"

    class Dimension(models.TextChoices):
        ASSET = "ASSET", _("Asset size")
        AGE = "AGE", _("Age")
        OCCUPATION = "OCCUPATION", _("Occupation")
        NEED = "NEED", _("Need")
        LOYALTY = "LOYALTY", _("Loyalty")
        RISK = "RISK", _("Credit risk")
        RFM = "RFM", _("Recency, frequency, monetary value")

    dimension = models.CharField(_("dimension"), max_length=10, choices=Dimension.choices)
    version = models.PositiveIntegerField(_("version"))
    rules = models.JSONField(_("rules"))

    class Meta:
        verbose_name = _("classification rules")
        verbose_name_plural = _("classification rules")
        ordering = ["dimension", "-version"]
        constraints = [
            models.UniqueConstraint(fields=["dimension", "version"], name="class_rules_are_numbered"),
            models.UniqueConstraint(
                fields=["dimension"], condition=Q(state="ACTIVE"), name="one_active_version_of_a_dimension"
            ),
            *another_approves("class_rules"),
        ]

    def __str__(self) -> str:
        return f"{self.dimension} {self.version}"


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
