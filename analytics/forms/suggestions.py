"""Asking for a new version of a suggestion model."""

from __future__ import annotations

from django import forms
from django.utils.translation import gettext_lazy as _

from analytics.models import SuggestionModel
from crm_site.forms import CrmForm


class AskTrainingForm(CrmForm):
    """Which kind is to be trained, and why."""

    one_time = True
    kind = forms.ChoiceField(label=_("What is to be learnt"), choices=SuggestionModel.Kind.choices)
    note = forms.CharField(label=_("Why"), max_length=300, required=False, help_text=_("Stands beside the version."))
