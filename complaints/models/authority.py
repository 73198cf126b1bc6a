"""The paper by which somebody speaks for a customer: what was seen, when, until when it is valid (domain C.5, R6.2)."""

from __future__ import annotations

import datetime

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from complaints import behalf
from complaints.models.complaint import Complaint
from crm_site.encryption import EncryptedTextField


class Authority(models.Model):
    """One paper seen. A later one is another row; the file itself may lie among the attachments of the complaint."""

    class Kind(models.TextChoices):
        MANDATE = "MANDATE", _("Power of attorney")
        LAWYER = "LAWYER", _("Mandate of a law firm")
        INHERITANCE = "INHERITANCE", _("Proof of inheritance")
        GUARDIANSHIP = "GUARDIANSHIP", _("Proof of guardianship")
        COURT = "COURT", _("Court decision")
        OTHER = "OTHER", _("Other paper")

    complaint = models.ForeignKey(Complaint, models.CASCADE, related_name="authorities")
    kind = models.CharField(_("paper seen"), max_length=12, choices=Kind.choices)
    words = EncryptedTextField(_("what it says"), blank=True)
    seen_on = models.DateField(_("seen on"))
    valid_until = models.DateField(_("valid until"), null=True, blank=True)
    by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    at = models.DateTimeField(_("recorded"))

    class Meta:
        verbose_name = _("authority")
        verbose_name_plural = _("authorities")
        ordering = ["pk"]
        constraints = [
            models.CheckConstraint(
                condition=Q(valid_until__isnull=True) | Q(valid_until__gte=F("seen_on")),
                name="authority_valid_when_seen",
            )
        ]

    def __str__(self) -> str:
        return f"{self.complaint_id} {self.kind}"


def standing(complaint: Complaint, day: datetime.date) -> behalf.Standing:
    """How the representative's authority stands on this day; asks the database nothing where none is needed."""
    if not complaint.on_behalf:
        return behalf.Standing.NOT_NEEDED
    ends = complaint.authorities.values_list("valid_until", flat=True)
    return behalf.standing(complaint.relation, ends, day)


def may_hear(complaint: Complaint) -> bool:
    """Whether the customer's affairs may be told today to whoever brought the matter."""
    return standing(complaint, timezone.localdate()) not in behalf.SAYS
