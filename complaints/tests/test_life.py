"""The life of a complaint under any order of steps by anybody, with a clock that moves (reliability FI-18).

``CRMIS_LIFE=2000x50`` is the long form: lives x steps of each. The lives are lived in parts, each from a seed of its
own, so that ``-n 2`` lives them side by side; ``CRMIS_LIFE_PART=4`` makes it four parts, ``CRMIS_LIFE_PART=1/4`` lives
the first of four alone. What was seen is summed over the parts and printed at the end.
"""

from __future__ import annotations

import datetime
import itertools
import os
import time
from collections import Counter
from collections.abc import Callable, Sequence
from random import Random
from typing import Any, TypeVar

import pytest
import time_machine
from django.db import transaction
from hypothesis import HealthCheck, seed, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule, run_state_machine_as_test

from complaints import states
from complaints.actions import (
    assessment,
    chasing,
    clocks,
    escalation,
    gate,
    notices,
    pause_limits,
    pauses,
    plans,
    seats,
    taskforce,
)
from complaints.actions.resolution import ending
from complaints.models import Clock, Complaint, Milestone
from complaints.sla import Level
from complaints.states import State
from complaints.tests import acts, scenes
from complaints.tests.life_steps import BACK, DEEP, FORWARD, OTHERS
from crm_site.errors import RuleBroken
from crm_site.models import AuditEvent, User
from crm_site.tests.factories import UserFactory
from customers.models import FollowUp
from customers.tests.factories import CustomerFactory

T = TypeVar("T")
LIVES, STEPS = map(int, os.environ.get("CRMIS_LIFE", "60x15").split("x"))
_ONLY, _, _OF = os.environ.get("CRMIS_LIFE_PART", "2").rpartition("/")
PARTS = int(_OF)
LIVED = [int(_ONLY)] if _ONLY else list(range(1, PARTS + 1))
STAGES = (0, 0, 0, 1, 2, 3, 4, 5)  # received; assessed, in work, with a plan, answered; in work with much redress asked
ROLES = ("agent", "handler", "senior", "supervisor")
VERBS = sorted(acts.ACTS)
LONG = 100_000  # steps
BEGINS = scenes.local("2025-09-26 10:00")
BY_THE_GATE = ("state.", "complaint.hands", "complaint.recused", "complaint.taken", "complaint.paused")
"""Codes of a step that is not open now, or not to this person."""
SEEN: Counter[str] = Counter()
"""What the lives of this part were: lives, steps, how many changed something or were refused, and each by its verb."""
_REACHABLE = {(row.name, state, row.to(state)) for row in states.TABLE.transitions for state in row.sources}


def _mixed(row: Sequence[T], pick: int, turns: int) -> list[T]:
    """The same in an order of chance that is the same for the same life: hypothesis likes small numbers too well."""
    return Random(f"{pick} {turns}").sample(row, len(row))


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
        self.refusal = ""
        self.looked: dict[str, int] = {}
        self.swept: tuple[datetime.datetime, int] | None = None

    def teardown(self) -> None:
        transaction.set_rollback(True)
        self.savepoint.__exit__(None, None, None)
        self.clock.stop()
        SEEN["lives"] += 1

    @initialize(
        channel=st.sampled_from(["PHONE", "LETTER"]),
        nature=st.sampled_from(["UNCLASSIFIED", "COMPLAINT", "COMPLAINT", "INQUIRY", "SUGGESTION"]),
        source=st.sampled_from(["DIRECT", "REGULATOR"]),
        relation=st.sampled_from(["SELF", "SELF", "AGENT"]),
        stage=st.sampled_from(STAGES),
        level=st.sampled_from([Level.MODERATE, Level.SEVERE]),
    )
    def receive(self, channel: str, nature: str, source: str, relation: str, stage: int, level: Level) -> None:
        team = scenes.team()
        self.people: dict[str, User] = {role: UserFactory(role=role, team=team) for role in ROLES}
        self.people["second"] = UserFactory(role="supervisor", team=team)  # what one had a part in another reviews
        agent = self.people["agent"]
        who: dict[str, Any] = {}
        if relation == "AGENT":
            who = {"relation": relation, "complainant_name": "周明远", "complainant_contact": "13800138000"}
            who["customer"] = CustomerFactory()
        if source == "REGULATOR":
            who["their_due_on"] = datetime.date(2025, 10, 10)
        made = scenes.received(agent, owner=None, nature=nature, channel=channel, source=source, **who)
        self.pk, self.turns = made.pk, 1 if nature == "UNCLASSIFIED" else 2
        if nature == "COMPLAINT" and relation == "SELF":
            self._further(made, stage, level)

    def _further(self, complaint: Complaint, stage: int, level: Level) -> None:
        """Lives that begin further on, since few orders of steps lead there."""
        by = self.people["handler"]
        steps: tuple[Callable[[User, Complaint], Complaint], ...] = (
            acts._with(assessment.assess, judgement=scenes.judgement(level)),
            scenes.begun,
            scenes.agreed,
            acts._with(acts.resolution.feed_back, told=scenes.told()),
        )
        if stage > len(steps):
            scenes.heads(by)
            much = scenes.draft(by, redress_type="COMPENSATION", redress_fen=scenes.ABOVE_FEN + 1)
            steps = (*steps[:2], scenes.together, acts._with(plans.write, draft=much), acts._with(plans.send))
        for step in steps[:stage]:
            complaint = step(by, complaint)
        self.turns = complaint.diary.count()

    @property
    def complaint(self) -> Complaint:
        """As it stands in the database after the last step."""
        if self.loaded is None:
            self.loaded = Complaint.objects.select_related("owner", "team", "leading__clock").get(pk=self.pk)
        return self.loaded

    def _act(self, role: str, act: Callable[[User, Complaint], Complaint], *, verb: str) -> bool:
        """Whether the step was let through."""
        before = self.complaint
        SEEN["steps"] += 1
        try:
            with transaction.atomic():
                self.loaded = None
                act(self.people[role], before)
        except RuleBroken as refused:
            self.refusal = refused.code
            after = self.complaint
            assert (after.state, after.version) == (before.state, before.version), "a refusal leaves nothing behind"
            assert after.diary.count() == self.turns
            SEEN["refused"] += 1
            return False
        written = self.complaint.diary.count() - self.turns
        assert written > 0
        self.turns += written
        SEEN["taken"] += 1
        SEEN[f"verb {verb}"] += 1
        return True

    def _news(self, invariant_: str) -> bool:
        """Whether the matter has changed since this was last looked at; a step that was refused changes nothing."""
        if not self.turns:
            return False
        seen, self.looked[invariant_] = self.looked.get(invariant_), self.complaint.version
        return seen != self.complaint.version

    def _offers(self, verb: str, role: str) -> bool:
        """Whether this person has the button now: closing also needs at least one possible end."""
        complaint, person = self.complaint, self.people[role]
        return gate.may(verb, complaint, person) and (verb != "close" or bool(ending.outcomes(complaint, person)))

    @rule(verb=st.sampled_from(VERBS), role=st.sampled_from(ROLES))
    def say(self, verb: str, role: str) -> None:
        self._try(verb, role)

    def _try(self, verb: str, role: str) -> bool:
        """Whether it was done; what is offered is refused for what was filled in alone, never by the gate."""
        offered = self._offers(verb, role)
        done = self._act(role, acts.ACTS[verb], verb=verb)
        assert offered or not done, f"{verb} is let through and was not offered"
        assert done or not offered or not self.refusal.startswith(BY_THE_GATE), f"{verb} is offered: {self.refusal}"
        return done

    @rule(role=st.sampled_from(ROLES), pick=st.integers(0, 20))
    def go_on(self, role: str, pick: int) -> None:
        self._go(role, pick)

    @rule(role=st.sampled_from(ROLES), pick=st.integers(0, 20))
    def go_further(self, role: str, pick: int) -> None:
        self._go(role, pick)  # twice among the rules, because a life that moves shows more than one that is refused

    def _go(self, role: str, pick: int) -> None:
        """One of the steps that this person may take now."""
        verb = next((verb for verb in _mixed(VERBS, pick, self.turns) if self._offers(verb, role)), None)
        if verb is not None:
            self._try(verb, role)

    @rule(pick=st.integers(0, 20))
    def press_on(self, pick: int) -> None:
        self._press_on(pick)

    @rule(pick=st.integers(0, 20))
    def press_further(self, pick: int) -> None:
        self._press_on(pick)  # twice, as go_on

    def _press_on(self, pick: int) -> None:
        """Whoever may take the matter further does: most orders of steps never lead to an end."""
        people = _mixed((*ROLES, "second"), pick, self.turns)
        steps = [*(BACK if pick % 4 == 0 else ()), *_mixed(FORWARD, pick, self.turns)]
        for verb, role in itertools.product(steps, people):
            if self._offers(verb, role):
                self._try(verb, role)
                return

    @rule(pick=st.integers(0, 20))
    def others_act(self, pick: int) -> None:
        """Somebody whom the matter concerns, and who is none of the four, does what is theirs to do."""
        four = [self.people[role].pk for role in ROLES]
        people = list(User.objects.exclude(pk__in=four).exclude(roles=[]).order_by("pk"))
        for place, verb in itertools.product(_mixed(range(len(people)), pick, self.turns), _mixed(OTHERS, pick, 0)):
            self.people["other"] = people[place]
            if self._offers(verb, "other"):
                self._try(verb, "other")
                return

    @rule(level=st.sampled_from(list(Level)), role=st.sampled_from(ROLES))
    def judge(self, level: Level, role: str) -> None:
        self._act(role, acts._with(acts.assessment.assess, judgement=scenes.judgement(level)), verb="assess")

    @rule(mark=st.sampled_from([1, 3, 5]), reached=st.booleans(), role=st.sampled_from(ROLES))
    def ask(self, mark: int, reached: bool, role: str) -> None:
        answer = acts.Asked(channel="PHONE", reached=reached, satisfaction=mark, accepted=mark > 2)
        self._act(role, acts._with(acts.resolution.record_satisfaction, asked=answer), verb="satisfaction")

    @rule(channel=st.sampled_from(["PHONE", "EMAIL", "LETTER"]), served=st.booleans(), role=st.sampled_from(ROLES))
    def miss(self, channel: str, served: bool, role: str) -> None:
        told = scenes.told(channel=channel, reached=False, served=served)
        self._act(role, acts._with(acts.resolution.feed_back, told=told, reason="why"), verb="feed_back")

    @rule(hours=st.sampled_from([1, 7, 24, 72, 240]))
    def wait(self, hours: int) -> None:
        self.now.shift(datetime.timedelta(hours=hours))

    @rule()
    def sweep(self) -> None:
        """The timetable comes by: warnings, reminders, pauses that are over, minor matters nobody solved."""
        now = datetime.datetime.now(tz=datetime.UTC)
        if self.swept == (now, self.complaint.version):
            return  # nothing moved since it came by
        escalation.climb(now=now)
        chasing.remind_departments(now=now)
        pause_limits.announce(now=now)
        pauses.resume_due(now=now)
        assessment.raise_unsolved(now=now)
        assert clocks.lead_unled() == 0
        notices.acknowledge_sent()
        self.loaded = None
        self.turns = self.complaint.diary.count()
        self.swept = now, self.complaint.version

    @rule(accepted=st.integers(0, 4))
    def gather(self, accepted: int) -> None:
        """A supervisor forms the task force, departments asked before where none was; so many of its members accept."""
        boss, before = self.people["supervisor"], self.complaint
        if not gate.may("form_force", before, boss):
            return
        try:
            with transaction.atomic():
                self.loaded = None
                self._gather(boss, before, accepted)
        except RuleBroken:
            return
        self.turns = self.complaint.diary.count()

    def _gather(self, boss: User, complaint: Complaint, accepted: int) -> None:
        asked = seats.concerned(complaint)
        complaint = scenes.formed(boss, complaint if asked else scenes.invited(boss, complaint))
        for seat in list(seats.held(complaint).filter(accepted_at=None).select_related("person"))[:accepted]:
            complaint = taskforce.accept(by=seat.person, complaint=complaint)

    @invariant()
    def a_task_force_stands_for_severe_complaints_alone_and_its_promise_until_it_is_complete(self) -> None:
        if not self._news("a_task_force_stands"):
            return
        complaint, force = self.complaint, seats.force_of(self.complaint)
        severe = complaint.level == Complaint.Level.SEVERE and complaint.closed_at is None
        assert force is None or severe
        promised = Clock.objects.filter(
            round__complaint_id=self.pk, kind="FORM_TASKFORCE", follow_up__state=FollowUp.State.OPEN
        ).count()
        assert promised <= (1 if severe else 0)
        complete = force is not None and force.confirmed_at is not None and not seats.gaps(complaint)
        assert not (promised and complete)
        assert not Milestone.objects.filter(
            task_force__complaint_id=self.pk, task_force__dissolved_at__isnull=False, follow_up__state="OPEN"
        ).exists()

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
    def a_representative_is_told_with_authority_only(self) -> None:
        if not self._news("a_representative_is_told_with_authority_only") or not self.complaint.on_behalf:
            return
        seen = self.complaint.authorities.order_by("at").first()
        for round_ in self.complaint.rounds.exclude(fed_back_at=None):
            assert seen is not None
            assert seen.at <= round_.fed_back_at

    @invariant()
    def closed_means_told_with_a_cause(self) -> None:
        if self._news("closed_means_told_with_a_cause") and self.complaint.state == State.CLOSED:
            complaint = self.complaint
            assert complaint.round.feedbacks.given().exists()
            assert complaint.round.outcome
            assert complaint.nature != "COMPLAINT" or complaint.cause


@pytest.mark.django_db
@pytest.mark.slow
@pytest.mark.parametrize("part", LIVED)
def test_no_order_of_steps_leads_to_an_illegal_state(part: int, record_property: Callable[[str, object], None]) -> None:
    SEEN.clear()
    begun, used = time.monotonic(), time.process_time()
    long = settings(
        max_examples=LIVES // PARTS + (part <= LIVES % PARTS),
        stateful_step_count=STEPS,
        deadline=None,
        derandomize=True,
        suppress_health_check=list(HealthCheck),
    )
    SEEN["counter-examples"] = 1
    try:
        run_state_machine_as_test(seed(part)(type(f"Life{part}", (Life,), {})), settings=long)
        SEEN["counter-examples"] = 0
    finally:
        SEEN["seconds"] = round(time.monotonic() - begun)
        SEEN["of the processor"] = round(time.process_time() - used)
        record_property(f"FI-18 {LIVES}x{STEPS}", dict(SEEN))
    if LIVES * STEPS >= LONG:
        assert [verb for verb in DEEP if not SEEN[f"verb {verb}"]] == [], "steps that no life took"
