"""Giving a complaint to somebody."""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _

from complaints import loads
from complaints.actions import assigning
from complaints.forms.steps import assigning as forms
from complaints.forms.steps.base import StepForm
from complaints.models import Complaint
from complaints.views.acts.spec import Data, Spec
from crm_site.models import User


def _assign(by: User, complaint: Complaint, data: Data, form: StepForm) -> Complaint:
    given = {name: data[name] for name in ("version", "to", "team", "reason", "note")}
    return assigning.assign(by=by, complaint=complaint, **given)


def _choices(complaint: Complaint, user: User) -> Data:
    return {"people": loads.people(user, [complaint]), "teams": loads.teams()}


SPECS: dict[str, Spec] = {"assign": Spec(forms.AssignForm, _assign, _("Handed over"), asks=_choices)}
