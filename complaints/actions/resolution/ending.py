"""The end of a round, and the gate before it: the verb that closes asks it, and the page that says what is missing."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

from django.utils import timezone
from django.utils.translation import gettext_noop

from complaints import causing
from complaints.actions import clocks, notices, participations, redress, taskforce
from complaints.actions.turning import Turn, turn
from complaints.closing import CLOSE_GAPS, NO_REPLY_CONTACTS, NO_REPLY_DAYS, NO_REPLY_WAIT, OUTCOMES, Closing
from complaints.closing import missing_to_close as missing_of
from complaints.models import Clock, Complaint, Payment, RootCause, Round
from crm_site.errors import RuleBroken, Text
from crm_site.roles import Role

if TYPE_CHECKING:
    from complaints.models import SatisfactionContact
    from crm_site.models import User

_FIELDS = {
    "cause": "cause",
    "cause_detail": "cause",
    "routes": "routes_told",
    "final_position": "position_final",
    "leader": "outcome",
}
_IN_ORDER = ("SATISFIED", "PARTLY", "UNSATISFIED_FINAL", "NO_REPLY", "ANSWERED", "ADOPTED", "NOT_ADOPTED")


def missing(
    complaint: Complaint,
    by: User,
    *,
    outcome: str,
    cause: str = "",
    position_final: bool = False,
    routes_told: bool = False,
    asked_later: bool = False,
) -> list[str]:
    """Codes of what stands between this complaint and this end; ``asked_later`` leaves the cause to the form."""
    found = facts(complaint, by)
    columns = causing.columns(cause) if cause else {}
    return missing_of(
        replace(
            found,
            outcome=outcome,
            has_cause=found.has_cause or bool(columns) or asked_later,
            has_detail=asked_later or (_named(columns) if columns else found.has_detail),
            position_final=position_final,
            routes_told=found.routes_told or routes_told,
        )
    )


def _named(columns: dict[str, Any]) -> bool:
    """Whether a given cause names its kind, where the bank tells any apart."""
    return columns["cause_detail"] is not None or not causing.has_kinds(columns["cause"])


def outcomes(complaint: Complaint, by: User) -> list[str]:
    """Ends that are possible now, counting what the closing form asks for as given."""
    given = replace(facts(complaint, by), has_cause=True, has_detail=True, position_final=True, routes_told=True)
    possible = OUTCOMES.get(complaint.nature, frozenset())
    return [outcome for outcome in _IN_ORDER if outcome in possible and not missing_of(replace(given, outcome=outcome))]


def gap_words(code: str) -> Text:
    """What a code asks for."""
    return CLOSE_GAPS[code]


def gap_field(code: str) -> str:
    """The field of the closing form a code is about; its outcome where it is about none."""
    return _FIELDS.get(code, "outcome")


def facts(complaint: Complaint, by: User) -> Closing:
    """What the gate looks at, as far as it is on record."""
    latest = complaint.round
    told = latest.feedbacks.given().order_by("-at", "-pk").first()
    contacts = list(latest.satisfaction_contacts.order_by("at", "pk"))
    reached = next((contact for contact in reversed(contacts) if contact.reached), None)
    tries, days, waited = _failed(complaint, latest, contacts)
    return Closing(
        nature=complaint.nature,
        has_feedback=told is not None,
        has_cause=bool(complaint.cause),
        has_detail=complaint.cause_detail_id is not None or not causing.has_kinds(complaint.cause),
        has_result=told is not None and bool(told.decision),
        has_root_cause=complaint.level != Complaint.Level.SEVERE
        or RootCause.objects.filter(complaint=complaint).exists(),
        has_lateness=not Clock.objects.unexplained(timezone.now()).filter(round=latest).exists(),
        has_decision=told is not None and bool(told.decision),
        reached=reached is not None,
        accepted=reached.accepted if reached else None,
        satisfaction=reached.satisfaction if reached else None,
        routes_told=told is not None and told.routes_told,
        signer_is_leader=by.has_role(Role.SENIOR, Role.SUPERVISOR),
        failed_contacts=tries,
        failed_days=days,
        days_since_feedback=waited,
    )


def _failed(complaint: Complaint, latest: Round, contacts: list[SatisfactionContact]) -> tuple[int, int, int]:
    """Attempts that reached nobody, on how many days, and days since the feedback. Nobody can reach the anonymous."""
    if complaint.is_anonymous:
        return NO_REPLY_CONTACTS, NO_REPLY_DAYS, NO_REPLY_WAIT
    tried = [timezone.localdate(contact.at) for contact in contacts if not contact.reached]
    if latest.fed_back_at is None:
        return len(tried), len(set(tried)), 0
    waited = (timezone.localdate() - timezone.localdate(latest.fed_back_at)).days
    return len(tried), len(set(tried)), waited


def close(
    *,
    by: User,
    complaint: Complaint,
    version: int,
    outcome: str,
    cause: str = "",
    position_final: bool = False,
    routes_told: bool = False,
    written: bool = False,
) -> Complaint:
    """The end, when nothing is missing (domain D.8); the refusal says what is. ``cause`` fills in one not recorded."""
    cause = causing.settled(complaint, cause)
    gaps = missing(complaint, by, outcome=outcome, cause=cause, position_final=position_final, routes_told=routes_told)
    changes: dict[str, Any] = {"closed_at": timezone.now()} | (causing.columns(cause) if cause else {})
    if complaint.responsible_id is None and complaint.nature == Complaint.Nature.COMPLAINT:
        changes["responsible"] = causing.answers_for(complaint)
    with turn("close", by=by, complaint=complaint, version=version, changes=changes) as now:
        if gaps:
            raise RuleBroken(f"complaint.close_{gaps[0]}", gap_words(gaps[0]), field=gap_field(gaps[0]))
        now.facts |= {"outcome": outcome, "position_final": position_final, "routes_told": routes_told}
        unpaid = sum(Payment.objects.owed(now.complaint).values_list("amount_fen", flat=True))
        now.facts |= {"unpaid_fen": unpaid} if unpaid else {}
        end_round(now, outcome)
        if written:
            notices.closed(now)
    return now.complaint


def end_round(now: Turn, outcome: str) -> None:
    """This round is over; what is still promised in it falls away."""
    now.round.closed_at, now.round.outcome = now.at, outcome
    now.round.save(update_fields=["closed_at", "outcome"])
    clocks.keep(now.round, clocks.Kind.CLOSE, by=now.by, at=now.at)
    clocks.cancel_open(now.round, by=now.by, reason=gettext_noop("The round ended"))
    participations.let_go(now.round, by=now.by, reason=gettext_noop("The round ended"))
    redress.lapse_open(now.round, reason=gettext_noop("The round ended"))
    if outcome != Round.Outcome.REOPENED:
        taskforce.dissolve(now, taskforce.BECAUSE_OF.get(Round.Outcome(outcome), taskforce.Because.CLOSED))
