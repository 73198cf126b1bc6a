"""Saved segments: the list, one of them, and the buttons that archive and put back (R9.4)."""

from __future__ import annotations

from typing import Any

from django.core.paginator import Paginator
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.http import urlencode
from django.utils.translation import gettext as _

from analytics import segment_sizes
from analytics.actions import segments as verbs
from analytics.audience_book import book
from analytics.audience_rules import Book, Group, read
from analytics.audience_words import changes, group_words, sentence
from analytics.forms.segments import SegmentNameForm
from analytics.models import Segment, SegmentVersion
from analytics.models.segment import SegmentQuerySet
from analytics.views import segment_look
from crm_site.errors import RuleBroken, Stale
from crm_site.models import User
from crm_site.request import StaffRequest
from crm_site.shell import toast
from crm_site.views import errors
from customers.views.once import put

PER_PAGE = 50
MOST_VERSIONS = 50


def index(request: StaffRequest) -> HttpResponse:
    """Every segment this person may see, with its size by the last night."""
    chosen, words = request.GET.get("view", ""), request.GET.get("q", "").strip()[:60]
    rows = _chosen(request.user, chosen)
    if words:
        rows = rows.filter(name__icontains=words) | rows.filter(number__iexact=words)
    shown = Paginator(rows.select_related("owner").order_by("name", "pk"), PER_PAGE).get_page(request.GET.get("page"))
    context = {
        "page_obj": shown,
        "rows": _rows(list(shown), request.user),
        "views": _views(request.user, chosen, words),
        "chosen": chosen,
        "q": words,
        "counted_to": segment_sizes.counted_to(),
    }
    return render(request, "analytics/segment_list.html", context)


def _chosen(user: User, view: str) -> SegmentQuerySet:
    rows = Segment.objects.visible_to(user)
    if view == "archived":
        return rows.filter(archived_at__isnull=False)
    narrow: dict[str, dict[str, Any]] = {"mine": {"owner": user}, "exclude": {"kind": Segment.Kind.EXCLUDE}}
    return rows.in_use().filter(**narrow.get(view, {}))


def _views(user: User, chosen: str, words: str) -> list[dict[str, Any]]:
    labels = {"": _("All"), "mine": _("Mine"), "exclude": _("Suppression"), "archived": _("Archived")}
    if not user.has_role(*segment_look.WRITERS):
        del labels["mine"]
    known = chosen if chosen in labels else ""
    return [
        {
            "url": "?" + urlencode({name: value for name, value in (("view", view), ("q", words)) if value}),
            "label": label,
            "current": view == known,
        }
        for view, label in labels.items()
    ]


def _rows(segments: list[Segment], user: User) -> list[dict[str, Any]]:
    sizes, known = segment_sizes.sizes(segments), book()
    current = {one.segment_id: one for one in SegmentVersion.objects.current().filter(segment__in=segments)}
    return [
        {"segment": one, "rules": group_words(read(current[one.pk].rules), known)} | size_words(sizes, one, user)
        for one in segments
    ]


def size_words(sizes: dict[int, segment_sizes.Size], segment: Segment, user: User) -> dict[str, Any]:
    """How many, and how that changed, in this reader's words."""
    size = sizes.get(segment.pk)
    if size is None:
        return {"size": None, "n": "", "change": ""}
    change = segment_sizes.change_words(size, user)
    return {"size": size, "n": segment_sizes.number_words(size.n, user), "change": change}


def detail(request: StaffRequest, number: str) -> HttpResponse:
    """The rules in words, how many now and by the night, how they spread, what changed from version to version."""
    segment = find(request, number)
    known, versions = book(), list(segment.versions.select_related("author")[:MOST_VERSIONS])
    rules = read(versions[0].rules)
    context = {
        "segment": segment,
        "current": versions[0],
        "sentence": sentence(rules, known),
        "versions": list(_history(versions, known)),
        "may_write": verbs.may_write(request.user, segment),
        "counts_only": not segment_sizes.sees_customers(request.user),
        **size_words(segment_sizes.sizes([segment]), segment, request.user),
        **segment_look.looked_at(request, rules, segment.number),
    }
    context["charts"] = segment_look.composition(rules, context["size"], context["look"], request.user)
    context["behaviour"] = segment_look.habits(context["size"], request.user)
    return render(request, "analytics/segment_detail.html", context)


def _history(versions: list[SegmentVersion], known: Book) -> Any:
    trees: list[Group] = [read(one.rules) for one in versions]
    for place, version in enumerate(versions):
        gone, new = changes(trees[place + 1], trees[place], known) if place + 1 < len(trees) else ([], [])
        yield {"version": version, "gone": gone, "new": new, "words": sentence(trees[place], known)}


def find(request: StaffRequest, number: str) -> Segment:
    """The segment, if this person may see it."""
    rows = Segment.objects.visible_to(request.user).select_related("owner")
    return get_object_or_404(rows, number=number)


def rename(request: StaffRequest, number: str) -> HttpResponse:
    """Another name, description or kind; shared or not."""
    segment = find(request, number)
    first = {name: getattr(segment, name) for name in ("name", "description", "kind", "shared", "version")}
    form = SegmentNameForm(request.POST or None, initial=first)
    if request.method == "POST" and form.is_valid():
        try:
            verbs.rename(by=request.user, segment=segment, **form.cleaned_data)
        except Stale as stale:
            return errors.conflict(request, stale)
        except RuleBroken as broken:
            put(form, broken)
        else:
            toast(request, _("Saved"))
            return redirect("analytics:segment", number=number)
    context = {"form": form, "segment": segment, "fields": list(form.visible_fields())}
    return render(request, "analytics/segment_rename.html", context, status=422 if form.errors else 200)


def archive(request: StaffRequest, number: str) -> HttpResponse:
    """POST: out of the list; the toast puts it back."""
    segment = find(request, number)
    verbs.archive(by=request.user, segment=segment)
    toast(request, _("Segment archived"), undo_url=reverse("analytics:segment_restore", args=[number]))
    return redirect("analytics:segments")


def restore(request: StaffRequest, number: str) -> HttpResponse:
    """POST: back into the list."""
    segment = find(request, number)
    verbs.restore(by=request.user, segment=segment)
    toast(request, _("Segment put back"))
    return redirect("analytics:segment", number=number)
