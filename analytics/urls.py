"""Pages of this step."""

from __future__ import annotations

from django.urls import path

from analytics.views import class_rules, dashboard, reports, value

app_name = "analytics"
urlpatterns = [
    path("analytics/", dashboard.dashboard, name="dashboard"),
    path("reports/", reports.index, name="reports"),
    path("reports/<str:name>/", reports.report, name="report"),
    path("reports/<str:name>/export/<str:kind>/", reports.export, name="report_export"),
    path("analytics/classes/", class_rules.page, name="classes"),
    path("analytics/classes/<str:dimension>/new/", class_rules.new, name="class_rules_new"),
    path("analytics/classes/<str:dimension>/<int:version>/", class_rules.detail, name="class_rules"),
    path("analytics/classes/<str:dimension>/<int:version>/edit/", class_rules.edit, name="class_rules_edit"),
    path("analytics/classes/<str:dimension>/<int:version>/step/", class_rules.step, name="class_rules_step"),
    path("analytics/value/<str:customer_no>/", value.value, name="value"),
]
