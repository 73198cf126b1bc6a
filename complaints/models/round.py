"""Rounds of a complaint, and what was done in them (handbook 6/1.1.29–31; domain D.5, D.8)."""

from __future__ import annotations

from typing import ClassVar

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from complaints.models.complaint import Complaint
from complaints.profiles import Complexity
from crm_site.encryption import EncryptedTextField
from customers.models import Interaction


class Round(models.Model):
    """One turn of receipt, work and feedback. Dissatisfaction opens the next; earlier ones stay (domain D.5)."""

    class Reason(models.TextChoices):
        FIRST = "FIRST", _("First receipt")
        REOPEN = "REOPEN", _("Customer not satisfied")
        NEW_FACTS = "NEW_FACTS", _("New facts")
        REVIEW = "REVIEW", _("Review of the result asked for")

    class Outcome(models.TextChoices):
        SATISFIED = "SATISFIED", _("Customer satisfied")
        PARTLY = "PARTLY", _("Accepted, partly satisfied")
        UNSATISFIED_FINAL = "UNSATISFIED_FINAL", _("Not satisfied, final position given")
        NO_REPLY = "NO_REPLY", _("Customer could not be reached")
        ANSWERED = "ANSWERED", _("Inquiry answered")
        ADOPTED = "ADOPTED", _("Suggestion adopted")
        NOT_ADOPTED = "NOT_ADOPTED", _("Suggestion not adopted")
        REFERRED = "REFERRED", _("Referred elsewhere")
        WITHDRAWN = "WITHDRAWN", _("Withdrawn by the customer")
        MERGED = "MERGED", _("Merged with another")
        CONFIRMED = "CONFIRMED", _("Result confirmed on review")
        REOPENED = "REOPENED", _("Followed by another round")

    complaint = models.ForeignKey(Complaint, models.CASCADE, related_name="rounds")
    no = models.PositiveSmallIntegerField(_("round"))
    reason = models.CharField(_("opened because"), max_length=10, choices=Reason.choices, default=Reason.FIRST)
    received_at = models.DateTimeField(_("received"))
    level = models.PositiveSmallIntegerField(_("level"), choices=Complaint.Level.choices, null=True)
    complexity = models.CharField(
        _("complexity"),
        max_length=12,
        choices=[(kind.value, kind.label) for kind in Complexity],
        default=Complexity.SIMPLE.value,
    )
    fed_back_at = models.DateTimeField(_("feedback given"), null=True)
    took_days = models.PositiveSmallIntegerField(_("working days to the answer"), null=True)
    took_calendar_days = models.PositiveSmallIntegerField(_("calendar days to the answer"), null=True)
    closed_at = models.DateTimeField(_("closed"), null=True)
    outcome = models.CharField(_("outcome"), max_length=20, choices=Outcome.choices, blank=True)

    class Meta:
        verbose_name = _("round")
        verbose_name_plural = _("rounds")
        ordering = ["no"]
        constraints = [
            models.UniqueConstraint(fields=["complaint", "no"], name="rounds_are_numbered"),
            models.UniqueConstraint(fields=["complaint"], condition=Q(closed_at__isnull=True), name="one_open_round"),
        ]
        indexes = [
            models.Index(fields=["closed_at"], name="round_closed"),
            models.Index(fields=["fed_back_at"], name="round_fed_back"),
            models.Index(fields=["received_at"], condition=Q(no__gt=1), name="round_again"),
        ]

    def __str__(self) -> str:
        return f"{self.complaint_id}/{self.no}"

    @property
    def is_open(self) -> bool:
        """Whether the customer still waits in this round."""
        return self.closed_at is None


class Assessment(models.Model):
    """How severe it was judged to be, what the rule suggested, and why they differ (domain D.10)."""

    round = models.ForeignKey(Round, models.CASCADE, related_name="assessments")
    factors = models.JSONField(_("factors"), default=dict)
    points = models.PositiveSmallIntegerField(_("points"))
    suggested = models.PositiveSmallIntegerField(_("suggested level"), choices=Complaint.Level.choices)
    decided = models.PositiveSmallIntegerField(_("decided level"), choices=Complaint.Level.choices)
    deviation_reason = models.TextField(_("why not the suggestion"), blank=True)
    by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+")  # null: the timetable
    at = models.DateTimeField(_("at"))

    class Meta:
        verbose_name = _("assessment")
        verbose_name_plural = _("assessments")
        ordering = ["at", "pk"]

    def __str__(self) -> str:
        return f"{self.round_id} {self.get_decided_display()}"


class FeedbackQuerySet(models.QuerySet["Feedback"]):
    """What customers were told."""

    def given(self) -> FeedbackQuerySet:
        """Answers that count: told to the customer, or served in writing (domain D.7)."""
        return self.filter(Q(reached=True) | Q(served=True))


class Feedback(models.Model):
    """The result told to the customer: this, and nothing else, keeps the feedback promise (domain D.1, INV-5)."""

    class Decision(models.TextChoices):
        UPHELD = "UPHELD", _("Upheld")
        PARTLY = "PARTLY", _("Partly upheld")
        NOT_UPHELD = "NOT_UPHELD", _("Not upheld")
        EXPLAINED = "EXPLAINED", _("Explained")
        ANSWERED = "ANSWERED", _("Question answered")
        ADOPTED = "ADOPTED", _("Suggestion adopted")
        NOT_ADOPTED = "NOT_ADOPTED", _("Suggestion not adopted")

    round = models.ForeignKey(Round, models.CASCADE, related_name="feedbacks")
    at = models.DateTimeField(_("told at"))
    channel = models.CharField(_("channel"), max_length=8, choices=Interaction.Channel.choices)
    by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    reached = models.BooleanField(_("customer reached"))
    served = models.BooleanField(_("served in writing"), default=False)
    decision = models.CharField(_("decision"), max_length=12, choices=Decision.choices, blank=True)
    content = EncryptedTextField(_("what the customer was told"))
    redress_fen = models.BigIntegerField(_("redress"), default=0)
    routes_told = models.BooleanField(_("further routes explained"), default=False)

    objects: ClassVar[FeedbackQuerySet] = FeedbackQuerySet.as_manager()  # type: ignore[assignment]

    class Meta:
        verbose_name = _("feedback")
        verbose_name_plural = _("feedback")
        ordering = ["at", "pk"]
        indexes = [models.Index(fields=["at"], name="feedback_at")]

    def __str__(self) -> str:
        return f"{self.round_id} {self.at:%Y-%m-%d}"


class SatisfactionContact(models.Model):
    """An attempt to ask whether the customer is satisfied with the result (handbook 6/1.1.31(1))."""

    round = models.ForeignKey(Round, models.CASCADE, related_name="satisfaction_contacts")
    at = models.DateTimeField(_("at"))
    by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    reached = models.BooleanField(_("customer reached"))
    satisfaction = models.PositiveSmallIntegerField(_("satisfaction, 1–5"), null=True, blank=True)
    accepted = models.BooleanField(_("accepts the result"), null=True, blank=True)
    comment = EncryptedTextField(_("in the customer's words"), blank=True)

    class Meta:
        verbose_name = _("satisfaction contact")
        verbose_name_plural = _("satisfaction contacts")
        ordering = ["at", "pk"]
        indexes = [models.Index(fields=["at"], name="satisfaction_at")]
        constraints = [
            models.CheckConstraint(
                condition=Q(satisfaction__isnull=True) | Q(satisfaction__range=(1, 5)), name="satisfaction_1_to_5"
            )
        ]

    def __str__(self) -> str:
        return f"{self.round_id} {self.at:%Y-%m-%d}"
