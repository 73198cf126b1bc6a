"""What the diary says of a task force: words and icon of every turn, and its facts in words."""

from __future__ import annotations

import datetime
from collections.abc import Callable, Mapping
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from complaints.models import Milestone
from complaints.taskforce import Capacity
from crm_site.errors import Text
from crm_site.wording import date_words, moment_words

Facts = Mapping[str, Any]
TURNS: dict[str, tuple[Text, str, str]] = {
    "propose_force": (gettext_lazy("Task force proposed"), "people", ""),
    "form_force": (gettext_lazy("Task force formed, members asked"), "people", ""),
    "accept_seat": (gettext_lazy("A seat in the task force was taken"), "person-check", "brand"),
    "decline_seat": (gettext_lazy("A seat in the task force was declined"), "person-dash", "hot"),
    "name_lead": (gettext_lazy("Lead of the task force named"), "person-up", ""),
    "hold_meeting": (gettext_lazy("The task force met"), "journal-text", ""),
    "set_milestone": (gettext_lazy("Milestone set"), "flag", ""),
    "meet_milestone": (gettext_lazy("Milestone ended"), "flag-fill", "brand"),
}


def _named(facts: Facts) -> str:
    return ngettext("%(n)s member", "%(n)s members", facts["seats"]) % {"n": facts["seats"]}


def _held(facts: Facts) -> str:
    there = ngettext("%(n)s person there", "%(n)s people there", facts["present"]) % {"n": facts["present"]}
    return f"{moment_words(datetime.datetime.fromisoformat(facts['held_at']), 'short')} · {there}"


def _until(facts: Facts) -> str:
    return _("by %(day)s") % {"day": date_words(facts["due_on"], "short")}


def _reached(facts: Facts) -> str:
    return str(Milestone.Result(facts["result"]).label)


SAID: dict[str, Callable[[Facts], str]] = {
    **dict.fromkeys(("propose_force", "form_force"), _named),
    "hold_meeting": _held,
    "set_milestone": _until,
    "meet_milestone": _reached,
}


def _lead(facts: Facts, names: Mapping[str, str]) -> str:
    return names.get(f"person:{facts['to']}", str(facts["to"]))


def _seat(facts: Facts, names: Mapping[str, str]) -> str:
    return f"{Capacity(facts['capacity']).label} · {names.get(facts['department'], facts['department'])}"


WITH_NAMES: dict[str, Callable[[Facts, Mapping[str, str]], str]] = {
    "name_lead": _lead,
    **dict.fromkeys(("accept_seat", "decline_seat"), _seat),
}
