"""Seats in task forces: who was asked to sit for what, and what they said (domain C.5 Member, R6.12, INV-17)."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from complaints.taskforce import Capacity
from crm_site.encryption import EncryptedTextField

if TYPE_CHECKING:
    from crm_site.models import User


class SeatQuerySet(models.QuerySet["Seat"]):
    """Seats."""

    def held(self) -> SeatQuerySet:
        """Neither declined nor taken back, in a task force that stands."""
        return self.filter(declined_at=None, left_at=None, task_force__dissolved_at=None)

    def asked(self) -> SeatQuerySet:
        """Held, and their members have been told; a mere proposal opens nothing to anybody."""
        return self.held().exclude(asked_at=None)

    def waiting(self) -> SeatQuerySet:
        """Asked, and not answered."""
        return self.asked().filter(accepted_at=None)

    def accepted(self) -> SeatQuerySet:
        """Taken by their members."""
        return self.asked().exclude(accepted_at=None)

    def of(self, user: User) -> SeatQuerySet:
        """This person's own."""
        return self.filter(person=user)


class Seat(models.Model):
    """One person asked to sit in one task force, for the service department, a department or their knowledge.

    ``asked_at`` is empty while a handler only proposes. A row stays when its member declines or leaves.
    """

    Capacity = Capacity

    task_force = models.ForeignKey("complaints.TaskForce", models.CASCADE, related_name="seats")
    person = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="seats")
    capacity = models.CharField(_("sits for"), max_length=10, choices=Capacity.choices)
    department = models.ForeignKey("crm_site.Department", models.PROTECT, related_name="+")
    deputises = models.BooleanField(_("deputy of the head"), default=False)
    leads = models.BooleanField(_("leads"), default=False)
    named_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    named_at = models.DateTimeField(_("named"))
    asked_at = models.DateTimeField(_("asked"), null=True)
    accepted_at = models.DateTimeField(_("accepted"), null=True)
    declined_at = models.DateTimeField(_("declined"), null=True)
    reason = EncryptedTextField(_("why not"), blank=True)
    left_at = models.DateTimeField(_("taken out"), null=True)

    objects: ClassVar[SeatQuerySet] = SeatQuerySet.as_manager()  # type: ignore[assignment]

    class Meta:
        verbose_name = _("seat in a task force")
        verbose_name_plural = _("seats in task forces")
        ordering = ["named_at", "pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["task_force", "person"],
                condition=Q(declined_at__isnull=True, left_at__isnull=True),
                name="a_person_sits_once",
            ),
            models.UniqueConstraint(
                fields=["task_force"],
                condition=Q(leads=True, declined_at__isnull=True, left_at__isnull=True),
                name="a_task_force_has_one_lead",
            ),
            models.CheckConstraint(
                condition=Q(deputises=False) | Q(capacity=Capacity.DEPT_HEAD), name="a_deputy_is_one_of_a_head"
            ),
            models.CheckConstraint(
                condition=Q(asked_at__isnull=False) | Q(accepted_at__isnull=True, declined_at__isnull=True),
                name="a_seat_is_answered_once_asked",
            ),
        ]
        indexes = [
            models.Index(
                fields=["person"],
                condition=Q(asked_at__isnull=False, declined_at__isnull=True, left_at__isnull=True),
                name="seat_of_person",
            )
        ]

    def __str__(self) -> str:
        return f"{self.task_force_id} {self.person_id}"
