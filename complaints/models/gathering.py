"""Complaints that belong together: several complainants with one matter, or one mass incident (domain R6.26, C.5)."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from complaints.models.complaint import Complaint

if TYPE_CHECKING:
    from crm_site.models import User

REPRESENTATIVES = 5  # who may speak for a group


class GatheringQuerySet(models.QuerySet["Gathering"]):
    """Groups and incidents."""

    def open(self) -> GatheringQuerySet:
        """Not settled."""
        return self.filter(settled_at=None)

    def visible_to(self, user: User) -> GatheringQuerySet:
        """Those this person opened, and those with a complaint this person may open."""
        seen = Complaint.objects.visible_to(user).values("pk")
        theirs = Membership.objects.filter(complaint__in=seen).values("gathering")
        return self.filter(Q(opened_by=user) | Q(pk__in=theirs))


class Gathering(models.Model):
    """A group complaint or a mass incident. Every complainant keeps a complaint, a number and clocks of their own."""

    class Kind(models.TextChoices):
        GROUP = "GROUP", _("Group complaint")
        INCIDENT = "INCIDENT", _("Mass incident")

    number = models.CharField(_("number"), max_length=20, unique=True)
    kind = models.CharField(_("kind"), max_length=8, choices=Kind.choices)
    title = models.CharField(_("title"), max_length=120)
    cause = models.CharField(_("cause"), max_length=30, choices=Complaint.Cause.choices, blank=True)
    opened_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    opened_at = models.DateTimeField(_("opened"))
    settled_at = models.DateTimeField(_("settled"), null=True)

    objects: ClassVar[GatheringQuerySet] = GatheringQuerySet.as_manager()  # type: ignore[assignment]

    class Meta:
        verbose_name = _("group or incident")
        verbose_name_plural = _("groups and incidents")
        ordering = ["-opened_at", "-pk"]

    def __str__(self) -> str:
        return f"{self.number} · {self.title}"

    @property
    def public_number(self) -> str:
        """The number that may stand in a URL and in the audit log."""
        return self.number


class Membership(models.Model):
    """One complaint in a group, and what became of the common result there."""

    gathering = models.ForeignKey(Gathering, models.CASCADE, related_name="memberships")
    complaint = models.ForeignKey(Complaint, models.CASCADE, related_name="memberships")
    representative_no = models.PositiveSmallIntegerField(_("speaks for the group"), null=True)
    linked_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    linked_at = models.DateTimeField(_("linked"))
    told_at = models.DateTimeField(_("common result told"), null=True)
    refused = models.CharField(_("why the common result was not told"), max_length=300, blank=True)

    class Meta:
        verbose_name = _("complaint of a group")
        verbose_name_plural = _("complaints of groups")
        ordering = ["linked_at", "pk"]
        constraints = [
            models.UniqueConstraint(fields=["gathering", "complaint"], name="linked_once"),
            models.UniqueConstraint(
                fields=["gathering", "representative_no"],
                condition=Q(representative_no__isnull=False),
                name="one_representative_a_place",
            ),
            models.CheckConstraint(
                condition=Q(representative_no__isnull=True) | Q(representative_no__range=(1, REPRESENTATIVES)),
                name="five_representatives_at_most",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.gathering_id} {self.complaint_id}"
