"""The result, told to the customer: what stops the clock (handbook 6/1.1.30; domain INV-5, D.1)."""

from __future__ import annotations

import datetime
from dataclasses import dataclass
from typing import TYPE_CHECKING

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from django.utils.translation import gettext_noop

from complaints import severity, sla
from complaints.actions import authority, clocks, notices, participations, recovery, words
from complaints.actions.resolution.ending import close
from complaints.actions.turning import Turn, turn
from complaints.models import Complaint, Feedback
from complaints.serving import GAPS as SERVING_GAPS
from complaints.serving import Attempt, missing_to_serve
from crm_site.errors import NotAllowed, RuleBroken
from crm_site.models import CalendarDay
from customers.actions import followups
from customers.models import ContactPoint

if TYPE_CHECKING:
    from crm_site.models import User

Kind = sla.Kind
CONTENT_MIN = 5


@dataclass(frozen=True, slots=True, kw_only=True)
class Told:
    """What the customer was told. ``redress_fen`` in fen; ``reached`` False is an attempt that failed.

    ``served``: nobody was reached, and the result was sent in writing (domain D.7). ``written``: by a notice as well.
    ``to_customer``: to the customer in person where somebody else complains for them.
    """

    channel: str
    content: str
    decision: str = ""
    at: datetime.datetime | None = None
    reached: bool = True
    served: bool = False
    redress_fen: int = 0
    routes_told: bool = False
    written: bool = False
    to_customer: bool = False

    @property
    def given(self) -> bool:
        """Whether this counts as the answer."""
        return self.reached or self.served


def feed_back(
    *, by: User, complaint: Complaint, version: int, told: Told, close_as: str = "", reason: str = ""
) -> Complaint:
    """The result told to the customer keeps the feedback promise and the regulator's; an attempt keeps nothing.

    ``close_as`` closes with that outcome in the same act where nothing more is asked (inquiry, suggestion). Raises
    NotAllowed for redress beyond this person's authority, RuleBroken for what is missing or a moment to come.
    """
    require_told(by, complaint, told)
    if told.served:
        _require_served(complaint, told)
    with transaction.atomic():
        with turn("feed_back", by=by, complaint=complaint, version=version, reason=reason, stay=not told.given) as now:
            tell(now, told, title=gettext_noop("Feedback given"))
        if close_as and told.given:
            fresh = now.complaint
            return close(by=by, complaint=fresh, version=fresh.version, outcome=close_as)
    return now.complaint


def require_told(by: User, complaint: Complaint, told: Told) -> None:
    if len(told.content.strip()) < CONTENT_MIN:
        raise RuleBroken("complaint.content", _("Write what the customer was told."), field="content")
    if told.given and not told.decision:
        raise RuleBroken("complaint.decision", _("Choose what was decided."), field="decision")
    if told.redress_fen < 0:
        raise RuleBroken("complaint.redress", _("Redress cannot be negative."), field="redress")
    authority.require_may_hear(complaint, told)
    _require_granted(by, complaint, told.redress_fen)


def _require_granted(by: User, complaint: Complaint, fen: int) -> None:
    """No more than the agreed plan grants; where none is needed, no more than this person may (domain D.10)."""
    plan = complaint.round.plans.approved().first()
    if plan is None and fen > severity.redress_authority(by.roles):
        text = _("This is more than you may grant. Ask your team leader or supervisor to give this feedback.")
        raise NotAllowed("complaint.redress_authority", text, field="redress")
    if plan is not None and fen > plan.redress_fen:
        text = _("The agreed plan grants less. Revise the plan first, or tell no more than it grants.")
        raise RuleBroken("complaint.redress_plan", text, field="redress")


def _require_served(complaint: Complaint, told: Told) -> None:
    """Attempts enough before a notice counts."""
    failed = complaint.round.feedbacks.filter(reached=False, served=False).values_list("at", "channel")
    attempts = [Attempt(timezone.localdate(at), channel) for at, channel in failed]
    calendar = CalendarDay.objects.calendar()
    for code in missing_to_serve(attempts, channel=told.channel, ways=_ways(complaint), calendar=calendar):
        field = "channel" if code == "written" else "reached"
        raise RuleBroken(f"complaint.serve_{code}", SERVING_GAPS[code], field=field)


_CHANNEL_OF = {"MOBILE": "PHONE", "LANDLINE": "PHONE", "EMAIL": "EMAIL", "WECHAT": "WECHAT", "ADDRESS": "LETTER"}


def _ways(complaint: Complaint) -> int:
    """By how many channels the complainant can be reached, as far as is on record."""
    if complaint.customer is None:
        return 1
    kinds = complaint.customer.contact_points.filter(status=ContactPoint.Status.OK).values_list("type", flat=True)
    return len({_CHANNEL_OF.get(kind, kind) for kind in kinds})


def tell(now: Turn, told: Told, *, title: str) -> None:
    """Feedback row, words, and what it keeps."""
    moment = words.moment(told.at, now)
    Feedback.objects.create(
        round=now.round,
        at=moment,
        channel=told.channel,
        by=now.person,
        reached=told.reached,
        served=told.served,
        decision=told.decision if told.given else "",
        content=told.content,
        redress_fen=told.redress_fen,
        routes_told=told.routes_told,
    )
    words.outward(now, channel=told.channel, at=moment, title=title, summary=told.content, solved=told.given)
    now.facts |= {"reached": told.reached, "decision": told.decision, "redress_fen": told.redress_fen}
    if told.served:
        now.facts["served"] = True
    if told.to_customer:
        now.facts["to_customer"] = True
    if told.given:
        _answered(now, moment)
        if told.written:
            notices.result(now, told)
        return
    for clock in clocks.running(now.round, clocks.ANSWER_KINDS):
        followups.attempt(by=now.person, follow_up=clock.follow_up)


def _answered(now: Turn, moment: datetime.datetime) -> None:
    """The answer keeps its promises, ends those on the way to it, and promises to ask how it was received."""
    now.round.fed_back_at = moment
    received_on, answered_on = timezone.localdate(now.round.received_at), timezone.localdate(moment)
    now.round.took_days = CalendarDay.objects.calendar().between(received_on, answered_on)
    now.round.took_calendar_days = (answered_on - received_on).days
    now.round.save(update_fields=["fed_back_at", "took_days", "took_calendar_days"])
    for kind in (Kind.ACK, *clocks.ANSWER_KINDS):
        clocks.keep(now.round, kind, by=now.person, at=moment)
    clocks.cancel_open(now.round, by=now.person, reason=gettext_noop("Feedback was given"))
    participations.let_go(now.round, by=now.by, reason=gettext_noop("Feedback was given"))
    recovery.settle(now.complaint, at=moment)
    clocks.start(now.round, Kind.SATISFACTION, by=now.person, anchor_at=moment)
