"""A class set by hand: proposed with a reason, approved by another, in effect until a day (R3.9; docs/decisions/0046).

It stands beside the class the night finds, which goes on being found; it lapses by its date, without anybody's work.
"""

from __future__ import annotations

import copy
import datetime
from collections.abc import Collection, Iterable
from typing import ClassVar

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from crm_site.encryption import EncryptedTextField
from customers import classes
from customers.models.customer import Customer
from customers.models.standing import Standing


class ClassOverrideQuerySet(models.QuerySet["ClassOverride"]):
    """Classes set by hand."""

    def in_effect(self, day: datetime.date | None = None) -> ClassOverrideQuerySet:
        """Approved, not ended, and not past their last day."""
        today = day or timezone.localdate()
        return self.filter(state=ClassOverride.State.APPROVED, expires_on__gte=today)

    def open(self, day: datetime.date | None = None) -> ClassOverrideQuerySet:
        """In effect, or waiting for a decision that can still be of use."""
        today = day or timezone.localdate()
        return self.filter(state__in=ClassOverride.OPEN, expires_on__gte=today)


class ClassOverride(models.Model):
    """One class of one customer, set by hand until ``expires_on``, that day included."""

    class Dimension(models.TextChoices):
        ASSET = "asset_class", _("Asset size")
        AGE = "age_band", _("Age")
        OCCUPATION = "occupation_group", _("Occupation")
        NEED = "need_type", _("Need")
        LOYALTY = "loyalty", _("Loyalty")

    class State(models.TextChoices):
        PROPOSED = "PROPOSED", pgettext_lazy("override", "Waiting for approval")
        APPROVED = "APPROVED", pgettext_lazy("override", "In effect")
        REFUSED = "REFUSED", pgettext_lazy("override", "Refused")
        ENDED = "ENDED", pgettext_lazy("override", "Ended early")
        LAPSED = "LAPSED", pgettext_lazy("override", "Lapsed")

    LONGEST_REASON: ClassVar[int] = 300
    OPEN: ClassVar[tuple[str, ...]] = ("PROPOSED", "APPROVED")

    customer = models.ForeignKey(Customer, models.CASCADE, related_name="class_overrides")
    dimension = models.CharField(_("dimension"), max_length=16, choices=Dimension.choices)
    code = models.CharField(_("class"), max_length=12)
    reason = EncryptedTextField(_("reason"))
    expires_on = models.DateField(_("last day"))
    state = models.CharField(_("state"), max_length=8, choices=State.choices, default=State.PROPOSED)
    proposed_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    proposed_at = models.DateTimeField(_("proposed"))
    decided_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+")
    decided_at = models.DateTimeField(_("decided"), null=True)
    ended_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+")
    ended_at = models.DateTimeField(_("ended"), null=True)
    ended_because = EncryptedTextField(_("why it ended"), blank=True)

    objects: ClassVar[ClassOverrideQuerySet] = ClassOverrideQuerySet.as_manager()  # type: ignore[assignment]

    class Meta:
        verbose_name = _("class set by hand")
        verbose_name_plural = _("classes set by hand")
        ordering = ["-pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["customer", "dimension"],
                condition=Q(state__in=["PROPOSED", "APPROVED"]),
                name="one_class_by_hand_a_dimension",
            ),
            models.CheckConstraint(
                condition=Q(decided_by__isnull=True) | ~Q(decided_by=F("proposed_by")), name="another_decides_override"
            ),
            models.CheckConstraint(
                condition=~Q(state="APPROVED") | Q(decided_by__isnull=False), name="no_override_unapproved"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.dimension} {self.code}"

    @property
    def class_label(self) -> str:
        """The class as people read it."""
        return class_label(self.dimension, self.code)


def class_label(dimension: str, code: str) -> str:
    """A class of a standing as people read it."""
    choices = classes.DIMENSIONS[dimension]
    return str(choices(code).label) if code in choices.values else code


def by_hand(customer_ids: Collection[int]) -> dict[int, list[ClassOverride]]:
    """What is in effect for these customers; one query."""
    found: dict[int, list[ClassOverride]] = {}
    for row in ClassOverride.objects.in_effect().filter(customer_id__in=customer_ids):
        found.setdefault(row.customer_id, []).append(row)
    return found


def laid_over(standing: Standing | None, overrides: Iterable[ClassOverride]) -> Standing | None:
    """The standing as it is to be shown: classes set by hand in place of those found, which ``found`` keeps.

    A copy that must not be saved; without a published standing there is nothing to lay them over.
    """
    rows = list(overrides)
    if standing is None or not rows:
        return standing
    shown = copy.copy(standing)
    shown.by_hand = {}
    for row in rows:
        shown.by_hand[row.dimension] = row
        setattr(shown, row.dimension, row.code)
    return shown


def shown_standing(customer: Customer) -> Standing | None:
    """The published standing of one customer with the classes set by hand."""
    standing = Standing.objects.published().filter(customer=customer).first()
    return laid_over(standing, ClassOverride.objects.in_effect().filter(customer=customer)) if standing else None
