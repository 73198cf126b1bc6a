"""The task force of a severe complaint: seats, meetings, milestones (handbook 6/1.1.30(3); domain C.5, R6.12)."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from complaints.models.complaint import Complaint
from complaints.models.seat import Seat, SeatQuerySet
from crm_site.encryption import EncryptedTextField
from customers.models import FollowUp

if TYPE_CHECKING:
    from crm_site.models import User

__all__ = ["Meeting", "Milestone", "Seat", "SeatQuerySet", "TaskForce"]


class TaskForceQuerySet(models.QuerySet["TaskForce"]):
    """Task forces."""

    def standing(self) -> TaskForceQuerySet:
        """Those not dissolved."""
        return self.filter(dissolved_at=None)


class TaskForce(models.Model):
    """The people one severe complaint is given to. It outlives a round, not the complaint; what is formed after it was
    dissolved is another one."""

    class Because(models.TextChoices):
        CLOSED = "CLOSED", _("The complaint was closed")
        WITHDRAWN = "WITHDRAWN", _("Withdrawn by the customer")
        MERGED = "MERGED", _("Merged with another")
        LEVEL = "LEVEL", _("The complaint is not severe any more")

    complaint = models.ForeignKey(Complaint, models.CASCADE, related_name="task_forces")
    proposed_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    proposed_at = models.DateTimeField(_("proposed"))
    confirmed_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+")
    confirmed_at = models.DateTimeField(_("members asked"), null=True)
    formed_at = models.DateTimeField(_("complete"), null=True)  # the first time its composition was valid
    dissolved_at = models.DateTimeField(_("dissolved"), null=True)
    dissolved_because = models.CharField(_("why dissolved"), max_length=10, choices=Because.choices, blank=True)

    objects: ClassVar[TaskForceQuerySet] = TaskForceQuerySet.as_manager()  # type: ignore[assignment]

    class Meta:
        verbose_name = _("task force")
        verbose_name_plural = _("task forces")
        ordering = ["proposed_at", "pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["complaint"], condition=Q(dissolved_at__isnull=True), name="one_standing_task_force"
            ),
            models.CheckConstraint(
                condition=Q(dissolved_at__isnull=True, dissolved_because="")
                | (Q(dissolved_at__isnull=False) & ~Q(dissolved_because="")),
                name="a_dissolved_task_force_says_why",
            ),
            models.CheckConstraint(
                condition=Q(formed_at__isnull=True) | Q(confirmed_at__isnull=False), name="complete_after_asked"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.complaint_id} {self.proposed_at:%Y-%m-%d}"


class Meeting(models.Model):
    """The note of one meeting, as it was written. Internal: no message, letter or public page reads this table."""

    task_force = models.ForeignKey(TaskForce, models.CASCADE, related_name="meetings")
    held_at = models.DateTimeField(_("held"))
    present = models.ManyToManyField(settings.AUTH_USER_MODEL, related_name="+")
    note = EncryptedTextField(_("what was discussed"))
    decisions = EncryptedTextField(_("what was decided"), blank=True)
    by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    at = models.DateTimeField(_("written"))

    class Meta:
        verbose_name = _("meeting of a task force")
        verbose_name_plural = _("meetings of task forces")
        ordering = ["held_at", "pk"]
        constraints = [
            models.CheckConstraint(condition=Q(held_at__lte=models.F("at")), name="a_meeting_is_noted_after_it")
        ]

    def __str__(self) -> str:
        return f"{self.task_force_id} {self.held_at:%Y-%m-%d}"


class MilestoneQuerySet(models.QuerySet["Milestone"]):
    """What a task force wants to have reached by a day."""

    def owed(self, complaint: Complaint) -> MilestoneQuerySet:
        """Not reached and not dropped, of the force that stands."""
        return self.filter(
            task_force__complaint=complaint,
            task_force__dissolved_at=None,
            met_at=None,
            follow_up__state=FollowUp.State.OPEN,
        )

    def of(self, user: User) -> MilestoneQuerySet:
        """This person's own."""
        return self.filter(owner=user)


class Milestone(models.Model):
    """One thing to have reached by a day: a promise of its owner. Whether it fell away, the promise says."""

    class Result(models.TextChoices):
        MET = "MET", pgettext_lazy("milestone", "Reached")
        DROPPED = "DROPPED", pgettext_lazy("milestone", "Not needed any more")

    task_force = models.ForeignKey(TaskForce, models.CASCADE, related_name="milestones")
    place = models.PositiveSmallIntegerField(_("place"))
    text = EncryptedTextField(_("what is reached"))
    owner = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    follow_up = models.OneToOneField(FollowUp, models.PROTECT, related_name="milestone")
    met_at = models.DateTimeField(_("reached"), null=True)
    met_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+")
    note = EncryptedTextField(_("where it can be seen, or why it fell away"), blank=True)

    objects: ClassVar[MilestoneQuerySet] = MilestoneQuerySet.as_manager()  # type: ignore[assignment]

    class Meta:
        verbose_name = _("milestone of a task force")
        verbose_name_plural = _("milestones of task forces")
        ordering = ["task_force", "place"]
        constraints = [
            models.UniqueConstraint(fields=["task_force", "place"], name="milestones_have_their_place"),
            models.CheckConstraint(
                condition=Q(met_at__isnull=True, met_by__isnull=True) | Q(met_at__isnull=False, met_by__isnull=False),
                name="a_milestone_reached_names_who_said_so",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.task_force_id} {self.place}"
