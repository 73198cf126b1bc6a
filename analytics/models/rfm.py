"""Marks of recency, frequency and monetary value, frozen a month (domain F.9; docs/decisions/0047)."""

from __future__ import annotations

from django.db import models
from django.utils.translation import gettext_lazy as _

from analytics.models.ruleset import ClassRules
from customers.models import Customer


class RfmRun(models.Model):
    """One marking of everybody who bought; readers see the newest that is published."""

    on = models.DateField(_("reference date"))
    rules = models.ForeignKey(ClassRules, models.PROTECT, related_name="+")
    population = models.PositiveIntegerField(_("population"), default=0)
    grid = models.JSONField(
        _("customers by recency and frequency"), default=list
    )  # five rows R 5–1, five columns F 1–5
    boxes = models.JSONField(_("customers by box"), default=dict)
    published_at = models.DateTimeField(_("published"), null=True)

    class Meta:
        verbose_name = _("marking of recency, frequency and value")
        verbose_name_plural = _("markings of recency, frequency and value")
        ordering = ["-pk"]

    def __str__(self) -> str:
        return f"{self.on:%Y-%m-%d}"

    @classmethod
    def current(cls) -> RfmRun | None:
        """The one readers see."""
        return cls.objects.filter(published_at__isnull=False).select_related("rules").first()


class RfmMark(models.Model):
    """One customer's marks in one run, with the figures they rest on."""

    # derived rows: the database checks no keys (docs/decisions/0004)
    customer = models.ForeignKey(
        Customer, models.CASCADE, related_name="rfm_marks", db_index=False, db_constraint=False
    )
    run = models.ForeignKey(RfmRun, models.CASCADE, related_name="marks", db_index=False, db_constraint=False)
    days = models.IntegerField(_("days since the last time"))
    count = models.IntegerField(_("how often"))
    amount_fen = models.BigIntegerField(_("for how much"))
    r = models.SmallIntegerField()
    f = models.SmallIntegerField()
    m = models.SmallIntegerField()
    box = models.CharField(_("box"), max_length=20)

    class Meta:
        verbose_name = _("mark of recency, frequency and value")
        verbose_name_plural = _("marks of recency, frequency and value")
        constraints = [models.UniqueConstraint(fields=["customer", "run"], name="one_rfm_mark_a_run")]
        indexes = [models.Index(fields=["run", "box"], name="rfm_box")]

    def __str__(self) -> str:
        return f"{self.customer_id} {self.r}{self.f}{self.m}"
