"""Doors of the complaints app; one a verb."""

from __future__ import annotations

from django.urls import URLPattern, URLResolver, path

from complaints.views import (
    bulk,
    complaints,
    exports,
    gatherings,
    improvements,
    notes,
    papers,
    presence,
    preview,
    public,
    queue,
    recalculations,
    registering,
    saved,
    steps,
    summaries,
    wall,
    why,
)

app_name = "complaints"
urlpatterns: list[URLPattern | URLResolver] = [
    path("complaints/", queue.queue, name="list"),
    path("complaints/filter/", queue.panel, name="filter"),
    path("complaints/wall/", wall.wall, name="wall"),
    path("complaints/export/", exports.export, name="export"),
    path("complaints/exports/", exports.register, name="exports"),
    path("complaints/exports/<str:ref>/decide/", exports.decide, name="export_decide"),
    path("complaints/exports/<str:ref>/fetch/", exports.fetch, name="export_fetch"),
    path("complaints/views/new/", saved.new, name="view_new"),
    path("complaints/views/<str:ref>/", saved.edit, name="view_edit"),
    path("complaints/views/<str:ref>/delete/", saved.delete, name="view_delete"),
    path("complaints/views/<str:ref>/restore/", saved.restore, name="view_restore"),
    path("complaints/bulk/<str:action>/", bulk.bulk, name="bulk"),
    path("complaints/batches/<str:ref>/", bulk.batch, name="batch"),
    path("undo/<str:ref>/", bulk.undo, name="undo"),
    path("complaints/new/", registering.new, name="new"),
    path("complaints/sla-preview/", preview.due_preview, name="due_preview"),
    path("summaries/", summaries.index, name="summaries"),
    path("summaries/<str:number>/", summaries.detail, name="summary"),
    path("summaries/<str:number>/acknowledge/", summaries.acknowledge, name="summary_acknowledge"),
    path("improvements/", improvements.index, name="improvements"),
    path("improvements/new/", improvements.new, name="improvement_new"),
    path("improvements/<str:number>/", improvements.detail, name="improvement"),
    path("improvements/<str:number>/<str:verb>/", improvements.step, name="improvement_step"),
    path("complaints/recalculations/", recalculations.page, name="recalculations"),
    path("complaints/recalculations/new/", recalculations.new, name="recalculation_new"),
    path("complaints/recalculations/<str:number>/", recalculations.detail, name="recalculation"),
    path("complaints/recalculations/<str:number>/decide/", recalculations.decide, name="recalculation_decide"),
    path("complaints/groups/<str:number>/", gatherings.page, name="gathering"),
    path("complaints/<str:number>/", complaints.detail, name="detail"),
    path("complaints/<str:number>/here/", presence.here, name="presence"),
    path("complaints/<str:number>/print/", complaints.print_page, name="print"),
    path("complaints/<str:number>/letter/", papers.letter, name="letter"),
    path("complaints/<str:number>/receipt/", papers.receipt, name="receipt"),
    path("complaints/<str:number>/comment/", notes.comment, name="comment"),
    path("complaints/<str:number>/attach/", notes.attach, name="attach"),
    path("complaints/<str:number>/files/<uuid:uuid>/", notes.attachment, name="attachment"),
    path("complaints/<str:number>/why/", why.page, name="why"),
    path("complaints/<str:number>/claim/", steps.claim, name="claim"),
    *(
        path(f"complaints/<str:number>/{verb.replace('_', '-')}/", steps.step, {"verb": verb}, name=verb)
        for verb in steps.SPECS
    ),
    path("complain/", public.complain, name="complain"),
    path("complain/received/", public.received, name="complain_received"),
    path("complain/status/", public.status, name="status"),
    path("complain/status/code/", public.new_code, name="status_code"),
    path("complain/status/matter/", public.matter, name="matter"),
    path("complain/status/leave/", public.leave, name="leave"),
]
