"""Deadlines by the handbook and by regulators: the worked examples, the edges, and a brute-force counter."""

from __future__ import annotations

import datetime as dt
from dataclasses import replace
from random import Random
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from complaints import profiles, sla
from complaints.sla import CN_NFRA_2020_3, CN_PBOC_2020_5, HANDBOOK_CN, Complexity, Kind, Level, Unit, Why
from crm_site.calendar_seed import read_seed
from crm_site.errors import RuleBroken
from crm_site.workdays import Calendar

TZ = ZoneInfo("Asia/Shanghai")
CALENDAR = read_seed().calendar()
DAY = dt.timedelta(days=1)
MINOR, MODERATE, SEVERE = Level.MINOR, Level.MODERATE, Level.SEVERE


def at(text: str) -> dt.datetime:
    moment = dt.datetime.fromisoformat(text if "T" in text else f"{text}T10:00")
    return moment if moment.tzinfo else moment.replace(tzinfo=TZ)


def deadline(received: str, level: Level | None = MODERATE, kind: Kind = Kind.FEEDBACK, **more: Any) -> sla.Due:
    given = {"profile": HANDBOOK_CN, "nature": "COMPLAINT", "live_channel": True, "calendar": CALENDAR, "tz": TZ}
    return sla.due(kind=kind, level=level, received_at=at(received), **(given | more))


# --- worked examples --------------------------------------------------------------------------------------------
EXAMPLES = [  # received, moderate, severe
    ("2025-09-26T10:00", "2025-10-10", "2025-10-16"),  # 1, 2
    ("2025-09-27", "2025-10-10", "2025-10-16"),  # 3
    ("2025-09-28", "2025-10-11", "2025-10-17"),  # 4: due on a Saturday that works
    ("2025-09-30T23:50", "2025-10-14", "2025-10-21"),  # 5
    ("2025-10-03", "2025-10-14", "2025-10-21"),  # 6
    ("2025-12-31", "2026-01-08", "2026-01-15"),  # 7
    ("2026-02-10", "2026-02-24", "2026-03-02"),  # 8
    ("2026-02-13", "2026-02-27", "2026-03-05"),  # 9
    ("2026-02-14", "2026-02-28", "2026-03-06"),  # 10
    ("2026-04-30", "2026-05-11", "2026-05-18"),  # 11
    ("2026-09-18", "2026-09-24", "2026-10-09"),  # 12
    ("2026-09-24", "2026-10-09", "2026-10-15"),  # 13
    ("2026-09-30", "2026-10-13", "2026-10-20"),  # 14
    ("2025-01-24", "2025-02-07", "2025-02-13"),
    ("2025-01-26", "2025-02-08", "2025-02-14"),
    ("2025-04-25", "2025-05-06", "2025-05-13"),
    ("2025-10-08", "2025-10-14", "2025-10-21"),
]


@pytest.mark.parametrize(("received", "moderate", "severe"), EXAMPLES)
def test_moderate_has_five_and_severe_ten_working_days(received: str, moderate: str, severe: str) -> None:
    assert str(deadline(received, MODERATE).on) == moderate
    assert str(deadline(received, SEVERE).on) == severe


@pytest.mark.parametrize(
    ("received", "live", "due"),
    [
        ("2026-02-21T22:00", True, "2026-02-21"),  # 20: the same day, even on a holiday
        ("2026-02-13", False, "2026-02-14"),  # 21: an e-mail has one working day
        ("2025-09-26T00:01", True, "2025-09-26"),
        ("2025-09-26T23:59", True, "2025-09-26"),
    ],
)
def test_minor_is_solved_the_same_day_or_within_one_working_day_of_a_letter(
    received: str, live: bool, due: str
) -> None:
    assert str(deadline(received, MINOR, live_channel=live).on) == due


def test_a_deadline_reaching_into_an_unannounced_year_is_provisional() -> None:
    due = deadline("2026-12-28")  # 22
    assert (str(due.on), due.provisional) == ("2027-01-05", True)
    assert not deadline("2026-12-23").provisional
    assert deadline("2027-01-04").provisional


@pytest.mark.parametrize("year", [1950, 2006, 2028, 2099])
def test_no_year_is_too_strange_for_an_answer(year: int) -> None:
    for level in Level:
        assert deadline(f"{year}-06-15", level).provisional


def test_the_longest_stretches_of_two_years_are_15_and_21_days() -> None:
    days = [dt.date(2025, 1, 1) + i * DAY for i in range(730 - 21)]
    assert max((CALENDAR.add(day, 5) - day).days for day in days) == 15
    assert max((CALENDAR.add(day, 10) - day).days for day in days) == 21


# --- other promises ---------------------------------------------------------------------------------------------
@pytest.mark.parametrize(
    ("kind", "nature", "level", "live", "due"),
    [
        (Kind.ACK, "UNCLASSIFIED", None, True, "2025-09-26"),
        (Kind.ACK, "UNCLASSIFIED", None, False, "2025-09-28"),
        (Kind.ACK, "SUGGESTION", None, True, "2025-09-30"),
        (Kind.REFER, "UNCLASSIFIED", None, True, "2025-09-28"),
        (Kind.ASSESS, "UNCLASSIFIED", None, True, "2025-09-28"),
        (Kind.ASSESS, "COMPLAINT", MINOR, True, "2025-09-26"),
        (Kind.ASSESS, "COMPLAINT", MINOR, False, "2025-09-28"),
        (Kind.ASSESS, "COMPLAINT", SEVERE, True, "2025-09-28"),
        (Kind.FORM_TASKFORCE, "COMPLAINT", SEVERE, True, "2025-09-28"),
        (Kind.PLAN, "COMPLAINT", MODERATE, True, "2025-09-30"),
        (Kind.PLAN, "COMPLAINT", SEVERE, True, "2025-10-11"),
        (Kind.PROGRESS, "COMPLAINT", MODERATE, True, "2025-09-30"),
        (Kind.PROGRESS, "COMPLAINT", SEVERE, True, "2025-10-10"),
        (Kind.SATISFACTION, "COMPLAINT", MINOR, True, "2025-09-30"),
        (Kind.ANSWER, "INQUIRY", None, True, "2025-09-28"),
        (Kind.OUTCOME, "SUGGESTION", None, True, "2025-10-23"),
    ],
)
def test_each_promise_has_its_own_limit(kind: Kind, nature: str, level: Level | None, live: bool, due: str) -> None:
    assert str(deadline("2025-09-26", level, kind, nature=nature, live_channel=live).on) == due


@pytest.mark.parametrize(
    ("kind", "nature", "level"),
    [
        (Kind.FEEDBACK, "COMPLAINT", None),
        (Kind.FEEDBACK, "INQUIRY", None),
        (Kind.FORM_TASKFORCE, "COMPLAINT", MODERATE),
        (Kind.REG_FINAL, "COMPLAINT", SEVERE),
    ],
)
def test_without_a_rule_no_deadline_is_invented(kind: Kind, nature: str, level: Level | None) -> None:
    with pytest.raises(RuleBroken) as refused:
        deadline("2025-09-26", level, kind, nature=nature)
    assert refused.value.code == "no_limit"


# --- regulators -------------------------------------------------------------------------------------------------
@pytest.mark.parametrize(
    ("profile", "received", "complexity", "due"),
    [
        (CN_NFRA_2020_3, "2026-02-10", Complexity.SIMPLE, "2026-02-25"),
        (CN_NFRA_2020_3, "2026-02-10", Complexity.COMPLEX, "2026-03-12"),
        (CN_NFRA_2020_3, "2026-02-10", Complexity.VERY_COMPLEX, "2026-04-11"),
        (CN_NFRA_2020_3, "2026-02-14", Complexity.SIMPLE, "2026-03-01"),
        (replace(CN_NFRA_2020_3, roll_end=True), "2026-02-14", Complexity.SIMPLE, "2026-03-02"),
        (CN_PBOC_2020_5, "2026-02-10", Complexity.SIMPLE, "2026-02-25"),
        (CN_PBOC_2020_5, "2026-02-10", Complexity.COMPLEX, "2026-04-11"),
    ],
)
def test_a_regulators_limit_counts_calendar_days(
    profile: sla.Profile, received: str, complexity: Complexity, due: str
) -> None:
    limit = deadline(received, SEVERE, Kind.REG_FINAL, profile=profile, complexity=complexity)
    assert str(limit.on) == due
    assert limit.trace[-1].why == (Why.ROLL_END if profile.roll_end else Why.COUNTED)


def test_the_earlier_of_handbook_and_regulator_rules() -> None:
    handbook = deadline("2026-02-10", SEVERE)
    regulators = [
        deadline("2026-02-10", SEVERE, Kind.REG_FINAL, profile=profile) for profile in sla.BUILT_IN.beside("REGULATOR")
    ]
    ruling = sla.earliest([handbook, *regulators])
    assert ruling is not None
    assert (str(handbook.on), str(ruling.on), ruling.profile) == ("2026-03-02", "2026-02-25", "CN_NFRA_2020_3")
    assert sla.earliest([]) is None
    assert sla.BUILT_IN.beside("DIRECT") == (CN_NFRA_2020_3,)


# --- the instant ------------------------------------------------------------------------------------------------
def test_the_deadline_closes_at_midnight_after_its_last_day() -> None:
    due = deadline("2025-09-26")
    assert due.at == at("2025-10-11T00:00")
    assert at("2025-10-10T23:59:59") < due.at
    assert not at("2025-10-11T00:00:00") < due.at
    assert sla.last_day(due.at, TZ) == due.on


def test_the_day_of_receipt_is_the_banks_day_not_the_worlds() -> None:
    due = deadline("2026-03-01T16:30:00+00:00")
    assert (str(due.start), str(due.on)) == ("2026-03-02", "2026-03-09")


def test_an_instant_without_time_zone_is_refused() -> None:
    with pytest.raises(ValueError, match="time zone"):
        sla.due(
            profile=HANDBOOK_CN,
            kind=Kind.FEEDBACK,
            level=MODERATE,
            nature="COMPLAINT",
            received_at=dt.datetime(2025, 9, 26, 10),
            live_channel=True,
            calendar=CALENDAR,
            tz=TZ,
        )


@pytest.mark.parametrize(
    ("option", "received", "due_on", "due_at"),
    [
        ({"cutoff": dt.time(17, 30)}, "2025-09-26T17:29", "2025-10-10", "2025-10-11T00:00"),
        ({"cutoff": dt.time(17, 30)}, "2025-09-28T17:30", "2025-10-13", "2025-10-14T00:00"),
        ({"roll_receipt": True}, "2025-10-03", "2025-10-15", "2025-10-16T00:00"),
        ({"roll_receipt": True}, "2025-09-30", "2025-10-14", "2025-10-15T00:00"),
        ({"count_receipt_day": True}, "2025-09-26", "2025-10-09", "2025-10-10T00:00"),
        ({"count_receipt_day": True}, "2025-10-03", "2025-10-14", "2025-10-15T00:00"),
        ({"due_time": dt.time(17, 30)}, "2025-09-26", "2025-10-10", "2025-10-10T17:30"),
    ],
)
def test_a_banks_own_options_move_the_count(option: dict[str, Any], received: str, due_on: str, due_at: str) -> None:
    due = deadline(received, profile=replace(HANDBOOK_CN, **option))
    assert (str(due.on), due.at) == (due_on, at(due_at))


def test_a_limit_in_hours_runs_through_nights_and_days_off() -> None:
    hours = sla.Profile("HOURS", "1", (sla.Rule(Kind.ACK, Unit.H, 24),))
    due = deadline("2025-09-30T10:00", None, Kind.ACK, profile=hours)
    assert (due.at, str(due.on)) == (at("2025-10-01T10:00"), "2025-10-01")
    assert [day.why for day in due.trace] == [Why.RECEIPT, Why.HOURS]


# --- the trace --------------------------------------------------------------------------------------------------
def test_the_trace_numbers_every_counted_day_and_says_why_others_rest() -> None:
    trace = {f"{day.date:%m-%d}": (day.n, str(day.kind), str(day.why)) for day in deadline("2025-09-26").trace}
    assert trace == {
        "09-26": (0, "workday", "receipt"),
        "09-27": (0, "weekend", "day_off"),
        "09-28": (1, "makeup", "counted"),
        "09-29": (2, "workday", "counted"),
        "09-30": (3, "workday", "counted"),
        **{f"10-0{day}": (0, "holiday", "day_off") for day in range(1, 9)},
        "10-09": (4, "workday", "counted"),
        "10-10": (5, "workday", "counted"),
    }


def test_the_trace_survives_being_stored() -> None:
    due = deadline("2026-02-13", SEVERE, shift_days=2)
    rows = due.trace_json()
    assert sla.trace_from_json(rows) == due.trace
    assert [row["date"] for row in rows if row.get("due")] == [str(due.on)]


def test_days_given_by_a_pause_are_named_in_the_trace() -> None:
    due = deadline("2026-03-02", shift_days=2)
    assert str(due.on) == "2026-03-11"
    assert [(day.n, day.why) for day in due.trace[-2:]] == [(6, Why.SHIFT), (7, Why.SHIFT)]


def test_moved_receipt_days_are_named_in_the_trace() -> None:
    rolled = deadline("2025-10-07T18:00", profile=replace(HANDBOOK_CN, roll_receipt=True, cutoff=dt.time(17, 30)))
    assert [str(day.why) for day in rolled.trace[:4]] == ["after_cutoff", "rolled", "receipt", "counted"]
    counted = deadline("2025-09-26", profile=replace(HANDBOOK_CN, count_receipt_day=True))
    assert (counted.trace[0].n, counted.trace[-1].n) == (1, 5)


def test_editing_the_calendar_later_moves_nothing_that_was_promised() -> None:
    due = deadline("2025-09-26")
    stored = due.trace_json()
    later = Calendar({dt.date(2025, 9, 28): CALENDAR.exceptions[dt.date(2025, 10, 1)]}, CALENDAR.official_years)
    assert deadline("2025-09-26", calendar=later).on != due.on
    assert due.trace_json() == stored
    assert due.calendar_version == CALENDAR.fingerprint != later.fingerprint


def test_working_day_four_of_ten_leaves_six_after_today() -> None:
    due = deadline("2025-09-26", SEVERE)
    today = dt.date(2025, 10, 9)
    assert (sla.elapsed(due.start, today, CALENDAR), sla.remaining(due.on, today, CALENDAR)) == (4, 6)


@pytest.mark.parametrize(
    ("now", "state", "days"),
    [
        ("2025-09-26T10:01", "OK", 5),
        ("2025-09-30T09:00", "SOON", 2),
        ("2025-10-03T09:00", "SOON", 2),
        ("2025-10-09T23:59", "SOON", 1),
        ("2025-10-10T00:00", "TODAY", 0),
        ("2025-10-10T23:59", "TODAY", 0),
        ("2025-10-11T00:00", "OVERDUE", -1),
        ("2025-10-12T12:00", "OVERDUE", -1),
        ("2025-10-13T12:00", "OVERDUE", -2),
    ],
)
def test_urgency_says_how_many_working_days_are_left_after_today(now: str, state: str, days: int) -> None:
    due = deadline("2025-09-26")
    assert sla.urgency(due.at, at(now), CALENDAR, TZ) == (state, days)


def test_a_deadline_on_a_day_off_is_never_called_due_today_before_it() -> None:
    due = deadline("2026-02-14", SEVERE, Kind.REG_FINAL, profile=CN_NFRA_2020_3)  # Sunday 1 March
    assert sla.urgency(due.at, at("2026-02-28T12:00"), CALENDAR, TZ) == ("SOON", 1)


def test_late_over_a_weekend_is_one_day_late_at_once() -> None:
    due = deadline("2025-10-10", MINOR)  # Friday, due the same day
    assert sla.urgency(due.at, at("2025-10-12T12:00"), CALENDAR, TZ).days == -1


# --- profiles ---------------------------------------------------------------------------------------------------
@pytest.mark.parametrize("profile", profiles.PROFILES.values(), ids=lambda profile: profile.name)
def test_a_profile_survives_as_json(profile: sla.Profile) -> None:
    strange = replace(profile, cutoff=dt.time(17, 30), due_time=dt.time(18, 0), roll_end=True)
    assert profiles.from_json(profiles.to_json(profile)) == profile
    assert profiles.from_json(profiles.to_json(strange)) == strange


@pytest.mark.parametrize(
    "wrong",
    [
        {"rules": [{"kind": "FEEDBACK", "unit": "WD", "n": -1}]},
        {"rules": [{"kind": "FEEDBACK", "unit": "WD", "n": True}]},
        {"rules": [{"kind": "FEEDBACK", "unit": "WEEKS"}]},
        {"rules": [{"kind": "SUPPER", "unit": "WD"}]},
        {"rules": [{"kind": "FEEDBACK", "unit": "WD", "days": 5}]},
        {"colour": "red"},
        {"cutoff": "half past five"},
    ],
)
def test_a_profile_that_makes_no_sense_is_refused(wrong: dict[str, Any]) -> None:
    with pytest.raises(ValueError):
        profiles.from_json(profiles.to_json(HANDBOOK_CN) | wrong)


# --- a brute-force counter --------------------------------------------------------------------------------------
def by_hand(received: dt.datetime, n: int, profile: sla.Profile, shift: int) -> dt.date:
    """The rule of domain D.2, one calendar day after the other."""

    def works(day: dt.date) -> bool:
        exception = CALENDAR.exceptions.get(day)
        return day.weekday() < 5 if exception is None else exception.is_working

    local = received.astimezone(TZ)
    day = local.date()
    if profile.cutoff and local.time() >= profile.cutoff:
        day += DAY
    while profile.roll_receipt and not works(day):
        day += DAY
    left = n + shift - (profile.count_receipt_day and works(day))
    while left:
        day += DAY
        left -= works(day)
    return day


def agree(received: dt.datetime, level: Level, profile: sla.Profile, shift: int) -> None:
    """The deadline, its trace and its instant are those of counting by hand."""
    n = 5 if level == MODERATE else 10
    due = sla.due(
        profile=profile,
        kind=Kind.FEEDBACK,
        level=level,
        nature="COMPLAINT",
        received_at=received,
        live_channel=True,
        calendar=CALENDAR,
        tz=TZ,
        shift_days=shift,
    )
    assert due.on == by_hand(received, n, profile, shift)
    assert due.trace[-1].n == n + shift == sum(day.n > 0 for day in due.trace)
    assert due.at == dt.datetime.combine(due.on + DAY, dt.time(), TZ) > received
    assert due.provisional is any(day.date.year not in range(2007, 2027) for day in due.trace)


CUTOFFS = [None, dt.time(17, 30), dt.time(0, 0, 1)]


@settings(max_examples=500)
@given(
    received=st.datetimes(dt.datetime(2006, 6, 1), dt.datetime(2028, 6, 1), timezones=st.just(dt.UTC)),
    level=st.sampled_from([MODERATE, SEVERE]),
    shift=st.integers(0, 12),
    cutoff=st.sampled_from(CUTOFFS),
    roll=st.booleans(),
    count=st.booleans(),
)
def test_any_deadline_equals_counting_by_hand(
    received: dt.datetime, level: Level, shift: int, cutoff: dt.time | None, roll: bool, count: bool
) -> None:
    agree(received, level, replace(HANDBOOK_CN, cutoff=cutoff, roll_receipt=roll, count_receipt_day=count), shift)


@pytest.mark.slow
def test_twenty_thousand_random_deadlines_equal_counting_by_hand() -> None:
    random = Random(20250926)
    options = [
        replace(HANDBOOK_CN, cutoff=cutoff, roll_receipt=roll, count_receipt_day=count)
        for cutoff in CUTOFFS
        for roll in (False, True)
        for count in (False, True)
    ]
    first = dt.datetime(2006, 6, 1, tzinfo=dt.UTC)
    for _ in range(20_000):
        received = first + dt.timedelta(seconds=random.randrange(22 * 365 * 86_400))
        agree(received, random.choice([MODERATE, SEVERE]), random.choice(options), random.randrange(13))
