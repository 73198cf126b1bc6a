"""Models for suggestions: which speak, what each showed on rows it never saw, and who decides (domain R9.12)."""

from __future__ import annotations

from collections.abc import Callable

from django.core.paginator import Paginator
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext_lazy

from analytics.actions import suggestion_models
from analytics.forms.class_rules import SendBackForm
from analytics.forms.suggestions import AskTrainingForm
from analytics.models import SuggestionModel
from analytics.suggestion_results import results_of
from analytics.suggestions import training
from analytics.views import rule_steps
from crm_site.errors import RuleBroken
from crm_site.models import User
from crm_site.request import StaffRequest
from crm_site.shell import toast
from customers.views.once import once, put

PER_PAGE = 50
State = SuggestionModel.State
_VERBS: dict[str, Callable[..., SuggestionModel]] = {
    "train": suggestion_models.ask_again,
    "submit": suggestion_models.submit,
    "approve": suggestion_models.approve,
    "activate": suggestion_models.activate,
    "retire": suggestion_models.retire,
}
_SAID = {
    "train": gettext_lazy("A worker trains it; look again in a few minutes"),
    "submit": gettext_lazy("Submitted: a supervisor decides"),
    "approve": gettext_lazy("Approved"),
    "activate": gettext_lazy("In force"),
    "retire": gettext_lazy("Given up"),
    "send_back": gettext_lazy("Sent back to its author"),
}


def index(request: StaffRequest) -> HttpResponse:
    """Each kind with the version that speaks, or the rule that does; and every version."""
    return _index(request, AskTrainingForm())


def new(request: StaffRequest) -> HttpResponse:
    """Ask for a version."""
    form = AskTrainingForm(request.POST)
    if form.is_valid():
        try:
            return redirect(once(request.user, form, "suggestion_models", lambda: _asked(request.user, form)))
        except RuleBroken as broken:
            put(form, broken)
    return _index(request, form, status=422)


def _asked(by: User, form: AskTrainingForm) -> str:
    kind, note = form.cleaned_data["kind"], form.cleaned_data["note"]
    return address(suggestion_models.ask(by=by, kind=kind, note=note))


def _index(request: StaffRequest, form: AskTrainingForm, *, status: int = 200) -> HttpResponse:
    rows = SuggestionModel.objects.select_related("author", "approver").defer("learnt", "simulation")
    active = {row.kind: row for row in rows.filter(state=State.ACTIVE)}
    kinds = [{"label": label, "active": active.get(code)} for code, label in SuggestionModel.Kind.choices]
    shown = Paginator(rows.order_by("-pk"), PER_PAGE).get_page(request.GET.get("page"))
    context = {"kinds": kinds, "page_obj": shown, "form": form, "extra": training.available()}
    return render(request, "analytics/suggestion_model_list.html", context, status=status)


def detail(request: StaffRequest, kind: str, version: int) -> HttpResponse:
    """What it showed on the rows held out, and the steps that are possible."""
    return _detail(request, _find(kind, version), SendBackForm())


def step(request: StaffRequest, kind: str, version: int) -> HttpResponse:
    """One step of a version; a refusal says why on a page of its own."""
    row, act = _find(kind, version), request.POST.get("act", "")
    if act == "send_back":
        return _sent_back(request, row)
    if act not in _VERBS:
        raise Http404
    _VERBS[act](by=request.user, row=row)
    toast(request, str(_SAID[act]))
    return redirect(address(row))


def _sent_back(request: StaffRequest, row: SuggestionModel) -> HttpResponse:
    form = SendBackForm(request.POST)
    if not form.is_valid():
        return _detail(request, row, form, status=422)
    suggestion_models.send_back(by=request.user, row=row, reason=form.cleaned_data["reason"])
    toast(request, str(_SAID["send_back"]))
    return redirect(address(row))


def _detail(request: StaffRequest, row: SuggestionModel, form: SendBackForm, *, status: int = 200) -> HttpResponse:
    context = {"row": row, "form": form, "targets": results_of(row), "may": _steps(row, request.user)}
    context |= {"found": row.simulation, "extra": training.available()}
    return render(request, "analytics/suggestion_model.html", context, status=status)


def address(row: SuggestionModel) -> str:
    """The page of a version."""
    return reverse("analytics:suggestion_model", args=[row.kind, row.version])


def _find(kind: str, version: int) -> SuggestionModel:
    rows = SuggestionModel.objects.select_related("author", "approver").defer("learnt")
    return get_object_or_404(rows, kind=kind, version=version)


def _steps(row: SuggestionModel, user: User) -> dict[str, bool]:
    """What this person may do with this version now; the verbs ask again."""
    may = rule_steps.steps(row, user)
    kept = any(not one["refused"] for one in row.targets.values())
    return may | {"train": may["edit"] and row.asked_at is None, "submit": may["submit"] and kept}
