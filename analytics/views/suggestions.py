"""What is suggested of a customer: a card of the customer page, a page of its own, and a person's answer."""

from __future__ import annotations

from typing import Any

from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _

from analytics import suggesting
from analytics.actions import suggestion_answers
from analytics.forms.suggestions import SuggestionAnswerForm
from analytics.models import SuggestionAnswer, SuggestionModel
from analytics.suggesting import Suggested
from analytics.suggestion_words import said, target_word
from crm_site import audit
from crm_site.errors import RuleBroken
from crm_site.models import AccessRecord, User
from crm_site.request import StaffRequest
from crm_site.shell import toast
from customers.models import Customer
from customers.views.once import once, put


def suggested(request: StaffRequest, customer_no: str) -> HttpResponse:
    """What is suggested, why, by whom, and what was decided. A fragment for htmx, else a page."""
    customer = _find(request.user, customer_no)
    if not request.htmx:
        audit.accessed(by=request.user, kind=AccessRecord.Kind.VIEW, obj=customer, fields="suggestions")
    return _card(request, customer, SuggestionAnswerForm())


def answer(request: StaffRequest, customer_no: str) -> HttpResponse:
    """A person's decision on one of them."""
    customer, form = _find(request.user, customer_no), SuggestionAnswerForm(request.POST)
    if form.is_valid():
        try:
            url = once(request.user, form, "suggestion", lambda: _decided(request, customer, form.cleaned_data))
            return redirect(url)
        except RuleBroken as broken:
            put(form, broken)
    return _card(request, customer, form, status=422)


def _decided(request: StaffRequest, customer: Customer, data: dict[str, Any]) -> str:
    found = _asked(customer, data)
    if data["answer"] == SuggestionAnswer.Answer.ACCEPTED:
        suggestion_answers.accept(by=request.user, customer=customer, found=found)
        toast(request, _("Promise noted") if found.kind == SuggestionModel.Kind.LEAVING else _("Need noted"))
    else:
        suggestion_answers.dismiss(by=request.user, customer=customer, found=found, reason=data["reason"])
        toast(request, _("Set aside for 90 days"))
    return reverse("customers:detail", args=[customer.customer_no])


def _asked(customer: Customer, data: dict[str, Any]) -> Suggested:
    """The suggestion the answer is about. Raises RuleBroken "suggestion.changed" when it is made no more."""
    for one in suggesting.suggested(customer):
        if (one.kind, one.target, one.judge) == (data["kind"], data["target"], data["judge"]):
            return one
    raise RuleBroken("suggestion.changed", _("The facts have changed. This is what is suggested now."))


def _card(request: StaffRequest, customer: Customer, form: SuggestionAnswerForm, *, status: int = 200) -> HttpResponse:
    resting = suggesting.answered(customer)
    closed = {(row.kind, row.target) for row in resting}
    found = [one for one in suggesting.suggested(customer) if (one.kind, one.target) not in closed]
    context = {
        "customer": customer,
        "suggestions": [said(one) for one in found],
        "resting": [{"row": row, "about": target_word(row.target)} for row in resting],
        "refused": suggesting.refused(customer),
        "form": form,
        "about": form.data.get("kind", "") if form.is_bound else "",
    }
    template = "analytics/_suggested.html" if request.htmx else "analytics/suggested.html"
    return render(request, template, context, status=status)


def _find(user: User, customer_no: str) -> Customer:
    return get_object_or_404(Customer.objects.visible_to(user), customer_no=customer_no)
