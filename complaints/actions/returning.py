"""A matter that was referred elsewhere comes back: it was ours, or nobody there took it (domain C.6.1)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from complaints import sla
from complaints.actions import clocks, referring
from complaints.actions.turning import turn
from complaints.models import Complaint

if TYPE_CHECKING:
    from crm_site.models import User

Kind = sla.Kind


def come_back(*, by: User, complaint: Complaint, version: int, reason: str) -> Complaint:
    """Ours after all: the round goes on from the receipt it had, and its nature is chosen anew.

    What was promised before the referral is promised again with the nature; until then that somebody looks at it within
    a working day. Raises NotAllowed for anybody but a leader, RuleBroken without a reason.
    """
    changes = {"closed_at": None, "referred_to": "", "nature": Complaint.Nature.UNCLASSIFIED}
    with turn("come_back", by=by, complaint=complaint, version=version, reason=reason, changes=changes) as now:
        now.round.closed_at, now.round.outcome = None, ""
        now.round.save(update_fields=["closed_at", "outcome"])
        clocks.start(now.round, Kind.ASSESS, by=by, anchor_at=now.at)
        referring.bring_back(now)
        now.facts["from_nature"] = complaint.nature
    return now.complaint
