"""A complaint is given to a person or passed to a team; its promises, the reason and the note go with it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from complaints import loads, narrative
from complaints.actions import assigning, gate
from complaints.models import Complaint
from complaints.sla import Level
from complaints.tests import scenes
from complaints.tests.scenes import handler
from crm_site.errors import NotAllowed, RuleBroken, Stale
from crm_site.models import AuditEvent, Team, User
from crm_site.tests.factories import UserFactory
from customers.models import FollowUp, Interaction

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("now")]
ClientFor = Callable[..., Client]


@pytest.fixture
def leader() -> User:
    return handler(role="senior")


def give(by: User, complaint: Complaint, **fields: Any) -> Complaint:
    return assigning.assign(by=by, complaint=complaint, version=complaint.version, **fields)


def test_what_nobody_has_is_given_without_a_reason_and_its_promises_go_along(leader: User) -> None:
    clerk = handler(leader.team)
    complaint = give(leader, scenes.received(leader, owner=None), to=clerk)
    assert (complaint.owner, complaint.team) == (clerk, leader.team)
    assert {promise.owner for promise in FollowUp.objects.open().filter(about_no=complaint.number)} == {clerk}


def test_a_transfer_needs_a_reason_and_leaves_a_note_and_an_audit_row(leader: User) -> None:
    first, second = handler(leader.team), handler(leader.team)
    complaint = scenes.in_work(first)
    with pytest.raises(RuleBroken) as refused:
        give(leader, complaint, to=second)
    assert (refused.value.code, refused.value.field) == ("state.reason", "reason")
    complaint = give(leader, complaint, to=second, reason="何静休假", note="客户下午三点后接电话。")
    assert Interaction.objects.get(about_no=complaint.number, title="Handover note").summary == "客户下午三点后接电话。"
    event = AuditEvent.objects.get(action="complaint.assign")
    assert (event.reason, event.after["to"]) == ("何静休假", second.employee_no)
    (line,) = [item for item in narrative.items(complaint) if item["title"] == "Changed hands"]
    assert first.display_name in line["body"]
    assert second.display_name in line["body"]


def test_passed_to_another_team_it_waits_there_for_whoever_takes_it(leader: User) -> None:
    other = scenes.team()
    complaint = scenes.received(leader)
    with pytest.raises(RuleBroken):
        give(leader, complaint, team=other)
    complaint = give(leader, complaint, team=other, reason="Their product")
    assert (complaint.owner, complaint.team) == (None, other)
    assert gate.may(gate.CLAIM, complaint, handler(other))


@pytest.mark.parametrize(
    ("person", "level", "code"),
    [
        ({"role": "liaison"}, Level.MINOR, "assign.owner"),
        ({"role": "planner"}, Level.MINOR, "assign.owner"),
        ({"role": "agent"}, Level.MODERATE, "assign.owner"),
        ({"role": "handler", "status": "LEAVE"}, Level.MINOR, "assign.owner"),
        ({"role": "handler", "is_active": False}, Level.MINOR, "assign.owner"),
        ({"role": "agent"}, Level.MINOR, ""),
        ({"role": "handler"}, Level.SEVERE, ""),
    ],
)
def test_only_who_may_own_it_is_given_it(leader: User, person: dict[str, Any], level: Level, code: str) -> None:
    to = UserFactory(team=leader.team, **person)
    complaint = scenes.assessed(leader, level)
    offered = [load.user for load in loads.people(leader, [complaint])]
    if not code:
        assert give(leader, complaint, to=to, reason="Load").owner == to
        assert to in offered
        return
    with pytest.raises(RuleBroken) as refused:
        give(leader, complaint, to=to, reason="Load")
    assert refused.value.code == code
    assert to not in offered


def test_a_leader_gives_within_the_team_a_supervisor_to_anybody(leader: User) -> None:
    stranger, supervisor = handler(), UserFactory(role="supervisor")
    complaint = scenes.received(leader)
    with pytest.raises(NotAllowed):
        give(leader, complaint, to=stranger, reason="Knows it")
    assert give(supervisor, complaint, to=stranger, reason="Knows it").team == stranger.team


@pytest.mark.parametrize(
    ("fields", "code"),
    [
        ({}, "assign.whom"),
        ({"to": 1, "team": 1}, "assign.whom"),
        ({"to": 0}, "assign.same"),
        ({"team": 2}, "assign.team"),
    ],
)
def test_one_hand_another_hand_and_a_fitting_one(leader: User, fields: dict[str, int], code: str) -> None:
    people = [leader, handler(leader.team)]
    teams = [leader.team, scenes.team(), scenes.team(Team.Purpose.MARKETING)]
    given: dict[str, Any] = {name: people[n] if name == "to" else teams[n] for name, n in fields.items()}
    with pytest.raises(RuleBroken) as refused:
        give(leader, scenes.received(leader), reason="why", **given)
    assert refused.value.code == code


@pytest.mark.parametrize("role", ["agent", "handler", "liaison", "auditor"])
def test_others_assign_nothing(leader: User, role: str) -> None:
    person = UserFactory(role=role, team=leader.team)
    with pytest.raises(NotAllowed):
        give(person, scenes.received(leader, owner=None), to=handler(leader.team))


def test_what_has_ended_changes_no_hands_and_a_stale_version_neither(leader: User) -> None:
    to = handler(leader.team)
    with pytest.raises(RuleBroken) as refused:
        give(leader, scenes.closed(leader), to=to, reason="why")
    assert refused.value.code == "state.forbidden"
    complaint = scenes.received(leader)
    give(leader, complaint, to=to, reason="why")
    with pytest.raises(Stale):
        give(leader, complaint, to=handler(leader.team), reason="why")


# --- the door ----------------------------------------------------------------------------------------------------
def test_a_leader_hands_over_on_the_page_who_has_least_stands_first(client_for: ClientFor, leader: User) -> None:
    busy, free = handler(leader.team), handler(leader.team)
    complaint = scenes.received(busy)
    address = reverse("complaints:assign", args=[complaint.number])
    client = client_for(leader)
    text = client.get(address).content.decode()
    assert text.index(f'value="{free.employee_no}"') < text.index(f'value="{busy.employee_no}"')
    sent = {"version": complaint.version, "to": free.employee_no, "reason": "", "note": "Call after three"}
    answer = client.post(address, sent)
    assert answer.status_code == 422
    assert "Call after three" in answer.content.decode()
    answer = client.post(address, sent | {"reason": "Load"})
    assert answer["Location"] == reverse("complaints:detail", args=[complaint.number])
    complaint.refresh_from_db()
    assert complaint.owner == free


def test_who_passes_it_out_of_sight_lands_on_the_list(client_for: ClientFor, leader: User) -> None:
    complaint = scenes.received(handler(leader.team))
    sent = {"version": complaint.version, "team": scenes.team().code, "reason": "Their product"}
    answer = client_for(leader).post(reverse("complaints:assign", args=[complaint.number]), sent)
    assert answer["Location"] == reverse("complaints:list")


def test_the_door_is_shut_to_agents_and_to_other_teams_leaders(client_for: ClientFor, leader: User) -> None:
    address = reverse("complaints:assign", args=[scenes.received(leader).number])
    assert client_for("agent", team=leader.team).get(address).status_code == 403
    assert client_for("senior", team=scenes.team()).get(address).status_code == 404
