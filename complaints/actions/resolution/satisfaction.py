"""Asking whether the customer is satisfied with the result (handbook 6/1.1.31(1))."""

from __future__ import annotations

import datetime
from dataclasses import dataclass
from typing import TYPE_CHECKING

from django.utils.translation import gettext_lazy as _
from django.utils.translation import gettext_noop

from complaints import sla
from complaints.actions import clocks, words
from complaints.actions.turning import Turn, turn
from complaints.models import Complaint, SatisfactionContact
from crm_site.errors import RuleBroken
from customers.actions import followups

if TYPE_CHECKING:
    from crm_site.models import User

Kind = sla.Kind


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """What the customer said when asked whether they are satisfied. ``satisfaction`` 1–5."""

    channel: str
    reached: bool = True
    satisfaction: int | None = None
    accepted: bool | None = None
    comment: str = ""
    at: datetime.datetime | None = None


def record_satisfaction(*, by: User, complaint: Complaint, version: int, asked: Asked) -> Complaint:
    """Whether they are satisfied with the result (handbook 6/1.1.31(1)); an attempt that failed counts as one.

    Raises RuleBroken for a mark outside 1–5, a moment to come, or an answer without an answer.
    """
    _require_answer(asked)
    with turn("satisfaction", by=by, complaint=complaint, version=version) as now:
        moment = words.moment(asked.at, now)
        SatisfactionContact.objects.create(
            round=now.round,
            at=moment,
            by=by,
            reached=asked.reached,
            satisfaction=asked.satisfaction if asked.reached else None,
            accepted=asked.accepted if asked.reached else None,
            comment=asked.comment,
        )
        mark = asked.satisfaction if asked.reached else None
        title = gettext_noop("Asked whether satisfied") if asked.reached else gettext_noop("Tried to ask, not reached")
        words.outward(now, channel=asked.channel, at=moment, title=title, summary=asked.comment, satisfaction=mark)
        _keep_or_count(now, asked, moment)
        now.facts |= {"reached": asked.reached, "satisfaction": mark, "accepted": asked.accepted}
    return now.complaint


def _require_answer(asked: Asked) -> None:
    if asked.satisfaction is not None and not 1 <= asked.satisfaction <= 5:
        raise RuleBroken("complaint.mark", _("Choose a mark from 1 to 5."), field="satisfaction")
    if asked.reached and asked.satisfaction is None and asked.accepted is None:
        text = _("Record the mark, or whether the customer accepts the result.")
        raise RuleBroken("complaint.no_answer", text, field="satisfaction")


def _keep_or_count(now: Turn, asked: Asked, moment: datetime.datetime) -> None:
    if asked.reached:
        clocks.keep(now.round, Kind.SATISFACTION, by=now.person, at=moment)
        return
    for clock in clocks.running(now.round, [Kind.SATISFACTION]):
        followups.attempt(by=now.person, follow_up=clock.follow_up)
