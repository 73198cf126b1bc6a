"""Pages of this step."""

from __future__ import annotations

from django.urls import path

from analytics.views import dashboard, reports, tuning, value

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
    path("analytics/value/<str:customer_no>/", value.value, name="value"),
]
