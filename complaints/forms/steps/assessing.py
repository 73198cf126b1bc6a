"""Nature, level, and whether it is ours at all."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from typing import ClassVar

from django import forms
from django.utils.translation import gettext_lazy as _

from complaints import severity, suggesting
from complaints.forms import choices
from complaints.forms.steps.base import StepForm, WritingForm
from complaints.models import Complaint
from complaints.profiles import Complexity
from complaints.severity import Condition, Factors, History, Publicity, Rights
from crm_site.errors import Text


class ClassifyForm(StepForm):
    nature = choices.radios(_("Nature"), choices.NATURES)
    reason = choices.words(_("Reason"), rows=2, max_length=500)
    cards: ClassVar[Mapping[str, Mapping[str, Text]]] = {"nature": choices.NATURE_HINTS}

    def prepare(self) -> None:
        """The first classification needs no reason."""
        if self.complaint.nature == Complaint.Nature.UNCLASSIFIED:
            del self.fields["reason"]


class AssessForm(StepForm):
    level = choices.radios(_("Level"), choices.LEVELS)
    deviation_reason = forms.CharField(
        label=_("Why not the suggested level"),
        required=False,
        max_length=300,
        help_text=_("Only when you decide otherwise."),
    )
    cause = forms.ChoiceField(label=_("Cause"), choices=choices.causes)
    core_issue = forms.CharField(label=_("Core problem, in a sentence"), max_length=200)
    desired_outcome = forms.CharField(label=_("What the customer wants"), max_length=500)
    loss = choices.money(_("Loss claimed (CNY)"))
    rights = forms.ChoiceField(label=_("Right affected"), choices=Rights.choices)
    people = forms.IntegerField(label=_("People affected"), min_value=1, max_value=100000, initial=1)
    condition = forms.ChoiceField(label=_("Condition of the complainant"), choices=Condition.choices)
    history = forms.ChoiceField(label=_("Repeated"), choices=History.choices)
    departments = forms.ChoiceField(label=_("Other departments needed"), choices=choices.HELPERS)
    outside_body = forms.BooleanField(label=_("An outside body is needed"), required=False)
    publicity = forms.ChoiceField(label=_("Publicity"), choices=Publicity.choices)
    data_leak = forms.BooleanField(label=_("Personal data leaked"), required=False)
    staff_fraud = forms.BooleanField(label=_("Fraud or theft by staff alleged"), required=False)
    safety = forms.BooleanField(label=_("Personal safety at risk"), required=False)
    cards: ClassVar[Mapping[str, Mapping[str, Text]]] = {"level": choices.LEVEL_HINTS}

    def prepare(self) -> None:
        """What intake already knows stands in the fields."""
        known = suggesting.known(self.complaint)
        proposed = self.complaint.get_proposed_level_display()
        self.suggestion = severity.suggest(known)
        self.reasons = suggesting.reasons(self.suggestion)
        self.initial.update(
            {
                "cause": choices.cause_of(self.complaint),
                "core_issue": self.complaint.core_issue or self.complaint.subject,
                "desired_outcome": self.complaint.desired_outcome,
                "loss": Decimal(self.complaint.disputed_fen).scaleb(-2) if self.complaint.disputed_fen else None,
                **{name: getattr(known, name) for name in ("rights", "condition", "history", "publicity")},
            }
        )
        if proposed:
            self.fields["level"].help_text = _("Proposed at intake: %(level)s") % {"level": proposed}

    def factors(self) -> Factors:
        """The facts, from a valid form."""
        data = self.cleaned_data
        return Factors(
            loss_fen=choices.fen(data["loss"]),
            rights=Rights(data["rights"]),
            people=data["people"],
            condition=Condition(data["condition"]),
            history=History(data["history"]),
            departments=int(data["departments"]),
            outside_body=data["outside_body"],
            publicity=Publicity(data["publicity"]),
            data_leak=data["data_leak"],
            staff_fraud=data["staff_fraud"],
            safety=data["safety"],
        )


class ChangeLevelForm(StepForm):
    level = choices.radios(_("Level"), choices.LEVELS)
    reason = choices.words(_("Reason"), rows=2, max_length=500)
    cards: ClassVar[Mapping[str, Mapping[str, Text]]] = {"level": choices.LEVEL_HINTS}

    def prepare(self) -> None:
        """The level it has cannot be chosen again."""
        field = self.fields["level"]
        assert isinstance(field, forms.ChoiceField)  # noqa: S101 - declared above
        field.choices = [(value, label) for value, label in choices.LEVELS if value != self.complaint.sla_level]


class ComplexityForm(StepForm):
    complexity = choices.radios(_("How complex"), [])
    channel = forms.ChoiceField(label=_("Told by"), choices=choices.CHANNELS)
    told = choices.words(_("What you told the customer"), rows=2)
    reason = choices.words(_("Reason"), rows=2, max_length=500)
    cards: ClassVar[Mapping[str, Mapping[str, Text]]] = {"complexity": choices.COMPLEXITY_HINTS}

    def prepare(self) -> None:
        """Only a longer limit can be chosen; told on the channel it came by, unless changed."""
        steps = list(Complexity)
        longer = steps[steps.index(Complexity(self.complaint.round.complexity)) + 1 :]
        field = self.fields["complexity"]
        assert isinstance(field, forms.ChoiceField)  # noqa: S101 - declared above
        field.choices = [(step.value, step.label) for step in longer]
        self.initial.setdefault("channel", self.complaint.channel)


class ReferOutForm(WritingForm):
    department = choices.department()
    target = choices.outside_body()
    method = choices.method()
    told_how = forms.CharField(label=_("How the customer was told"), max_length=200)
    reason = choices.words(_("Why it is not ours"), rows=2, max_length=500)
    field_order = ("department", "target", "method", "told_how", "reason", "written")

    def prepare(self) -> None:
        """Departments that work today."""
        choices.offer_departments(self.fields["department"])
