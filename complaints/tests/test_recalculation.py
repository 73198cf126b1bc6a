"""Stored dates move by a batch that a second person approved, and by nothing else (domain D.2(7); must-show 4)."""

from __future__ import annotations

import datetime
from collections.abc import Iterator
from typing import Any

import pytest
import time_machine

from complaints import changes, tasks
from complaints.actions import applying, assessment, recalculation, resolution, rules
from complaints.actions.recalculation import Choice
from complaints.models import Clock, Complaint, RecalcBatch, RecalcItem
from complaints.sla import Level
from complaints.tests import scenes
from complaints.tests.scenes import assessed, handler, in_work, local, promises
from complaints.tests.test_rules import with_feedback
from crm_site.actions import calendar, calendar_guard
from crm_site.errors import NotAllowed, RuleBroken, Stale
from crm_site.models import AuditEvent, CalendarDay, JobRun, Notice, User
from crm_site.testing import table_hash
from crm_site.tests.factories import UserFactory
from customers.models import FollowUp

pytestmark = pytest.mark.django_db
D = datetime.date
State, ItemState = RecalcBatch.State, RecalcItem.State
OFF = D(2026, 7, 15)  # a Wednesday that becomes a day off


@pytest.fixture
def july() -> Iterator[None]:
    """Monday 13 July 2026, ten in the morning."""
    with time_machine.travel(local("2026-07-13 10:00"), tick=False):
        yield


def supervisor() -> User:
    made: User = UserFactory(role="supervisor")
    return made


def stored() -> list[dict[str, Any]]:
    """Every promise and clock as the tables hold it."""
    promised = FollowUp.objects.order_by("pk").values("pk", "due_on", "due_at", "state", "provisional", "version")
    return [*promised, *Clock.objects.order_by("pk").values("pk", "trace", "calendar_version", "missed")]


def day_off(on: datetime.date = OFF, by: User | None = None) -> None:
    calendar.set_day(by=by or supervisor(), date=on, is_working=False, kind="HOLIDAY", name="Typhoon")


def propose(by: User | None = None, **choice: Any) -> RecalcBatch:
    return recalculation.propose(by=by or supervisor(), choice=Choice(**choice), reason="Typhoon day")


def approved(**choice: Any) -> RecalcBatch:
    return recalculation.approve(by=supervisor(), batch=propose(**choice))


# --- must-show 4 ------------------------------------------------------------------------------------------------
@pytest.mark.usefixtures("july")
def test_editing_the_holidays_moves_no_promise_and_a_batch_shows_old_and_new() -> None:
    complaint = assessed(handler())
    feedback = promises(complaint)["FEEDBACK"]
    before = stored()
    author = supervisor()
    day_off(by=author)
    assert stored() == before
    batch = propose(author)
    assert stored() == before
    item = batch.items.get(clock__follow_up=feedback)
    assert (item.old_on, item.new_on, item.change) == (D(2026, 7, 20), D(2026, 7, 21), "LATER")
    assert item.why == {"rests": ["2026-07-15"], "works": [], "limits": []}
    with pytest.raises(NotAllowed, match="else"):
        recalculation.approve(by=author, batch=batch)
    assert (applying.apply_due(), stored()) == ({"moved": 0, "left": 0}, before)
    recalculation.approve(by=supervisor(), batch=batch)
    assert stored() == before
    applying.apply_due()
    moved = promises(Complaint.objects.get(pk=complaint.pk))["FEEDBACK"]
    assert (moved.due_on, moved.clock.original_due_on, moved.clock.replaces.follow_up) == (
        D(2026, 7, 21),
        D(2026, 7, 20),
        feedback,
    )
    batch.refresh_from_db()
    assert (batch.state, batch.later, batch.earlier, batch.items.pending().count()) == ("APPLIED", 3, 0, 0)


@pytest.mark.usefixtures("july")
def test_the_complaint_tells_who_moved_what_and_its_place_in_the_queue_follows() -> None:
    complaint = assessed(handler())
    day_off(D(2026, 7, 14))
    batch = approved()
    applying.apply_due()
    fresh = Complaint.objects.get(pk=complaint.pk)
    entry = fresh.diary.latest("pk")
    assert (entry.verb, entry.data["batch"], entry.reason) == ("recalculate", batch.number, "Typhoon day")
    assert {"kind": "FEEDBACK", "old": "2026-07-20", "new": "2026-07-21"} in entry.data["moves"]
    assert fresh.version == complaint.version + 1
    earliest = min(promises(fresh).values(), key=lambda promise: (promise.due_at, promise.pk))
    assert fresh.leading == earliest
    said = AuditEvent.objects.filter(action__startswith="recalculation.").order_by("seq")
    assert [event.action for event in said] == ["recalculation.propose", "recalculation.approve", "recalculation.apply"]


@pytest.mark.usefixtures("july")
def test_an_earlier_date_leaves_a_working_day_and_the_owner_is_told() -> None:
    owner = handler()
    complaint = assessed(owner)
    in_force = rules.put_in_force(by=supervisor(), approve_by=supervisor(), rules=with_feedback(1))[0]
    assert in_force.version == 2
    with time_machine.travel(local("2026-07-16 10:00"), tick=False):
        approved(scope="RULES", rule_set="HANDBOOK_CN")
        applying.apply_due()
    moved = promises(Complaint.objects.get(pk=complaint.pk))["FEEDBACK"]
    assert (moved.due_on, moved.clock.n) == (D(2026, 7, 17), 1)
    assert moved.clock.trace[-1]["why"] == "grace"
    notice = Notice.objects.get(to=owner)
    assert complaint.number in notice.text and notice.values["due_day"] == "2026-07-17"


@pytest.mark.usefixtures("july")
def test_what_moved_or_ended_meanwhile_is_left_with_its_reason() -> None:
    by = handler(role="senior")
    kept, raised, again = scenes.planned(by), assessed(by), assessed(by)
    day_off()
    batch = approved()
    resolution.feed_back(by=by, complaint=kept, version=kept.version, told=scenes.told())
    assessment.change_level(by=by, complaint=raised, version=raised.version, level=Level.SEVERE, reason="Many")
    calendar.set_day(by=supervisor(), date=D(2026, 7, 18), is_working=True, kind="MAKEUP", name="Make-up")
    counts = applying.apply_due()
    whys = {
        (item.clock.round.complaint_id, item.skipped)
        for item in batch.items.filter(clock__kind="FEEDBACK").select_related("clock__round")
    }
    assert whys == {(kept.pk, "ENDED"), (raised.pk, "MOVED"), (again.pk, "RECOUNTED")}
    assert counts["left"] == batch.items.filter(state="SKIPPED").count()
    batch.refresh_from_db()
    assert batch.state == State.APPLIED


@pytest.mark.usefixtures("july")
def test_applied_in_parts_it_goes_on_where_it_stopped_and_twice_is_once() -> None:
    by = handler()
    for _n in range(3):
        assessed(by)
    day_off()
    batch = approved()
    applying.apply_due(limit=1)
    batch.refresh_from_db()
    left = batch.items.pending().count()
    assert (batch.state, 0 < left < batch.items.count()) == (State.APPROVED, True)
    applying.apply_due()
    batch.refresh_from_db()
    assert (batch.state, batch.items.pending().count()) == (State.APPLIED, 0)
    before = table_hash()
    assert applying.apply_due() == {"moved": 0, "left": 0}
    assert table_hash() == before


@pytest.mark.usefixtures("july")
def test_of_two_who_decide_at_once_one_is_first() -> None:
    assessed(handler())
    day_off()
    batch = propose()
    same = RecalcBatch.objects.get(pk=batch.pk)
    recalculation.approve(by=supervisor(), batch=batch)
    with pytest.raises(Stale):
        recalculation.reject(by=supervisor(), batch=same, note="No")


@pytest.mark.usefixtures("july")
def test_a_rejected_batch_moves_nothing_and_its_proposer_may_take_it_back() -> None:
    assessed(handler())
    author = supervisor()
    day_off()
    before = stored()
    with pytest.raises(RuleBroken):
        recalculation.reject(by=supervisor(), batch=propose(author), note=" ")
    recalculation.reject(by=author, batch=RecalcBatch.objects.get(), note="A mistake")
    assert (applying.apply_due()["moved"], stored()) == (0, before)


@pytest.mark.usefixtures("july")
def test_who_may_not_and_what_cannot_be_proposed() -> None:
    assessed(handler())
    for role in ("agent", "senior", "handler", "sysadmin", "auditor"):
        with pytest.raises(NotAllowed):
            propose(UserFactory(role=role))
    with pytest.raises(RuleBroken, match="No date would move"):
        propose()
    with pytest.raises(RuleBroken, match="first and the last"):
        propose(scope="DATES")
    with pytest.raises(RuleBroken, match="before"):
        propose(scope="DATES", first=D(2026, 7, 20), last=D(2026, 7, 1))
    with pytest.raises(RuleBroken, match="rule set"):
        propose(scope="RULES", rule_set="NONE")
    with pytest.raises(RuleBroken, match="why"):
        recalculation.propose(by=supervisor(), choice=Choice(), reason=" ")
    assert not RecalcBatch.objects.exists()


@pytest.mark.usefixtures("july")
def test_a_range_of_days_takes_only_what_is_due_in_it() -> None:
    assessed(handler())
    day_off()
    batch = propose(scope="DATES", first=D(2026, 7, 20), last=D(2026, 7, 20))
    assert [item.clock.kind for item in batch.items.select_related("clock")] == ["FEEDBACK"]


@pytest.mark.usefixtures("july")
def test_days_a_change_of_level_gave_or_a_pause_gave_are_kept() -> None:
    by = handler(role="senior")
    complaint = in_work(by, Level.SEVERE)
    complaint = assessment.change_level(
        by=by, complaint=complaint, version=complaint.version, level=Level.MODERATE, reason="One customer"
    )
    clock = Clock.objects.get(follow_up=promises(complaint)["FEEDBACK"])
    counted = recalculation.recount(clock)
    assert counted is not None and counted.on == clock.follow_up.due_on
    other = assessed(by)
    with time_machine.travel(local("2026-07-20 10:00"), tick=False):
        raised = assessment.change_level(
            by=by, complaint=other, version=other.version, level=Level.SEVERE, reason="Many"
        )
        lowered = assessment.change_level(
            by=by, complaint=raised, version=raised.version, level=Level.MODERATE, reason="One"
        )
        for clock in Clock.objects.filter(round__complaint=lowered, follow_up__state="OPEN"):
            counted = recalculation.recount(clock)
            assert counted is not None and counted.on == clock.follow_up.due_on, clock.kind


# --- provisional dates ------------------------------------------------------------------------------------------
def provisional() -> Complaint:
    with time_machine.travel(local("2026-12-28 10:00"), tick=False):
        return assessed(handler())


def official(by: User) -> None:
    calendar.set_day(by=by, date=D(2027, 1, 1), is_working=False, kind="HOLIDAY", name="New Year")
    calendar.set_day(by=by, date=D(2027, 1, 3), is_working=True, kind="MAKEUP", name="Make-up")
    calendar.set_year(by=by, year=2027, official=True, notice="State Council notice of November 2026")


def test_once_the_year_is_official_the_night_proposes_and_a_person_decides() -> None:
    complaint = provisional()
    feedback = promises(complaint)["FEEDBACK"]
    assert (feedback.due_on, feedback.provisional) == (D(2027, 1, 5), True)
    by = supervisor()
    with time_machine.travel(local("2026-12-29 10:00"), tick=False):
        assert recalculation.propose_settled() == 0
        before = stored()
        official(by)
        run = JobRun(job="settle_provisional", business_date=D(2026, 12, 28))
        assert tasks.settle_provisional(run, D(2026, 12, 28))["proposed"] > 0
        assert tasks.settle_provisional(run, D(2026, 12, 28)) == {"proposed": 0}
        assert stored() == before
        batch = RecalcBatch.objects.get()
        assert (batch.proposed_by, batch.scope) == (None, "PROVISIONAL")
        assert batch.number in Notice.objects.get(to=by, kind="recalculation").text
        assert batch.items.get(clock__follow_up=feedback).new_on == D(2027, 1, 4)
        recalculation.approve(by=by, batch=batch)
        assert tasks.recalculate(run, D(2026, 12, 29))["moved"] == batch.items.count()
    fresh = promises(complaint)
    assert (fresh["FEEDBACK"].due_on, fresh["FEEDBACK"].provisional) == (D(2027, 1, 4), False)
    assert (fresh["REG_FINAL"].due_on, fresh["REG_FINAL"].provisional) == (D(2027, 1, 12), False)
    assert fresh["REG_FINAL"].clock.replaces is None  # its date was right: it is only confirmed


def test_from_november_on_somebody_is_told_until_the_year_is_there() -> None:
    by, admin = supervisor(), UserFactory(role="sysadmin")
    agent = UserFactory(role="agent")
    for day, told in [("2026-10-31", 0), ("2026-11-02", 2), ("2026-11-03", 0), ("2026-11-09", 2)]:
        with time_machine.travel(local(f"{day} 08:00"), tick=False):
            assert calendar_guard.remind(D.fromisoformat(day)) == told, day
    assert "2027" in Notice.objects.filter(to=admin).latest("pk").text
    assert not Notice.objects.filter(to=agent).exists()
    with time_machine.travel(local("2026-11-16 08:00"), tick=False):
        official(by)
        assert calendar_guard.remind(D(2026, 11, 16)) == 0


# --- the arithmetic ---------------------------------------------------------------------------------------------
@pytest.mark.parametrize(
    ("stands", "counted", "today", "given"),
    [
        (D(2026, 7, 20), D(2026, 7, 21), D(2026, 7, 13), D(2026, 7, 21)),
        (D(2026, 7, 20), D(2026, 7, 16), D(2026, 7, 13), D(2026, 7, 16)),
        (D(2026, 7, 20), D(2026, 7, 14), D(2026, 7, 16), D(2026, 7, 17)),
        (D(2026, 7, 20), D(2026, 7, 14), D(2026, 7, 17), D(2026, 7, 20)),
        (D(2026, 7, 20), D(2026, 7, 14), D(2026, 7, 24), D(2026, 7, 20)),  # passed already: it stays as it was
    ],
)
def test_nobody_is_late_overnight(stands: D, counted: D, today: D, given: D) -> None:
    got = changes.after_calendar_change(
        current_on=stands, recount_on=counted, today=today, calendar=CalendarDay.objects.calendar()
    )
    assert got == given
