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
from customers.models import ClassOverride, Customer, Interaction, Standing, laid_over
from customers.next_step import Suggestion
from customers.views import by_hand, money, next_step, overview, timeline
from customers.views.finding import find

DOORS = ("log", "edit", "consent", "followup_new", "followup_keep", "reveal", "need_settle", "step_later")


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
    found = Standing.objects.published().filter(customer=customer).first()
    standing = laid_over(found, ClassOverride.objects.in_effect().filter(customer=customer))
    head = overview.header(customer, user, standing)
    coming, now = overview.future(customer), overview.present(customer)
    resting = next_step.aside(customer)
    step = next_step.found(customer, coming, now, head, resting)
    may = {name: policy.may(user, f"customers:{name}") for name in DOORS}
    context = {
        "customer": customer,
        "standing": standing,
        "by_hand": by_hand.card(customer, user, found, bound),
        "head": head,
        "coming": coming,
        "now": now,
        "next": next_step.card(step, coming, resting, user),
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
        **_forms(head, bound, _doing(request, step)),
        **bound,
    }
    return render(request, "customers/customer_detail.html", context, status=status)


def _doing(request: StaffRequest, step: Suggestion) -> dict[str, str]:
    """What the quick log begins with, when it is opened to do what is suggested."""
    if not step.step or request.GET.get("step") != step.step or step.act != "log":
        return {}
    topic = {"topic": Interaction.Topic.PROGRESS.value} if step.step == "complaint" else {}
    return topic | {"way": "PHONE:OUT", "step": step.step, "grounds": step.grounds}


def _forms(head: dict[str, Any], bound: dict[str, Any], doing: dict[str, str]) -> dict[str, Any]:
    """Fresh forms, but for the one that was refused."""
    wish = head["preference"]
    initial = {name: getattr(wish, name) for name in ("best_time", "channel", "no_proactive_contact")} if wish else {}
    fresh: dict[str, Any] = {
        "consent_form": forms.ConsentForm,
        "follow_up_form": forms.FollowUpForm,
        "need_form": forms.NeedForm,
    }
    made = {name: form() for name, form in fresh.items() if name not in bound}
    made |= {} if "log_form" in bound else {"log_form": forms.LogForm(initial=doing)}
    return made | ({} if "preference_form" in bound else {"preference_form": forms.PreferenceForm(initial=initial)})
