"""What supervisors see of surveys in the admin: everything readable, nothing edited by hand."""

from __future__ import annotations

from django.contrib import admin

from campaigns.models import Invitation, Survey
from crm_site.admin.base import CrmModelAdmin


@admin.register(Survey)
class SurveyAdmin(CrmModelAdmin):
    """Surveys and their versions."""

    list_display = ("code", "version", "type", "mode", "state")


@admin.register(Invitation)
class InvitationAdmin(CrmModelAdmin):
    """Invitations and what became of them; the token is not kept."""

    list_display = ("created_at", "survey", "state", "reason", "expires_at", "completed_at")
    list_filter = ("state",)
    exclude = ("token_hash",)
