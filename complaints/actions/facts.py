"""New facts of an open complaint, and a second matter found in it (domain R6.25, D.5; peers 83)."""

from __future__ import annotations

import datetime
from typing import TYPE_CHECKING, Any

from django.utils.translation import gettext_lazy as _
from django.utils.translation import gettext_noop

from complaints import sla
from complaints.actions import clocks, intake, recusing, words
from complaints.actions.intake import Statement
from complaints.actions.turning import Turn, turn
from complaints.models import Accused, Complaint
from crm_site.errors import RuleBroken
from customers.models import FollowUp

if TYPE_CHECKING:
    from crm_site.models import User

Kind = sla.Kind
TITLE = gettext_noop("New facts")
FACTS_MIN = 5


def new_facts(
    *,
    by: User,
    complaint: Complaint,
    version: int,
    channel: str,
    text: str,
    at: datetime.datetime | None = None,
) -> Complaint:
    """The customer brings new material while it is open: a regulator's limit counts again from its receipt.

    The handbook's own promises stand (domain D.5). Raises RuleBroken without words, for a moment to come or before the
    receipt.
    """
    if len(text.strip()) < FACTS_MIN:
        raise RuleBroken("complaint.words", _("Write what is new."), field="words")
    with turn("new_facts", by=by, complaint=complaint, version=version) as now:
        moment = words.moment(at, now)
        words.brought(now, channel=channel, at=moment, title=TITLE, summary=text.strip())
        now.facts |= {"channel": channel, "received_at": moment.isoformat(), "restarted": _restart(now, moment)}
    return now.complaint


def _restart(now: Turn, moment: datetime.datetime) -> int:
    """Regulators' limits that run begin again; returns how many."""
    restarted = 0
    for clock in clocks.running(now.round, [Kind.REG_FINAL]):
        due = clocks.due_for(now.round, Kind.REG_FINAL, anchor_at=moment, profile=clocks.rules_of(clock))
        if due is not None and due.at > clock.follow_up.due_at:
            clocks.replace(clock, due, by=now.by, reason=TITLE)
            restarted += 1
    return restarted


def split(
    *, by: User, complaint: Complaint, version: int, subject: str, content: str, reason: str, desired_outcome: str = ""
) -> Complaint:
    """A second complaint out of this one, received at the same moment, with clocks of its own from that receipt.

    It goes where the first one is, and is as restricted as the first. Returns the new one.
    """
    with turn("split", by=by, complaint=complaint, version=version, reason=reason) as now:
        made = intake.receive(
            by=by,
            statement=_statement(now.complaint, subject, content, desired_outcome),
            nature=Complaint.Nature.COMPLAINT,
            reason=reason,
            owner=now.complaint.owner,
            team=now.complaint.team,
        )
        Complaint.objects.filter(pk=made.pk).update(split_from=now.complaint)
        _acknowledged_before(now, made)
        _spoken_for_alike(now.complaint, made)
        made = _restrict_alike(by, now.complaint, made)
        now.facts["made"] = made.number
    return made


def _statement(first: Complaint, subject: str, content: str, desired_outcome: str) -> Statement:
    same = (
        "channel customer complainant_name complainant_contact relation source external_ref business product branch "
        "vulnerable language forwarded_on recording"
    ).split()
    kept: dict[str, Any] = {name: getattr(first, name) for name in same}
    received_at = first.rounds.order_by("no")[0].received_at
    return Statement(subject=subject, content=content, desired_outcome=desired_outcome, received_at=received_at, **kept)


def _spoken_for_alike(first: Complaint, made: Complaint) -> None:
    """The authority seen for the one holds for the other; so does the day set by who forwarded both."""
    for paper in first.authorities.all():
        paper.pk, paper.complaint = None, made
        paper.save(force_insert=True)
    for clock in clocks.running(first.round, [Kind.FORWARDER]):
        clocks.start_forwarders(made.round, clock.follow_up.due_on, by=None)
        clocks.lead(made, by=None)


def _acknowledged_before(now: Turn, made: Complaint) -> None:
    """Who was told that their matter arrived need not be told again of its second half."""
    told = FollowUp.objects.filter(clock__round__complaint=now.complaint, clock__kind=Kind.ACK, state="KEPT").first()
    if told is not None and told.kept_at is not None:
        clocks.keep(made.round, Kind.ACK, by=None, at=told.kept_at)
        clocks.lead(made, by=now.by)


def _restrict_alike(by: User, first: Complaint, made: Complaint) -> Complaint:
    made.refresh_from_db()
    for named in Accused.objects.standing().filter(complaint=first).select_related("person"):
        made = recusing.restrict(by=by, complaint=made, version=made.version, accused=named.person, reason=named.reason)
    if first.restricted and not made.restricted:
        made = recusing.restrict(by=by, complaint=made, version=made.version, reason=str(_("Like the first one")))
    return made
