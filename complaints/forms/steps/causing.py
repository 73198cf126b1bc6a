"""Why it came to it, and who answers for it."""

from __future__ import annotations

from django import forms
from django.utils.translation import gettext_lazy as _

from complaints import causing
from complaints.forms import choices
from complaints.forms.steps.base import StepForm
from complaints.models import Complaint, RootCause
from crm_site.models import Department
from customers.models import Product


class RootCauseForm(StepForm):
    cause = forms.ChoiceField(label=_("Cause"), choices=choices.causes)
    description = choices.words(
        _("What lay behind it"), help_text=_("Internal; what would have to be different for it not to happen.")
    )
    systemic = choices.radios(
        _("Will it come again by itself?"), [("1", _("Yes, it is systemic")), ("0", _("No, a single case"))]
    )
    responsible = forms.ModelChoiceField(label=_("Responsible department"), queryset=Department.objects.none())
    business = forms.ChoiceField(
        label=_("Business"), choices=[*choices.ASK, *Complaint.Business.choices], required=False
    )
    product = forms.ModelChoiceField(label=_("Product"), queryset=Product.objects.none(), required=False)
    branch = forms.ModelChoiceField(label=_("Branch"), queryset=Department.objects.none(), required=False)

    def prepare(self) -> None:
        """What is on record stands in the fields."""
        working = Department.objects.filter(active=True)
        rows = {
            "responsible": working,
            "product": Product.objects.filter(active=True),
            "branch": working.filter(kind=Department.Kind.BRANCH),
        }
        for name, found in rows.items():
            field = self.fields[name]
            assert isinstance(field, forms.ModelChoiceField)  # noqa: S101 - declared above
            field.queryset = found
        earlier = RootCause.objects.filter(complaint=self.complaint).first()
        self.initial.update(
            {
                "cause": choices.cause_of(self.complaint),
                "responsible": self.complaint.responsible_id or causing.answers_for(self.complaint),
                "business": self.complaint.business,
                "product": self.complaint.product_id,
                "branch": self.complaint.branch_id,
                "description": earlier.description if earlier else "",
                "systemic": str(int(earlier.systemic)) if earlier else None,
            }
        )
