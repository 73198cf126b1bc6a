"""The life of a complaint under any order of steps by anybody, with a clock that moves (reliability FI-18)."""

from __future__ import annotations

import datetime
import os
import time
from collections.abc import Callable

import pytest
import time_machine
from django.db import transaction
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule, run_state_machine_as_test

from complaints import states
from complaints.actions import assessment, chasing, clocks, escalation, gate, notices, pause_limits, pauses
from complaints.models import Clock, Complaint
from complaints.sla import Level
from complaints.states import State
from complaints.tests import acts, scenes
from crm_site.errors import RuleBroken
from crm_site.models import AuditEvent, User
from crm_site.tests.factories import UserFactory
from customers.models import FollowUp

EXAMPLES, STEPS = map(int, os.environ.get("CRMIS_LIFE", "60x15").split("x"))
"""Lives, and steps of each; CRMIS_LIFE=2000x50 is the long form."""
ROLES = ("agent", "handler", "senior", "supervisor")
BEGINS = scenes.local("2025-09-26 10:00")
STEPS_TAKEN: list[int] = []  # that changed something, by life
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
        self.looked: dict[str, int] = {}
        self.taken = 0

    def teardown(self) -> None:
        transaction.set_rollback(True)
        self.savepoint.__exit__(None, None, None)
        self.clock.stop()
        STEPS_TAKEN.append(self.taken)

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
        written = self.complaint.diary.count() - entries
        assert written > 0
        self.turns += written
        self.taken += 1
        return True

    def _news(self, invariant_: str) -> bool:
        """Whether the matter has changed since this was last looked at; a step that was refused changes nothing."""
        if not self.turns:
            return False
        seen, self.looked[invariant_] = self.looked.get(invariant_), self.complaint.version
        return seen != self.complaint.version

    @rule(verb=st.sampled_from(sorted(acts.ACTS)), role=st.sampled_from(ROLES))
    def say(self, verb: str, role: str) -> None:
        self._act(role, acts.ACTS[verb])

    @rule(role=st.sampled_from(ROLES), pick=st.integers(0, 20))
    def go_on(self, role: str, pick: int) -> None:
        self._go(role, pick)

    @rule(role=st.sampled_from(ROLES), pick=st.integers(0, 20))
    def go_further(self, role: str, pick: int) -> None:
        self._go(role, pick)  # twice among the rules, because a life that moves shows more than one that is refused

    def _go(self, role: str, pick: int) -> None:
        """One of the steps that this person may take now."""
        offered = [verb for verb in sorted(acts.ACTS) if gate.may(verb, self.complaint, self.people[role])]
        if offered:
            self._act(role, acts.ACTS[offered[pick % len(offered)]])

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

    @rule()
    def sweep(self) -> None:
        """The timetable comes by: warnings, reminders, pauses that are over, minor matters nobody solved."""
        entries = self.complaint.diary.count()
        now = datetime.datetime.now(tz=datetime.UTC)
        escalation.climb(now=now)
        chasing.remind_departments(now=now)
        pause_limits.announce(now=now)
        pauses.resume_due(now=now)
        assessment.raise_unsolved(now=now)
        assert clocks.lead_unled() == 0
        notices.acknowledge_sent()
        self.loaded = None
        self.turns += self.complaint.diary.count() - entries

    @invariant()
    def history_is_the_sum_of_the_steps(self) -> None:
        if not self._news("history_is_the_sum_of_the_steps"):
            return
        diary = list(self.complaint.diary.order_by("pk"))
        assert len(diary) == self.turns == self.complaint.version
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
        if not self._news("an_open_complaint_has_one_open_round_and_a_closed_one_none"):
            return
        complaint = self.complaint
        assert complaint.rounds.filter(closed_at=None).count() == (complaint.closed_at is None)
        assert (complaint.closed_at is None) == (complaint.state not in states.TERMINAL)

    @invariant()
    def the_earliest_open_promise_leads(self) -> None:
        if not self._news("the_earliest_open_promise_leads"):
            return
        complaint = self.complaint
        opened = FollowUp.objects.filter(about_no=complaint.number, kind="CLOCK", state="OPEN").order_by("due_at", "pk")
        assert complaint.leading == opened.first()
        assert complaint.closed_at is None or not opened.exists()
        assert all(promise.owner_id == complaint.owner_id for promise in opened)
        assert all(promise.team_id == complaint.team_id for promise in opened)

    @invariant()
    def an_open_matter_always_promises_something(self) -> None:
        if not self._news("an_open_matter_always_promises_something"):
            return
        marked = list(FollowUp.objects.filter(about_no=self.complaint.number, leads=True))
        assert marked == ([] if self.complaint.closed_at else [self.complaint.leading])
        assert all(promise.about_level == (self.complaint.level or 0) for promise in marked)

    @invariant()
    def levels_promise_what_they_promise(self) -> None:
        if not self._news("levels_promise_what_they_promise"):
            return
        limits = {1: {("SAME_DAY", 0), ("WD", 1)}, 2: {("WD", 5)}, 3: {("WD", 10)}}
        feedback = Clock.objects.filter(round__complaint_id=self.pk, kind="FEEDBACK", follow_up__state="OPEN")
        for clock in feedback.select_related("round"):
            assert (clock.unit, clock.n) in limits[self.complaint.level]
            assert clock.unit == "SAME_DAY" or self.complaint.level > 1 or not self.complaint.live
            assert clock.round.no == self.complaint.round.no

    @invariant()
    def closed_means_told_with_a_cause(self) -> None:
        if self._news("closed_means_told_with_a_cause") and self.complaint.state == State.CLOSED:
            complaint = self.complaint
            assert complaint.round.feedbacks.given().exists()
            assert complaint.round.outcome
            assert complaint.nature != "COMPLAINT" or complaint.cause


@pytest.mark.django_db
@pytest.mark.slow
def test_no_order_of_steps_leads_to_an_illegal_state() -> None:
    begun = time.monotonic()
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
    took = time.monotonic() - begun
    print(f"FI-18 {EXAMPLES} x {STEPS}: {len(STEPS_TAKEN)} lives, {sum(STEPS_TAKEN)} steps taken, {took:.0f} s")
