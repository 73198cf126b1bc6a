"""Departments asked, answering, sending back."""

from __future__ import annotations

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from complaints import unconcerned
from complaints.forms import choices
from complaints.forms.steps.base import StepForm
from complaints.models import Participation
from crm_site.models import Department


class InviteForm(StepForm):
    departments = forms.ModelMultipleChoiceField(
        label=_("Departments"), queryset=Department.objects.none(), widget=forms.CheckboxSelectMultiple
    )
    task = choices.words(_("What they are asked"), help_text=_("Internal; it never reaches a message to the customer."))

    def prepare(self) -> None:
        """Every department but the service centre."""
        field = self.fields["departments"]
        assert isinstance(field, forms.ModelMultipleChoiceField)  # noqa: S101 - declared above
        field.queryset = unconcerned.departments(self.complaint)


class QuestionField(forms.ModelChoiceField):
    """One of the questions departments were asked."""

    def label_from_instance(self, obj: Participation) -> str:
        """Who is asked what."""
        return f"{obj.department.name} · {obj.task}"


class AnswerForm(StepForm):
    participation = QuestionField(
        label=_("Question"), queryset=Participation.objects.none(), empty_label=None, widget=forms.RadioSelect
    )
    text = choices.words(_("Answer"), help_text=_("Internal; the handler words what the customer is told."))

    def __init__(self, *args: Any, questions: Any, **kwargs: Any) -> None:
        self.questions = questions
        super().__init__(*args, **kwargs)

    def prepare(self) -> None:
        """The questions this person may answer; one alone stands chosen."""
        field = self.fields["participation"]
        assert isinstance(field, forms.ModelChoiceField)  # noqa: S101 - declared above
        field.queryset = self.questions
        if len(self.questions) == 1:
            self.initial.setdefault("participation", self.questions[0].pk)


class BounceForm(AnswerForm):
    text = None  # type: ignore[assignment]  # Django's way to take an inherited field away
    reason = choices.words(_("Why it is not this department's matter"), rows=2, max_length=300)
