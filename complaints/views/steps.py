"""One page a step: what is asked, the verb, back to the complaint. A refusal keeps what was typed."""

from __future__ import annotations

from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.translation import gettext_lazy as _

from complaints import next_steps
from complaints.actions import gate, handling
from complaints.actions import presence as being_there
from complaints.forms import choices
from complaints.forms.steps.base import StepForm
from complaints.models import Complaint
from complaints.views import presence, preview
from complaints.views.acts import (
    answering,
    assessing,
    assigning,
    causing,
    departments,
    explaining,
    gathering,
    matters,
    pausing,
    planning,
    representing,
    restricting,
    reviewing,
    taskforce,
    working,
)
from complaints.views.acts.spec import Data, Spec
from complaints.views.finding import find
from crm_site.errors import NotAllowed, RuleBroken, Stale
from crm_site.request import StaffRequest
from crm_site.shell import toast
from crm_site.views import errors

SPECS: dict[str, Spec] = {
    **assessing.SPECS,
    **working.SPECS,
    **planning.SPECS,
    **taskforce.SPECS,
    **departments.SPECS,
    **pausing.SPECS,
    **explaining.SPECS,
    **answering.SPECS,
    **causing.SPECS,
    **assigning.SPECS,
    **restricting.SPECS,
    **reviewing.SPECS,
    **matters.SPECS,
    **representing.SPECS,
    **gathering.SPECS,
}
"""Every step that has a page."""


def step(request: StaffRequest, number: str, verb: str) -> HttpResponse:
    """The page of one step: GET shows what it asks, POST takes it. 403 and 409 when it is not open to this person."""
    complaint, spec = find(request, number), SPECS[verb]
    try:
        gate.require(verb, complaint, request.user, reason="asked later")
    except RuleBroken as broken:
        return _shut(request, broken)
    form = spec.form(request.POST or None, complaint=complaint, user=request.user, **_asked(request, complaint, spec))
    if form.asks_more:
        form = form.again()
    done = _take(spec, request, complaint, form) if form.is_bound and form.is_valid() else None
    if done is not None:
        return done
    context = _context(complaint, form, verb) | presence.of(request, complaint, writing=True)
    return render(request, spec.template, context, status=422 if form.errors else 200)


def _asked(request: StaffRequest, complaint: Complaint, spec: Spec) -> Data:
    """Arguments of the form; what the link that led here named already stands in its fields."""
    asks = spec.asks(complaint, request.user)
    linked = {name: request.GET[name] for name in spec.linked if name in request.GET}
    return asks | {"initial": asks.get("initial", {}) | linked} if linked else asks


def _take(spec: Spec, request: StaffRequest, complaint: Complaint, form: StepForm) -> HttpResponse | None:
    """The step taken, or both versions when somebody was quicker; None when the form has to say what is wrong."""
    try:
        spec.act(request.user, complaint, form.cleaned_data, form)
    except Stale as stale:
        stale.yours |= form.typed()
        return errors.conflict(request, stale)
    except RuleBroken as broken:
        _put(form, broken)
        return None
    being_there.put_down(by=request.user, complaint=complaint)
    toast(request, str(spec.done))
    return _onward(request, complaint)


def _onward(request: StaffRequest, complaint: Complaint) -> HttpResponse:
    """Back to where the step was taken, else to the complaint; who gave it out of sight goes to the list."""
    back = request.POST.get("next", "")
    if url_has_allowed_host_and_scheme(back, {request.get_host()}, request.is_secure()):
        return redirect(back)
    if Complaint.objects.visible_to(request.user).filter(pk=complaint.pk).exists():
        return redirect("complaints:detail", number=complaint.number)
    return redirect("complaints:list")


def _shut(request: StaffRequest, broken: RuleBroken) -> HttpResponse:
    """The step is not open: not to this person (403), or not any more (409)."""
    if isinstance(broken, NotAllowed):
        return errors.not_allowed(request, broken)
    response = errors.refused(request, broken)
    response.status_code = 409
    return response


def _put(form: StepForm, broken: RuleBroken) -> None:
    """A rule the verb found broken, beside the field it is about."""
    form.add_error(broken.field if broken.field in form.fields else None, str(broken))


def _context(complaint: Complaint, form: StepForm, verb: str) -> Data:
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
