"""Asking for a new version of a suggestion model."""

from __future__ import annotations

from django import forms
from django.utils.translation import gettext_lazy as _

from analytics.models import SuggestionAnswer, SuggestionModel
from crm_site.forms import CrmForm


class AskTrainingForm(CrmForm):
    """Which kind is to be trained, and why."""

    one_time = True
    kind = forms.ChoiceField(label=_("What is to be learnt"), choices=SuggestionModel.Kind.choices)
    note = forms.CharField(label=_("Why"), max_length=300, required=False, help_text=_("Stands beside the version."))


class SuggestionAnswerForm(CrmForm):
    """What a person decides on one suggestion of the card."""

    one_time = True
    kind = forms.ChoiceField(choices=SuggestionModel.Kind.choices, widget=forms.HiddenInput)
    target = forms.CharField(max_length=10, widget=forms.HiddenInput)
    judge = forms.CharField(max_length=12, widget=forms.HiddenInput)
    answer = forms.ChoiceField(choices=SuggestionAnswer.Answer.choices, widget=forms.HiddenInput)
    reason = forms.CharField(label=_("Why it does not suit"), max_length=200, required=False)
