"""Simulations nobody can wait for: asked for by a person, done by the timetable, the same for every kind of rules.

A small bank is simulated while its analyst waits; in a large one the wish is kept on the version (its ``asked_at``) and
a sweep fulfils it (docs/decisions/0045, 0049).
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING, Any, TypeVar, cast

import structlog
from django.db import transaction
from django.db.models import Max, Min
from django.utils import timezone

from analytics.actions import class_rules, rules, tuning
from analytics.models import ClassRules, ScoringModel
from analytics.models.ruleset import RuleState, RuleVersion
from crm_site import jobs
from crm_site.errors import RuleBroken
from crm_site.models import JobRun
from customers.models import Customer

if TYPE_CHECKING:
    from crm_site.models import User

WAITS_UP_TO = 50_000  # so many customers are simulated while somebody waits; more are left to the timetable
KINDS: tuple[tuple[type[RuleVersion], Callable[..., RuleVersion]], ...] = (
    (ClassRules, class_rules.simulate),
    (ScoringModel, tuning.simulate),
)
V = TypeVar("V", bound=RuleVersion)
log = structlog.get_logger(__name__)


def simulate_or_ask(*, by: User, row: V) -> V:
    """Simulate it now, or, where the bank is too large to wait for it, have it done within minutes."""
    bounds = Customer.objects.aggregate(first=Min("pk"), last=Max("pk"))
    if (bounds["last"] or 0) - (bounds["first"] or 0) > WAITS_UP_TO:
        return ask(by=by, row=row)
    return cast(V, dict(KINDS)[type(row)](by=by, row=row))


@transaction.atomic
def ask(*, by: User, row: V) -> V:
    """Have it simulated within minutes. Asked twice is asked once."""
    rules.require_author(by)
    states, same_state = {RuleState.DRAFT, RuleState.SIMULATED}, RuleState(row.state)
    return rules.turn("ask_simulation", by, row, states, same_state, asked_at=timezone.now(), asked_by=by)


def do_asked(job_run: JobRun) -> int:
    """Simulate the drafts that were asked for, oldest first of each kind; a sweep. Returns how many.

    A sweep that is still at it is left to it. A draft that cannot be simulated any more (who asked has left, it was
    written anew) waits for nobody: it is asked for no longer, and the log says why.
    """
    if jobs.another_is_at_it(job_run):
        return 0
    done = 0
    for row, simulate in _waiting():
        jobs.heartbeat(job_run, job_run.lease_owner)
        done += row.asked_by is not None and _simulated(row, row.asked_by, simulate)
    return done


def _waiting() -> Iterator[tuple[RuleVersion, Callable[..., RuleVersion]]]:
    for kind, simulate in KINDS:
        rows: Any = kind._default_manager.filter(
            asked_at__isnull=False, state__in=[RuleState.DRAFT, RuleState.SIMULATED]
        )
        for row in rows.select_related("asked_by").order_by("asked_at"):
            yield row, simulate


def _simulated(row: RuleVersion, by: User, simulate: Callable[..., RuleVersion]) -> bool:
    try:
        simulate(by=by, row=row)
    except RuleBroken as broken:
        log.warning("rules.not_simulated", rules=str(row), why=broken.code)
        rows = type(row)._default_manager.filter(pk=row.pk, asked_at=row.asked_at)
        rows.update(asked_at=None, asked_by=None)
        return False
    return True
