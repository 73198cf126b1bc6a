"""Staff a complaint is about, and who may therefore have nothing to do with it (domain R6.24, INV-17)."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from crm_site.encryption import EncryptedTextField

if TYPE_CHECKING:
    from crm_site.models import User


class AccusedQuerySet(models.QuerySet["Accused"]):
    """Accusations."""

    def standing(self) -> AccusedQuerySet:
        """Those not taken back."""
        return self.filter(lifted_at=None)

    def concerning(self, user: User) -> AccusedQuerySet:
        """Those of this person, and of people whose next superior this person is: the leader of their team, or the head
        of the department where they lead the team themselves or nobody does."""
        leads = Q(person__team__leader=F("person")) | Q(person__team__leader=None)
        line = Q(person__team__leader=user) | (leads & Q(person__team__department__head=user))
        return self.standing().filter(Q(person=user) | line)


class Accused(models.Model):
    """One member of staff one complaint is about. Lifting keeps the row: who was named, by whom, and why no longer."""

    complaint = models.ForeignKey("complaints.Complaint", models.CASCADE, related_name="accused")
    person = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    reason = EncryptedTextField(_("what is said of them"))
    named_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    named_at = models.DateTimeField(_("named"))
    lifted_at = models.DateTimeField(_("taken back"), null=True)

    objects: ClassVar[AccusedQuerySet] = AccusedQuerySet.as_manager()  # type: ignore[assignment]

    class Meta:
        verbose_name = _("member of staff a complaint is about")
        verbose_name_plural = _("staff complaints are about")
        ordering = ["named_at", "pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["complaint", "person"], condition=Q(lifted_at__isnull=True), name="a_person_is_named_once"
            )
        ]

    def __str__(self) -> str:
        return f"{self.complaint_id} {self.person_id}"
