"""Not ours: sent on with an explanation, asked after until somebody there has it (handbook 6/1.1.28(3); R6.4)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from django.utils.translation import gettext_noop

from complaints import sla
from complaints.actions import clocks, gate_intake, notices, resolution, words
from complaints.actions.turning import Turn, turn, unsealed
from complaints.models import Complaint, Round
from complaints.models import Referral as Row
from complaints.models.complaint import ABOUT
from crm_site import bank_day
from crm_site.errors import RuleBroken
from crm_site.models import CalendarDay, Department
from customers.actions import followups
from customers.models import FollowUp

if TYPE_CHECKING:
    from crm_site.models import User

Kind, Method = sla.Kind, Row.Method
TARGET_MAX = 80
ASK_DEPARTMENT, ASK_BODY = 1, 5
"""Working days after which somebody asks whether it was taken over."""
ASK = gettext_noop("Ask whether the referral was taken over")


@dataclass(frozen=True, slots=True, kw_only=True)
class Referral:
    """Where somebody was sent whose matter is not ours, and how they were told.

    To ``department`` of the bank, or to the body named in ``target``. ``written``: told by a notice as well.
    """

    told_how: str
    reason: str
    target: str = ""
    department: Department | None = None
    method: str = Method.OTHER
    written: bool = False

    @property
    def whither(self) -> str:
        """The department's name, or the body's."""
        return self.department.name if self.department is not None else self.target.strip()


def refer_out(*, by: User, complaint: Complaint, version: int, referral: Referral) -> Complaint:
    """Where the customer was sent and how they were told; ends here. Unless somebody there took it over at once, one
    of ours promises to ask whether they did.
    """
    _require(referral)
    target = unsealed(complaint, referral.whither)[:TARGET_MAX]
    with turn(
        "refer_out",
        by=by,
        complaint=complaint,
        version=version,
        reason=referral.reason,
        changes={"referred_to": target, "closed_at": timezone.now()},
    ) as now:
        clocks.start(now.round, Kind.REFER, by=by)
        clocks.keep(now.round, Kind.REFER, by=by, at=now.at)
        resolution.end_round(now, Round.Outcome.REFERRED)
        _write(now, referral, target)
        words.outward(
            now,
            channel=complaint.channel,
            at=now.at,
            title=gettext_noop("Referred to whom it concerns"),
            summary=f"{referral.whither} · {referral.told_how.strip()}",
        )
        if referral.written:
            notices.referred(now)
    return now.complaint


def _require(referral: Referral) -> None:
    if not referral.whither:
        raise RuleBroken("complaint.target", _("Name the department or body it belongs to."), field="target")
    if referral.department is not None and referral.target.strip():
        text = _("Choose a department, or name a body outside; not both.")
        raise RuleBroken("complaint.target_twice", text, field="target")
    if not referral.told_how.strip():
        raise RuleBroken("complaint.told_how", _("Write how the customer was told."), field="told_how")
    if referral.method not in Method.values:
        raise RuleBroken("complaint.method", _("Choose how it was passed on."), field="method")


def _write(now: Turn, referral: Referral, target: str) -> Row:
    at_once = referral.method == Method.TRANSFER
    row = Row.objects.create(
        complaint=now.complaint,
        department=referral.department,
        body="" if referral.department is not None else target,
        method=referral.method,
        told_how=referral.told_how.strip(),
        explanation=referral.reason.strip(),
        written=referral.written,
        by=now.person,
        at=now.at,
        accepted_at=now.at if at_once else None,
    )
    now.facts |= {"method": row.method, "department": referral.department.code if referral.department else ""}
    if not at_once:
        row.asking = _promise_to_ask(now, row)
        row.save(update_fields=["asking"])
    return row


def _promise_to_ask(now: Turn, row: Row) -> FollowUp:
    """By whoever sent it on; a department of ours is asked sooner than somebody outside."""
    calendar, today = CalendarDay.objects.calendar(), timezone.localdate(now.at)
    on = calendar.add(today, ASK_BODY if row.department_id is None else ASK_DEPARTMENT)
    return followups.promise(
        by=now.by,
        customer=now.complaint.customer,
        kind=FollowUp.Kind.PROMISE,
        title=ASK,
        due_on=on,
        due_at=bank_day.ends(on),
        owner=now.person,
        provisional=calendar.provisional(today, on),
        about_kind=ABOUT,
        about_no=now.complaint.number,
        dedupe_key=f"referral:{row.pk}",
    )


def accept(*, by: User, complaint: Complaint, version: int, who: str) -> Complaint:
    """Somebody there has it: who said so, or their reference. The promise to ask is kept. Raises RuleBroken twice."""
    if not who.strip():
        raise RuleBroken("referral.who", _("Write who took it over there, or their reference."), field="who")
    with turn("accept_referral", by=by, complaint=complaint, version=version) as now:
        row = gate_intake.waiting_referral(now.complaint)
        row.accepted_at, row.accepted_ref = now.at, who.strip()
        row.save(update_fields=["accepted_at", "accepted_ref"])
        if row.asking is not None and row.asking.state == FollowUp.State.OPEN:
            followups.keep(by=None, follow_up=row.asking, at=now.at)
        now.facts["department"] = row.department.code if row.department is not None else ""
    return now.complaint


def bring_back(now: Turn) -> None:
    """The referral that stood has come back; nobody asks after it any more."""
    row = now.complaint.referrals.standing().select_related("asking").first()
    if row is None:  # sent on before referrals had rows
        return
    row.returned_at = now.at
    row.save(update_fields=["returned_at"])
    if row.asking is not None and row.asking.state == FollowUp.State.OPEN:
        followups.cancel(by=None, follow_up=row.asking, reason=gettext_noop("It came back"))
