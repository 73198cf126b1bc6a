"""Begun, and the customer kept informed."""

from __future__ import annotations

from django import forms
from django.utils.translation import gettext_lazy as _

from complaints.forms import choices
from complaints.forms.steps.base import StepForm
from complaints.models import Complaint
from crm_site.models import Department


class StartWorkForm(StepForm):
    plan = choices.words(
        _("What will be done, by whom and by when"),
        help_text=_("Internal; it never reaches a message to the customer."),
    )
    departments = forms.ModelMultipleChoiceField(
        label=_("Departments that take part"), queryset=Department.objects.none(), widget=forms.CheckboxSelectMultiple
    )

    def prepare(self) -> None:
        """A suggestion may be passed on without a plan."""
        field = self.fields["departments"]
        assert isinstance(field, forms.ModelMultipleChoiceField)  # noqa: S101 - declared above
        field.queryset = Department.objects.filter(active=True).exclude(kind=Department.Kind.SERVICE)
        self.fields["plan"].required = self.complaint.nature == Complaint.Nature.COMPLAINT


class ProgressForm(StepForm):
    channel = forms.ChoiceField(label=_("Told by"), choices=choices.CHANNELS)
    at = choices.moment(_("When"), help_text=_("Empty means just now."))
    words = choices.words(_("What you told the customer"))
