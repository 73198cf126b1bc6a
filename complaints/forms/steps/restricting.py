"""Closing a complaint about staff to all who have no part in it."""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _

from complaints.forms import choices, staff
from complaints.forms.steps.base import StepForm
from crm_site.models import User


class RestrictForm(StepForm):
    accused = staff.field(
        _("Staff number or name of whom it is about"),
        _("They and their superior no longer see this complaint. Empty: only restrict it."),
    )
    reason = choices.words(
        _("What is said, or why only few may see it"), help_text=_("Sealed; it stands in no history.")
    )

    def clean_accused(self) -> User | None:
        """The person meant."""
        return staff.found(self.cleaned_data["accused"])


class UnrestrictForm(StepForm):
    reason = choices.words(_("Why it may be seen again"), rows=2, max_length=300)
