"""Versions of the rules of the clocks, as rows: drafted, approved by another person, in force (domain D.1, D.12)."""

from __future__ import annotations

from typing import ClassVar

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from complaints import profiles


class SlaRuleSetQuerySet(models.QuerySet["SlaRuleSet"]):
    """Rule sets, and the book those in force make."""

    def rulebook(self) -> profiles.Rulebook:
        """The rule sets in force now: one query, so an approval counts at once in every process; the rules of a
        version are read and parsed once."""
        stamp = tuple(self.filter(state=SlaRuleSet.State.ACTIVE).order_by("name").values_list("pk", "content_hash"))
        cached = _CACHE.get(stamp)
        if cached is None:
            rows = self.filter(pk__in=[pk for pk, _hash in stamp]).order_by("name")
            cached = profiles.Rulebook({row.name: row.profile for row in rows})
            _CACHE.clear()
            _CACHE[stamp] = cached
        return cached

    def version(self, name: str, version: str) -> profiles.Profile | None:
        """One version of a rule set, whether or not it is in force: what a clock was dated by."""
        row = self.filter(name=name, version=int(version)).first() if version.isdecimal() else None
        return row.profile if row else None


_CACHE: dict[tuple[tuple[int, str], ...], profiles.Rulebook] = {}


class SlaRuleSet(models.Model):
    """One version of one rule set; at most one of each name is active. Once submitted its rules never change."""

    class State(models.TextChoices):
        DRAFT = "DRAFT", _("Draft")
        SUBMITTED = "SUBMITTED", _("Submitted")
        APPROVED = "APPROVED", _("Approved")
        ACTIVE = "ACTIVE", pgettext_lazy("version", "Active")
        RETIRED = "RETIRED", pgettext_lazy("version", "Retired")

    name = models.CharField(_("rule set"), max_length=30)
    version = models.PositiveIntegerField(_("version"))
    state = models.CharField(_("state"), max_length=10, choices=State.choices, default=State.DRAFT)
    rules = models.JSONField(_("rules"))
    content_hash = models.CharField(_("fingerprint"), max_length=64)
    note = models.CharField(_("note"), max_length=300, blank=True)
    author = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+", verbose_name=_("author")
    )
    approver = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+", verbose_name=_("approver")
    )
    effective_from = models.DateField(_("in force from"), null=True, blank=True)
    drafted_at = models.DateTimeField(_("drafted"), null=True)
    approved_at = models.DateTimeField(_("approved on"), null=True)
    activated_at = models.DateTimeField(_("activated"), null=True)
    retired_at = models.DateTimeField(_("retired on"), null=True)

    objects: ClassVar[SlaRuleSetQuerySet] = SlaRuleSetQuerySet.as_manager()  # type: ignore[assignment]

    class Meta:
        verbose_name = _("rules of the clocks")
        verbose_name_plural = _("rules of the clocks")
        ordering = ["name", "-version"]
        constraints = [
            models.UniqueConstraint(fields=["name", "version"], name="rule_versions_are_numbered"),
            models.UniqueConstraint(fields=["name"], condition=Q(state="ACTIVE"), name="one_active_version_of_rules"),
            models.CheckConstraint(
                condition=Q(author__isnull=True) | Q(approver__isnull=True) | ~Q(author=F("approver")),
                name="another_approves_the_rules",
            ),
            models.CheckConstraint(
                condition=~Q(state__in=["APPROVED", "ACTIVE"]) | Q(author__isnull=True) | Q(approver__isnull=False),
                name="no_rules_in_force_unapproved",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.name} {self.version}"

    @property
    def profile(self) -> profiles.Profile:
        """The rules as the pure rule files know them, under this name and version."""
        return profiles.from_json({**self.rules, "name": self.name, "version": str(self.version)})
