"""Summaries: the list, one of them with its figures, and the department's answer."""

from __future__ import annotations

from itertools import groupby
from typing import Any

from django.core.paginator import Paginator
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext_lazy as _

from complaints import figures, reporting
from complaints.actions import summaries
from complaints.forms.summaries import AcknowledgeForm
from complaints.models import Complaint, Feedback, SummaryReport
from complaints.reporting.lines import SECTIONS
from crm_site import bank_day
from crm_site.errors import RuleBroken, Stale
from crm_site.request import StaffRequest
from crm_site.roles import Role
from crm_site.shell import toast
from crm_site.views import errors
from customers.views.once import put

PER_PAGE, MOST = 25, 1000


def index(request: StaffRequest) -> HttpResponse:
    """What departments were told, newest first; those that wait for an answer first in a view of their own."""
    rows = SummaryReport.objects.visible_to(request.user).defer("lines", "cases")
    rows = rows.select_related("department", "promise", "acknowledged_by")
    view = request.GET.get("view", "")
    shown = rows if view == "all" else rows.waiting()
    tabs = (("", _("Waiting for an answer")), ("all", _("All")))
    views = [{"label": label, "url": f"?view={code}", "n": None, "current": code == view} for code, label in tabs]
    page = Paginator(shown[:MOST], PER_PAGE).get_page(request.GET.get("page"))
    return render(request, "complaints/summary_list.html", {"page_obj": page, "views": views})


def find(request: StaffRequest, number: str) -> SummaryReport:
    """The summary, where this person may see it; else 404."""
    rows = SummaryReport.objects.visible_to(request.user).select_related("department__head", "promise")
    return get_object_or_404(rows, number=number)


def detail(request: StaffRequest, number: str) -> HttpResponse:
    """The figures as they were issued, and the answer."""
    return _page(request, find(request, number), AcknowledgeForm())


def _page(request: StaffRequest, summary: SummaryReport, form: AcknowledgeForm) -> HttpResponse:
    wide = request.user.has_role(Role.SUPERVISOR, Role.AUDITOR)
    context = {
        "summary": summary,
        "sections": [
            {"label": SECTIONS.get(section, section), "lines": [_line(summary, line, wide) for line in lines]}
            for section, lines in groupby(summary.lines, key=lambda line: line["section"])
        ],
        "cases": [_case(case) for case in summary.cases],
        "intact": reporting.content_hash([*summary.lines, *summary.cases]) == summary.content_hash,
        "form": form if summaries.may_acknowledge(summary, request.user) else None,
    }
    return render(request, "complaints/summary_detail.html", context, status=422 if form.errors else 200)


def _line(summary: SummaryReport, line: dict[str, Any], wide: bool) -> dict[str, Any]:
    """Who sees every complaint finds the list behind a number."""
    end = bank_day.ends(summary.last)
    period = figures.Period(summary.first, summary.last, end, live=False)
    only = {**summaries.narrowing(summary.department), **line["only"]}
    links = {
        part: figures.Asked(line[name], period, only).url if wide and line[name] else ""
        for part, name in (("n_url", "figure"), ("of_url", "of_figure"))
    }
    return {"label": reporting.label(line), "value": reporting.shown(line), "n": line["n"], "of": line["of"], **links}


def _case(case: dict[str, Any]) -> dict[str, Any]:
    decisions = dict(Feedback.Decision.choices)
    return {
        "subject": case["subject"],
        "level": case["level"],
        "cause": Complaint.Cause(case["cause"]).label if case["cause"] else "",
        "decision": decisions.get(case["decision"], ""),
    }


def acknowledge(request: StaffRequest, number: str) -> HttpResponse:
    """The department's answer."""
    summary, form = find(request, number), AcknowledgeForm(request.POST)
    if not form.is_valid():
        return _page(request, summary, form)
    try:
        summaries.acknowledge(by=request.user, summary=summary, actions=form.cleaned_data["actions"])
    except Stale as stale:
        return errors.conflict(request, stale)
    except RuleBroken as broken:
        if broken.status == 403:
            raise
        put(form, broken)
        return _page(request, summary, form)
    toast(request, str(_("Acknowledged")))
    return redirect("complaints:summary", number=number)
