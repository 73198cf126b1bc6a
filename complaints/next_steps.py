""" "You can now": the steps open to this person on this complaint, and what cannot be done yet and why (ux 0(3)).

It asks the same gate as the verbs, so a button is offered exactly when the step would be let through.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from django.urls import reverse
from django.utils import timezone
from django.utils.text import get_text_list
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, pgettext_lazy

from complaints import behalf
from complaints.actions import gate, plan_gate, seats
from complaints.actions.resolution import ending
from complaints.models import Complaint
from complaints.models.authority import standing as authority_of
from complaints.sla import Kind
from complaints.states import State
from crm_site.errors import RuleBroken, Text
from crm_site.roles import Role

if TYPE_CHECKING:
    from crm_site.models import User


@dataclass(frozen=True, slots=True)
class Step:
    """One button."""

    verb: str
    label: Text
    icon: str
    url: str
    method: str = "get"
    hint: str = ""


@dataclass(frozen=True, slots=True)
class Lock:
    """Something that cannot be done yet, and why."""

    title: str
    text: str


LABELS: dict[str, tuple[Text, str]] = {
    "claim": (gettext_lazy("Take this one"), "person-check"),
    "classify": (gettext_lazy("Choose its nature"), "tags"),
    "assess": (gettext_lazy("Assess"), "clipboard-check"),
    "resolve": (gettext_lazy("Solved on the spot"), "check2-circle"),
    "accept_seat": (gettext_lazy("Take the seat"), "person-check"),
    "form_force": (gettext_lazy("Form the task force"), "people"),
    "propose_force": (gettext_lazy("Propose the task force"), "people"),
    "start_work": (gettext_lazy("Start the work"), "play-circle"),
    "write_plan": (gettext_lazy("Write the plan"), "pencil-square"),
    "submit_plan": (gettext_lazy("Send the plan for approval"), "send"),
    "approve_plan": (gettext_lazy("Approve the plan"), "check2-square"),
    "return_plan": (gettext_lazy("Send the plan back"), "arrow-return-left"),
    "consent_redress": (gettext_lazy("Agree to the redress"), "check2-square"),
    "refuse_redress": (gettext_lazy("Do not agree to the redress"), "arrow-return-left"),
    "progress": (gettext_lazy("Tell customer progress"), "telephone-outbound"),
    "feed_back": (gettext_lazy("Record feedback given"), "reply"),
    "satisfaction": (gettext_lazy("Ask whether satisfied"), "emoji-smile"),
    "close": (pgettext_lazy("complaint", "Close"), "check2-all"),
    "complete_action": (gettext_lazy("An action is done"), "check2-circle"),
    "pay_redress": (gettext_lazy("Record the payment"), "cash-coin"),
    "revise_plan": (gettext_lazy("Revise the plan"), "pencil-square"),
    "reopen": (gettext_lazy("Open another round"), "arrow-counterclockwise"),
    "ask_review": (gettext_lazy("Record a request for review"), "search"),
    "grant_review": (gettext_lazy("Grant the review: another round"), "arrow-counterclockwise"),
    "confirm_result": (gettext_lazy("Confirm the result"), "check2-all"),
    "root_cause": (gettext_lazy("Record the root cause"), "diagram-3"),
    "change_level": (gettext_lazy("Change the level"), "bar-chart-steps"),
    "explain_late": (gettext_lazy("Explain the delay"), "exclamation-octagon"),
    "set_complexity": (gettext_lazy("Extend the regulator's limit"), "calendar-plus"),
    "resume": (gettext_lazy("Resume the clock"), "play-fill"),
    "answer": (gettext_lazy("Answer for the department"), "chat-left-text"),
    "invite": (gettext_lazy("Ask a department"), "people"),
    "bounce": (gettext_lazy("Send back: not our matter"), "arrow-return-left"),
    "hold_meeting": (gettext_lazy("Note a meeting"), "journal-text"),
    "set_milestone": (gettext_lazy("Set a milestone"), "flag"),
    "meet_milestone": (gettext_lazy("A milestone is reached"), "flag-fill"),
    "name_lead": (gettext_lazy("Name who leads"), "person-up"),
    "decline_seat": (gettext_lazy("Decline the seat"), "person-dash"),
    "pause": (gettext_lazy("Pause the clock"), "pause-fill"),
    "sign_pause": (gettext_lazy("Sign the pause"), "pen"),
    "assign": (gettext_lazy("Assign or pass on"), "person-up"),
    "record_authority": (gettext_lazy("Record the authority"), "file-earmark-check"),
    "new_facts": (gettext_lazy("Record new facts"), "file-earmark-plus"),
    "merge": (gettext_lazy("Merge into another"), "sign-merge-right"),
    "unmerge": (gettext_lazy("Take the merger back"), "arrow-counterclockwise"),
    "split": (gettext_lazy("Split a second complaint off"), "scissors"),
    "link": (gettext_lazy("Put into a group or incident"), "people"),
    "unlink": (gettext_lazy("Take out of the group"), "x-circle"),
    "restrict": (gettext_lazy("Restrict: about our staff"), "shield-lock"),
    "unrestrict": (gettext_lazy("Lift the restriction"), "unlock"),
    "accept_referral": (gettext_lazy("Taken over there"), "check2-circle"),
    "come_back": (gettext_lazy("Came back: ours after all"), "arrow-return-left"),
    "refer_out": (gettext_lazy("Not ours: refer on"), "signpost-split"),
    "withdraw": (gettext_lazy("Withdrawn by the customer"), "x-circle"),
}
"""Words and icon of every step, the most usual first."""

_NATURE_LABELS: dict[tuple[str, str], Text] = {
    ("feed_back", "INQUIRY"): gettext_lazy("Answer the inquiry"),
    ("feed_back", "SUGGESTION"): gettext_lazy("Tell the decision"),
    ("start_work", "SUGGESTION"): gettext_lazy("Pass on to the department"),
}
_OF_CLOCK = {str(Kind.PROGRESS): "progress", str(Kind.ACK): "progress", str(Kind.SATISFACTION): "satisfaction"}
"""The step that keeps a promise, where it is not the first in order anyway."""
_USUAL: dict[str, tuple[str, ...]] = {
    State.RECEIVED: ("classify",),
    State.CLASSIFIED: ("assess", "start_work", "feed_back"),
    State.ASSESSED: ("accept_seat", "resolve", "start_work", "form_force", "propose_force"),
    State.IN_PROGRESS: ("accept_seat", "consent_redress", "approve_plan", "submit_plan", "write_plan", "feed_back"),
    State.PLAN_AGREED: ("feed_back",),
    State.FED_BACK: ("satisfaction",),
}
"""The next move of a stage, where no promise asks for another one first."""
_ASKING_OF_PLANS = frozenset(
    {
        "submit_plan",
        "approve_plan",
        "return_plan",
        "complete_action",
        "consent_redress",
        "refuse_redress",
        "pay_redress",
    }
)
_ASKING_OF_FORCES = frozenset(seats.MAY_ACT) - {"write_plan"}
_WORKERS = (Role.AGENT, Role.SENIOR, Role.HANDLER, Role.SUPERVISOR)


@dataclass(frozen=True, slots=True)
class Offer:
    """The panel: buttons, the next one first, and locks."""

    steps: list[Step]
    locks: list[Lock]

    @property
    def verbs(self) -> set[str]:
        """Names of the steps offered."""
        return {step.verb for step in self.steps}


def offer(complaint: Complaint, user: User) -> Offer:
    """What this person can do here now, and what not yet."""
    verbs = open_verbs(complaint, user)
    return Offer([_step(verb, complaint) for verb in verbs], _locks(complaint, user, verbs))


def open_verbs(complaint: Complaint, user: User) -> list[str]:
    """Steps open to this person now, the next one first. Closing also needs at least one possible end."""
    found = gate.open_to(user, complaint, LABELS)
    if "close" in found and not ending.outcomes(complaint, user):
        found.remove("close")
    return sorted(found, key=lambda verb: verb != _first(complaint, found))


_ASKING = frozenset(
    {
        *("set_complexity", "close", "explain_late", "reopen", "answer", "bounce", "invite", "unlink", "unmerge"),
        *("ask_review", "grant_review", "confirm_result", "accept_referral"),
    }
)
"""Steps whose gate asks the database; a row of a list leaves them to the page."""


def next_step(complaint: Complaint, user: User) -> Step | None:
    """The one button of a row in a list; asks the database nothing beyond the row."""
    if (
        complaint.state == State.FED_BACK
        and _leading_kind(complaint) in ("", Kind.CLOSE)
        and gate.in_hand(complaint, user)
    ):
        return Step("detail", _("Decide the end"), "check2-all", reverse("complaints:detail", args=[complaint.number]))
    if _wants_a_force(complaint, user):
        return Step("detail", _("Form the task force"), "people", reverse("complaints:detail", args=[complaint.number]))
    asking = _ASKING | _ASKING_OF_PLANS | _ASKING_OF_FORCES
    found = gate.open_to(user, complaint, (verb for verb in LABELS if verb not in asking))
    return _step(_first(complaint, found), complaint) if found else None


def _wants_a_force(complaint: Complaint, user: User) -> bool:
    """A severe one whose work has not begun: what is missing for it, its own page says. An asked-for word of progress
    comes first where its promise leads."""
    waits = complaint.state == State.ASSESSED and complaint.level == Complaint.Level.SEVERE
    return waits and _leading_kind(complaint) not in _OF_CLOCK and gate.handles(complaint, user)


def _first(complaint: Complaint, found: list[str]) -> str:
    """What is to be done next: take it, end it where it can end, keep the promise that leads, else the usual move."""
    for first in ("claim", "close", "resume"):
        if first in found:
            return first
    wanted = (_OF_CLOCK.get(_leading_kind(complaint), ""), *_USUAL.get(complaint.state, ()), *found)
    return next((verb for verb in wanted if verb in found), "")


def _leading_kind(complaint: Complaint) -> str:
    """The kind of the leading promise, "" where none is open."""
    leading = complaint.leading
    return leading.clock.kind if leading is not None else ""


def words_of(verb: str, complaint: Complaint) -> tuple[Text, str]:
    """Label and icon of a step on this complaint."""
    label, icon = LABELS[verb]
    if verb == "classify" and complaint.state == State.CLASSIFIED:
        label = _("Change its nature")
    if verb == "progress" and _leading_kind(complaint) == Kind.ACK:
        label = _("Acknowledge receipt")
    return _NATURE_LABELS.get((verb, complaint.nature), label), icon


def _step(verb: str, complaint: Complaint) -> Step:
    label, icon = words_of(verb, complaint)
    url = reverse(f"complaints:{verb}", args=[complaint.number])
    return Step(verb, label, icon, url, "post" if verb == gate.CLAIM else "get")


def _locks(complaint: Complaint, user: User, verbs: list[str]) -> list[Lock]:
    """What this person may expect to do here and cannot yet, with the reason."""
    if complaint.closed_at is not None or not user.has_role(*_WORKERS):
        return []
    if not gate.in_hand(complaint, user):
        return [Lock(_("In other hands:"), _hands(complaint))]
    found = [
        _authority_lock(complaint),
        _role_lock(complaint, user),
        None if "approve_plan" in verbs else _plan_lock(complaint, user),
        None if "close" in verbs else _close_lock(complaint, user),
    ]
    return [lock for lock in found if lock is not None]


def _hands(complaint: Complaint) -> str:
    if complaint.owner is not None:
        return _("%(name)s handles this. You can read it.") % {"name": complaint.owner.display_name}
    return _("It waits with %(team)s. You can read it.") % {"team": complaint.team}


def _authority_lock(complaint: Complaint) -> Lock | None:
    """Until when the result is for the customer alone."""
    said = behalf.SAYS.get(authority_of(complaint, timezone.localdate()))
    return Lock(_("Not to be told to the representative yet:"), str(said)) if said else None


def _role_lock(complaint: Complaint, user: User) -> Lock | None:
    """An agent sees why the next move is not theirs."""
    if user.has_role(Role.SENIOR, Role.HANDLER, Role.SUPERVISOR) or complaint.nature != Complaint.Nature.COMPLAINT:
        return None
    if complaint.level is None and complaint.state == State.CLASSIFIED:
        text = _("you decide on minor complaints; a complaint handler or team leader decides on the others.")
        return Lock(_("Moderate and severe:"), text)
    if complaint.level in (Complaint.Level.MODERATE, Complaint.Level.SEVERE):
        text = _("a complaint handler or team leader takes the next step.")
        return Lock(_("Not yours to decide:"), text)
    return None


def _plan_lock(complaint: Complaint, user: User) -> Lock | None:
    """Why a leader cannot approve the plan that waits."""
    if complaint.state != State.IN_PROGRESS or not user.has_role(Role.SENIOR, Role.SUPERVISOR):
        return None
    if plan_gate.waiting(complaint) is None:
        return None
    try:
        gate.require("approve_plan", complaint, user)
    except RuleBroken as broken:
        return Lock(_("The plan cannot be approved yet:"), str(broken))
    return None


def _close_lock(complaint: Complaint, user: User) -> Lock | None:
    title = _("Not closable yet:")
    if complaint.paused_at is not None:
        return Lock(_("The clock is paused:"), _("feedback, level and withdrawal wait until it runs again."))
    if complaint.state != State.FED_BACK:
        if complaint.nature != Complaint.Nature.COMPLAINT:
            return Lock(title, _("the customer must be told the result first."))
        text = _("feedback must be given and the customer must confirm (or 3 failed contacts).")
        if complaint.state == State.IN_PROGRESS and complaint.level != Complaint.Level.MINOR:
            text = _("the plan must be approved, feedback must be given and the customer must confirm.")
        return Lock(title, text)
    gaps = ending.missing(complaint, user, outcome=_likeliest(complaint), asked_later=True)
    return Lock(title, get_text_list([str(ending.gap_words(code)) for code in gaps], _("or"))) if gaps else None


def _likeliest(complaint: Complaint) -> str:
    natures = {Complaint.Nature.INQUIRY: "ANSWERED", Complaint.Nature.SUGGESTION: "ADOPTED"}
    return natures.get(Complaint.Nature(complaint.nature), "SATISFIED")
