"""Dates that are to move: proposed, looked through old and new, decided by a second person, printed."""

from __future__ import annotations

from typing import Any

from django.core.paginator import Paginator
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from complaints import sla
from complaints.actions import recalculation
from complaints.forms.recalculation import DecideForm, ProposeForm
from complaints.models import RecalcBatch, RecalcItem
from crm_site.errors import RuleBroken, Stale
from crm_site.models import User
from crm_site.request import StaffRequest
from crm_site.roles import Role
from crm_site.shell import toast
from crm_site.views import errors
from crm_site.wording import date_words
from customers.views.once import once, put

PER_PAGE = 50
_SAID = {"approve": gettext_lazy("Approved: the dates move within a few minutes"), "reject": gettext_lazy("Rejected")}


def page(request: StaffRequest) -> HttpResponse:
    """Every batch, newest first."""
    rows = RecalcBatch.objects.select_related("proposed_by", "decided_by")
    shown = Paginator(rows, PER_PAGE).get_page(request.GET.get("page"))
    return render(request, "complaints/recalculation_list.html", {"page_obj": shown})


def new(request: StaffRequest) -> HttpResponse:
    """Propose one; the preview is its page."""
    form = ProposeForm(request.POST or None, initial={"scope": request.GET.get("scope") or RecalcBatch.Scope.ALL})
    if request.method == "POST" and form.is_valid():
        try:
            return redirect(once(request.user, form, "recalculation", lambda: _proposed(request.user, form)))
        except RuleBroken as broken:
            put(form, broken)
    context = {"form": form, "title": _("Propose a recalculation")}
    return render(request, "complaints/recalculation_new.html", context, status=422 if form.errors else 200)


def _proposed(by: User, form: ProposeForm) -> str:
    choice = recalculation.Choice(**form.chosen())
    batch = recalculation.propose(by=by, choice=choice, reason=form.cleaned_data["reason"])
    return reverse("complaints:recalculation", args=[batch.number])


def detail(request: StaffRequest, number: str) -> HttpResponse:
    """What would move, old and new, with the days that make the difference; after it is applied, the report."""
    batch = _find(number)
    return render(request, "complaints/recalculation_detail.html", _context(request, batch, DecideForm()))


def decide(request: StaffRequest, number: str) -> HttpResponse:
    """A second person lets the dates move, or not."""
    batch, form, act = _find(number), DecideForm(request.POST), request.POST.get("act", "")
    verb = recalculation.approve if act == "approve" else recalculation.reject
    if form.is_valid():
        try:
            verb(by=request.user, batch=batch, note=form.cleaned_data["note"])
        except Stale as stale:
            return errors.conflict(request, stale)
        except RuleBroken as broken:
            put(form, broken)
        else:
            toast(request, str(_SAID.get(act, _SAID["reject"])))
            return redirect("complaints:recalculation", number=number)
    return render(request, "complaints/recalculation_detail.html", _context(request, batch, form), status=422)


def _find(number: str) -> RecalcBatch:
    return get_object_or_404(RecalcBatch.objects.select_related("proposed_by", "decided_by"), number=number)


def _context(request: StaffRequest, batch: RecalcBatch, form: DecideForm) -> dict[str, Any]:
    items = batch.items.select_related("clock__round__complaint")
    change = request.GET.get("change", "")
    if change in RecalcItem.Change.values:
        items = items.filter(change=change)
    shown = Paginator(items, PER_PAGE).get_page(request.GET.get("page"))
    open_ = batch.state == RecalcBatch.State.PROPOSED and request.user.has_role(Role.SUPERVISOR)
    return {
        "batch": batch,
        "form": form,
        "page_obj": shown,
        "rows": [{"item": item, "kind": sla.Kind(item.clock.kind).label, "why": why(item)} for item in shown],
        "change": change,
        "decides": open_,
        "own": batch.proposed_by_id == request.user.pk,
        "pending": batch.items.pending().count() if batch.state == RecalcBatch.State.APPROVED else 0,
        "left": batch.items.filter(state=RecalcItem.State.SKIPPED).count(),
        "reason": _(batch.reason) if batch.proposed_by_id is None else batch.reason,
    }


_MOST = 4  # days named one by one


def why(item: RecalcItem) -> str:
    """The days and limits that make the difference, in words."""
    said = []
    for key, text in (("rests", _("does not count any more: %(days)s")), ("works", _("counts now: %(days)s"))):
        if days := item.why.get(key):
            said.append(text % {"days": _days(days)})
    if limits := item.why.get("limits"):
        said.append(_("limit %(old)s → %(new)s") % {"old": limits[0], "new": limits[1]})
    if item.new_on != item.counted_on:
        text = _("by the count %(day)s; held so that a working day is left")
        said.append(text % {"day": date_words(item.counted_on, "short")})
    return _("; ").join(said)


def _days(days: list[str]) -> str:
    named = _(", ").join(date_words(day, "short") for day in days[:_MOST])
    more = len(days) - _MOST
    return named if more <= 0 else named + ngettext(" and %(n)s more", " and %(n)s more", more) % {"n": more}
