"""The roles of the centre (domain J.5) and which of them no one person may hold together."""

from __future__ import annotations

from collections.abc import Iterable

from django.db.models import TextChoices
from django.utils.translation import gettext_lazy as _


class Role(TextChoices):
    """One code a role; a person may hold several."""

    AGENT = "agent", _("Agent")
    SENIOR = "senior", _("Team leader")
    HANDLER = "handler", _("Complaint handler")
    LIAISON = "liaison", _("Department liaison")
    TFMEMBER = "tfmember", _("Task force member")
    SUPERVISOR = "supervisor", _("Supervisor")
    PLANNER = "planner", _("Campaign planner")
    APPROVER = "approver", _("Campaign approver")
    ANALYST = "analyst", _("Analyst")
    TRAINER = "trainer", _("Trainer")
    PRIVACY = "privacy", _("Privacy officer")
    AUDITOR = "auditor", _("Auditor")
    SYSADMIN = "sysadmin", _("System administrator")


ALL_ROLES = frozenset(Role.values)
SECOND_FACTOR_ROLES = frozenset({Role.SUPERVISOR, Role.APPROVER, Role.PRIVACY, Role.AUDITOR, Role.SYSADMIN})
_WRITERS = ALL_ROLES - {Role.AUDITOR, Role.SYSADMIN}


def conflicts(roles: Iterable[str]) -> list[tuple[str, str]]:
    """Pairs that must not meet in one person (domain J.5): planner with approver, analyst with the supervisor who
    releases models, auditor with any writer, system administrator with any business role."""
    held = set(roles)
    pairs: list[tuple[str, str]] = [(Role.PLANNER, Role.APPROVER), (Role.ANALYST, Role.SUPERVISOR)]
    pairs += [(Role.AUDITOR, other) for other in sorted(_WRITERS)]
    pairs += [(Role.SYSADMIN, other) for other in sorted(ALL_ROLES - {Role.SYSADMIN})]
    return [(str(a), str(b)) for a, b in pairs if a in held and b in held]
