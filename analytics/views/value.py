"""Why a customer has the score they have: a card of the customer page, and a page of its own."""

from __future__ import annotations

import datetime
from decimal import Decimal

from django.http import HttpResponse
from django.shortcuts import get_object_or_404, render
from django.utils import timezone

from analytics import behaviour, behaviour_text, class_history
from analytics.change_split import moved
from analytics.change_split_text import levels, moved_chart, moved_words
from analytics.explanation_chart import explanation_chart
from analytics.explanation_text import signed
from analytics.freshness import freshness
from analytics.stored import Value, value_of
from crm_site import audit
from crm_site.models import AccessRecord
from crm_site.request import StaffRequest
from customers.models import Customer, Standing


def value(request: StaffRequest, customer_no: str) -> HttpResponse:
    """The five indicators, what helps and hurts most, and what is not known. A fragment for htmx, else a page."""
    customer = get_object_or_404(Customer.objects.visible_to(request.user), customer_no=customer_no)
    found = value_of(customer)
    if not request.htmx:
        audit.accessed(by=request.user, kind=AccessRecord.Kind.VIEW, obj=customer, fields="score")
    context: dict[str, object] = {"customer": customer, "value": found, "fresh": freshness(), **_classes(customer)}
    if found:
        context |= _of_score(found)
    if not request.htmx:
        yesterday = timezone.localdate() - datetime.timedelta(days=1)
        context["behaviour"] = behaviour_text.shown(behaviour.habits_of(customer, yesterday), "habits")
    template = "analytics/_value.html" if request.htmx else "analytics/value.html"
    return render(request, template, context)


def _classes(customer: Customer) -> dict[str, object]:
    """What the published night says of the classes, and how they came about."""
    standing = Standing.objects.published().filter(customer=customer).first()
    return {
        "risk": [trigger.label for trigger in standing.risk_triggers] if standing else [],
        "moves": class_history.moves_of(customer),
        "watched": class_history.watched(standing),
        "credit_risk": class_history.credit_risk_of(standing),
        "rfm": class_history.rfm_of(customer),
    }


def _of_score(found: Value) -> dict[str, object]:
    """Its chart, how it changed, the metrics behind each indicator, and by which version since when."""
    change = moved(found.row)
    return {
        "chart": explanation_chart(found.explanation, found.medians, found.model, key="value"),
        "change": change_of(found),
        "moved": moved_words(change) if change else "",
        "moved_chart": moved_chart(change) if change else None,
        "levels": levels(found.explanation, found.model),
        "model": found.row.calibration.model,
    }


def change_of(value: Value) -> str:
    """How the score moved against the one before it: "+2.5", or nothing when there was none."""
    if value.previous is None or value.explanation.shown is None:
        return ""
    return signed(value.explanation.shown - Decimal(value.previous).scaleb(-1))
