"""What supervisors see of scoring in the admin: runs, calibrations, model versions to read; classification rules to
draft and decide on."""

from __future__ import annotations

from typing import Any

from django import forms
from django.contrib import admin
from django.db import models
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _

from analytics import class_rule_book as book
from analytics import limit_words
from analytics.actions import class_rules, simulating, tuning
from analytics.model_wording import changes_in_words
from analytics.models import Calibration, ClassRules, ReportRun, ScoreRun, ScoringModel
from analytics.scoring_model import from_json
from crm_site.admin.base import CrmAdminForm, CrmModelAdmin
from crm_site.admin.versions import VersionAdmin, changes
from crm_site.models import User


@admin.register(ScoreRun)
class ScoreRunAdmin(CrmModelAdmin):
    """Nights and what they wrote."""

    list_display = ("no", "as_of", "state", "full", "population", "changed", "started_at", "published_at")
    list_filter = ("state",)
    list_select_related = ("model",)


class SimulatedAdmin(VersionAdmin):
    """Versions whose simulation the timetable makes."""

    actions = ("simulate", *VersionAdmin.actions)

    @admin.action(permissions=["change"], description=_("Simulate"))
    def simulate(self, request: HttpRequest, queryset: models.QuerySet[Any]) -> None:
        """actions.simulating.ask, for each."""
        self.each(request, queryset, simulating.ask)


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
class ScoringModelAdmin(SimulatedAdmin):
    """Versions of the value score: one drafts, tries and submits, another approves; the next night goes by it."""

    form = ScoringModelForm
    verbs, written = tuning, ScoringModelForm.Meta.fields
    list_display = ("version", "state", "author", "approver", "activated_at", "note")
    list_filter = ("state",)
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

    def get_changeform_initial_data(self, request: HttpRequest) -> dict[str, Any]:
        """A draft starts from the rules in force."""
        active = ScoringModel.objects.filter(state=ScoringModel.State.ACTIVE).first()
        return {"spec": active.spec if active else {}}

    @admin.display(description=_("differs from the version in force by"))
    def differences(self, row: ScoringModel) -> str:
        """What changes when it is activated."""
        active = ScoringModel.objects.filter(state=ScoringModel.State.ACTIVE).first()
        found = tuning.changed(from_json(active.spec), from_json(row.spec)) if active else []
        return changes(changes_in_words(found), str(_("Nothing.")))

    def apply(self, *, by: User, obj: ScoringModel, form: Any, change: bool) -> ScoringModel:
        """actions.tuning.draft or revise."""
        spec = tuning.read(obj.spec)
        return (
            tuning.revise(by=by, row=obj, spec=spec, note=obj.note)
            if change
            else tuning.draft(by=by, spec=spec, note=obj.note)
        )


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
class ClassRulesAdmin(SimulatedAdmin):
    """Versions of the classifications: one person drafts, simulates and submits, another approves; then they count."""

    form = ClassRulesForm
    verbs, written = class_rules, ClassRulesForm.Meta.fields
    list_display = ("__str__", "state", "author", "approver", "activated_at", "note")
    list_filter = ("dimension", "state")
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

    def get_readonly_fields(self, request: HttpRequest, obj: models.Model | None = None) -> Any:
        """The dimension is given once."""
        found = super().get_readonly_fields(request, obj)
        return found if obj is None or "dimension" in found else (*found, "dimension")

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
        return changes(((line.label, line.old, line.new) for line in lines if line.changed), str(_("Nothing.")))

    def apply(self, *, by: User, obj: ClassRules, form: Any, change: bool) -> ClassRules:
        """actions.class_rules.draft or revise."""
        if change:
            return class_rules.revise(by=by, row=obj, data=obj.rules, note=obj.note)
        return class_rules.draft(by=by, dimension=obj.dimension, data=obj.rules, note=obj.note)
