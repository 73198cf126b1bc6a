"""What supervisors see of scoring in the admin: runs, calibrations, model versions; all read-only."""

from __future__ import annotations

from django.contrib import admin

from analytics.models import Calibration, ReportRun, ScoreRun, ScoringModel
from crm_site.admin.base import CrmModelAdmin


@admin.register(ScoreRun)
class ScoreRunAdmin(CrmModelAdmin):
    """Nights and what they wrote."""

    list_display = ("no", "as_of", "state", "full", "population", "changed", "started_at", "published_at")
    list_filter = ("state",)
    list_select_related = ("model",)


@admin.register(ScoringModel)
class ScoringModelAdmin(CrmModelAdmin):
    """Versions of the value score."""

    list_display = ("version", "state", "activated_at", "content_hash")


@admin.register(Calibration)
class CalibrationAdmin(CrmModelAdmin):
    """Frozen populations."""

    list_display = ("on", "model", "population")
    list_select_related = ("model",)
    exclude = ("data",)


@admin.register(ReportRun)
class ReportRunAdmin(CrmModelAdmin):
    """Reports as they were issued."""

    list_display = ("name", "first", "last", "as_of", "content_hash", "made_at", "made_by")
    list_filter = ("name",)
    list_select_related = ("made_by",)
    exclude = ("lines",)
