"""The demonstration accounts: one a role, named after it, all with one password that is no secret.

They open the product on somebody's own machine. In the production profile the demo bank is not loaded.
"""

from __future__ import annotations

from crm_site.models.staff import User

DEMO_PASSWORD = "crmis demo 2026"  # noqa: S105 - printed by make run


def accounts() -> list[tuple[str, str]]:
    """(role names, user name) of every demonstration account that can sign in."""
    people = User.objects.active().filter(is_demo=True).exclude(roles=[]).order_by("employee_no")
    return [(" · ".join(person.role_names), person.username) for person in people if person.has_usable_password()]
