"""How a customer's classes moved: one row a move, with the figures that decided it (R3.1; docs/decisions/0045)."""

from __future__ import annotations

from typing import ClassVar

from django.db import models
from django.utils.translation import gettext_lazy as _

from analytics.models.ruleset import ClassRules
from customers.models import Customer, PublishedRun


class ClassMoveQuerySet(models.QuerySet["ClassMove"]):
    """Moves, across runs."""

    def published(self) -> ClassMoveQuerySet:
        """Those of nights readers may see."""
        return self.filter(run_no__lte=PublishedRun.current())


class ClassMove(models.Model):
    """One dimension of one customer moved in one night; a first class is no move. ``figures`` is JSON as text."""

    # derived rows: the database checks no keys (docs/decisions/0004)
    customer = models.ForeignKey(
        Customer, models.CASCADE, related_name="class_moves", db_index=False, db_constraint=False
    )
    run_no = models.PositiveIntegerField(_("number"))
    on = models.DateField(_("reference date"))
    dimension = models.CharField(_("dimension"), max_length=10, choices=ClassRules.Dimension.choices)
    was = models.CharField(_("from"), max_length=12)
    became = models.CharField(_("to"), max_length=12)
    figures = models.TextField(_("figures"))
    rules = models.ForeignKey(
        ClassRules, models.PROTECT, null=True, related_name="+", db_index=False, db_constraint=False
    )

    objects: ClassVar[ClassMoveQuerySet] = ClassMoveQuerySet.as_manager()  # type: ignore[assignment]

    class Meta:
        verbose_name = _("change of class")
        verbose_name_plural = _("changes of class")
        ordering = ["-run_no", "dimension"]
        constraints = [
            models.UniqueConstraint(fields=["customer", "run_no", "dimension"], name="one_move_a_night"),
        ]

    def __str__(self) -> str:
        return f"{self.customer_id} {self.dimension} {self.was}-{self.became}"
