"""The life of a complaint, a suggestion and an inquiry: one table of transitions (domain C.6.1; pure)."""

from __future__ import annotations

import datetime as dt

from django.db.models import TextChoices
from django.utils.translation import gettext_lazy as _

from complaints.closing import CLOSE_GAPS, Closing, missing_to_close
from complaints.profiles import Level
from crm_site.roles import Role
from crm_site.states import StateTable, Transition

__all__ = [
    "BY_ITSELF",
    "CLOSE_GAPS",
    "REOPEN_DAYS",
    "TABLE",
    "TERMINAL",
    "Closing",
    "State",
    "assessors",
    "may_ask_review",
    "may_reopen",
    "missing_to_close",
]


class State(TextChoices):
    """Where a matter stands. Paused, overdue and at risk are no states but facts about its promises."""

    RECEIVED = "RECEIVED", _("Received")
    CLASSIFIED = "CLASSIFIED", _("Classified")
    ASSESSED = "ASSESSED", _("Assessed")
    IN_PROGRESS = "IN_PROGRESS", _("Investigating")
    PLAN_AGREED = "PLAN_AGREED", _("Plan agreed")
    FED_BACK = "FED_BACK", _("Feedback given")
    IN_REVIEW = "IN_REVIEW", _("Under review")
    CLOSED = "CLOSED", _("Closed")
    REFERRED_OUT = "REFERRED_OUT", _("Referred elsewhere")
    WITHDRAWN = "WITHDRAWN", _("Withdrawn")
    MERGED = "MERGED", _("Merged")


TERMINAL = frozenset({State.CLOSED, State.REFERRED_OUT, State.WITHDRAWN, State.MERGED})
REOPEN_DAYS = 30
REVIEW_DAYS = 30  # to ask for a review of the result (domain D.12)

_COMPLAINT, _INQUIRY, _SUGGESTION, _UNCLASSIFIED = "COMPLAINT", "INQUIRY", "SUGGESTION", "UNCLASSIFIED"
_FRONT = frozenset({Role.AGENT, Role.SENIOR, Role.HANDLER, Role.SUPERVISOR})
_HANDLERS = frozenset({Role.HANDLER, Role.SENIOR, Role.SUPERVISOR})
_LEADERS = frozenset({Role.SENIOR, Role.SUPERVISOR})
_SUPERVISOR = frozenset({Role.SUPERVISOR})
_INVITED = frozenset({Role.LIAISON, Role.TFMEMBER})
_DOERS = _MEMBERS = _FRONT | _INVITED
_AGREE = frozenset({Role.HANDLER, Role.SUPERVISOR}) | _INVITED
_UNASSESSED_OR_MINOR = frozenset({"", str(Level.MINOR)})
_MODERATE, _SEVERE = frozenset({str(Level.MODERATE)}), frozenset({str(Level.SEVERE)})
_HEAVY = _MODERATE | _SEVERE


def _row(
    name: str,
    sources: set[str],
    target: str | None,
    roles: frozenset[Role],
    *natures: str,
    why: bool = False,
    levels: frozenset[str] = frozenset(),
) -> Transition:
    return Transition(
        name,
        frozenset(map(str, sources)),
        None if target is None else str(target),
        frozenset(map(str, roles)),
        why,
        frozenset(natures),
        levels,
    )


S = State
_BEFORE_WORK: set[str] = {S.RECEIVED, S.CLASSIFIED}
_IN_WORK: set[str] = {S.IN_PROGRESS, S.PLAN_AGREED}
_FORMING: set[str] = {S.ASSESSED} | _IN_WORK
_UNANSWERED: set[str] = _BEFORE_WORK | {S.ASSESSED} | _IN_WORK

TABLE = StateTable(
    [
        _row("classify", {S.RECEIVED}, S.CLASSIFIED, _FRONT),
        # a complaint called something else looks better in the figures, so a leader signs (domain N.2(8))
        _row("classify", {S.CLASSIFIED}, S.CLASSIFIED, _LEADERS, _COMPLAINT, why=True),
        _row("classify", {S.CLASSIFIED}, S.CLASSIFIED, _FRONT, _INQUIRY, _SUGGESTION, why=True),
        _row("refer_out", _BEFORE_WORK, S.REFERRED_OUT, _FRONT, why=True),
        _row("accept_referral", {S.REFERRED_OUT}, None, _FRONT),
        _row("come_back", {S.REFERRED_OUT}, S.RECEIVED, _LEADERS, why=True),
        _row("assess", {S.CLASSIFIED}, S.ASSESSED, _FRONT, _COMPLAINT),
        _row("resolve", {S.RECEIVED}, S.FED_BACK, _FRONT, _UNCLASSIFIED, _COMPLAINT, levels=_UNASSESSED_OR_MINOR),
        _row("resolve", {S.CLASSIFIED, S.ASSESSED}, S.FED_BACK, _FRONT, _COMPLAINT, levels=_UNASSESSED_OR_MINOR),
        _row("start_work", {S.ASSESSED}, S.IN_PROGRESS, _HANDLERS, _COMPLAINT),
        _row("start_work", {S.CLASSIFIED}, S.IN_PROGRESS, _FRONT | {Role.LIAISON}, _SUGGESTION),
        _row("write_plan", {S.IN_PROGRESS}, None, _HANDLERS | {Role.TFMEMBER}, _COMPLAINT, levels=_HEAVY),
        _row("submit_plan", {S.IN_PROGRESS}, None, _HANDLERS | {Role.TFMEMBER}, _COMPLAINT, levels=_HEAVY),
        _row("approve_plan", {S.IN_PROGRESS}, S.PLAN_AGREED, _LEADERS, _COMPLAINT, levels=_MODERATE),
        _row("approve_plan", {S.IN_PROGRESS}, S.PLAN_AGREED, _SUPERVISOR, _COMPLAINT, levels=_SEVERE),
        _row("return_plan", {S.IN_PROGRESS}, None, _LEADERS, _COMPLAINT, why=True, levels=_MODERATE),
        _row("return_plan", {S.IN_PROGRESS}, None, _SUPERVISOR, _COMPLAINT, why=True, levels=_SEVERE),
        # above what a supervisor may grant others agree first, one after another (domain D.10)
        _row("consent_redress", {S.IN_PROGRESS}, None, _AGREE, _COMPLAINT, levels=_HEAVY),
        _row("refuse_redress", {S.IN_PROGRESS}, None, _AGREE, _COMPLAINT, why=True, levels=_HEAVY),
        _row("revise_plan", {S.PLAN_AGREED}, S.IN_PROGRESS, _HANDLERS, _COMPLAINT, why=True, levels=_HEAVY),
        # a remedy may take longer than the answer (domain N.1(3))
        _row("complete_action", _IN_WORK | {S.FED_BACK, S.IN_REVIEW, S.CLOSED}, None, _DOERS, _COMPLAINT),
        _row("pay_redress", _IN_WORK | {S.FED_BACK, S.IN_REVIEW, S.CLOSED}, None, _HANDLERS | _INVITED, _COMPLAINT),
        _row("invite", _IN_WORK, None, _HANDLERS, _COMPLAINT, _SUGGESTION),
        _row("answer", _IN_WORK, None, _HANDLERS | {Role.LIAISON}, _COMPLAINT, _SUGGESTION),
        _row("bounce", _IN_WORK, None, frozenset({Role.LIAISON}), _COMPLAINT, _SUGGESTION, why=True),
        # whom a severe one concerns is asked first: their heads sit in the task force that begins the work (0015)
        _row("invite", {S.ASSESSED}, None, _HANDLERS, _COMPLAINT, levels=_SEVERE),
        _row("answer", {S.ASSESSED}, None, _HANDLERS | {Role.LIAISON}, _COMPLAINT, levels=_SEVERE),
        _row("bounce", {S.ASSESSED}, None, frozenset({Role.LIAISON}), _COMPLAINT, why=True, levels=_SEVERE),
        _row("propose_force", _FORMING, None, _HANDLERS, _COMPLAINT, levels=_SEVERE),
        _row("form_force", _FORMING, None, _SUPERVISOR, _COMPLAINT, levels=_SEVERE),
        _row("name_lead", _FORMING, None, _SUPERVISOR, _COMPLAINT, levels=_SEVERE),
        _row("accept_seat", _FORMING, None, _MEMBERS, _COMPLAINT, levels=_SEVERE),
        _row("decline_seat", _FORMING, None, _MEMBERS, _COMPLAINT, levels=_SEVERE),
        _row("hold_meeting", _FORMING | {S.FED_BACK}, None, _MEMBERS, _COMPLAINT, levels=_SEVERE),
        _row("set_milestone", _FORMING | {S.FED_BACK}, None, _MEMBERS, _COMPLAINT, levels=_SEVERE),
        _row("meet_milestone", _FORMING | {S.FED_BACK}, None, _MEMBERS, _COMPLAINT, levels=_SEVERE),
        _row("progress", _UNANSWERED, None, _FRONT),
        _row("explain_late", _UNANSWERED | {S.FED_BACK}, None, _FRONT, _COMPLAINT, levels=frozenset({"MINOR"})),
        _row("explain_late", _UNANSWERED | {S.FED_BACK}, None, _HANDLERS, _COMPLAINT, levels=_HEAVY),
        _row("set_complexity", {S.CLASSIFIED, S.ASSESSED} | _IN_WORK, None, _LEADERS, _COMPLAINT, why=True),
        _row("change_level", {S.ASSESSED, S.IN_PROGRESS}, None, _LEADERS, _COMPLAINT, why=True),
        # a plan agreed for a lower level is agreed anew for a severe one (domain INV-7); else the state stays
        _row("change_level", {S.PLAN_AGREED}, S.IN_PROGRESS, _LEADERS, _COMPLAINT, why=True),
        _row("pause", _IN_WORK, None, _HANDLERS, _COMPLAINT, why=True, levels=_HEAVY),
        _row("sign_pause", _IN_WORK, None, _LEADERS, _COMPLAINT, levels=_HEAVY),
        _row("resume", _IN_WORK, None, _HANDLERS, _COMPLAINT, levels=_HEAVY),
        _row("root_cause", {S.ASSESSED, S.FED_BACK} | _IN_WORK, None, _HANDLERS, _COMPLAINT),
        _row("feed_back", {S.ASSESSED} | _IN_WORK, S.FED_BACK, _FRONT, _COMPLAINT, levels=frozenset({"MINOR"})),
        _row("feed_back", {S.PLAN_AGREED}, S.FED_BACK, _HANDLERS, _COMPLAINT, levels=_HEAVY),
        _row("feed_back", {S.CLASSIFIED} | _IN_WORK, S.FED_BACK, _FRONT, _INQUIRY),
        _row("feed_back", _IN_WORK, S.FED_BACK, _HANDLERS | {Role.LIAISON}, _SUGGESTION, why=True),
        _row("satisfaction", {S.FED_BACK}, None, _FRONT),
        _row("close", {S.FED_BACK}, S.CLOSED, _FRONT, _INQUIRY, _SUGGESTION),
        _row("close", {S.FED_BACK}, S.CLOSED, _FRONT, _COMPLAINT, levels=_UNASSESSED_OR_MINOR),
        _row("close", {S.FED_BACK}, S.CLOSED, _HANDLERS, _COMPLAINT, levels=_HEAVY),
        _row("reopen", {S.FED_BACK, S.CLOSED}, S.IN_PROGRESS, _HANDLERS, why=True),
        _row("reopen", {S.WITHDRAWN}, S.IN_PROGRESS, _LEADERS, why=True),
        # the customer contests the result: a supervisor who had no part in it decides (domain R6.32)
        _row("ask_review", {S.FED_BACK, S.CLOSED}, S.IN_REVIEW, _FRONT, _COMPLAINT),
        _row("confirm_result", {S.IN_REVIEW}, S.CLOSED, _SUPERVISOR, _COMPLAINT),
        _row("grant_review", {S.IN_REVIEW}, S.IN_PROGRESS, _SUPERVISOR, _COMPLAINT, why=True),
        _row("assign", _UNANSWERED | {S.FED_BACK, S.IN_REVIEW}, None, _LEADERS),
        _row("restrict", _UNANSWERED | {S.FED_BACK, S.IN_REVIEW, S.CLOSED}, None, _FRONT),
        _row(
            "unrestrict",
            _UNANSWERED | {S.FED_BACK, S.IN_REVIEW, S.CLOSED},
            None,
            frozenset({Role.SUPERVISOR}),
            why=True,
        ),
        _row("link", _UNANSWERED | {S.FED_BACK}, None, _HANDLERS, _COMPLAINT),
        _row("unlink", _UNANSWERED | {S.FED_BACK, S.CLOSED}, None, _HANDLERS, _COMPLAINT, why=True),
        _row("record_authority", _UNANSWERED | {S.FED_BACK}, None, _FRONT),
        _row("new_facts", _UNANSWERED, None, _FRONT),
        _row("split", _UNANSWERED, None, _HANDLERS, _COMPLAINT, why=True),
        _row("merge", _BEFORE_WORK | {S.ASSESSED, S.IN_PROGRESS}, S.MERGED, _HANDLERS, why=True),
        # back to the state it had, which its merger remembers
        *(_row("unmerge", {S.MERGED}, state, _HANDLERS) for state in (S.RECEIVED, S.CLASSIFIED, S.ASSESSED)),
        _row("unmerge", {S.MERGED}, S.IN_PROGRESS, _HANDLERS),
        _row("withdraw", _UNANSWERED, S.WITHDRAWN, _HANDLERS, why=True),
    ]
)


BY_ITSELF = frozenset({"resume", "change_level"})
"""Steps the timetable takes without a person."""


def assessors(level: Level) -> frozenset[str]:
    """Who may decide on this level at first (domain C.6.1): an agent only on a minor one."""
    return frozenset(map(str, _FRONT if level == Level.MINOR else _HANDLERS))


def may_ask_review(fed_back_on: dt.date, today: dt.date) -> bool:
    """Whether a review of the result may still be asked for."""
    return (today - fed_back_on).days <= REVIEW_DAYS


def may_reopen(fed_back_on: dt.date, today: dt.date) -> bool:
    """Whether dissatisfaction still opens another round; later it is a new matter (domain C.6.1: 30 calendar days)."""
    return (today - fed_back_on).days <= REOPEN_DAYS
