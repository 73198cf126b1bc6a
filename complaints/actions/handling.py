"""Taking a matter in hand: claimed, begun, and the customer kept informed (handbook 6/1.1.30, 6/1.1.33(3))."""

from __future__ import annotations

import datetime
from collections.abc import Sequence
from typing import TYPE_CHECKING

from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from django.utils.translation import gettext_noop

from complaints import planning, sla
from complaints.actions import clocks, gate, lateness, notices, participations, plans, words
from complaints.actions.turning import Turn, load, turn
from complaints.models import Complaint, SlaRuleSet
from complaints.public_words import Status
from crm_site.errors import NotAllowed, RuleBroken

if TYPE_CHECKING:
    from crm_site.models import Department, User

Kind = sla.Kind


def claim(*, by: User, complaint: Complaint) -> Complaint:
    """Take what nobody owns. Of many at once exactly one gets it; the others are told who has it (NotAllowed)."""
    with turn(
        gate.CLAIM,
        by=by,
        complaint=complaint,
        changes={"owner": by, "team": by.team or complaint.team},
        only_if=Q(owner=None, closed_at=None),
        lost=_who_has_it,
    ) as now:
        clocks.hand_over(now.complaint, by=by)
    return now.complaint


def _who_has_it(complaint: Complaint) -> NotAllowed | RuleBroken:
    return gate.taken_by(load(complaint.pk))


def start_work(
    *,
    by: User,
    complaint: Complaint,
    version: int,
    plan: str,
    departments: Sequence[Department] = (),
    owner: User | None = None,
) -> Complaint:
    """Begin the work: who does what by when, and which departments help (handbook 6/1.1.30(2)(3)).

    A complaint needs what will be done in words, which is the first draft of its plan, and at least one department; a
    severe one needs its task force first, so its departments were asked before (domain C.6.1; decision 0015). A
    suggestion is passed on to the departments. The owner is the person who begins unless another is named. Raises
    RuleBroken for what is missing.
    """
    owner = owner or complaint.owner or by
    gate.require_unconcerned(complaint, owner)
    _require_plan(complaint, plan, departments)
    changes = {"owner": owner, "team": owner.team or complaint.team}
    with turn("start_work", by=by, complaint=complaint, version=version, changes=changes) as now:
        at = now.at
        clocks.keep(now.round, Kind.ASSESS, by=by, at=at)
        clocks.hand_over(now.complaint, by=by)
        if plan.strip():
            words.internal(now, title=gettext_noop("Plan drafted"), summary=plan)
        if now.complaint.nature == Complaint.Nature.COMPLAINT:
            plans.first_draft(now, plan.strip())
        if departments:
            now.facts["departments"] = participations.ask(now, departments, plan.strip() or now.complaint.subject)
    return now.complaint


def _require_plan(complaint: Complaint, plan: str, departments: Sequence[Department]) -> None:
    if not departments and complaint.level != Complaint.Level.SEVERE:
        raise RuleBroken(
            "complaint.departments", _("Name at least one department that takes part."), field="departments"
        )
    if complaint.nature == Complaint.Nature.COMPLAINT and len(plan.strip()) < planning.MEASURES_MIN:
        raise RuleBroken("complaint.plan", planning.GAPS["measures"], field="plan")


def tell_progress(
    *,
    by: User,
    complaint: Complaint,
    version: int,
    channel: str,
    summary: str,
    at: datetime.datetime | None = None,
    status: str = Status.CHECKING,
    promised_on: datetime.date | None = None,
    written: bool = False,
) -> Complaint:
    """Tell the customer where it stands: acknowledges receipt if that was still open, and keeps the promise of news.

    ``status``: the same in fixed words, for notices and the page of those who ask. ``promised_on``: the day told
    instead of one that has passed, kept as a promise beside the missed one. It stops no other clock (domain N.1(3)).
    Raises RuleBroken for a moment to come or before the receipt, and for a new day where the old one still stands.
    """
    if not summary.strip():
        raise RuleBroken("complaint.words", _("Write what you told the customer."), field="words")
    if status not in Status.values:
        raise RuleBroken("complaint.status", _("Choose how it stands."), field="status")
    with turn("progress", by=by, complaint=complaint, version=version) as now:
        moment = words.moment(at, now)
        words.outward(now, channel=channel, at=moment, title=gettext_noop("Customer told of progress"), summary=summary)
        clocks.keep(now.round, Kind.ACK, by=by, at=moment)
        if clocks.keep(now.round, Kind.PROGRESS, by=by, at=moment):
            _promise_next(now, moment)
        now.facts |= {"channel": channel, "status": status}
        if promised_on is not None:
            lateness.promise_instead(now, promised_on)
        if written and promised_on is not None:
            notices.delay(now, promised_on)
        elif written:
            notices.progress(now, status)
    return now.complaint


def _promise_next(now: Turn, told_at: datetime.datetime) -> None:
    """Where news is promised again and again, the next is counted from the last; none is due after the answer."""
    complaint = now.complaint
    house = SlaRuleSet.objects.rulebook().house
    rule = house.rule(Kind.PROGRESS, nature=complaint.nature, level=complaint.sla_level, live=complaint.live)
    if rule is None or not rule.repeats:
        return
    due = clocks.compute(
        kind=Kind.PROGRESS,
        nature=complaint.nature,
        level=complaint.sla_level,
        live=complaint.live,
        anchor_at=told_at,
    )
    answer = clocks.running(now.round, [Kind.FEEDBACK])
    ends = answer[0].follow_up.due_at if answer else None
    if due is not None and (ends is None or due.at < ends or ends <= timezone.now()):
        clocks.open_clock(now.round, due, by=now.by)
