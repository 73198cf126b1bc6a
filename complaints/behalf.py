"""Who speaks for a customer, and whether the customer's affairs may be told to them (domain R6.2, C.5; pure)."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Mapping

from django.db.models import TextChoices
from django.utils.translation import gettext_lazy as _

from crm_site.errors import Text

FOR_OTHERS = frozenset({"AGENT", "HEIR", "GUARDIAN"})
"""Relations in which the complainant is not the customer."""


class Standing(TextChoices):
    """How the authority of a representative stands on a day."""

    NOT_NEEDED = "NOT_NEEDED", _("The customer complains in person")
    MISSING = "MISSING", _("Authority not seen")
    EXPIRED = "EXPIRED", _("Authority expired")
    HELD = "HELD", _("Authority seen")


SAYS: Mapping[Standing, Text] = {
    Standing.MISSING: _("No authority of the representative is on record. Record it, or tell the customer in person."),
    Standing.EXPIRED: _(
        "The authority of the representative has expired. Record a new one, or tell the customer in person."
    ),
}
"""Why the customer's affairs stay untold."""


def standing(relation: str, valid_until: Iterable[dt.date | None], day: dt.date) -> Standing:
    """``valid_until``: the last day of each authority on record, None for one without end."""
    if relation not in FOR_OTHERS:
        return Standing.NOT_NEEDED
    ends = list(valid_until)
    if not ends:
        return Standing.MISSING
    return Standing.HELD if any(end is None or end >= day for end in ends) else Standing.EXPIRED
