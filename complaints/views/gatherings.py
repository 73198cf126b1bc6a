"""The page of a group complaint or a mass incident: its complaints, and one result for all."""

from __future__ import annotations

from typing import Any

from django.core.paginator import Paginator
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _

from complaints.actions import gathering
from complaints.actions.resolution import Told
from complaints.forms.steps.gathering import SettleForm
from complaints.models import Complaint, Gathering
from crm_site.errors import RuleBroken
from crm_site.request import StaffRequest
from crm_site.shell import toast
from customers.views.once import once, put

PER_PAGE = 50


def page(request: StaffRequest, number: str) -> HttpResponse:
    """Who is in it and how each stands; a leader tells the common result here, once however often it is sent."""
    found = get_object_or_404(Gathering.objects.visible_to(request.user), number=number)
    form = SettleForm(request.POST or None)
    if request.method == "POST":
        gathering.require_settler(request.user)
    if request.method == "POST" and form.is_valid():
        try:
            return redirect(once(request.user, form, f"gathering:{found.pk}", lambda: _settle(request, found, form)))
        except RuleBroken as broken:
            put(form, broken)
    context = _context(request, found, form)
    return render(request, "complaints/gathering.html", context, status=422 if form.errors else 200)


def _settle(request: StaffRequest, found: Gathering, form: SettleForm) -> str:
    said = {name: form.cleaned_data[name] for name in ("channel", "decision", "content", "routes_told")}
    done, refused = gathering.settle(by=request.user, gathering=found, told=Told(written=True, **said))
    toast(request, _("Told: %(done)s, not told: %(refused)s") % {"done": done, "refused": refused})
    return reverse("complaints:gathering", args=[found.number])


def _context(request: StaffRequest, found: Gathering, form: SettleForm) -> dict[str, Any]:
    seen = Complaint.objects.visible_to(request.user).values("pk")
    rows = found.memberships.filter(complaint__in=seen).select_related("complaint__owner").order_by("pk")
    paged = Paginator(rows, PER_PAGE).get_page(request.GET.get("page"))
    waiting = rows.filter(told_at=None).count()
    settles = request.user.has_role(*gathering.LEADERS) and found.settled_at is None and waiting > 0
    return {
        "gathering": found,
        "page_obj": paged,
        "rows": list(paged),
        "total": paged.paginator.count,
        "told": paged.paginator.count - waiting,
        "speakers": rows.filter(representative_no__isnull=False).count(),
        "form": form if settles else None,
    }
