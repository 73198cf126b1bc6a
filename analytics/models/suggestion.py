"""Versions of what was learnt for suggestions (domain R9.12; docs/decisions/0055)."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _

from analytics.models.ruleset import RuleVersion, another_approves
from crm_site.encryption import EncryptedTextField
from customers.models import Customer


class SuggestionModel(RuleVersion):
    """One version of a kind of suggestion; at most one of each kind is in force.

    It begins as a draft that waits to be trained (``asked_at``). Trained, ``learnt`` holds a model for each target that
    proved better than chance's other judges, and ``simulation`` the figures of all targets on the rows held out.
    """

    RULES = "learnt"

    class Kind(models.TextChoices):
        LEAVING = "LEAVING", _("Who may leave")
        NEXT = "NEXT", _("Next product")

    kind = models.CharField(_("kind"), max_length=8, choices=Kind.choices)
    version = models.PositiveIntegerField(_("version"))
    learnt = models.JSONField(_("what was learnt"), default=dict)
    trouble = models.CharField(_("why it is not trained"), max_length=300, blank=True)

    class Meta:
        verbose_name = _("suggestion model")
        verbose_name_plural = _("suggestion models")
        ordering = ["kind", "-version"]
        constraints = [
            models.UniqueConstraint(fields=["kind", "version"], name="suggestion_models_are_numbered"),
            models.UniqueConstraint(
                fields=["kind"], condition=models.Q(state="ACTIVE"), name="one_active_suggestion_model"
            ),
            *another_approves("suggestion_model"),
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.version}"

    @property
    def targets(self) -> dict[str, dict[str, Any]]:
        """The figures of each target; nothing before it is trained."""
        found: dict[str, dict[str, Any]] = (self.simulation or {}).get("targets", {})
        return found


class SuggestionAnswer(models.Model):
    """What a person decided on a suggestion; until a day it is not made again.

    ``target`` is LEAVING or a product family; ``model`` the version that spoke, none where the rule did; ``grounds``
    are what stood beside it: how many of how many, and the columns named as reasons.
    """

    class Answer(models.TextChoices):
        ACCEPTED = "ACCEPTED", _("Accepted")
        DISMISSED = "DISMISSED", _("Not suitable")

    customer = models.ForeignKey(Customer, models.CASCADE, related_name="suggestion_answers")
    kind = models.CharField(_("kind"), max_length=8, choices=SuggestionModel.Kind.choices)
    target = models.CharField(_("about"), max_length=10)
    model = models.ForeignKey(SuggestionModel, models.PROTECT, null=True, related_name="answers")
    grounds = models.JSONField(_("grounds"), default=dict)
    answer = models.CharField(_("answer"), max_length=9, choices=Answer.choices)
    reason = EncryptedTextField(_("reason"), blank=True)
    until = models.DateField(_("rests until"))
    by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    at = models.DateTimeField(_("at"))

    class Meta:
        verbose_name = _("answer to a machine suggestion")
        verbose_name_plural = _("answers to machine suggestions")
        ordering = ["-at", "-pk"]
        indexes = [models.Index(fields=["customer", "-at"], name="suggestion_answers_of")]

    def __str__(self) -> str:
        return f"{self.kind} {self.target} {self.answer}"
