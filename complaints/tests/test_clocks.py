"""Promises of a complaint: dated once by the rules, kept, missed, moved by verbs alone (domain D)."""

from __future__ import annotations

import datetime

import pytest
import time_machine

from complaints.actions import assessment, handling, resolution
from complaints.models import Clock, Complaint
from complaints.sla import Level
from complaints.tests import scenes
from complaints.tests.scenes import assessed, handler, in_work, local, promises, told
from crm_site.models import CalendarDay, CalendarYear
from customers.models import FollowUp

pytestmark = pytest.mark.django_db

# domain D.11: received, level, last day for feedback, provisional
EXAMPLES = [
    ("2025-09-26 10:00", Level.MODERATE, "2025-10-10", False),
    ("2025-09-26 10:00", Level.SEVERE, "2025-10-16", False),
    ("2025-09-27 10:00", Level.MODERATE, "2025-10-10", False),
    ("2025-09-28 10:00", Level.MODERATE, "2025-10-11", False),
    ("2025-09-30 23:50", Level.MODERATE, "2025-10-14", False),
    ("2025-09-30 23:50", Level.SEVERE, "2025-10-21", False),
    ("2025-10-03 10:00", Level.MODERATE, "2025-10-14", False),
    ("2025-10-03 10:00", Level.SEVERE, "2025-10-21", False),
    ("2025-12-31 10:00", Level.MODERATE, "2026-01-08", False),
    ("2025-12-31 10:00", Level.SEVERE, "2026-01-15", False),
    ("2026-02-10 10:00", Level.MODERATE, "2026-02-24", False),
    ("2026-02-10 10:00", Level.SEVERE, "2026-03-02", False),
    ("2026-02-13 10:00", Level.MODERATE, "2026-02-27", False),
    ("2026-02-13 10:00", Level.SEVERE, "2026-03-05", False),
    ("2026-02-14 10:00", Level.MODERATE, "2026-02-28", False),
    ("2026-02-14 10:00", Level.SEVERE, "2026-03-06", False),
    ("2026-04-30 10:00", Level.MODERATE, "2026-05-11", False),
    ("2026-04-30 10:00", Level.SEVERE, "2026-05-18", False),
    ("2026-09-18 10:00", Level.MODERATE, "2026-09-24", False),
    ("2026-09-18 10:00", Level.SEVERE, "2026-10-09", False),
    ("2026-09-24 10:00", Level.MODERATE, "2026-10-09", False),
    ("2026-09-24 10:00", Level.SEVERE, "2026-10-15", False),
    ("2026-09-30 10:00", Level.MODERATE, "2026-10-13", False),
    ("2026-09-30 10:00", Level.SEVERE, "2026-10-20", False),
    ("2026-02-21 22:00", Level.MINOR, "2026-02-21", False),
    ("2026-12-28 10:00", Level.MODERATE, "2027-01-05", True),
]


@pytest.mark.parametrize(("received_at", "level", "due_on", "provisional"), EXAMPLES)
def test_every_example_of_the_specification_comes_out_of_the_verbs(
    received_at: str, level: Level, due_on: str, provisional: bool
) -> None:
    with time_machine.travel(local(received_at), tick=False):
        feedback = promises(assessed(handler(), level))["FEEDBACK"]
    last = datetime.date.fromisoformat(due_on)
    assert (feedback.due_on, feedback.provisional) == (last, provisional)
    assert feedback.due_at == local(f"{last + datetime.timedelta(days=1)} 00:00")


def test_a_minor_complaint_by_mail_has_one_working_day() -> None:
    with time_machine.travel(local("2026-02-13 10:00"), tick=False):
        feedback = promises(assessed(handler(), Level.MINOR, channel="EMAIL"))["FEEDBACK"]
    assert feedback.due_on == datetime.date(2026, 2, 14)


def test_a_promise_keeps_its_rule_its_calendar_and_its_days() -> None:
    with time_machine.travel(local("2025-09-26 10:00"), tick=False):
        clock = Clock.objects.get(follow_up=promises(assessed(handler()))["FEEDBACK"])
    assert (clock.profile, clock.profile_version, clock.unit, clock.n) == ("HANDBOOK_CN", "1", "WD", 5)
    assert clock.calendar_version == CalendarDay.objects.calendar().fingerprint
    assert [row["n"] for row in clock.trace if row["n"]] == [1, 2, 3, 4, 5]
    assert clock.trace[0] == {"date": "2025-09-26", "n": 0, "kind": "workday", "why": "receipt"}
    assert clock.trace[-1]["due"]


def test_what_each_level_promises_and_which_promise_leads(now: datetime.datetime) -> None:
    minor = promises(assessed(handler(), Level.MINOR))
    moderate = promises(assessed(handler(), Level.MODERATE))
    severe = promises(assessed(handler(), Level.SEVERE))
    assert set(minor) == {"FEEDBACK", "REG_FINAL"}
    assert set(moderate) == {"FEEDBACK", "PLAN", "PROGRESS", "REG_FINAL"}
    assert set(severe) == {"FEEDBACK", "PLAN", "PROGRESS", "FORM_TASKFORCE", "REG_FINAL"}
    assert moderate["PLAN"].due_on == datetime.date(2025, 9, 30)
    assert severe["FORM_TASKFORCE"].due_on == datetime.date(2025, 9, 28)
    for complaint in Complaint.objects.select_related("leading"):
        opened = promises(complaint).values()
        assert complaint.leading == min(opened, key=lambda promise: (promise.due_at, promise.pk))


def test_the_regulators_fifteen_days_lead_where_they_end_first() -> None:
    with time_machine.travel(local("2026-02-10 10:00"), tick=False):
        complaint = in_work(handler(), Level.SEVERE)
    assert promises(complaint)["REG_FINAL"].due_on == datetime.date(2026, 2, 25)
    assert promises(complaint)["FEEDBACK"].due_on == datetime.date(2026, 3, 2)
    with time_machine.travel(local("2026-02-24 10:00"), tick=False):
        complaint = handling.tell_progress(
            by=complaint.owner, complaint=complaint, version=complaint.version, channel="PHONE", summary="Still at it"
        )
    assert complaint.leading == promises(complaint)["REG_FINAL"]


def test_a_complaint_forwarded_by_the_regulator_carries_both_their_limits(now: datetime.datetime) -> None:
    complaint = assessed(handler(), source="REGULATOR")
    profiles = Clock.objects.filter(round__complaint=complaint, kind="REG_FINAL").values_list("profile", flat=True)
    assert sorted(profiles) == ["CN_NFRA_2020_3", "CN_PBOC_2020_5"]


def test_editing_the_calendar_afterwards_moves_no_stored_promise(now: datetime.datetime) -> None:
    complaint = assessed(handler())
    before = list(FollowUp.objects.order_by("pk").values("due_on", "due_at"))
    traces = list(Clock.objects.order_by("pk").values_list("trace", "calendar_version"))
    CalendarDay.objects.filter(date__year=2025, date__month__gte=9).delete()
    CalendarYear.objects.filter(year=2025).update(revision=99)
    complaint = scenes.begun(complaint.owner, complaint)
    assert list(FollowUp.objects.exclude(kind="ANSWER").order_by("pk").values("due_on", "due_at")) == before
    assert list(Clock.objects.order_by("pk").values_list("trace", "calendar_version")) == traces
    assert promises(assessed(handler()))["FEEDBACK"].due_on == datetime.date(2025, 10, 3)


def test_feedback_in_the_last_second_is_met_and_one_second_later_is_late() -> None:
    for moment, late in (("2025-10-10 23:59:59", False), ("2025-10-11 00:00:00", True)):
        with time_machine.travel(local("2025-09-26 10:00"), tick=False):
            complaint = scenes.planned(handler())
        with time_machine.travel(local(moment), tick=False):
            now = local(moment)
            complaint = resolution.feed_back(
                by=complaint.owner, complaint=complaint, version=complaint.version, told=told()
            )
            assert promises(complaint, "KEPT")["FEEDBACK"].late(now) is late


def test_feedback_keeps_the_answer_ends_what_led_to_it_and_promises_to_ask(now: datetime.datetime) -> None:
    complaint = scenes.fed_back(handler())
    assert {"FEEDBACK", "REG_FINAL", "ACK", "ASSESS", "PLAN"} <= set(promises(complaint, "KEPT"))
    assert set(promises(complaint, "CANCELLED")) == {"PROGRESS"}
    assert set(promises(complaint)) == {"SATISFACTION"}
    assert promises(complaint)["SATISFACTION"].due_on == datetime.date(2025, 9, 30)


def test_an_attempt_that_reached_nobody_keeps_nothing_and_counts(now: datetime.datetime) -> None:
    complaint = scenes.planned(handler())
    complaint = resolution.feed_back(
        by=complaint.owner, complaint=complaint, version=complaint.version, told=told(reached=False)
    )
    assert complaint.state == "PLAN_AGREED"
    assert promises(complaint)["FEEDBACK"].attempts == 1
    assert complaint.diary.last().verb == "feed_back"


def upgraded(on: str) -> Complaint:
    """Moderate on Monday 2 March 2026, severe from this moment."""
    with time_machine.travel(local("2026-03-02 10:00"), tick=False):
        complaint = assessed(handler(role="senior"))
    with time_machine.travel(local(on), tick=False):
        return assessment.change_level(
            by=complaint.owner,
            complaint=complaint,
            version=complaint.version,
            level=Level.SEVERE,
            reason="37 similar charges",
        )


def test_a_higher_level_counts_from_receipt() -> None:
    complaint = upgraded("2026-03-05 10:00")
    feedback = promises(complaint)["FEEDBACK"]
    assert feedback.due_on == datetime.date(2026, 3, 16)
    assert feedback.clock.original_due_on == datetime.date(2026, 3, 9)
    assert feedback.clock.replaces.missed is False
    assert promises(complaint, "CANCELLED")["FEEDBACK"].outcome == "37 similar charges"
    assert {"FORM_TASKFORCE", "PLAN", "PROGRESS"} <= set(promises(complaint))


def test_what_was_missed_before_a_higher_level_stays_missed() -> None:
    complaint = upgraded("2026-03-10 10:00")
    feedback = promises(complaint)["FEEDBACK"]
    assert feedback.due_on == datetime.date(2026, 3, 16)
    assert feedback.clock.replaces.missed is True


def test_a_lower_level_never_gives_more_time_and_leaves_one_day() -> None:
    complaint = upgraded("2026-03-05 10:00")
    with time_machine.travel(local("2026-03-13 10:00"), tick=False):
        complaint = assessment.change_level(
            by=complaint.owner,
            complaint=complaint,
            version=complaint.version,
            level=Level.MODERATE,
            reason="One customer after all",
        )
        opened = promises(complaint)
    assert opened["FEEDBACK"].due_on == datetime.date(2026, 3, 16)
    assert all(promise.due_on >= datetime.date(2026, 3, 16) for promise in opened.values())


def test_another_round_has_its_own_day_of_receipt() -> None:
    with time_machine.travel(local("2026-03-02 10:00"), tick=False):
        complaint = scenes.planned(handler())
    with time_machine.travel(local("2026-03-09 10:00"), tick=False):
        complaint = resolution.feed_back(
            by=complaint.owner, complaint=complaint, version=complaint.version, told=told()
        )
    with time_machine.travel(local("2026-03-12 10:00"), tick=False):
        complaint = resolution.reopen(
            by=complaint.owner, complaint=complaint, version=complaint.version, reason="Not what was asked"
        )
    assert complaint.round.no == 2
    assert promises(complaint)["FEEDBACK"].due_on == datetime.date(2026, 3, 19)
    first = complaint.rounds.get(no=1)
    assert (first.outcome, timezone_date(first.fed_back_at)) == ("REOPENED", datetime.date(2026, 3, 9))


def timezone_date(moment: datetime.datetime | None) -> datetime.date | None:
    return moment.astimezone(scenes.SHANGHAI).date() if moment else None


def test_news_of_a_severe_complaint_are_promised_again_from_the_last_news() -> None:
    with time_machine.travel(local("2025-09-26 10:00"), tick=False):
        complaint = in_work(handler(), Level.SEVERE)
    with time_machine.travel(local("2025-09-29 10:00"), tick=False):
        complaint = handling.tell_progress(
            by=complaint.owner, complaint=complaint, version=complaint.version, channel="PHONE", summary="Half done"
        )
        assert promises(complaint)["PROGRESS"].due_on == datetime.date(2025, 10, 13)
        assert promises(complaint, "KEPT")["PROGRESS"].kept_at == local("2025-09-29 10:00")


def test_no_promise_carries_personal_data(now: datetime.datetime) -> None:
    scenes.closed(handler(), subject="About Lin")
    titles = set(FollowUp.objects.values_list("title", flat=True))
    assert titles == {
        "Bring to an end",
        "Answer the complaints team",
        "Acknowledge",
        "Assess",
        "Agree a plan",
        "Pay the redress",
        "Refund the fee",
        "Report progress",
        "Give feedback",
        "Regulator's limit",
        "Ask whether satisfied",
    }
