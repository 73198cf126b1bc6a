"""The customer page: past, present and future on one screen (house §2, mock 02). Every look is on record."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.http import HttpResponse
from django.shortcuts import render
from django.urls import reverse

from crm_site import policy
from crm_site.request import StaffRequest
from customers import sealed, showing
from customers.actions import disclosure
from customers.forms import contact as forms
from customers.models import Customer, Standing
from customers.views import money, overview, timeline
from customers.views.finding import find

DOORS = ("log", "edit", "consent", "followup_new", "reveal", "need_settle")


def detail(request: StaffRequest, number: str) -> HttpResponse:
    """The page; a script that turns the timeline gets that card alone."""
    customer = find(request, number)
    if request.htmx and request.htmx.target == "timeline":
        return render(request, "customers/_timeline.html", {"customer": customer} | past(request, customer))
    disclosure.view(by=request.user, customer=customer)
    return page(request, customer)


def past(request: StaffRequest, customer: Customer) -> dict[str, Any]:
    """The timeline as the address asks for it."""
    return {"tl": timeline.timeline(customer, request.GET.get("tl", ""), request.GET.get("n", ""))}


def page(request: StaffRequest, customer: Customer, *, status: int = 200, **bound: Any) -> HttpResponse:
    """The whole page; ``bound`` holds a form that was refused (log_form, consent_form …) or a value revealed."""
    user = request.user
    standing = Standing.objects.published().filter(customer=customer).first()
    head = overview.header(customer, user, standing)
    coming, now = overview.future(customer), overview.present(customer)
    may = {name: policy.may(user, f"customers:{name}") for name in DOORS}
    context = {
        "customer": customer,
        "standing": standing,
        "head": head,
        "coming": coming,
        "now": now,
        "next": overview.suggestion(customer, coming, now, head),
        "money": money.holdings(customer) if showing.sees_money(customer, user) else None,
        "may_ask_money": user.has_role(*showing.SEES_MONEY_WHILE_SERVING),
        "may": may,
        "reveal_url": reverse("customers:reveal", args=[customer.customer_no]) if may["reveal"] else "",
        "purposes": sealed.Purpose.choices,
        "seconds": settings.CRM_REVEAL_SECONDS,
        "log_icons": forms.LIVE_ICONS,
        "log_url": "#id_note",
        "complaint_url": f"{reverse('complaints:new')}?customer={customer.customer_no}",
        **past(request, customer),
        **_forms(customer, head, bound),
        **bound,
    }
    return render(request, "customers/customer_detail.html", context, status=status)


def _forms(customer: Customer, head: dict[str, Any], bound: dict[str, Any]) -> dict[str, Any]:
    """Fresh forms, but for the one that was refused."""
    wish = head["preference"]
    initial = {name: getattr(wish, name) for name in ("best_time", "channel", "no_proactive_contact")} if wish else {}
    fresh: dict[str, Any] = {
        "log_form": forms.LogForm,
        "consent_form": forms.ConsentForm,
        "follow_up_form": forms.FollowUpForm,
        "need_form": forms.NeedForm,
    }
    made = {name: form() for name, form in fresh.items() if name not in bound}
    return made | ({} if "preference_form" in bound else {"preference_form": forms.PreferenceForm(initial=initial)})
