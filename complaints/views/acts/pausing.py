"""The clock stands still, is signed for, runs again."""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _

from complaints.actions import pauses
from complaints.forms.steps import pausing as forms
from complaints.forms.steps.base import StepForm
from complaints.models import Complaint, Pause
from complaints.views.acts.spec import Data, Spec
from crm_site.models import User


def _longest(complaint: Complaint, user: User) -> Data:
    """The longest time is proposed."""
    return {"initial": {"until": pauses.latest_day(complaint.round, Pause.Reason.WAITING_CUSTOMER)}}


def _pause(by: User, complaint: Complaint, data: Data, form: StepForm) -> Complaint:
    told = {name: data[name] for name in ("why", "until", "channel", "told", "reason")}
    return pauses.pause(by=by, complaint=complaint, version=data["version"], **told)


def _sign_pause(by: User, complaint: Complaint, data: Data, form: StepForm) -> Complaint:
    return pauses.sign(by=by, complaint=complaint, version=data["version"])


def _resume(by: User, complaint: Complaint, data: Data, form: StepForm) -> Complaint:
    return pauses.resume(by=by, complaint=complaint, version=data["version"], because=data["because"])


SPECS: dict[str, Spec] = {
    "pause": Spec(forms.PauseForm, _pause, _("The clock stands still"), asks=_longest),
    "sign_pause": Spec(forms.SignPauseForm, _sign_pause, _("The pause is signed")),
    "resume": Spec(forms.ResumeForm, _resume, _("The clock runs again")),
}
