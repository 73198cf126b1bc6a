"""A review of the result: asked for, and decided."""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _

from complaints.actions import resolution
from complaints.forms.steps import reviewing as forms
from complaints.forms.steps.base import StepForm
from complaints.models import Complaint
from complaints.sla import Level
from complaints.views.acts.spec import Data, Spec
from crm_site.models import User


def _ask(by: User, complaint: Complaint, data: Data, form: StepForm) -> Complaint:
    given = {name: data[name] for name in ("version", "said", "channel", "received_at")}
    return resolution.ask_review(by=by, complaint=complaint, **given)


def _confirm(by: User, complaint: Complaint, data: Data, form: StepForm) -> Complaint:
    told = {name: data[name] for name in ("version", "channel", "content", "routes_told")}
    return resolution.confirm_result(by=by, complaint=complaint, written=bool(data.get("written")), **told)


def _grant(by: User, complaint: Complaint, data: Data, form: StepForm) -> Complaint:
    return resolution.grant_review(
        by=by,
        complaint=complaint,
        version=data["version"],
        reason=data["reason"],
        level=Level(data["level"]) if data.get("level") else None,
        written=bool(data.get("written")),
    )


SPECS: dict[str, Spec] = {
    "ask_review": Spec(forms.AskReviewForm, _ask, _("The review is asked for")),
    "confirm_result": Spec(forms.ConfirmForm, _confirm, _("The result is confirmed")),
    "grant_review": Spec(forms.GrantForm, _grant, _("Another round is open")),
}
