"""My notices: unread first asked for, opened, acknowledged, put away together (domain O.3)."""

from __future__ import annotations

from typing import Any

from django.core.paginator import Paginator
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from crm_site import policy
from crm_site.actions import notices
from crm_site.errors import RuleBroken, Text
from crm_site.models import Notice, User
from crm_site.models.notice import NoticeQuerySet
from crm_site.request import StaffRequest
from crm_site.shell import toast

PER_PAGE = 25
MOST = 500  # what is older is put away, not leafed through
VIEWS: dict[str, Text] = {
    "unread": gettext_lazy("Unread"),
    "acknowledge": gettext_lazy("To acknowledge"),
    "all": gettext_lazy("All"),
}


def page(request: StaffRequest) -> HttpResponse:
    """The notices its URL asks for, newest first."""
    rows = _rows(request.user)
    asked = request.GET.get("view", "")
    view = asked if asked in VIEWS else "unread"
    counts = {name: found[:MOST].count() for name, found in rows.items()}
    paginator = Paginator(rows[view][:MOST], PER_PAGE)
    paginator.count = counts[view]
    shown = paginator.get_page(request.GET.get("page"))
    for notice in shown:
        notice.may_open = policy.may(request.user, notice.page_name)
    context = {
        "view": view,
        "views": [_tab(name, n, name == view) for name, n in counts.items()],
        "page_obj": shown,
        "unread": counts["unread"],
    }
    return render(request, "notices.html", context)


def _rows(user: User) -> dict[str, NoticeQuerySet]:
    mine = Notice.objects.visible_to(user).delivered(timezone.now())
    return {"unread": mine.unread(), "acknowledge": mine.unacknowledged(), "all": mine}


def _tab(name: str, n: int, current: bool) -> dict[str, Any]:
    return {"label": VIEWS[name], "url": f"?view={name}", "n": f"{MOST}+" if n == MOST else n, "current": current}


def _find(request: StaffRequest, pk: int) -> Notice:
    return get_object_or_404(Notice.objects.visible_to(request.user).delivered(timezone.now()), pk=pk)


def read(request: StaffRequest, pk: int) -> HttpResponse:
    """Looked at: on to the page of the matter, or back to the list."""
    notice = _find(request, pk)
    notices.read(by=request.user, notice=notice)
    return redirect(notice.url or reverse("notices"))


def acknowledge(request: StaffRequest, pk: int) -> HttpResponse:
    """A word back; then the page it was said from."""
    try:
        notices.acknowledge(by=request.user, notice=_find(request, pk))
    except RuleBroken as refused:
        return HttpResponse(str(refused), status=refused.status, content_type="text/plain; charset=utf-8")
    toast(request, _("Acknowledged"))
    target = request.POST.get("next", "")
    ours = url_has_allowed_host_and_scheme(target, {request.get_host()}, request.is_secure())
    return redirect(target if ours else reverse("notices"))


def read_all(request: StaffRequest) -> HttpResponse:
    """All of them looked at."""
    n = notices.read_all(by=request.user)
    toast(request, ngettext("%(n)s notice marked as read", "%(n)s notices marked as read", n) % {"n": n})
    return redirect("notices")
