"""What supervisors see of scoring in the admin: runs, calibrations, model versions to read; classification rules to
draft and decide on."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django import forms
from django.contrib import admin, messages
from django.db import models
from django.http import HttpRequest
from django.utils.html import format_html, format_html_join
from django.utils.translation import gettext_lazy as _

from analytics import class_rule_book as book
from analytics import limit_words
from analytics.actions import class_rules, tuning
from analytics.model_wording import changes_in_words
from analytics.models import Calibration, ClassRules, ReportRun, ScoreRun, ScoringModel
from analytics.scoring_model import from_json
from crm_site.admin.base import CrmAdminForm, CrmModelAdmin, staff_of
from crm_site.errors import RuleBroken
from crm_site.models import User


@admin.register(ScoreRun)
class ScoreRunAdmin(CrmModelAdmin):
    """Nights and what they wrote."""

    list_display = ("no", "as_of", "state", "full", "population", "changed", "started_at", "published_at")
    list_filter = ("state",)
    list_select_related = ("model",)


class ScoringModelForm(CrmAdminForm):
    """The rules as JSON, and why."""

    spec = forms.JSONField(
        label=_("rules"),
        widget=forms.Textarea(attrs={"rows": 24, "cols": 90, "spellcheck": "false"}),
        help_text=_("The pages of the value model have a field for every number."),
    )

    class Meta:
        model = ScoringModel
        fields = ("spec", "note")


@admin.register(ScoringModel)
class ScoringModelAdmin(CrmModelAdmin):
    """Versions of the value score: one drafts, tries and submits, another approves; the next night goes by it."""

    form = ScoringModelForm
    list_display = ("version", "state", "author", "approver", "activated_at", "note")
    list_filter = ("state",)
    list_select_related = ("author", "approver")
    actions = ("submit", "approve", "activate", "retire")
    readonly_fields = (
        "version",
        "state",
        "author",
        "approver",
        "drafted_at",
        "simulated_at",
        "submitted_at",
        "approved_at",
        "activated_at",
        "retired_at",
        "backtest_waived",
        "differences",
    )

    def get_fields(self, request: HttpRequest, obj: models.Model | None = None) -> Any:
        """A new one is rules and note; one that stands also says who, when, and what it changes."""
        return (*self.readonly_fields, *ScoringModelForm.Meta.fields) if obj else ScoringModelForm.Meta.fields

    def get_readonly_fields(self, request: HttpRequest, obj: models.Model | None = None) -> Any:
        """Once submitted the rules stand as they are."""
        drafted = obj is None or (isinstance(obj, ScoringModel) and obj.state in ("DRAFT", "SIMULATED"))
        return self.readonly_fields if drafted else (*self.readonly_fields, *ScoringModelForm.Meta.fields)

    def get_changeform_initial_data(self, request: HttpRequest) -> dict[str, Any]:
        """A draft starts from the rules in force."""
        active = ScoringModel.objects.filter(state=ScoringModel.State.ACTIVE).first()
        return {"spec": active.spec if active else {}}

    @admin.display(description=_("differs from the version in force by"))
    def differences(self, row: ScoringModel) -> str:
        """What changes when it is activated."""
        active = ScoringModel.objects.filter(state=ScoringModel.State.ACTIVE).first()
        found = tuning.changed(from_json(active.spec), from_json(row.spec)) if active else []
        if not found:
            return str(_("Nothing."))
        body = format_html_join("", "<tr><td>{}</td><td>{}</td><td>→</td><td>{}</td></tr>", changes_in_words(found))
        return format_html("<table><tbody>{}</tbody></table>", body)

    def apply(self, *, by: User, obj: ScoringModel, form: Any, change: bool) -> ScoringModel:
        """actions.tuning.draft or revise."""
        spec = tuning.read(obj.spec)
        return (
            tuning.revise(by=by, row=obj, spec=spec, note=obj.note)
            if change
            else tuning.draft(by=by, spec=spec, note=obj.note)
        )

    @admin.action(permissions=["change"], description=_("Submit for approval"))
    def submit(self, request: HttpRequest, queryset: models.QuerySet[ScoringModel]) -> None:
        """actions.tuning.submit, for each."""
        self._each(request, queryset, tuning.submit)

    @admin.action(permissions=["change"], description=_("Approve"))
    def approve(self, request: HttpRequest, queryset: models.QuerySet[ScoringModel]) -> None:
        """actions.tuning.approve, for each."""
        self._each(request, queryset, tuning.approve)

    @admin.action(permissions=["change"], description=_("Activate"))
    def activate(self, request: HttpRequest, queryset: models.QuerySet[ScoringModel]) -> None:
        """actions.tuning.activate, for each."""
        self._each(request, queryset, tuning.activate)

    @admin.action(permissions=["change"], description=_("Retire"))
    def retire(self, request: HttpRequest, queryset: models.QuerySet[ScoringModel]) -> None:
        """actions.tuning.retire, for each."""
        self._each(request, queryset, tuning.retire)

    def _each(
        self, request: HttpRequest, rows: models.QuerySet[ScoringModel], verb: Callable[..., ScoringModel]
    ) -> None:
        for row in rows:
            try:
                done = verb(by=staff_of(request), row=row)
            except RuleBroken as broken:
                messages.error(request, f"{row}: {broken}")
            else:
                messages.success(request, f"{done}: {done.get_state_display()}")


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


class ClassRulesForm(CrmAdminForm):
    """Which classification, its rules as JSON, and why."""

    rules = forms.JSONField(
        label=_("rules"),
        widget=forms.Textarea(attrs={"rows": 24, "cols": 90, "spellcheck": "false"}),
        help_text=_("What is left out is the handbook's; the version number is given when it is saved."),
    )

    class Meta:
        model = ClassRules
        fields = ("dimension", "rules", "note")


@admin.register(ClassRules)
class ClassRulesAdmin(CrmModelAdmin):
    """Versions of the classifications: one person drafts, simulates and submits, another approves; then they count."""

    form = ClassRulesForm
    list_display = ("__str__", "state", "author", "approver", "activated_at", "note")
    list_filter = ("dimension", "state")
    list_select_related = ("author", "approver")
    actions = ("simulate", "submit", "approve", "activate", "retire")
    exclude = ("simulation", "asked_at", "asked_by", "content_hash")
    readonly_fields = (
        "version",
        "state",
        "author",
        "approver",
        "drafted_at",
        "simulated_at",
        "submitted_at",
        "approved_at",
        "activated_at",
        "retired_at",
        "moved",
        "differences",
    )

    def get_fields(self, request: HttpRequest, obj: models.Model | None = None) -> Any:
        """A new one is dimension, rules and note; one that stands also says who, when, and what it changes."""
        return (*self.readonly_fields, *ClassRulesForm.Meta.fields) if obj else ClassRulesForm.Meta.fields

    def get_readonly_fields(self, request: HttpRequest, obj: models.Model | None = None) -> Any:
        """The dimension is given once; once submitted the rules stand as they are."""
        if obj is None:
            return self.readonly_fields
        drafted = isinstance(obj, ClassRules) and obj.state in (ClassRules.State.DRAFT, ClassRules.State.SIMULATED)
        return (*self.readonly_fields, *(("dimension",) if drafted else ClassRulesForm.Meta.fields))

    def get_changeform_initial_data(self, request: HttpRequest) -> dict[str, Any]:
        """A draft starts from the rules in force."""
        active = class_rules.in_force_row("ASSET")
        return {"dimension": "ASSET", "rules": active.rules if active else book.default("ASSET")}

    @admin.display(description=_("customers it would move"))
    def moved(self, row: ClassRules) -> str:
        """By the simulation."""
        return str(row.simulation.get("moved", "")) if row.simulation else ""

    @admin.display(description=_("differs from the version in force by"))
    def differences(self, row: ClassRules) -> str:
        """What changes when it is activated."""
        active = class_rules.in_force_row(row.dimension)
        lines = limit_words.lines(row.dimension, row.rules, active.rules if active else None)
        found = [(line.label, line.old, line.new) for line in lines if line.changed]
        if not found:
            return str(_("Nothing."))
        body = format_html_join("", "<tr><td>{}</td><td>{}</td><td>→</td><td>{}</td></tr>", found)
        return format_html("<table><tbody>{}</tbody></table>", body)

    def apply(self, *, by: User, obj: ClassRules, form: Any, change: bool) -> ClassRules:
        """actions.class_rules.draft or revise."""
        if change:
            return class_rules.revise(by=by, row=obj, data=obj.rules, note=obj.note)
        return class_rules.draft(by=by, dimension=obj.dimension, data=obj.rules, note=obj.note)

    @admin.action(permissions=["change"], description=_("Simulate"))
    def simulate(self, request: HttpRequest, queryset: models.QuerySet[ClassRules]) -> None:
        """actions.class_rules.ask_simulation, for each: the timetable does it."""
        self._each(request, queryset, class_rules.ask_simulation)

    @admin.action(permissions=["change"], description=_("Submit for approval"))
    def submit(self, request: HttpRequest, queryset: models.QuerySet[ClassRules]) -> None:
        """actions.class_rules.submit, for each."""
        self._each(request, queryset, class_rules.submit)

    @admin.action(permissions=["change"], description=_("Approve"))
    def approve(self, request: HttpRequest, queryset: models.QuerySet[ClassRules]) -> None:
        """actions.class_rules.approve, for each."""
        self._each(request, queryset, class_rules.approve)

    @admin.action(permissions=["change"], description=_("Activate"))
    def activate(self, request: HttpRequest, queryset: models.QuerySet[ClassRules]) -> None:
        """actions.class_rules.activate, for each."""
        self._each(request, queryset, class_rules.activate)

    @admin.action(permissions=["change"], description=_("Retire"))
    def retire(self, request: HttpRequest, queryset: models.QuerySet[ClassRules]) -> None:
        """actions.class_rules.retire, for each."""
        self._each(request, queryset, class_rules.retire)

    def _each(self, request: HttpRequest, rows: models.QuerySet[ClassRules], verb: Callable[..., ClassRules]) -> None:
        for row in rows:
            try:
                done = verb(by=staff_of(request), row=row)
            except RuleBroken as broken:
                messages.error(request, f"{row}: {broken}")
            else:
                messages.success(request, f"{done}: {done.get_state_display()}")
