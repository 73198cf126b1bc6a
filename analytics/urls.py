"""Pages of this step."""

from __future__ import annotations

from django.urls import path

from analytics.views import dashboard, value

app_name = "analytics"
urlpatterns = [
    path("analytics/", dashboard.dashboard, name="dashboard"),
    path("analytics/value/<str:customer_no>/", value.value, name="value"),
]
