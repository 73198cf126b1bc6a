"""Closing a complaint about staff to all who have no part in it."""

from __future__ import annotations

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from complaints.forms import choices
from complaints.forms.steps.base import StepForm
from crm_site.models import User


def staff_number(label: Any, help_text: Any = "") -> forms.CharField:
    """A member of staff, named by number."""
    return forms.CharField(label=label, required=False, max_length=20, help_text=help_text)


def by_number(number: str) -> User | None:
    """Who has this staff number; None for an empty field. Raises ValidationError for nobody."""
    if not number.strip():
        return None
    found = User.objects.filter(employee_no__iexact=number.strip()).first()
    if found is None:
        raise forms.ValidationError(_("Nobody has this staff number."))
    return found


class RestrictForm(StepForm):
    accused = staff_number(
        _("Staff number of whom it is about"),
        _("They and their superior no longer see this complaint. Empty: only restrict it."),
    )
    reason = choices.words(
        _("What is said, or why only few may see it"), help_text=_("Sealed; it stands in no history.")
    )

    def clean_accused(self) -> User | None:
        """The person of this number."""
        return by_number(self.cleaned_data["accused"])


class UnrestrictForm(StepForm):
    reason = choices.words(_("Why it may be seen again"), rows=2, max_length=300)
