"""The result told, the customer asked, the matter ended or opened again."""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _

from complaints import heard
from complaints.actions import resolution
from complaints.actions.resolution import Asked, Solution, Told, ending
from complaints.forms import choices
from complaints.forms.steps import answering as forms
from complaints.forms.steps.base import StepForm
from complaints.models import Complaint, Payment, Round
from complaints.sla import Level
from complaints.views.acts.spec import Data, Spec
from crm_site.models import User


def _asked(data: Data, *, channel: str) -> Asked:
    mark, accepted = data.get("satisfaction"), data.get("accepted")
    return Asked(
        channel=channel,
        reached=data.get("reached", "1") == "1",
        satisfaction=int(mark) if mark else None,
        accepted={"1": True, "0": False}.get(accepted or ""),
        comment=data.get("comment", ""),
        at=data.get("at"),
    )


def _told(data: Data, *, decision: str = "") -> Told:
    return Told(
        channel=data["channel"],
        content=data["content"],
        decision=data.get("decision") or decision,
        at=data.get("at"),
        reached=data.get("reached", "1") == "1",
        served=data.get("reached") == "served",
        redress_fen=choices.fen(data.get("redress")),
        routes_told=bool(data.get("routes_told")),
        written=bool(data.get("written")),
        to_customer=bool(data.get("to_customer")),
    )


def _ending(complaint: Complaint, user: User) -> Data:
    labels = dict(Round.Outcome.choices)
    return {
        "outcomes": [(code, labels[code]) for code in ending.outcomes(complaint, user)],
        "unpaid": Payment.objects.owed(complaint).select_related("follow_up__owner"),
    }


def _resolve(by: User, complaint: Complaint, data: Data, form: StepForm) -> Complaint:
    solution = Solution(cause=data["cause"], told=_told(data), asked=_asked(data, channel=data["channel"]))
    return resolution.resolve(by=by, complaint=complaint, version=data["version"], solution=solution)


def _feed_back(by: User, complaint: Complaint, data: Data, form: StepForm) -> Complaint:
    inquiry = complaint.nature == Complaint.Nature.INQUIRY
    told = _told(data, decision="ANSWERED" if inquiry else "")
    return resolution.feed_back(
        by=by,
        complaint=complaint,
        version=data["version"],
        told=told,
        close_as=told.decision if data.get("close_now") else "",
        reason=data.get("reason", ""),
    )


def _satisfaction(by: User, complaint: Complaint, data: Data, form: StepForm) -> Complaint:
    return resolution.record_satisfaction(
        by=by, complaint=complaint, version=data["version"], asked=_asked(data, channel=data["channel"])
    )


def _close(by: User, complaint: Complaint, data: Data, form: StepForm) -> Complaint:
    return resolution.close(
        by=by,
        complaint=complaint,
        version=data["version"],
        outcome=data["outcome"],
        cause=data.get("cause", ""),
        position_final=bool(data.get("position_final")),
        routes_told=bool(data.get("routes_told")),
        written=bool(data.get("written")),
    )


def _reopen(by: User, complaint: Complaint, data: Data, form: StepForm) -> Complaint:
    return resolution.reopen(
        by=by,
        complaint=complaint,
        version=data["version"],
        reason=data["reason"],
        received_at=data["received_at"],
        new_facts=data["new_facts"],
        level=Level(data["level"]) if data.get("level") else None,
        channel=data["channel"],
        written=bool(data.get("written")),
    )


def _said_online(complaint: Complaint, user: User) -> Data:
    """What the complainant wrote on the public page, and when, stands in the form already."""
    said = heard.unsatisfied(complaint)
    return {"initial": {"reason": said.summary[:1000], "channel": said.channel, "received_at": said.at}} if said else {}


def _withdraw(by: User, complaint: Complaint, data: Data, form: StepForm) -> Complaint:
    return resolution.withdraw(
        by=by,
        complaint=complaint,
        version=data["version"],
        reason=data["reason"],
        evidence=data["evidence"],
        read_back=data["read_back"],
    )


SPECS: dict[str, Spec] = {
    "resolve": Spec(forms.ResolveForm, _resolve, _("Solution recorded")),
    "feed_back": Spec(forms.FeedBackForm, _feed_back, _("Feedback recorded")),
    "satisfaction": Spec(forms.SatisfactionForm, _satisfaction, _("Answer recorded")),
    "close": Spec(forms.CloseForm, _close, _("Closed"), "complaints/complaint_close.html", _ending),
    "reopen": Spec(forms.ReopenForm, _reopen, _("Another round is open"), asks=_said_online),
    "withdraw": Spec(forms.WithdrawForm, _withdraw, _("Withdrawal recorded")),
}
