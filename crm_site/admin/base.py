"""What every admin class of the house is built on: rights from the policy table, and every change through a verb."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any, ClassVar

from django import forms
from django.contrib import admin
from django.core.exceptions import PermissionDenied, ValidationError
from django.db import models
from django.http import HttpRequest

from crm_site import policy
from crm_site.errors import RuleBroken
from crm_site.models import User

if TYPE_CHECKING:
    _ModelForm = forms.ModelForm[Any]
    _ModelAdmin = admin.ModelAdmin[Any]
else:
    _ModelForm = forms.ModelForm
    _ModelAdmin = admin.ModelAdmin


# What a stock filter appends to the name of its field. Anything longer follows a relation to somewhere else.
_FILTER_QUESTIONS = frozenset(
    {"exact", "id__exact", "in", "isnull", "gt", "gte", "lt", "lte", "year", "month", "day", "date"}
)


def staff_of(request: HttpRequest) -> User:
    """The person at an admin page. Raises PermissionDenied when it is nobody of ours."""
    if not isinstance(request.user, User):
        raise PermissionDenied
    return request.user


class CrmAdminForm(_ModelForm):
    """Shows a rule that the verb found broken beside what was typed."""

    rule_broken: ClassVar[RuleBroken | None] = None

    def clean(self) -> dict[str, Any] | None:
        """Raises ValidationError with the words of the broken rule, at its field when the form has it."""
        cleaned = super().clean()
        if self.rule_broken is not None:
            error = ValidationError(str(self.rule_broken), code=self.rule_broken.code)
            field = self.rule_broken.field
            raise ValidationError({field: error}) if field in self.fields else error
        return cleaned


class CrmModelAdmin(_ModelAdmin):
    """Rights from policy.ADMIN_READ and ADMIN_CHANGE, no deletion, changes only through ``apply``.

    A model whose rows may be changed here overrides ``apply``; state columns are named in ``readonly_fields``.
    """

    follows_policy = True  # the site takes no class without it
    form = CrmAdminForm
    show_full_result_count = False
    list_per_page = 50
    list_max_show_all = 0
    view_on_site = False
    formfield_overrides: ClassVar[dict[type[models.Field[Any, Any]], dict[str, Any]]] = {
        models.DateTimeField: {
            "form_class": forms.DateTimeField,
            "widget": forms.DateTimeInput(attrs={"type": "datetime-local"}, format="%Y-%m-%dT%H:%M"),
        },
        models.DateField: {"widget": forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d")},
    }

    @property
    def label(self) -> str:
        """The model as the policy table names it."""
        return self.model._meta.label_lower

    def has_module_permission(self, request: HttpRequest) -> bool:
        """Shown on the index to those who may read it."""
        return self.has_view_permission(request)

    def has_view_permission(self, request: HttpRequest, obj: models.Model | None = None) -> bool:
        """policy.ADMIN_READ."""
        return isinstance(request.user, User) and policy.may_read(request.user, self.label)

    def has_add_permission(self, request: HttpRequest) -> bool:
        """policy.ADMIN_CHANGE, where there is a verb to call."""
        return self.has_change_permission(request)

    def has_change_permission(self, request: HttpRequest, obj: models.Model | None = None) -> bool:
        """policy.ADMIN_CHANGE."""
        return isinstance(request.user, User) and policy.may_change(request.user, self.label)

    def has_delete_permission(self, request: HttpRequest, obj: models.Model | None = None) -> bool:
        """Nothing is deleted in the admin."""
        return False

    def get_queryset(self, request: HttpRequest) -> models.QuerySet[Any]:
        """Rows this person may see, where the model says which."""
        rows = super().get_queryset(request)
        visible_to: Callable[[User], models.QuerySet[Any]] | None = getattr(rows, "visible_to", None)
        return visible_to(staff_of(request)) if visible_to else rows

    def lookup_allowed(self, lookup: str, value: str, request: HttpRequest | None = None) -> bool:
        """Only what a filter of this list (named as text) offers: a guessed look-up would read hidden columns."""
        for name in (*self.list_filter, self.date_hierarchy):
            if isinstance(name, str) and (lookup == name or lookup.removeprefix(f"{name}__") in _FILTER_QUESTIONS):
                return True
        return False

    def apply(self, *, by: User, obj: Any, form: Any, change: bool) -> models.Model:
        """Call the verb that makes this change, and return the row it made. Raises RuleBroken."""
        raise PermissionDenied

    def get_form(self, request: HttpRequest, obj: Any = None, change: bool = False, **kwargs: Any) -> Any:
        """The form; on the second look it carries the rule its first try broke."""
        form = super().get_form(request, obj, change=change, **kwargs)
        broken = getattr(request, "rule_broken", None)
        return type(form.__name__, (form,), {"rule_broken": broken}) if broken else form

    def changeform_view(
        self,
        request: HttpRequest,
        object_id: str | None = None,
        form_url: str = "",
        extra_context: dict[str, Any] | None = None,
    ) -> Any:
        """The page; a broken rule rolls everything back and shows the form again as it was typed."""
        try:
            return super().changeform_view(request, object_id, form_url, extra_context)
        except RuleBroken as broken:
            request.rule_broken = broken  # type: ignore[attr-defined]
            return super().changeform_view(request, object_id, form_url, extra_context)

    def save_model(self, request: HttpRequest, obj: Any, form: Any, change: bool) -> None:
        """Hand the change to the verb; the admin itself writes nothing but its log entry."""
        saved = self.apply(by=staff_of(request), obj=obj, form=form, change=change)
        obj.pk = saved.pk

    def save_related(self, request: HttpRequest, form: Any, formsets: Any, change: bool) -> None:
        """Related rows too change through verbs only."""
