"""The plan: written, sent, decided on, revised; an action done."""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _

from complaints.actions import gate, plan_gate, plans, redress
from complaints.forms import choices
from complaints.forms.steps import planning as forms
from complaints.forms.steps.base import StepForm
from complaints.models import Complaint
from complaints.views.acts.spec import Data, Spec
from crm_site.models import User


def _write(by: User, complaint: Complaint, data: Data, form: StepForm) -> Complaint:
    assert isinstance(form, forms.WritePlanForm)  # noqa: S101 - the spec below names it
    steps = [plans.Step(**row) for row in form.actions()]
    draft = plans.Draft(**form.written(), steps=steps)
    return plans.write(by=by, complaint=complaint, version=data["version"], draft=draft, submit=data["send"])


def _send(by: User, complaint: Complaint, data: Data, form: StepForm) -> Complaint:
    return plans.send(by=by, complaint=complaint, version=data["version"])


def _approve(by: User, complaint: Complaint, data: Data, form: StepForm) -> Complaint:
    return plans.approve(by=by, complaint=complaint, version=data["version"])


def _return(by: User, complaint: Complaint, data: Data, form: StepForm) -> Complaint:
    return plans.send_back(by=by, complaint=complaint, version=data["version"], reason=data["reason"])


def _revise(by: User, complaint: Complaint, data: Data, form: StepForm) -> Complaint:
    return plans.revise(by=by, complaint=complaint, version=data["version"], reason=data["reason"])


def _complete(by: User, complaint: Complaint, data: Data, form: StepForm) -> Complaint:
    said = {name: data[name] for name in ("version", "item", "evidence")}
    return plans.complete(by=by, complaint=complaint, **said)


def _agree(by: User, complaint: Complaint, data: Data, form: StepForm) -> Complaint:
    return redress.agree(by=by, complaint=complaint, version=data["version"])


def _refuse(by: User, complaint: Complaint, data: Data, form: StepForm) -> Complaint:
    return redress.refuse(by=by, complaint=complaint, version=data["version"], reason=data["reason"])


def _pay(by: User, complaint: Complaint, data: Data, form: StepForm) -> Complaint:
    said = {name: data[name] for name in ("version", "payment", "reference", "paid_at", "reason")}
    return redress.pay(by=by, complaint=complaint, paid_fen=choices.fen(data["paid"]), **said)


def _people(complaint: Complaint, user: User) -> Data:
    return {"people": plans.doers(complaint)}


def _draft(complaint: Complaint, user: User) -> Data:
    return {"plan": plan_gate.drafted(complaint)}


def _waiting(complaint: Complaint, user: User) -> Data:
    return {"plan": plan_gate.waiting(complaint)}


def _payments(complaint: Complaint, user: User) -> Data:
    return {"payments": gate.open_payments(complaint, user).exclude(granted_by=user)}


def _items(complaint: Complaint, user: User) -> Data:
    return {"items": gate.open_actions(complaint, user)}


_DECIDED = "complaints/complaint_plan_decide.html"
SPECS: dict[str, Spec] = {
    "write_plan": Spec(
        forms.WritePlanForm, _write, _("The plan is kept"), "complaints/complaint_plan_write.html", _people
    ),
    "submit_plan": Spec(forms.DecidePlanForm, _send, _("The plan waits for approval"), _DECIDED, _draft),
    "approve_plan": Spec(forms.DecidePlanForm, _approve, _("The plan is approved"), _DECIDED, _waiting),
    "return_plan": Spec(forms.ReturnPlanForm, _return, _("The plan went back"), _DECIDED, _waiting),
    "consent_redress": Spec(forms.DecidePlanForm, _agree, _("Your consent is on record"), _DECIDED, _waiting),
    "refuse_redress": Spec(forms.ReturnPlanForm, _refuse, _("The plan went back"), _DECIDED, _waiting),
    "pay_redress": Spec(forms.PayForm, _pay, _("The payment is on record"), asks=_payments),
    "revise_plan": Spec(forms.RevisePlanForm, _revise, _("The next version can be written")),
    "complete_action": Spec(forms.CompleteActionForm, _complete, _("The action is recorded as done"), asks=_items),
}
