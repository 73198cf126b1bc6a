"""The same matter brought twice becomes one, and is taken apart again (domain R6.25, D.5; peers 83; decision 0023)."""

from __future__ import annotations

import datetime
from dataclasses import replace
from typing import TYPE_CHECKING

from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from django.utils.translation import gettext_noop

from complaints import changes, sla
from complaints.actions import clocks, gate, taskforce
from complaints.actions.resolution import ending
from complaints.actions.turning import Turn, turn
from complaints.models import Clock, Complaint, Merger, Milestone, Round
from crm_site.errors import RuleBroken, Stale
from crm_site.models import CalendarDay
from customers.actions import followups
from customers.models import FollowUp

if TYPE_CHECKING:
    from crm_site.models import User

Kind = sla.Kind
FROM_RECEIPT = (Kind.ACK, Kind.ASSESS, Kind.PLAN, Kind.FEEDBACK, Kind.REG_FINAL, Kind.ANSWER, Kind.OUTCOME)
"""Promises counted from the receipt of the matter: these follow the earliest one."""
EARLIER = gettext_noop("Merged with one received earlier")


def merge(
    *, by: User, complaint: Complaint, version: int, target: Complaint, reason: str, no_new_facts: bool = False
) -> Complaint:
    """Take ``complaint`` into ``target``, which is the same matter of the same customer and keeps the earliest receipt.

    The promises of the one that ends fall away; those of the other that count from the receipt are dated again when
    that receipt is earlier. Raises RuleBroken across customers, into one that ended, in a chain, and with new facts.
    """
    require_same_matter(complaint, target)
    if not no_new_facts:
        text = _("Confirm that it brings no new facts; else record them as new facts of the other complaint.")
        raise RuleBroken("merge.new_facts", text, field="no_new_facts")
    gate.require(gate.TAKE_IN, target, by)
    changed = {"duplicate_of": target, "closed_at": timezone.now()}
    with turn("merge", by=by, complaint=complaint, version=version, reason=reason, changes=changed) as now:
        open_before = _open_promises(now.round)
        theirs = [clock.follow_up.due_on for clock in clocks.running(now.round, [Kind.FORWARDER])]
        ending.end_round(now, Round.Outcome.MERGED)
        now.facts["into"] = target.number
        with turn(gate.TAKE_IN, by=by, complaint=target, version=target.version, reason=reason) as taking:
            taking.facts["from"] = complaint.number
            before, dated = _keep_earliest(taking, now.round)
            dated += _keep_theirs(taking, theirs)
        Merger.objects.create(
            source=now.complaint,
            target=target,
            by=by,
            at=now.at,
            state_before=complaint.state,
            received_before=before,
            ended=open_before,
            dated=dated,
            target_version=taking.complaint.version,
        )
    return now.complaint


def require_same_matter(source: Complaint, target: Complaint) -> None:
    """Raises RuleBroken where the two cannot be one."""
    for code, broken, text in (
        ("same", source.pk == target.pk, _("Choose another complaint.")),
        ("ended", target.closed_at is not None, _("The other one has ended. Reopen it, or handle this one by itself.")),
        ("customer", not _same_person(source, target), _("They are of different customers. Put them in a group.")),
        ("chain", source.merged_here.exists(), _("Others were merged into this one. Merge the other into this one.")),
        ("nature", _hides(source, target), _("A complaint is not merged into something less grave. Merge the other.")),
        ("restricted", source.restricted and not target.restricted, _("This one is restricted. Restrict the other.")),
    ):
        if broken:
            raise RuleBroken(f"merge.{code}", text, field="target")


def _same_person(source: Complaint, target: Complaint) -> bool:
    if source.customer_id is not None or target.customer_id is not None:
        return source.customer_id == target.customer_id
    contact = source.complainant_contact.strip()
    return bool(contact) and contact == target.complainant_contact.strip()


def _hides(source: Complaint, target: Complaint) -> bool:
    """A grave matter would vanish in a lighter one."""
    less = source.nature == Complaint.Nature.COMPLAINT and target.nature != Complaint.Nature.COMPLAINT
    return less or (source.level or 0) > (target.level or 0)


def _open_promises(round_: Round) -> list[int]:
    clocks_of = FollowUp.objects.open().filter(clock__round=round_).exclude(clock__kind=Kind.CLOSE)
    asked = FollowUp.objects.open().filter(participation__round=round_)
    reached = FollowUp.objects.open().filter(milestone__in=Milestone.objects.owed(round_.complaint))
    return sorted(key for found in (clocks_of, asked, reached) for key in found.values_list("pk", flat=True))


# --- the earliest receipt rules the clock ------------------------------------------------------------------------
def _keep_earliest(taking: Turn, other: Round) -> tuple[datetime.datetime | None, list[int]]:
    """The receipt the target had, and the clocks dated again; (None, []) where the target came first."""
    round_ = taking.round
    if round_.no > 1 or other.received_at >= round_.received_at:
        return None, []
    before = round_.received_at
    _set_receipt(taking, other.received_at)
    dated = [made.pk for clock in clocks.running(round_, FROM_RECEIPT) if (made := _date_again(taking, clock))]
    taking.facts |= {"received_at": other.received_at.isoformat(), "dated_again": len(dated)}
    return before, dated


def _keep_theirs(taking: Turn, days: list[datetime.date]) -> list[int]:
    """The day set by who forwarded the other: promised here where it is earlier than any such day of this one."""
    stands = clocks.running(taking.round, [Kind.FORWARDER])
    first = min(days, default=None)
    if first is None or (stands and min(clock.follow_up.due_on for clock in stands) <= first):
        return []
    return [clocks.start_forwarders(taking.round, first, by=taking.by).pk]


def _set_receipt(now: Turn, received_at: datetime.datetime) -> None:
    now.round.received_at = now.complaint.received_at = received_at
    now.round.save(update_fields=["received_at"])
    Complaint.objects.filter(pk=now.complaint.pk).update(received_at=received_at)


def _date_again(taking: Turn, clock: Clock) -> Clock | None:
    """The same promise counted from the earlier receipt, with what pauses gave; never a later date than it had."""
    due = clocks.due_for(taking.round, Kind(clock.kind), profile=clocks.rules_of(clock))
    if due is None:
        return None
    if clock.shift:
        calendar, tz = CalendarDay.objects.calendar(), timezone.get_default_timezone()
        due = replace(changes.after_pause(due, clock.shift, calendar=calendar, tz=tz), shift=clock.shift)
    if due.at >= clock.follow_up.due_at:
        return None
    return clocks.replace(clock, due, by=taking.by, reason=EARLIER)


# --- the way back ------------------------------------------------------------------------------------------------
def unmerge(*, by: User, complaint: Complaint, version: int) -> Complaint:
    """Two complaints again, as they were: by whoever merged them, within ten minutes, if nobody went on with the other.

    Raises RuleBroken when it is too late, NotAllowed for somebody else's merger.
    """
    merger = gate.merger_of(complaint, by)
    target = merger.target
    changed = {"state": merger.state_before, "duplicate_of": None, "closed_at": None}
    with turn("unmerge", by=by, complaint=complaint, version=version, stay=True, changes=changed) as now:
        if Merger.objects.filter(pk=merger.pk, undone_at=None).update(undone_at=now.at) != 1:
            raise Stale("merge.undone", _("It was taken back already."))
        now.round.closed_at, now.round.outcome = None, ""
        now.round.save(update_fields=["closed_at", "outcome"])
        for promise in FollowUp.objects.filter(pk__in=merger.ended, state=FollowUp.State.CANCELLED):
            followups.revive(by=by, follow_up=promise)
        taskforce.restore(now)
        now.facts["into"] = target.number
        with turn(gate.TAKE_IN, by=by, complaint=target, version=target.version) as giving:
            giving.facts |= {"from": complaint.number, "given_back": True}
            if merger.received_before is not None:
                _set_receipt(giving, merger.received_before)
            for clock in Clock.objects.filter(pk__in=merger.dated).select_related("follow_up", "replaces__follow_up"):
                _put_back(clock, by)
    return now.complaint


def _put_back(clock: Clock, by: User) -> None:
    """The promise as it was dated before; none where it came with the other."""
    if clock.follow_up.state != FollowUp.State.OPEN:
        return
    followups.cancel(by=None, follow_up=clock.follow_up, reason=gettext_noop("The merger was taken back"))
    if clock.replaces is not None:
        followups.revive(by=by, follow_up=clock.replaces.follow_up)
        Clock.objects.filter(pk=clock.pk).update(replaces=None)  # what runs again may be replaced again
