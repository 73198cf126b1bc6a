"""Asking whether it was good: surveys, invitations, answers (domain G, C.5)."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from complaints.models import Round
from crm_site.encryption import EncryptedTextField
from crm_site.roles import Role
from customers.models import Customer, Message

if TYPE_CHECKING:
    from crm_site.models import User


class Survey(models.Model):
    """A questionnaire. Its questions are fixed once it is open; a change is a new version."""

    class Type(models.TextChoices):
        TRANSACTIONAL = "TRANSACTIONAL", _("After a contact")
        COMPLAINT = "COMPLAINT", _("After a complaint")
        RELATIONAL = "RELATIONAL", _("Relationship")
        EVENT = "EVENT", _("Event")
        RESEARCH = "RESEARCH", _("Research")

    class Mode(models.TextChoices):
        IDENTIFIED = "IDENTIFIED", _("With name")
        CONFIDENTIAL = "CONFIDENTIAL", _("Confidential")
        ANONYMOUS = "ANONYMOUS", _("Anonymous")

    class State(models.TextChoices):
        DRAFT = "DRAFT", _("Draft")
        OPEN = "OPEN", pgettext_lazy("survey", "Open")
        CLOSED = "CLOSED", _("Closed")

    code = models.CharField(_("code"), max_length=30)
    version = models.PositiveSmallIntegerField(_("version"), default=1)
    type = models.CharField(_("kind"), max_length=14, choices=Type.choices)
    mode = models.CharField(_("mode"), max_length=12, choices=Mode.choices, default=Mode.IDENTIFIED)
    state = models.CharField(_("state"), max_length=8, choices=State.choices, default=State.DRAFT)
    valid_days = models.PositiveSmallIntegerField(_("days an invitation is valid"), default=14)

    class Meta:
        verbose_name = _("survey")
        verbose_name_plural = _("surveys")
        constraints = [
            models.UniqueConstraint(fields=["code", "version"], name="survey_versions"),
            models.UniqueConstraint(fields=["code"], condition=Q(state="OPEN"), name="one_open_version"),
        ]

    def __str__(self) -> str:
        return f"{self.code} v{self.version}"


class Question(models.Model):
    """One question. ``text`` is an English message id of the catalogues, so every language asks the same."""

    class Kind(models.TextChoices):
        CSAT5 = "CSAT5", _("Satisfaction, 1–5")
        CES7 = "CES7", _("Ease, 1–7")
        NPS11 = "NPS11", _("Recommendation, 0–10")
        SOLVED = "SOLVED", _("Solved or not yet")
        TEXT = "TEXT", _("Free text")

    survey = models.ForeignKey(Survey, models.CASCADE, related_name="questions")
    order = models.PositiveSmallIntegerField()
    kind = models.CharField(_("kind"), max_length=8, choices=Kind.choices)
    text = models.CharField(_("question"), max_length=200)
    required = models.BooleanField(_("required"), default=False)

    class Meta:
        verbose_name = _("question")
        verbose_name_plural = _("questions")
        ordering = ["order"]
        constraints = [models.UniqueConstraint(fields=["survey", "order"], name="questions_are_ordered")]

    def __str__(self) -> str:
        return self.text


class Invitation(models.Model):
    """A single-use invitation. Only the hash of its token is kept; one a closed round."""

    class State(models.TextChoices):
        PENDING = "PENDING", _("To be sent")
        SUPPRESSED = "SUPPRESSED", _("Not sent")
        SENT = "SENT", _("Sent")
        COMPLETED = "COMPLETED", _("Answered")
        EXPIRED = "EXPIRED", _("Expired")

    survey = models.ForeignKey(Survey, models.PROTECT, related_name="invitations")
    customer = models.ForeignKey(Customer, models.CASCADE, null=True, related_name="survey_invitations")
    round = models.OneToOneField(Round, models.CASCADE, null=True, related_name="invitation")
    agent = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+")
    message = models.OneToOneField(Message, models.SET_NULL, null=True, related_name="invitation")
    token_hash = models.CharField(max_length=64, unique=True)
    state = models.CharField(_("state"), max_length=10, choices=State.choices, default=State.PENDING)
    reason = models.CharField(_("reason"), max_length=60, blank=True)
    created_at = models.DateTimeField(_("created"))
    expires_at = models.DateTimeField(_("valid until"))
    completed_at = models.DateTimeField(_("answered"), null=True)

    class Meta:
        verbose_name = _("invitation")
        verbose_name_plural = _("invitations")
        indexes = [models.Index(fields=["state", "expires_at"])]

    def __str__(self) -> str:
        return f"{self.survey_id} {self.state}"


class SurveyResponseQuerySet(models.QuerySet["SurveyResponse"]):
    """Answers of customers."""

    def visible_to(self, user: User) -> SurveyResponseQuerySet:
        """Supervisors see all but anonymous ones; team leaders those about their own team's complaints (domain J.5).

        Planners, approvers and analysts see figures, not single answers.
        """
        if user.has_role(Role.SUPERVISOR):
            return self.exclude(survey__mode=Survey.Mode.ANONYMOUS)
        if user.has_role(Role.SENIOR) and user.team_id:
            return self.filter(survey__mode=Survey.Mode.IDENTIFIED, invitation__round__complaint__team_id=user.team_id)
        return self.none()

    def with_marks(self) -> SurveyResponseQuerySet:
        """Newest first, with the complaint and all answers, in a fixed number of queries."""
        related = self.select_related("survey", "invitation__round__complaint", "invitation__agent")
        return related.prefetch_related("answers__question").order_by("-at", "-pk")


class SurveyResponse(models.Model):
    """One answered invitation."""

    survey = models.ForeignKey(Survey, models.PROTECT, related_name="responses")
    invitation = models.OneToOneField(Invitation, models.PROTECT, null=True, related_name="response")
    at = models.DateTimeField(_("answered"))
    locale = models.CharField(max_length=10, blank=True)
    no_contact = models.BooleanField(_("asks not to be called"), default=False)

    objects: ClassVar[SurveyResponseQuerySet] = SurveyResponseQuerySet.as_manager()  # type: ignore[assignment]

    class Meta:
        verbose_name = _("survey response")
        verbose_name_plural = _("survey responses")
        indexes = [models.Index(fields=["survey", "at"])]

    def __str__(self) -> str:
        return f"{self.survey_id} {self.at:%Y-%m-%d}"

    @property
    def mark(self) -> int | None:
        """The satisfaction mark, 1–5."""
        marks = [a.value for a in self.answers.all() if a.question.kind == Question.Kind.CSAT5]
        return marks[0] if marks else None

    @property
    def solved(self) -> bool | None:
        """Whether the customer says the problem is solved."""
        values = [a.value for a in self.answers.all() if a.question.kind == Question.Kind.SOLVED]
        return None if not values else values[0] == 1

    @property
    def words(self) -> str:
        """What the customer wrote."""
        return "\n".join(a.text for a in self.answers.all() if a.text)


class Answer(models.Model):
    """The answer to one question: a number, or sealed words."""

    response = models.ForeignKey(SurveyResponse, models.CASCADE, related_name="answers")
    question = models.ForeignKey(Question, models.PROTECT, related_name="answers")
    value = models.SmallIntegerField(_("value"), null=True)
    text = EncryptedTextField(_("words"), blank=True)

    class Meta:
        verbose_name = _("answer")
        verbose_name_plural = _("answers")
        constraints = [models.UniqueConstraint(fields=["response", "question"], name="one_answer_a_question")]

    def __str__(self) -> str:
        return f"{self.response_id} {self.question_id}"
