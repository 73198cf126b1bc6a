"""Which steps of a version of rules a page offers to whom; the verbs (``analytics.actions.rules``) ask again."""

from __future__ import annotations

from analytics.models.ruleset import RuleState, RuleVersion
from crm_site.models import User
from crm_site.roles import Role

_DRAFTED = (RuleState.DRAFT, RuleState.SIMULATED)
_DECIDED = (RuleState.SUBMITTED, RuleState.APPROVED)


def writes(user: User) -> bool:
    """Whether this person writes rules."""
    return user.has_role(Role.ANALYST, Role.SUPERVISOR)


def is_drafted(row: RuleVersion) -> bool:
    """Whether the version may still be written anew."""
    return row.state in _DRAFTED


def steps(row: RuleVersion, user: User) -> dict[str, bool]:
    """The steps every kind of rules has, by the name of their verb; ``edit`` is writing the draft anew."""
    own = row.author_id in (None, user.pk)
    waiting = user.has_role(Role.SUPERVISOR) and row.state in _DECIDED
    return {
        "edit": writes(user) and is_drafted(row) and own,
        "submit": writes(user) and own and row.state == RuleState.SIMULATED,
        "approve": waiting and row.state == RuleState.SUBMITTED and row.author_id != user.pk,
        "send_back": waiting,
        "activate": waiting and row.state == RuleState.APPROVED,
        "retire": writes(user) and (is_drafted(row) or waiting),
    }
