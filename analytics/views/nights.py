"""The nights: what each read, wrote and found, and whether its scores drifted."""

from __future__ import annotations

import datetime

from django.core.paginator import Paginator
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, render

from analytics.models import ClassRules, ScoreRun
from analytics.night_results import alert_words, results_of, unmarked_words
from crm_site.request import StaffRequest

PER_PAGE = 31


def nights(request: StaffRequest) -> HttpResponse:
    """Every run, the newest first."""
    runs = ScoreRun.objects.select_related("model", "job_run").order_by("-no")
    shown = Paginator(runs, PER_PAGE).get_page(request.GET.get("page"))
    rows = [{"run": run, "seconds": _seconds(run), "alerts": len(alert_words(run))} for run in shown]
    return render(request, "analytics/night_list.html", {"page_obj": shown, "rows": rows})


def night(request: StaffRequest, no: int) -> HttpResponse:
    """One run: its versions, the spread of its scores, what is missing, and how it lies to earlier ones."""
    run = get_object_or_404(ScoreRun.objects.select_related("model", "calibration", "job_run"), no=no)
    rules = [
        {"label": ClassRules.Dimension(dimension).label, "dimension": dimension, "version": one["version"]}
        for dimension, one in run.class_rules.items()
    ]
    context = {"run": run, "seconds": _seconds(run), "found": results_of(run), "rules": rules}
    return render(request, "analytics/night.html", context | {"unmarked": unmarked_words(run)})


def _seconds(run: ScoreRun) -> int | None:
    """From its start to its publication."""
    if run.published_at is None:
        return None
    return round((run.published_at - run.started_at) / datetime.timedelta(seconds=1))
