"""Another round, or none: the customer is not satisfied, or takes it back (handbook 6/1.1.31(1); domain D.5)."""

from __future__ import annotations

import datetime
from typing import TYPE_CHECKING, Any

from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from django.utils.translation import gettext_noop

from complaints import sla
from complaints.actions import clocks, notices, plans, taskforce, words
from complaints.actions.resolution import ending
from complaints.actions.turning import Turn, turn
from complaints.models import Complaint, Round
from crm_site.errors import RuleBroken
from customers.actions import followups
from customers.models import FollowUp

if TYPE_CHECKING:
    from crm_site.models import User

Kind = sla.Kind
Nature = Complaint.Nature
PROMISED_AGAIN = {
    Nature.COMPLAINT: (Kind.FEEDBACK, Kind.PLAN, Kind.PROGRESS),
    Nature.INQUIRY: (Kind.ANSWER,),
    Nature.SUGGESTION: (Kind.OUTCOME,),
}


def reopen(
    *,
    by: User,
    complaint: Complaint,
    version: int,
    reason: str,
    received_at: datetime.datetime | None = None,
    new_facts: bool = False,
    level: sla.Level | None = None,
    channel: str = "",
    written: bool = False,
) -> Complaint:
    """Another round with its own day of receipt; the earlier one stays as it was (domain D.5).

    ``received_at``: when the customer said so; now unless given. ``level`` may be higher than before, not lower; a
    complaint that was never assessed needs one. Raises RuleBroken for these and for a moment to come.
    """
    now_at = timezone.now()
    said_at = received_at or now_at
    require_moment(complaint.round, said_at, now_at)
    nature = Nature(complaint.nature) if complaint.nature != Nature.UNCLASSIFIED else Nature.COMPLAINT
    changes: dict[str, Any] = {"closed_at": None, "nature": nature}
    if nature == Nature.COMPLAINT:
        changes["level"] = level_again(complaint, level)
    if complaint.owner is not None and not complaint.owner.is_active:
        changes["owner"] = None
    with turn("reopen", by=by, complaint=complaint, version=version, reason=reason, changes=changes) as now:
        before = now.round
        now.round = follow(now, said_at, Round.Reason.NEW_FACTS if new_facts else Round.Reason.REOPEN)
        _keep_promise_to_reopen(now, before)
        words.said_again(now, channel=channel or complaint.channel, summary=reason)
        promise_again(now)
        now.facts |= {"round": now.round.no, "new_facts": new_facts, "received_at": said_at.isoformat()}
        if written:
            notices.reopened(now)
    return now.complaint


def _keep_promise_to_reopen(now: Turn, before: Round) -> None:
    """What was promised to somebody who said online that the answer did not satisfy."""
    for promise in FollowUp.objects.open().filter(dedupe_key=f"unsatisfied:{now.complaint.number}:{before.no}"):
        followups.keep(by=None, follow_up=promise, at=now.at)


def require_moment(last: Round, said_at: datetime.datetime, now: datetime.datetime) -> None:
    """Raises RuleBroken for a moment to come, or before the customer was answered."""
    if said_at > now:
        text = _("This time is still to come. Enter when it happened.")
        raise RuleBroken("complaint.future", text, field="received_at")
    if said_at < (last.fed_back_at or last.received_at):
        text = _("This is before the customer was answered.")
        raise RuleBroken("complaint.before", text, field="received_at")


def level_again(complaint: Complaint, level: sla.Level | None) -> int:
    """The level of another round; raises RuleBroken for none and for a lower one."""
    rank = level.rank if level else complaint.level
    if rank is None:
        raise RuleBroken("complaint.level", _("Choose a level."), field="level")
    if complaint.level is not None and rank < complaint.level:
        raise RuleBroken("complaint.level_lower", _("The level of a new round is not lower."), field="level")
    return rank


def follow(now: Turn, said_at: datetime.datetime, reason: str) -> Round:
    """The next round; one that is still open ends with it."""
    before = now.round
    if before.closed_at is None:
        ending.end_round(now, Round.Outcome.REOPENED)
    level = now.complaint.level
    made = Round.objects.create(
        complaint=now.complaint, no=before.no + 1, reason=reason, received_at=said_at, level=level
    )
    made.complaint = now.complaint
    return made


def promise_again(now: Turn) -> None:
    """What is promised of a round that begins with work."""
    for kind in PROMISED_AGAIN[Nature(now.complaint.nature)]:
        clocks.start(now.round, kind, by=now.by)
    taskforce.promise_again(now)
    clocks.start_regulators(now.round, by=now.by)


def withdraw(
    *, by: User, complaint: Complaint, version: int, reason: str, evidence: str = "", read_back: bool = False
) -> Complaint:
    """The customer takes it back: the procedure ends today, what was missed stays missed (domain D.5, R6.27).

    Needs where the withdrawal can be read or heard, or that it was read back to the customer and confirmed.
    """
    if not read_back and not evidence.strip():
        text = _("Say where the withdrawal can be read or heard, or confirm that it was read back.")
        raise RuleBroken("complaint.evidence", text, field="evidence")
    changes = {"closed_at": timezone.now()}
    with turn("withdraw", by=by, complaint=complaint, version=version, reason=reason, changes=changes) as now:
        now.facts |= {"read_back": read_back, "evidence": bool(evidence.strip())}
        words.internal(now, title=gettext_noop("Withdrawn by the customer"), summary=evidence.strip() or reason)
        plans.let_go(now.round, by=by, reason=gettext_noop("Withdrawn by the customer"))
        ending.end_round(now, Round.Outcome.WITHDRAWN)
    return now.complaint
