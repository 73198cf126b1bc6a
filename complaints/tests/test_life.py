"""The life of a complaint under any order of steps by anybody, with a clock that moves (reliability FI-18)."""

from __future__ import annotations

import datetime
from collections.abc import Callable

import pytest
import time_machine
from django.db import transaction
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule, run_state_machine_as_test

from complaints import states
from complaints.models import Clock, Complaint
from complaints.sla import Level
from complaints.states import State
from complaints.tests import acts, scenes
from crm_site.errors import RuleBroken
from crm_site.models import AuditEvent, User
from crm_site.tests.factories import UserFactory
from customers.models import FollowUp

EXAMPLES, STEPS = 60, 15
ROLES = ("agent", "handler", "senior", "supervisor")
BEGINS = scenes.local("2025-09-26 10:00")
_REACHABLE = {(row.name, state, row.to(state)) for row in states.TABLE.transitions for state in row.sources}


class Life(RuleBasedStateMachine):
    """One complaint, four people of one team, and a calendar with a long holiday in it."""

    def __init__(self) -> None:
        super().__init__()
        self.savepoint = transaction.atomic()
        self.savepoint.__enter__()
        self.clock = time_machine.travel(BEGINS, tick=False)
        self.now = self.clock.start()
        self.turns = 0
        self.loaded: Complaint | None = None

    def teardown(self) -> None:
        transaction.set_rollback(True)
        self.savepoint.__exit__(None, None, None)
        self.clock.stop()

    @initialize(
        channel=st.sampled_from(["PHONE", "LETTER"]),
        nature=st.sampled_from(["UNCLASSIFIED", "COMPLAINT", "COMPLAINT", "INQUIRY", "SUGGESTION"]),
        source=st.sampled_from(["DIRECT", "REGULATOR"]),
    )
    def receive(self, channel: str, nature: str, source: str) -> None:
        team = scenes.team()
        self.people: dict[str, User] = {role: UserFactory(role=role, team=team) for role in ROLES}
        agent = self.people["agent"]
        self.pk = scenes.received(agent, owner=None, nature=nature, channel=channel, source=source).pk
        self.turns = 1 if nature == "UNCLASSIFIED" else 2

    @property
    def complaint(self) -> Complaint:
        """As it stands in the database after the last step."""
        if self.loaded is None:
            self.loaded = Complaint.objects.select_related("owner", "team", "leading__clock").get(pk=self.pk)
        return self.loaded

    def _act(self, role: str, act: Callable[[User, Complaint], Complaint]) -> bool:
        before = self.complaint
        entries = before.diary.count()
        try:
            with transaction.atomic():
                self.loaded = None
                act(self.people[role], before)
        except RuleBroken:
            after = self.complaint
            assert (after.state, after.version) == (before.state, before.version), "a refusal leaves nothing behind"
            assert after.diary.count() == entries
            return False
        self.turns += self.complaint.diary.count() - entries
        assert self.complaint.diary.count() > entries
        return True

    @rule(verb=st.sampled_from(sorted(acts.ACTS)), role=st.sampled_from(ROLES))
    def say(self, verb: str, role: str) -> None:
        self._act(role, acts.ACTS[verb])

    @rule(level=st.sampled_from(list(Level)), role=st.sampled_from(ROLES))
    def judge(self, level: Level, role: str) -> None:
        self._act(role, acts._with(acts.assessment.assess, judgement=scenes.judgement(level)))

    @rule(mark=st.sampled_from([1, 3, 5]), reached=st.booleans(), role=st.sampled_from(ROLES))
    def ask(self, mark: int, reached: bool, role: str) -> None:
        answer = acts.Asked(channel="PHONE", reached=reached, satisfaction=mark, accepted=mark > 2)
        self._act(role, acts._with(acts.resolution.record_satisfaction, asked=answer))

    @rule(channel=st.sampled_from(["PHONE", "EMAIL", "LETTER"]), served=st.booleans(), role=st.sampled_from(ROLES))
    def miss(self, channel: str, served: bool, role: str) -> None:
        told = scenes.told(channel=channel, reached=False, served=served)
        self._act(role, acts._with(acts.resolution.feed_back, told=told, reason="why"))

    @rule(hours=st.sampled_from([1, 7, 24, 72, 240]))
    def wait(self, hours: int) -> None:
        self.now.shift(datetime.timedelta(hours=hours))

    @invariant()
    def history_is_the_sum_of_the_steps(self) -> None:
        if not self.turns:
            return
        diary = list(self.complaint.diary.order_by("pk"))
        assert len(diary) == self.turns
        assert AuditEvent.objects.filter(
            object_type="complaints.complaint", object_id=self.complaint.number
        ).count() == len(diary)
        for earlier, later in zip(diary, diary[1:], strict=False):
            assert earlier.to_state == later.from_state
        for entry in diary[1:]:
            stays = entry.from_state == entry.to_state
            assert stays or (entry.verb, entry.from_state, entry.to_state) in _REACHABLE
        assert diary[-1].to_state == self.complaint.state

    @invariant()
    def an_open_complaint_has_one_open_round_and_a_closed_one_none(self) -> None:
        if not self.turns:
            return
        complaint = self.complaint
        assert complaint.rounds.filter(closed_at=None).count() == (complaint.closed_at is None)
        assert (complaint.closed_at is None) == (complaint.state not in states.TERMINAL)

    @invariant()
    def the_earliest_open_promise_leads(self) -> None:
        if not self.turns:
            return
        complaint = self.complaint
        opened = FollowUp.objects.filter(about_no=complaint.number, state="OPEN").order_by("due_at", "pk")
        assert complaint.leading == opened.first()
        assert complaint.closed_at is None or not opened.exists()
        assert all(promise.owner_id == complaint.owner_id for promise in opened)
        assert all(promise.team_id == complaint.team_id for promise in opened)

    @invariant()
    def an_open_matter_always_promises_something(self) -> None:
        if not self.turns:
            return
        marked = list(FollowUp.objects.filter(about_no=self.complaint.number, leads=True))
        assert marked == ([] if self.complaint.closed_at else [self.complaint.leading])
        assert all(promise.about_level == (self.complaint.level or 0) for promise in marked)

    @invariant()
    def levels_promise_what_they_promise(self) -> None:
        if not self.turns:
            return
        limits = {1: {("SAME_DAY", 0), ("WD", 1)}, 2: {("WD", 5)}, 3: {("WD", 10)}}
        feedback = Clock.objects.filter(round__complaint_id=self.pk, kind="FEEDBACK", follow_up__state="OPEN")
        for clock in feedback.select_related("round"):
            assert (clock.unit, clock.n) in limits[self.complaint.level]
            assert clock.round.no == self.complaint.round.no

    @invariant()
    def closed_means_told_with_a_cause(self) -> None:
        if self.turns and self.complaint.state == State.CLOSED:
            complaint = self.complaint
            assert complaint.round.feedbacks.given().exists()
            assert complaint.round.outcome
            assert complaint.nature != "COMPLAINT" or complaint.cause


@pytest.mark.django_db
@pytest.mark.slow
def test_no_order_of_steps_leads_to_an_illegal_state() -> None:
    run_state_machine_as_test(
        Life,
        settings=settings(
            max_examples=EXAMPLES,
            stateful_step_count=STEPS,
            deadline=None,
            derandomize=True,
            suppress_health_check=list(HealthCheck),
        ),
    )
