"""Doors of the complaints app; one a verb."""

from __future__ import annotations

from django.urls import URLPattern, URLResolver, path

from complaints.views import complaints, improvements, preview, queue, registering, steps

app_name = "complaints"
urlpatterns: list[URLPattern | URLResolver] = [
    path("complaints/", queue.queue, name="list"),
    path("complaints/filter/", queue.panel, name="filter"),
    path("complaints/new/", registering.new, name="new"),
    path("complaints/sla-preview/", preview.due_preview, name="due_preview"),
    path("improvements/", improvements.index, name="improvements"),
    path("improvements/new/", improvements.new, name="improvement_new"),
    path("improvements/<str:number>/", improvements.detail, name="improvement"),
    path("improvements/<str:number>/<str:verb>/", improvements.step, name="improvement_step"),
    path("complaints/<str:number>/", complaints.detail, name="detail"),
    path("complaints/<str:number>/print/", complaints.print_page, name="print"),
    path("complaints/<str:number>/claim/", steps.claim, name="claim"),
    *(
        path(f"complaints/<str:number>/{verb.replace('_', '-')}/", steps.step, {"verb": verb}, name=verb)
        for verb in steps.SPECS
    ),
]
