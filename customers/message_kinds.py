"""What the centre writes to customers, and which facts each text may mention: fixed lists, no free field (R5.14; pure).

No list holds what was complained about, a balance, an identity or a class: such a text cannot even be drafted (O.3).
"""

from __future__ import annotations

from dataclasses import dataclass

from django.utils.translation import gettext_lazy as _
from django.utils.translation import override

from crm_site.errors import Text

BOTH = ("SMS", "EMAIL")


@dataclass(frozen=True, slots=True)
class Kind:
    """One occasion. ``required`` fields stand in every text of it."""

    title: Text
    fields: tuple[str, ...]
    required: tuple[str, ...] = ()
    purpose: str = "SERVICE"
    channels: tuple[str, ...] = BOTH


def _fields(names: str) -> tuple[str, ...]:
    return ("bank", *names.split())


KINDS: dict[str, Kind] = {
    "survey_invitation": Kind(_("Invitation to a survey"), _fields("link"), ("link",), "SURVEY"),
    "complaint_received": Kind(_("Notice of receipt"), _fields("number team due"), ("number", "team", "due")),
    "complaint_referred": Kind(_("Notice of referral"), _fields("number target"), ("number", "target")),
    "complaint_progress": Kind(_("Notice of progress"), _fields("number status due"), ("number", "status")),
    "complaint_delay": Kind(_("Notice of delay"), _fields("number due"), ("number", "due")),
    "complaint_result": Kind(_("Notice that there is a result"), _fields("number"), ("number",)),
    "complaint_result_letter": Kind(
        _("Result in writing"), _fields("number decision words"), ("number", "words"), channels=("EMAIL",)
    ),
    "complaint_closed": Kind(_("Notice of closing"), _fields("number"), ("number",)),
    "complaint_reopened": Kind(_("Notice that work goes on"), _fields("number due"), ("number", "due")),
}
"""By code, as messages carry it."""

SAMPLES: dict[str, Text] = {
    "number": "TS-20250926-0018",
    "link": "https://bank.example/s/7fK2",
    "team": _("Complaints team"),
    "due": _("by 14 October 2025"),
    "target": _("Card department"),
    "status": _("The departments concerned are working on it."),
    "decision": _("Partly upheld"),
    "words": _("The fee was taken twice. The second one was paid back today."),
}
"""What a preview fills in."""


def title_of(code: str) -> Text:
    """The name of a kind; the code itself where it is none of ours."""
    return KINDS[code].title if code in KINDS else code


def title_in_source(code: str) -> str:
    """As ``title_of``, in the language of the source: what is stored and translated when it is shown."""
    with override("en"):
        return str(title_of(code))
