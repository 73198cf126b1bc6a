"""The builder of a segment: rules put together by submit buttons, tried out, saved as a version."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _

from analytics.actions import segments as verbs
from analytics.audience_book import book
from analytics.audience_rules import Group, plain, read
from analytics.audience_words import sentence
from analytics.forms import builder as building
from analytics.forms.builder import Builder
from analytics.forms.segments import NewSegmentForm, SegmentRulesForm
from analytics.models import Segment, SegmentVersion
from analytics.views import segment_look
from analytics.views.segments import find
from crm_site.errors import NotAllowed, RuleBroken, Stale
from crm_site.forms import CrmForm
from crm_site.request import StaffRequest
from crm_site.views import errors
from customers.views.once import once, put

SAVE = "save"


def new(request: StaffRequest) -> HttpResponse:
    """A new segment."""
    form = NewSegmentForm(request.POST or None)

    def made(rules: Group) -> str:
        said = {name: form.cleaned_data[name] for name in ("name", "description", "kind", "shared")}
        segment = verbs.create(by=request.user, rules=plain(rules), **said)
        return reverse("analytics:segment", args=[segment.number])

    context = {"title": _("New segment"), "back": reverse("analytics:segments"), "back_label": _("Segments")}
    return _page(request, form, building.blank(book()), made, context, "segment.new")


def rules(request: StaffRequest, number: str) -> HttpResponse:
    """The next version of a segment's rules."""
    segment = find(request, number)
    if not verbs.may_write(request.user, segment) or segment.archived_at:
        raise NotAllowed("segment.archived", _("Put the segment back before you change its rules."))
    current, known = SegmentVersion.objects.filter(segment=segment).current().get(), book()
    form = SegmentRulesForm(request.POST or None, initial={"version": current.no})

    def made(tree: Group) -> str:
        said = {"expected": form.cleaned_data["version"], "note": form.cleaned_data["note"]}
        verbs.revise(by=request.user, segment=segment, rules=plain(tree), **said)
        return reverse("analytics:segment", args=[number])

    return _page(request, form, building.shown(read(current.rules), known), made, _about(segment), number)


def _about(segment: Segment) -> dict[str, Any]:
    back = reverse("analytics:segment", args=[segment.number])
    return {"title": _("Change the rules"), "segment": segment, "back": back, "back_label": segment.name}


def _page(
    request: StaffRequest,
    form: CrmForm,
    start: Builder,
    made: Callable[[Group], str],
    context: dict[str, Any],
    token_name: str,
) -> HttpResponse:
    """Show, change the form by a button, try out, or save."""
    if request.method != "POST":
        return _render(request, form, start, context)
    builder, act = building.sent(request.POST, start.book), request.POST.get("act", SAVE)
    if act == SAVE:
        return _saved(request, form, builder, made, context, token_name)
    form.errors.clear()  # a button that only changes the form does not judge it
    verb, _dot, box = act.partition(".")
    if verb == "add":
        builder.add(box, request.POST.get(f"new.{box}", ""))
    builder.act(act)
    tried = tried_out(request, builder) if act == "preview" else {}
    return _render(request, form, builder, context | tried)


def _saved(
    request: StaffRequest,
    form: CrmForm,
    builder: Builder,
    made: Callable[[Group], str],
    context: dict[str, Any],
    token_name: str,
) -> HttpResponse:
    tree = builder.check()
    if form.is_valid() and tree is not None:
        try:
            return redirect(once(request.user, form, token_name, lambda: made(tree)))
        except Stale as stale:
            return errors.conflict(request, stale)
        except RuleBroken as broken:
            put(form, broken)
    return _render(request, form, builder, context, status=422)


def _render(
    request: StaffRequest, form: CrmForm, builder: Builder, context: dict[str, Any], status: int = 200
) -> HttpResponse:
    shown = {"form": form, "builder": builder, "fields": list(form.visible_fields())}
    return render(request, "analytics/segment_form.html", shown | context, status=status)


def preview(request: StaffRequest) -> HttpResponse:
    """POST: the rules of the form in words, how many there are, and some of them. A fragment."""
    context = tried_out(request, building.sent(request.POST, book()))
    return render(request, "analytics/_segment_preview.html", context)


def tried_out(request: StaffRequest, builder: Builder) -> dict[str, Any]:
    """What the rules in the form find now; what stands in the way while they are not whole."""
    tree = builder.check()
    if tree is None:
        return {"unfinished": builder.errors[0][1], "tried": True}
    looked = segment_look.looked_at(request, tree, "new")
    return {"sentence": sentence(tree, builder.book), "tried": True, **looked}
