"""How a matter came to be what it is: every change of its nature with who, when and why (handbook 6/1.1.29(1))."""

from __future__ import annotations

import datetime
from dataclasses import dataclass

from complaints.models import Complaint

Nature = Complaint.Nature
_CHANGES = ("receive", "import", "classify", "resolve", "come_back", "reopen")


@dataclass(frozen=True, slots=True)
class Change:
    """One time the nature was chosen; ``old`` is None for the first."""

    old: Nature | None
    new: Nature
    at: datetime.datetime
    who: str
    reason: str

    @property
    def away_from_complaint(self) -> bool:
        """A complaint became something else, which a leader signs (domain C.6.1)."""
        return self.old == Nature.COMPLAINT and self.new in (Nature.INQUIRY, Nature.SUGGESTION)


def history(complaint: Complaint) -> list[Change]:
    """The changes, oldest first, from the diary; none where the nature was chosen once and stayed."""
    made: list[Change] = []
    before: Nature | None = None
    for entry in complaint.diary.filter(verb__in=_CHANGES).select_related("by").order_by("pk"):
        if not entry.nature or entry.nature == before:  # entries older than the column say nothing
            continue
        if before is None and entry.nature == Nature.UNCLASSIFIED:
            continue
        who = entry.by.display_name if entry.by else ""
        made.append(Change(before, Nature(entry.nature), entry.at, who, entry.reason))
        before = Nature(entry.nature)
    return made if len(made) > 1 else []
