"""Where somebody was sent whose matter is not ours, and what became of it there (domain C.5 Referral, R6.4)."""

from __future__ import annotations

from typing import ClassVar

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from complaints.models.complaint import Complaint
from crm_site.encryption import EncryptedTextField
from customers.models import FollowUp

DEPARTMENT, BODY = "D:", "B:"
"""What a target begins with in addresses: one of ours by its code, or an outside body by its name."""


class ReferralQuerySet(models.QuerySet["Referral"]):
    """Referrals."""

    def standing(self) -> ReferralQuerySet:
        """Those that did not come back."""
        return self.filter(returned_at=None)

    def waiting(self) -> ReferralQuerySet:
        """Nobody there has taken it over yet."""
        return self.standing().filter(accepted_at=None)

    def to(self, target: str) -> ReferralQuerySet:
        """Those to one target, as ``Referral.key`` names it."""
        if target.startswith(DEPARTMENT):
            return self.filter(department__code=target.removeprefix(DEPARTMENT))
        return self.filter(body=target.removeprefix(BODY), department=None)


class Referral(models.Model):
    """One time a matter was sent on. One that comes back stays, with the day it did."""

    class Method(models.TextChoices):
        TRANSFER = "TRANSFER", _("Put through, and taken over there")
        CONTACT = "CONTACT", _("Given number and address")
        LETTER = "LETTER", _("Passed on in writing")
        OTHER = "OTHER", _("Other way")

    complaint = models.ForeignKey(Complaint, models.CASCADE, related_name="referrals")
    department = models.ForeignKey(
        "crm_site.Department", models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("department")
    )
    body = models.CharField(_("outside body"), max_length=80, blank=True)
    method = models.CharField(_("way"), max_length=8, choices=Method.choices, default=Method.OTHER)
    told_how = EncryptedTextField(_("how the customer was told"))
    explanation = EncryptedTextField(_("why it is not ours"))
    written = models.BooleanField(_("told in writing as well"), default=False)
    by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    at = models.DateTimeField(_("referred"))
    accepted_at = models.DateTimeField(_("taken over there"), null=True, blank=True)
    accepted_ref = EncryptedTextField(_("who took it over"), blank=True)
    returned_at = models.DateTimeField(_("came back"), null=True, blank=True)
    asking = models.OneToOneField(
        FollowUp, models.SET_NULL, null=True, blank=True, related_name="referral", verbose_name=_("promise to ask")
    )

    objects: ClassVar[ReferralQuerySet] = ReferralQuerySet.as_manager()  # type: ignore[assignment]

    class Meta:
        verbose_name = _("referral")
        verbose_name_plural = _("referrals")
        ordering = ["pk"]
        indexes = [models.Index(fields=["at"], name="referral_at")]
        constraints = [
            models.CheckConstraint(
                condition=Q(department__isnull=False, body="") | (Q(department__isnull=True) & ~Q(body="")),
                name="referred_to_one_target",
            ),
            models.UniqueConstraint(
                fields=["complaint"], condition=Q(returned_at__isnull=True), name="one_referral_stands"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.complaint_id} {self.target}"

    @property
    def target(self) -> str:
        """The department's name, or the body's."""
        return self.department.name if self.department is not None else self.body

    @property
    def key(self) -> str:
        """The target as an address writes it."""
        return f"{DEPARTMENT}{self.department.code}" if self.department is not None else f"{BODY}{self.body}"
