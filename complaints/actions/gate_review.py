"""Who may ask for a review of the result, and who may decide it (domain R6.32)."""

from __future__ import annotations

import datetime
from typing import TYPE_CHECKING

from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from complaints import states
from complaints.models import Complaint, Round
from crm_site.errors import NotAllowed, RuleBroken

if TYPE_CHECKING:
    from crm_site.models import User

_PARTS = (
    *("assess", "change_level", "start_work", "write_plan", "submit_plan", "approve_plan", "return_plan"),
    *("form_force", "accept_seat", "hold_meeting", "consent_redress", "resolve", "feed_back", "close"),
)
"""Steps by which somebody has a part in a result."""


def askable(complaint: Complaint, now: datetime.datetime) -> None:
    """Within its limit after the answer, by somebody who can be told, and once for a result."""
    last = complaint.round
    if complaint.is_anonymous:
        raise RuleBroken("complaint.nobody_told", _("Nobody can be told the result of a review of an anonymous one."))
    if last.outcome == Round.Outcome.CONFIRMED:
        text = _("This result was reviewed and confirmed. What is left are mediation, court and the regulator.")
        raise RuleBroken("review.done", text)
    answered = last.fed_back_at or last.closed_at
    if answered is None:  # somebody was quicker; the version says so
        return
    if not states.may_ask_review(timezone.localdate(answered), timezone.localdate(now)):
        text = _("More than %(n)s days have passed since the answer. Register a new complaint if there are new facts.")
        raise RuleBroken("review.late", text % {"n": states.REVIEW_DAYS})


def fresh_eyes(complaint: Complaint, by: User) -> None:
    """Somebody who had no part in the result."""
    if complaint.diary.filter(by=by, verb__in=_PARTS).exists():
        raise NotAllowed("review.own", _("You had a part in this result. Somebody else has to review it."))
