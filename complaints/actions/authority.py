"""The authority of who speaks for a customer (domain R6.2, C.5; docs/decisions/0038).

Anybody may bring a matter for somebody else. What concerns the customer is told to them only once their authority was
seen, and only while it is valid.
"""

from __future__ import annotations

import datetime
from dataclasses import dataclass
from typing import TYPE_CHECKING

from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from complaints import behalf
from complaints.actions.turning import Turn, turn
from complaints.models import Authority, Complaint
from complaints.models.authority import standing
from crm_site.errors import RuleBroken

if TYPE_CHECKING:
    from complaints.actions.resolution.feedback import Told
    from crm_site.models import User

WORDS_MAX = 200


@dataclass(frozen=True, slots=True, kw_only=True)
class Paper:
    """What was shown. ``seen_on`` None is today, ``valid_until`` None is without end."""

    kind: str
    seen_on: datetime.date | None = None
    valid_until: datetime.date | None = None
    words: str = ""


def record_authority(*, by: User, complaint: Complaint, version: int, paper: Paper) -> Complaint:
    """The paper was seen. Raises RuleBroken for one that was not valid on that day, or a day to come."""
    require_valid(paper)
    with turn("record_authority", by=by, complaint=complaint, version=version) as now:
        write(now, paper)
    return now.complaint


def write(now: Turn, paper: Paper) -> Authority:
    """The row, and its facts for diary and audit."""
    row = Authority.objects.create(
        complaint=now.complaint,
        kind=paper.kind,
        words=paper.words.strip(),
        seen_on=paper.seen_on or timezone.localdate(now.at),
        valid_until=paper.valid_until,
        by=now.person,
        at=now.at,
    )
    now.facts["authority"] = row.kind
    if row.valid_until is not None:
        now.facts["until"] = row.valid_until.isoformat()
    return row


def require_valid(paper: Paper) -> None:
    """Raises RuleBroken, field by field."""
    today = timezone.localdate()
    seen_on = paper.seen_on or today
    if paper.kind not in Authority.Kind.values:
        raise RuleBroken("authority.kind", _("Choose which paper was seen."), field="authority")
    if seen_on > today:
        raise RuleBroken("authority.future", _("It cannot have been seen on a day to come."), field="seen_on")
    if paper.valid_until is not None and paper.valid_until < seen_on:
        text = _("It had expired when it was seen. Ask for a valid one.")
        raise RuleBroken("authority.expired", text, field="valid_until")
    if len(paper.words) > WORDS_MAX:
        raise RuleBroken("authority.words", _("Keep it to 200 characters."), field="words")


def require_may_hear(complaint: Complaint, told: Told) -> None:
    """Raises RuleBroken where the result would be told to somebody whose authority nobody has seen, or has expired."""
    if not told.given or told.to_customer:
        return
    stands = standing(complaint, timezone.localdate(told.at or timezone.now()))
    if stands in behalf.SAYS:
        raise RuleBroken(f"authority.{stands.lower()}", behalf.SAYS[stands], field="to_customer")
