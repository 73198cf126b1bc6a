"""Classes set by hand on the customer page: propose, decide, end (R3.9)."""

from __future__ import annotations

from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.urls import reverse
from django.utils.translation import gettext as _

from crm_site.errors import NotAllowed, RuleBroken, Stale
from crm_site.models import User
from crm_site.request import StaffRequest
from crm_site.shell import toast
from customers.actions import overrides
from customers.forms.override import OverrideForm, OverrideStepForm
from customers.models import ClassOverride, Customer
from customers.views import detail
from customers.views.finding import find
from customers.views.once import once, put


def propose(request: StaffRequest, number: str) -> HttpResponse:
    """Ask that a class be set by hand."""
    customer, form = find(request, number), OverrideForm(request.POST)
    if form.is_valid():
        try:
            return redirect(once(request.user, form, "override", lambda: _proposed(request, customer, form)))
        except NotAllowed:
            raise
        except RuleBroken as broken:
            put(form, broken, {"dimension": "code"})
    return detail.page(request, customer, status=422, override_form=form)


def _proposed(request: StaffRequest, customer: Customer, form: OverrideForm) -> str:
    dimension, code = form.chosen()
    given = {name: form.cleaned_data[name] for name in ("reason", "expires_on")}
    overrides.propose(by=request.user, customer=customer, dimension=dimension, code=code, **given)
    toast(request, _("Proposed: a supervisor decides"))
    return _page(customer.customer_no)


def step(request: StaffRequest, number: str) -> HttpResponse:
    """Approve, refuse or end one of this customer's."""
    customer, form = find(request, number), OverrideStepForm(request.POST)
    if form.is_valid():
        row = get_object_or_404(ClassOverride, customer=customer, pk=form.cleaned_data["override"])
        try:
            toast(request, _stepped(request.user, row, form.cleaned_data["act"], form.cleaned_data["reason"]))
            return redirect(_page(number))
        except (NotAllowed, Stale):
            raise
        except RuleBroken as broken:
            put(form, broken)
    return detail.page(request, customer, status=422, override_step_form=form)


def _stepped(by: User, row: ClassOverride, act: str, reason: str) -> str:
    if act == "approve":
        overrides.approve(by=by, row=row)
        return _("Approved: the class is set by hand")
    if act == "refuse":
        overrides.refuse(by=by, row=row, reason=reason)
        return _("Not set by hand")
    overrides.end(by=by, row=row, reason=reason)
    return _("Ended: the class found is shown again")


def _page(number: str) -> str:
    return reverse("customers:detail", args=[number])
