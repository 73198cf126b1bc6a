"""Pages of this step."""

from __future__ import annotations

from django.urls import path

from analytics.views import dashboard, reports, value

app_name = "analytics"
urlpatterns = [
    path("analytics/", dashboard.dashboard, name="dashboard"),
    path("reports/", reports.index, name="reports"),
    path("reports/<str:name>/", reports.report, name="report"),
    path("reports/<str:name>/export/<str:kind>/", reports.export, name="report_export"),
    path("analytics/value/<str:customer_no>/", value.value, name="value"),
]
