"""The clock stands still, is signed for, runs again."""

from __future__ import annotations

from collections.abc import Mapping
from typing import ClassVar

from django import forms
from django.utils.translation import gettext_lazy as _

from complaints.forms import choices
from complaints.forms.steps.base import StepForm
from complaints.models import Pause
from crm_site.errors import Text


class PauseForm(StepForm):
    why = choices.radios(_("What is waited for"), Pause.Reason.choices)
    until = forms.DateField(
        label=_("Stands still until"), widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d")
    )
    channel = forms.ChoiceField(label=_("Told by"), choices=choices.CHANNELS)
    told = choices.words(_("What you told the customer"), rows=2)
    reason = choices.words(_("Reason"), rows=2, max_length=500)
    cards: ClassVar[Mapping[str, Mapping[str, Text]]] = {"why": choices.PAUSE_HINTS}

    def prepare(self) -> None:
        """Told on the channel it came by, unless changed."""
        self.initial.setdefault("channel", self.complaint.channel)


class SignPauseForm(StepForm):
    """Nothing is asked: pressing it signs."""


class ResumeForm(StepForm):
    because = choices.radios(_("Why it goes on"), choices.RESUMED)
