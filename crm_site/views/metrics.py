"""Figures for the operator's monitoring, never for the public."""

from __future__ import annotations

import secrets

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django_prometheus.exports import ExportToDjangoView

from crm_site.client import is_local
from crm_site.views.errors import forbidden


def metrics(request: HttpRequest) -> HttpResponse:
    """Prometheus text. With METRICS_TOKEN only for its bearer; without one only from this machine."""
    if settings.METRICS_TOKEN:
        given = request.headers.get("Authorization", "").removeprefix("Bearer ")
        allowed = secrets.compare_digest(given.encode(), settings.METRICS_TOKEN.encode())
    else:
        allowed = is_local(request)
    return ExportToDjangoView(request) if allowed else forbidden(request)
