"""The authority of who speaks for a customer."""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _

from complaints.actions import authority
from complaints.actions.authority import Paper
from complaints.forms.steps import representing as forms
from complaints.forms.steps.base import StepForm
from complaints.models import Complaint
from complaints.views.acts.spec import Data, Spec
from crm_site.models import User


def _record(by: User, complaint: Complaint, data: Data, form: StepForm) -> Complaint:
    same = ("seen_on", "valid_until", "words")
    paper = Paper(kind=data["authority"], **{name: data[name] for name in same})
    return authority.record_authority(by=by, complaint=complaint, version=data["version"], paper=paper)


SPECS: dict[str, Spec] = {
    "record_authority": Spec(forms.AuthorityForm, _record, _("The authority is recorded")),
}
