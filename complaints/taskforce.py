"""Who must sit in the task force of a severe complaint, and what is missing (handbook 6/1.1.30(3); R6.12, INV-7; pure).

The service department, the head of every department it concerns or the deputy the head sent, and a specialist; one of
them leads. A seat counts once its member has accepted it.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass

from django.db.models import TextChoices
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from crm_site.errors import Text
from crm_site.skills import Skill

NOTE_MIN = 2  # characters: two say enough in Chinese


class Capacity(TextChoices):
    """What a member sits for."""

    SERVICE = "SERVICE", gettext_lazy("Service department")
    DEPT_HEAD = "DEPT_HEAD", gettext_lazy("Head of a department")
    SPECIALIST = "SPECIALIST", gettext_lazy("Specialist")


@dataclass(frozen=True, slots=True)
class Seated:
    """A seat as far as the rule looks at it. ``departments``: codes of those a head, or a head's deputy, speaks for."""

    capacity: Capacity
    departments: Collection[str] = ()
    leads: bool = False
    accepted: bool = True


@dataclass(frozen=True, slots=True)
class Gap:
    """One thing that is missing. ``waiting``: somebody was asked and has not accepted yet."""

    code: str
    department: str = ""
    waiting: bool = False


_MISSING: dict[str, Text] = {
    "departments": gettext_lazy("no department takes part: ask those it concerns"),
    "service": gettext_lazy("a member of the service department"),
    "head": gettext_lazy("the head of %(department)s or a deputy"),
    "specialist": gettext_lazy("a specialist"),
    "lead": gettext_lazy("a lead"),
}
_WAITING: dict[str, Text] = {
    "service": gettext_lazy("the member of the service department has not accepted yet"),
    "head": gettext_lazy("the head of %(department)s or the deputy has not accepted yet"),
    "specialist": gettext_lazy("the specialist has not accepted yet"),
    "lead": gettext_lazy("the lead has not accepted yet"),
}
CODES = tuple(_MISSING)
"""Every code a gap can have, in the order they are told."""


def gaps(seats: Iterable[Seated], departments: Sequence[str]) -> list[Gap]:
    """What stands between these seats and a valid task force; ``departments`` are the codes of those it concerns."""
    sitting = list(seats)
    found = [] if departments else [Gap("departments")]
    found += _gap("service", [seat for seat in sitting if seat.capacity == Capacity.SERVICE])
    for code in departments:
        heads = [seat for seat in sitting if seat.capacity == Capacity.DEPT_HEAD and code in seat.departments]
        found += _gap("head", heads, code)
    found += _gap("specialist", [seat for seat in sitting if seat.capacity == Capacity.SPECIALIST])
    return found + _gap("lead", [seat for seat in sitting if seat.leads])


def _gap(code: str, able: Sequence[Seated], department: str = "") -> list[Gap]:
    if any(seat.accepted for seat in able):
        return []
    return [Gap(code, department, waiting=bool(able))]


def words(gap: Gap, names: Mapping[str, str]) -> str:
    """What is missing, in words; ``names`` of departments by code."""
    text = str((_WAITING if gap.waiting else _MISSING)[gap.code])
    return text % {"department": names.get(gap.department, gap.department)} if gap.department else text


def sentence(found: Iterable[Gap], names: Mapping[str, str]) -> str:
    """All that is missing in one sentence."""
    parts = [words(gap, names) for gap in found]
    return _("The task force is not complete: %(missing)s.") % {"missing": _(", ").join(parts)}


_WANTED: dict[str, Skill] = {
    "FACILITIES_SYSTEMS": Skill.TECHNOLOGY,
    "PROCESSING_ERROR": Skill.TECHNOLOGY,
    "FUNDS_SECURITY": Skill.RISK,
    "DEBT_COLLECTION": Skill.RISK,
    "CREDIT_RECORD": Skill.RISK,
    "INFORMATION_SECURITY": Skill.PRIVACY,
    "CONTRACT_TERMS": Skill.LEGAL,
    "INFORMATION_DISCLOSURE": Skill.LEGAL,
    "FREE_CHOICE": Skill.LEGAL,
    "FEES": Skill.FINANCE,
}


def wanted_skill(cause: str) -> Skill:
    """The knowledge a matter of this cause asks for first; products where no other is nearer."""
    return _WANTED.get(cause, Skill.PRODUCT)
