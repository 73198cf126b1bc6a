"""What was promised, by urgency: mine, my team's, all; kept, tried, dropped or promised anew (mock 01, ux 4)."""

from __future__ import annotations

import datetime
from dataclasses import dataclass
from typing import Any

from django.core.paginator import Paginator
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from crm_site import bank_day, wording
from crm_site.errors import NotAllowed, RuleBroken, Stale, Text
from crm_site.models import CalendarDay, User
from crm_site.request import StaffRequest
from crm_site.shell import toast
from crm_site.workdays import Calendar
from customers import promises, showing
from customers.actions import followups
from customers.actions.followups import LEADERS
from customers.forms.contact import FollowUpForm, KeepForm
from customers.models import Customer, FollowUp
from customers.models.followup import FollowUpQuerySet
from customers.views.finding import find
from customers.views.once import LONGEST_URL, once, put

PER_PAGE = 50
MOST = 1_000  # a longer list is worked off, not leafed through
VIEWS: dict[str, Text] = {
    "mine": gettext_lazy("Mine"),
    "team": gettext_lazy("My team"),
    "all": gettext_lazy("All teams"),
}
GROUPS: dict[str, Text] = {
    "over": gettext_lazy("Overdue"),
    "today": gettext_lazy("Today"),
    "week": gettext_lazy("This week"),
    "later": gettext_lazy("Later"),
}
DONE = {"keep": FollowUp.State.KEPT, "cancel": FollowUp.State.CANCELLED}
SAID: dict[str, Text] = {
    "keep": gettext_lazy("Done"),
    "attempt": gettext_lazy("Attempt counted; the promise stays open"),
    "cancel": gettext_lazy("Dropped"),
}


@dataclass(frozen=True, slots=True)
class Row:
    """One promise as the list shows it. ``customer_no`` is empty where the reader may not open the record."""

    promise: FollowUp
    due: wording.DueState
    name: str
    customer_no: str
    timed: bool


def page(request: StaffRequest) -> HttpResponse:
    """The list its URL asks for, most urgent first."""
    user, now = request.user, timezone.now()
    views = _views(user)
    asked = request.GET.get("view", "")
    view = asked if asked in views else "mine"
    counts = {name: rows[:MOST].count() for name, rows in views.items()}
    paginator = Paginator(views[view].select_related("customer", "owner", "team")[:MOST], PER_PAGE)
    paginator.count = counts[view]
    shown = paginator.get_page(request.GET.get("page"))
    context = {
        "view": view,
        "views": [_tab(name, n, name == view) for name, n in counts.items()],
        "groups": _grouped(list(shown), user, now),
        "page_obj": shown,
        "kept": _kept_today(user, now),
    }
    return render(request, "customers/followups.html", context)


def _views(user: User) -> dict[str, FollowUpQuerySet]:
    """The tabs of this person, each with its open promises; nobody is shown an empty room."""
    opened = FollowUp.objects.open().order_by("due_at", "pk")
    tabs = {"mine": opened.filter(owner=user)}
    if user.team_id:
        tabs["team"] = opened.filter(team_id=user.team_id)
    if user.has_role(*LEADERS):
        tabs["all"] = opened
    return tabs


def _tab(name: str, n: int, current: bool) -> dict[str, Any]:
    return {"label": VIEWS[name], "url": f"?view={name}", "n": f"{MOST}+" if n == MOST else n, "current": current}


def _grouped(rows: list[FollowUp], user: User, now: datetime.datetime) -> list[dict[str, Any]]:
    calendar = CalendarDay.objects.calendar()
    pks = {promise.customer_id for promise in rows if promise.customer_id}
    visible = set(Customer.objects.visible_to(user).filter(pk__in=pks).values_list("pk", flat=True))
    groups: dict[str, list[Row]] = {name: [] for name in GROUPS}
    for promise in rows:
        groups[urgency(promise, now)].append(_row(promise, user, now, calendar, promise.customer_id in visible))
    return [{"label": GROUPS[name], "rows": found} for name, found in groups.items() if found]


def urgency(promise: FollowUp, now: datetime.datetime) -> str:
    """Which group: over, today, week (to the coming Sunday) or later."""
    today = timezone.localdate(now)
    if promise.due_at <= now:
        return "over"
    if promise.due_on <= today:
        return "today"
    return "week" if promise.due_on <= today + datetime.timedelta(days=6 - today.weekday()) else "later"


def _row(promise: FollowUp, user: User, now: datetime.datetime, calendar: Calendar, may_open: bool) -> Row:
    customer = promise.customer
    return Row(
        promise=promise,
        due=promises.due_state(promise, now, calendar),
        name=showing.listed_name(customer, user) if customer else "",
        customer_no=customer.customer_no if customer and may_open else "",
        timed=promise.due_at != bank_day.ends(promise.due_on),
    )


def _kept_today(user: User, now: datetime.datetime) -> int:
    midnight = bank_day.begins(timezone.localdate(now))
    return FollowUp.objects.of(user).filter(state=FollowUp.State.KEPT, kept_at__gte=midnight).count()


def keep(request: StaffRequest, ref: str) -> HttpResponse:
    """What became of a promise; a refusal keeps what was typed. Pressed twice, it is done once."""
    promise = get_object_or_404(FollowUp.objects.visible_to(request.user).select_related("customer"), ref=ref)
    form = KeepForm(request.POST)
    if form.is_valid():
        try:
            return redirect(once(request.user, form, "keep", lambda: _keep(request, promise, form)))
        except (NotAllowed, Stale):
            raise
        except RuleBroken as broken:
            put(form, broken, {"reason": "outcome"})
    return render(request, "customers/followup_keep.html", {"form": form, "promise": promise}, status=422)


def _keep(request: StaffRequest, promise: FollowUp, form: KeepForm) -> str:
    act = form.cleaned_data["act"] or "keep"
    _settle(request.user, promise, act, form)
    toast(request, str(SAID[act]))
    return _back(request)


def _settle(user: User, promise: FollowUp, act: str, form: KeepForm) -> None:
    if promise.on_its_own_page:
        raise RuleBroken("followup.clock", _("This deadline is met by the step on the complaint's own page."))
    if promise.state == DONE.get(act) and (act == "cancel" or promise.kept_by_id == user.pk):
        return
    promise.version = form.cleaned_data["version"] or promise.version
    outcome = form.cleaned_data["outcome"]
    if act == "cancel":
        followups.cancel(by=user, follow_up=promise, reason=outcome)
    elif act == "attempt":
        followups.attempt(by=user, follow_up=promise, outcome=outcome)
    else:
        followups.keep(by=user, follow_up=promise, outcome=outcome)


def _back(request: StaffRequest) -> str:
    """Where the button stood, if that is one of our pages."""
    back = request.POST.get("next", "")
    known = url_has_allowed_host_and_scheme(back, {request.get_host()}, request.is_secure())
    return back if known and len(back) <= LONGEST_URL else reverse("customers:followups")


def new(request: StaffRequest, number: str) -> HttpResponse:
    """A promise to this customer, mine to keep. One press makes one."""
    customer = find(request, number)
    form = FollowUpForm(request.POST)
    if form.is_valid():
        try:
            return redirect(once(request.user, form, "promise", lambda: _promise(request, customer, form)))
        except RuleBroken as broken:
            put(form, broken)
    context = {"form": form, "customer": customer, "name": showing.record_name(customer, request.user)}
    return render(request, "customers/followup_new.html", context, status=422)


def _promise(request: StaffRequest, customer: Customer, form: FollowUpForm) -> str:
    said = {name: form.cleaned_data[name] for name in ("kind", "title", "due_on")}
    followups.promise(by=request.user, customer=customer, due_at=form.due_at(), owner=request.user, **said)
    toast(request, _("Promise noted"))
    return reverse("customers:detail", args=[customer.customer_no])
