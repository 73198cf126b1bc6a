"""The stepper of a complaint's page: the stages on its way, what is reached and what is to come (mock 04)."""

from __future__ import annotations

import datetime
from collections.abc import Mapping

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, pgettext_lazy

from complaints.models import Complaint
from complaints.states import State
from crm_site.errors import Text
from crm_site.wording import date_words

_PLANNED = "PLAN_AGREED"  # a stage of moderate and severe complaints alone
_STAGES: dict[str, list[tuple[str, Text]]] = {
    "COMPLAINT": [
        ("RECEIVED", pgettext_lazy("stage", "Received")),
        ("ASSESSED", pgettext_lazy("stage", "Assessed")),
        ("IN_PROGRESS", pgettext_lazy("stage", "Investigating")),
        (_PLANNED, gettext_lazy("Plan agreed")),
        ("FED_BACK", gettext_lazy("Feedback")),
        ("ASKED", gettext_lazy("Confirmed")),
        ("CLOSED", pgettext_lazy("stage", "Closed")),
    ],
    "INQUIRY": [
        ("RECEIVED", pgettext_lazy("stage", "Received")),
        ("FED_BACK", gettext_lazy("Answered")),
        ("CLOSED", pgettext_lazy("stage", "Closed")),
    ],
    "SUGGESTION": [
        ("RECEIVED", pgettext_lazy("stage", "Received")),
        ("IN_PROGRESS", gettext_lazy("With the department")),
        ("FED_BACK", gettext_lazy("Decision told")),
        ("CLOSED", pgettext_lazy("stage", "Closed")),
    ],
}
_REACHED = {
    "receive": "RECEIVED",
    "import": "RECEIVED",
    "assess": "ASSESSED",
    "start_work": "IN_PROGRESS",
    "approve_plan": _PLANNED,
    "resolve": "FED_BACK",
    "feed_back": "FED_BACK",
    "satisfaction": "ASKED",
    "close": "CLOSED",
    "reopen": "IN_PROGRESS",
    "grant_review": "IN_PROGRESS",
}


def stages(complaint: Complaint, feedback_due: datetime.date | None) -> list[dict[str, str]]:
    """Steps for the stepper: done with day and name, the current one, what is to come with its date."""
    plan = _stages_of(complaint)
    latest = complaint.round
    marks: dict[str, str] = {}
    for entry in complaint.diary.select_related("by").order_by("pk"):
        stage = _REACHED.get(entry.verb)
        told = entry.verb not in ("feed_back", "satisfaction") or entry.data.get("reached", True)
        if stage and told and (entry.round_no == latest.no or stage in ("RECEIVED", "ASSESSED")):
            who = entry.by.display_name if entry.by else ""
            marks[stage] = _(", ").join(part for part in (date_words(entry.at, "short"), who) if part)
    keys = [key for key, _label in plan]
    current = _current(complaint, keys, marks)
    ends = complaint.state in (State.CLOSED, State.REFERRED_OUT, State.WITHDRAWN, State.MERGED)
    made = []
    for at, (key, label) in enumerate(plan):
        done = at < current or (ends and key in marks)
        detail = marks.get(key, "") if done or at == current else ""
        if key == "FED_BACK" and not done and feedback_due is not None and not ends:
            detail = _("by %(day)s") % {"day": date_words(feedback_due, "short")}
        state = "done" if done else "cur" if at == current and not ends else ""
        made.append({"label": str(label), "state": state, "detail": detail})
    return made


def _stages_of(complaint: Complaint) -> list[tuple[str, Text]]:
    """The stages on its way; a plan is agreed where the level asks for one."""
    plan = _STAGES.get(complaint.nature, _STAGES["COMPLAINT"])
    heavy = complaint.level in (Complaint.Level.MODERATE, Complaint.Level.SEVERE)
    return plan if heavy else [stage for stage in plan if stage[0] != _PLANNED]


def _current(complaint: Complaint, keys: list[str], marks: Mapping[str, str]) -> int:
    """Which stage is under way now: the one after the last reached."""
    if complaint.state == State.CLOSED:
        return len(keys)
    reached = {
        State.RECEIVED: "RECEIVED",
        State.CLASSIFIED: "RECEIVED",
        State.ASSESSED: "ASSESSED",
        State.PLAN_AGREED: _PLANNED,
        State.FED_BACK: "ASKED" if "ASKED" in marks else "FED_BACK",
    }.get(State(complaint.state))
    if reached is None:
        return keys.index("IN_PROGRESS") if "IN_PROGRESS" in keys else 0
    return keys.index(reached) + 1 if reached in keys else 1
