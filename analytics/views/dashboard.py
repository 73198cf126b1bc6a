"""The dashboard: honest figures, each with the list behind it, and two distributions."""

from __future__ import annotations

from django.http import HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.utils.translation import gettext as _

from analytics import charts, headlines
from analytics.freshness import freshness
from crm_site import policy
from crm_site.models import User
from crm_site.request import StaffRequest


def dashboard(request: StaffRequest) -> HttpResponse:
    """Figures as of now; scores as of the published night."""
    now, reader = timezone.now(), _reader(request)
    shares = headlines.grades()
    chosen = request.GET.get("period", "")
    period = headlines.period_of(chosen, now)
    context = {
        "now": now,
        "whole": reader is None,
        "figures": headlines.dashboard(period, reader),
        "work": headlines.work_of_period(period, reader),
        "period": period,
        "periods": headlines.PERIODS.items(),
        "chosen": chosen if chosen in headlines.PERIODS else "30d",
        "by_level": headlines.open_by_level(now, reader),
        "by_owner": headlines.open_by_owner(now, reader),
        "grades": shares,
        "grade_chart": charts.bar_chart(
            [(share.label, share.count) for share in shares],
            key="grades",
            title=_("Customers by value grade"),
            caption="",
            name=_("Grade"),
            unit=_("Customers"),
        ),
        "fresh": freshness(),
    }
    return render(request, "analytics/dashboard.html", context)


def _reader(request: StaffRequest) -> User | None:
    """For whom complaints are counted: who may list them is shown their own reach, anybody else the whole centre."""
    return request.user if policy.may(request.user, "complaints:list") else None
