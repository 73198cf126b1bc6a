"""A review of the result: asked for by the customer, decided by somebody who had no part in it (domain R6.32, D.12).

The review is a round of its own: asked for, it waits for its date by the rule set; confirmed, it ends with the result
as it was, told again with its reasons; granted, it ends and another round of work begins.
"""

from __future__ import annotations

import datetime
from typing import TYPE_CHECKING, Any

from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from django.utils.translation import gettext_noop

from complaints import sla
from complaints.actions import clocks, notices, words
from complaints.actions.resolution import ending, rounds
from complaints.actions.resolution.feedback import CONTENT_MIN, Told
from complaints.actions.turning import Turn, turn
from complaints.models import Complaint, Feedback, Round, SlaRuleSet
from complaints.profiles import Kind
from crm_site.errors import RuleBroken

if TYPE_CHECKING:
    from crm_site.models import User

ASKED = gettext_noop("Asks for a review of the result")
CONFIRMED = gettext_noop("Told that the result stands")


def ask_review(
    *,
    by: User,
    complaint: Complaint,
    version: int,
    said: str,
    channel: str = "",
    received_at: datetime.datetime | None = None,
) -> Complaint:
    """The customer contests the result; ``said`` is what they say, ``received_at`` when, now unless given.

    Raises RuleBroken without words, and for a moment to come or before the answer.
    """
    if not said.strip():
        raise RuleBroken("review.said", _("Write what the customer contests."), field="said")
    said_at = received_at or timezone.now()
    rounds.require_moment(complaint.round, said_at, timezone.now())
    changes: dict[str, Any] = {"closed_at": None}
    if complaint.owner is not None and not complaint.owner.is_active:
        changes["owner"] = None
    with turn("ask_review", by=by, complaint=complaint, version=version, changes=changes) as now:
        now.round = rounds.follow(now, said_at, Round.Reason.REVIEW)
        where = channel or complaint.channel
        words.brought(now, channel=where, at=said_at, title=ASKED, summary=said.strip())
        book = SlaRuleSet.objects.rulebook()
        for profile in (book.house, *book.beside(complaint.source)):
            clocks.start(now.round, Kind.REVIEW, by=by, profile=profile)
        now.facts |= {"round": now.round.no, "received_at": said_at.isoformat()}
    return now.complaint


def confirm_result(
    *,
    by: User,
    complaint: Complaint,
    version: int,
    channel: str,
    content: str,
    routes_told: bool,
    written: bool = False,
) -> Complaint:
    """The result stands: told to the customer with the reasons and what is left to them; the matter ends.

    Raises RuleBroken without words to the customer, and where further routes were not explained.
    """
    if len(content.strip()) < CONTENT_MIN:
        raise RuleBroken("complaint.content", _("Write what the customer was told."), field="content")
    if not routes_told:
        text = _("Tell the customer about mediation, court and the regulator.")
        raise RuleBroken("review.routes", text, field="routes_told")
    told = Told(channel=channel, content=content, decision=_decided(complaint), routes_told=True, written=written)
    changes = {"closed_at": timezone.now()}
    with turn("confirm_result", by=by, complaint=complaint, version=version, changes=changes) as now:
        _tell(now, told)
        ending.end_round(now, Round.Outcome.CONFIRMED)
        now.facts |= {"outcome": Round.Outcome.CONFIRMED.value, "decision": told.decision}
        if written:
            notices.result(now, told)
    return now.complaint


def _decided(complaint: Complaint) -> str:
    """What was decided in the round before: the review says it again."""
    before = Feedback.objects.given().filter(round__complaint=complaint).exclude(decision="")
    last = before.order_by("-at", "-pk").values_list("decision", flat=True).first()
    return str(last or Feedback.Decision.EXPLAINED)


def _tell(now: Turn, told: Told) -> None:
    Feedback.objects.create(
        round=now.round,
        at=now.at,
        channel=told.channel,
        by=now.person,
        reached=True,
        decision=told.decision,
        content=told.content,
        routes_told=True,
    )
    words.outward(now, channel=told.channel, at=now.at, title=CONFIRMED, summary=told.content, solved=True)
    now.round.fed_back_at = now.at
    now.round.save(update_fields=["fed_back_at"])
    clocks.keep(now.round, Kind.REVIEW, by=now.by, at=now.at)


def grant_review(
    *,
    by: User,
    complaint: Complaint,
    version: int,
    reason: str,
    level: sla.Level | None = None,
    written: bool = False,
) -> Complaint:
    """The result does not stand: another round of work, counted from today, at the same level or a higher one."""
    changes = {"level": rounds.level_again(complaint, level)}
    with turn("grant_review", by=by, complaint=complaint, version=version, reason=reason, changes=changes) as now:
        clocks.keep(now.round, Kind.REVIEW, by=by, at=now.at)
        now.round = rounds.follow(now, now.at, Round.Reason.REOPEN)
        rounds.promise_again(now)
        now.facts |= {"round": now.round.no}
        if written:
            notices.reopened(now)
    return now.complaint
