"""How a complaint is to be solved: versions of the plan, each with what who does by when (handbook 6/1.1.30; R6.13)."""

from __future__ import annotations

import datetime
from typing import TYPE_CHECKING, ClassVar

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from complaints.models.complaint import Complaint
from complaints.models.round import Round
from crm_site.encryption import EncryptedTextField
from customers.models import FollowUp

if TYPE_CHECKING:
    from crm_site.models import User

DECISION_MAX = 500


class PlanQuerySet(models.QuerySet["Plan"]):
    """Versions of plans."""

    def visible_to(self, user: User) -> PlanQuerySet:
        """Those of complaints this person may open."""
        return self.filter(round__complaint__in=Complaint.objects.visible_to(user).order_by())

    def standing(self) -> PlanQuerySet:
        """The one version of a round that is written, waits or rules; not those sent back or replaced."""
        return self.filter(status__in=[Plan.Status.DRAFT, Plan.Status.SUBMITTED, Plan.Status.APPROVED])

    def waiting(self) -> PlanQuerySet:
        """Sent for approval, in a round that runs."""
        return self.filter(status=Plan.Status.SUBMITTED, round__closed_at=None)

    def approved(self) -> PlanQuerySet:
        """Those that rule."""
        return self.filter(status=Plan.Status.APPROVED)


class Plan(models.Model):
    """One version of what will be done, offered and told. The amount is in fen; the approver is never the author."""

    class Redress(models.TextChoices):
        NONE = "NONE", pgettext_lazy("redress", "None")
        APOLOGY = "APOLOGY", _("Apology")
        CORRECTION = "CORRECTION", _("Correction")
        FEE_REFUND = "FEE_REFUND", _("Fee refunded")
        COMPENSATION = "COMPENSATION", _("Compensation")
        GOODWILL = "GOODWILL", _("Goodwill payment")
        OTHER = "OTHER", _("Other redress")

    class Status(models.TextChoices):
        DRAFT = "DRAFT", pgettext_lazy("plan", "Draft")
        SUBMITTED = "SUBMITTED", _("Waits for approval")
        APPROVED = "APPROVED", pgettext_lazy("plan", "Approved")
        RETURNED = "RETURNED", pgettext_lazy("plan", "Sent back")
        SUPERSEDED = "SUPERSEDED", _("Replaced")

    round = models.ForeignKey(Round, models.CASCADE, related_name="plans")
    version = models.PositiveSmallIntegerField(_("version"))
    status = models.CharField(_("status"), max_length=10, choices=Status.choices, default=Status.DRAFT)
    findings = EncryptedTextField(_("what was found"), blank=True)
    cause_text = EncryptedTextField(_("why it happened"), blank=True)
    measures = EncryptedTextField(_("what will be done"))
    redress_type = models.CharField(_("redress"), max_length=12, choices=Redress.choices, default=Redress.NONE)
    redress_fen = models.BigIntegerField(_("amount of redress"), default=0)
    customer_message = EncryptedTextField(_("what the customer will be told"), blank=True)
    author = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    writers = models.ManyToManyField(settings.AUTH_USER_MODEL, related_name="+")  # none of them may approve it
    written_at = models.DateTimeField(_("written"))
    submitted_at = models.DateTimeField(_("sent for approval"), null=True)
    decided_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+")
    decided_at = models.DateTimeField(_("decided"), null=True)
    decision_reason = models.CharField(_("why"), max_length=DECISION_MAX, blank=True)

    objects: ClassVar[PlanQuerySet] = PlanQuerySet.as_manager()  # type: ignore[assignment]

    class Meta:
        verbose_name = _("plan")
        verbose_name_plural = _("plans")
        ordering = ["-round__no", "-version"]
        constraints = [
            models.UniqueConstraint(fields=["round", "version"], name="plans_are_numbered"),
            models.UniqueConstraint(
                fields=["round"],
                condition=Q(status__in=["DRAFT", "SUBMITTED", "APPROVED"]),
                name="one_standing_plan_a_round",
            ),
            models.CheckConstraint(
                condition=Q(decided_by__isnull=True) | ~Q(decided_by=F("author")), name="another_decides_on_a_plan"
            ),
            models.CheckConstraint(
                condition=~Q(status="APPROVED") | Q(decided_by__isnull=False, decided_at__isnull=False),
                name="an_approved_plan_names_its_approver",
            ),
            models.CheckConstraint(condition=Q(redress_fen__gte=0), name="redress_is_not_negative"),
        ]
        indexes = [models.Index(fields=["submitted_at"], condition=Q(status="SUBMITTED"), name="plan_waiting")]

    def __str__(self) -> str:
        return f"{self.round_id} v{self.version}"


class ActionItemQuerySet(models.QuerySet["ActionItem"]):
    """What people have to do."""

    def visible_to(self, user: User) -> ActionItemQuerySet:
        """Those of complaints this person may open."""
        return self.filter(plan__round__complaint__in=Complaint.objects.visible_to(user).order_by())

    def owed(self, complaint: Complaint) -> ActionItemQuerySet:
        """Promised in an agreed plan of this complaint and not done; it may outlive the answer (domain N.1(3))."""
        return self.filter(plan__round__complaint=complaint, done_at=None, follow_up__state=FollowUp.State.OPEN)

    def of(self, user: User) -> ActionItemQuerySet:
        """This person's own."""
        return self.filter(owner=user)


class ActionItem(models.Model):
    """One thing somebody does by a day. From the plan's approval on it is a promise of its owner."""

    plan = models.ForeignKey(Plan, models.CASCADE, related_name="actions")
    place = models.PositiveSmallIntegerField(_("place"))
    text = EncryptedTextField(_("what is done"))
    owner = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    department = models.ForeignKey("crm_site.Department", models.PROTECT, null=True, related_name="+")
    due_on = models.DateField(_("due"))
    follow_up = models.OneToOneField(FollowUp, models.PROTECT, null=True, related_name="action_item")
    done_at = models.DateTimeField(_("done"), null=True)
    done_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+")
    evidence = EncryptedTextField(_("where it can be seen"), blank=True)

    objects: ClassVar[ActionItemQuerySet] = ActionItemQuerySet.as_manager()  # type: ignore[assignment]

    class Meta:
        verbose_name = _("action of a plan")
        verbose_name_plural = _("actions of plans")
        ordering = ["plan", "place"]
        constraints = [models.UniqueConstraint(fields=["plan", "place"], name="actions_have_their_place")]

    def __str__(self) -> str:
        return f"{self.plan_id} {self.place}"

    def later_than(self, day: datetime.date | None) -> bool:
        """Whether it ends after this day, the one on which the customer is to be answered."""
        return day is not None and self.due_on > day
