"""Improvements: the list, one of them with its effect, and its steps."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from django.core.paginator import Paginator
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext

from complaints.actions import improvements
from complaints.forms import improvements as forms
from complaints.improving import Status
from complaints.models import Complaint, Improvement
from crm_site import policy
from crm_site.errors import NotAllowed, RuleBroken, Stale, Text
from crm_site.request import StaffRequest
from crm_site.shell import toast
from crm_site.views import errors
from customers.views.once import once, put

PER_PAGE, MOST = 25, 1000


@dataclass(frozen=True, slots=True)
class Step:
    """One step: its words, icon, form, verb, and the fields the verb takes."""

    label: Text
    icon: str
    form: type[forms.ImprovementStep]
    act: Callable[..., Improvement]
    takes: tuple[str, ...] = ()


STEPS: dict[str, Step] = {
    "approve": Step(
        _("Approve"), "check2", forms.ApproveForm, improvements.approve, ("owner", "due_on", "change", "department")
    ),
    "start": Step(_("Begin"), "play-circle", forms.ImprovementStep, improvements.start),
    "finish": Step(_("It is in effect"), "check2-circle", forms.FinishForm, improvements.finish, ("done_on",)),
    "verify": Step(_("Check its effect"), "graph-down-arrow", forms.ImprovementStep, improvements.verify),
    "again": Step(_("Take it up again"), "arrow-counterclockwise", forms.ReasonForm, improvements.again, ("reason",)),
    "reject": Step(_("Turn down"), "x-circle", forms.ReasonForm, improvements.reject, ("reason",)),
}


def index(request: StaffRequest) -> HttpResponse:
    """What is proposed, under way and shown to help; by status."""
    rows = Improvement.objects.visible_to(request.user).select_related("owner", "product", "department", "promise")
    status = request.GET.get("status", "")
    shown = rows.filter(status=status) if status in Status.values else rows.open() if status != "all" else rows
    pages = Paginator(shown[:MOST], PER_PAGE)
    context = {
        "page_obj": pages.get_page(request.GET.get("page")),
        "views": _views(status),
        "may_propose": policy.may(request.user, "complaints:improvement_new"),
    }
    return render(request, "complaints/improvement_list.html", context)


def _views(status: str) -> list[dict[str, Any]]:
    known = [("", pgettext("improvement", "Open")), *Status.choices, ("all", _("All"))]
    return [{"label": label, "url": f"?status={code}", "n": None, "current": code == status} for code, label in known]


def find(request: StaffRequest, number: str) -> Improvement:
    """The improvement, where this person may see it; else 404."""
    rows = Improvement.objects.visible_to(request.user).select_related(
        "owner", "product", "department", "promise", "proposed_by", "approved_by", "verified_by"
    )
    return get_object_or_404(rows, number=number)


def detail(request: StaffRequest, number: str) -> HttpResponse:
    """One improvement: what is changed, by whom, the complaints behind it, and whether it helped."""
    improvement = find(request, number)
    measured = improvements.effect(improvement)
    seen = Complaint.objects.visible_to(request.user).filter(improvements=improvement)
    context = {
        "improvement": improvement,
        "steps": [
            {"label": step.label, "icon": step.icon, "url": reverse("complaints:improvement_step", args=[number, verb])}
            for verb, step in STEPS.items()
            if improvements.may(verb, improvement, request.user)
        ],
        "effect": measured,
        "counts": measured.counts() if measured else None,
        "matters": list(seen.order_by("-received_at")[:PER_PAGE]),
        "linked": improvement.complaints.count(),
    }
    return render(request, "complaints/improvement_detail.html", context)


def new(request: StaffRequest) -> HttpResponse:
    """Propose one; from a complaint it takes cause and product along."""
    form = forms.ProposeImprovementForm(request.POST or None, initial=_from_complaint(request))
    if request.method == "POST" and form.is_valid():
        try:
            return redirect(once(request.user, form, "improvement", lambda: _propose(request, form.cleaned_data)))
        except RuleBroken as broken:
            put(form, broken)
    back = reverse("complaints:improvements")
    context = {"form": form, "title": _("Propose an improvement"), "back_url": back, "back_label": _("Improvements")}
    return render(request, "complaints/improvement_step.html", context, status=422 if form.errors else 200)


def _visible(request: StaffRequest, number: str) -> Complaint | None:
    return Complaint.objects.visible_to(request.user).filter(number=number).first() if number else None


def _from_complaint(request: StaffRequest) -> dict[str, Any]:
    complaint = _visible(request, request.GET.get("complaint", ""))
    if complaint is None:
        return {}
    return {
        "complaint": complaint.number,
        "cause": complaint.cause,
        "product": complaint.product_id,
        "department": complaint.responsible_id,
    }


def _propose(request: StaffRequest, data: dict[str, Any]) -> str:
    complaint = _visible(request, data["complaint"].strip())
    if data["complaint"].strip() and complaint is None:
        raise RuleBroken("improvement.complaint", _("There is no complaint of this number."), field="complaint")
    fields = {name: data[name] for name in ("title", "cause", "change", "product", "department")}
    idea = improvements.Idea(complaints=(complaint,) if complaint else (), **fields)
    made = improvements.propose(by=request.user, idea=idea)
    toast(request, str(_("Proposed")))
    return reverse("complaints:improvement", args=[made.number])


def step(request: StaffRequest, number: str, verb: str) -> HttpResponse:
    """The page of one step. 403 and 409 when it is not open."""
    improvement, asked = find(request, number), STEPS.get(verb)
    if asked is None:
        raise Http404
    try:
        improvements.require(verb, improvement, request.user, reason="asked later")
    except RuleBroken as broken:
        return _shut(request, broken)
    form = asked.form(request.POST or None, improvement=improvement)
    done = _take(request, asked, improvement, form) if request.method == "POST" and form.is_valid() else None
    if done is not None:
        return done
    back = reverse("complaints:improvement", args=[number])
    context = {"form": form, "title": asked.label, "improvement": improvement, "back_url": back, "back_label": number}
    return render(request, "complaints/improvement_step.html", context, status=422 if form.errors else 200)


def _shut(request: StaffRequest, broken: RuleBroken) -> HttpResponse:
    if isinstance(broken, NotAllowed):
        return errors.not_allowed(request, broken)
    response = errors.refused(request, broken)
    response.status_code = 409
    return response


def _take(
    request: StaffRequest, asked: Step, improvement: Improvement, form: forms.ImprovementStep
) -> HttpResponse | None:
    data = form.cleaned_data
    given = {name: data[name] for name in asked.takes}
    try:
        asked.act(by=request.user, improvement=improvement, version=data["version"], **given)
    except Stale as stale:
        return errors.conflict(request, stale)
    except RuleBroken as broken:
        put(form, broken)
        return None
    toast(request, str(_("Recorded")))
    return redirect("complaints:improvement", number=improvement.number)
