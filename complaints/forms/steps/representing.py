"""The paper by which somebody speaks for a customer."""

from __future__ import annotations

from django import forms
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from complaints.forms import choices
from complaints.forms.steps.base import StepForm


class AuthorityForm(StepForm):
    authority = forms.ChoiceField(label=_("Paper seen"), choices=choices.PAPERS)
    seen_on = choices.day(_("Seen on"))
    valid_until = choices.day(_("Valid until"), help_text=_("Empty: without end."))
    words = forms.CharField(
        label=_("What it says"),
        required=False,
        max_length=200,
        help_text=_("Its number, who gave it, for what. The file itself can be added under remarks."),
    )

    def prepare(self) -> None:
        """Seen today, unless changed."""
        self.initial.setdefault("seen_on", timezone.localdate())
