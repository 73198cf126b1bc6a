"""Buttons offered are exactly the steps the verbs let through, for every role and state."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from django.db import connection, transaction
from django.test.utils import CaptureQueriesContext
from django.utils.translation import override

from complaints import next_steps
from complaints.actions import batches, gate, handling, intake
from complaints.actions.batches import Decision
from complaints.actions.referring import Referral
from complaints.models import BatchRow, Complaint
from complaints.sla import Level
from complaints.tests import acts, scenes
from complaints.tests.scenes import assessed, fed_back, handler, in_work, received
from crm_site.errors import RuleBroken
from crm_site.models import Team, User
from crm_site.roles import Role
from crm_site.tests.factories import UserFactory

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("now")]


def merged(by: User) -> Complaint:
    return acts.ACTS["merge"](by, received(by))


def gate_load(complaint: Complaint) -> Complaint:
    return Complaint.objects.select_related("owner", "team", "leading__clock").get(pk=complaint.pk)


def referred(by: User) -> Complaint:
    referral = Referral(target="Operator", told_how="By phone", reason="Not ours")
    return intake.receive_and_refer(by=by, statement=scenes.statement(), referral=referral)


def withdrawn(by: User) -> Complaint:
    return acts.ACTS["withdraw"](by, received(by))


def unhappy(by: User) -> Complaint:
    return scenes.asked(by, fed_back(by), satisfaction=1, accepted=False)


def unowned(by: User) -> Complaint:
    return received(by, owner=None)


SCENES: dict[str, Callable[[User], Complaint]] = {
    "received": lambda by: received(by, nature="UNCLASSIFIED"),
    "unowned": unowned,
    "by letter": lambda by: received(by, channel="LETTER"),
    "inquiry": lambda by: received(by, nature="INQUIRY"),
    "suggestion": lambda by: received(by, nature="SUGGESTION"),
    "complaint": received,
    "assessed minor": lambda by: assessed(by, Level.MINOR),
    "assessed moderate": assessed,
    "in work, severe": lambda by: in_work(by, Level.SEVERE),
    "in work, suggestion": lambda by: scenes.begun(by, received(by, nature="SUGGESTION")),
    "plan sent": lambda by: scenes.sent(by, in_work(by)),
    "plan sent, severe": lambda by: scenes.sent(by, in_work(by, Level.SEVERE)),
    "plan returned": lambda by: acts.ACTS["return_plan"](UserFactory(role="supervisor"), scenes.sent(by, in_work(by))),
    "plan agreed": scenes.planned,
    "plan revised": lambda by: acts.ACTS["revise_plan"](by, scenes.planned(by)),
    "fed back": fed_back,
    "fed back, minor": lambda by: fed_back(by, Level.MINOR),
    "fed back, content": lambda by: scenes.asked(by, fed_back(by)),
    "fed back, unhappy": unhappy,
    "closed": scenes.closed,
    "referred out": referred,
    "withdrawn": withdrawn,
    "merged": merged,
    "paused": lambda by: scenes.paused(by, in_work(by)),
    "restricted": lambda by: acts.ACTS["restrict"](by, in_work(by)),
    "a department asked": lambda by: acts.ACTS["invite"](by, in_work(by)),
    "force proposed": lambda by: acts.ACTS["propose_force"](by, assessed(by, Level.SEVERE)),
    "force formed": lambda by: scenes.formed(by, in_work(by, Level.SEVERE)),
    "force at work": lambda by: scenes.together(by, in_work(by, Level.SEVERE)),
    "redress above the limit": lambda by: scenes.above(by)[0],
    "redress granted": lambda by: scenes.granted(by)[0],
    "in review": lambda by: scenes.in_review(by),
}


@pytest.mark.parametrize("name", SCENES)
def test_buttons_are_the_steps_that_are_let_through(name: str) -> None:
    team = scenes.team(Team.Purpose.COMPLAINT)
    complaint = SCENES[name](handler(team, role="supervisor"))
    people = [UserFactory(role=str(role), team=team) for role in Role] + [UserFactory(role="handler")]
    acts.twin(complaint)  # made once; each attempt to merge would make one anew
    for person in people:
        offered = next_steps.offer(complaint, person).verbs
        allowed = {verb for verb in next_steps.LABELS if acts.lets_through(verb, person, complaint)}
        assert offered == allowed, (name, person.roles)


@pytest.mark.parametrize("name", SCENES)
def test_what_many_at_once_promise_for_a_row_is_what_becomes_of_it(name: str) -> None:
    team = scenes.team(Team.Purpose.COMPLAINT)
    complaint = gate_load(SCENES[name](handler(team, role="supervisor")))
    clerk, elsewhere = handler(team), scenes.team(Team.Purpose.COMPLAINT)
    decisions = [
        Decision("claim"),
        Decision("assign", to=clerk, reason="why"),
        Decision("transfer", team=elsewhere, reason="why"),
        batches.into(None, "Fees taken twice"),
    ]
    for person in [*(UserFactory(role=str(role), team=team) for role in Role), clerk]:
        offered = batches.actions_of(person)
        seen = Complaint.objects.visible_to(person).filter(pk=complaint.pk).exists()
        for decision in (one for one in decisions if one.action in offered and seen):
            promised = batches.against(decision, by=person, complaint=gate_load(complaint)) is None
            assert promised == _becomes(decision, person, complaint), (name, person.roles, decision.action)


def _becomes(decision: Decision, person: User, complaint: Complaint) -> bool:
    """Whether the act on many changes this one; taken back."""
    point = transaction.savepoint()
    try:
        batch = batches.start(decision, by=person, complaints=[complaint])
        batches.run(batch)
        return batch.rows.get().state == BatchRow.State.DONE
    except RuleBroken:
        return False
    finally:
        transaction.savepoint_rollback(point)


def test_every_step_of_the_table_has_a_button_and_an_act() -> None:
    assert set(gate.VERBS) == set(next_steps.LABELS) == set(acts.ACTS)


def test_the_owner_who_is_an_agent_may_do_what_the_table_gives_agents() -> None:
    agent = UserFactory()
    complaint = received(agent)
    assert next_steps.offer(complaint, agent).verbs == {
        "assess",
        "resolve",
        "progress",
        "refer_out",
        "restrict",
        "new_facts",
    }


def test_what_cannot_be_closed_yet_says_what_is_missing() -> None:
    clerk = handler()
    with override("en"):
        (lock,) = next_steps.offer(in_work(clerk), clerk).locks
        assert "feedback must be given" in lock.text
        (lock,) = next_steps.offer(unhappy(clerk), clerk).locks
        assert "has not accepted" in lock.text


def test_who_may_only_read_is_told_in_whose_hands_it_is() -> None:
    complaint = in_work(handler())
    (lock,) = next_steps.offer(complaint, handler()).locks
    assert complaint.owner.display_name in lock.text


@pytest.mark.parametrize(
    ("name", "verb"),
    [
        ("received", "classify"),
        ("unowned", "claim"),
        ("by letter", "progress"),
        ("inquiry", "feed_back"),
        ("suggestion", "start_work"),
        ("complaint", "assess"),
        ("assessed minor", "resolve"),
        ("assessed moderate", "start_work"),
        ("fed back", "satisfaction"),
        ("fed back, content", "detail"),
    ],
)
def test_the_one_button_of_a_row_is_the_next_move(name: str, verb: str) -> None:
    clerk = handler(role="senior")
    step = next_steps.next_step(SCENES[name](clerk), clerk)
    assert step is not None
    assert step.verb == verb


def test_news_come_first_when_their_promise_leads() -> None:
    clerk = handler()
    complaint = in_work(clerk, Level.SEVERE)
    assert next_steps.next_step(complaint, clerk).verb == "progress"
    complaint = handling.tell_progress(
        by=clerk, complaint=complaint, version=complaint.version, channel="PHONE", summary="Half done"
    )
    assert complaint.leading.clock.kind == "PROGRESS"


def test_a_restricted_matter_asks_once_whether_it_concerns_the_person() -> None:
    boss = handler(role="supervisor")
    complaint = in_work(boss)
    with CaptureQueriesContext(connection) as before:
        open_steps = next_steps.open_verbs(complaint, boss)
    complaint = acts.ACTS["restrict"](boss, complaint)
    with CaptureQueriesContext(connection) as after:
        assert set(next_steps.open_verbs(complaint, boss)) == {*open_steps, "unrestrict"}
    assert len(after) == len(before) + 1
