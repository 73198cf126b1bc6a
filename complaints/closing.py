"""What must be there before a matter may be closed (handbook 6/1.1.31(1); domain D.8; pure).

"Until the customer is satisfied" means: an answer they accept, or an end that is explicit, signed and explained. Never
an endless case, never a silent closure.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from django.utils.translation import gettext_lazy as _

from crm_site.errors import Text

NO_REPLY_CONTACTS, NO_REPLY_DAYS, NO_REPLY_WAIT = 3, 2, 15

CLOSE_GAPS: Mapping[str, Text] = {
    "outcome": _("Choose how it ended"),
    "outcome_nature": _("Choose an outcome that fits its nature"),
    "feedback": _("Give the customer feedback first"),
    "cause": _("Record the cause"),
    "cause_detail": _("Name the kind of the cause"),
    "decided": _("Record whether the complaint was upheld"),
    "root_cause": _("Record the root cause of a severe complaint"),
    "lateness": _("Say why the answer was late"),
    "redress": _("Record the redress, or that there is none"),
    "contact": _("Ask the customer whether they are satisfied"),
    "acceptance": _("The customer has not accepted the result: reopen, or state the final position"),
    "final_position": _("Offer a second solution, or state the final position"),
    "routes": _("Tell the customer about review, mediation, arbitration, court and regulator"),
    "leader": _("A team leader signs this outcome"),
    "attempts": _("Try to reach the customer three times, on two different days"),
    "waiting": _("Wait until 15 days after the feedback"),
    "decision": _("Record what was decided on the suggestion"),
}
"""What each code of missing_to_close asks for, in words."""

OUTCOMES: Mapping[str, frozenset[str]] = {
    "COMPLAINT": frozenset({"SATISFIED", "PARTLY", "UNSATISFIED_FINAL", "NO_REPLY"}),
    "INQUIRY": frozenset({"ANSWERED"}),
    "SUGGESTION": frozenset({"ADOPTED", "NOT_ADOPTED"}),
}


@dataclass(frozen=True, slots=True)
class Closing:
    """What the closing gate looks at. ``outcome`` may be "": then the codes say what every outcome needs.

    ``has_feedback``: told and reached, or served by notice. ``accepted`` and ``satisfaction`` (1–5) are the latest
    answer. ``has_detail``: named, or the bank tells no kinds of it apart. ``has_root_cause``: recorded, or not needed
    at this level (domain R6.31). ``has_lateness``: it is said why the answer was late, or it was not (6/1.1.33(3)).
    ``failed_contacts`` on ``failed_days`` different days since the feedback of ``days_since_feedback`` ago.
    """

    nature: str
    outcome: str = ""
    has_feedback: bool = False
    has_cause: bool = False
    has_detail: bool = True
    has_result: bool = True
    has_root_cause: bool = True
    has_lateness: bool = True
    has_redress: bool = True
    has_decision: bool = True
    reached: bool = False
    accepted: bool | None = None
    satisfaction: int | None = None
    position_final: bool = False
    routes_told: bool = False
    signer_is_leader: bool = False
    failed_contacts: int = 0
    failed_days: int = 0
    days_since_feedback: int = 0


def missing_to_close(closing: Closing) -> list[str]:
    """Codes of what is still missing before this outcome may close the matter, in the order to do them."""
    missing = [] if closing.has_feedback else ["feedback"]
    if closing.nature == "COMPLAINT":
        missing += [] if closing.has_cause else ["cause"]
        missing += [] if closing.has_detail or not closing.has_cause else ["cause_detail"]
        missing += [] if closing.has_result or not closing.has_feedback else ["decided"]
        missing += [] if closing.has_root_cause else ["root_cause"]
        missing += [] if closing.has_lateness else ["lateness"]
        missing += [] if closing.has_redress else ["redress"]
    if not closing.outcome:
        return [*missing, "outcome"]
    if closing.outcome not in OUTCOMES.get(closing.nature, frozenset()):
        return [*missing, "outcome_nature"]
    return missing + _OF_OUTCOME[closing.outcome](closing)


def _satisfied(closing: Closing) -> list[str]:
    if not closing.reached:
        return ["contact"]
    pleased = closing.accepted is True or (closing.satisfaction or 0) >= 4
    return [] if pleased and closing.accepted is not False else ["acceptance"]


def _partly(closing: Closing) -> list[str]:
    if not closing.reached or closing.satisfaction is None:
        return ["contact"]
    return [] if closing.accepted is True and closing.satisfaction == 3 else ["acceptance"]


def _unsatisfied(closing: Closing) -> list[str]:
    needed = {
        "contact": closing.reached,
        "final_position": closing.position_final,
        "routes": closing.routes_told,
        "leader": closing.signer_is_leader,
    }
    return [code for code, there in needed.items() if not there]


def _no_reply(closing: Closing) -> list[str]:
    tried = closing.failed_contacts >= NO_REPLY_CONTACTS and closing.failed_days >= NO_REPLY_DAYS
    waited = closing.days_since_feedback >= NO_REPLY_WAIT
    return [code for code, there in {"attempts": tried, "waiting": waited}.items() if not there]


def _nothing(closing: Closing) -> list[str]:
    return []


def _decided(closing: Closing) -> list[str]:
    return [] if closing.has_decision else ["decision"]


_OF_OUTCOME = {
    "SATISFIED": _satisfied,
    "PARTLY": _partly,
    "UNSATISFIED_FINAL": _unsatisfied,
    "NO_REPLY": _no_reply,
    "ANSWERED": _nothing,
    "ADOPTED": _decided,
    "NOT_ADOPTED": _decided,
}
