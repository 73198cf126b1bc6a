"""Begun, and the customer kept informed."""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _

from complaints.actions import handling, lateness
from complaints.forms.steps import working as forms
from complaints.forms.steps.base import StepForm
from complaints.models import Complaint
from complaints.public_words import Status
from complaints.views.acts.spec import Data, Spec
from crm_site.models import User


def _start_work(by: User, complaint: Complaint, data: Data, form: StepForm) -> Complaint:
    return handling.start_work(
        by=by,
        complaint=complaint,
        version=data["version"],
        plan=data["plan"],
        departments=list(data.get("departments", [])),
        owner=by,
    )


def _progress(by: User, complaint: Complaint, data: Data, form: StepForm) -> Complaint:
    return handling.tell_progress(
        by=by,
        complaint=complaint,
        version=data["version"],
        channel=data["channel"],
        summary=data["words"],
        at=data["at"],
        status=data["status"] or Status.CHECKING,
        promised_on=data.get("promised_on"),
        written=bool(data.get("written")),
    )


def _late(complaint: Complaint, user: User) -> Data:
    """Whether a new day is to be told."""
    return {"late": lateness.is_late(complaint)}


SPECS: dict[str, Spec] = {
    "start_work": Spec(forms.StartWorkForm, _start_work, _("Work has started")),
    "progress": Spec(forms.ProgressForm, _progress, _("Recorded what the customer was told"), asks=_late),
}
