"""One page a step: what is asked, the verb, back to the complaint. A refusal keeps what was typed."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.translation import gettext_lazy as _

from complaints import next_steps
from complaints.actions import assessment, gate, handling, intake, pauses, resolution
from complaints.actions.assessment import Judgement
from complaints.actions.intake import Referral
from complaints.actions.resolution import Asked, Solution, Told, ending
from complaints.forms import choices, steps
from complaints.models import Complaint, Pause, Round
from complaints.sla import Level
from complaints.views import preview
from complaints.views.finding import find
from crm_site.errors import NotAllowed, RuleBroken, Stale, Text
from crm_site.models import User
from crm_site.request import StaffRequest
from crm_site.shell import toast
from crm_site.views import errors

Data = dict[str, Any]


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
    )


def _assess(by: User, complaint: Complaint, data: Data, form: steps.StepForm) -> Complaint:
    assert isinstance(form, steps.AssessForm)  # noqa: S101 - the table below pairs them
    judgement = Judgement(
        factors=form.factors(),
        level=Level(data["level"]),
        cause=data["cause"],
        core_issue=data["core_issue"],
        desired_outcome=data["desired_outcome"],
        deviation_reason=data["deviation_reason"],
    )
    return assessment.assess(by=by, complaint=complaint, version=data["version"], judgement=judgement)


def _classify(by: User, complaint: Complaint, data: Data, form: steps.StepForm) -> Complaint:
    return intake.classify(
        by=by, complaint=complaint, version=data["version"], nature=data["nature"], reason=data.get("reason", "")
    )


def _resolve(by: User, complaint: Complaint, data: Data, form: steps.StepForm) -> Complaint:
    solution = Solution(cause=data["cause"], told=_told(data), asked=_asked(data, channel=data["channel"]))
    return resolution.resolve(by=by, complaint=complaint, version=data["version"], solution=solution)


def _start_work(by: User, complaint: Complaint, data: Data, form: steps.StepForm) -> Complaint:
    return handling.start_work(
        by=by,
        complaint=complaint,
        version=data["version"],
        plan=data["plan"],
        departments=list(data["departments"]),
        owner=by,
    )


def _progress(by: User, complaint: Complaint, data: Data, form: steps.StepForm) -> Complaint:
    return handling.tell_progress(
        by=by,
        complaint=complaint,
        version=data["version"],
        channel=data["channel"],
        summary=data["words"],
        at=data["at"],
    )


def _feed_back(by: User, complaint: Complaint, data: Data, form: steps.StepForm) -> Complaint:
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


def _satisfaction(by: User, complaint: Complaint, data: Data, form: steps.StepForm) -> Complaint:
    return resolution.record_satisfaction(
        by=by, complaint=complaint, version=data["version"], asked=_asked(data, channel=data["channel"])
    )


def _close(by: User, complaint: Complaint, data: Data, form: steps.StepForm) -> Complaint:
    return resolution.close(
        by=by,
        complaint=complaint,
        version=data["version"],
        outcome=data["outcome"],
        cause=data.get("cause", ""),
        position_final=bool(data.get("position_final")),
        routes_told=bool(data.get("routes_told")),
    )


def _reopen(by: User, complaint: Complaint, data: Data, form: steps.StepForm) -> Complaint:
    return resolution.reopen(
        by=by,
        complaint=complaint,
        version=data["version"],
        reason=data["reason"],
        received_at=data["received_at"],
        new_facts=data["new_facts"],
        level=Level(data["level"]) if data.get("level") else None,
        channel=data["channel"],
    )


def _refer_out(by: User, complaint: Complaint, data: Data, form: steps.StepForm) -> Complaint:
    referral = Referral(target=data["target"], told_how=data["told_how"], reason=data["reason"])
    return intake.refer_out(by=by, complaint=complaint, version=data["version"], referral=referral)


def _change_level(by: User, complaint: Complaint, data: Data, form: steps.StepForm) -> Complaint:
    return assessment.change_level(
        by=by,
        complaint=complaint,
        version=data["version"],
        level=Level(data["level"]),
        reason=data["reason"],
    )


def _withdraw(by: User, complaint: Complaint, data: Data, form: steps.StepForm) -> Complaint:
    return resolution.withdraw(
        by=by,
        complaint=complaint,
        version=data["version"],
        reason=data["reason"],
        evidence=data["evidence"],
        read_back=data["read_back"],
    )


def _pause(by: User, complaint: Complaint, data: Data, form: steps.StepForm) -> Complaint:
    told = {name: data[name] for name in ("why", "until", "channel", "told", "reason")}
    return pauses.pause(by=by, complaint=complaint, version=data["version"], **told)


def _sign_pause(by: User, complaint: Complaint, data: Data, form: steps.StepForm) -> Complaint:
    return pauses.sign(by=by, complaint=complaint, version=data["version"])


def _resume(by: User, complaint: Complaint, data: Data, form: steps.StepForm) -> Complaint:
    return pauses.resume(by=by, complaint=complaint, version=data["version"], because=data["because"])


@dataclass(frozen=True, slots=True)
class Spec:
    """A step's form, verb, and what is said when it is done."""

    form: type[steps.StepForm]
    act: Callable[[User, Complaint, Data, steps.StepForm], Complaint]
    done: Text
    template: str = "complaints/complaint_step.html"


SPECS: dict[str, Spec] = {
    "classify": Spec(steps.ClassifyForm, _classify, _("Nature recorded")),
    "assess": Spec(steps.AssessForm, _assess, _("Assessed"), "complaints/complaint_assess.html"),
    "resolve": Spec(steps.ResolveForm, _resolve, _("Solution recorded")),
    "start_work": Spec(steps.StartWorkForm, _start_work, _("Work has started")),
    "progress": Spec(steps.ProgressForm, _progress, _("Recorded what the customer was told")),
    "feed_back": Spec(steps.FeedBackForm, _feed_back, _("Feedback recorded")),
    "satisfaction": Spec(steps.SatisfactionForm, _satisfaction, _("Answer recorded")),
    "close": Spec(steps.CloseForm, _close, _("Closed")),
    "reopen": Spec(steps.ReopenForm, _reopen, _("Another round is open")),
    "refer_out": Spec(steps.ReferOutForm, _refer_out, _("Referred on")),
    "change_level": Spec(steps.ChangeLevelForm, _change_level, _("Level changed")),
    "pause": Spec(steps.PauseForm, _pause, _("The clock stands still")),
    "sign_pause": Spec(steps.SignPauseForm, _sign_pause, _("The pause is signed")),
    "resume": Spec(steps.ResumeForm, _resume, _("The clock runs again")),
    "withdraw": Spec(steps.WithdrawForm, _withdraw, _("Withdrawal recorded")),
}


def step(request: StaffRequest, number: str, verb: str) -> HttpResponse:
    """The page of one step: GET shows what it asks, POST takes it. 403 and 409 when it is not open to this person."""
    complaint, spec = find(request, number), SPECS[verb]
    try:
        gate.require(verb, complaint, request.user, reason="asked later")
    except RuleBroken as broken:
        return _shut(request, broken)
    form = _form(spec, request, complaint, verb)
    done = _take(spec, request, complaint, form) if request.method == "POST" and form.is_valid() else None
    if done is not None:
        return done
    return render(request, spec.template, _context(complaint, form, verb), status=422 if form.errors else 200)


def _take(spec: Spec, request: StaffRequest, complaint: Complaint, form: steps.StepForm) -> HttpResponse | None:
    """The step taken, or both versions when somebody was quicker; None when the form has to say what is wrong."""
    try:
        spec.act(request.user, complaint, form.cleaned_data, form)
    except Stale as stale:
        stale.yours |= form.typed()
        return errors.conflict(request, stale)
    except RuleBroken as broken:
        _put(form, broken)
        return None
    toast(request, str(spec.done))
    return redirect("complaints:detail", number=complaint.number)


def _shut(request: StaffRequest, broken: RuleBroken) -> HttpResponse:
    """The step is not open: not to this person (403), or not any more (409)."""
    if isinstance(broken, NotAllowed):
        return errors.not_allowed(request, broken)
    response = errors.refused(request, broken)
    response.status_code = 409
    return response


def _form(spec: Spec, request: StaffRequest, complaint: Complaint, verb: str) -> steps.StepForm:
    extra: Data = {}
    if verb == "close":
        labels = dict(Round.Outcome.choices)
        extra["outcomes"] = [(code, labels[code]) for code in ending.outcomes(complaint, request.user)]
    if verb == "pause":  # the longest time is proposed
        extra["initial"] = {"until": pauses.latest_day(complaint.round, Pause.Reason.WAITING_CUSTOMER)}
    return spec.form(request.POST or None, complaint=complaint, user=request.user, **extra)


def _put(form: steps.StepForm, broken: RuleBroken) -> None:
    """A rule the verb found broken, beside the field it is about."""
    form.add_error(broken.field if broken.field in form.fields else None, str(broken))


def _context(complaint: Complaint, form: steps.StepForm, verb: str) -> Data:
    label, icon = next_steps.words_of(verb, complaint)
    return {
        "complaint": complaint,
        "form": form,
        "verb": verb,
        "title": label,
        "icon": icon,
        "fields": [
            {"field": bound, "hints": form.cards.get(bound.name), "levels": bound.name == "level"}
            for bound in form.visible_fields()
        ],
        "hints": choices.LEVEL_HINTS,
        "clock": preview.leading_face(complaint),
    }


def claim(request: StaffRequest, number: str) -> HttpResponse:
    """Take what nobody owns; back to the list it was taken from, or to the complaint."""
    complaint = find(request, number)
    handling.claim(by=request.user, complaint=complaint)
    toast(request, str(_("%(number)s is yours") % {"number": number}))
    back = request.POST.get("next", "")
    if url_has_allowed_host_and_scheme(back, {request.get_host()}, request.is_secure()):
        return redirect(back)
    return redirect(reverse("complaints:detail", args=[number]))
