"""Pages of this step."""

from __future__ import annotations

from django.urls import path

from analytics.views import (
    class_rules,
    dashboard,
    nights,
    reports,
    rfm,
    segment_build,
    segments,
    suggestion_models,
    suggestions,
    tuning,
    value,
)

app_name = "analytics"
urlpatterns = [
    path("analytics/", dashboard.dashboard, name="dashboard"),
    path("reports/", reports.index, name="reports"),
    path("reports/<str:name>/", reports.report, name="report"),
    path("reports/<str:name>/export/<str:kind>/", reports.export, name="report_export"),
    path("analytics/models/", tuning.models, name="models"),
    path("analytics/models/new/", tuning.model_new, name="model_new"),
    path("analytics/models/<str:version>/", tuning.model, name="model"),
    path("analytics/models/<str:version>/edit/", tuning.model_edit, name="model_edit"),
    path("analytics/models/<str:version>/weights/", tuning.model_ahp, name="model_ahp"),
    path("analytics/models/<str:version>/what-if/", tuning.model_whatif, name="model_whatif"),
    path("analytics/models/<str:version>/back-test/", tuning.model_backtest, name="model_backtest"),
    path("analytics/models/<str:version>/<str:verb>/", tuning.model_step, name="model_step"),
    path("analytics/nights/", nights.nights, name="nights"),
    path("analytics/nights/<int:no>/", nights.night, name="night"),
    path("segments/", segments.index, name="segments"),
    path("segments/new/", segment_build.new, name="segment_new"),
    path("segments/preview/", segment_build.preview, name="segment_preview"),
    path("segments/<str:number>/", segments.detail, name="segment"),
    path("segments/<str:number>/rules/", segment_build.rules, name="segment_rules"),
    path("segments/<str:number>/name/", segments.rename, name="segment_rename"),
    path("segments/<str:number>/archive/", segments.archive, name="segment_archive"),
    path("segments/<str:number>/restore/", segments.restore, name="segment_restore"),
    path("analytics/rfm/", rfm.page, name="rfm"),
    path("analytics/classes/", class_rules.page, name="classes"),
    path("analytics/classes/<str:dimension>/new/", class_rules.new, name="class_rules_new"),
    path("analytics/classes/<str:dimension>/<int:version>/", class_rules.detail, name="class_rules"),
    path("analytics/classes/<str:dimension>/<int:version>/edit/", class_rules.edit, name="class_rules_edit"),
    path("analytics/classes/<str:dimension>/<int:version>/step/", class_rules.step, name="class_rules_step"),
    path("analytics/suggestions/", suggestion_models.index, name="suggestion_models"),
    path("analytics/suggestions/new/", suggestion_models.new, name="suggestion_model_new"),
    path("analytics/suggestions/<str:kind>/<int:version>/", suggestion_models.detail, name="suggestion_model"),
    path("analytics/suggestions/<str:kind>/<int:version>/step/", suggestion_models.step, name="suggestion_model_step"),
    path("analytics/suggested/<str:customer_no>/", suggestions.suggested, name="suggested"),
    path("analytics/suggested/<str:customer_no>/answer/", suggestions.answer, name="suggested_answer"),
    path("analytics/value/<str:customer_no>/", value.value, name="value"),
]
