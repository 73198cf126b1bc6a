"""Departments and teams (handbook 10; domain C.1). Kept by the system administrator; none is ever removed."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils.translation import gettext_lazy as _

from crm_site import audit
from crm_site.errors import NotAllowed, RuleBroken
from crm_site.models import Department, Team, User
from crm_site.roles import Role


def _check_right(by: User | None) -> None:
    if by is not None and not by.has_role(Role.SYSADMIN):
        raise NotAllowed("sysadmin_only", _("Only the system administrator keeps departments and teams."))


def _keep(row: Department | Team, *, by: User | None, action: str, values: Mapping[str, Any]) -> None:
    """Write ``values`` to the row, and what changed to the audit log. Raises RuleBroken when they do not fit."""
    before = {name: str(getattr(row, name)) for name in values} if row.pk else {}
    for name, value in values.items():
        setattr(row, name, value)
    try:
        row.full_clean()
    except ValidationError as error:
        field, messages = next(iter(error.message_dict.items()))
        raise RuleBroken("row_refused", messages[0], field=field) from error
    row.save()
    after = {name: str(value) for name, value in values.items()}
    changed = [name for name in after if before.get(name) != after[name]]
    if changed:
        old, new = {name: before.get(name) for name in changed}, {name: after[name] for name in changed}
        audit.record(by=by, action=action, obj=row, object_id=row.code, before=old if before else {}, after=new)


@transaction.atomic
def keep_department(
    *,
    by: User | None,
    code: str,
    name: str,
    kind: str,
    head: User | None = None,
    parent: Department | None = None,
    active: bool = True,
) -> Department:
    """Make the department with this code, or change it. Raises NotAllowed, and RuleBroken for a circle of parents."""
    _check_right(by)
    row = Department.objects.filter(code=code).first() or Department(code=code)
    above = parent
    while above is not None:
        if above.pk == row.pk:
            raise RuleBroken("department_circle", _("A department cannot stand above itself."), field="parent")
        above = above.parent
    values = {"name": name, "kind": kind, "head": head, "parent": parent, "active": active}
    _keep(row, by=by, action="department.keep", values=values)
    return row


@transaction.atomic
def keep_team(
    *, by: User | None, code: str, name: str, department: Department, purpose: str, leader: User | None = None
) -> Team:
    """Make the team with this code, or change it. Raises NotAllowed, RuleBroken."""
    _check_right(by)
    row = Team.objects.filter(code=code).first() or Team(code=code)
    values = {"name": name, "department": department, "purpose": purpose, "leader": leader}
    _keep(row, by=by, action="team.keep", values=values)
    return row
