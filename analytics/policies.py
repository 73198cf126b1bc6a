"""The kinds of versioned rules an operator may show and put in force (contracts: docs/COMMANDS.md, policy).

A kind is two functions; another step of the house adds its own line to KINDS.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from analytics import class_policies
from analytics import score_policy as scoring
from complaints import policies as sla
from crm_site.models import User

Answer = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Kind:
    """``show(name)``: versions and the rules in force, of one name or all (""). ``apply(data, by, approve_by, note)``:
    the rules of a file, through the verbs of the screens; what it put in force. Both raise RuleBroken."""

    show: Callable[[str], Answer]
    apply: Callable[[Mapping[str, Any], User, User, str], Answer]


KINDS: dict[str, Kind] = {
    "classification": Kind(class_policies.show, class_policies.apply),
    "scoring": Kind(scoring.show, scoring.apply),
    "sla": Kind(sla.show, sla.apply),
}
