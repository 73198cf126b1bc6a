"""Complaints in the admin: to read; what changes one is a step on its page. The rules of the clocks: to draft."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from django import forms
from django.contrib import admin
from django.db import models
from django.http import HttpRequest
from django.utils.html import format_html, format_html_join
from django.utils.translation import gettext_lazy as _

from complaints import profiles
from complaints.actions import causes, rules
from complaints.models import (
    ActionItem,
    CauseDetail,
    Clock,
    Complaint,
    Consent,
    DiaryEntry,
    Improvement,
    Payment,
    Plan,
    Seat,
    SlaRuleSet,
    SummaryReport,
    TaskForce,
)
from crm_site.admin.base import CrmAdminForm, CrmModelAdmin
from crm_site.admin.calendar import offer_recalculation
from crm_site.admin.versions import VersionAdmin, changes
from crm_site.models import User
from crm_site.wording import money_words


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


@admin.register(TaskForce)
class TaskForceAdmin(ReadOnlyAdmin):
    """Task forces: when their members were asked, when they were complete, when and why they ended. What they noted is
    read on the page of the complaint."""

    list_display = ("complaint", "proposed_at", "confirmed_at", "formed_at", "dissolved_at", "dissolved_because")
    list_filter = ("dissolved_because",)
    list_select_related = ("complaint",)
    search_fields = ("=complaint__number",)


@admin.register(Seat)
class SeatAdmin(ReadOnlyAdmin):
    """Who was asked to sit for what, and what they said; why somebody declined is read on the page of the complaint."""

    list_display = ("number", "person", "capacity", "department", "deputises", "leads", "asked_at", "accepted_at")
    list_filter = ("capacity", "department")
    list_select_related = ("task_force__complaint", "person", "department")
    search_fields = ("=task_force__complaint__number", "=person__employee_no")
    exclude = ("reason",)

    @admin.display(description=_("complaint"))
    def number(self, seat: Seat) -> str:
        """The complaint's number."""
        return seat.task_force.complaint.number


@admin.register(Plan)
class PlanAdmin(ReadOnlyAdmin):
    """Versions of plans and what became of them; their words are read on the page of the complaint."""

    list_display = ("number", "version", "status", "redress_type", "amount", "author", "submitted_at", "decided_by")
    list_filter = ("status", "redress_type")
    list_select_related = ("round__complaint", "author", "decided_by")
    search_fields = ("=round__complaint__number",)
    exclude = ("findings", "cause_text", "measures", "customer_message", "redress_fen")
    readonly_fields = ("amount",)

    @admin.display(description=_("complaint"))
    def number(self, plan: Plan) -> str:
        """The complaint's number."""
        return plan.round.complaint.number

    @admin.display(description=_("amount of redress"), ordering="redress_fen")
    def amount(self, plan: Plan) -> str:
        """In yuan."""
        return _yuan(plan.redress_fen)


@admin.register(ActionItem)
class ActionItemAdmin(ReadOnlyAdmin):
    """Actions of plans: whose, by when, done when."""

    list_display = ("number", "place", "owner", "department", "due_on", "done_at", "done_by")
    list_filter = ("due_on", "department")
    list_select_related = ("plan__round__complaint", "owner", "department", "done_by")
    search_fields = ("=plan__round__complaint__number",)
    exclude = ("text", "evidence", "follow_up")

    @admin.display(description=_("complaint"))
    def number(self, item: ActionItem) -> str:
        """The complaint's number."""
        return item.plan.round.complaint.number


@admin.register(Consent)
class ConsentAdmin(ReadOnlyAdmin):
    """Who agreed to redress above the limit, and who did not."""

    list_display = ("number", "office", "person", "department", "state", "asked_at", "decided_at")
    list_filter = ("office", "state")
    list_select_related = ("plan__round__complaint", "person", "department")
    search_fields = ("=plan__round__complaint__number",)
    exclude = ("follow_up",)

    @admin.display(description=_("complaint"))
    def number(self, consent: Consent) -> str:
        """The complaint's number."""
        return consent.plan.round.complaint.number


@admin.register(Payment)
class PaymentAdmin(ReadOnlyAdmin):
    """Redress that was agreed, and what was paid of it."""

    list_display = ("number", "agreed", "paid", "due_on", "granted_by", "paid_at", "paid_by", "reference")
    list_filter = ("paid_at",)
    list_select_related = ("plan__round__complaint", "follow_up", "granted_by", "paid_by")
    search_fields = ("=plan__round__complaint__number", "=reference")
    exclude = ("follow_up", "amount_fen", "paid_fen")
    readonly_fields = ("agreed", "paid")

    @admin.display(description=_("complaint"))
    def number(self, payment: Payment) -> str:
        """The complaint's number."""
        return payment.plan.round.complaint.number

    @admin.display(description=_("agreed"), ordering="amount_fen")
    def agreed(self, payment: Payment) -> str:
        """In yuan."""
        return _yuan(payment.amount_fen)

    @admin.display(description=_("amount paid"), ordering="paid_fen")
    def paid(self, payment: Payment) -> str:
        """In yuan; empty before."""
        return _yuan(payment.paid_fen)

    @admin.display(description=_("due"))
    def due_on(self, payment: Payment) -> Any:
        """The last day for it."""
        return payment.follow_up.due_on


def _yuan(fen: int | None) -> str:
    return "" if fen is None else money_words(Decimal(fen) / 100)


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


class SlaRuleSetForm(CrmAdminForm):
    """Rules as JSON, the note, and the day they are to come into force."""

    rules = forms.JSONField(
        label=_("rules"),
        widget=forms.Textarea(attrs={"rows": 24, "cols": 90, "spellcheck": "false"}),
        help_text=_("Start from the rules of the version in force; the version number is given when it is saved."),
    )

    class Meta:
        model = SlaRuleSet
        fields = ("rules", "note", "effective_from")


@admin.register(SlaRuleSet)
class SlaRuleSetAdmin(VersionAdmin):
    """Versions of the rules of the clocks: one supervisor drafts and submits, another approves; then they count."""

    form = SlaRuleSetForm
    verbs, written = rules, SlaRuleSetForm.Meta.fields
    list_display = ("__str__", "state", "author", "approver", "effective_from", "activated_at", "note")
    list_filter = ("name", "state")
    readonly_fields = (
        "name",
        "version",
        "state",
        "author",
        "approver",
        "drafted_at",
        "approved_at",
        "activated_at",
        "retired_at",
        "differences",
        "limits",
    )

    def get_changeform_initial_data(self, request: HttpRequest) -> dict[str, Any]:
        """A draft starts from the handbook's rules in force."""
        return {"rules": profiles.to_json(SlaRuleSet.objects.rulebook().house)}

    @admin.display(description=_("limits"))
    def limits(self, row: SlaRuleSet) -> str:
        """The rules as a table."""
        spelled = ((what, new) for what, _old, new in profiles.changed(None, row.profile))
        body = format_html_join("", "<tr><td>{}</td><td>{}</td></tr>", spelled)
        return format_html("<table><tbody>{}</tbody></table>", body)

    @admin.display(description=_("differs from the version in force by"))
    def differences(self, row: SlaRuleSet) -> str:
        """What changes when it is activated."""
        active = SlaRuleSet.objects.rulebook().named(row.name)
        found = profiles.changed(active, row.profile) if active else ()
        return changes(found, str(_("Nothing.") if active else _("No version is in force.")))

    def apply(self, *, by: User, obj: SlaRuleSet, form: Any, change: bool) -> SlaRuleSet:
        """actions.rules.draft or revise."""
        values = {"rules": obj.rules, "note": obj.note, "effective_from": obj.effective_from}
        return rules.revise(by=by, row=obj, **values) if change else rules.draft(by=by, **values)

    @admin.action(permissions=["change"], description=_("Activate"))
    def activate(self, request: HttpRequest, queryset: models.QuerySet[SlaRuleSet]) -> None:
        """As of every version; dates that were promised may then be counted anew."""
        super().activate(request, queryset)
        offer_recalculation(request)


@admin.register(SummaryReport)
class SummaryReportAdmin(ReadOnlyAdmin):
    """Summaries and whether they were answered."""

    list_display = ("number", "department", "kind", "first", "last", "nil", "acknowledged_at", "acknowledged_by")
    list_filter = ("kind", "department")
    list_select_related = ("department", "acknowledged_by")
    search_fields = ("=number",)
    exclude = ("lines", "cases")
