"""Kept lists: the pages that save, change, take away and put back."""

from __future__ import annotations

from typing import Any

from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from complaints.actions import views as verbs
from complaints.forms.views import SavedViewForm
from complaints.models import SavedView
from complaints.views.queue.asked import Asked
from complaints.views.queue.page import chips
from complaints.views.queue.walking import asked_of
from crm_site.errors import RuleBroken
from crm_site.request import StaffRequest
from crm_site.shell import toast


def new(request: StaffRequest) -> HttpResponse:
    """Keep the list the URL names."""
    asked = Asked(request.user, request.GET, timezone.now())
    form = SavedViewForm(request.POST or None, may_share=verbs.may_share(request.user))
    if request.method == "POST" and form.is_valid():
        made = _done(form, lambda said: verbs.save(by=request.user, query=_plain(asked), **said))
        if made is not None:
            toast(request, str(_("Saved")))
            return redirect(_address(made))
    context = {"title": _("Save view"), "back": f"{reverse('complaints:list')}?{asked.query()}"}
    return _page(request, form, asked, context)


def edit(request: StaffRequest, ref: str) -> HttpResponse:
    """Rename, share, make it the first one."""
    view = _find(request, ref)
    first = {"name": view.name, "shared": view.team_id is not None, "default": view.default}
    form = SavedViewForm(request.POST or None, may_share=verbs.may_share(request.user), initial=first)
    if request.method == "POST" and form.is_valid():
        done = _done(form, lambda said: verbs.change(by=request.user, view=view, **said))
        if done is not None:
            toast(request, str(_("Saved")))
            return redirect(_address(view))
    context = {"title": _("Change the view"), "back": _address(view), "view": view}
    return _page(request, form, asked_of(request, view.query), context)


def _done(form: SavedViewForm, verb: Any) -> SavedView | None:
    said = {"shared": False} | form.cleaned_data
    try:
        made: SavedView = verb(said)
    except RuleBroken as broken:
        form.add_error(broken.field, str(broken))
        return None
    return made


def _page(request: StaffRequest, form: SavedViewForm, asked: Asked, context: dict[str, Any]) -> HttpResponse:
    shown = {"form": form, "fields": list(form.visible_fields()), "chips": chips(asked), "view_label": asked.label}
    return render(request, "complaints/saved_view.html", context | shown, status=422 if form.errors else 200)


def _plain(asked: Asked) -> str:
    return asked.query(saved="")


def _address(view: SavedView) -> str:
    return f"{reverse('complaints:list')}?{view.query}&saved={view.ref}"


def _find(request: StaffRequest, ref: str) -> SavedView:
    return get_object_or_404(SavedView.objects.filter(owner=request.user), ref=ref)


def delete(request: StaffRequest, ref: str) -> HttpResponse:
    """POST: take it away; the toast puts it back."""
    view = _find(request, ref)
    verbs.delete(by=request.user, view=view)
    toast(request, str(_("View taken away")), undo_url=reverse("complaints:view_restore", args=[ref]))
    return redirect("complaints:list")


def restore(request: StaffRequest, ref: str) -> HttpResponse:
    """POST: put it back."""
    view = _find(request, ref)
    verbs.restore(by=request.user, view=view)
    toast(request, str(_("View put back")))
    return redirect(_address(view))
