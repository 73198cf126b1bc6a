"""The first page of everybody; it has no namespace."""

from __future__ import annotations

from django.urls import URLPattern, URLResolver, path

from complaints.views import today

urlpatterns: list[URLPattern | URLResolver] = [path("", today.today, name="home")]
