"""A minor complaint, solved while the customer is still there (handbook 6/1.1.30(1); domain R6.10)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from django.db import transaction
from django.utils.translation import gettext_lazy as _
from django.utils.translation import gettext_noop

from complaints import causing, severity, sla
from complaints.actions import clocks
from complaints.actions.resolution import ending
from complaints.actions.resolution.feedback import Told, require_told, tell
from complaints.actions.resolution.satisfaction import Asked, record_satisfaction
from complaints.actions.turning import Turn, turn
from complaints.models import Assessment, Complaint, Round
from complaints.severity import Factors
from crm_site.errors import RuleBroken
from crm_site.roles import Role

if TYPE_CHECKING:
    from crm_site.models import User

Kind = sla.Kind


@dataclass(frozen=True, slots=True, kw_only=True)
class Solution:
    """A minor complaint solved on the spot: why it came, what was told, and whether they are content."""

    cause: str
    told: Told
    core_issue: str = ""
    asked: Asked | None = None


def resolve(*, by: User, complaint: Complaint, version: int, solution: Solution) -> Complaint:
    """Solved on the spot: a minor complaint from receipt to answer in one act, closed when the customer is content.

    Raises RuleBroken when it is no minor matter: redress beyond an agent's authority, or a hard trigger (domain R6.10).
    """
    told = solution.told
    factors = Factors(loss_fen=complaint.disputed_fen or 0, redress_fen=told.redress_fen)
    _require_minor(factors)
    require_told(by, complaint, told)
    if not solution.cause:
        raise RuleBroken("complaint.cause", _("Choose the cause."), field="cause")
    changes: dict[str, Any] = {"level": Complaint.Level.MINOR, "nature": Complaint.Nature.COMPLAINT}
    changes |= causing.columns(solution.cause)
    changes["core_issue"] = solution.core_issue.strip() or complaint.core_issue or complaint.subject
    with transaction.atomic():
        with turn("resolve", by=by, complaint=complaint, version=version, changes=changes) as now:
            _write_minor(now, factors)
            clocks.keep(now.round, Kind.ASSESS, by=by, at=now.at)
            if not clocks.running(now.round, [Kind.FEEDBACK]):
                clocks.start(now.round, Kind.FEEDBACK, by=by)
            tell(now, told, title=gettext_noop("Solved on the spot"))
        return _ask_at_once(by, now.complaint, solution.asked)


def _require_minor(factors: Factors) -> None:
    if factors.redress_fen > severity.redress_authority([Role.AGENT]):
        text = _("With more than ¥200 of redress it is not a minor complaint. Assess it instead.")
        raise RuleBroken("complaint.not_minor", text, field="redress")
    if severity.suggest(factors).hard_triggers:
        raise RuleBroken("complaint.not_minor", _("This is not a minor complaint. Assess it instead."))


def _write_minor(now: Turn, factors: Factors) -> None:
    now.round.level = Complaint.Level.MINOR
    now.round.save(update_fields=["level"])
    if now.round.assessments.exists():
        return
    suggestion = severity.suggest(factors)
    Assessment.objects.create(
        round=now.round,
        factors=factors.to_json(),
        points=suggestion.score,
        suggested=suggestion.level.rank,
        decided=Complaint.Level.MINOR,
        by=now.person,
        at=now.at,
    )


def _ask_at_once(by: User, complaint: Complaint, asked: Asked | None) -> Complaint:
    """The question asked in the same contact, and the end when the answer is good."""
    if asked is None or (asked.satisfaction is None and asked.accepted is None):
        return complaint
    complaint = record_satisfaction(by=by, complaint=complaint, version=complaint.version, asked=asked)
    if ending.missing(complaint, by, outcome=Round.Outcome.SATISFIED):
        return complaint
    return ending.close(by=by, complaint=complaint, version=complaint.version, outcome=Round.Outcome.SATISFIED)
