"""Complaints about staff."""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _

from complaints.actions import recusing
from complaints.forms.steps import restricting as forms
from complaints.forms.steps.base import StepForm
from complaints.models import Complaint
from complaints.views.acts.spec import Data, Spec
from crm_site.models import User


def _restrict(by: User, complaint: Complaint, data: Data, form: StepForm) -> Complaint:
    said = {name: data[name] for name in ("version", "accused", "reason")}
    return recusing.restrict(by=by, complaint=complaint, **said)


def _unrestrict(by: User, complaint: Complaint, data: Data, form: StepForm) -> Complaint:
    said = {name: data[name] for name in ("version", "reason")}
    return recusing.unrestrict(by=by, complaint=complaint, **said)


SPECS: dict[str, Spec] = {
    "restrict": Spec(forms.RestrictForm, _restrict, _("Restricted")),
    "unrestrict": Spec(forms.UnrestrictForm, _unrestrict, _("The restriction is lifted")),
}
