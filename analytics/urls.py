"""Pages of this step."""

from __future__ import annotations

from django.urls import path

from analytics.views import dashboard, reports, segment_build, segments, value

app_name = "analytics"
urlpatterns = [
    path("analytics/", dashboard.dashboard, name="dashboard"),
    path("reports/", reports.index, name="reports"),
    path("reports/<str:name>/", reports.report, name="report"),
    path("reports/<str:name>/export/<str:kind>/", reports.export, name="report_export"),
    path("segments/", segments.index, name="segments"),
    path("segments/new/", segment_build.new, name="segment_new"),
    path("segments/preview/", segment_build.preview, name="segment_preview"),
    path("segments/<str:number>/", segments.detail, name="segment"),
    path("segments/<str:number>/rules/", segment_build.rules, name="segment_rules"),
    path("segments/<str:number>/name/", segments.rename, name="segment_rename"),
    path("segments/<str:number>/archive/", segments.archive, name="segment_archive"),
    path("segments/<str:number>/restore/", segments.restore, name="segment_restore"),
    path("analytics/value/<str:customer_no>/", value.value, name="value"),
]
