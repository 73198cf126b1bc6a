"""Redress that others must agree to first, and redress that is paid (domain D.10, C.5 Redress; decision 0016)."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from complaints.models.complaint import Complaint
from complaints.models.plan import DECISION_MAX, Plan
from complaints.redress import Office
from customers.models import FollowUp

if TYPE_CHECKING:
    from crm_site.models import User


class ConsentQuerySet(models.QuerySet["Consent"]):
    """Consents to a redress."""

    def visible_to(self, user: User) -> ConsentQuerySet:
        """Those of complaints this person may open."""
        return self.filter(plan__round__complaint__in=Complaint.objects.visible_to(user).order_by())

    def standing(self) -> ConsentQuerySet:
        """Asked or given for the plan as it was sent; not those refused, or asked for an earlier version."""
        return self.filter(state__in=[Consent.State.ASKED, Consent.State.GIVEN])

    def given(self) -> ConsentQuerySet:
        """They agreed."""
        return self.filter(state=Consent.State.GIVEN)

    def asked(self) -> ConsentQuerySet:
        """They have not answered yet, and the plan still waits."""
        running = Q(plan__status=Plan.Status.SUBMITTED, plan__round__closed_at=None)
        return self.filter(running, state=Consent.State.ASKED)


class Consent(models.Model):
    """One person asked whether they agree to the redress of one plan; what they said stays."""

    class State(models.TextChoices):
        ASKED = "ASKED", pgettext_lazy("consent", "Asked")
        GIVEN = "GIVEN", pgettext_lazy("consent", "Agrees")
        REFUSED = "REFUSED", pgettext_lazy("consent", "Does not agree")
        LAPSED = "LAPSED", pgettext_lazy("consent", "Not needed any more")

    plan = models.ForeignKey(Plan, models.CASCADE, related_name="consents")
    office = models.CharField(_("as"), max_length=8, choices=Office.choices)
    department = models.ForeignKey("crm_site.Department", models.PROTECT, related_name="+")
    person = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    follow_up = models.OneToOneField(FollowUp, models.PROTECT, related_name="consent")
    asked_at = models.DateTimeField(_("asked"))
    state = models.CharField(_("state"), max_length=8, choices=State.choices, default=State.ASKED)
    decided_at = models.DateTimeField(_("decided"), null=True)
    reason = models.CharField(_("why"), max_length=DECISION_MAX, blank=True)

    objects: ClassVar[ConsentQuerySet] = ConsentQuerySet.as_manager()  # type: ignore[assignment]

    class Meta:
        verbose_name = _("consent to redress")
        verbose_name_plural = _("consents to redress")
        ordering = ["asked_at", "pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["plan", "office"], condition=Q(state__in=["ASKED", "GIVEN"]), name="one_consent_an_office"
            ),
            models.UniqueConstraint(
                fields=["plan", "person"], condition=Q(state__in=["ASKED", "GIVEN"]), name="each_consent_of_another"
            ),
            models.CheckConstraint(
                condition=~Q(state__in=["GIVEN", "REFUSED"]) | Q(decided_at__isnull=False),
                name="a_consent_says_when",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.plan_id} {self.office}"


class PaymentQuerySet(models.QuerySet["Payment"]):
    """Redress that was agreed."""

    def visible_to(self, user: User) -> PaymentQuerySet:
        """Those of complaints this person may open."""
        return self.filter(plan__round__complaint__in=Complaint.objects.visible_to(user).order_by())

    def owed(self, complaint: Complaint) -> PaymentQuerySet:
        """Promised for this complaint and not paid; it may outlive the answer, as actions do (domain N.1(3))."""
        return self.filter(plan__round__complaint=complaint, follow_up__state=FollowUp.State.OPEN)

    def of(self, user: User) -> PaymentQuerySet:
        """Those this person promised to see to."""
        return self.filter(follow_up__owner=user)

    def paid(self) -> PaymentQuerySet:
        """Money went out."""
        return self.filter(paid_fen__gt=0)


class Payment(models.Model):
    """The money one agreed plan grants: promised with the approval, paid later. Amounts in fen.

    ``paid_fen`` is 0 where in the end nothing was paid; why stands in the diary.
    """

    plan = models.OneToOneField(Plan, models.CASCADE, related_name="payment")
    amount_fen = models.BigIntegerField(_("agreed"))
    granted_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    follow_up = models.OneToOneField(FollowUp, models.PROTECT, related_name="payment")
    paid_fen = models.BigIntegerField(_("amount paid"), null=True)
    paid_at = models.DateTimeField(_("paid"), null=True)
    paid_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+")
    reference = models.CharField(_("reference of the payment"), max_length=40, blank=True)

    objects: ClassVar[PaymentQuerySet] = PaymentQuerySet.as_manager()  # type: ignore[assignment]

    class Meta:
        verbose_name = _("redress to be paid")
        verbose_name_plural = _("redress to be paid")
        ordering = ["plan"]
        indexes = [models.Index(fields=["paid_at"], condition=Q(paid_at__isnull=False), name="redress_paid")]
        constraints = [
            models.CheckConstraint(condition=Q(amount_fen__gt=0), name="only_money_is_paid"),
            models.CheckConstraint(
                condition=Q(paid_fen__isnull=True) | Q(paid_fen__gte=0, paid_fen__lte=F("amount_fen")),
                name="no_more_is_paid_than_agreed",
            ),
            models.CheckConstraint(
                condition=Q(paid_at__isnull=True, paid_by__isnull=True, paid_fen__isnull=True)
                | Q(paid_at__isnull=False, paid_by__isnull=False, paid_fen__isnull=False),
                name="paid_says_when_and_by_whom",
            ),
            models.CheckConstraint(
                condition=Q(paid_by__isnull=True) | ~Q(paid_by=F("granted_by")), name="another_records_the_payment"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.plan_id} {self.amount_fen}"
