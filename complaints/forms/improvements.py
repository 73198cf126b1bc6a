"""What the steps of an improvement ask for."""

from __future__ import annotations

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from complaints import unconcerned
from complaints.forms import choices
from complaints.models import Complaint, Improvement
from crm_site.forms import CrmForm
from crm_site.models import Department, User
from crm_site.roles import Role
from customers.models import Product


class ProposeImprovementForm(CrmForm):
    one_time = True
    title = forms.CharField(label=_("What it is about"), max_length=120)
    cause = forms.ChoiceField(label=_("Cause"), choices=[*choices.ASK, *Complaint.Cause.choices])
    change = choices.words(_("What is to be changed"), max_length=2000, required=False)
    product = forms.ModelChoiceField(label=_("Product"), queryset=Product.objects.filter(active=True), required=False)
    department = forms.ModelChoiceField(
        label=_("Department"), queryset=Department.objects.filter(active=True), required=False
    )
    complaint = forms.CharField(label=_("Complaint it comes from"), max_length=20, required=False)


class ImprovementStep(CrmForm):
    """Carries the version that was looked at."""

    versioned = True

    def __init__(self, *args: Any, improvement: Improvement, **kwargs: Any) -> None:
        self.improvement = improvement
        kwargs["initial"] = {"version": improvement.version, **self.known(improvement)}
        super().__init__(*args, **kwargs)

    def known(self, improvement: Improvement) -> dict[str, Any]:
        """What stands in the fields."""
        return {}


class ApproveForm(ImprovementStep):
    owner = forms.ModelChoiceField(label=_("Owner"), queryset=User.objects.none())
    due_on = forms.DateField(label=_("Done by"), widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"))
    change = choices.words(_("What is changed"), max_length=2000)
    department = forms.ModelChoiceField(
        label=_("Department"), queryset=Department.objects.filter(active=True), required=False
    )

    def known(self, improvement: Improvement) -> dict[str, Any]:
        """As it was proposed."""
        return {"change": improvement.change, "department": improvement.department_id}

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        field = self.fields["owner"]
        assert isinstance(field, forms.ModelChoiceField)  # noqa: S101 - declared above
        able = (Role.SUPERVISOR, Role.SENIOR, Role.HANDLER, Role.LIAISON)
        able_ones = [person for person in User.objects.active() if person.has_role(*able)]
        people = [person.pk for person in unconcerned.owners(self.improvement, able_ones)]
        field.queryset = User.objects.filter(pk__in=people).order_by("display_name")


class FinishForm(ImprovementStep):
    done_on = forms.DateField(
        label=_("In effect since"),
        required=False,
        help_text=_("Empty means today. Complaints are counted as many days before and after."),
        widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"),
    )


class ReasonForm(ImprovementStep):
    reason = choices.words(_("Reason"), rows=2, max_length=300)
