"""Departments asked, answering, sending back."""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _

from complaints.actions import gate, participations
from complaints.forms.steps import departments as forms
from complaints.forms.steps.base import StepForm
from complaints.models import Complaint
from complaints.views.acts.spec import Data, Spec
from crm_site.models import User


def _questions(complaint: Complaint, user: User) -> Data:
    return {"questions": gate.open_questions(complaint, user)}


def _invite(by: User, complaint: Complaint, data: Data, form: StepForm) -> Complaint:
    asked = {name: data[name] for name in ("version", "departments", "task")}
    return participations.invite(by=by, complaint=complaint, **asked)


def _answer(by: User, complaint: Complaint, data: Data, form: StepForm) -> Complaint:
    said = {name: data[name] for name in ("version", "participation", "text")}
    return participations.answer(by=by, complaint=complaint, **said)


def _bounce(by: User, complaint: Complaint, data: Data, form: StepForm) -> Complaint:
    said = {name: data[name] for name in ("version", "participation", "reason")}
    return participations.bounce(by=by, complaint=complaint, **said)


SPECS: dict[str, Spec] = {
    "invite": Spec(forms.InviteForm, _invite, _("The departments are asked")),
    "answer": Spec(forms.AnswerForm, _answer, _("The answer is recorded"), asks=_questions),
    "bounce": Spec(forms.BounceForm, _bounce, _("Sent back to the handler"), asks=_questions),
}
