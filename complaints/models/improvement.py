"""What is changed so that it does not happen again, and whether it helped (handbook 6/1.1.31(3); domain R6.17)."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from complaints.improving import Status
from complaints.models.complaint import Complaint
from crm_site.roles import Role
from customers.models import FollowUp, Product

if TYPE_CHECKING:
    from crm_site.models import User

WATCHERS = (Role.SUPERVISOR, Role.SENIOR, Role.HANDLER, Role.AUDITOR)


class ImprovementQuerySet(models.QuerySet["Improvement"]):
    """Improvements."""

    def open(self) -> ImprovementQuerySet:
        """Neither shown to help nor turned down."""
        return self.exclude(status__in=(Status.VERIFIED, Status.REJECTED))

    def visible_to(self, user: User) -> ImprovementQuerySet:
        """All for the centre's handlers and those above; a department's own for its people; one's own."""
        if user.has_role(*WATCHERS):
            return self
        mine = Q(owner=user)
        return self.filter(mine | Q(department=user.team.department_id) if user.team else mine)


class Improvement(models.Model):
    """A cause, a change, somebody who sees to it by a day, and the complaints before and after."""

    number = models.CharField(_("number"), max_length=20, unique=True)
    title = models.CharField(_("title"), max_length=120)
    cause = models.CharField(_("cause"), max_length=30, choices=Complaint.Cause.choices)
    product = models.ForeignKey(Product, models.PROTECT, null=True, blank=True, related_name="+")
    department = models.ForeignKey(
        "crm_site.Department", models.PROTECT, null=True, blank=True, related_name="improvements"
    )
    change = models.TextField(_("what is changed"), blank=True)  # without names and numbers of people
    status = models.CharField(_("status"), max_length=12, choices=Status.choices, default=Status.PROPOSED)
    owner = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, related_name="+")
    promise = models.OneToOneField(FollowUp, models.PROTECT, null=True, blank=True, related_name="improvement")
    complaints = models.ManyToManyField(Complaint, related_name="improvements", blank=True)
    proposed_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+")
    proposed_at = models.DateTimeField(_("proposed"))
    approved_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+")
    done_at = models.DateTimeField(_("put into effect"), null=True)
    window_days = models.PositiveSmallIntegerField(_("days before and after"), default=30)
    metric_before = models.PositiveIntegerField(_("complaints before"), null=True)
    metric_after = models.PositiveIntegerField(_("complaints after"), null=True)
    verified_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+")
    verified_at = models.DateTimeField(_("effect checked"), null=True)
    reason = models.CharField(_("reason"), max_length=300, blank=True)
    dedupe_key = models.CharField(max_length=80, unique=True, null=True, editable=False)  # noqa: DJ001
    version = models.PositiveIntegerField(default=1)

    objects: ClassVar[ImprovementQuerySet] = ImprovementQuerySet.as_manager()  # type: ignore[assignment]

    class Meta:
        verbose_name = _("improvement")
        verbose_name_plural = _("improvements")
        ordering = ["-proposed_at", "-pk"]
        indexes = [models.Index(fields=["status", "-proposed_at"], name="improvement_status")]
        constraints = [
            models.CheckConstraint(
                condition=Q(verified_by__isnull=True) | ~Q(verified_by=F("owner")), name="another_checks_the_effect"
            ),
            models.CheckConstraint(
                condition=~Q(status=Status.VERIFIED) | Q(metric_before__isnull=False, metric_after__isnull=False),
                name="a_checked_effect_has_its_figures",
            ),
        ]

    def __str__(self) -> str:
        return self.number

    @property
    def public_number(self) -> str:
        """The number that may stand in a URL and in the audit log."""
        return self.number
