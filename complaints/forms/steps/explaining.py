"""Why an answer was late, and the new date the customer was given."""

from __future__ import annotations

from django import forms
from django.utils.translation import gettext_lazy as _

from complaints.forms import choices
from complaints.forms.steps.base import StepForm
from complaints.models import Lateness


class ExplainLateForm(StepForm):
    why = choices.radios(_("Why it was late"), Lateness.Reason.choices)
    note = choices.words(_("In a sentence, for the review"), rows=2, max_length=500, required=False)
    until = forms.DateField(
        label=_("New date for the customer"), widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d")
    )
    channel = forms.ChoiceField(label=_("Told by"), choices=choices.CHANNELS)
    told = choices.words(_("What you told the customer"), rows=2)

    def prepare(self) -> None:
        """Once the answer is given, or where nobody can be told, only the reason is asked."""
        if not self.complaint.awaits_answer:
            for name in ("until", "channel", "told"):
                self.fields.pop(name, None)
        self.initial.setdefault("channel", self.complaint.channel)
