"""Begun, and the customer kept informed."""

from __future__ import annotations

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from complaints import unconcerned
from complaints.forms import choices
from complaints.forms.steps.base import StepForm, WritingForm
from complaints.models import Complaint
from complaints.public_words import Status
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
        """A suggestion may be passed on without a plan; the departments of a severe complaint were asked before."""
        field = self.fields["departments"]
        assert isinstance(field, forms.ModelMultipleChoiceField)  # noqa: S101 - declared above
        field.queryset = unconcerned.departments(self.complaint)
        self.fields["plan"].required = self.complaint.nature == Complaint.Nature.COMPLAINT
        if self.complaint.level == Complaint.Level.SEVERE:
            del self.fields["departments"]


class ProgressForm(WritingForm):
    channel = forms.ChoiceField(label=_("Told by"), choices=choices.CHANNELS)
    at = choices.moment(_("When"), help_text=_("Empty means just now."))
    words = choices.words(_("What you told the customer"))
    status = choices.radios(
        _("The same in a few fixed words"),
        Status,
        required=False,
        help_text=_("Notices and the page where customers look up their matter say these words only."),
    )
    promised_on = forms.DateField(
        label=_("New day for the answer"),
        required=False,
        widget=forms.DateInput(attrs={"type": "date", "autocomplete": "off"}, format="%Y-%m-%d"),
        help_text=_("The day that was promised has passed. Tell the customer the new one; it is kept as a promise."),
    )
    field_order = ("channel", "at", "words", "status", "promised_on", "written")

    def __init__(self, *args: Any, late: bool = False, **kwargs: Any) -> None:
        self.late = late
        super().__init__(*args, **kwargs)

    def prepare(self) -> None:
        """A new day only where the old one has passed."""
        self.initial.setdefault("status", Status.CHECKING)
        if not self.late:
            del self.fields["promised_on"]
