"""Who works here and what they may do (handbook 10; domain J.5). Only the system administrator calls these.

Nothing here, and no form anywhere, sets ``is_staff`` or ``is_superuser``: roles are the only rights there are.
"""

from __future__ import annotations

from collections.abc import Iterable

from allauth.usersessions.models import UserSession
from django.contrib.auth.password_validation import validate_password
from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils.translation import gettext_lazy as _

from crm_site import audit
from crm_site.errors import NotAllowed, RuleBroken
from crm_site.models import Team, User
from crm_site.roles import ALL_ROLES, Role, conflicts
from crm_site.skills import Skill


def _check_roles(roles: Iterable[str]) -> list[str]:
    """The roles, each once. Raises RuleBroken for an unknown one and for pairs no one person may hold."""
    held = sorted(set(map(str, roles)))
    unknown = [role for role in held if role not in ALL_ROLES]
    if unknown:
        raise RuleBroken("unknown_role", _("There is no role “%(role)s”.") % {"role": unknown[0]}, field="roles")
    clash = conflicts(held)
    if clash:
        names = {"one": Role(clash[0][0]).label, "other": Role(clash[0][1]).label}
        raise RuleBroken(
            "roles_conflict", _("One person may not be “%(one)s” and “%(other)s” at once.") % names, field="roles"
        )
    return held


def _check_right(by: User | None, user: User | None = None) -> None:
    """Only a system administrator, or the command line (None), and nobody for themselves."""
    if by is None:
        return
    if not by.has_role(Role.SYSADMIN):
        raise NotAllowed("sysadmin_only", _("Only the system administrator manages accounts."))
    if user is not None and user.pk == by.pk:
        raise NotAllowed("not_oneself", _("Another administrator has to change your own account."))


def _stored(user: User) -> User:
    """The row as it stands, locked: what a caller holds may be older, or already changed by a form."""
    return User.objects.select_for_update().get(pk=user.pk)


def _check_password(password: str, user: User) -> None:
    try:
        validate_password(password, user)
    except ValidationError as error:
        raise RuleBroken("weak_password", " ".join(error.messages), field="password") from error


@transaction.atomic
def create_user(
    *,
    by: User | None,
    username: str,
    employee_no: str,
    display_name: str,
    roles: Iterable[str],
    password: str,
    team: Team | None = None,
    extension: str = "",
    is_demo: bool = False,
) -> User:
    """Open an account. ``by=None`` is the command line.

    Raises NotAllowed, and RuleBroken for conflicting roles, a weak password or a name that is taken.
    """
    _check_right(by)
    user = User(
        username=username.strip(),
        employee_no=employee_no.strip(),
        display_name=display_name.strip(),
        roles=_check_roles(roles),
        team=team,
        extension=extension,
        is_demo=is_demo,
    )
    _check_password(password, user)
    user.set_password(password)
    try:
        user.full_clean()
    except ValidationError as error:
        field, messages = next(iter(error.message_dict.items()))
        raise RuleBroken("account_refused", messages[0], field=field) from error
    user.save(force_insert=True)
    after = {"employee_no": user.employee_no, "roles": user.roles, "team": team.code if team else ""}
    audit.record(by=by, action="staff.create", obj=user, object_id=user.username, after=after)
    return user


@transaction.atomic
def set_roles(*, by: User | None, user: User, roles: Iterable[str]) -> User:
    """Give exactly these roles. They count from the person's next request on.

    Raises NotAllowed, and RuleBroken for roles no one person may hold together.
    """
    _check_right(by, user)
    held, user = _check_roles(roles), _stored(user)
    before = {"roles": user.roles}
    if held == sorted(user.roles):
        return user
    user.roles = held
    user.save(update_fields=["roles"])
    audit.record(
        by=by, action="staff.set_roles", obj=user, object_id=user.username, before=before, after={"roles": held}
    )
    return user


@transaction.atomic
def set_skills(*, by: User | None, user: User, skills: Iterable[str]) -> User:
    """What this person is a specialist in, exactly: whom task forces are proposed from (domain R6.23, N.1(16)).

    Raises NotAllowed, and RuleBroken for an unknown one.
    """
    _check_right(by, user)
    held, user = sorted(set(map(str, skills))), _stored(user)
    unknown = [skill for skill in held if skill not in Skill.values]
    if unknown:
        raise RuleBroken("unknown_skill", _("There is no skill “%(skill)s”.") % {"skill": unknown[0]}, field="skills")
    before = {"skills": user.skills}
    if held == sorted(user.skills):
        return user
    user.skills = held
    user.save(update_fields=["skills"])
    after = {"skills": held}
    audit.record(by=by, action="staff.set_skills", obj=user, object_id=user.username, before=before, after=after)
    return user


@transaction.atomic
def update_user(
    *, by: User | None, user: User, display_name: str, team: Team | None, status: str, extension: str = ""
) -> User:
    """Change what is known of a person. Somebody who has left is deactivated too. Raises NotAllowed."""
    _check_right(by, user)
    stored = _stored(user)
    before = _facts(stored)
    stored.display_name, stored.team, stored.status, stored.extension = display_name.strip(), team, status, extension
    if _facts(stored) == before:
        return stored
    stored.save(update_fields=["display_name", "team", "status", "extension"])
    audit.record(
        by=by, action="staff.update", obj=stored, object_id=stored.username, before=before, after=_facts(stored)
    )
    if status == User.Status.LEFT and stored.is_active:
        return deactivate(by=by, user=stored, reason="left the bank")
    return stored


def _facts(user: User) -> dict[str, object]:
    return {
        "display_name": user.display_name,
        "team": user.team.code if user.team else "",
        "status": user.status,
        "extension": user.extension,
    }


@transaction.atomic
def set_password(*, by: User | None, user: User, password: str) -> None:
    """Give somebody a new password, and end all their sessions. Raises NotAllowed, RuleBroken for a weak one."""
    _check_right(by, user)
    user = _stored(user)
    _check_password(password, user)
    user.set_password(password)
    user.save(update_fields=["password"])
    ended = _end_sessions(user)
    audit.record(by=by, action="staff.set_password", obj=user, object_id=user.username, after={"sessions_ended": ended})


@transaction.atomic
def deactivate(*, by: User | None, user: User, reason: str = "") -> User:
    """Close an account: nothing it holds is touched, no request of it succeeds any more. Raises NotAllowed."""
    _check_right(by, user)
    user = _stored(user)
    user.is_active = False
    user.save(update_fields=["is_active"])
    ended = _end_sessions(user)
    audit.record(
        by=by,
        action="staff.deactivate",
        obj=user,
        object_id=user.username,
        before={"is_active": True},
        after={"is_active": False, "sessions_ended": ended},
        reason=reason,
    )
    return user


@transaction.atomic
def reactivate(*, by: User | None, user: User, reason: str = "") -> User:
    """Open a closed account again, with the roles it had. Raises NotAllowed."""
    _check_right(by, user)
    user = _stored(user)
    user.is_active = True
    user.save(update_fields=["is_active"])
    audit.record(
        by=by,
        action="staff.reactivate",
        obj=user,
        object_id=user.username,
        before={"is_active": False},
        after={"is_active": True},
        reason=reason,
    )
    return user


@transaction.atomic
def end_sessions(*, by: User | None, user: User) -> int:
    """Sign somebody out everywhere; returns how many sessions ended. Raises NotAllowed."""
    _check_right(by, user)
    ended = _end_sessions(user)
    audit.record(by=by, action="staff.end_sessions", obj=user, object_id=user.username, after={"sessions_ended": ended})
    return ended


def _end_sessions(user: User) -> int:
    open_sessions = list(UserSession.objects.filter(user=user))
    for session in open_sessions:
        session.end()
    return len(open_sessions)
