"""The dashboard: four honest figures and two distributions."""

from __future__ import annotations

from django.http import HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.utils.translation import gettext as _

from analytics import charts, reports
from crm_site.request import StaffRequest
from customers.models import PublishedRun


def dashboard(request: StaffRequest) -> HttpResponse:
    """Figures as of now; scores as of the published night."""
    now = timezone.now()
    shares = reports.grades()
    context = {
        "now": now,
        "figures": reports.dashboard(now),
        "by_level": reports.open_by_level(now),
        "grades": shares,
        "grade_chart": charts.bar_chart(
            [(share.label, share.count) for share in shares],
            key="grades",
            title=_("Customers by value grade"),
            caption="",
            name=_("Grade"),
            unit=_("Customers"),
        ),
        "as_of": PublishedRun.objects.filter(pk=1).values_list("as_of", flat=True).first(),
    }
    return render(request, "analytics/dashboard.html", context)
