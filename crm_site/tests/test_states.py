"""A table of transitions answers what can be done and refuses the rest with a reason."""

from __future__ import annotations

import pytest

from crm_site.errors import NotAllowed, RuleBroken
from crm_site.states import StateTable, Transition


def row(name: str, sources: str, target: str | None, roles: str, **more: object) -> Transition:
    return Transition(name, frozenset(sources.split()), target, frozenset(roles.split()), **more)  # type: ignore[arg-type]


TABLE = StateTable(
    [
        row("send", "DRAFT", "SENT", "writer chief"),
        row("amend", "DRAFT SENT", None, "writer", reason_required=True),
        row("recall", "SENT", "DRAFT", "chief", natures=frozenset({"LETTER"})),
        row("recall", "SENT", "DRAFT", "writer", natures=frozenset({"LETTER"}), levels=frozenset({"LOW"})),
    ]
)


@pytest.mark.parametrize(
    ("state", "roles", "nature", "level", "names"),
    [
        ("DRAFT", ["writer"], "", "", ["send", "amend"]),
        ("DRAFT", ["chief"], "", "", ["send"]),
        ("SENT", ["chief"], "LETTER", "", ["recall"]),
        ("SENT", ["chief"], "PARCEL", "", []),
        ("SENT", ["writer"], "LETTER", "", ["amend"]),
        ("SENT", ["writer"], "LETTER", "LOW", ["amend", "recall"]),
        ("SENT", ["writer", "chief"], "LETTER", "LOW", ["amend", "recall"]),
        ("NOWHERE", ["writer", "chief"], "", "", []),
        ("DRAFT", [], "", "", []),
    ],
)
def test_only_what_state_role_nature_and_level_allow_is_offered(
    state: str, roles: list[str], nature: str, level: str, names: list[str]
) -> None:
    assert [verb.name for verb in TABLE.allowed(state, roles, nature=nature, level=level)] == names


def test_a_verb_from_a_state_not_in_the_table_is_refused() -> None:
    with pytest.raises(RuleBroken) as refused:
        TABLE.require("send", "SENT", ["writer"])
    assert refused.value.code == "state.forbidden"
    assert "Reload" in str(refused.value)


def test_a_role_that_may_not_is_told_so() -> None:
    with pytest.raises(NotAllowed) as refused:
        TABLE.require("amend", "SENT", ["chief"], reason="typing error")
    assert refused.value.code == "state.role"


@pytest.mark.parametrize("reason", ["", "   ", "\n"])
def test_a_missing_reason_is_asked_for_at_its_field(reason: str) -> None:
    with pytest.raises(RuleBroken) as refused:
        TABLE.require("amend", "SENT", ["writer"], reason=reason)
    assert (refused.value.code, refused.value.field) == ("state.reason", "reason")


def test_a_row_without_target_leaves_the_state() -> None:
    assert TABLE.require("amend", "SENT", ["writer"], reason="typing error").to("SENT") == "SENT"
    assert TABLE.require("send", "DRAFT", ["chief"]).to("DRAFT") == "SENT"


def test_what_is_offered_is_what_is_accepted() -> None:
    for state in ("DRAFT", "SENT"):
        for role in ("writer", "chief"):
            for nature in ("LETTER", "PARCEL"):
                for level in ("LOW", "HIGH"):
                    offered = {verb.name for verb in TABLE.allowed(state, [role], nature=nature, level=level)}
                    accepted = set()
                    for name in ("send", "amend", "recall"):
                        try:
                            TABLE.require(name, state, [role], nature=nature, level=level, reason="why")
                        except RuleBroken:
                            continue
                        accepted.add(name)
                    assert offered == accepted
