"""Merged, taken apart, split, and new facts."""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _

from complaints.actions import facts, merging, referring, returning
from complaints.forms.steps import matters as forms
from complaints.forms.steps.base import StepForm
from complaints.models import Complaint
from complaints.views.acts.spec import Data, Spec
from crm_site.models import User


def _merge(by: User, complaint: Complaint, data: Data, form: StepForm) -> Complaint:
    said = {name: data[name] for name in ("version", "target", "no_new_facts", "reason")}
    return merging.merge(by=by, complaint=complaint, **said)


def _unmerge(by: User, complaint: Complaint, data: Data, form: StepForm) -> Complaint:
    return merging.unmerge(by=by, complaint=complaint, version=data["version"])


def _accept(by: User, complaint: Complaint, data: Data, form: StepForm) -> Complaint:
    return referring.accept(by=by, complaint=complaint, version=data["version"], who=data["who"])


def _come_back(by: User, complaint: Complaint, data: Data, form: StepForm) -> Complaint:
    return returning.come_back(by=by, complaint=complaint, version=data["version"], reason=data["reason"])


def _new_facts(by: User, complaint: Complaint, data: Data, form: StepForm) -> Complaint:
    said = {"version": data["version"], "channel": data["channel"], "at": data["at"], "text": data["words"]}
    return facts.new_facts(by=by, complaint=complaint, **said)


def _split(by: User, complaint: Complaint, data: Data, form: StepForm) -> Complaint:
    said = {name: data[name] for name in ("version", "subject", "content", "desired_outcome", "reason")}
    return facts.split(by=by, complaint=complaint, **said)


SPECS: dict[str, Spec] = {
    "merge": Spec(forms.MergeForm, _merge, _("Merged: what follows stands here"), linked=("target",)),
    "unmerge": Spec(forms.UnmergeForm, _unmerge, _("Two complaints again")),
    "accept_referral": Spec(forms.AcceptReferralForm, _accept, _("Taken over there")),
    "come_back": Spec(forms.ComeBackForm, _come_back, _("Ours again: choose its nature")),
    "new_facts": Spec(forms.NewFactsForm, _new_facts, _("New facts recorded")),
    "split": Spec(forms.SplitForm, _split, _("Two complaints now")),
}
