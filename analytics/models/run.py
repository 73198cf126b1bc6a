"""A night's run, and the score rows it wrote (docs/decisions/0004)."""

from __future__ import annotations

from typing import ClassVar

from django.db import models
from django.db.models import Exists, OuterRef
from django.utils.translation import gettext_lazy as _

from analytics.models.ruleset import Calibration, ScoringModel
from crm_site.models import JobRun
from customers.models import Customer, Standing


class ScoreRun(models.Model):
    """One classification and scoring of everybody for one business date."""

    class State(models.TextChoices):
        RUNNING = "RUNNING", _("Running")
        PUBLISHED = "PUBLISHED", _("Published")
        FAILED = "FAILED", _("Failed")

    no = models.PositiveIntegerField(_("number"), unique=True)
    since_no = models.PositiveIntegerField(default=0)  # no row valid at this run was written by an earlier one
    as_of = models.DateField(_("as of"), unique=True)
    job_run = models.OneToOneField(JobRun, models.PROTECT, related_name="score_run")
    model = models.ForeignKey(ScoringModel, models.PROTECT, related_name="runs")
    calibration = models.ForeignKey(Calibration, models.PROTECT, related_name="runs")
    class_rules = models.JSONField(_("classification rules"), default=dict)  # dimension: {id, version, hash}
    full = models.BooleanField(_("everybody"), default=True)
    recheck = models.BooleanField(_("everybody once more"), default=False)  # full, though only some were due
    state = models.CharField(_("state"), max_length=10, choices=State.choices, default=State.RUNNING)
    population = models.PositiveIntegerField(_("customers read"), default=0)
    changed = models.PositiveIntegerField(_("rows written"), default=0)
    watermark = models.DateTimeField(_("inputs up to"))
    summary = models.JSONField(_("figures"), default=dict)
    started_at = models.DateTimeField(_("started"))
    published_at = models.DateTimeField(_("published"), null=True)

    class Meta:
        verbose_name = _("score run")
        verbose_name_plural = _("score runs")
        ordering = ["-no"]

    def __str__(self) -> str:
        return f"{self.no} ({self.as_of:%Y-%m-%d})"

    @property
    def basis(self) -> int:
        """The model and the date measured at, in a number every fingerprint of the run begins with: where two runs
        differ in it, the later one writes everybody anew."""
        return int(self.model.content_hash[:15], 16) ^ self.calibration.on.toordinal()


class ScoreQuerySet(models.QuerySet["Score"]):
    """Scores, across runs."""

    def published(self) -> ScoreQuerySet:
        """Rows readers may see now."""
        standing = Standing.objects.published().filter(customer=OuterRef("customer"), run_from=OuterRef("run_from"))
        return self.filter(Exists(standing))


class Score(models.Model):
    """One customer's score as stored: points in 1/10,000, the unrounded score in 1e-8; the sentence is made when shown.

    It is written with a standing and lives as long as that: the standing of this customer and ``run_from``. −1 means
    missing, which is not zero; a row of one width is what lets a million of them be written at the speed of the disk.
    """

    # the unique constraint is the index of this key
    # derived rows: the database checks no keys (docs/decisions/0004)
    customer = models.ForeignKey(Customer, models.CASCADE, related_name="scores", db_index=False, db_constraint=False)
    run_from = models.PositiveIntegerField()
    calibration = models.ForeignKey(Calibration, models.PROTECT, related_name="+", db_index=False, db_constraint=False)
    score_e8 = models.BigIntegerField()
    score_tenths = models.SmallIntegerField()
    grade = models.CharField(max_length=1, blank=True)
    coverage = models.IntegerField()  # 1/10,000
    confidence = models.CharField(max_length=12)
    provisional = models.BooleanField(default=False)
    # the five indicators, points of 1e-8, so that contributions add up to the score without a remainder
    i_c = models.BigIntegerField()
    i_s = models.BigIntegerField()
    i_l = models.BigIntegerField()
    i_g = models.BigIntegerField()
    i_k = models.BigIntegerField()
    cov_c = models.IntegerField()
    cov_s = models.IntegerField()
    cov_l = models.IntegerField()
    cov_g = models.IntegerField()
    cov_k = models.IntegerField()
    # metric points, 1/10,000
    c1 = models.IntegerField()
    c2 = models.IntegerField()
    c3 = models.IntegerField()
    c4 = models.IntegerField()
    s1 = models.IntegerField()
    l1 = models.IntegerField()
    l2 = models.IntegerField()
    l3 = models.IntegerField()
    l4 = models.IntegerField()
    l5 = models.IntegerField()
    g1 = models.IntegerField()
    g2 = models.IntegerField()
    g3 = models.IntegerField()
    g4 = models.IntegerField()
    g5 = models.IntegerField()
    k1 = models.IntegerField()
    k2 = models.IntegerField()
    k3 = models.IntegerField()

    objects: ClassVar[ScoreQuerySet] = ScoreQuerySet.as_manager()  # type: ignore[assignment]

    class Meta:
        verbose_name = _("score")
        verbose_name_plural = _("scores")
        constraints = [
            models.UniqueConstraint(fields=["customer", "run_from"], name="one_score_a_run"),
        ]

    def __str__(self) -> str:
        return f"{self.customer_id} {self.grade}"
