"""The present: what the bank thinks of a customer tonight, published under one run (house §2; docs/decisions/0004)."""

from __future__ import annotations

from typing import Any, ClassVar

from django.db import models
from django.utils.functional import cached_property
from django.utils.translation import gettext_lazy as _

from customers import classes
from customers.models.customer import Customer

FOREVER = 2_147_483_647


class PublishedRun(models.Model):
    """The pointer: readers see rows valid at this run number. One row; flipping it is how a night becomes visible."""

    run_no = models.PositiveIntegerField(default=0)
    since_no = models.PositiveIntegerField(default=0)  # no row valid at this run was written by an earlier one
    as_of = models.DateField(null=True)
    published_at = models.DateTimeField(null=True)

    def __str__(self) -> str:
        return f"{self.run_no}"

    @classmethod
    def current(cls) -> int:
        """The published run's number; 0 before the first night."""
        return cls.span()[1]

    @classmethod
    def span(cls) -> tuple[int, int]:
        """The runs between which every row valid now was written, the later one being the published one."""
        return cls.objects.filter(pk=1).values_list("since_no", "run_no").first() or (0, 0)


class StandingQuerySet(models.QuerySet["Standing"]):
    """Standings, across runs."""

    def at(self, run_no: int, since_no: int = 0) -> StandingQuerySet:
        """Rows valid at a run; no need to look among those written before ``since_no``."""
        return self.filter(run_from__gte=since_no, run_from__lte=run_no, run_to__gt=run_no)

    def published(self) -> StandingQuerySet:
        """Rows readers may see now."""
        since_no, run_no = PublishedRun.span()
        return self.at(run_no, since_no)


class Standing(models.Model):
    """Six classes, score and grade of one customer, valid for runs ``run_from`` ≤ n < ``run_to``."""

    # the first unique constraint is the index of this key; the database does not check it (docs/decisions/0004)
    customer = models.ForeignKey(
        Customer, models.CASCADE, related_name="standings", db_index=False, db_constraint=False
    )
    run_from = models.PositiveIntegerField()
    run_to = models.PositiveIntegerField(default=FOREVER)
    as_of = models.DateField(_("as of"))
    asset_class = models.CharField(_("asset class"), max_length=10, choices=classes.AssetClass.choices)
    asset_watch = models.PositiveSmallIntegerField(_("months below the class"), default=0)
    age_band = models.CharField(_("age band"), max_length=8, choices=classes.AgeBand.choices)
    occupation_group = models.CharField(_("occupation group"), max_length=12, choices=classes.OccupationGroup.choices)
    need_type = models.CharField(_("need"), max_length=12, choices=classes.NeedType.choices)
    loyalty = models.CharField(_("loyalty"), max_length=10, choices=classes.LoyaltyClass.choices)
    credit_risk = models.CharField(
        _("credit risk"), max_length=8, choices=classes.CreditRisk.choices, default=classes.CreditRisk.UNKNOWN
    )
    flags = models.CharField(_("flags"), max_length=60, blank=True)
    risk = models.PositiveSmallIntegerField(_("what puts them at risk"), default=0)  # bit i = classes.RiskTrigger
    # what the next month must remember of this one (domain E.1, E.5)
    asset_best = models.CharField(max_length=10, default=classes.AssetClass.UNKNOWN)
    loyalty_missed = models.PositiveSmallIntegerField(default=0)
    judged_month = models.DateField(null=True)
    score_tenths = models.PositiveSmallIntegerField(_("value score ×10"), null=True)
    grade = models.CharField(_("grade"), max_length=1, blank=True)
    # what the score alone says, and for how many month-ends the shown grade has been held against it (domain F.5)
    raw_grade = models.CharField(_("grade of the score alone"), max_length=1, blank=True)
    grade_months = models.PositiveSmallIntegerField(_("month-ends the grade is held"), default=0)
    confidence = models.CharField(_("confidence"), max_length=12, blank=True)
    fingerprint = models.BigIntegerField(default=0)  # of all that was written for this customer, the score included

    objects: ClassVar[StandingQuerySet] = StandingQuerySet.as_manager()  # type: ignore[assignment]

    class Meta:
        verbose_name = _("standing")
        verbose_name_plural = _("standings")
        constraints = [
            models.UniqueConstraint(fields=["customer", "run_from"], name="one_standing_a_run"),
        ]
        # run_to is in no index, so that ending a row touches none (docs/decisions/0056)
        indexes = [models.Index(fields=["run_from", "customer"], name="standing_by_run")]

    def __str__(self) -> str:
        return f"{self.customer_id} {self.grade}"

    @cached_property
    def by_hand(self) -> dict[str, Any]:
        """The override in place of a class, by its column; filled by ``override.laid_over``."""
        return {}

    @property
    def risk_triggers(self) -> list[classes.RiskTrigger]:
        """Why the customer is at risk of leaving; nothing when they are not."""
        return [trigger for bit, trigger in enumerate(classes.RiskTrigger) if self.risk >> bit & 1]
