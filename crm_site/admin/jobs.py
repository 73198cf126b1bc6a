"""What ran and what runs, to read."""

from __future__ import annotations

from django.contrib import admin

from crm_site.admin.base import CrmModelAdmin
from crm_site.models import JobRun


@admin.register(JobRun)
class JobRunAdmin(CrmModelAdmin):
    """Runs by job, business date and state."""

    list_display = (
        "job",
        "business_date",
        "slot",
        "state",
        "attempts",
        "started_at",
        "finished_at",
        "counts",
        "warning",
        "error",
    )
    list_filter = ("state", "job", "business_date")
    date_hierarchy = "business_date"
