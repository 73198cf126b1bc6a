"""What rules find right now: how many, and some of the customers, as far as the reader may see them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from analytics import audience, behaviour_text, charts, segment_sizes
from analytics.audience_rules import Group, content_hash
from analytics.behaviour import from_json
from analytics.models.segment import WRITERS
from analytics.segment_sizes import Size
from crm_site import audit, policy
from crm_site.models import AccessRecord, User
from crm_site.request import StaffRequest
from crm_site.roles import Role
from customers import showing
from customers.models import Customer, Standing

__all__ = ["WRITERS", "Look", "composition", "looked_at"]
SAMPLE = 10


@dataclass(frozen=True, slots=True)
class Look:
    """A live count; not ``exact`` when there are more than it counts to."""

    n: int
    exact: bool
    words: str


def looked_at(request: StaffRequest, rules: Group, about: str) -> dict[str, Any]:
    """The count and the sample for a page. That somebody looked at customers is written down; ``about`` names the
    segment, "new" one that is not saved."""
    when = audience.When.live()
    n, exact = audience.counted(rules, when)
    look = Look(n, exact, segment_sizes.number_words(n, request.user))
    rows = _sample(rules, when, request.user) if segment_sizes.sees_customers(request.user) else []
    if rows:
        audit.accessed(
            by=request.user,
            kind=AccessRecord.Kind.VIEW,
            object_type="analytics.segment",
            object_id=about,
            fields="sample",
            results=len(rows),
        )
    return {"look": look, "sample": rows, "live_most": f"{audience.LIVE_MOST:,}"}


def _sample(rules: Group, when: audience.When, user: User) -> list[dict[str, Any]]:
    """Names covered as in every list; restricted customers only for who may open all of them."""
    rows = audience.customers(rules, when)
    if not user.has_role(Role.SUPERVISOR, Role.AUDITOR):
        rows = rows.filter(restricted=False)
    found = audience.sample(rows, int(content_hash(rules)[:8], 16), SAMPLE)
    now = {one.customer_id: one for one in Standing.objects.at(when.run, when.since).filter(customer__in=found)}
    opens = policy.may(user, "customers:detail")
    reach = Customer.objects.visible_to(user).filter(pk__in=[one.pk for one in found])
    visible = set(reach.values_list("pk", flat=True)) if opens else set()
    return [
        {
            "customer": one,
            "name": showing.listed_name(one, user),
            "standing": now.get(one.pk),
            "opens": one.pk in visible,
        }
        for one in found
    ]


def composition(rules: Group, size: Size | None, look: Look, user: User) -> list[charts.BarChart]:
    """Bars by the last night; before the first one, of what is there now if that can be counted to its end."""
    if not segment_sizes.sees_customers(user):
        return []
    if size is not None:
        return segment_sizes.spread(size.count.grades, size.count.assets)
    if not look.exact:
        return []
    grades: dict[str, int] = {}
    assets: dict[str, int] = {}
    for (grade, asset), n in audience.composition(rules).items():
        grades[grade] = grades.get(grade, 0) + n
        assets[asset] = assets.get(asset, 0) + n
    return segment_sizes.spread(grades, assets)


def habits(size: Size | None, user: User) -> dict[str, Any] | None:
    """What they do, by the last night; not for who sees counts alone where it would tell of single persons."""
    kept = from_json(size.count.behaviour) if size else None
    if size is None or kept is None or not segment_sizes.sees_customers(user):
        return None
    return behaviour_text.shown(kept, "habits")
