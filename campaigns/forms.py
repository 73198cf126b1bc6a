"""What a respondent's browser sent."""

from __future__ import annotations

from typing import Any

from django import forms
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from campaigns.models import Question, Survey
from campaigns.satisfaction import Given
from crm_site.forms import CrmForm

_SCALES: dict[str, list[tuple[str, Any]]] = {
    Question.Kind.CSAT5: [
        ("5", _("Very satisfied")),
        ("4", _("Satisfied")),
        ("3", _("Neither")),
        ("2", _("Dissatisfied")),
        ("1", _("Very dissatisfied")),
    ],
    Question.Kind.SOLVED: [("1", _("Yes")), ("0", _("Not yet"))],
    Question.Kind.CES7: [(str(n), n) for n in range(7, 0, -1)],
    Question.Kind.NPS11: [(str(n), n) for n in range(10, -1, -1)],
}


class AnswerForm(CrmForm):
    """The questions of one survey as fields ``q<id>``; nothing is preselected, every option has words."""

    def __init__(self, *args: Any, survey: Survey, **kwargs: Any) -> None:
        self.questions = list(survey.questions.all())
        super().__init__(*args, **kwargs)

    def _furnish(self) -> None:
        for question in self.questions:
            self.fields[f"q{question.pk}"] = self._field(question)
        self.fields["no_contact"] = forms.BooleanField(label=_("Do not call me about this answer"), required=False)
        super()._furnish()

    def _field(self, question: Question) -> forms.Field:
        label = gettext(question.text)
        if question.kind == Question.Kind.TEXT:
            return forms.CharField(
                label=label,
                required=question.required,
                max_length=2000,
                widget=forms.Textarea(attrs={"rows": 3}),
                help_text=_("Do not write account or card numbers or passwords."),
            )
        return forms.ChoiceField(
            label=label, required=question.required, choices=_SCALES[question.kind], widget=forms.RadioSelect
        )

    def given(self) -> Given:
        """The answers as the verb takes them; call it on a valid form."""
        marks: dict[int, int] = {}
        words: dict[int, str] = {}
        for question in self.questions:
            value = self.cleaned_data[f"q{question.pk}"]
            if value in ("", None):
                continue
            if question.kind == Question.Kind.TEXT:
                words[question.pk] = value
            else:
                marks[question.pk] = int(value)
        return Given(marks=marks, words=words, no_contact=self.cleaned_data["no_contact"])
