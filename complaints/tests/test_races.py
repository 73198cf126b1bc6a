"""Two people at one complaint in the same moment: one is first, the other is told, nothing stays half done."""

from __future__ import annotations

import itertools
from collections.abc import Callable

import pytest

from complaints.actions import gate, handling, seats, taskforce
from complaints.actions.assessment import change_level
from complaints.models import Complaint, Seat, TaskForce
from complaints.sla import Level
from complaints.states import TERMINAL
from complaints.tests import acts, scenes
from complaints.tests.together import Act, at_once
from crm_site.errors import NotAllowed, RuleBroken, Stale
from crm_site.models import AuditEvent, User
from crm_site.tests.factories import UserFactory

pytestmark = [
    pytest.mark.together,
    pytest.mark.faults,
    pytest.mark.django_db(transaction=True),
    pytest.mark.usefixtures("now"),
]
ROUNDS, CLERKS, THREADS = 50, 100, 20


def test_fifty_times_a_hundred_claim_at_once_and_one_has_it() -> None:
    team = scenes.team()
    people = [scenes.handler(team) for _n in range(CLERKS)]
    for _round in range(ROUNDS):
        complaint = scenes.received(people[0], owner=None)
        answers = [answer for told in at_once(_claimers(complaint, people)) for answer in told]
        winners = [answer for answer in answers if isinstance(answer, Complaint)]
        refused = [answer for answer in answers if isinstance(answer, NotAllowed)]
        assert (len(winners), len(refused)) == (1, CLERKS - 1)
        owner = winners[0].owner
        assert all(owner.display_name in str(answer) for answer in refused)
        fresh = Complaint.objects.get(pk=complaint.pk)
        assert (fresh.owner, fresh.diary.filter(verb="claim").count()) == (owner, 1)


def _claimers(complaint: Complaint, people: list[User]) -> list[Act]:
    """The people shared out over the threads: each thread claims for its people one after the other."""

    def claim(some: list[User]) -> list[object]:
        return [_claim(complaint, clerk) for clerk in some]

    return [lambda some=people[n::THREADS]: claim(some) for n in range(THREADS)]


def _claim(complaint: Complaint, clerk: User) -> object:
    try:
        return handling.claim(by=clerk, complaint=Complaint.objects.get(pk=complaint.pk))
    except NotAllowed as refused:
        return refused


STAGES: dict[str, Callable[[User], Complaint]] = {
    "classified": scenes.received,
    "assessed": scenes.assessed,
    "in work": scenes.in_work,
    "plan sent": lambda lead: scenes.sent(scenes.handler(lead.team), scenes.in_work(lead)),
    "plan agreed": scenes.planned,
    "answered": scenes.fed_back,
    "asked": lambda lead: scenes.asked(lead, scenes.fed_back(lead)),
    "closed": scenes.closed,
}


def racers(complaint: Complaint, lead: User) -> list[str]:
    """Steps open to this person here that look at the version they were taken from."""
    return [verb for verb in acts.ACTS if verb != gate.CLAIM and acts.lets_through(verb, lead, complaint)]


@pytest.mark.parametrize("stage", STAGES)
def test_of_two_steps_taken_at_once_one_is_taken_and_the_other_is_told(stage: str) -> None:
    lead = scenes.handler(role="supervisor")
    verbs = racers(STAGES[stage](lead), lead)
    assert verbs
    for pair in itertools.combinations_with_replacement(verbs, 2):
        complaint = STAGES[stage](lead)
        before = complaint.diary.count()
        first, second = at_once([_taken(verb, complaint, lead) for verb in pair])
        outcome = sorted((first, second), key=lambda answer: isinstance(answer, RuleBroken))
        assert isinstance(outcome[0], Complaint) and isinstance(outcome[1], Stale), (pair, first, second)
        assert complaint.diary.count() == before + 1, pair
        assert_whole(Complaint.objects.get(pk=complaint.pk))


def _taken(verb: str, complaint: Complaint, lead: User) -> Act:
    """The step as taken from the page that both had open."""
    seen = Complaint.objects.get(pk=complaint.pk)
    return lambda: acts.ACTS[verb](lead, seen)


def assert_whole(complaint: Complaint) -> None:
    """No half object: state, rounds, promises and history say the same."""
    ended = complaint.state in TERMINAL
    assert (complaint.closed_at is not None) == ended
    assert complaint.rounds.filter(closed_at=None).count() == (0 if ended else 1)
    assert (complaint.leading is None) == ended
    last = complaint.diary.order_by("pk").last()
    assert last is not None and last.to_state == complaint.state
    written = AuditEvent.objects.filter(object_id=complaint.number, action__startswith="complaint.").count()
    assert written >= complaint.diary.count()
    open_clocks = complaint.rounds.filter(clocks__follow_up__state="OPEN")
    assert not (ended and open_clocks.exists())


def test_of_two_supervisors_who_form_a_task_force_at_once_one_is_first() -> None:
    lead, other = scenes.handler(role="supervisor"), UserFactory(role="supervisor")
    for _round in range(10):
        complaint = scenes.invited(lead, scenes.assessed(lead, Level.SEVERE))
        named = scenes.named(lead, complaint)
        first, second = at_once([_formed(complaint, boss, named) for boss in (lead, other)])
        assert {type(first), type(second)} == {Complaint, Stale}, (first, second)
        assert TaskForce.objects.filter(complaint=complaint).count() == 1
        assert Seat.objects.filter(task_force__complaint=complaint).count() == len(named)


def _formed(complaint: Complaint, boss: User, named: list[taskforce.Named]) -> Act:
    seen = Complaint.objects.get(pk=complaint.pk)
    return lambda: taskforce.form(by=boss, complaint=seen, version=seen.version, named=named)


def test_members_who_accept_at_once_all_sit_and_the_promise_is_kept_once() -> None:
    lead = scenes.handler(role="supervisor")
    for _round in range(10):
        complaint = scenes.formed(lead, scenes.invited(lead, scenes.assessed(lead, Level.SEVERE)))
        people = [seat.person for seat in seats.held(complaint).select_related("person")]
        answers = at_once([_accepted(complaint, person) for person in people])
        assert all(isinstance(answer, Complaint) for answer in answers), answers
        assert seats.gaps(complaint) == []
        assert scenes.promises(complaint, "KEPT")["FORM_TASKFORCE"].kept_at is not None


def _accepted(complaint: Complaint, person: User) -> Act:
    seen = Complaint.objects.get(pk=complaint.pk)
    return lambda: taskforce.accept(by=person, complaint=seen)


def test_who_accepts_while_the_force_is_dissolved_sits_in_it_before_or_is_told() -> None:
    lead = scenes.handler(role="supervisor")
    for _round in range(10):
        complaint = scenes.formed(lead, scenes.invited(lead, scenes.assessed(lead, Level.SEVERE)))
        seen, member = Complaint.objects.get(pk=complaint.pk), scenes.head()
        lower = {"version": seen.version, "level": Level.MODERATE, "reason": "One customer"}
        accepted, lowered = at_once(
            [_accepted(complaint, member), lambda seen=seen, how=lower: change_level(by=lead, complaint=seen, **how)]
        )
        assert isinstance(accepted, Complaint) != isinstance(lowered, Complaint), (accepted, lowered)
        seat = Seat.objects.get(task_force__complaint=complaint, person=member)
        assert (seat.accepted_at is not None) == isinstance(accepted, Complaint)
        assert (TaskForce.objects.get(complaint=complaint).dissolved_at is not None) == isinstance(lowered, Complaint)
