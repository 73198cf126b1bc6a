"""The visitors' book, to read."""

from __future__ import annotations

from django.contrib import admin

from crm_site.admin.base import CrmModelAdmin
from crm_site.models import AccessRecord, AuditEvent


@admin.register(AuditEvent)
class AuditEventAdmin(CrmModelAdmin):
    """Changes, newest first; found by object number, person, action or request."""

    list_display = ("seq", "at", "actor", "role", "action", "object_type", "object_id", "reason")
    list_filter = ("at",)
    search_fields = ("=object_id", "=actor", "=action", "=request_id")
    search_help_text = "C-2019-004217 · agent · complaint.assess"
    exclude = ("hash_version",)


@admin.register(AccessRecord)
class AccessRecordAdmin(CrmModelAdmin):
    """Looks at personal data, newest first."""

    list_display = ("at", "actor", "kind", "object_type", "object_id", "fields", "purpose", "reason", "results")
    list_filter = ("kind", "purpose", "at")
    search_fields = ("=object_id", "=actor", "=request_id")
