"""Nature, level, and whether it is ours at all."""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _

from complaints.actions import assessment, complexity, intake, referring
from complaints.actions.assessment import Judgement
from complaints.actions.referring import Method, Referral
from complaints.forms.steps import assessing as forms
from complaints.forms.steps.base import StepForm
from complaints.models import Complaint
from complaints.sla import Level
from complaints.views.acts.spec import Data, Spec
from crm_site.models import User


def _classify(by: User, complaint: Complaint, data: Data, form: StepForm) -> Complaint:
    return intake.classify(
        by=by, complaint=complaint, version=data["version"], nature=data["nature"], reason=data.get("reason", "")
    )


def _assess(by: User, complaint: Complaint, data: Data, form: StepForm) -> Complaint:
    assert isinstance(form, forms.AssessForm)  # noqa: S101 - the table below pairs them
    judgement = Judgement(
        factors=form.factors(),
        level=Level(data["level"]),
        cause=data["cause"],
        core_issue=data["core_issue"],
        desired_outcome=data["desired_outcome"],
        deviation_reason=data["deviation_reason"],
    )
    return assessment.assess(by=by, complaint=complaint, version=data["version"], judgement=judgement)


def _change_level(by: User, complaint: Complaint, data: Data, form: StepForm) -> Complaint:
    return assessment.change_level(
        by=by,
        complaint=complaint,
        version=data["version"],
        level=Level(data["level"]),
        reason=data["reason"],
    )


def _set_complexity(by: User, complaint: Complaint, data: Data, form: StepForm) -> Complaint:
    told = {name: data[name] for name in ("complexity", "channel", "told", "reason")}
    return complexity.set_complexity(by=by, complaint=complaint, version=data["version"], **told)


def _refer_out(by: User, complaint: Complaint, data: Data, form: StepForm) -> Complaint:
    told = {name: data[name] for name in ("target", "department", "told_how", "reason")}
    referral = Referral(**told, method=data["method"] or Method.OTHER, written=bool(data.get("written")))
    return referring.refer_out(by=by, complaint=complaint, version=data["version"], referral=referral)


SPECS: dict[str, Spec] = {
    "classify": Spec(forms.ClassifyForm, _classify, _("Nature recorded")),
    "assess": Spec(forms.AssessForm, _assess, _("Assessed"), "complaints/complaint_assess.html"),
    "change_level": Spec(forms.ChangeLevelForm, _change_level, _("Level changed")),
    "set_complexity": Spec(forms.ComplexityForm, _set_complexity, _("The regulator's limit is extended")),
    "refer_out": Spec(forms.ReferOutForm, _refer_out, _("Referred on")),
}
