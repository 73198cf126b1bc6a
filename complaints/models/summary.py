"""What a department is told about complaints that concern it, and what it says it will do (domain R6.16, K.1)."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from crm_site.models import Department
from crm_site.roles import Role
from customers.models import FollowUp

if TYPE_CHECKING:
    from crm_site.models import User


class SummaryQuerySet(models.QuerySet["SummaryReport"]):
    """Summaries."""

    def waiting(self) -> SummaryQuerySet:
        """Issued, not acknowledged yet."""
        return self.filter(acknowledged_at=None)

    def visible_to(self, user: User) -> SummaryQuerySet:
        """All for supervisors and auditors; their department's for heads and members."""
        if user.has_role(Role.SUPERVISOR, Role.AUDITOR):
            return self
        own = Q(department__head=user)
        return self.filter(own | Q(department=user.team.department_id) if user.team else own)


class SummaryReport(models.Model):
    """One department, one period, as it stood at its end. Figures and hash are written once; then it is answered."""

    class Kind(models.TextChoices):
        WEEKLY = "WEEKLY", _("Weekly")
        MONTHLY = "MONTHLY", _("Monthly")
        QUARTERLY = "QUARTERLY", _("Quarterly")

    number = models.CharField(_("number"), max_length=20, unique=True)
    department = models.ForeignKey(Department, models.PROTECT, related_name="summaries", verbose_name=_("department"))
    kind = models.CharField(_("kind"), max_length=10, choices=Kind.choices)
    first = models.DateField(_("from"))
    last = models.DateField(_("to"))
    issued_at = models.DateTimeField(_("issued"))
    nil = models.BooleanField(_("nothing to report"), default=False)
    lines = models.JSONField(_("lines"), default=list)
    cases = models.JSONField(_("cases without names"), default=list)
    content_hash = models.CharField(_("hash"), max_length=64)
    promise = models.OneToOneField(FollowUp, models.PROTECT, null=True, related_name="summary")
    acknowledged_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+")
    acknowledged_at = models.DateTimeField(_("acknowledged"), null=True)
    actions = models.TextField(_("what the department will do"), blank=True)  # without names and numbers of people

    objects: ClassVar[SummaryQuerySet] = SummaryQuerySet.as_manager()  # type: ignore[assignment]

    class Meta:
        verbose_name = _("summary")
        verbose_name_plural = _("summaries")
        ordering = ["-last", "department", "kind"]
        constraints = [
            models.UniqueConstraint(fields=["department", "kind", "first"], name="one_summary_a_period"),
            models.CheckConstraint(
                condition=Q(acknowledged_at__isnull=True) | Q(acknowledged_by__isnull=False),
                name="acknowledged_by_somebody",
            ),
        ]

    def __str__(self) -> str:
        return self.number

    @property
    def public_number(self) -> str:
        """The number that may stand in a URL and in the audit log."""
        return self.number
