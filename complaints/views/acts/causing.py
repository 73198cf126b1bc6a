"""Why it came to it, and who answers for it."""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _

from complaints.actions import causes
from complaints.forms.steps import causing as forms
from complaints.forms.steps.base import StepForm
from complaints.models import Complaint
from complaints.views.acts.spec import Data, Spec
from crm_site.models import User

_ASKED = ("cause", "description", "responsible", "business", "product", "branch")


def _root_cause(by: User, complaint: Complaint, data: Data, form: StepForm) -> Complaint:
    finding = causes.Finding(systemic=data["systemic"] == "1", **{name: data[name] for name in _ASKED})
    return causes.record_root_cause(by=by, complaint=complaint, version=data["version"], finding=finding)


SPECS: dict[str, Spec] = {"root_cause": Spec(forms.RootCauseForm, _root_cause, _("Root cause recorded"))}
