"""Saved segments: the verbs, who may, two at once, and the night that counts them."""

from __future__ import annotations

import datetime
from collections.abc import Callable
from typing import Any

import pytest
import time_machine
from django.db import DatabaseError, transaction

from analytics import audience, segment_sizes
from analytics.actions import segments as verbs
from analytics.models import Segment, SegmentCount, SegmentVersion
from crm_site import jobs
from crm_site.celery import job, nightly_jobs
from crm_site.errors import NotAllowed, RuleBroken, Stale
from crm_site.models import AuditEvent, JobRun, User
from crm_site.tests.factories import UserFactory
from customers.models import Customer
from customers.tests.factories import CustomerFactory, PublishedRunFactory, StandingFactory

pytestmark = pytest.mark.django_db

GRADE_A = {"how": "all", "parts": [{"field": "grade", "op": "in", "values": ["A"]}]}
GRADE_B = {"how": "all", "parts": [{"field": "grade", "op": "in", "values": ["B"]}]}
DAY = datetime.date(2026, 11, 14)


def analyst(**more: Any) -> User:
    return UserFactory(roles=["analyst"], **more)


def saved(by: User | None = None, **more: Any) -> Segment:
    return verbs.create(by=by or analyst(), **({"name": "Grade A", "rules": GRADE_A} | more))


def last() -> AuditEvent:
    return AuditEvent.objects.latest("seq")


# --- made and revised -------------------------------------------------------------------------------------------------
def test_a_segment_begins_with_its_first_version_and_is_on_record() -> None:
    by = analyst()
    made = saved(by, kind="EXCLUDE", description="  For calls  ")
    assert made.number.startswith("SG-")
    assert (made.owner, made.kind, made.shared, made.current_no, made.description) == (
        by,
        "EXCLUDE",
        True,
        1,
        "For calls",
    )
    version = made.versions.get()
    assert (version.no, version.author, version.rules) == (1, by, GRADE_A)
    assert (last().action, last().object_id, last().after["rules"]) == ("segment.create", made.number, GRADE_A)


def test_a_revision_is_a_new_version_and_the_old_one_stays() -> None:
    made, by = saved(), analyst()
    version = verbs.revise(by=by, segment=made, expected=1, rules=GRADE_B, note="B sells better")
    made.refresh_from_db()
    assert made.current_no == version.no == 2
    assert SegmentVersion.objects.current().get() == version
    assert [(one.no, one.rules) for one in made.versions.all()] == [(2, GRADE_B), (1, GRADE_A)]
    assert (last().action, last().before["rules"], last().after["rules"]) == ("segment.revise", GRADE_A, GRADE_B)
    assert last().reason == "B sells better"


def test_of_two_who_revise_at_once_the_second_sees_both() -> None:
    made, first, second = saved(), analyst(display_name="林致远"), analyst()
    verbs.revise(by=first, segment=made, expected=1, rules=GRADE_B)
    mine = {"how": "any", "parts": [{"field": "open_complaint", "op": "yes"}]}
    with pytest.raises(Stale) as stale:
        verbs.revise(by=second, segment=made, expected=1, rules=mine)
    assert stale.value.who == "林致远"
    assert [str(said) for said in stale.value.theirs.values()][0].endswith("value grade is B.")
    assert [str(said) for said in stale.value.yours.values()][0].endswith("has an open complaint.")
    assert made.versions.count() == 2


def test_the_same_rules_again_make_no_version() -> None:
    made = saved()
    with pytest.raises(RuleBroken) as refused:
        verbs.revise(by=analyst(), segment=made, expected=1, rules=GRADE_A)
    assert refused.value.code == "segment.same"
    assert made.versions.count() == 1


def test_a_version_is_never_changed_nor_removed() -> None:
    version = saved().versions.get()
    for act in (lambda: SegmentVersion.objects.filter(pk=version.pk).update(no=9), version.delete):
        with pytest.raises(DatabaseError), transaction.atomic():
            act()


@pytest.mark.parametrize(
    ("wrong", "code"),
    [
        ({"name": "   "}, "segment.name"),
        ({"kind": "OTHER"}, "segment.kind"),
        ({"rules": {"how": "all", "parts": []}}, "segment.rules"),
    ],
)
def test_what_cannot_be_a_segment_is_refused_whole(wrong: dict[str, Any], code: str) -> None:
    with pytest.raises(RuleBroken) as refused:
        saved(**wrong)
    assert refused.value.code == code
    assert not Segment.objects.exists()


# --- renamed, archived ------------------------------------------------------------------------------------------------
def face(**more: Any) -> dict[str, Any]:
    return {"version": 1, "name": "New", "description": "", "kind": "INCLUDE", "shared": True} | more


def test_a_new_name_leaves_the_rules_alone_and_the_second_at_once_is_stale() -> None:
    made = saved()
    assert verbs.rename(by=analyst(), segment=made, **face()).name == "New"
    assert (last().before["name"], last().after["name"]) == ("Grade A", "New")
    with pytest.raises(Stale):
        verbs.rename(by=analyst(), segment=made, **face(name="Other"))
    assert Segment.objects.get().name == "New"


def test_a_shared_segment_is_taken_back_by_its_owner_alone() -> None:
    made = saved()
    with pytest.raises(NotAllowed):
        verbs.rename(by=analyst(), segment=made, **face(shared=False))
    assert verbs.rename(by=made.owner, segment=made, **face(shared=False)).shared is False


def test_an_archived_segment_is_put_back_once() -> None:
    made, by = saved(), analyst()
    verbs.archive(by=by, segment=made)
    assert not Segment.objects.in_use().exists()
    with pytest.raises(Stale):
        verbs.archive(by=by, segment=made)
    with pytest.raises(Stale):
        verbs.revise(by=by, segment=made, expected=1, rules=GRADE_B)
    verbs.restore(by=by, segment=made)
    with pytest.raises(Stale):
        verbs.restore(by=by, segment=made)
    assert Segment.objects.in_use().get() == made


ACTS: list[Callable[[User, Segment], object]] = [
    lambda by, _one: saved(by),
    lambda by, one: verbs.revise(by=by, segment=one, expected=1, rules=GRADE_B),
    lambda by, one: verbs.rename(by=by, segment=one, **face()),
    lambda by, one: verbs.archive(by=by, segment=one),
    lambda by, one: verbs.restore(by=by, segment=one),
]


@pytest.mark.parametrize("act", ACTS)
@pytest.mark.parametrize("role", ["planner", "auditor", "agent", "senior", "sysadmin"])
def test_readers_and_strangers_write_nothing(role: str, act: Callable[[User, Segment], object]) -> None:
    made = saved()
    with pytest.raises(NotAllowed):
        act(UserFactory(roles=[role]), made)
    assert Segment.objects.get().version == 1


@pytest.mark.parametrize("act", ACTS[1:])
def test_a_segment_that_is_not_shared_is_its_owners_alone(act: Callable[[User, Segment], object]) -> None:
    made = saved(shared=False)
    with pytest.raises(NotAllowed):
        act(UserFactory(roles=["supervisor"]), made)


def test_who_sees_which_segment() -> None:
    owner = analyst()
    shared, own = saved(owner), saved(owner, shared=False)
    seen = {
        "owner": set(Segment.objects.visible_to(owner)),
        **{role: set(Segment.objects.visible_to(UserFactory(roles=[role]))) for role in _ROLES},
    }
    assert seen["owner"] == seen["auditor"] == {shared, own}
    assert seen["analyst"] == seen["supervisor"] == seen["planner"] == {shared}
    assert seen["agent"] == seen["senior"] == seen["privacy"] == set()


_ROLES = ("auditor", "analyst", "supervisor", "planner", "agent", "senior", "privacy")


# --- handed over and counted ------------------------------------------------------------------------------------------
def graded(*grades: str) -> list[Customer]:
    PublishedRunFactory()
    return [StandingFactory(grade=grade).customer for grade in grades]


def test_members_come_in_the_order_of_their_keys_without_those_merged_away() -> None:
    a, _b, gone, c = graded("A", "B", "A", "A")
    Customer.objects.filter(pk=gone.pk).update(status="ERASED")
    version = saved().versions.get()
    assert list(audience.members(version)) == sorted([a, c], key=lambda one: one.pk)


def test_a_version_keeps_its_members_whatever_comes_after_it() -> None:
    a, b = graded("A", "B")
    made = saved()
    verbs.revise(by=made.owner, segment=made, expected=1, rules=GRADE_B)
    new, old = made.versions.all()
    assert (list(audience.members(old)), list(audience.members(new))) == ([a], [b])


def test_a_live_count_goes_no_further_than_it_says() -> None:
    graded("A", "A", "A")
    tree = audience.read(GRADE_A)
    assert audience.counted(tree, most=2) == (2, False)
    assert audience.counted(tree, most=3) == (3, True)


def test_counting_asks_once_however_many_customers(django_assert_num_queries: Callable[..., Any]) -> None:
    graded("A")
    tree, when = audience.read(GRADE_A), audience.When.live()
    with django_assert_num_queries(1):
        audience.counted(tree, when)
    graded(*"ABAB")
    with django_assert_num_queries(1):
        assert audience.counted(tree, when) == (3, True)
    with django_assert_num_queries(1):
        assert audience.composition(tree, when) == {("A", "HIGH"): 3}


def test_a_sample_is_the_same_for_the_same_start_and_never_too_long() -> None:
    customers = graded(*"AAAAA")
    rows = audience.customers(audience.read(GRADE_A))
    for start in (0, 1 << 31, (1 << 32) - 1):
        picked = audience.sample(rows, start, 3)
        assert picked == audience.sample(rows, start, 3)
        assert len(set(picked)) == 3
        assert set(picked) <= set(customers)
        assert set(audience.sample(rows, start, 9)) == set(customers)


def test_the_night_writes_sizes_once_a_date_whatever_is_repeated() -> None:
    graded("A", "A", "B")
    made = saved()
    verbs.archive(by=made.owner, segment=saved(name="Old"))
    assert verbs.refresh(DAY) == {"segments": 1, "customers": 2}
    StandingFactory(grade="A")
    assert verbs.refresh(DAY) == {"segments": 1, "customers": 3}
    row = SegmentCount.objects.get()
    assert (row.version, row.as_of, row.n) == (made.versions.get(), DAY, 3)
    assert (row.grades, row.assets) == ({"A": 3}, {"HIGH": 3})


def test_the_timetable_counts_after_the_scores_of_the_same_night() -> None:
    graded("A")
    saved()
    line = job("segments_refresh")
    assert line in nightly_jobs()
    assert line.after == ("score",)
    run = jobs.run_job(job=line.name, path=line.task, business_date=DAY, force=True)
    assert run is not None
    assert (run.state, run.counts) == (JobRun.State.OK, {"segments": 1, "customers": 1})


@pytest.mark.parametrize(
    ("day", "before"),
    [("2026-11-14", "2026-10-14"), ("2026-03-31", "2026-02-28"), ("2026-01-05", "2025-12-05")],
)
def test_a_month_before_is_the_same_day_or_the_last_one(day: str, before: str) -> None:
    assert segment_sizes.month_before(datetime.date.fromisoformat(day)).isoformat() == before


def counted(version: SegmentVersion, day: str, n: int) -> None:
    on = datetime.date.fromisoformat(day)
    SegmentCount.objects.create(version=version, as_of=on, n=n, counted_at=datetime.datetime.now(datetime.UTC))


def test_a_size_is_compared_with_a_month_before_by_the_same_rules() -> None:
    made = saved()
    version = made.versions.get()
    for day, n in (("2026-10-01", 1), ("2026-10-10", 70), ("2026-10-20", 2), ("2026-11-14", 100)):
        counted(version, day, n)
    size = segment_sizes.sizes([made])[made.pk]
    assert (size.n, size.before, size.change) == (100, 70, 30)  # the night of the 14th fell out
    assert segment_sizes.change_words(size, made.owner) == "+30"


def test_sizes_by_other_rules_are_not_compared() -> None:
    made = saved()
    counted(made.versions.get(), "2026-10-14", 70)
    counted(verbs.revise(by=made.owner, segment=made, expected=1, rules=GRADE_B), "2026-11-14", 3)
    made.refresh_from_db()
    size = segment_sizes.sizes([made])[made.pk]
    assert (size.before, size.same, size.change) == (70, False, None)


def test_who_sees_counts_alone_is_not_told_small_ones() -> None:
    planner, made = UserFactory(roles=["planner"]), saved()
    counted(made.versions.get(), "2026-10-14", 4)
    counted(made.versions.get(), "2026-11-14", 9)
    size = segment_sizes.sizes([made])[made.pk]
    assert segment_sizes.number_words(4, planner) == "fewer than 5"
    assert segment_sizes.number_words(0, planner) == "fewer than 5"
    assert segment_sizes.number_words(5, planner) == "5"
    assert segment_sizes.number_words(4, made.owner) == "4"
    assert (segment_sizes.change_words(size, planner), segment_sizes.change_words(size, made.owner)) == ("", "+5")


def test_ages_in_days_are_counted_from_the_date_that_is_asked() -> None:
    PublishedRunFactory()
    customer = CustomerFactory(opened_on=datetime.date(2026, 11, 1))
    made = saved(rules={"how": "all", "parts": [{"field": "opened_on", "op": "last_days", "low": "10"}]})
    with time_machine.travel("2026-11-11T04:00:00Z", tick=False):
        assert list(audience.members(made.versions.get())) == [customer]
        assert verbs.refresh(datetime.date(2026, 11, 10))["customers"] == 1
    with time_machine.travel("2026-11-12T04:00:00Z", tick=False):
        assert not audience.members(made.versions.get()).exists()
        assert verbs.refresh(datetime.date(2026, 11, 11))["customers"] == 1
