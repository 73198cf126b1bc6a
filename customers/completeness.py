"""How much of a record is filled, of 100 (handbook 2/1.1.9; domain C.4; pure)."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass
from typing import NamedTuple

from django.utils.translation import gettext_lazy as _

from crm_site.errors import Text

WEIGHTS: Mapping[str, int] = {
    "name": 10,
    "document": 15,
    "document_verified": 5,
    "birth": 8,
    "sex": 4,
    "mobile": 15,
    "second_contact": 8,
    "occupation": 8,
    "income": 7,
    "address": 5,
    "risk_tolerance": 5,
    "preference": 5,
    "verified": 5,
}
LABELS: Mapping[str, Text] = {
    "name": _("Name"),
    "document": _("Identity document"),
    "document_verified": _("Identity document verified"),
    "birth": _("Birth date"),
    "sex": _("Sex"),
    "mobile": _("Verified mobile number"),
    "second_contact": _("Second way to reach them"),
    "occupation": _("Occupation"),
    "income": _("Income"),
    "address": _("Address or region"),
    "risk_tolerance": _("Valid risk tolerance"),
    "preference": _("Contact preference"),
    "verified": _("Verified within 12 months"),
}
"""What each code of ``missing`` asks for."""
NEVER_REFUSED = frozenset({"document", "document_verified", "mobile"})
"""A refusal to tell counts as filled, but not for these."""


@dataclass(frozen=True, slots=True)
class Record:
    """What is there. ``mobile`` means a verified one; ``verified_on`` is the day the record was last confirmed."""

    name: bool = False
    document: bool = False
    document_verified: bool = False
    birth: bool = False
    sex: bool = False
    mobile: bool = False
    second_contact: bool = False
    occupation: bool = False
    income: bool = False
    address: bool = False
    risk_tolerance_until: dt.date | None = None
    preference: bool = False
    verified_on: dt.date | None = None
    refused: frozenset[str] = frozenset()


class Completeness(NamedTuple):
    """``score`` 0–100; ``missing`` codes of WEIGHTS, the heaviest first."""

    score: int
    missing: tuple[str, ...]


def completeness(record: Record, *, today: dt.date) -> Completeness:
    """The score of a record on a day, and what would raise it most."""
    filled = {
        code: bool(getattr(record, code))
        for code in WEIGHTS
        if code not in ("document_verified", "risk_tolerance", "verified")
    }
    filled["document_verified"] = record.document and record.document_verified
    filled["risk_tolerance"] = record.risk_tolerance_until is not None and record.risk_tolerance_until >= today
    filled["verified"] = record.verified_on is not None and record.verified_on >= _year_before(today)
    filled |= {code: True for code in record.refused if code in WEIGHTS and code not in NEVER_REFUSED}
    missing = sorted((code for code in WEIGHTS if not filled[code]), key=lambda code: -WEIGHTS[code])
    return Completeness(sum(weight for code, weight in WEIGHTS.items() if filled[code]), tuple(missing))


def _year_before(today: dt.date) -> dt.date:
    """The same day a year earlier; 28 February for 29 February."""
    leap_day = (today.month, today.day) == (2, 29)
    return dt.date(today.year - 1, 2, 28) if leap_day else today.replace(year=today.year - 1)
