"""How a matter is spoken of to those who brought it: fixed words, so that nothing internal slips in (R6.19; pure)."""

from __future__ import annotations

from django.db.models import TextChoices
from django.utils.translation import gettext_lazy as _

from crm_site.errors import Text


class Status(TextChoices):
    """What is being done, as the complainant may read it."""

    CHECKING = "CHECKING", _("We are checking the facts.")
    DEPARTMENTS = "DEPARTMENTS", _("The departments concerned are working on it.")
    YOUR_PART = "YOUR_PART", _("We need something from you and have told you what.")
    PREPARING = "PREPARING", _("We are preparing our answer.")


STAGES: dict[str, tuple[str, ...]] = {
    "RECEIVED": ("RECEIVED", "CLASSIFIED"),
    "EXAMINED": ("ASSESSED", "IN_PROGRESS", "PLAN_AGREED", "IN_REVIEW"),
    "ANSWERED": ("FED_BACK",),
    "ENDED": ("CLOSED", "REFERRED_OUT", "WITHDRAWN", "MERGED"),
}
"""The way of a matter as the complainant sees it, and the states each part stands for."""
STAGE_WORDS: dict[str, Text] = {
    "RECEIVED": _("Received"),
    "EXAMINED": _("Being looked into"),
    "ANSWERED": _("Answer given"),
    "ENDED": _("Ended"),
}
SENTENCES: dict[str, Text] = {
    "RECEIVED": _("We have received your matter and look at it now."),
    "EXAMINED": _("We are looking into your matter."),
    "ANSWERED": _("We have told you our answer. You find it below."),
    "IN_REVIEW": _("You asked for a review. Somebody who had no part in the result looks at it."),
    "CLOSED": _("Your matter is closed."),
    "REFERRED_OUT": _("This is not ours to decide; we told you where to turn to."),
    "WITHDRAWN": _("You took your matter back."),
    "MERGED": _("Your matter is dealt with together with an earlier one."),
}


def stage_of(state: str) -> str:
    """The part of the way this state lies in."""
    return next((stage for stage, states in STAGES.items() if state in states), "EXAMINED")


def sentence_of(state: str) -> Text:
    """Where it stands, in one sentence."""
    return SENTENCES.get(state, SENTENCES.get(stage_of(state), SENTENCES["EXAMINED"]))
