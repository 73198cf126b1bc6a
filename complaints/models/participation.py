"""Departments that help with a complaint, each with its own question, limit and answer (handbook 6/1.1.30(2))."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from complaints.models.round import Round
from crm_site.encryption import EncryptedTextField
from customers.models import FollowUp

if TYPE_CHECKING:
    from crm_site.models import User


class ParticipationQuerySet(models.QuerySet["Participation"]):
    """Departments asked."""

    def waiting(self) -> ParticipationQuerySet:
        """Neither answered nor sent back, in a round that runs."""
        return self.filter(answered_at=None, bounced_at=None, round__closed_at=None)

    def of(self, user: User) -> ParticipationQuerySet:
        """Those this person's department is asked in."""
        if user.team is None:
            return self.none()
        return self.filter(department_id=user.team.department_id)


class Participation(models.Model):
    """One department asked once in a round. Its limit is a promise of its own, beside the complaint's clocks."""

    round = models.ForeignKey(Round, models.CASCADE, related_name="participations")
    department = models.ForeignKey("crm_site.Department", models.PROTECT, related_name="+")
    follow_up = models.OneToOneField(FollowUp, models.PROTECT, related_name="participation")
    task = EncryptedTextField(_("what is asked"))
    invited_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    invited_at = models.DateTimeField(_("asked"))
    answer = EncryptedTextField(_("answer"), blank=True)
    answered_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+")
    answered_at = models.DateTimeField(_("answered"), null=True)
    chased_at = models.DateTimeField(_("reminded"), null=True, blank=True)
    bounced_at = models.DateTimeField(_("sent back"), null=True)
    bounce_reason = models.CharField(_("why it was sent back"), max_length=300, blank=True)

    objects: ClassVar[ParticipationQuerySet] = ParticipationQuerySet.as_manager()  # type: ignore[assignment]

    class Meta:
        verbose_name = _("participation of a department")
        verbose_name_plural = _("participations of departments")
        ordering = ["invited_at", "pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["round", "department"],
                condition=Q(answered_at__isnull=True, bounced_at__isnull=True),
                name="a_department_is_asked_one_thing_at_a_time",
            ),
            models.CheckConstraint(
                condition=Q(answered_at__isnull=True) | Q(bounced_at__isnull=True), name="answered_or_sent_back"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.round_id} {self.department_id}"
