"""The rules of the classifications: which are in force, drafts, what a simulation found, and who decides."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django.core.paginator import Paginator
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from analytics import class_move_text, limit_words, rfm
from analytics import class_rule_book as book
from analytics.actions import class_rules, simulating
from analytics.forms.class_rules import RulesForm, SendBackForm
from analytics.forms.rfm_rules import RfmRulesForm
from analytics.models import ClassRules
from analytics.views import rule_steps
from crm_site.errors import RuleBroken
from crm_site.models import User
from crm_site.request import StaffRequest
from crm_site.shell import toast
from customers.views.once import once, put

PER_PAGE = 50
DIMENSIONS = (*book.NIGHTLY, "RFM")
State = ClassRules.State
_VERBS: dict[str, Callable[..., ClassRules]] = {
    "submit": class_rules.submit,
    "approve": class_rules.approve,
    "activate": class_rules.activate,
    "retire": class_rules.retire,
}
_SAID = {
    "submit": gettext_lazy("Submitted: a supervisor decides"),
    "approve": gettext_lazy("Approved"),
    "activate": gettext_lazy("In force from the next night"),
    "retire": gettext_lazy("Given up"),
    "send_back": gettext_lazy("Sent back to its author"),
}


def page(request: StaffRequest) -> HttpResponse:
    """Each classification with the version in force, and the versions that wait for somebody."""
    rows = ClassRules.objects.select_related("author", "approver")
    active = {row.dimension: row for row in rows.filter(state=State.ACTIVE)}
    shown = Paginator(rows.order_by("-pk"), PER_PAGE).get_page(request.GET.get("page"))
    dimensions = [
        {"code": code, "label": ClassRules.Dimension(code).label, "active": active.get(code)} for code in DIMENSIONS
    ]
    return render(request, "analytics/class_rules_list.html", {"dimensions": dimensions, "page_obj": shown})


def new(request: StaffRequest, dimension: str) -> HttpResponse:
    """A draft that starts from the rules in force."""
    _known(dimension)
    before = class_rules.in_force_row(dimension)
    form = _rules_form(dimension, request.POST or None, content=before.rules if before else None)
    return _form(request, form, dimension, None)


def edit(request: StaffRequest, dimension: str, version: int) -> HttpResponse:
    """A draft written anew."""
    row = _find(dimension, version)
    form = _rules_form(dimension, request.POST or None, content=row.rules, initial={"note": row.note})
    return _form(request, form, dimension, row)


def _rules_form(dimension: str, *args: Any, **kwargs: Any) -> RulesForm | RfmRulesForm:
    return RfmRulesForm(*args, **kwargs) if dimension == "RFM" else RulesForm(dimension, *args, **kwargs)


def _form(
    request: StaffRequest, form: RulesForm | RfmRulesForm, dimension: str, row: ClassRules | None
) -> HttpResponse:
    if request.method == "POST" and form.is_valid():
        try:
            return redirect(once(request.user, form, "class_rules", lambda: _written(request.user, form, row)))
        except RuleBroken as broken:
            put(form, broken)
    title = _("New version of the rules") if row is None else _("Change the draft")
    context = {"form": form, "title": title, "label": ClassRules.Dimension(dimension).label, "row": row}
    template = "analytics/rfm_rules_form.html" if dimension == "RFM" else "analytics/class_rules_form.html"
    return render(request, template, context, status=422 if form.errors else 200)


def _written(by: User, form: RulesForm | RfmRulesForm, row: ClassRules | None) -> str:
    data, note = form.data_of_rules(), form.cleaned_data["note"]
    if row is None:
        row = class_rules.draft(by=by, dimension=form.dimension, data=data, note=note)
    else:
        row = class_rules.revise(by=by, row=row, data=data, note=note)
    return address(row)


def detail(request: StaffRequest, dimension: str, version: int) -> HttpResponse:
    """The rules beside those in force, what the simulation found, and the steps that are possible."""
    return render(request, "analytics/class_rules.html", _context(request, _find(dimension, version), SendBackForm()))


def step(request: StaffRequest, dimension: str, version: int) -> HttpResponse:
    """One step of a version; a refusal says why on a page of its own."""
    row, act = _find(dimension, version), request.POST.get("act", "")
    if act == "send_back":
        return _sent_back(request, row)
    if act != "simulate" and act not in _VERBS:
        raise Http404
    if act == "simulate":
        toast(request, _simulated(request.user, row))
    else:
        _VERBS[act](by=request.user, row=row)
        toast(request, str(_SAID[act]))
    return redirect(address(row))


def _sent_back(request: StaffRequest, row: ClassRules) -> HttpResponse:
    form = SendBackForm(request.POST)
    if not form.is_valid():
        return render(request, "analytics/class_rules.html", _context(request, row, form), status=422)
    class_rules.send_back(by=request.user, row=row, reason=form.cleaned_data["reason"])
    toast(request, str(_SAID["send_back"]))
    return redirect(address(row))


def _simulated(by: User, row: ClassRules) -> str:
    done = simulating.simulate_or_ask(by=by, row=row)
    return _("The simulation runs by itself; look again in a few minutes") if done.asked_at else _("Simulated")


def address(row: ClassRules) -> str:
    """The page of a version."""
    return reverse("analytics:class_rules", args=[row.dimension, row.version])


def _known(dimension: str) -> None:
    if dimension not in DIMENSIONS:
        raise Http404


def _find(dimension: str, version: int) -> ClassRules:
    _known(dimension)
    rows = ClassRules.objects.select_related("author", "approver")
    return get_object_or_404(rows, dimension=dimension, version=version)


def _context(request: StaffRequest, row: ClassRules, form: SendBackForm) -> dict[str, Any]:
    active = class_rules.in_force_row(row.dimension)
    against = active if active and active.pk != row.pk else None
    return {
        "row": row,
        "form": form,
        "against": against,
        "lines": list(limit_words.lines(row.dimension, row.rules, against.rules if against else None)),
        "found": _found(row),
        "may": _steps(row, request.user),
    }


def _steps(row: ClassRules, user: User) -> dict[str, bool]:
    """What this person may do with this version now; the verbs ask again."""
    may = rule_steps.steps(row, user)
    return may | {"simulate": rule_steps.is_drafted(row) and rule_steps.writes(user)}


def _label(row: ClassRules, code: str) -> str:
    if row.dimension == "RFM":
        return _("bought nothing") if code == "NONE" else rfm.label(row.rules, code)
    return class_move_text.class_label(row.dimension, code)


def _found(row: ClassRules) -> dict[str, Any] | None:
    """What the simulation found, in words."""
    found = row.simulation
    if not found or "matrix" not in found:
        return None
    labels = [_label(row, code) for code in found["classes"]]
    matrix = [
        {"label": label, "cells": [{"n": n, "same": at == number} for at, n in enumerate(line)], "all": sum(line)}
        for number, (label, line) in enumerate(zip(labels, found["matrix"], strict=True))
    ]
    top = [
        {
            "customer": mover["customer"],
            "was": _label(row, mover["was"]),
            "became": _label(row, mover["became"]),
            "why": _(", ").join(class_move_text.reason(row.dimension, mover["became"], mover["figures"], row.rules)),
        }
        for mover in found["top"]
    ]
    sums = [sum(line[number] for line in found["matrix"]) for number in range(len(labels))]
    return {**found, "labels": labels, "rows": matrix, "sums": sums, "top": top}
