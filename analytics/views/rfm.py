"""How customers spread over recency and frequency, and over the boxes (domain F.9)."""

from __future__ import annotations

from typing import Any

from django.http import HttpResponse
from django.shortcuts import render

from analytics import rfm
from analytics.models import RfmRun
from crm_site.request import StaffRequest


def page(request: StaffRequest) -> HttpResponse:
    """The grid and the boxes of the newest marking."""
    run = RfmRun.current()
    context: dict[str, Any] = {"run": run}
    if run and run.population:
        context["grid"] = [{"r": rfm.BINS - number, "cells": row} for number, row in enumerate(run.grid)]
        context["marks"] = range(1, rfm.BINS + 1)
        context["boxes"] = [_box(run, code) for code in rfm.codes(run.rules.rules)]
    return render(request, "analytics/rfm.html", context)


def _box(run: RfmRun, code: str) -> dict[str, Any]:
    n = run.boxes.get(code, 0)
    return {"label": rfm.label(run.rules.rules, code), "n": n, "share": f"{100 * n / run.population:.1f}%"}
