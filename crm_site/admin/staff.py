"""Accounts, departments and teams, kept by the system administrator through their verbs."""

from __future__ import annotations

from typing import Any

from django import forms
from django.contrib import admin
from django.core.exceptions import ValidationError
from django.db import models
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _

from crm_site.actions import organisation, staff
from crm_site.admin.base import CrmAdminForm, CrmModelAdmin
from crm_site.models import Department, Team, User
from crm_site.roles import Role
from crm_site.skills import Skill


class StaffForm(CrmAdminForm):
    """Everything about a person the administrator may say. Flags of the framework are not among it."""

    roles = forms.MultipleChoiceField(
        label=_("roles"), choices=Role.choices, required=False, widget=forms.CheckboxSelectMultiple
    )
    skills = forms.MultipleChoiceField(
        label=_("specialist in"),
        choices=Skill.choices,
        required=False,
        widget=forms.CheckboxSelectMultiple,
        help_text=_("Who has such knowledge is proposed as the specialist of task forces."),
    )
    password = forms.CharField(
        label=_("new password"),
        required=False,
        strip=False,
        widget=forms.PasswordInput(attrs={"autocomplete": "new-password"}),
        help_text=_("At least 12 characters. Leave empty to keep the present one; a new one ends all sessions."),
    )
    password_again = forms.CharField(
        label=_("new password again"),
        required=False,
        strip=False,
        widget=forms.PasswordInput(attrs={"autocomplete": "new-password"}),
    )

    class Meta:
        model = User
        fields = (
            "username",
            "employee_no",
            "display_name",
            "team",
            "roles",
            "skills",
            "status",
            "extension",
            "is_active",
        )

    def clean_password(self) -> str:
        """A person without a password could not sign in: an account is opened with one."""
        password: str = self.cleaned_data["password"]
        if not self.instance.pk and not password:
            raise ValidationError(_("Give the account a first password."))
        return password

    def clean_password_again(self) -> str:
        """Raises ValidationError when the two differ."""
        again: str = self.cleaned_data["password_again"]
        if again != self.cleaned_data.get("password", again):
            raise ValidationError(_("The two passwords differ. Enter the same one twice."))
        return again

    def _post_clean(self) -> None:
        """The typed password is the verb's to set: it must not land in the row as it was typed."""
        password = self.cleaned_data.pop("password", "")
        super()._post_clean()  # type: ignore[misc]
        self.cleaned_data["password"] = password


@admin.register(User)
class StaffAdmin(CrmModelAdmin):
    """People who work here. Supervisors read; only the system administrator changes, and never the own account."""

    form = StaffForm
    list_display = ("employee_no", "username", "display_name", "team", "role_list", "status", "is_active", "last_login")
    list_filter = ("status", "is_active", "team")
    search_fields = ("=employee_no", "username", "display_name")
    list_select_related = ("team",)
    fields = (*StaffForm.Meta.fields, "password", "password_again")

    @admin.display(description=_("roles"))
    def role_list(self, user: User) -> str:
        """Role labels."""
        return " · ".join(user.role_names)

    @admin.display(description=_("specialist in"))
    def skill_list(self, user: User) -> str:
        """Labels of skills."""
        return " · ".join(user.skill_names)

    def get_readonly_fields(self, request: HttpRequest, obj: models.Model | None = None) -> Any:
        """Names under which the audit log knows a person are given once."""
        return ("username", "employee_no") if obj else ()

    def get_fields(self, request: HttpRequest, obj: models.Model | None = None) -> Any:
        """Who only reads sees no password field."""
        if self.has_change_permission(request, obj):
            return self.fields
        return (*self.fields[:4], "role_list", "skill_list", "status", "extension", "is_active")

    def apply(self, *, by: User, obj: User, form: Any, change: bool) -> User:
        """The verbs of actions.staff, as far as something changed."""
        values = form.cleaned_data
        if not change:
            made = staff.create_user(
                by=by,
                username=values["username"],
                employee_no=values["employee_no"],
                display_name=values["display_name"],
                roles=values["roles"],
                password=values["password"],
                team=values["team"],
                extension=values["extension"],
            )
            return staff.set_skills(by=by, user=made, skills=values["skills"])
        known = ("display_name", "team", "status", "extension")
        user = staff.update_user(by=by, user=obj, **{name: values[name] for name in known})
        user = staff.set_roles(by=by, user=user, roles=values["roles"])
        user = staff.set_skills(by=by, user=user, skills=values["skills"])
        if values["password"]:
            staff.set_password(by=by, user=user, password=values["password"])
        if "is_active" in form.changed_data:
            verb = staff.reactivate if values["is_active"] else staff.deactivate
            user = verb(by=by, user=user)
        return user


@admin.register(Department)
class DepartmentAdmin(CrmModelAdmin):
    """Parts of the bank."""

    list_display = ("code", "name", "kind", "head", "parent", "active")
    list_filter = ("kind", "active")
    list_select_related = ("head", "parent")
    search_fields = ("code", "name")

    def get_readonly_fields(self, request: HttpRequest, obj: models.Model | None = None) -> Any:
        """The code is given once."""
        return ("code",) if obj else ()

    def apply(self, *, by: User, obj: Department, form: Any, change: bool) -> Department:
        """actions.organisation.keep_department."""
        return organisation.keep_department(
            by=by, code=obj.code, name=obj.name, kind=obj.kind, head=obj.head, parent=obj.parent, active=obj.active
        )


@admin.register(Team)
class TeamAdmin(CrmModelAdmin):
    """Groups of people; the row scope of most roles."""

    list_display = ("code", "name", "department", "leader", "purpose")
    list_filter = ("purpose", "department")
    list_select_related = ("department", "leader")
    search_fields = ("code", "name")

    def get_readonly_fields(self, request: HttpRequest, obj: models.Model | None = None) -> Any:
        """The code is given once."""
        return ("code",) if obj else ()

    def apply(self, *, by: User, obj: Team, form: Any, change: bool) -> Team:
        """actions.organisation.keep_team."""
        return organisation.keep_team(
            by=by, code=obj.code, name=obj.name, department=obj.department, purpose=obj.purpose, leader=obj.leader
        )
