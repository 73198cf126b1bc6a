"""Why an answer was late, and the new date the customer was given."""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _

from complaints.actions import recovery
from complaints.forms.steps import explaining as forms
from complaints.forms.steps.base import StepForm
from complaints.models import Complaint
from complaints.views.acts.spec import Data, Spec
from crm_site.models import User


def _explain(by: User, complaint: Complaint, data: Data, form: StepForm) -> Complaint:
    said = {name: data[name] for name in ("why", "note", "until", "channel", "told") if name in data}
    return recovery.explain_late(by=by, complaint=complaint, version=data["version"], **said)


SPECS: dict[str, Spec] = {
    "explain_late": Spec(forms.ExplainLateForm, _explain, _("The delay is explained")),
}
