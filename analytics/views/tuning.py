"""Versions of the value score: the list, one of them, what it would do, how it would have done, and its steps."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any

from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext, pgettext_lazy
from django.utils.translation import gettext_lazy as _

from analytics import ahp
from analytics.actions import simulating, tuning
from analytics.forms import tuning as forms
from analytics.model_wording import changes_in_words
from analytics.models import RuleState, ScoringModel
from analytics.scoring_model import INDICATORS, ScoreModel, from_json
from analytics.tuning_results import backtest_of, what_if_of
from analytics.wording import INDICATOR_LABELS
from crm_site.errors import NotAllowed, RuleBroken, Stale, Text
from crm_site.models import User
from crm_site.request import StaffRequest
from crm_site.roles import Role
from crm_site.shell import toast
from crm_site.views import errors
from customers.views.once import once, put

State = RuleState


@dataclass(frozen=True, slots=True)
class Step:
    """One step: its words, icon, form, verb, from which states, and who is offered it."""

    label: Text
    icon: str
    act: Callable[..., ScoringModel]
    states: frozenset[RuleState]
    form: type[forms.SeenForm] = forms.SeenForm
    of_author: bool | None = None  # True: only the author; False: only another supervisor; None: whoever writes rules


_EDITABLE = frozenset({State.DRAFT, State.SIMULATED})
_DECIDED = frozenset({State.SUBMITTED, State.APPROVED})
STEPS: dict[str, Step] = {
    "simulate": Step(_("See whom it moves"), "people", simulating.simulate_or_ask, _EDITABLE),
    "submit": Step(_("Submit for approval"), "send", tuning.submit, frozenset({State.SIMULATED}), of_author=True),
    "approve": Step(_("Approve"), "check2", tuning.approve, frozenset({State.SUBMITTED}), of_author=False),
    "activate": Step(
        pgettext_lazy("version", "Put in force"), "check2-circle", tuning.activate, frozenset({State.APPROVED})
    ),
    "backtest": Step(_("Run the back-test"), "clock-history", tuning.backtest, tuning.OPEN),
    "waive": Step(
        _("Go without a back-test"),
        "skip-forward",
        tuning.waive_backtest,
        tuning.OPEN,
        forms.ReasonForm,
        of_author=False,
    ),
    "send-back": Step(
        _("Send back"), "arrow-return-left", tuning.send_back, _DECIDED, forms.ReasonForm, of_author=False
    ),
    "retire": Step(_("Give up"), "x-circle", tuning.retire, tuning.OPEN),
}
_NOT_YOURS = _("This version is not yours to change now.")
_CONTRADICTION = _("The judgements contradict each other. Change some, or say why they are used anyway.")
_SUPERVISOR_ONLY = frozenset({"approve", "activate", "waive", "send-back"})


def models(request: StaffRequest) -> HttpResponse:
    """Every version, the newest first."""
    rows = ScoringModel.objects.select_related("author", "approver").defer("spec", "simulation", "backtest")
    context = {"models": list(rows[:200]), "may_write": _writes(request.user), "form": forms.NewVersionForm()}
    return render(request, "analytics/model_list.html", context)


def model_new(request: StaffRequest) -> HttpResponse:
    """Begin a version from the one in force."""
    form = forms.NewVersionForm(request.POST)
    if not form.is_valid():
        return redirect("analytics:models")
    try:
        return redirect(once(request.user, form, "scoring-model", lambda: _begun(request.user)))
    except RuleBroken as broken:
        return _shut(request, broken)


def _begun(by: User) -> str:
    return reverse("analytics:model_edit", args=[tuning.draft(by=by).version])


def model(request: StaffRequest, version: str) -> HttpResponse:
    """One version: where it stands, what it changes, what was found out, and what can be done now."""
    row = _find(version)
    active = ScoringModel.objects.filter(state=State.ACTIVE).first()
    before = active if active and active.pk != row.pk else None
    spec = from_json(row.spec)
    context = {
        "model": row,
        "before": before,
        "weights": _weights(row),
        "changes": changes_in_words(tuning.changed(from_json(before.spec), spec)) if before else [],
        "what_if": what_if_of(row),
        "backtest": backtest_of(row),
        "steps": list(_steps(row, request.user)),
        "may_edit": _may_edit(row, request.user),
    }
    return render(request, "analytics/model_detail.html", context)


def model_edit(request: StaffRequest, version: str) -> HttpResponse:
    """The draft as plain fields."""
    row = _find(version)
    if not _may_edit(row, request.user):
        return _shut(request, RuleBroken("state.forbidden", _NOT_YOURS))
    initial = {"seen": row.content_hash, "note": row.note}
    form = forms.ModelForm(request.POST or None, spec=from_json(row.spec), initial=initial)
    if request.method == "POST" and form.is_valid():
        note = form.cleaned_data["note"]
        done = _revised(request, row, form, form.found, note=note, then="analytics:model")
        if done is not None:
            return done
    status = 422 if form.errors else 200
    return render(request, "analytics/model_edit.html", {"model": row, "form": form}, status=status)


def model_ahp(request: StaffRequest, version: str) -> HttpResponse:
    """Weights out of ten judgements; a button takes them over into the draft."""
    row = _find(version)
    if not _may_edit(row, request.user):
        return _shut(request, RuleBroken("state.forbidden", _NOT_YOURS))
    form = forms.JudgementsForm(request.POST or None, initial={"seen": row.content_hash})
    judged = ahp.judged(form.pairs) if request.method == "POST" and form.is_valid() else None
    if judged is not None and "use" in request.POST:
        done = _taken_over(request, row, form, judged)
        if done is not None:
            return done
    context = {"model": row, "form": form, "judged": judged, "weights": _judged_weights(judged)}
    return render(request, "analytics/model_ahp.html", context, status=422 if form.errors else 200)


def _taken_over(
    request: StaffRequest, row: ScoringModel, form: forms.JudgementsForm, judged: ahp.Judged
) -> HttpResponse | None:
    reason = form.cleaned_data["reason"].strip()
    if not judged.consistent and not reason:
        form.add_error("reason", _CONTRADICTION)
        return None
    spec = replace(from_json(row.spec), weights=judged.weights)
    return _revised(request, row, form, spec, note=f"{row.note} {reason}".strip()[:300], then="analytics:model_edit")


def _revised(
    request: StaffRequest, row: ScoringModel, form: forms.SeenForm, spec: ScoreModel, *, note: str, then: str
) -> HttpResponse | None:
    """Where to go on; None where a rule stands against it, which is then at its field."""
    try:
        tuning.revise(by=request.user, row=row, spec=spec, note=note, seen=form.cleaned_data["seen"])
    except Stale as stale:
        return errors.conflict(request, stale)
    except RuleBroken as broken:
        put(form, broken)
        return None
    toast(request, gettext("Recorded"))
    return redirect(then, version=row.version)


def model_whatif(request: StaffRequest, version: str) -> HttpResponse:
    """Whom it moves: the matrix of grades, the distributions, the movers."""
    row = _find(version)
    if row.simulation is None:
        raise Http404
    return render(request, "analytics/model_whatif.html", {"model": row, "found": what_if_of(row, movers=True)})


def model_backtest(request: StaffRequest, version: str) -> HttpResponse:
    """How well it would have told half a year ahead."""
    row = _find(version)
    if row.backtest is None:
        raise Http404
    return render(request, "analytics/model_backtest.html", {"model": row, "found": backtest_of(row)})


def model_step(request: StaffRequest, version: str, verb: str) -> HttpResponse:
    """The page of one step. 403 and 409 when it is not open."""
    row, asked = _find(version), STEPS.get(verb)
    if asked is None:
        raise Http404
    if row.state not in asked.states:
        return _shut(
            request, RuleBroken("state.forbidden", _("This step is not possible now. Reload the page to see what is."))
        )
    form = asked.form(request.POST or None, initial={"seen": row.content_hash})
    if request.method == "POST" and form.is_valid():
        done = _take(request, asked, row, form)
        if done is not None:
            return done
    context = {"form": form, "title": asked.label, "model": row, "verb": verb}
    return render(request, "analytics/model_step.html", context, status=422 if form.errors else 200)


def _take(request: StaffRequest, asked: Step, row: ScoringModel, form: forms.SeenForm) -> HttpResponse | None:
    data = dict(form.cleaned_data)
    try:
        if data.pop("seen") != row.content_hash:
            raise Stale("rules.stale", _("Somebody else changed this in the meantime. Open the current version."))
        done = asked.act(by=request.user, row=row, **data)
    except Stale as stale:
        return errors.conflict(request, stale)
    except NotAllowed as broken:
        return errors.not_allowed(request, broken)
    except RuleBroken as broken:
        put(form, broken)
        return None
    waits = gettext("The simulation runs by itself; look again in a few minutes")
    toast(request, waits if done.asked_at and not row.asked_at else gettext("Recorded"))
    return redirect("analytics:model", version=row.version)


def _shut(request: StaffRequest, broken: RuleBroken) -> HttpResponse:
    if isinstance(broken, NotAllowed):
        return errors.not_allowed(request, broken)
    response = errors.refused(request, broken)
    response.status_code = 409
    return response


def _find(version: str) -> ScoringModel:
    return get_object_or_404(ScoringModel.objects.select_related("author", "approver"), version=version)


def _writes(user: User) -> bool:
    return user.has_role(Role.ANALYST, Role.SUPERVISOR)


def _may_edit(row: ScoringModel, user: User) -> bool:
    return _writes(user) and row.state in _EDITABLE and row.author_id in (None, user.pk)


def _steps(row: ScoringModel, user: User) -> Any:
    """What this person can do with this version now."""
    if _may_edit(row, user):
        yield {"label": _("Change it"), "icon": "pencil", "url": reverse("analytics:model_edit", args=[row.version])}
    for verb, step in STEPS.items():
        mine = row.author_id == user.pk
        supervises = user.has_role(Role.SUPERVISOR)
        needs = verb in _SUPERVISOR_ONLY or (verb == "retire" and row.state in _DECIDED)
        if row.state in step.states and _writes(user) and (supervises or not needs):
            if step.of_author is None or step.of_author == mine or (step.of_author and row.author_id is None):
                url = reverse("analytics:model_step", args=[row.version, verb])
                yield {"label": step.label, "icon": step.icon, "url": url}


def _weights(row: ScoringModel) -> list[dict[str, Any]]:
    return _named(from_json(row.spec).weights)


def _judged_weights(judged: ahp.Judged | None) -> list[dict[str, Any]]:
    return _named(judged.weights) if judged else []


def _named(weights: tuple[int, ...]) -> list[dict[str, Any]]:
    return [
        {"label": INDICATOR_LABELS[key], "percent": f"{weight / 100:.2f}"}
        for key, weight in zip(INDICATORS, weights, strict=True)
    ]
