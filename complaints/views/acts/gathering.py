"""Joining and leaving a group or an incident."""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _

from complaints.actions import gathering
from complaints.forms.steps import gathering as forms
from complaints.forms.steps.base import StepForm
from complaints.models import Complaint
from complaints.views.acts.spec import Data, Spec
from crm_site.models import User


def _link(by: User, complaint: Complaint, data: Data, form: StepForm) -> Complaint:
    version, speaks, chosen = data["version"], data["speaks"], data["gathering"]
    if chosen is not None:
        return gathering.link(by=by, complaint=complaint, version=version, gathering=chosen, speaks=speaks)
    new = {"kind": data["kind"], "title": data["title"]}
    return gathering.begin(by=by, complaint=complaint, version=version, speaks=speaks, **new)


def _unlink(by: User, complaint: Complaint, data: Data, form: StepForm) -> Complaint:
    said = {name: data[name] for name in ("version", "gathering", "reason")}
    return gathering.unlink(by=by, complaint=complaint, **said)


SPECS: dict[str, Spec] = {
    "link": Spec(forms.LinkForm, _link, _("Put together")),
    "unlink": Spec(forms.UnlinkForm, _unlink, _("Goes on by itself")),
}
