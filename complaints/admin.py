"""Complaints in the admin: to read. What changes one is a step on its page; deletion there is none."""

from __future__ import annotations

from typing import Any

from django.contrib import admin
from django.db import models
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _

from complaints.actions import causes
from complaints.models import CauseDetail, Clock, Complaint, DiaryEntry, Improvement
from crm_site.admin.base import CrmModelAdmin
from crm_site.models import User


class ReadOnlyAdmin(CrmModelAdmin):
    """Every field is shown, none can be typed into, whoever looks."""

    def has_add_permission(self, request: HttpRequest) -> bool:
        """Rows come from verbs."""
        return False

    def has_change_permission(self, request: HttpRequest, obj: models.Model | None = None) -> bool:
        """Rows are changed by verbs."""
        return False


@admin.register(Complaint)
class ComplaintAdmin(ReadOnlyAdmin):
    """Matters, newest first. What the customer said, and who they are, is read on the page of the complaint."""

    list_display = ("number", "subject", "nature", "state", "level", "owner", "team", "received_at", "due", "closed_at")
    list_filter = ("state", "nature", "level", "source", "team")
    list_select_related = ("owner", "team", "leading")
    search_fields = ("=number",)
    exclude = ("content", "complainant_name", "complainant_contact", "desired_outcome", "core_issue", "customer")

    @admin.display(description=_("due"))
    def due(self, complaint: Complaint) -> Any:
        """The last day of the leading promise."""
        return complaint.leading.due_on if complaint.leading else None


@admin.register(DiaryEntry)
class DiaryEntryAdmin(ReadOnlyAdmin):
    """Who did what, from which state to which."""

    list_display = ("at", "complaint", "round_no", "verb", "from_state", "to_state", "by", "reason")
    list_filter = ("verb", "at")
    list_select_related = ("complaint", "by")
    search_fields = ("=complaint__number",)


@admin.register(Clock)
class ClockAdmin(ReadOnlyAdmin):
    """Why each promise has its date."""

    list_display = ("number", "kind", "due_on", "original_due_on", "kept_at", "profile", "profile_version", "missed")
    list_filter = ("kind", "profile", "missed")
    list_select_related = ("round__complaint", "follow_up")
    search_fields = ("=round__complaint__number",)

    @admin.display(description=_("complaint"))
    def number(self, clock: Clock) -> str:
        """The complaint's number."""
        return clock.round.complaint.number

    @admin.display(description=_("due"))
    def due_on(self, clock: Clock) -> Any:
        """The last day it can be kept."""
        return clock.follow_up.due_on

    @admin.display(description=_("kept"))
    def kept_at(self, clock: Clock) -> Any:
        """When it was kept."""
        return clock.follow_up.kept_at


@admin.register(CauseDetail)
class CauseDetailAdmin(CrmModelAdmin):
    """Kinds of causes, and the codes of the statistics standard they are reported under."""

    list_display = ("code", "name", "cause", "standard_code", "active")
    list_filter = ("cause", "active")
    search_fields = ("=code", "name")

    def get_readonly_fields(self, request: HttpRequest, obj: models.Model | None = None) -> Any:
        """Code and cause are given once."""
        return ("code", "cause") if obj else ()

    def apply(self, *, by: User, obj: CauseDetail, form: Any, change: bool) -> CauseDetail:
        """actions.causes.set_detail."""
        return causes.set_detail(
            by=by, code=obj.code, cause=obj.cause, name=obj.name, standard_code=obj.standard_code, active=obj.active
        )


@admin.register(Improvement)
class ImprovementAdmin(ReadOnlyAdmin):
    """Improvements and where they stand; their steps are on their pages."""

    list_display = ("number", "title", "cause", "status", "owner", "proposed_at", "metric_before", "metric_after")
    list_filter = ("status", "cause")
    list_select_related = ("owner",)
    search_fields = ("=number",)
    exclude = ("complaints",)
