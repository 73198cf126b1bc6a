"""A table of transitions: which verb leads from where to where, who may use it, and whether it must say why."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from django.utils.translation import gettext_lazy as _

from crm_site.errors import NotAllowed, RuleBroken


@dataclass(frozen=True, slots=True)
class Transition:
    """One verb. ``target=None`` leaves the state as it is; empty ``natures`` or ``levels`` mean any."""

    name: str
    sources: frozenset[str]
    target: str | None
    roles: frozenset[str]
    reason_required: bool = False
    natures: frozenset[str] = frozenset()
    levels: frozenset[str] = frozenset()

    def fits(self, state: str, nature: str, level: str = "") -> bool:
        """Whether the verb starts from this state for this nature and level."""
        right_nature = not self.natures or nature in self.natures
        right_level = not self.levels or level in self.levels
        return state in self.sources and right_nature and right_level

    def to(self, state: str) -> str:
        """The state after the verb was said in ``state``."""
        return state if self.target is None else self.target


class StateTable:
    """All transitions of one noun. Anything not listed is forbidden."""

    def __init__(self, transitions: Iterable[Transition]) -> None:
        self.transitions = tuple(transitions)

    def allowed(self, state: str, roles: Iterable[str], *, nature: str = "", level: str = "") -> list[Transition]:
        """Verbs these roles may use from this state, in table order; one name at most once."""
        held = frozenset(roles)
        found: dict[str, Transition] = {}
        for transition in self.transitions:
            if transition.fits(state, nature, level) and transition.roles & held:
                found.setdefault(transition.name, transition)
        return list(found.values())

    def get(self, name: str, state: str, *, nature: str = "", level: str = "") -> Transition:
        """The transition of this verb from this state.

        Raises RuleBroken("state.forbidden") when the table has none.
        """
        return self._rows(name, state, nature, level)[0]

    def _rows(self, name: str, state: str, nature: str, level: str) -> list[Transition]:
        rows = [row for row in self.transitions if row.name == name and row.fits(state, nature, level)]
        if rows:
            return rows
        raise RuleBroken("state.forbidden", _("This step is not possible now. Reload the page to see what is."))

    def require(
        self, name: str, state: str, roles: Iterable[str], *, nature: str = "", level: str = "", reason: str = ""
    ) -> Transition:
        """As get(), and also the role and the reason.

        Raises NotAllowed("state.role") for a role that may not, RuleBroken("state.reason") when the reason is missing.
        """
        held = frozenset(roles)
        fitting = [row for row in self._rows(name, state, nature, level) if row.roles & held]
        if not fitting:
            raise NotAllowed("state.role", _("Your role may not take this step. Ask your team leader."))
        if fitting[0].reason_required and not reason.strip():
            raise RuleBroken("state.reason", _("Say why, in a sentence."), field="reason")
        return fitting[0]
