"""The policy table as a page people can read: docs/PERMISSIONS.md."""

from __future__ import annotations

from collections.abc import Iterable

from crm_site import policy
from crm_site.roles import SECOND_FACTOR_ROLES, Role

_ALLOW, _SCOPE, _DENY, _PUBLIC = "●", "○", "–", "public"
_HEAD = """# Who may open what

Made by `manage.py permissions` from `crm_site/policy.py`; a test fails when the two differ. Do not edit by hand.

● allowed · ○ allowed for the rows this role may see (`visible_to`; any other row answers 404) · – denied (403, and
written in the audit log) · public: no sign-in. An address that is not listed here answers 403. Methods that are not
listed answer 405; HEAD goes with GET. Roles that need a second factor where it is required:
{second}.
"""


def render() -> str:
    """The whole page, as Markdown."""
    roles = [str(role) for role in Role.values]
    parts = [_HEAD.format(second=", ".join(sorted(map(str, SECOND_FACTOR_ROLES))))]
    for area, names in _areas().items():
        parts.append(_table(f"## {area}", ["address", "methods", *roles], (_line(name, roles) for name in names)))
    models = sorted(policy.ADMIN_READ.keys() | policy.ADMIN_CHANGE.keys())
    parts.append(
        "## administration\n\n"
        f"`/admin/` opens to {', '.join(sorted(policy.ADMIN_ROLES))}. Nothing is deleted there; changes go through "
        "verbs.\nr: may read the model · w: may also change it.\n"
    )
    parts.append(_table("", ["model", *sorted(policy.ADMIN_ROLES)], (_model_line(model) for model in models)))
    return "\n".join(parts)


def _areas() -> dict[str, list[str]]:
    """URL names by namespace, in the order of the table; the building first."""
    areas: dict[str, list[str]] = {}
    for name in policy.TABLE:
        area = name.split(":")[0] if ":" in name else "the building"
        areas.setdefault(area, []).append(name)
    return areas


def _line(name: str, roles: list[str]) -> list[str]:
    rule = policy.TABLE[name]
    signs = {policy.Verdict.ALLOW: _ALLOW, policy.Verdict.SCOPE: _SCOPE, policy.Verdict.DENY: _DENY}
    marks = [_PUBLIC if rule.public else signs[rule.verdict(frozenset({role}))] for role in roles]
    return [f"`{name}`", " ".join(rule.methods), *marks]


def _model_line(model: str) -> list[str]:
    marks = []
    for role in sorted(policy.ADMIN_ROLES):
        changes = role in policy.ADMIN_CHANGE.get(model, frozenset())
        marks.append("w" if changes else "r" if role in policy.ADMIN_READ.get(model, frozenset()) else _DENY)
    return [f"`{model}`", *marks]


def _table(title: str, head: list[str], lines: Iterable[list[str]]) -> str:
    rows = [head, ["---"] * len(head), *lines]
    body = "\n".join(f"| {' | '.join(row)} |" for row in rows)
    return f"{title}\n\n{body}\n" if title else f"{body}\n"
