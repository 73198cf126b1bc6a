"""A complex matter has a longer limit of the regulator, decided by a leader and told to the customer (domain D.12)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.utils.translation import gettext_lazy as _
from django.utils.translation import gettext_noop

from complaints import sla
from complaints.actions import clocks, recalculation, words
from complaints.actions.turning import Turn, turn, unsealed
from complaints.models import Clock, Complaint, Round
from crm_site.errors import RuleBroken

if TYPE_CHECKING:
    from crm_site.models import User

Complexity = sla.Complexity


def set_complexity(
    *, by: User, complaint: Complaint, version: int, complexity: str, channel: str, told: str, reason: str
) -> Complaint:
    """Extend the regulators' limits of this round; the handbook's dates stay, and the earliest still rules.

    ``told``: what the customer was told by ``channel``. Raises RuleBroken when nobody was told, for a step that is no
    longer one, and once the limit has passed.
    """
    if not told.strip():
        raise RuleBroken("complexity.told", _("Tell the customer, and write what you told them."), field="told")
    with turn("set_complexity", by=by, complaint=complaint, version=version, reason=reason) as now:
        _require_longer(now.round, complexity)
        now.round.complexity = complexity
        now.round.save(update_fields=["complexity"])
        words.outward(now, channel=channel, at=now.at, title=TITLE, summary=told)
        limits = clocks.running(now.round, [sla.Kind.REG_FINAL])
        moves = [move for clock in limits if (move := _extend(now, clock, unsealed(now.complaint, reason)))]
        if not moves:
            raise RuleBroken("complexity.same", _("No rule set gives a longer limit for this."), field="complexity")
        now.facts |= {"complexity": complexity, "moves": moves}
    return now.complaint


TITLE = gettext_noop("Customer told of a longer limit")


def _require_longer(this: Round, complexity: str) -> None:
    steps = [step.value for step in Complexity]
    if complexity not in steps or steps.index(complexity) <= steps.index(this.complexity):
        raise RuleBroken("complexity.step", _("Choose a longer limit than it has."), field="complexity")


def _extend(now: Turn, clock: Clock, reason: str) -> dict[str, Any] | None:
    """One limit counted anew from receipt, with what pauses gave; None where its rule set gives no later date."""
    clock.round = now.round
    due = recalculation.recount(clock)
    stands = clock.follow_up.due_on
    if due is None or due.on <= stands:
        return None
    clocks.replace(clock, due, by=now.by, reason=reason)
    return {"profile": clock.profile, "old": stands.isoformat(), "new": due.on.isoformat()}
