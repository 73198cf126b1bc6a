"""The life of a complaint, a suggestion and an inquiry, and what must be there before it ends."""

from __future__ import annotations

import datetime as dt
from dataclasses import replace

import pytest

from complaints.closing import CLOSE_GAPS, OUTCOMES, Closing, missing_to_close
from complaints.profiles import Level
from complaints.states import TABLE, State, assessors, may_reopen
from crm_site.errors import RuleBroken
from crm_site.roles import Role

PLANNED = "classify assess start_work write_plan submit_plan approve_plan"
ALL = [str(role) for role in Role]


def walk(verbs: str, *, nature: str, level: str = "", role: str = "handler", start: str = State.RECEIVED) -> str:
    """The state after saying the verbs one after the other."""
    state = start
    for verb in verbs.split():
        state = TABLE.require(verb, state, [role], nature=nature, level=level, reason="because").to(state)
    return state


@pytest.mark.parametrize(
    ("nature", "level", "role", "verbs", "end"),
    [
        ("COMPLAINT", "MODERATE", "senior", f"{PLANNED} feed_back satisfaction close", "CLOSED"),
        ("COMPLAINT", "SEVERE", "supervisor", f"{PLANNED} feed_back close", "CLOSED"),
        ("COMPLAINT", "MINOR", "agent", "classify assess resolve satisfaction close", "CLOSED"),
        ("COMPLAINT", "MINOR", "agent", "classify assess feed_back close", "CLOSED"),
        ("UNCLASSIFIED", "", "agent", "resolve", "FED_BACK"),
        ("COMPLAINT", "MODERATE", "senior", f"{PLANNED} feed_back close reopen", "IN_PROGRESS"),
        ("COMPLAINT", "MODERATE", "supervisor", f"{PLANNED} feed_back ask_review confirm_result", "CLOSED"),
        ("COMPLAINT", "SEVERE", "supervisor", f"{PLANNED} feed_back close ask_review grant_review", "IN_PROGRESS"),
        ("COMPLAINT", "MODERATE", "senior", f"{PLANNED} revise_plan submit_plan return_plan", "IN_PROGRESS"),
        ("COMPLAINT", "MODERATE", "senior", "classify assess withdraw reopen", "IN_PROGRESS"),
        ("INQUIRY", "", "agent", "classify feed_back close", "CLOSED"),
        ("INQUIRY", "", "handler", "classify feed_back reopen feed_back", "FED_BACK"),
        ("SUGGESTION", "", "handler", "classify start_work feed_back close", "CLOSED"),
        ("UNCLASSIFIED", "", "agent", "refer_out", "REFERRED_OUT"),
    ],
)
def test_each_nature_has_its_way_to_the_end(nature: str, level: str, role: str, verbs: str, end: str) -> None:
    assert walk(verbs, nature=nature, level=level, role=role) == end


@pytest.mark.parametrize(
    ("verb", "state", "nature", "level"),
    [
        ("assess", "CLASSIFIED", "INQUIRY", ""),
        ("assess", "RECEIVED", "UNCLASSIFIED", ""),
        ("resolve", "ASSESSED", "COMPLAINT", "MODERATE"),
        ("resolve", "RECEIVED", "COMPLAINT", "SEVERE"),
        ("feed_back", "ASSESSED", "COMPLAINT", "MODERATE"),
        ("feed_back", "IN_PROGRESS", "COMPLAINT", "MODERATE"),
        ("feed_back", "IN_PROGRESS", "COMPLAINT", "SEVERE"),
        ("approve_plan", "PLAN_AGREED", "COMPLAINT", "MODERATE"),
        ("write_plan", "PLAN_AGREED", "COMPLAINT", "SEVERE"),
        ("write_plan", "IN_PROGRESS", "SUGGESTION", ""),
        ("feed_back", "CLASSIFIED", "COMPLAINT", "MINOR"),
        ("feed_back", "CLASSIFIED", "SUGGESTION", ""),
        ("feed_back", "FED_BACK", "COMPLAINT", "MODERATE"),
        ("change_level", "FED_BACK", "COMPLAINT", "MODERATE"),
        ("close", "IN_PROGRESS", "COMPLAINT", "MODERATE"),
        ("close", "CLOSED", "COMPLAINT", "MODERATE"),
        ("withdraw", "FED_BACK", "COMPLAINT", "MODERATE"),
        ("reopen", "IN_PROGRESS", "COMPLAINT", "MODERATE"),
        ("refer_out", "ASSESSED", "COMPLAINT", "MODERATE"),
        ("ask_review", "CLOSED", "INQUIRY", ""),
        ("ask_review", "IN_PROGRESS", "COMPLAINT", "MODERATE"),
        ("feed_back", "IN_REVIEW", "COMPLAINT", "MINOR"),
        ("close", "IN_REVIEW", "COMPLAINT", "MODERATE"),
        ("reopen", "IN_REVIEW", "COMPLAINT", "MODERATE"),
        ("start_work", "CLASSIFIED", "COMPLAINT", ""),
    ],
)
def test_what_is_not_in_the_table_is_refused_to_everybody(verb: str, state: str, nature: str, level: str) -> None:
    with pytest.raises(RuleBroken) as refused:
        TABLE.require(verb, state, ALL, nature=nature, level=level, reason="because")
    assert refused.value.code == "state.forbidden"


@pytest.mark.parametrize(
    ("verb", "state", "nature", "level", "allowed"),
    [
        ("classify", "RECEIVED", "UNCLASSIFIED", "", "agent handler senior supervisor"),
        ("classify", "CLASSIFIED", "COMPLAINT", "", "senior supervisor"),
        ("classify", "CLASSIFIED", "INQUIRY", "", "agent handler senior supervisor"),
        ("start_work", "ASSESSED", "COMPLAINT", "MODERATE", "handler senior supervisor"),
        ("start_work", "CLASSIFIED", "SUGGESTION", "", "agent handler liaison senior supervisor"),
        ("change_level", "IN_PROGRESS", "COMPLAINT", "MODERATE", "senior supervisor"),
        ("write_plan", "IN_PROGRESS", "COMPLAINT", "MODERATE", "handler senior supervisor tfmember"),
        ("approve_plan", "IN_PROGRESS", "COMPLAINT", "MODERATE", "senior supervisor"),
        ("approve_plan", "IN_PROGRESS", "COMPLAINT", "SEVERE", "supervisor"),
        ("return_plan", "IN_PROGRESS", "COMPLAINT", "SEVERE", "supervisor"),
        ("revise_plan", "PLAN_AGREED", "COMPLAINT", "SEVERE", "handler senior supervisor"),
        ("complete_action", "CLOSED", "COMPLAINT", "SEVERE", "agent handler liaison senior supervisor tfmember"),
        ("feed_back", "PLAN_AGREED", "COMPLAINT", "SEVERE", "handler senior supervisor"),
        ("feed_back", "IN_PROGRESS", "SUGGESTION", "", "handler liaison senior supervisor"),
        ("close", "FED_BACK", "COMPLAINT", "SEVERE", "handler senior supervisor"),
        ("close", "FED_BACK", "COMPLAINT", "MINOR", "agent handler senior supervisor"),
        ("reopen", "CLOSED", "COMPLAINT", "MODERATE", "handler senior supervisor"),
        ("reopen", "WITHDRAWN", "COMPLAINT", "MODERATE", "senior supervisor"),
        ("ask_review", "CLOSED", "COMPLAINT", "SEVERE", "agent handler senior supervisor"),
        ("confirm_result", "IN_REVIEW", "COMPLAINT", "MINOR", "supervisor"),
        ("grant_review", "IN_REVIEW", "COMPLAINT", "SEVERE", "supervisor"),
        ("withdraw", "IN_PROGRESS", "COMPLAINT", "MODERATE", "handler senior supervisor"),
    ],
)
def test_each_step_belongs_to_its_roles(verb: str, state: str, nature: str, level: str, allowed: str) -> None:
    offered = [
        role
        for role in sorted(ALL)
        if verb in {row.name for row in TABLE.allowed(state, [role], nature=nature, level=level)}
    ]
    assert " ".join(offered) == allowed


@pytest.mark.parametrize("role", sorted({*ALL} - {"agent", "senior", "handler", "supervisor", "liaison", "tfmember"}))
def test_other_roles_turn_no_state(role: str) -> None:
    assert all(role not in row.roles for row in TABLE.transitions)


@pytest.mark.parametrize(
    "verb", ["refer_out", "change_level", "reopen", "withdraw", "return_plan", "revise_plan", "grant_review"]
)
def test_these_steps_ask_for_a_reason(verb: str) -> None:
    assert all(row.reason_required for row in TABLE.transitions if row.name == verb)


def test_an_agent_assesses_only_what_is_minor() -> None:
    assert "agent" in assessors(Level.MINOR)
    assert "agent" not in assessors(Level.MODERATE) | assessors(Level.SEVERE)
    assert "handler" in assessors(Level.SEVERE)


def test_every_state_in_the_table_is_a_state() -> None:
    named = {source for row in TABLE.transitions for source in row.sources}
    named |= {row.target for row in TABLE.transitions if row.target is not None}
    assert named <= set(State.values)


def test_dissatisfaction_opens_another_round_within_thirty_days() -> None:
    told = dt.date(2025, 10, 10)
    assert may_reopen(told, told)
    assert may_reopen(told, dt.date(2025, 11, 9))
    assert not may_reopen(told, dt.date(2025, 11, 10))


# --- closing ----------------------------------------------------------------------------------------------------
READY = Closing(nature="COMPLAINT", has_feedback=True, has_cause=True, reached=True)


@pytest.mark.parametrize(
    ("closing", "missing"),
    [
        (replace(READY, outcome="SATISFIED", accepted=True), []),
        (replace(READY, outcome="SATISFIED", satisfaction=4), []),
        (replace(READY, outcome="SATISFIED", satisfaction=3), ["acceptance"]),
        (replace(READY, outcome="SATISFIED", satisfaction=5, accepted=False), ["acceptance"]),
        (replace(READY, outcome="SATISFIED", accepted=True, reached=False), ["contact"]),
        (replace(READY, outcome="PARTLY", accepted=True, satisfaction=3), []),
        (replace(READY, outcome="PARTLY", accepted=True), ["contact"]),
        (replace(READY, outcome="PARTLY", accepted=False, satisfaction=3), ["acceptance"]),
        (replace(READY, outcome="UNSATISFIED_FINAL"), ["final_position", "routes", "leader"]),
        (replace(READY, outcome="UNSATISFIED_FINAL", position_final=True, routes_told=True), ["leader"]),
        (
            replace(READY, outcome="UNSATISFIED_FINAL", position_final=True, routes_told=True, signer_is_leader=True),
            [],
        ),
        (replace(READY, outcome="NO_REPLY", reached=False), ["attempts", "waiting"]),
        (replace(READY, outcome="NO_REPLY", failed_contacts=3, failed_days=1, days_since_feedback=15), ["attempts"]),
        (replace(READY, outcome="NO_REPLY", failed_contacts=2, failed_days=2, days_since_feedback=15), ["attempts"]),
        (replace(READY, outcome="NO_REPLY", failed_contacts=3, failed_days=2, days_since_feedback=14), ["waiting"]),
        (replace(READY, outcome="NO_REPLY", failed_contacts=3, failed_days=2, days_since_feedback=15), []),
        (replace(READY, outcome="ANSWERED"), ["outcome_nature"]),
        (replace(READY), ["outcome"]),
        (Closing(nature="COMPLAINT", has_redress=False), ["feedback", "cause", "redress", "outcome"]),
        (Closing(nature="COMPLAINT", outcome="SATISFIED"), ["feedback", "cause", "contact"]),
        (replace(READY, outcome="SATISFIED", accepted=True, has_lateness=False), ["lateness"]),
        (Closing(nature="INQUIRY", outcome="ANSWERED", has_feedback=True, has_lateness=False), []),
        (Closing(nature="INQUIRY", outcome="ANSWERED", has_feedback=True), []),
        (Closing(nature="INQUIRY", outcome="ANSWERED"), ["feedback"]),
        (Closing(nature="SUGGESTION", outcome="NOT_ADOPTED", has_feedback=True), []),
        (Closing(nature="SUGGESTION", outcome="ADOPTED", has_feedback=True, has_decision=False), ["decision"]),
        (Closing(nature="SUGGESTION", outcome="SATISFIED", has_feedback=True), ["outcome_nature"]),
        (Closing(nature="UNCLASSIFIED", outcome="SATISFIED", has_feedback=True), ["outcome_nature"]),
    ],
)
def test_a_matter_closes_only_when_nothing_is_missing(closing: Closing, missing: list[str]) -> None:
    assert missing_to_close(closing) == missing


def test_everything_that_can_be_missing_is_said_in_words() -> None:
    empty = [Closing(nature=nature, outcome=outcome) for nature, some in OUTCOMES.items() for outcome in some]
    codes = {code for closing in empty for code in missing_to_close(replace(closing, has_redress=False))}
    assert codes <= CLOSE_GAPS.keys()
