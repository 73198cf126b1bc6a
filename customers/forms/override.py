"""A class set by hand, as a browser sends it."""

from __future__ import annotations

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from crm_site.forms import CrmForm
from customers.classes import DIMENSIONS
from customers.models import ClassOverride


def _classes() -> list[Any]:
    """Every class under the name of its classification; the value names both."""
    return [
        (label, [(f"{name}:{code}", word) for code, word in DIMENSIONS[name].choices if code != "UNKNOWN"])
        for name, label in ClassOverride.Dimension.choices
    ]


class OverrideForm(CrmForm):
    """Which class, why, and until when."""

    one_time = True
    prefix = "override"
    code = forms.ChoiceField(label=_("Class"), choices=_classes)
    reason = forms.CharField(label=_("Reason"), max_length=ClassOverride.LONGEST_REASON)
    expires_on = forms.DateField(
        label=_("Last day"),
        widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"),
        help_text=_("Within twelve months; from the next day on the class found counts again."),
    )

    def chosen(self) -> tuple[str, str]:
        """(classification, class) of a valid form."""
        dimension, _colon, code = self.cleaned_data["code"].partition(":")
        return dimension, code


class OverrideStepForm(CrmForm):
    """Approve, refuse or end one; the last two with a reason."""

    prefix = "step"
    override = forms.IntegerField(widget=forms.HiddenInput)
    act = forms.ChoiceField(choices=[("approve", ""), ("refuse", ""), ("end", "")], widget=forms.HiddenInput)
    reason = forms.CharField(label=_("Reason"), max_length=ClassOverride.LONGEST_REASON, required=False)
